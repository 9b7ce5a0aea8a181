"""What the camera did, from the observations of a run where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.observation.chunk import StoreError, read_chunk
from tracker.observation.store import Store
from tracker.output.row_arrays import RowArrays
from tracker.types import Doubles, Ints, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """shot: (F,) number of the shot of each frame of RowArrays.numbers. motion: (F, 3, 3) takes
    pixels of the first frame of a shot to pixels of this one."""

    shot: Ints
    motion: Doubles

    def cut_between(self, first: Ints, last: Ints) -> Mask:
        """(G,) whether a cut lies between two places of RowArrays.numbers; either may be
        outside."""
        low, high = self._inside(first), self._inside(last)
        found: Mask = self.shot[low] != self.shot[high]
        return found

    def carried(self, points: Doubles, first: Ints, last: Ints) -> Doubles:
        """(G, 2) where points of one place are at another, had they not moved; NaN over a cut."""
        low, high = self._inside(first), self._inside(last)
        with np.errstate(all="ignore"):
            moved = self.motion[high] @ np.linalg.pinv(self.motion[low])
            ones = np.ones((len(points), 1))
            there: Doubles = np.einsum("gij,gj->gi", moved, np.hstack([points, ones]))[:, :2]
        there[self.shot[low] != self.shot[high]] = np.nan
        return there

    def _inside(self, place: Ints) -> Ints:
        found: Ints = np.clip(place, 0, len(self.shot) - 1)
        return found


def views_of(folder: Path, rows: RowArrays) -> Views | None:
    """None where the observations are gone, or cannot be read."""
    try:
        store = Store.open(folder)
        if store is None or not store.files:
            return None
        chunks = [read_chunk(file)[0] for file in store.files]
    except StoreError:
        return None
    numbers = np.concatenate([c.indices for c in chunks]) + 1
    cameras = np.concatenate([c.cameras for c in chunks])
    cuts = np.concatenate([c.cuts for c in chunks])
    turn, turns = np.eye(3), np.empty((len(numbers), 3, 3))
    for n in range(len(numbers)):
        turn = np.eye(3) if cuts[n] else np.vstack([cameras[n], [0.0, 0.0, 1.0]]) @ turn
        turns[n] = turn
    at = np.clip(np.searchsorted(numbers, rows.numbers), 0, len(numbers) - 1)
    return Views(np.cumsum(cuts)[at].astype(np.int64), turns[at])
