"""What must happen: who leaves the picture, who comes back, who is taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .people import Squad

Side = Literal[-1, 1]
"""Left or right border of the picture."""

ABSENCE_S = 6.0
_PERIOD_S, _SCREEN_S = 20.0, 2.8


@dataclass(frozen=True, slots=True)
class Exit:
    """A person runs out of the picture at `start_s`. absence_s: None if they never come back.

    pace: metres per second; y: the depth line, metres, on which they cross the border.
    """

    person: int
    start_s: float
    side: Side
    pace: float
    y: float
    absence_s: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A person who was outside from the beginning comes in after somebody else has left."""

    person: int
    after: int
    wait_s: float
    side: Side
    y: float


@dataclass(frozen=True, slots=True)
class Screen:
    """A person stands still from `start_s`, and the nearest player hides them from the camera."""

    person: int
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Script:
    """All that is planned. Persons are indices into the squad's people."""

    exits: tuple[Exit, ...]
    entries: tuple[Entry, ...]
    screens: tuple[Screen, ...]


def demo_script(squad: Squad, seconds: float) -> Script:
    """Every twenty seconds an attacker is away for six and four people are hidden for a while;
    once, a defender goes off and the substitute comes on."""
    exits: list[Exit] = []
    screens: list[Screen] = []
    runners, hidden = (3, 0, 4, 1, 2), (0, 5, 4, 8)
    for cycle in range(int(seconds // _PERIOD_S) + 1):
        start = cycle * _PERIOD_S
        runner = runners[cycle % len(runners)]
        exits.append(Exit(runner, start + 3.6, 1, 5.6, 9.0, ABSENCE_S))
        for k, offset in enumerate((1.5, 7.2, 13.2, 16.6)):
            screens.append(Screen(hidden[k], start + offset, _SCREEN_S))
    off, on = len(squad.attackers) + 1, squad.people.index(squad.substitute)
    exits.append(Exit(off, 8.0, -1, 4.0, 17.0, None))
    return Script(tuple(exits), (Entry(on, off, 0.8, -1, 17.0),), tuple(screens))
