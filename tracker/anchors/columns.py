"""A large table with a header as columns: at once where all rows are alike, else row by row.

Rows and cells are as in `gallery.io.tables`, which reads row by row.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gallery.io.tables import Dialect, TableTextError, dialect_of, table_rows
from tracker.anchors.file import AnchorFile
from tracker.anchors.rows import AnchorError
from tracker.types import Doubles, Ints, Mask

_HEAD = 1 << 16  # bytes that tell how a table is written
_QUOTED = re.compile(r'\s+"')  # a blank before a quote, which then quotes nothing


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """N rows. numbers: by column, (N,) NaN where a cell is empty, infinite where it holds no
    finite number. words: by column, (N,) places in the texts beside them. lines: (N,) 1-based in
    the file; None where they were not counted."""

    numbers: dict[str, Doubles]
    words: dict[str, tuple[Ints, tuple[str, ...]]]
    lines: Ints | None

    def are(self, column: str, *wanted: str) -> Mask:
        """(N,) whether a cell is any of these words, in whatever case."""
        codes, texts = self.words[column]
        return np.isin(codes, [n for n, text in enumerate(texts) if text.lower() in wanted])


class TableFile:
    """A file with a header. header: its columns in lower case. Raises AnchorError."""

    def __init__(self, given: AnchorFile, raw: bytes) -> None:
        self._given, self._raw = given, raw
        head = self._raw[:_HEAD]
        if len(self._raw) > _HEAD:
            head = head[: head.rfind(b"\n") + 1] or head
        text = head.decode("utf-8", "replace")
        self._dialect = dialect_of(text)
        self.header, lines = _header(text, self._dialect)
        start = len("".join(lines).encode())
        self._start = start if text.encode() == head else None

    def columns(self, numbers: Collection[str], words: Collection[str]) -> Columns:
        """These columns of all rows that have anything in them. Raises AnchorError with the
        line."""
        return self._quickly(numbers, words) or self._slowly(numbers, words)

    def line(self, numbers: Collection[str], words: Collection[str], row: int) -> int:
        """Where a row of `columns` stands in the file."""
        lines = self._slowly(numbers, words).lines
        assert lines is not None
        return int(lines[row]) if 0 <= row < len(lines) else 1

    def _quickly(self, numbers: Collection[str], words: Collection[str]) -> Columns | None:
        """None where a row has another number of cells, or not all are numbers: then it takes a
        closer look."""
        if self._start is None:
            return None
        import pyarrow as pa
        import pyarrow.csv

        place = {name: str(n) for n, name in enumerate(self.header)}
        kinds = {place[name]: pa.float64() for name in numbers}
        kinds |= {place[name]: pa.dictionary(pa.int32(), pa.string()) for name in words}
        try:
            read = pyarrow.csv.read_csv(
                pa.BufferReader(pa.py_buffer(self._raw).slice(self._start)),
                pyarrow.csv.ReadOptions(column_names=[str(n) for n in range(len(self.header))]),
                pyarrow.csv.ParseOptions(delimiter=self._dialect.separator),
                pyarrow.csv.ConvertOptions(
                    column_types=kinds, include_columns=list(kinds), null_values=["", " "],
                    strings_can_be_null=False, decimal_point=self._dialect.decimal,
                ),
            )  # fmt: skip
        except pa.ArrowInvalid:
            return None
        found = {name: _numbers(read.column(place[name])) for name in numbers}
        texts = {name: _words(read.column(place[name])) for name in words}
        if any(_QUOTED.match(text) for _, every in texts.values() for text in every):
            return None
        stripped = {
            n: (codes, tuple(w.strip() for w in every)) for n, (codes, every) in texts.items()
        }
        return _filled(Columns(found, stripped, None))

    def _slowly(self, numbers: Collection[str], words: Collection[str]) -> Columns:
        text = self._given.decoded(self._raw)
        comma = dialect_of(text).decimal == ","
        found = {name: array("d") for name in numbers}
        codes = {name: array("q") for name in words}
        texts: dict[str, dict[str, int]] = {name: {} for name in words}
        lines = array("q")
        rows = table_rows(text)
        try:
            next(rows, None)
            for line, cells in rows:
                for name in numbers:
                    found[name].append(self._number(cells[name], comma, line))
                for name in words:
                    codes[name].append(texts[name].setdefault(cells[name], len(texts[name])))
                lines.append(line)
        except TableTextError as error:
            raise AnchorError(f"{self._given.path}, line {error.line}: {error}") from error
        return _filled(
            Columns(
                {name: np.array(column, np.float64) for name, column in found.items()},
                {n: (np.array(codes[n], np.int64), tuple(texts[n])) for n in codes},
                np.array(lines, np.int64),
            )
        )

    def _number(self, cell: str, comma: bool, line: int) -> float:
        """A cell: NaN where it is empty, infinite where it is no finite number."""
        if not cell:
            return np.nan
        plain = cell.rstrip("%").rstrip() if cell.endswith("%") else cell
        try:
            if "_" in plain:
                raise ValueError(cell)
            number = float(plain.replace(",", ".") if comma else plain)
        except ValueError as error:
            raise AnchorError(
                f"{self._given.path}, line {line}: {cell[:40]!r} is no number; mend the row"
            ) from error
        return number if np.isfinite(number) else np.inf


def _header(text: str, how: Dialect) -> tuple[list[str], list[str]]:
    """The columns in lower case, and the lines of the file up to them."""
    lines = text.splitlines(keepends=True)
    rows = csv.reader(lines[how.skip :], skipinitialspace=True, delimiter=how.separator)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                end = rows.line_num + how.skip
                return [cell.strip().lower() for cell in row], lines[:end]
    except csv.Error:
        pass
    return [], lines


def _numbers(column: object) -> Doubles:
    """Of an arrow column: NaN where a cell is empty, infinite where it is no finite number."""
    empty = column.is_null().to_numpy()  # type: ignore[attr-defined]
    values: Doubles = column.fill_null(0.0).to_numpy().copy()  # type: ignore[attr-defined]
    values[~np.isfinite(values)] = np.inf
    values[empty] = np.nan
    return values


def _words(column: object) -> tuple[Ints, tuple[str, ...]]:
    """Of an arrow column of a dictionary."""
    joined = column.unify_dictionaries().combine_chunks()  # type: ignore[attr-defined]
    chunks = joined.chunks if hasattr(joined, "chunks") else [joined]
    codes = [np.asarray(chunk.indices, np.int64) for chunk in chunks]
    texts = tuple(chunks[0].dictionary.to_pylist()) if chunks else ()
    return np.concatenate([*codes, np.zeros(0, np.int64)]), texts


def _filled(columns: Columns) -> Columns:
    """Without the rows in which all of these cells are empty, as spreadsheets leave them."""
    empty = [np.isnan(column) for column in columns.numbers.values()]
    empty += [columns.are(name, "") for name in columns.words]
    kept = ~np.logical_and.reduce(empty) if empty else np.zeros(0, bool)
    if kept.all():
        return columns
    return Columns(
        {name: column[kept] for name, column in columns.numbers.items()},
        {name: (codes[kept], texts) for name, (codes, texts) in columns.words.items()},
        None if columns.lines is None else columns.lines[kept],
    )
