"""Where the people of a gallery lie, and what beside them is not read."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.images import ENDINGS

NEGATIVE = "_"
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})
"""Left behind by systems; nobody put them there."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a person, or of a group of negatives. team: the folder around it, or ""."""

    path: Path
    team: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """root: the folder in which the people, or their teams, lie; roster.yaml lies there too.
    loose: pictures of nobody, in the root."""

    root: Path
    people: tuple[Place, ...]
    loose: int = 0

    @property
    def teams(self) -> Counter[str]:
        """Players by team."""
        return Counter(person.team for person in self.people if person.team)


def find_people(folder: Path) -> Places:
    """The people of a gallery in natural order: `PLAYER/*.jpg` or `TEAM/PLAYER/*.jpg`.

    A folder around the whole gallery, as archives have it, is passed through.
    """
    inside = _folders(folder)
    if len(inside) == 1 and _holds_people(inside[0]) and not _pictures(folder):
        return find_people(inside[0])
    players = [entry for entry in inside if not entry.name.startswith(NEGATIVE)]
    people: list[Place] = []
    if players and all(map(_holds_people, players)):
        people += [Place(player, team.name) for team in players for player in _folders(team)]
        people += [Place(entry) for entry in inside if entry not in players]
    else:
        people += [Place(entry) for entry in inside]
    return Places(folder, tuple(people), len(_pictures(folder)))


def unread(folders: Sequence[Path], endings: Container[str] = ENDINGS) -> str:
    """How many files of which kinds are not read, for a message; "" where all are.

    endings: of those that are.
    """
    kinds: Counter[str] = Counter()
    for folder in folders:
        for entry in _entries(folder):
            if entry.is_dir() or entry.suffix.lower() in endings:
                continue
            if entry.name.lower() not in _CLUTTER:
                kinds[entry.suffix.lower() or "no ending"] += 1
    parts = [f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda k: (-k[1], k))]
    return ", ".join(parts)


def natural(name: str) -> tuple[list[str | int], str]:
    """Sort key: "Player 9" before "player 10"."""
    parts = re.split(r"([0-9]{1,18})", name)
    return [int(p) if k % 2 else p.casefold() for k, p in enumerate(parts)], name


def _holds_people(folder: Path) -> bool:
    """Whether it is no person's own folder: no picture in it, but folders of pictures."""
    return not _pictures(folder) and any(_pictures(inner) for inner in _folders(folder))


def _folders(folder: Path) -> list[Path]:
    return sorted((e for e in _entries(folder) if e.is_dir()), key=lambda e: natural(e.name))


def _pictures(folder: Path) -> list[Path]:
    return [e for e in _entries(folder) if e.suffix.lower() in ENDINGS and e.is_file()]


def _entries(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):  # it may not be ours to read
        return [e for e in folder.iterdir() if not e.name.startswith(".")]
    return []
