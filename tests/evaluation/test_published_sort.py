"""SORT's published table, from its published detections: tracker, reader and scores at once.

The numbers are those of the README of github.com/abewley/sort, made with MOTChallenge's own
devkit. The tracker here follows that code's rules (Bewley et al., ICIP 2016), with SciPy and
FilterPy; every score and every count comes out as published.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter

from tests.worlds.evaluation import mot_lines
from tracker.evaluation.boxes import Boxes, iou, match
from tracker.evaluation.mot_scores import MotScores
from tracker.evaluation.options import Options
from tracker.evaluation.readers import parse_mot
from tracker.evaluation.scoring import evaluate
from tracker.types import Doubles

MAX_AGE, MIN_HITS, MIN_IOU = 1, 3, 0.3

COLUMNS = ("Recall", "Precision", "MT", "PT", "ML", "FP", "FN", "IDSW", "Frag", "MOTA", "MOTP")
PUBLISHED = {
    "TUD-Campus": (68.5, 94.3, 6, 2, 0, 15, 113, 6, 9, 62.7, 73.7),
    "ETH-Sunnyday": (77.5, 81.9, 11, 16, 3, 319, 418, 22, 54, 59.1, 74.4),
    "ETH-Pedcross2": (51.9, 90.8, 17, 60, 56, 330, 3014, 77, 103, 45.4, 74.8),
    "ADL-Rundle-8": (44.3, 75.8, 6, 16, 6, 959, 3781, 103, 211, 28.6, 71.1),
    "Venice-2": (42.5, 64.8, 7, 9, 10, 1650, 4109, 57, 106, 18.6, 73.4),
    "KITTI-17": (67.1, 92.3, 1, 8, 0, 38, 225, 9, 16, 60.2, 72.3),
    "COMBINED": (49.5, 77.5, 48, 111, 75, 3311, 11660, 274, 499, 34.0, 73.3),
}


class Path2D:
    """One SORT track: Kalman filter over centre, area, aspect ratio and three speeds."""

    def __init__(self, box: Doubles, number: int) -> None:
        self.filter = KalmanFilter(dim_x=7, dim_z=4)
        self.filter.F, self.filter.H = np.eye(7) + np.eye(7, k=4), np.eye(4, 7)
        self.filter.R[2:, 2:] *= 10
        self.filter.P[4:, 4:] *= 1000
        self.filter.P *= 10
        self.filter.Q[-1, -1] *= 0.01
        self.filter.Q[4:, 4:] *= 0.01
        self.filter.x[:4] = measured(box)
        self.number, self.missed, self.streak = number, 0, 0

    @property
    def box(self) -> Doubles:
        x, y, area, ratio = self.filter.x[:4, 0]
        width = np.sqrt(area * ratio)
        height = area / width
        return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])

    def predict(self) -> Doubles:
        if self.filter.x[6, 0] + self.filter.x[2, 0] <= 0:
            self.filter.x[6, 0] = 0
        self.filter.predict()
        self.streak = 0 if self.missed else self.streak
        self.missed += 1
        return self.box

    def update(self, box: Doubles) -> None:
        self.filter.update(measured(box))
        self.missed, self.streak = 0, self.streak + 1


def measured(box: Doubles) -> Doubles:
    width, height = box[2:] - box[:2]
    centre = (box[:2] + box[2:]) / 2
    return np.array([*centre, width * height, width / height]).reshape(4, 1)


def sort(detections: Boxes) -> Boxes:
    """Track all frames of a det.txt."""
    last = int(detections.frames[-1])
    paths: list[Path2D] = []
    born = 0
    rows: list[tuple[int, int, Doubles]] = []
    for frame, span in enumerate(detections.by_frame(1, last), start=1):
        boxes = detections.corners[span]
        predicted = np.array([p.predict() for p in paths]).reshape(-1, 4)
        found, whose = paired(iou(boxes, predicted))
        for i, j in zip(found, whose, strict=True):
            paths[j].update(boxes[i])
        new = [boxes[i] for i in range(len(boxes)) if i not in set(found)]
        paths += [Path2D(box, born + n) for n, box in enumerate(new, start=1)]
        born += len(new)
        sure = [p for p in paths if p.streak >= MIN_HITS or frame <= MIN_HITS]
        rows += [(frame, p.number, p.box) for p in sure if p.missed == 0]
        paths = [p for p in paths if p.missed <= MAX_AGE]
    frames, numbers, corners = zip(*rows, strict=True)
    return Boxes.of("sort", frames, numbers, np.array(corners))


def paired(similarity: Doubles) -> tuple[list[int], list[int]]:
    """Pairs of largest total IoU; those below the threshold are dropped afterwards."""
    rows, columns = match(similarity, 1e-12)
    good = similarity[rows, columns] >= MIN_IOU
    return rows[good].tolist(), columns[good].tolist()


def rounded(scores: MotScores) -> list[float]:
    shares = ("Recall", "Precision", "MOTA", "MOTP")
    return [round(100 * scores[c], 1) if c in shares else scores[c] for c in COLUMNS]


@pytest.mark.shared
def test_sort_scores_as_published(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "mot15"
    names = [name for name in PUBLISHED if name != "COMBINED"]
    for name in names:
        text = (data / "sort-det" / name / "det" / "det.txt").read_text()
        tracked = sort(parse_mot(text, name))
        (tmp_path / f"{name}.txt").write_text(mot_lines(tracked))
    (tracker,) = evaluate(data / "gt", [tmp_path], Options(sequences=tuple(names))).trackers
    for scores in (*tracker.sequences, tracker.combined):
        assert rounded(scores.mot) == list(PUBLISHED[scores.sequence]), scores.sequence
