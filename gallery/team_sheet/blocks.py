"""Where the lists of players stand in a table: below which headings, of which team.

Headings need not be in the first row. Several teams may stand side by side, or one below the other;
a line of text above a list, or between its rows, is the name of a team or of a part of the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.roster_file import RosterError
from gallery.team_sheet.cells import FIRST_ROW, SAVE, Grid, is_no_book
from gallery.team_sheet.headings import NAMES, Column, column_of, nearest, role_of

Row = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says. where: file and row. team: as a column says; title: as the lines around
    it do. role: as it stands; part: the role of the part of the list that it is in, or "".
    color_above: of a row above, as where cells were merged."""

    where: str
    row: int
    name: str
    number: str = ""
    team: str = ""
    club: str = ""
    title: str = ""
    role: str = ""
    part: str = ""
    color: str = ""
    color_above: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One list. columns: where each stands. begin, end: its cells, from the first heading of it to
    that of the next list. head: place of the row of its headings."""

    columns: Mapping[Column, int]
    begin: int
    end: int
    head: int
    unread: tuple[str, ...]

    def cells(self, row: Row) -> tuple[str, ...]:
        return row[1][self.begin : self.end]

    def at(self, row: Row, column: Column) -> str:
        place = self.columns.get(column)
        return row[1][place] if place is not None and place < len(row[1]) else ""

    def name_of(self, row: Row) -> str:
        """First name and surname; a cell merged over both stands once."""
        parts = [self.at(row, column) for column in (Column.FIRST, Column.NAME, Column.SURNAME)]
        return " ".join(dict.fromkeys(part for part in parts if part))


def find_blocks(grid: Grid) -> list[Block]:
    """All lists of a table, in reading order. Raises RosterError where a heading is likely
    misspelt."""
    rows = [(place, _headings(row[1])) for place, row in enumerate(grid.rows)]
    heads = [(place, columns) for place, columns in rows if _is_head(columns)]
    alone = [(place, columns) for place, columns in rows if _names_in(columns)]
    return [
        block for place, columns in heads or alone[:1] for block in _split(grid, place, columns)
    ]


def no_headings(path: Path, grids: Sequence[Grid]) -> RosterError:
    """To raise where no list was found at all."""
    for grid in grids:
        for number, cells in grid.rows:
            for cell in cells:
                if cell and column_of(cell) is None and (near := nearest(cell, NAMES)):
                    return RosterError(
                        f"{grid.place}, row {number}: no column of names; did you mean {near!r} by "
                        f"{cell[:40]!r}?"
                    )
    if is_no_book(path):
        return RosterError(f"{path}: no Excel workbook, though its name says so; {SAVE}")
    return RosterError(f"{path}: no column of names; {FIRST_ROW}")


def entries(grid: Grid, block: Block, others: Sequence[Block]) -> Iterator[Entry]:
    """What the rows of a list say; lines of text in it are taken in. others: lists of the table."""
    below = [o.head for o in others if o.head > block.head and _overlap(block, o)]
    rows = list(grid.rows[block.head + 1 : min(below, default=len(grid.rows))])
    if below:  # the last lines of text are the next list's
        while rows and _line(block, rows[-1], also_names=True):
            rows.pop()
    title, part, carried = _title(grid, block, others), "", {Column.TEAM: "", Column.COLOR: ""}
    for row in rows:
        line = _line(block, row)
        if line and role_of(line) is not None:
            part = role_of(line) or ""
            continue
        if line:
            title, part = line, ""
            continue
        if not any(block.cells(row)):
            continue
        for column, before in carried.items():
            carried[column] = block.at(row, column) or before
        yield Entry(
            f"{grid.place}, row {row[0]}", row[0], block.name_of(row),
            block.at(row, Column.NUMBER), carried[Column.TEAM], block.at(row, Column.CLUB), title,
            block.at(row, Column.ROLE), part, block.at(row, Column.COLOR), carried[Column.COLOR],
        )  # fmt: skip


def _headings(cells: Sequence[str]) -> dict[int, Column]:
    known = ((place, column_of(cell)) for place, cell in enumerate(cells) if cell)
    return {place: column for place, column in known if column is not None}


def _names_in(columns: Mapping[int, Column]) -> bool:
    return any(column in NAMES for column in columns.values())


def _is_head(columns: Mapping[int, Column]) -> bool:
    return _names_in(columns) and len(set(columns.values())) > 1


def _split(grid: Grid, head: int, columns: Mapping[int, Column]) -> list[Block]:
    """The lists side by side below one row of headings: another begins where a heading comes again
    and names follow."""
    starts, seen = [min(columns)], set[Column]()
    for place, column in columns.items():
        more = any(other in NAMES for at, other in columns.items() if at >= place)
        if column in seen and more and seen & set(NAMES):
            starts, seen = [*starts, place], set()
        seen.add(column)
    ends = [*starts[1:], max(len(cells) for _, cells in grid.rows)]
    starts[0] = 0
    return [_block(grid, head, columns, *edges) for edges in zip(starts, ends, strict=True)]


def _block(grid: Grid, head: int, columns: Mapping[int, Column], begin: int, end: int) -> Block:
    number, cells = grid.rows[head]
    mine: dict[Column, int] = {}
    here = {place: column for place, column in columns.items() if begin <= place < end}
    for place, column in here.items():
        if column not in mine or column is Column.NUMBER:
            mine[column] = place  # of two columns of numbers the first counts the rows
    others = [cells[k] for k in range(begin, min(end, len(cells))) if k not in columns and cells[k]]
    missing = {c for c in Column if c not in mine} - _not_missed(mine)
    for heading in others:
        if near := nearest(heading, missing):
            raise RosterError(
                f"{grid.place}, row {number}: heading {heading[:40]!r} is not known; did you mean "
                f"{near!r}?"
            )
    others += [cells[place] for place, column in here.items() if mine[column] != place]
    if Column.NAME in mine and (Column.FIRST in mine) != (Column.SURNAME in mine):
        other = Column.SURNAME if Column.FIRST in mine else Column.FIRST
        mine[other] = mine.pop(Column.NAME)  # "Name, Vorname", "Nombre, Apellidos"
    return Block(mine, begin, end, head, tuple(dict.fromkeys(others)))


def _not_missed(columns: Mapping[Column, int]) -> set[Column]:
    """Who has the whole name needs no parts of it, and who has a team no club."""
    spare = set(NAMES) if set(columns) & set(NAMES) else set()
    return spare | ({Column.CLUB} if Column.TEAM in columns else set())


def _overlap(first: Block, second: Block) -> bool:
    return first.begin < second.end and second.begin < first.end


def _line(block: Block, row: Row, also_names: bool = False) -> str:
    """The text of a row that is no player's: of one cell, not below the names, or merged over
    several; a word such as Substitutes stands anywhere. also_names: whatever stands alone."""
    cells = block.cells(row)
    filled = [place for place, cell in enumerate(cells, block.begin) if cell]
    texts = {row[1][place] for place in filled}
    if len(texts) != 1:
        return ""
    text = texts.pop()
    alone = filled[0] if len(filled) == 1 else -1
    names = {block.columns[column] for column in NAMES if column in block.columns}
    if alone > block.begin and alone == block.columns.get(Column.ROLE):
        return ""  # of somebody whose name is missing
    if also_names or alone not in names or role_of(text) is not None:
        return "" if text.strip("#. ").isdecimal() else text
    return ""


def _title(grid: Grid, block: Block, others: Sequence[Block]) -> str:
    """The nearest line of text above a list, below the list above it."""
    above = [o.head for o in others if o.head < block.head and _overlap(block, o)]
    beside = [o for o in others if o.head == block.head and o.begin != block.begin]
    for row in reversed(grid.rows[max(above, default=-1) + 1 : block.head]):
        if not any(block.cells(row)):
            continue
        text = _line(block, row, also_names=True)
        if text and text in {_line(other, row, also_names=True) for other in beside}:
            continue  # of the match, not of a team
        if above or text:
            return text
    return ""
