"""The product: one row per live track and frame, with declared columns, checked."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gallery.io.files import check_regular
from gallery.io.tables import Dialect, dialect_of
from gallery.io.text_files import decode
from tracker.limits import MAX_FRAMES, MAX_PX, MAX_TRACK
from tracker.output.columns import (
    BOX,
    COLUMNS,
    EVIDENCES,
    VISIBILITIES,
    Columns,
    TableError,
    Words,
    by_frame,
)
from tracker.rows import Rows
from tracker.text import bare
from tracker.types import TrackedFrame, Visibility

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BOX", "COLUMNS", "EVIDENCES", "VISIBILITIES", "TableError", "TrackTable"]

_EXPECTED = ["predicted_x", "predicted_y", "std_x", "std_y"]
_DECIMALS = {"time_s": 4, "player_confidence": 4, "confidence": 4}


@dataclass(frozen=True, eq=False)
class TrackTable:
    """A whole run. Keys: (frame, track_id) unique; (frame, player) unique when named.

    given: a DataFrame with exactly COLUMNS, sorted by frame, then track id; or the same as Columns.
    Raises TableError where a column is missing or a key stands twice.
    """

    given: pd.DataFrame | Columns

    def __post_init__(self) -> None:
        if not isinstance(self.given, Columns):
            _columns(self.given)  # which are checked as they are made

    @property
    def columns(self) -> Columns:
        """The rows as arrays."""
        return self.given if isinstance(self.given, Columns) else _columns(self.given)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows as a DataFrame; of a run's own, text is categories."""
        return _frame(self.given) if isinstance(self.given, Columns) else self.given

    def __len__(self) -> int:
        return len(self.given)

    @property
    def visible(self) -> pd.DataFrame:
        return self.rows[self.rows["visibility"] == Visibility.VISIBLE.label]

    @classmethod
    def from_frames(cls, frames: Iterable[TrackedFrame], players: Sequence[str]) -> TrackTable:
        """Collect the rows of every track that is ever confirmed, its first frames included.

        frames: read once, in any order.
        """
        return cls(Columns.of(frames, players))

    @classmethod
    def from_rows(cls, rows: Rows, players: Sequence[str]) -> TrackTable:
        """The same of rows that are columns already."""
        return cls(Columns.of_rows(rows, players))

    @classmethod
    def read_csv(cls, path: Path) -> TrackTable:
        """Read a tracks.csv, also as a spreadsheet of any country has saved it again.

        Raises TableError that names the file when it is none.
        """
        try:
            check_regular(path)
            return cls._of(_rows(path))
        except (ValueError, OSError, OverflowError) as error:
            raise _no_table(str(path), error) from error

    @classmethod
    def parse_csv(cls, text: str, source: str) -> TrackTable:
        """As `read_csv`, of its text. source: the name for messages."""
        try:
            return cls._of(_parsed(text))
        except (ValueError, OverflowError) as error:
            raise _no_table(source, error) from error

    @classmethod
    def _of(cls, raw: pd.DataFrame) -> TrackTable:
        missing = [c for c in COLUMNS if c not in raw.columns]
        if missing:
            raise TableError(f"columns missing: {', '.join(missing)}")
        _check_bounds(raw)
        return cls(_typed(raw.assign(player=_names(raw["player"]))))

    def to_csv(self, path: Path) -> None:
        """Write with a fixed number of decimals, so that the same run gives the same bytes."""
        from tracker.output.csv import lines

        decimals = {n: _DECIMALS.get(n, 2) for n, kind in COLUMNS.items() if kind == "float64"}
        with path.open("wb") as file:
            file.write((",".join(COLUMNS) + "\n").encode())
            for part in lines(self.columns.every(), decimals, names=("player",)):
                file.write(part)


def _no_table(source: str, error: Exception) -> TableError:
    return TableError(f"{source}: not a tracks.csv ({' '.join(str(error).split())})")


def _rows(path: Path) -> pd.DataFrame:
    """The rows of a file, as it was written or as a spreadsheet has written it again."""
    import pandas as pd

    with path.open("rb") as file:
        ours = file.readline(1000).rstrip() == ",".join(COLUMNS).encode()
    if not ours:
        return _parsed(decode(path.read_bytes(), str(path), western=True))
    try:
        read: pd.DataFrame = pd.read_csv(path, **_kinds())
        return read
    except ValueError:
        text = decode(path.read_bytes(), str(path), western=True)
        if text.isascii() and dialect_of(text) == Dialect():
            raise
        return _parsed(text)


def _parsed(text: str) -> pd.DataFrame:
    import pandas as pd

    how = dialect_of(text)
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    filled = [line for line in lines[how.skip :] if line.strip(f'{how.separator}" \t\r\n')]
    rows = io.StringIO("".join(filled))
    read: pd.DataFrame = pd.read_csv(rows, sep=how.separator, decimal=how.decimal, **_kinds())
    return read


def _kinds() -> dict[str, Any]:
    """How pandas is to read the columns."""
    return {
        "dtype": {name: object if kind == "str" else kind for name, kind in COLUMNS.items()},
        "keep_default_na": False,  # a player may be called "NA"
        "na_values": {name: [""] for name, kind in COLUMNS.items() if kind == "float64"},
    }


def _columns(rows: pd.DataFrame) -> Columns:
    """Raises TableError where a column is missing."""
    import pandas as pd

    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise TableError(f"columns missing: {', '.join(missing)}")
    numbers, words = {}, {}
    for name, kind in COLUMNS.items():
        if kind == "str":
            codes, found = pd.factorize(rows[name], use_na_sentinel=False)
            words[name] = Words(codes, tuple(str(word) for word in found))
        else:
            numbers[name] = rows[name].to_numpy(kind)
    return Columns(numbers, words)


def _frame(columns: Columns) -> pd.DataFrame:
    import pandas as pd

    every = {
        name: pd.Categorical.from_codes(column.codes, categories=pd.Index(column.words))
        if isinstance(column, Words)
        else column
        for name, column in columns.every().items()
    }
    return pd.DataFrame(every, copy=False)


def _check_bounds(rows: pd.DataFrame) -> None:
    """Raise TableError where a number of a file cannot be; line 2 is the first row."""
    numbers = rows[[*BOX, *_EXPECTED]].to_numpy(np.float64)
    boxed = rows["visibility"] != Visibility.ABSENT.label
    lacking = boxed.to_numpy() & np.isnan(numbers[:, :4]).any(axis=1)
    beyond = (np.abs(numbers) > MAX_PX).any(axis=1)
    for odd, what in (
        (~rows["frame"].between(1, MAX_FRAMES), f"frame is none of 1 to {MAX_FRAMES}"),
        (~rows["track_id"].between(0, MAX_TRACK), f"track_id is none of 0 to {MAX_TRACK}"),
        (np.isnan(numbers[:, 4:]).any(axis=1), f"no {' or '.join(_EXPECTED)}; is it cut off?"),
        (lacking, "a box without its four corners"),
        (beyond, f"a place beyond {MAX_PX:.0f} pixels"),
        (~(rows["time_s"].abs() < MAX_TRACK), "time_s is no time"),
    ):
        if np.any(odd):
            raise TableError(f"line {int(np.argmax(odd)) + 2}: {what}")


def _names(column: pd.Series[Any]) -> Any:
    """As they were before a cell was guarded against spreadsheets."""
    import pandas as pd

    codes, words = pd.factorize(column)
    return np.array([bare(str(word)) for word in words], object)[codes]


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    kinds: dict[str, Any] = {n: object if kind == "str" else kind for n, kind in COLUMNS.items()}
    order = by_frame(rows["frame"].to_numpy(), rows["track_id"].to_numpy())
    return rows[list(COLUMNS)].astype(kinds).iloc[order].reset_index(drop=True)
