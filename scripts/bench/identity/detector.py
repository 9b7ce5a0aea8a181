"""What a detector makes of the truth: jitter, misses in bursts, false boxes, scores.

Nothing here depends on the anchors, so every point of a grid is given the very same boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker import boxes as bx
from tracker.evaluation.boxes import Boxes
from tracker.types import Doubles, Floats, Ints, Mask

from .truth import Clip, random_for

JITTER = 0.02  # std of a side's place, body heights
MISSED = 0.10  # share of the boxes that can be seen
BURST_S = (0.1, 0.6)
COVERED_WEIGHT = 9.0  # a burst begins in front of nobody; ten times as often behind somebody
FALSE_PER_FRAME = 0.3
FALSE_SCORES = (0.3, 0.7)
SCORES = (0.6, 0.95)
NOT_TRUE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All boxes of a clip, ordered by frame and by falling score within it.

    frames: (N,) 1-based. boxes: (N, 4). scores: (N,). rows: (N,) the row of the truth that each
    shows, or NOT_TRUE. covered: (N,) share of it behind a nearer person, by the truth.
    """

    frames: Ints
    boxes: Floats
    scores: Floats
    rows: Ints
    covered: Doubles

    def __len__(self) -> int:
        return len(self.frames)

    def by_frame(self, frames: int) -> list[slice]:
        """For each frame from 1 on, where its boxes lie."""
        edges = np.searchsorted(self.frames, np.arange(1, frames + 2)).tolist()
        return [slice(a, b) for a, b in pairwise(edges)]


def find_people(clip: Clip, seed: int = 0) -> Found:
    """Detect a clip, the same for the same seed and sequence name."""
    covered = covered_rows(clip)
    missed = draw_misses(clip, covered, seed)
    rows = np.flatnonzero(~clip.hidden & ~missed)
    random = random_for(clip.name, "boxes", seed)
    true = clip.truth.corners[rows]
    boxes = true + random.normal(0, JITTER, true.shape) * bx.heights(true)[:, None]
    low, high = SCORES
    scores = low + (high - low) * random.random(len(rows)) * (1 - covered[rows])
    frames, false, false_scores = _false_boxes(clip, seed)
    both = np.append(clip.truth.frames[rows], frames)
    score = np.append(scores, false_scores)
    order = np.lexsort((-score, both))
    return Found(
        frames=both[order],
        boxes=np.concatenate([boxes, false])[order].astype(np.float32),
        scores=score[order].astype(np.float32),
        rows=np.append(rows, np.full(len(frames), NOT_TRUE))[order],
        covered=np.append(covered[rows], np.zeros(len(frames)))[order],
    )


def covered_rows(clip: Clip) -> Doubles:
    """(N,) for each row of the truth, how much of it a nearer person covers who can be seen."""
    covered = np.zeros(len(clip.truth))
    for rows in clip.truth.by_frame(1, clip.frames):
        boxes = clip.truth.corners[rows]
        covered[rows] = bx.covered(boxes, boxes[~clip.hidden[rows]])
    return covered


def draw_misses(clip: Clip, covered: Doubles, seed: int = 0) -> Mask:
    """(N,) rows of the truth that the detector overlooks, in bursts; likelier when covered."""
    mean_s = sum(BURST_S) / 2
    weight = 1 + COVERED_WEIGHT * covered
    usual = weight[~clip.hidden].mean() if not clip.hidden.all() else 1.0
    per_s = MISSED / (1 - MISSED) / mean_s
    chance = per_s / clip.fps * weight / usual
    missed = np.zeros(len(clip.truth), bool)
    for person in np.unique(clip.truth.ids).tolist():
        rows = np.flatnonzero((clip.truth.ids == person) & ~clip.hidden)
        random = random_for(clip.name, "misses", seed, person & 0xFFFFFFFF)
        begins = random.random(len(rows)) < chance[rows]
        lengths = np.round(random.uniform(*BURST_S, len(rows)) * clip.fps).clip(1)
        missed[rows] = _within_bursts(clip.truth.frames[rows], begins, lengths)
    return missed


def _within_bursts(frames: Ints, begins: Mask, lengths: Doubles) -> Mask:
    within = np.zeros(len(frames), bool)
    until = -np.inf
    for i, frame in enumerate(frames.tolist()):
        if frame >= until and begins[i]:
            until = frame + lengths[i]
        within[i] = frame < until
    return within


def _false_boxes(clip: Clip, seed: int) -> tuple[Ints, Doubles, Doubles]:
    """(frames, boxes, scores): as large as somebody, and anywhere in the picture."""
    random = random_for(clip.name, "false", seed)
    counts = random.poisson(FALSE_PER_FRAME, clip.frames)
    n = int(counts.sum()) if len(clip.truth) else 0
    like: Boxes = clip.truth.take(np.sort(random.integers(0, max(len(clip.truth), 1), n)))
    half = random.permutation(like.corners[:, 2:] - like.corners[:, :2]) / 2
    middle = random.uniform(0, 1, (n, 2)) * clip.size
    frames = np.repeat(np.arange(1, clip.frames + 1), counts)[:n]
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    return frames, boxes, random.uniform(*FALSE_SCORES, n)
