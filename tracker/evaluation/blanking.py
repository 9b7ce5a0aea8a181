"""Windows in which a visible player is blanked out, so that their hidden position is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gallery.atomic.write import whole
from tracker.evaluation.boxes import Boxes, Mask, iou
from tracker.types import Doubles, Ints

SEEN_BEFORE_S = 1.0
SHORTEST_S, LONGEST_S = 0.04, 3.6  # 1 and 90 frames at 25 a second
CANDIDATES = 4


def blank_windows(truth: Boxes, seed: int, share: float, fps: float) -> Mask:
    """(N,) True for rows of the truth to hide: about `share` of them, the same for the same seed.

    Every window follows a second in which the player has a box in every frame, so that their motion
    is known, and ends while they still have one. Lengths are even in the logarithm between 1 and 90
    frames at 25 a second. Of a few windows drawn, the one in which they overlap somebody in most
    frames is taken, as real occlusion would. Each player has their own random numbers, from seed
    and id.
    """
    hidden = np.zeros(len(truth), bool)
    crowded = _overlaps_somebody(truth)
    lead = max(1, round(SEEN_BEFORE_S * fps))
    for person in np.unique(truth.ids).tolist():
        random = np.random.default_rng([seed, person & 0xFFFFFFFF])
        rows = np.flatnonzero(truth.ids == person)
        free = np.ones(len(rows), bool)
        wanted = share * len(rows)
        for _ in range(20 * (1 + len(rows) // lead)):
            length = max(1, round(fps * np.exp(random.uniform(*np.log([SHORTEST_S, LONGEST_S])))))
            starts = _starts(truth.frames[rows], free, lead, length)
            if not len(starts):
                continue
            left = wanted - hidden[rows].sum()
            if left < length and random.random() >= left / length:
                break  # so that the share is right on average, whatever the lengths
            drawn = random.choice(starts, CANDIDATES)
            best = max(drawn.tolist(), key=lambda s: crowded[rows[s : s + length]].sum())
            hidden[rows[best : best + length]] = True
            free[max(0, best - lead) : best + length + lead] = False
    return hidden


def _starts(frames: Ints, free: Mask, lead: int, length: int) -> Ints:
    """Rows at which a window of `length` free rows may begin, with a row in every frame from
    `lead` before it to one after it."""
    span = lead + length + 1
    if len(frames) < span:
        return np.zeros(0, np.int64)
    starts = np.arange(lead, len(frames) - length)
    unbroken = frames[starts + length] - frames[starts - lead] == span - 1
    taken = np.concatenate([[0], np.cumsum(~free)])
    return np.asarray(starts[unbroken & (taken[starts + length] == taken[starts])])


def _overlaps_somebody(truth: Boxes) -> Mask:
    overlaps = np.zeros(len(truth), bool)
    for frame in np.unique(truth.frames).tolist():
        (rows,) = truth.by_frame(frame, frame)
        shared: Doubles = iou(truth.corners[rows], truth.corners[rows])
        np.fill_diagonal(shared, 0)
        overlaps[rows] = (shared > 0).any(axis=1)
    return overlaps


def write_detections(boxes: Boxes, path: Path) -> None:
    """Write boxes as a MOT det.txt, complete or not at all."""
    lines = []
    for frame, (x1, y1, x2, y2) in zip(boxes.frames.tolist(), boxes.corners.tolist(), strict=True):
        lines.append(f"{frame},-1,{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},1,-1,-1,-1\n")
    with whole(path) as part:
        part.write_text("".join(lines), encoding="utf-8", newline="\n")
