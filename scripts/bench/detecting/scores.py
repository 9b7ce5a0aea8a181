"""How good boxes are: average precision and recall over the boxes of all frames together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tracker.boxes import iou
from tracker.types import Doubles, Mask, Observation

IOU, PRECISION, SURE = 0.5, 0.8, 0.5
Row = dict[str, float]


def scored(truth: Mapping[int, Doubles], seen: Sequence[Observation]) -> Row:
    """ap50, recall_at_p80, recall and false boxes at score .5, and how many boxes there are.

    seen: one observation a frame; those without truth, and those in which nobody was looked for,
    count for nothing. ap50: area under the curve of precision over recall, precision made falling
    (all points, as PASCAL VOC from 2010 on). recall_at_p80: the best recall at which at least 80 %
    of the boxes are right.
    """
    looked = [one for one in seen if one.looked and one.index + 1 in truth]
    people = sum(len(truth[one.index + 1]) for one in looked)
    right = np.concatenate([np.zeros(0, bool), *(hits(truth[o.index + 1], o) for o in looked)])
    scores = np.concatenate([np.zeros(0), *(one.scores.astype(np.float64) for one in looked)])
    order = np.argsort(-scores, kind="stable")
    recall, precision = curve(right[order], people)
    enough = recall[precision >= PRECISION]
    sure = scores >= SURE
    return {
        "ap50": average_precision(recall, precision),
        "recall_at_p80": float(enough.max(initial=0.0)),
        "recall_50": float((right & sure).sum() / people) if people else 0.0,
        "false_50": float((~right & sure).sum()),
        "false": float((~right).sum()),
        "people": float(people),
        "frames": float(len(looked)),
    }


def hits(truth: Doubles, seen: Observation) -> Mask:
    """(N,) which boxes are right: the best first, each takes the truth it fits best of those left.

    truth: (M, 4) corners in pixels.
    """
    right = np.zeros(len(seen.boxes), bool)
    overlap = iou(seen.boxes.astype(np.float64), truth)
    for i in np.argsort(-seen.scores, kind="stable").tolist():
        if len(truth) and overlap[i].max() >= IOU:
            right[i] = True
            overlap[:, int(overlap[i].argmax())] = -1.0
    return right


def curve(right: Mask, people: int) -> tuple[Doubles, Doubles]:
    """Recall and precision behind each box, the best first."""
    found = np.cumsum(right).astype(np.float64)
    return found / max(people, 1), found / np.arange(1, len(right) + 1)


def average_precision(recall: Doubles, precision: Doubles) -> float:
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0.0) * falling).sum())
