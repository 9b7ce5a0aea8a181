"""The text of a table: read as a program has written it, or a spreadsheet of any country."""

from __future__ import annotations

import io
from collections.abc import Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery.io.tables import Dialect, dialect_of
from gallery.io.text_files import decode

if TYPE_CHECKING:
    import pandas as pd


def read_rows(path: Path, columns: Mapping[str, str], later: Container[str] = ()) -> pd.DataFrame:
    """The rows of a file, as it was written or as a spreadsheet has written it again.

    columns: their kinds by name. later: those of them that older files have not. Raises ValueError,
    OSError.
    """
    import pandas as pd

    with path.open("rb") as file:
        header = file.readline(1000).rstrip().decode(errors="replace").split(",")
    known = header == list(columns)[: len(header)]
    if not known or any(name not in later for name in list(columns)[len(header) :]):
        return parsed(decode(path.read_bytes(), str(path), western=True), columns)
    try:
        read: pd.DataFrame = pd.read_csv(path, **_kinds(columns))
        return read
    except ValueError:
        text = decode(path.read_bytes(), str(path), western=True)
        if text.isascii() and dialect_of(text) == Dialect():
            raise
        return parsed(text, columns)


def parsed(text: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """The rows in a text. Raises ValueError."""
    import pandas as pd

    how = dialect_of(text)
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    filled = [line for line in lines[how.skip :] if line.strip(f'{how.separator}" \t\r\n')]
    rows = io.StringIO("".join(filled))
    read: pd.DataFrame = pd.read_csv(
        rows, sep=how.separator, decimal=how.decimal, **_kinds(columns)
    )
    return read


def _kinds(columns: Mapping[str, str]) -> dict[str, Any]:
    """How pandas is to read the columns."""
    return {
        "dtype": {name: object if kind == "str" else kind for name, kind in columns.items()},
        "keep_default_na": False,  # a player may be called "NA"
        "na_values": {name: [""] for name, kind in columns.items() if kind == "float64"},
    }
