"""The camera operator: keeps the play in the picture, smoothly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .camera import Camera

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rig:
    """Where a camera stands (metres) and how long its lens is, in picture heights."""

    position: tuple[float, float, float] = (0.0, -21.0, 9.0)
    focal_min: float = 2.6
    focal_max: float = 3.9


MAIN = Rig()
SECOND = Rig(position=(15.0, -17.0, 6.5), focal_min=2.5, focal_max=3.8)
_SLOW_S = 0.75
"""Time constant of pan, tilt and zoom."""
_ROOM = 0.43
"""The play is kept within this share of the picture's width either side of its centre."""


class Operator:
    """Turns and zooms one rig; each of pan, tilt and log focal length is critically damped."""

    def __init__(self, rig: Rig, size: tuple[int, int]) -> None:
        self.rig, self.size = rig, size
        self._state: Doubles | None = None
        self._rate = np.zeros(3)

    def follow(self, players: Doubles, breath: float, dt_s: float) -> Camera:
        """players: (N, 2) ground points to keep in the picture; breath: -1 wide to 1 close."""
        wish = self._wish(players, breath)
        if self._state is None:
            self._state = wish
        pull = (wish - self._state) / _SLOW_S**2 - 2 / _SLOW_S * self._rate
        self._rate = self._rate + pull * dt_s
        self._state = self._state + self._rate * dt_s
        return self._camera(self._state)

    def _wish(self, players: Doubles, breath: float) -> Doubles:
        px, py, pz = self.rig.position
        pans = np.arctan2(players[:, 0] - px, players[:, 1] - py)
        pan = (pans.min() + pans.max()) / 2
        reach = max(np.tan(pans - pan).max(), 0.05)
        share = self.size[0] / self.size[1] * _ROOM
        zoom = np.exp(0.16 * breath) * 0.5 * (self.rig.focal_min + self.rig.focal_max)
        focal = np.clip(min(zoom, share / reach), self.rig.focal_min, self.rig.focal_max)
        middle = np.arctan2(pz - 0.9, players[:, 1] - py)
        tilt = (middle.min() + middle.max()) / 2 + 0.012
        return np.array([pan, tilt, np.log(focal)])

    def _camera(self, state: Doubles) -> Camera:
        pan, tilt, log_focal = (float(v) for v in state)
        focal = float(np.exp(log_focal)) * self.size[1]
        return Camera(self.rig.position, pan, tilt, focal, self.size)
