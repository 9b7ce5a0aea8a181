"""A team sheet as clubs have it, a list of names and numbers, as a roster without pictures."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gallery.colors import parse_colors
from gallery.folders import natural
from gallery.io.spelling import alike, fault_of, plain
from gallery.roster import Player, Roster
from gallery.roster_file import RosterError
from gallery.shirt_numbers import LARGEST, number_meant
from gallery.team_sheet.blocks import Block, Entry, entries, find_blocks, no_headings
from gallery.team_sheet.cells import Grid, read_grids
from gallery.team_sheet.headings import STAFF, Column, folded, role_of

_ALIKE = 0.85  # of names of teams; "team a" and "team b" are less
_SHOWN = 40  # characters of a name that cannot be one
_SIDES = 3
"""Clubs are the teams of the match where there are no more of them; else where players come from.
"""
_NUMBERED = re.compile(r"#?([0-9]{1,2})[.)\s]\s*(\D.*)")
_MARK = re.compile(r"\s*(?:\(([^()]{1,12})\)|[*©†])\s*$")
_BACKWARDS = re.compile(r"([^,]+), *([^,\W][^,]*)")
_GENERATIONS = ("jr", "sr", "ii", "iii", "iv")


def read_team_sheet(path: Path) -> Roster:
    """The players of a sheet (.csv, .xlsx): name, number, team, role, color; without pictures.

    What can be lived with is in `warnings`. Raises RosterError, one line that names the row: no
    heading over the names or one that is likely misspelt, a row without a name, a number that no
    shirt has, a number or a name twice in a team, numbers of two teams that are not told apart.
    """
    if path.is_dir():
        raise RosterError(f"team sheet {path}: is a folder; a folder of pictures is a --gallery")
    if path.suffix.lower() in (".yaml", ".yml"):
        raise RosterError(
            f"{path}: no team sheet; a roster.yaml is read where it lies, in a --gallery"
        )
    grids = read_grids(path)
    found, unread = _entries(grids)
    if not found:
        raise (
            no_headings(path, grids) if not unread.total() else RosterError(f"{path}: lists nobody")
        )
    found, warnings = _playing(_teams(found))
    if not found:
        raise RosterError(f"{path}: lists nobody who plays")
    _check_numbers(found)
    columns = ", ".join(heading for heading in unread if heading)
    warnings += [f"{path}: columns that are not read: {columns}"] if columns else []
    warnings += _double_zeros(path, found) + _misspelt_teams(found)
    players = _named(found)
    chosen = tuple(sorted(players, key=lambda player: natural(player.name)))
    return Roster(chosen, warnings=tuple(warnings))


def _entries(grids: Sequence[Grid]) -> tuple[list[Entry], Counter[str]]:
    """Of all lists of all tables, and the headings that are not read; "" counts the lists."""
    found = [(grid, find_blocks(grid)) for grid in grids]
    lists = [(grid, block, others) for grid, others in found for block in others]
    pages = len({grid.place for grid, _, _ in lists})
    every, unread = list[Entry](), Counter[str]()
    for grid, block, others in lists:
        unread.update(["", *block.unread])
        cleaned = (_clean(entry, block) for entry in entries(grid, block, others))
        rows = [entry for entry in cleaned if entry is not None]
        if pages > 1 and not any(row.title for row in rows):  # a page for each team
            rows = [replace(row, title=grid.title) for row in rows]
        every += rows
    return every, unread


def _clean(entry: Entry, block: Block) -> Entry | None:
    """With number, name and role as we write them; None where the row says nothing of anybody."""
    name, number = plain(entry.name), entry.number
    if Column.NUMBER not in block.columns and (both := _NUMBERED.fullmatch(name)):
        number, name = both[1], both[2]
    name, mark = _unmarked(name)
    if not name:
        if number:
            raise RosterError(
                f"{entry.where}: number {number[:20]} is on nobody; write a name, or delete the row"
            )
        if entry.role:
            raise RosterError(f"{entry.where}: a row without a name; write it, or delete the row")
        return None
    if fault := fault_of(name):
        raise RosterError(f"{entry.where}: name {name[:_SHOWN]!r}: {fault}")
    stated = entry.role or mark
    known = role_of(stated)
    role = (stated if known is None else known) or entry.part
    return replace(entry, name=name, number=_number(number, name, entry.where), role=role)


def _unmarked(name: str) -> tuple[str, str]:
    """A name without what is written behind it, "Ada Novak (C)"; and that, if it is a role. In the
    order of speech, where it stands as in a register: "Novak, Ada"."""
    mark = ""
    while found := _MARK.search(name):
        name = name[: found.start()]
        mark = found[1] if found[1] and role_of(found[1]) else mark
    turned = _BACKWARDS.fullmatch(name)
    if turned and folded(turned[2]) not in _GENERATIONS:
        name = f"{turned[2].strip()} {turned[1].strip()}"
    return name.strip(), mark


def _number(text: str, name: str, where: str) -> str:
    """As it stands on the shirt."""
    if not text.strip(" -–"):
        return ""
    number = number_meant(text)
    if not number:
        raise RosterError(f"{where}: {text[:20]!r} is no number of a shirt ({name}); write 0 to 99")
    if int(number) > LARGEST:
        raise RosterError(f"{where}: {name} has number {number}; shirts have 0 to {LARGEST}")
    return number


def _teams(found: Sequence[Entry]) -> list[Entry]:
    """Each with a team as its column says, else the line above its list, else the club."""
    titled = len({e.title for e in found}) > 1 or not any(e.club for e in found)
    clubs = {e.club for e in found if e.club}
    as_teams = 0 < len(clubs) <= _SIDES

    def team(entry: Entry) -> str:
        by_club = entry.club if as_teams else ""
        return entry.team or (entry.title if titled else "") or by_club or entry.title

    keepers = "d" in {folded(entry.role) for entry in found}  # of G or P, D and others
    return [
        replace(
            entry,
            team=plain(team(entry)),
            role="goalkeeper" if keepers and folded(entry.role) in ("g", "p") else entry.role,
        )
        for entry in found
    ]


def _playing(found: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """Without coaches and others beside the field; referees belong to no team."""
    staff = [entry for entry in found if entry.role == STAFF]
    who = ", ".join(entry.name for entry in staff)
    notes = [f"{staff[0].where}: left out, for they do not play: {who}"] if staff else []
    kept = [entry for entry in found if entry.role != STAFF]
    return [replace(e, team="") if e.role == "referee" else e for e in kept], notes


def _check_numbers(found: Iterable[Entry]) -> None:
    """Raise RosterError where a number, or a name, stands twice in a team."""
    numbers: dict[tuple[str, str], Entry] = {}
    names: dict[tuple[str, str], Entry] = {}
    for entry in found:
        team = alike(entry.team)
        same = names.setdefault((team, alike(entry.name)), entry)
        other = numbers.setdefault((team, entry.number), entry) if entry.number else entry
        rows = f"{same.where} and row {entry.row}"
        if same is not entry:
            raise RosterError(f"{rows}: {entry.name} stands twice; keep one, or tell the two apart")
        if other is entry or entry.role == "referee":
            continue
        both = f"{other.where} and row {entry.row}: {other.name} and {entry.name}"
        if not entry.team:
            raise RosterError(
                f"{both} have number {entry.number} and no team; add a column team to tell them "
                "apart"
            )
        raise RosterError(
            f"{both} both have number {entry.number} in team {entry.team}; correct one of them"
        )


def _double_zeros(path: Path, found: Iterable[Entry]) -> list[str]:
    """0 and 00 are two numbers, which few expect."""
    worn: dict[str, dict[str, str]] = {}
    for entry in found:
        if entry.number in ("0", "00"):
            worn.setdefault(entry.team, {})[entry.number] = entry.name
    return [
        f"{path}: 0 ({both['0']}) and 00 ({both['00']}) are taken for two numbers"
        for both in worn.values()
        if len(both) > 1
    ]


def _misspelt_teams(found: Sequence[Entry]) -> list[str]:
    """A line for each team of one player that is spelt nearly as a larger one."""
    sizes = Counter(alike(entry.team) for entry in found)
    spelt = {alike(entry.team): entry.team for entry in found}
    larger = [team for team, size in sizes.items() if team and size >= _SIDES]
    alone = [entry for entry in found if entry.team and sizes[alike(entry.team)] == 1]
    near = [difflib.get_close_matches(alike(e.team), larger, 1, _ALIKE) for e in alone]
    return [
        f"{entry.where}: {entry.name} is the only one of team {entry.team}; is "
        f"{spelt[team[0]]} meant?"
        for entry, team in zip(alone, near, strict=True)
        if team
    ]


def _named(found: Sequence[Entry]) -> list[Player]:
    """Players, with the team in front of a name that two teams have."""
    twice = Counter(alike(entry.name) for entry in found)
    return [
        Player(
            f"{e.team} {e.name}" if twice[alike(e.name)] > 1 and e.team else e.name,
            (),
            number=e.number or None,
            team=e.team or None,
            role=e.role or None,
            color=_color(e),
        )
        for e in found
    ]


def _color(entry: Entry) -> tuple[str, ...]:
    own = entry.role in ("goalkeeper", "referee")  # they wear others than those above them
    try:
        return parse_colors(entry.color or ("" if own else entry.color_above))
    except ValueError as problem:
        raise RosterError(f"{entry.where}: {problem}") from problem
