"""Gaps in which a person is blanked out of a clip, of all lengths from an instant to 20 s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from identity.detector import Found, covered_rows
from identity.truth import Clip, random_for

from tracker.types import Ints, Mask

SHORTEST_S, LONGEST_S = 0.2, 20.0
VIEW_S = 1.0
"""In view for at least this long before a gap and after it."""
MOST_ROWS = 0.2  # blanked, of those who can be seen
MOST_HERE = 0.5  # blanked, of those who can be seen in any one frame
_TRIES = 200  # lengths drawn in vain, as no run is long enough, before no more are drawn


@dataclass(frozen=True, slots=True)
class Gap:
    """A person is blanked from frame `first` to `last` (1-based, both included)."""

    person: int
    first: int
    last: int

    def seconds(self, fps: float) -> float:
        return (self.last - self.first + 1) / fps


def draw_gaps(clip: Clip, seed: int = 0) -> list[Gap]:
    """Gaps, the same for the same seed and sequence name, until `MOST_ROWS` are blanked.

    Their lengths are even in the logarithm, as far as they fit: a person can be seen in every
    frame of a gap and of the second before it and after it. Where it lies, and in whom, is drawn
    among all places where it fits.
    """
    people, there = presence(clip)
    free = there.copy()
    random = random_for(clip.name, "gaps", seed)
    spare, in_vain, view = MOST_ROWS * there.sum(), 0, view_frames(clip.fps)
    gaps: list[Gap] = []
    while in_vain < _TRIES:
        length_s = np.exp(random.uniform(np.log(SHORTEST_S), np.log(LONGEST_S)))
        length = max(1, round(float(length_s) * clip.fps))
        if length > spare:
            break
        rows, begins = _places(there, free, length, view)
        if not len(rows):
            in_vain += 1
            continue
        chosen = int(random.integers(len(rows)))
        row, begin = int(rows[chosen]), int(begins[chosen])
        free[row, begin : begin + length] = False
        spare -= length
        gaps.append(Gap(int(people[row]), begin + 1, begin + length))
    return sorted(gaps, key=lambda g: (g.first, g.person))


def view_frames(fps: float) -> int:
    return round(VIEW_S * fps)


def presence(clip: Clip) -> tuple[Ints, Mask]:
    """(P,) ids and (P, F) whether each can be seen in frame index f."""
    people, row = np.unique(clip.seen.ids, return_inverse=True)
    there = np.zeros((len(people), clip.frames), bool)
    there[row, clip.seen.frames - 1] = True
    return people, there


def _places(there: Mask, free: Mask, length: int, view: int) -> tuple[Ints, Ints]:
    """Rows of people and 0-based frames where a gap of this length may begin."""
    blanked = (there & ~free).sum(axis=0)
    room = blanked + 1 <= MOST_HERE * there.sum(axis=0)
    fits = _runs(free, length + 2 * view)
    if not fits.shape[1]:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    inside = _runs(room[None], length)[:, view : view + fits.shape[1]]
    rows, begins = np.nonzero(fits & inside)
    return rows, begins + view


def _runs(mask: Mask, length: int) -> Mask:
    """(N, F) to (N, max(F - length + 1, 0)): True from here for `length` frames."""
    total = np.pad(np.cumsum(mask, axis=1), ((0, 0), (1, 0)))
    return np.asarray(total[:, length:] - total[:, :-length] == length)


def without(clip: Clip, gaps: Sequence[Gap]) -> Clip:
    """The clip, in which nobody can be seen during their gaps."""
    hidden = clip.hidden.copy()
    frames = clip.truth.frames
    for gap in gaps:
        hidden |= (clip.truth.ids == gap.person) & (frames >= gap.first) & (frames <= gap.last)
    return replace(clip, hidden=hidden)


def true_boxes(clip: Clip) -> Found:
    """Everybody who can be seen, as a perfect detector has them: the true box, score 1."""
    rows = np.flatnonzero(~clip.hidden)
    return Found(
        frames=clip.truth.frames[rows],
        boxes=clip.truth.corners[rows].astype(np.float32),
        scores=np.ones(len(rows), np.float32),
        rows=rows,
        covered=covered_rows(clip)[rows],
    )
