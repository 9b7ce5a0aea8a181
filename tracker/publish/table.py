"""The product: one row per live track and frame, with declared columns, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker.limits import MAX_FRAMES, MAX_PX, MAX_TRACK
from tracker.records import NO_PLAYER, Evidence, TrackedFrame, Visibility
from tracker.text import bare

COLUMNS: dict[str, str] = {
    "frame": "int64",  # 1-based, as in MOT
    "time_s": "float64",
    "track_id": "int64",
    "player": "str",  # "" when unknown
    "player_confidence": "float64",
    "visibility": "str",  # visible | occluded | absent
    "x1": "float64",  # the box, pixels; empty when absent
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "confidence": "float64",  # the detection's; empty unless visible
    "predicted_x": "float64",  # expected centre, pixels, in every row
    "predicted_y": "float64",
    "std_x": "float64",  # its standard deviation, pixels
    "std_y": "float64",
    "evidence": "str",  # anchor | carried | solved | ""
}
BOX = ["x1", "y1", "x2", "y2"]
VISIBILITIES = tuple(v.label for v in Visibility)
EVIDENCES = tuple(e.label for e in Evidence)
_EXPECTED = ["predicted_x", "predicted_y", "std_x", "std_y"]
_DECIMALS = {"time_s": 4, "player_confidence": 4, "confidence": 4}
_BLOCK = 1000  # frames whose rows are joined at once
_NONE = np.zeros(0, np.int64)


class TableError(ValueError):
    """A file or frame of rows is no track table; the message names the file, row and column."""


@dataclass(frozen=True, eq=False)
class TrackTable:
    """A whole run. Keys: (frame, track_id) unique; (frame, player) unique when named.

    rows: DataFrame with exactly COLUMNS, sorted by frame, then track id.
    Raises TableError where a column is missing or a key stands twice.
    """

    rows: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [c for c in COLUMNS if c not in self.rows.columns]
        if missing:
            raise TableError(f"columns missing: {', '.join(missing)}")
        for column, allowed in (("visibility", VISIBILITIES), ("evidence", EVIDENCES)):
            odd = ~self.rows[column].isin(allowed)
            if odd.any():
                where = self.rows[odd].iloc[0]
                raise TableError(
                    f"frame {where['frame']}: {column} {where[column]!r} is none of "
                    f"{', '.join(a or 'empty' for a in allowed)}"
                )
        self._check_twice("track_id", self.rows["track_id"].notna())
        self._check_twice("player", self.rows["player"] != "")

    def _check_twice(self, key: str, of: pd.Series[bool]) -> None:
        codes, _ = pd.factorize(self.rows[key])
        pairs = self.rows["frame"].to_numpy() * (len(codes) + 1) + codes
        twice = pd.Series(pairs[of.to_numpy()]).duplicated().to_numpy()
        if twice.any():
            where = self.rows[of].iloc[int(twice.argmax())]
            raise TableError(f"frame {where['frame']}: {key} {where[key]} stands twice")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def visible(self) -> pd.DataFrame:
        return self.rows[self.rows["visibility"] == Visibility.VISIBLE.label]

    @classmethod
    def from_frames(cls, frames: Iterable[TrackedFrame], players: Sequence[str]) -> TrackTable:
        """Collect the rows of every track that is ever confirmed, its first frames included.

        frames: read once, in any order. Names, visibility and evidence are categories.
        """
        blocks = [_Block.of(some) for some in _batched(frames, _BLOCK)]
        confirmed = np.unique(np.concatenate([_NONE, *(b.track[b.confirmed] for b in blocks)]))
        keep = [np.isin(block.track, confirmed) for block in blocks]

        def column(name: str) -> np.ndarray:
            """One column of all blocks, which let go of it: a match's are large."""
            parts = []
            for block, rows in zip(blocks, keep, strict=True):
                parts.append(block.columns.pop(name)[rows])
            return np.concatenate(parts) if parts else np.zeros(0)

        words = {"player": (*players, ""), "visibility": VISIBILITIES, "evidence": EVIDENCES}
        assert NO_PLAYER == -1  # picks the last, no name
        data: dict[str, Any] = {}
        for name, kind in COLUMNS.items():
            values = column(name)
            data[name] = _category(values, words[name]) if name in words else values.astype(kind)
        return cls(_sorted(pd.DataFrame(data, copy=False)))

    @classmethod
    def read_csv(cls, path: Path) -> TrackTable:
        """Read a tracks.csv. Raises TableError that names the file when it is none."""
        try:
            raw = pd.read_csv(
                path,
                dtype={name: object if kind == "str" else kind for name, kind in COLUMNS.items()},
                keep_default_na=False,  # a player may be called "NA"
                na_values={name: [""] for name, kind in COLUMNS.items() if kind == "float64"},
            )
            missing = [c for c in COLUMNS if c not in raw.columns]
            if missing:
                raise TableError(f"columns missing: {', '.join(missing)}")
            _check_bounds(raw)
            return cls(_typed(raw.assign(player=_names(raw["player"]))))
        except (ValueError, OSError, OverflowError) as error:
            why = " ".join(str(error).split())
            raise TableError(f"{path}: not a tracks.csv ({why})") from error

    def to_csv(self, path: Path) -> None:
        """Write with a fixed number of decimals, so that the same run gives the same bytes."""
        from tracker.publish.csv_lines import lines

        decimals = {n: _DECIMALS.get(n, 2) for n, kind in COLUMNS.items() if kind == "float64"}
        with path.open("wb") as file:
            file.write((",".join(COLUMNS) + "\n").encode())
            for part in lines(self.rows[list(COLUMNS)], decimals, names=("player",)):
                file.write(part)


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of some frames as columns, names and states still as numbers."""

    track: np.ndarray
    confirmed: np.ndarray
    columns: dict[str, np.ndarray]

    @classmethod
    def of(cls, frames: Sequence[TrackedFrame]) -> _Block:
        def joined(attribute: str) -> np.ndarray:
            return np.concatenate([getattr(f, attribute) for f in frames])

        counts = [len(f) for f in frames]
        boxes, predicted, std = joined("boxes"), joined("predicted"), joined("std")
        track = joined("track_ids")
        columns = {
            "frame": np.repeat(np.array([f.index + 1 for f in frames], np.int64), counts),
            "time_s": np.repeat([f.time_s for f in frames], counts),
            "track_id": track,
            "player": joined("players").astype(np.int16),
            "player_confidence": joined("player_confidence"),
            "visibility": joined("visibility").astype(np.int8),
            **{name: boxes[:, i].copy() for i, name in enumerate(BOX)},
            "confidence": joined("scores"),
            "predicted_x": predicted[:, 0].copy(),
            "predicted_y": predicted[:, 1].copy(),
            "std_x": std[:, 0].copy(),
            "std_y": std[:, 1].copy(),
            "evidence": joined("evidence").astype(np.int8),
        }
        return cls(track, joined("confirmed"), columns)


def _batched(frames: Iterable[TrackedFrame], size: int) -> Iterator[list[TrackedFrame]]:
    iterator = iter(frames)
    while some := list(islice(iterator, size)):
        yield some


def _category(numbers: np.ndarray, words: Sequence[str]) -> Any:
    """Numbers as words; -1 is the last word."""
    codes: NDArray[np.int16] = np.where(numbers < 0, len(words) - 1, numbers).astype(np.int16)
    return pd.Categorical.from_codes(codes, categories=pd.Index(words))


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
    codes, words = pd.factorize(column)
    return np.array([bare(str(word)) for word in words], object)[codes]


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    kinds: dict[str, Any] = {n: object if kind == "str" else kind for n, kind in COLUMNS.items()}
    return _sorted(rows[list(COLUMNS)].astype(kinds))


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    frame, track = rows["frame"].to_numpy(), rows["track_id"].to_numpy()
    later = (np.diff(frame) > 0) | ((np.diff(frame) == 0) & (np.diff(track) >= 0))
    if later.all():  # as they come from a tracker; sorting would copy all
        return rows.reset_index(drop=True)
    return rows.sort_values(["frame", "track_id"], kind="stable", ignore_index=True)
