"""MOTChallenge rows, the one reader for all that read them: truth, results, detections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gallery.errors import TeamsheetError

COLUMNS = ("frame", "id", "x", "y", "width", "height")
_READ = 9  # columns that mean something: six, confidence or flag, class, visibility
_SEPARATORS = (",", ";", "\t", None)  # None: blanks


class RowError(TeamsheetError):
    """A row is none. line: 1-based. columns: how many it has, where those are too few; else cell
    is what should be a number."""

    def __init__(self, line: int, columns: int | None, cell: str = "") -> None:
        super().__init__(f"line {line}: " + (f"{columns} columns" if columns else repr(cell)))
        self.line, self.columns, self.cell = line, columns, cell


@dataclass(frozen=True, slots=True, eq=False)
class MotRows:
    """values: (N, C) float64, C from 6 to 9; NaN where a cell is empty or not there. cells: (N,)
    how many of the C a row has. lines: (N,) 1-based in the file."""

    values: NDArray[np.float64]
    cells: NDArray[np.int64]
    lines: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.values)
        if self.values.ndim != 2 or not 6 <= self.values.shape[1] <= _READ:
            raise ValueError(f"MotRows.values must be (N, 6 to 9), got {self.values.shape}")
        if self.cells.shape != (n,) or self.lines.shape != (n,):
            raise ValueError(f"MotRows of {n} rows: cells {self.cells.shape}, {self.lines.shape}")

    def or_else(self, column: int, default: float) -> NDArray[np.float64]:
        """(N,) a column, `default` in rows that do not reach so far."""
        if column >= self.values.shape[1]:
            return np.full(len(self.values), default)
        return np.where(self.cells > column, self.values[:, column], default)


def frames_remedy(frames: NDArray[np.float64]) -> str:
    """What to do with a column of frames that are no whole numbers from 1, for a message."""
    if (frames != np.floor(frames)).any():
        return (
            "frames are whole numbers from 1; if these are seconds, multiply them by the frames "
            "a second and add 1"
        )
    return "frames are whole numbers from 1; add 1 to all if the file counts from 0"


def parse_rows(text: str, columns: int = _READ, *, blanks: bool = False) -> MotRows:
    """Rows of `frame, id, x, y, width, height[, ...]`, their first `columns`.

    Cells are separated by commas, semicolons, tabs or blanks; where commas do not separate, they
    may stand for the decimal point. Empty lines and those that begin with # are passed over.
    blanks: cells may be empty, and rows behind the first short. Raises RowError.
    """
    every = enumerate(text.splitlines(), 1)
    kept = [(n, line) for n, line in every if line.strip() and line.lstrip()[0] != "#"]
    lines = np.array([n for n, _ in kept], np.int64)
    if not kept:
        return MotRows(np.zeros((0, 6)), lines, lines)
    rows = [line for _, line in kept]
    separator = _separator(rows[0])
    values = _quickly(rows, separator, columns)
    if values is not None:
        return MotRows(values, np.full(len(values), values.shape[1]), lines)
    return MotRows(*_slowly(kept, separator, columns, blanks), lines)


def _separator(row: str) -> str | None:
    """What separates the cells of a row: what makes numbers of all of them."""
    for separator in _SEPARATORS:
        if len(_cells(row, separator)) >= len(COLUMNS):
            try:
                _parsed(_cells(row, separator), separator)
            except ValueError:
                continue
            return separator
    return next((s for s in (",", ";", "\t") if s in row), None)


def _cells(row: str, separator: str | None) -> list[str]:
    row = row.strip() if separator is None else row.strip().rstrip(",;\t")
    return [cell.strip() for cell in row.split(separator)]


def _parsed(cells: Sequence[str], separator: str | None) -> list[float]:
    """Raises ValueError whose argument is the cell."""
    numbers = []
    for cell in cells:
        point = cell if separator == "," else cell.replace(",", ".")
        try:
            numbers.append(float(point) if cell else np.nan)
        except ValueError:
            raise ValueError(cell) from None
    return numbers


def _quickly(
    rows: Sequence[str], separator: str | None, columns: int
) -> NDArray[np.float64] | None:
    """None where rows are not all alike, or not all numbers: then it takes a closer look."""
    first = len(_cells(rows[0], separator))
    try:
        values = np.loadtxt(
            rows, np.float64, comments=None, delimiter=separator, ndmin=2,
            usecols=range(min(first, columns)),
        )  # fmt: skip
    except ValueError:
        return None
    return values if values.shape[1] >= len(COLUMNS) and not np.isnan(values).any() else None


def _slowly(
    rows: Sequence[tuple[int, str]], separator: str | None, columns: int, blanks: bool
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values, counts = np.full((len(rows), columns), np.nan), np.zeros(len(rows), np.int64)
    for place, (number, line) in enumerate(rows):
        cells = _cells(line, separator)
        if len(cells) < len(COLUMNS):
            separator = _separator(line)  # files put together by hand change it
            cells = _cells(line, separator)
        if len(cells) < len(COLUMNS) and not (blanks and place):
            raise RowError(number, len(cells))
        try:
            found = _parsed(cells[:columns], separator)
        except ValueError as error:
            raise RowError(number, None, str(error)) from error
        if not blanks and "" in cells[:columns]:
            raise RowError(number, None)
        values[place, : len(found)], counts[place] = found, len(found)
    return values, counts
