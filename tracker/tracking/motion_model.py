"""What the tracker asks of a motion model. The one there is: the functions of `kalman`."""

from __future__ import annotations

from typing import Protocol

from tracker.settings import MotionSettings
from tracker.tracking.kalman import Motion
from tracker.types import Doubles, Mask


class MotionModel(Protocol):
    """Moves all tracks at once. States are (T, 8): cx, cy, log w, log h and their change a second.

    Every function gives a new Motion and leaves the old one as it was. A track's state does not
    depend on the tracks beside it. `prediction` calls all of them but `initiate`, which `tracks`
    calls. The names of the arguments do not matter, their order does.
    """

    def initiate(self, measured: Doubles, settings: MotionSettings, /) -> Motion:
        """New tracks at their first measurement (N, 4)."""
        ...

    def predict(self, motion: Motion, dt_s: float, settings: MotionSettings, /) -> Motion:
        """All tracks, `dt_s` seconds later."""
        ...

    def update(self, motion: Motion, measured: Doubles, settings: MotionSettings, /) -> Motion:
        """Each track takes in its measurement, (T, 4)."""
        ...

    def decay(
        self, motion: Motion, unseen: Mask, dt_s: float, settings: MotionSettings, /
    ) -> Motion:
        """The speed of the unseen, (T,), fades."""
        ...

    def compensate(self, motion: Motion, affine: Doubles, /) -> Motion:
        """The camera has moved: (2, 3) from the previous frame to this one."""
        ...

    def inflate(self, motion: Motion, size: tuple[int, int], share: float, /) -> Motion:
        """A shot has ended: anybody may be anywhere, with a std of `share` of the picture."""
        ...

    def set_position(self, motion: Motion, place: Doubles, std: Doubles, dt_s: float, /) -> Motion:
        """The unseen are where the offset net says: (T, 4), with a std of (T, 4)."""
        ...

    def re_update(
        self,
        motion: Motion,
        since_s: float,
        times_s: Doubles,
        places: Doubles,
        settings: MotionSettings,
        /,
    ) -> Motion:
        """One track is found again: (n, 4) places that it must have passed at (n,) times."""
        ...
