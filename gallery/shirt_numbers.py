"""Shirt numbers of a roster as people write them: what they mean, which cannot be, and which two
players of a team have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from gallery.io.spelling import alike

Wearer = tuple[str, str | None, str | None]
"""Name, team and number of a player; None where that is not known."""
LARGEST = 99
_WRITTEN = re.compile(r"(?:(?:no|nr|n)[.°º]?\s*|#\s*)?([0-9]{1,6})(?:[.,]0*)?", re.IGNORECASE)


def number_meant(text: str) -> str:
    """As it stands on the shirt: 7 of "07", "#7", "No. 7", "7.0" and of digits of any script, but
    00 of "00"; also such as no shirt has. Empty where it is no number."""
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in text.strip())
    found = _WRITTEN.fullmatch(digits)
    if found is None:
        return ""
    return "00" if found[1] == "00" else str(int(found[1]))


def number_faults(wearers: Iterable[Wearer]) -> list[str]:
    """A line for each number that no shirt has, and for each that stands twice in a team."""
    first: dict[tuple[str, str], str] = {}
    faults = []
    for name, team, number in wearers:
        if number is None or not any(sign.isdecimal() for sign in number):
            continue  # a letter stands for a number that nobody knows
        meant = number_meant(number)
        if not meant or int(meant) > LARGEST:
            faults.append(
                f"{name}: number {number[:20]!r} is on no shirt (0 to {LARGEST}) and not used"
            )
            continue
        key = alike(team or ""), meant
        other = first.setdefault(key, name)
        if other != name:
            where = f"in team {team}" if team else "and no team"
            faults.append(f"{other} and {name} both have number {key[1]} {where}")
    return faults
