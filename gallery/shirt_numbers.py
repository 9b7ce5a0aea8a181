"""Shirt numbers of a roster that cannot be, or that two players of a team have."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gallery.io.spelling import alike

Wearer = tuple[str, str | None, str | None]
"""Name, team and number of a player; None where that is not known."""
_ON_A_SHIRT = re.compile(r"\s*[0-9]{1,2}\s*", re.ASCII)


def number_faults(wearers: Iterable[Wearer]) -> list[str]:
    """A line for each number that no shirt has, and for each that stands twice in a team."""
    first: dict[tuple[str, str], str] = {}
    faults = []
    for name, team, number in wearers:
        if number is None or not number.strip().isdecimal():
            continue  # a letter stands for a number that nobody knows
        if not _ON_A_SHIRT.fullmatch(number):
            faults.append(f"{name}: number {number[:20]!r} is on no shirt (0 to 99) and not used")
            continue
        plain = number.strip()
        key = alike(team or ""), plain if plain == "00" else str(int(plain))
        other = first.setdefault(key, name)
        if other != name:
            where = f"in team {team}" if team else "and no team"
            faults.append(f"{other} and {name} both have number {key[1]} {where}")
    return faults
