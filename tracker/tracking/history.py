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
_ROOM = 2 * SLOTS  # the window slides through it, so that its places are seldom moved
_SAME_S = 1e-4
_NEVER_S = -1e9
_STILL = np.eye(2, 3)


@dataclass(slots=True, eq=False)
class History:
    """The window of T tracks over S slots, the present frame last.

    room: (2 S, T, 4) places cx, cy, log w, log h, in the pixels of their frames, of which the
    window is the S slots before `end`. seen_room: (2 S, T) False where a place is only a guess.
    times_s: (S,), long ago before the first frame. to_now: (S, 2, 3) the affine from the pixels of
    that frame to the present one's. moving: the camera moved in it.
    """

    room: Doubles
    seen_room: Mask
    times_s: Doubles
    to_now: Doubles
    end: int = SLOTS
    moving: bool = False

    @classmethod
    def fresh(cls, count: int) -> History:
        """The window of `count` tracks before the first frame."""
        return cls(
            np.zeros((_ROOM, count, 4)),
            np.zeros((_ROOM, count), bool),
            np.full(SLOTS, _NEVER_S),
            np.tile(_STILL, (SLOTS, 1, 1)),
        )

    @property
    def places(self) -> Doubles:
        """(S, T, 4) of the window."""
        return self.room[self.end - SLOTS : self.end]

    @property
    def seen(self) -> Mask:
        """(S, T) of the window."""
        return self.seen_room[self.end - SLOTS : self.end]

    @property
    def present(self) -> Doubles:
        """(T, 4) places in the present frame."""
        return np.asarray(self.room[self.end - 1])

    def join(self, other: History) -> History:
        """These tracks, then those of `other`, which were not seen in this window before."""
        places = np.concatenate([self.places, other.places], axis=1)
        return self._with(places, np.concatenate([self.seen, other.seen], axis=1))

    def pick(self, index: Index) -> History:
        """The tracks of an index or mask array."""
        return self._with(self.places[:, index], self.seen[:, index])

    def _with(self, places: Doubles, seen: Mask) -> History:
        count = places.shape[1]
        room, seen_room = np.empty((_ROOM, count, 4)), np.empty((_ROOM, count), bool)
        room[:SLOTS], seen_room[:SLOTS] = places, seen
        return History(room, seen_room, self.times_s, self.to_now, SLOTS, self.moving)

    def step(self, time_s: float, camera: Doubles) -> None:
        """A new frame: everybody is unseen in it until `note` says otherwise."""
        if self.times_s[-1] >= self.times_s[-2] + SLOT_S - _SAME_S:
            self._slide()
        self.times_s[-1] = time_s
        self.seen_room[self.end - 1] = False
        if not bx.is_still(camera):
            self.moving = True
            self.to_now[:, :, :2], shift = (
                camera[:, :2] @ self.to_now[:, :, :2],
                self.to_now[..., 2],
            )
            self.to_now[:, :, 2] = shift @ camera[:, :2].T + camera[:, 2]
        if self.moving:
            self.to_now[-1] = _STILL

    def _slide(self) -> None:
        """By one slot, in which everybody is where they were."""
        self.times_s[:-1] = self.times_s[1:].copy()
        if self.moving:
            self.to_now[:-1] = self.to_now[1:].copy()
        if self.end == _ROOM:
            self.room[:SLOTS], self.seen_room[:SLOTS] = self.places, self.seen
            self.end = SLOTS
        self.room[self.end] = self.present
        self.end += 1

    def forget(self) -> None:
        """After a shot cut no place holds."""
        self.seen[:] = False
        self.moving = False
        self.to_now[:] = _STILL

    def note(self, rows: Index | slice, places: Doubles, seen: bool) -> None:
        """Where the tracks `rows` are in the present frame: (n, 4); seen or only guessed."""
        self.room[self.end - 1, rows] = places
        self.seen_room[self.end - 1, rows] = seen

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
        """(..., T, 4) the places of `slots` (...), in pixels of the present frame; NaN unseen."""
        places = np.where(self.seen[slots][..., None], self.places[slots], np.nan)
        return self._carried(places, slots) if self.moving else places

    def _carried(self, places: Doubles, slots: Ints | slice) -> Doubles:
        """(..., T, 4) places in the pixels of `slots` (...), now in those of the present frame."""
        affine = self.to_now[slots]
        linear = affine[..., :2]
        centres = places[..., :2] @ np.swapaxes(linear, -1, -2) + affine[..., None, :, 2]
        growth = np.log(np.sqrt(np.abs(np.linalg.det(linear))))
        return np.concatenate([centres, places[..., 2:] + growth[..., None, None]], axis=-1)

    def interpolate_gap(self, row: int, since_s: float, found: Doubles) -> tuple[Doubles, Doubles]:
        """A track is found again at `found` (4,): bend the guesses since `since_s` to end there.

        Returns (n,) times and (n, 4) places in pixels of the present frame, the last of them
        `found` itself. They count as seen from now on.
        """
        slots = slice(int(self.times_s.searchsorted(since_s + _SAME_S, side="right")), None)
        times, places = self.times_s[slots].copy(), self.places[slots, row]
        self.seen[slots, row] = True
        if self.moving:
            places = self._carried(self.places[slots], slots)[:, row]
        share = (times - since_s) / (times[-1] - since_s)
        places = places + share[:, None] * (found - places[-1])
        self.places[slots, row] = self._back(places, slots) if self.moving else places
        return times, places

    def _back(self, places: Doubles, slots: slice) -> Doubles:
        """(n, 4) places given in pixels of the present frame, in those of their own frames."""
        linear, shift = self.to_now[slots, :, :2], self.to_now[slots, :, 2]
        centres = np.linalg.solve(linear, (places[:, :2] - shift)[..., None])[..., 0]
        growth = np.log(np.sqrt(np.abs(np.linalg.det(linear))))
        return np.concatenate([centres, places[:, 2:] - growth[:, None]], axis=1)
