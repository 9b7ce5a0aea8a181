"""What a model of motion must do to stand in for the Kalman filter of `kalman.py`.

`tracks.py` and `prediction.py` call these functions of it and no others; a module is a model where
it has them. The state of T tracks is a `Motion`: four axes, cx, cy, log w, log h, with speeds per
second. None of them changes what it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tracker.settings import MotionSettings
from tracker.tracking.kalman import Motion
from tracker.types import Doubles, Mask


class MotionModel(Protocol):
    """The contract, held by `tests/test_motion.py`."""

    def initiate(self, measured: Doubles, settings: MotionSettings) -> Motion:
        """New tracks where (N, 4) states were measured once."""
        ...

    def predict(self, motion: Motion, dt_s: float, settings: MotionSettings) -> Motion:
        """Where they are dt_s later, and how surely."""
        ...

    def update(self, motion: Motion, measured: Doubles, settings: MotionSettings) -> Motion:
        """All T, seen at (T, 4) states."""
        ...

    def decay(self, motion: Motion, unseen: Mask, dt_s: float, settings: MotionSettings) -> Motion:
        """Who is not seen, (T,), slows down."""
        ...

    def inflate(self, motion: Motion, size: tuple[int, int], share: float) -> Motion:
        """After a cut anybody may be anywhere: a deviation of this share of the picture."""
        ...

    def compensate(self, motion: Motion, affine: Doubles) -> Motion:
        """Carried along by the camera, (2, 3)."""
        ...

    def set_position(self, motion: Motion, place: Doubles, std: Doubles, dt_s: float) -> Motion:
        """Hidden players where something else expects them, (T, 4) with deviations (T, 4)."""
        ...

    def re_update(
        self,
        motion: Motion,
        since_s: float,
        times_s: Doubles,
        places: Doubles,
        settings: MotionSettings,
    ) -> Motion:
        """One track as it was at since_s, led along (n, 4) places at (n,) times to its end."""
        ...


if TYPE_CHECKING:
    from tracker.tracking import kalman

    _KALMAN: MotionModel = kalman  # so that mypy compares them
