"""Carries the script out: who is leaving, who is hidden beside the picture, who comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .script import Exit, Script, Side

Doubles = NDArray[np.float64]

_OUT_M = 0.55
"""Metres beyond the border at which the last of a figure has left the picture."""
_HOLD_M = 1.2
"""Where the hidden wait: so far beyond the border that their arms and shadows stay out too."""
_RUN_UP_S = 0.45
"""Time from the waiting place to the picture."""


@dataclass(frozen=True, slots=True)
class _Hidden:
    side: Side
    y: float
    until_s: float


class Errands:
    """State of the script at one moment. Persons are indices."""

    def __init__(self, script: Script) -> None:
        self._exits = sorted(script.exits, key=lambda e: e.start_s)
        self._entries = list(script.entries)
        self.leaving: dict[int, Exit] = {}
        self._hidden = {e.person: _Hidden(e.side, e.y, np.inf) for e in script.entries}

    @property
    def busy(self) -> set[int]:
        """Those who do not take part in the play now."""
        return {*self.leaving, *self._hidden}

    def advance(self, time_s: float, at: Doubles, camera: Camera) -> set[int]:
        """Begin and end what is due; returns those who rejoin the play. at: (N, 2) metres."""
        while self._exits and self._exits[0].start_s <= time_s:
            errand = self._exits.pop(0)
            self.leaving[errand.person] = errand
        for person, errand in list(self.leaving.items()):
            x, y = at[person]
            if errand.side * (x - border(camera, errand.side, y)) > _OUT_M:
                del self.leaving[person]
                self._hide(person, errand, time_s)
        back = {person for person, h in self._hidden.items() if h.until_s <= time_s}
        for person in back:
            del self._hidden[person]
        return back

    def _hide(self, person: int, errand: Exit, time_s: float) -> None:
        until = np.inf if errand.absence_s is None else time_s + errand.absence_s - _RUN_UP_S
        self._hidden[person] = _Hidden(errand.side, errand.y, until)
        for entry in [e for e in self._entries if e.after == person]:
            self._entries.remove(entry)
            self._hidden[entry.person] = _Hidden(entry.side, entry.y, time_s + entry.wait_s)

    def goals(self, camera: Camera) -> dict[int, tuple[float, float]]:
        """Where those who leave run to, metres."""
        return {
            person: (border(camera, e.side, e.y) + 3.0 * e.side, e.y)
            for person, e in self.leaving.items()
        }

    def hold(self, at: Doubles, velocity: Doubles, camera: Camera) -> None:
        """Keep the hidden beside the picture, wherever the camera turns. Changes its arguments."""
        for person, h in self._hidden.items():
            at[person] = border(camera, h.side, h.y) + h.side * _HOLD_M, h.y
            velocity[person] = 0.0


def border(camera: Camera, side: Side, y: float) -> float:
    """World x at which the picture ends on that side, at depth line y."""
    return camera.ground_x(camera.size[0] * (0.5 + 0.5 * side), y)
