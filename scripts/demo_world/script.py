"""What must happen: who leaves the picture, who comes back, who is taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .people import Squad

Side = Literal[-1, 1]
"""Left or right border of the picture."""

ABSENCE_S = 6.0
_PERIOD_S = 20.0


@dataclass(frozen=True, slots=True)
class Exit:
    """A person runs out of the picture at `start_s`. absence_s: None if he never comes back.

    pace: metres per second; y: the depth line, metres, on which he crosses the border.
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
class Script:
    """Exits in the order of time, and entries. Persons are indices into the squad's people."""

    exits: tuple[Exit, ...]
    entries: tuple[Entry, ...]


def demo_script(squad: Squad, seconds: float) -> Script:
    """An attacker is away for six seconds out of every twenty; one substitution."""
    exits: list[Exit] = []
    runners = [3, 0, 4, 1, 2]
    start = 3.6
    while start < seconds:
        runner = runners[len(exits) % len(runners)]
        exits.append(Exit(runner, start, 1, 5.6, 9.0, ABSENCE_S))
        start += _PERIOD_S
    off, on = len(squad.attackers) + 1, squad.people.index(squad.substitute)
    exits.append(Exit(off, 8.0, -1, 4.0, 17.0, None))
    return Script(tuple(exits), (Entry(on, off, 0.8, -1, 17.0),))
