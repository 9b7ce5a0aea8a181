"""Rows as lines of text, column by column: a match has three million of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tracker.records import Doubles
from tracker.text import guarded

_ROWS = 100_000  # at once
_NEARLY = 1e-6  # so close to half a unit of the last digit, the exact value decides


def lines(
    rows: pd.DataFrame, decimals: Mapping[str, int], end: str = "\n", names: Container[str] = ()
) -> Iterator[Any]:
    """Buffers of CSV text, some rows each, without the names of the columns.

    decimals: of the columns of floats; NaN is empty. Other columns are whole numbers or text, the
    last one is text. end: of every line. names: columns of text that anybody wrote, see
    `tracker.text.guarded`.
    """
    import pyarrow as pa
    from pyarrow import compute

    for first in range(0, len(rows), _ROWS):
        part = rows.iloc[first : first + _ROWS]
        columns = []
        for name in part.columns:
            if name in decimals:
                columns.append(_floats(part[name].to_numpy(), decimals[name]))
            elif part[name].dtype.kind == "i":
                columns.append(pa.array(part[name].to_numpy()).cast("string"))
            else:
                spell = guarded if name in names else str
                columns.append(_words(part[name], spell, end if name == part.columns[-1] else ""))
        joined = compute.binary_join_element_wise(
            *columns, ",", null_handling="replace", null_replacement=""
        )
        offsets = np.frombuffer(joined.buffers()[1], np.int32)
        yield memoryview(joined.buffers()[2])[offsets[0] : offsets[len(joined)]]


def _floats(values: Doubles, digits: int) -> Any:
    """Strings with so many decimals, rounded as Python does; null where there is no number."""
    import pyarrow as pa
    from pyarrow import compute

    there = np.isfinite(values)
    units = np.where(there, values, 0.0) * 10.0**digits
    whole = np.rint(units)
    tie = np.abs(np.abs(units - np.floor(units)) - 0.5) < _NEARLY
    for i in np.flatnonzero(tie).tolist():
        whole[i] = float(f"{values[i]:.{digits}f}".replace(".", ""))
    wide = np.zeros((len(values), 2), np.int64)
    wide[:, 0] = whole
    wide[:, 1] = np.where(whole < 0, -1, 0)  # the upper half of a number of 128 bits
    kind = pa.decimal128(38, digits)
    numbers = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(wide)])
    mask = pa.array(~there)
    return compute.if_else(mask, pa.scalar(None, "string"), numbers.cast("string"))


def _words(column: pd.Series[Any], spell: Callable[[str], str], end: str) -> Any:
    """Strings as `spell` writes them, in quotes where CSV wants them, each with `end` behind it."""
    import pyarrow as pa

    codes, words = pd.factorize(column)
    quoted = pa.array([_quoted(spell(str(word))) + end for word in words], "string")
    return quoted.take(pa.array(codes))


def _quoted(word: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([word, ""])
    return text.getvalue().removesuffix(",")
