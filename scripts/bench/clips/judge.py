"""What is counted of one result, and what nobody could do better on the same boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from tracker.evaluation.boxes import Boxes, iou, match
from tracker.evaluation.inputs import Truth
from tracker.evaluation.loading import DEFAULT_FPS, Reference, load_truth
from tracker.evaluation.mot_scores import score
from tracker.evaluation.name_scores import NameScores
from tracker.evaluation.names import MIN_IOU, score_names
from tracker.evaluation.options import Options
from tracker.evaluation.preprocessing import Counting, off_distractors
from tracker.evaluation.text_files import TextSource
from tracker.output.gallery_ids import GalleryIds
from tracker.types import Observation

from .folder import Clip
from .thinned import thinned_span, thinned_truth

NAME_COLUMNS = (
    "Name-F1", "P", "R", "ceiling", "ceiling_cut", "share_of_ceiling", "share_of_cut",
    "unnamed", "strangers_named", "ECE",
)  # fmt: skip
TRACK_COLUMNS = ("HOTA", "IDF1", "switches", "false_boxes")
COLUMNS = (*NAME_COLUMNS, *TRACK_COLUMNS, "duplicate_frames")
COUNTS = frozenset({"unnamed", "switches", "false_boxes", "duplicate_frames"})
Row = dict[str, float | None]
"""By column; None where there is nothing to say, as names where nobody says who is who."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The truth of one clip. gallery: the names that may be given, None: names are not scored.
    frames: (first, last) scored, 1-based and inclusive. fps: of the truth as it is here."""

    reference: Reference
    gallery: frozenset[str] | None
    frames: tuple[int, int]
    fps: float

    def counted(self, result: Boxes) -> Boxes:
        """The result without boxes that lie on the ball or on whom else does not count."""
        counting = self.reference.counting
        return off_distractors(self.reference.rows, counting.distractors, result)

    def names(self, result: Boxes, ids: GalleryIds | None = None) -> NameScores | None:
        """ids: frames in which something says who a player is."""
        if self.gallery is None:
            return None
        truth, counted = self.reference.counted, self.counted(result)
        return score_names(truth, counted, self.gallery, *self.frames, self.fps, ids)

    def perfect(self, result: Boxes) -> Boxes:
        """The boxes with the names of whom they lie on, at IoU 0.5 and one to one.

        Who is not in the gallery is given no name: that is what the scorer wants for strangers.
        """
        truth, (first, last) = self.reference.counted, self.frames
        result = self.counted(result).between(first, last)
        names = np.full(len(result), "", object)
        truth = truth.between(first, last)
        for t, r in zip(truth.by_frame(first, last), result.by_frame(first, last), strict=True):
            if t.start == t.stop or r.start == r.stop:
                continue
            rows, columns = match(iou(truth.corners[t], result.corners[r]), MIN_IOU)
            names[r.start + columns] = truth.names[t][rows]
        strangers = ~np.isin(names.astype(str), sorted(self.gallery or ()))
        names[strangers] = ""
        return replace(result, names=names, name_confidence=np.ones(len(result)))


def judge_of(
    clip: Clip, gallery: frozenset[str] | None, frames: tuple[int, int], fps: float, every: int = 1
) -> Judge:
    """frames: as in the truth's file; every: only each n-th frame of it is there. Raises
    EvaluateError where the truth contradicts itself."""
    seqinfo = TextSource(clip.seqinfo) if clip.seqinfo else None
    known = load_truth(Truth(clip.name, TextSource(clip.truth), seqinfo), Options(names=clip.names))
    if every > 1:
        kept = (known.rows.frames - 1) % every == 0
        counting = Counting(known.counting.keep[kept], known.counting.distractors[kept], ())
        known = replace(known, rows=thinned_truth(known.rows, every), counting=counting)
    return Judge(known, gallery, thinned_span(frames, every), (fps or DEFAULT_FPS) / every)


def boxes_seen(seen: Iterable[Observation]) -> Boxes:
    """All detections of a clip, each an id of its own."""
    every = [one for one in seen if len(one.boxes)]
    frames = np.repeat([one.index + 1 for one in every], [len(one.boxes) for one in every])
    corners = np.concatenate([np.zeros((0, 4)), *(one.boxes for one in every)])
    return Boxes.of("detections", frames, np.arange(1, len(frames) + 1), corners)


def judged(judge: Judge, result: Boxes, detections: Boxes) -> Row:
    """The columns of one tracker's visible, named boxes on these detections.

    ceiling: Name-F1 of perfect names on all detections. ceiling_cut: of perfect names on the rows
    of the result, its paths cut wherever the person on them changes.
    """
    mot = score(judge.reference.counted, judge.counted(result), *judge.frames)
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"HOTA": mot["HOTA"], "IDF1": mot["IDF1"]}
    row |= {"switches": mot["IDSW"], "false_boxes": mot["FP"]}
    names = judge.names(result)
    if names is None:
        return row
    ceiling, cut = (_f1(judge, boxes) for boxes in (detections, result))
    row |= {
        "Name-F1": names.f1,
        "P": names.precision,
        "R": names.recall,
        "ceiling": ceiling,
        "ceiling_cut": cut,
        "share_of_ceiling": names.f1 / ceiling if ceiling else None,
        "share_of_cut": names.f1 / cut if cut else None,
        "unnamed": float(unnamed(judge, names)),
        "strangers_named": names.unknown_named_share,
        "ECE": names.calibration_error,
        "duplicate_frames": float(names.duplicate_frames),
    }
    return {key: None if value is None or np.isnan(value) else value for key, value in row.items()}


def _f1(judge: Judge, boxes: Boxes) -> float:
    names = judge.names(judge.perfect(boxes))
    assert names is not None  # a gallery is there
    return names.f1


def unnamed(judge: Judge, names: NameScores) -> int:
    """Players of the gallery who are in the scored truth and never wear their name."""
    there = judge.reference.counted.between(*judge.frames).names
    people = set(there.tolist()) & (judge.gallery or frozenset())
    return sum(names.confusion.get((name, name), 0) == 0 for name in people)
