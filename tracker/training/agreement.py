"""How well a detector agrees with tracks: average precision over frames kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.boxes import iou
from tracker.training.pseudo_labels import SAME_IOU, FrameLabels
from tracker.types import Detections, Doubles, Mask


@dataclass(frozen=True, slots=True)
class Agreement:
    """ap50: area under precision over recall at IoU .5, boxes of all frames pooled. people: how
    many boxes the tracks have there, missed: of those the ones that the first pass did not see.
    found: share of all, found_missed: of the missed, at any score (1 where there are none)."""

    ap50: float
    people: int
    missed: int
    found: float
    found_missed: float


def agreement(labels: Sequence[FrameLabels], found: Sequence[Detections]) -> Agreement:
    """What a detector found in frames, against what the tracks say of them.

    A box of who may be there counts neither for nor against it; one of another class than the
    track's is wrong.
    """
    scores, right, missed = [np.zeros(0)], [np.zeros(0, bool)], [np.zeros(0, bool)]
    people, caught = 0, 0
    for frame, seen in zip(labels, found, strict=True):
        hit, taken = _hits(frame, seen)
        perhaps = iou(seen.boxes.astype(np.float64), frame.perhaps) >= SAME_IOU
        counts = hit | ~perhaps.any(axis=1)
        scores.append(seen.scores[counts].astype(np.float64))
        right.append(hit[counts])
        missed.append(taken[frame.missed])
        people += len(frame.boxes)
        caught += int(taken.sum())
    of_missed = np.concatenate(missed)
    return Agreement(
        _average_precision(np.concatenate(scores), np.concatenate(right), people),
        people,
        len(of_missed),
        caught / max(people, 1),
        float(of_missed.mean()) if len(of_missed) else 1.0,
    )


def _hits(labels: FrameLabels, seen: Detections) -> tuple[Mask, Mask]:
    """Which detections are right, the best taking first what it fits best; who was found."""
    hit, taken = np.zeros(len(seen), bool), np.zeros(len(labels.boxes), bool)
    overlap = iou(seen.boxes.astype(np.float64), labels.boxes)
    if seen.classes is not None:
        overlap *= seen.classes.argmax(axis=1)[:, None] == labels.classes
    for i in np.argsort(-seen.scores, kind="stable") if len(taken) else ():
        free = np.where(taken, 0.0, overlap[i])
        if free.max() >= SAME_IOU:
            hit[i] = taken[free.argmax()] = True
    return hit, taken


def _average_precision(scores: Doubles, right: Mask, people: int) -> float:
    """All points, as PASCAL VOC from 2010 on. (N,) each."""
    found = np.cumsum(right[np.argsort(-scores, kind="stable")])
    precision = found / np.arange(1, len(found) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(found, prepend=0) * falling).sum() / max(people, 1))
