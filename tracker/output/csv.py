"""Rows as lines of text, column by column: a match has three million of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.output import arrow
from tracker.text import guarded
from tracker.types import Doubles, Index, Mask

_ROWS = 100_000  # at once
_NEARLY = 1e-6  # so close to half a unit of the last digit, the exact value decides


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of text. codes: (N,) places in `words`, of which none stands there twice."""

    codes: NDArray[np.integer]
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Index | slice) -> Words:
        return Words(self.codes[rows], self.words)

    def are(self, word: str) -> Mask:
        """(N,) where this word stands."""
        place = self.words.index(word) if word in self.words else -1
        return np.asarray(self.codes == place)


def lines(
    columns: Mapping[str, NDArray[Any] | Words],
    decimals: Mapping[str, int],
    end: str = "\n",
    names: Container[str] = (),
) -> Iterator[Any]:
    """Buffers of CSV text, some rows each, without the names of the columns.

    columns: of one length; whole numbers, text, or floats with `decimals`, of which NaN is empty.
    end: of every line. names: columns of text that anybody wrote, see
    `tracker.text.guarded`.
    """
    from pyarrow import compute

    comma = arrow.strings([","])[0]
    last, count = list(columns)[-1], len(next(iter(columns.values())))
    for first in range(0, count, _ROWS):
        chunk = slice(first, first + _ROWS)
        cells = []
        for name, column in columns.items():
            if isinstance(column, Words):
                spell = guarded if name in names else str
                cells.append(_words(column.take(chunk), spell, end if name == last else ""))
            else:
                cells.append(_numbers(column[chunk], decimals.get(name)))
        if not isinstance(columns[last], Words):
            cells[-1] = compute.binary_join_element_wise(
                cells[-1], arrow.strings([end])[0], arrow.strings([""])[0],
                null_handling="replace", null_replacement="",
            )  # fmt: skip
        joined = compute.binary_join_element_wise(
            *cells, comma, null_handling="replace", null_replacement=""
        )
        offsets = np.frombuffer(joined.buffers()[1], np.int32)
        yield memoryview(joined.buffers()[2])[offsets[0] : offsets[len(joined)]]


def _numbers(values: NDArray[Any], digits: int | None) -> Any:
    """Strings; None: of whole numbers."""
    return arrow.numbers(values).cast("string") if digits is None else _floats(values, digits)


def _floats(values: Doubles, digits: int) -> Any:
    """Strings with so many decimals, rounded as Python does; null where there is no number."""
    import pyarrow as pa

    there = np.isfinite(values)
    units = np.where(there, values, 0.0) * 10.0**digits
    whole = np.rint(units)
    tie = np.abs(np.abs(units - np.floor(units)) - 0.5) < _NEARLY
    for i in np.flatnonzero(tie).tolist():
        whole[i] = float(f"{values[i]:.{digits}f}".replace(".", ""))
    wide = np.zeros((len(values), 2), np.int64)
    wide[:, 0] = whole
    wide[:, 1] = np.where(whole < 0, -1, 0)  # the upper half of a number of 128 bits
    return arrow.numbers(wide, pa.decimal128(38, digits), there).cast("string")


def _words(column: Words, spell: Callable[[str], str], end: str) -> Any:
    """Strings as `spell` writes them, in quotes where CSV wants them, each with `end` behind it."""
    quoted = arrow.strings(_quoted(spell(word)) + end for word in column.words)
    return quoted.take(arrow.numbers(column.codes))


def _quoted(word: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([word, ""])
    return text.getvalue().removesuffix(",")
