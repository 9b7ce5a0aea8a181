"""Moments when somebody stands still and the nearest player stands before them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .script import Screen

Doubles = NDArray[np.float64]

_GAP_M = 0.5


class Screens:
    """State of the script's screens. Persons are indices."""

    def __init__(self, screens: tuple[Screen, ...]) -> None:
        self._screens = screens
        self._hiders: dict[Screen, tuple[int, Doubles]] = {}

    def goals(
        self, time_s: float, at: Doubles, viewer: tuple[float, float], free: list[int]
    ) -> dict[int, Doubles]:
        """Where the two of each running screen go. at: (N, 2) metres; free: who may hide others."""
        found: dict[int, Doubles] = {}
        for screen in self._screens:
            if not screen.start_s <= time_s < screen.start_s + screen.duration_s:
                continue
            if screen not in self._hiders:
                others = [i for i in free if i != screen.person]
                distances = np.linalg.norm(at[others] - at[screen.person], axis=1)
                nearest = others[int(distances.argmin())]
                self._hiders[screen] = nearest, at[screen.person].copy()
            hider, spot = self._hiders[screen]
            sight = viewer - at[screen.person]
            found[screen.person] = spot
            found[hider] = at[screen.person] + _GAP_M * sight / np.linalg.norm(sight)
        return found
