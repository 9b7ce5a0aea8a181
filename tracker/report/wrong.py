"""Seconds of a run in which what is shown of a player is likely to be wrong, by what is wrong.

Three things look alike in a table and are not: a name that stands on another player, a box that is
loose or holds several people, and a player in view without a box of theirs. The factors are fitted
to three clips whose truth is known, on true and on detected boxes (docs/report.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.types import UNKNOWN, Doubles, Ints, Mask, Visibility

SWAPPED = 0.45
"""Of the seconds that swaps make unsure, so many are truly on somebody else."""
_SHARED_WRONG = 0.35  # of the seconds in a box that hides somebody else too
_JUMPS_LOOSE = 0.8  # seconds that are loose for each in which the height of a box jumps
_JUMP = 0.15  # of the logarithm of its height, from the median around
_AROUND_S = 0.5
_BLOCK = 2000  # frames that are gone through together


@dataclass(frozen=True, slots=True)
class Wrong:
    """Seconds of one player, expected. other: on another player. loose: in a loose box or one
    around several people. missing: in view without a box of theirs."""

    other_s: float
    loose_s: float
    missing_s: float


def wrong_of(
    rows: RowArrays, mine: Sequence[Ints], swap_s: Sequence[float], missing_s: Sequence[float]
) -> list[Wrong]:
    """mine: the rows of each player. swap_s: of them that swaps make unsure, times its chance.

    missing_s: expected in view and not seen.
    """
    shared = shared_boxes(rows)
    steps = rows.steps_s[rows.place]
    shared_s, jump_s = steps * shared, steps * jumping(rows)
    return [
        Wrong(
            SWAPPED * since_swap_s + _SHARED_WRONG * float(shared_s[own].sum()),
            _JUMPS_LOOSE * float(jump_s[own].sum()),
            max(missing, 0.0),
        )
        for own, since_swap_s, missing in zip(mine, swap_s, missing_s, strict=True)
    ]


def shared_boxes(rows: RowArrays) -> Mask:
    """(N,) visible boxes in which the predicted centre of somebody hidden lies."""
    found = np.zeros(len(rows), bool)
    hidden = np.flatnonzero(rows.visibility == Visibility.OCCLUDED)
    seen = np.flatnonzero(rows.visible)
    for begin in range(0, len(rows.numbers), _BLOCK):
        span = [begin, begin + _BLOCK]
        h = hidden[slice(*np.searchsorted(rows.place[hidden], span).tolist())]
        v = seen[slice(*np.searchsorted(rows.place[seen], span).tolist())]
        low, high = np.searchsorted(rows.place[v], [rows.place[h], rows.place[h] + 1])
        centre = (rows.boxes[h, :2] + rows.boxes[h, 2:]) / 2
        for k in range(int((high - low).max(initial=0))):  # the k-th box of each frame
            there = np.flatnonzero(low + k < high)
            boxes = rows.boxes[v[(low + k)[there]]]
            inside = ((boxes[:, :2] < centre[there]) & (centre[there] < boxes[:, 2:])).all(axis=1)
            found[v[(low + k)[there[inside]]]] = True
    return found


def jumping(rows: RowArrays) -> Mask:
    """(N,) visible boxes whose height is far from the median around it: a detector at a loss."""
    from scipy.ndimage import median_filter

    found = np.zeros(len(rows), bool)
    seen = np.flatnonzero(rows.visible & (rows.players != UNKNOWN))
    seen = seen[np.argsort(rows.tracks[seen], kind="stable")]
    with np.errstate(divide="ignore", invalid="ignore"):
        tall: Doubles = np.log(rows.boxes[seen, 3] - rows.boxes[seen, 1], dtype=np.float64)
    size = 2 * max(round(_AROUND_S * rows.rate), 1) + 1
    starts = np.flatnonzero(np.diff(rows.tracks[seen], prepend=-1))
    for part in np.split(np.arange(len(seen)), starts[1:]):
        if len(part) > 2:
            usual = median_filter(tall[part], size=size, mode="nearest")
            found[seen[part]] = np.abs(tall[part] - usual) > _JUMP
    return found
