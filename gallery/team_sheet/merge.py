"""The players of a run: of a gallery of pictures, of a team sheet, or of both, joined by name."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gallery.folders import natural
from gallery.io.spelling import alike
from gallery.roster import Player, Roster, read_roster
from gallery.shirt_numbers import number_faults
from gallery.team_sheet.headings import folded
from gallery.team_sheet.reader import read_team_sheet

_FEW = 5
_FACTS = ("number", "team", "role", "color")


def read_players(gallery: Path | None, sheet: Path | None) -> Roster | None:
    """Of a gallery's folder, of a team sheet, of both; None of neither. Raises RosterError."""
    if sheet is None:
        return None if gallery is None else read_roster(gallery)
    listed = read_team_sheet(sheet)
    return listed if gallery is None else with_sheet(read_roster(gallery), listed, sheet)


def with_sheet(pictured: Roster, listed: Roster, sheet: Path) -> Roster:
    """A gallery with what a team sheet says of its players, and with those whom only the sheet has.

    Names are the same whatever their accents, case and order of words. Where both say something,
    the sheet is believed, for it is of this match.
    """
    stated_of = _pairs(pictured.players, listed.players)
    notes = []
    players: list[Player] = []
    for player in pictured.players:
        stated = stated_of.get(player.name)
        joined = player if stated is None else _joined(player, stated)
        notes += [] if stated is None else _differences(player, stated, sheet)
        players.append(joined)
    absent = [player for player in pictured.players if player.name not in stated_of]
    found = {stated.name for stated in stated_of.values()}
    alone = [player for player in listed.players if player.name not in found]
    notes += _unmatched(absent, alone, sheet)
    chosen = sorted([*players, *alone], key=lambda player: natural(player.name))
    faults = number_faults((player.name, player.team, player.number) for player in chosen)
    warnings = dict.fromkeys([*pictured.warnings, *listed.warnings, *notes, *faults])
    return Roster(tuple(chosen), pictured.negatives, tuple(warnings))


def _pairs(pictured: Sequence[Player], listed: Sequence[Player]) -> dict[str, Player]:
    """By name in the gallery, whom the sheet means: of the same spelling, else where that cannot be
    two, as `_key` has it."""
    exactly = {alike(player.name): player for player in listed}
    pairs = {p.name: exactly[alike(p.name)] for p in pictured if alike(p.name) in exactly}
    found = {stated.name for stated in pairs.values()}
    left = [player for player in listed if player.name not in found]
    waiting = [player for player in pictured if player.name not in pairs]
    counts = [Counter(_key(player.name) for player in players) for players in (left, waiting)]
    by_key = {_key(player.name): player for player in left}
    once = {p.name: _key(p.name) for p in waiting if all(c[_key(p.name)] == 1 for c in counts)}
    return pairs | {name: by_key[key] for name, key in once.items()}


def _key(name: str) -> str:
    return " ".join(sorted(folded(name).split())) or name


def _joined(player: Player, stated: Player) -> Player:
    facts = {fact: getattr(stated, fact) or getattr(player, fact) for fact in _FACTS}
    return replace(player, **facts)


def _differences(player: Player, stated: Player, sheet: Path) -> list[str]:
    both = ((fact, getattr(player, fact), getattr(stated, fact)) for fact in ("number", "team"))
    return [
        f"{player.name}: {fact} {now} by {sheet.name}, {before} by the gallery; the sheet holds"
        for fact, before, now in both
        if before and now and folded(before) != folded(now)
    ]


def _unmatched(absent: Sequence[Player], alone: Sequence[Player], sheet: Path) -> list[str]:
    """What is to be said of those whom only one of the two has."""
    notes = []
    if alone:
        notes.append(f"{len(alone)} players of {sheet.name} have no pictures: {_few(alone)}")
    if absent:
        notes.append(f"in the gallery and not in {sheet.name}: {_few(absent)}")
    names = {folded(player.name): player.name for player in alone}
    close = {p.name: difflib.get_close_matches(folded(p.name), names, 1, 0.8) for p in absent}
    notes += [
        f"{names[near[0]]!r} of {sheet.name} and {name!r} of the gallery: write one name alike, if "
        "they are one player"
        for name, near in close.items()
        if near
    ]
    return notes


def _few(players: Sequence[Player]) -> str:
    names = ", ".join(player.name for player in players[:_FEW])
    return names + (", ..." if len(players) > _FEW else "")
