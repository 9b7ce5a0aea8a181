"""Where everybody was in the last seconds: a rolling window over all tracks at once.

Places are kept in the pixels of the frame they were seen in, beside the affine that carries that
frame to the present one. So a moving camera costs one small product a frame, not one per place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker import boxes as bx
from tracker.types import Doubles, Index, Ints, Mask

SLOTS = 128
SLOT_S = 1 / 30
"""Frames closer together than this share a slot: the window spans 4.2 s at any frame rate."""
_SAME_S = 1e-4
_NEVER_S = -1e9


@dataclass(slots=True, eq=False)
class History:
    """The window of T tracks over S slots, the present frame last.

    places: (T, S, 4) cx, cy, log w, log h, in the pixels of that frame. seen: (T, S) False where
    a place is only a guess. times_s: (S,), long ago before the first frame. to_now: (S, 2, 3) the
    affine from the pixels of that frame to the present one's. moving: the camera moved in it.
    """

    places: Doubles
    seen: Mask
    times_s: Doubles
    to_now: Doubles
    moving: bool = False

    @classmethod
    def fresh(cls, count: int) -> History:
        """The window of `count` tracks before the first frame."""
        return cls(
            np.zeros((count, SLOTS, 4)),
            np.zeros((count, SLOTS), bool),
            np.full(SLOTS, _NEVER_S),
            np.tile(np.eye(2, 3), (SLOTS, 1, 1)),
        )

    def join(self, other: History) -> History:
        """These tracks, then those of `other`, which were not seen in this window before."""
        places = np.concatenate([self.places, other.places])
        seen = np.concatenate([self.seen, other.seen])
        return History(places, seen, self.times_s, self.to_now, self.moving)

    def pick(self, index: Index) -> History:
        """The tracks of an index or mask array."""
        return History(self.places[index], self.seen[index], self.times_s, self.to_now, self.moving)

    def step(self, time_s: float, camera: Doubles) -> None:
        """A new frame: everybody is unseen in it until `note` says otherwise."""
        if self.times_s[-1] >= self.times_s[-2] + SLOT_S - _SAME_S:
            for part in (self.places, self.seen):
                part[:, :-1] = part[:, 1:]
            self.times_s[:-1] = self.times_s[1:].copy()
            self.to_now[:-1] = self.to_now[1:].copy()
        self.times_s[-1] = time_s
        self.seen[:, -1] = False
        still = bx.is_still(camera)
        self.moving |= not still
        if not still:
            self.to_now[:, :, :2], shift = (
                camera[:, :2] @ self.to_now[:, :, :2],
                self.to_now[..., 2],
            )
            self.to_now[:, :, 2] = shift @ camera[:, :2].T + camera[:, 2]
        self.to_now[-1] = np.eye(2, 3)

    def forget(self) -> None:
        """After a shot cut no place holds."""
        self.seen[:] = False
        self.moving = False
        self.to_now[:] = np.eye(2, 3)

    def note(self, rows: Index | slice, places: Doubles, seen: bool) -> None:
        """Where the tracks `rows` are in the present frame: (n, 4); seen or only guessed."""
        self.places[rows, -1] = places
        self.seen[rows, -1] = seen

    def at(self, times_s: Doubles) -> Doubles:
        """(..., T, 4) where everybody was at `times_s` (...), in pixels of the present frame.

        NaN where a track was not seen then. Straight lines between slots.
        """
        after = np.searchsorted(self.times_s, times_s - _SAME_S).clip(1, len(self.times_s) - 1)
        at_slot = np.abs(self.times_s[after] - times_s) <= _SAME_S
        before = np.where(at_slot, after, after - 1)
        early, late = self._present(before), self._present(after)
        span = np.maximum(self.times_s[after] - self.times_s[before], _SAME_S)
        share = np.where(at_slot, 0.0, (times_s - self.times_s[before]) / span)
        return np.asarray(early + share[..., None, None] * (late - early))

    def _present(self, slots: Ints) -> Doubles:
        """(..., T, 4) the places of `slots` (...), in pixels of the present frame."""
        places = np.moveaxis(self.places[:, slots], 0, -2)
        places = np.where(np.moveaxis(self.seen[:, slots], 0, -1)[..., None], places, np.nan)
        if self.moving:
            affine = self.to_now[slots]
            linear = affine[..., :2]
            centres = places[..., :2] @ np.swapaxes(linear, -1, -2) + affine[..., None, :, 2]
            growth = np.log(np.sqrt(np.abs(np.linalg.det(linear))))
            places = np.concatenate([centres, places[..., 2:] + growth[..., None, None]], axis=-1)
        return places

    def interpolate_gap(self, row: int, since_s: float, found: Doubles) -> tuple[Doubles, Doubles]:
        """A track is found again at `found` (4,): bend the guesses since `since_s` to end there.

        Returns (n,) times and (n, 4) places in pixels of the present frame, the last of them
        `found` itself. They count as seen from now on.
        """
        slots = np.flatnonzero(self.times_s > since_s + _SAME_S)
        times = self.times_s[slots]
        self.seen[row, slots] = True
        places = self._present(slots)[:, row]
        share = (times - since_s) / (times[-1] - since_s)
        places = places + share[:, None] * (found - places[-1])
        self._put(row, slots, places)
        return times, places

    def _put(self, row: int, slots: Ints, places: Doubles) -> None:
        """Write places given in pixels of the present frame back into their own frames'."""
        places = places.copy()
        if self.moving:
            linear, shift = self.to_now[slots, :, :2], self.to_now[slots, :, 2]
            places[:, :2] = np.linalg.solve(linear, (places[:, :2] - shift)[..., None])[..., 0]
            places[:, 2:] -= np.log(np.sqrt(np.abs(np.linalg.det(linear))))[:, None]
        self.places[row, slots] = places
