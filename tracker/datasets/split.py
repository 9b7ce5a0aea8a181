"""Which frames or pictures are learnt from, and which the model is checked on: never neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from tracker.types import Ints

VAL_SHARE = 0.2
"""The last fifth of the time is for checking."""
GAP_S = 2.0
"""Between the two parts: people still stand as they stood."""
_GAP_SHARE = 0.1  # of a clip that is so short that it would be all gap

T = TypeVar("T")


def split_by_time(frames: Ints, fps: float) -> tuple[Ints, Ints]:
    """Frames to learn from, and those of the last fifth of the time, GAP_S apart.

    frames: (N,) ascending. Of short clips the gap is a tenth.
    """
    if not len(frames):
        return frames, frames
    first, last = int(frames[0]), int(frames[-1])
    border = first + (1 - VAL_SHARE) * (last - first)
    gap = min(GAP_S * fps, _GAP_SHARE * (last - first + 1))
    return frames[frames <= border - gap / 2], frames[frames > border + gap / 2]


def spread(frames: Ints, count: int) -> Ints:
    """At most so many of them, evenly over the list."""
    if len(frames) <= count:
        return frames
    return frames[np.linspace(0, len(frames) - 1, max(count, 1)).round().astype(np.int64)]


def split_in_order(pictures: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """The last fifth of pictures that are in order of time is for checking, one at least.

    Of a single picture nothing is left to check with.
    """
    count = max(1, round(VAL_SHARE * len(pictures))) if len(pictures) > 1 else 0
    return pictures[: len(pictures) - count], pictures[len(pictures) - count :]
