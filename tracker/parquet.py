"""Parquet from anybody: what a file would become in memory is counted before it is read.

Its footer says how many rows there are, and each page's head how many values; a few bytes can stand
for any number of equal ones, and either may lie, so both are looked at. Heads are in Thrift's
compact protocol: github.com/apache/parquet-format, FileMetaData and PageHeader.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gallery.io.files import check_regular

_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "FLOAT": 4, "DOUBLE": 8, "BYTE_ARRAY": 8}
_NESTED = 4  # bytes of levels beside a value of a list
_MAX_COLUMNS = 5_000
_MAX_PAGES = 100_000
_MAX_FOOTER = 2_000_000  # bytes; ours have some 20,000
_MAX_DEPTH = 20
_HEAD = 64 * 1024  # of a page; ours have some 100 bytes
_PLAIN = {0, 2, 3, 8}  # PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY: what Arrow writes by itself


@dataclass(frozen=True, slots=True)
class Most:
    """What a file may hold: rows, and bytes as columns in memory."""

    rows: int
    size: int


def read_table(
    path: Path, most: Most, words: Sequence[str] = (), columns: Sequence[str] | None = None
) -> Any:
    """The `pyarrow.Table` of a file, whose page checksums are checked.

    words: columns of text, each word of which is kept once. columns: those that are wanted, in the
    order of the file; None: all. Raises OSError, ValueError and Arrow's
    own errors; ValueError also where it would hold more than `most`.
    """
    from pyarrow import parquet

    check_regular(path)
    with parquet.ParquetFile(
        path, page_checksum_verification=True, read_dictionary=list(words)
    ) as file, path.open("rb") as raw:  # fmt: skip
        _check(file.metadata, raw, most)
        table = file.read(columns, use_threads=False)
    table.validate(full=True)  # a word that no dictionary has is noticed nowhere else
    return table


def _check(footer: Any, raw: BinaryIO, most: Most) -> None:
    """footer: as Arrow reads it, of which only what cannot end the process is asked: its metadata
    of a damaged column throws where nobody can catch it (pyarrow 26)."""
    if not 0 <= footer.num_rows <= most.rows:
        raise ValueError(f"{footer.num_rows} rows, at most {most.rows} are read")
    if footer.num_columns * max(footer.num_row_groups, 1) > _MAX_COLUMNS:
        raise ValueError(f"{footer.num_columns} columns in {footer.num_row_groups} groups")
    groups = read_groups(raw)
    if [len(group) for group in groups] != [footer.num_columns] * footer.num_row_groups:
        raise ValueError("a footer that cannot be")
    size = pages = 0
    for group in groups:
        for place, column in enumerate(group):
            width = _width(footer.schema.column(place))
            for page in read_pages(raw, column):
                size += max(page.size, page.values * width)
                pages += 1
                if size > most.size or pages > _MAX_PAGES:
                    raise ValueError(f"more than {most.size} bytes once it is read")
            if column.values * width > most.size:
                raise ValueError(f"more than {most.size} bytes once it is read")


@dataclass(frozen=True, slots=True)
class _Column:
    """Of a row group. values: how many. packed: bytes in the file from `start` on, where its
    dictionary or first page lies."""

    values: int
    packed: int
    start: int


def read_groups(raw: BinaryIO) -> list[list[_Column]]:
    """The columns of all row groups, as the end of the file says: FileMetaData of the format."""
    length = raw.seek(0, 2)
    raw.seek(max(length - 8, 0))
    end = raw.read(8)
    size = int.from_bytes(end[:4], "little")
    if end[4:] != b"PAR1" or size > min(_MAX_FOOTER, length - 8):
        raise ValueError("a footer that cannot be")
    raw.seek(length - 8 - size)
    decoded = _struct(_Compact(raw.read(size)))
    return [[_column(item) for item in _list(group, 1)] for group in _list(decoded, 4)]


def _column(chunk: Any) -> _Column:
    decoded = chunk.get(3) if isinstance(chunk, dict) else None
    if not isinstance(decoded, dict) or 1 in chunk:  # field 1: it lies in another file
        raise ValueError("a column that cannot be")
    values, packed, data, words = (decoded.get(key, 0) for key in (5, 7, 9, 11))
    numbers = [n for n in (values, packed, data, words) if isinstance(n, int) and n >= 0]
    if len(numbers) < 4:
        raise ValueError("a column that cannot be")
    return _Column(values, packed, words if 0 < words < data else data)


def _list(decoded: Any, key: int) -> list[Any]:
    found = decoded.get(key) if isinstance(decoded, dict) else None
    return found if isinstance(found, list) else []


def _width(column: Any) -> int:
    """Bytes in memory of a value."""
    nested = _NESTED if column.max_repetition_level else 0
    fixed = column.length if column.physical_type == "FIXED_LEN_BYTE_ARRAY" else 0
    return (_WIDTHS.get(column.physical_type) or fixed or 16) + nested


@dataclass(frozen=True, slots=True)
class _Page:
    """size: bytes once it is unpacked. end: of it in the file."""

    size: int
    values: int
    end: int


def read_pages(raw: BinaryIO, column: _Column) -> list[_Page]:
    """The heads of all pages of a column of a row group, in the order in which Arrow reads them."""
    if not column.values:
        return []  # and Arrow reads none
    at, end = column.start, column.start + column.packed
    found: list[_Page] = []
    while at < end and len(found) <= _MAX_PAGES:
        raw.seek(at)
        found.append(_page(raw.read(_HEAD), at))
        at = found[-1].end
    return found


def _page(head: bytes, at: int) -> _Page:
    reader = _Compact(head)
    header = _struct(reader)
    data: dict[int, Any] = next(
        (header[key] for key in (5, 8, 7) if isinstance(header.get(key), dict)), {}
    )
    encoding = data.get(4 if 8 in header else 2, 0)
    size, packed, values = (
        number if isinstance(number, int) else -1
        for number in (header.get(2), header.get(3), data.get(1, 0))
    )
    if min(size, packed, values) < 0 or encoding not in _PLAIN:
        raise ValueError("a page that cannot be")
    return _Page(size, values, at + reader.at + packed)


def _struct(reader: _Compact) -> dict[int, Any]:
    try:
        return reader.struct()
    except (IndexError, struct.error) as error:
        raise ValueError("a footer or page's head that is cut off") from error


class _Compact:
    """Thrift's compact protocol, as far as footers and heads of pages need it: structs as
    {field: value}, numbers, lists; what else there is, is passed over."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        found: dict[int, Any] = {}
        field = 0
        while (byte := self._byte()) != 0:
            field = field + (byte >> 4) if byte >> 4 else self._zigzag()
            found[field] = self._value(byte & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ValueError("a footer or page's head is nested too deep")
        if kind in (1, 2):  # true, false: told by the kind alone
            return kind == 1
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 12:
            return self.struct(depth + 1)
        if kind == 8:
            return self._skip(self._varint())
        if kind in (3, 7):
            return self._skip(1 if kind == 3 else 8)
        if kind in (9, 10):
            byte = self._byte()
            count = byte >> 4 if byte >> 4 < 15 else self._varint()
            if byte & 15 in (1, 2):  # in a list they take a byte each
                return self._skip(count)
            if count > len(self.data):
                raise ValueError("a list that cannot be")
            return [self._value(byte & 15, depth + 1) for _ in range(count)]
        raise ValueError("a footer or page's head of no known kind")

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise ValueError("a footer or page's head that is cut off")

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift > 63:
                return value

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
