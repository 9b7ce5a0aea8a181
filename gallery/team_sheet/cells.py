"""The cells of a spreadsheet as text: CSV as programs of any country save it, or an Excel workbook.

Merged cells are filled, because a merged team name is meant for every row beside it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery.io.files import read_bytes
from gallery.io.text_files import NoTextError, decode
from gallery.roster_file import SHEETS, RosterError
from gallery.team_sheet.headings import column_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_MAX_BYTES = 8_000_000
_MAX_UNPACKED = 100_000_000
_MAX_ROWS, _MAX_COLUMNS = 2000, 200
_SEPARATORS = ";\t|,"
"""A comma stands inside cells more often than the others, so it is taken last."""
_STATED = re.compile(r'(?i)"?sep=(.)"?\s*')
_ZEROS = re.compile("0{2,}")
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"<": "a web page",
    b"{\\rtf": "a text with layout",
}
SAVE = "save it as .xlsx or .csv"
FIRST_ROW = "write name, number, team above the columns"


@dataclass(frozen=True, slots=True)
class Grid:
    """One table. place: the file, and the worksheet where there are several. title: of the
    worksheet, "" in a CSV. rows: number as the spreadsheet counts, and the text of the cells."""

    place: str
    title: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_grids(path: Path) -> list[Grid]:
    """All tables of a file that hold anything. Raises RosterError: no such file, neither a CSV nor
    a workbook, larger than any team sheet."""
    try:
        raw = read_bytes(path, _MAX_BYTES)
    except OSError as problem:
        why = problem.strerror or problem
        raise RosterError(f"team sheet {path}: cannot be read ({why}); check the path") from problem
    for mark, what in _OTHERS.items():
        if raw.removeprefix(codecs.BOM_UTF8).lstrip().startswith(mark):
            raise RosterError(f"{path}: {what}; {SAVE}")
    grids = _workbook(path, raw) if raw.startswith(b"PK") else [_table(path, raw)]
    if not any(grid.rows for grid in grids):
        raise RosterError(f"{path}: is empty; {FIRST_ROW}")
    return [grid for grid in grids if grid.rows]


def is_no_book(path: Path) -> bool:
    """Whether a file is called a workbook and is none."""
    return path.suffix.lower() in SHEETS[1:] and not zipfile.is_zipfile(path)


def is_sheet(path: Path) -> bool:
    """Whether this is meant as a team sheet, if it is there or not."""
    return path.is_file() or (path.suffix.lower() in SHEETS and not path.exists())


def _table(path: Path, raw: bytes) -> Grid:
    try:
        text = decode(raw, str(path), western=True)
    except NoTextError as problem:
        raise RosterError(f"{path}: {problem}; {SAVE}") from problem
    lines = text.lstrip("\ufeff").splitlines()
    first = _STATED.fullmatch(lines[0]) if lines else None
    skip = 1 if first else 0
    separator = first[1] if first else _separator(lines)
    ended = [f"{line}\n" for line in lines[skip:]]
    rows = csv.reader(ended, skipinitialspace=True, delimiter=separator)
    found: list[tuple[int, tuple[str, ...]]] = []
    begin = skip
    try:
        for row in rows:
            begin = _after(path, lines, begin, rows.line_num + skip)
            cells = tuple(" ".join(cell.split()) for cell in row[:_MAX_COLUMNS])
            if any(cells):
                found.append((rows.line_num + skip, cells))
    except csv.Error as problem:
        line = rows.line_num + skip
        raise RosterError(f"{path}, row {line}: broken CSV ({problem}); {SAVE}") from problem
    _check_size(path, len(found))
    return Grid(str(path), "", tuple(found))


def _after(path: Path, lines: list[str], begin: int, end: int) -> int:
    """`end` of a row of these lines. Raises RosterError where it goes on to the end of the file."""
    if end - begin > 1 and "".join(lines[begin:end]).count('"') % 2:
        raise RosterError(f'{path}, row {begin + 1}: a " without an end; delete it, or {SAVE}')
    return end


def _separator(lines: list[str]) -> str:
    """That of which most lines have equally many: titles above a table have none."""
    best, most = ",", 0
    for separator in _SEPARATORS:
        counts = Counter(re.sub(r'"[^"]*"', "", line).count(separator) for line in lines)
        del counts[0]
        usual = max(counts.values(), default=0)
        if usual > most:
            best, most = separator, usual
    return best


def _workbook(path: Path, raw: bytes) -> list[Grid]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _MAX_UNPACKED:
            raise RosterError(f"{path}: unpacks to {unpacked} bytes; is it a team sheet?")
        book = load_workbook(io.BytesIO(raw), data_only=True)
    except RosterError:
        raise
    except Exception as problem:  # openpyxl raises more kinds than can be listed
        raise RosterError(
            f"{path}: cannot be read as an Excel workbook ({type(problem).__name__}); {SAVE}"
        ) from problem
    shown = [page for page in book.worksheets if page.sheet_state == "visible"]
    several = len(shown) > 1
    return [
        Grid(f"{path}, {page.title}" if several else str(path), page.title, _rows(path, page))
        for page in shown
    ]


def _rows(path: Path, page: Worksheet) -> tuple[tuple[int, tuple[str, ...]], ...]:
    _check_size(path, page.max_row)
    wide = min(page.max_column, _MAX_COLUMNS)
    rows = [[_text(cell) for cell in row] for row in page.iter_rows(max_col=wide)]
    begun = [any(row) for row in rows]  # what is merged over several rows is one row
    merged = [
        (slice(area.min_row - 1, area.max_row), slice(area.min_col - 1, min(area.max_col, wide)))
        for area in page.merged_cells.ranges
        if area.min_row <= len(rows) and area.min_col <= wide
    ]
    for down, across in merged:
        text = rows[down.start][across.start]
        for row in rows[down]:
            row[across] = [text] * (across.stop - across.start)
    for down, across in merged:
        _join_below(rows, down, across)
    numbered = zip(rows, begun, strict=True)
    return tuple((n, tuple(row)) for n, (row, here) in enumerate(numbered, 1) if here)


def _join_below(rows: list[list[str]], down: slice, across: slice) -> None:
    """Make columns with one heading merged over them into one, as first name and surname are."""
    heads = rows[down.start]
    beside = [*heads[: across.start], *heads[across.stop :]]
    wide = across.stop - across.start
    if wide < 2 or not column_of(heads[across.start]) or not any(map(column_of, beside)):
        return
    for row in rows[down.start :]:
        cells = dict.fromkeys(cell for cell in row[across] if cell)
        if len(cells) > 1 and all(map(column_of, cells)):
            return  # headings of their own
        row[across] = [" ".join(cells), *[""] * (wide - 1)]


def _text(cell: Any) -> str:
    """As it is shown: 7, not 7.0, and 00 where the cell's format asks for two digits."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and _ZEROS.fullmatch(cell.number_format or ""):
        return f"{value:0{len(cell.number_format)}d}"
    return " ".join(str(value).split())


def _check_size(path: Path, rows: int) -> None:
    if rows > _MAX_ROWS:
        raise RosterError(f"{path}: {rows} rows, more than {_MAX_ROWS}; is it a team sheet?")
