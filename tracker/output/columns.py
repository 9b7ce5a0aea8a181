"""The rows of a run as arrays, a column each: all that writing them takes, without a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import TeamsheetError
from tracker.rows import Rows
from tracker.types import UNKNOWN, Evidence, Index, Ints, Mask, TrackedFrame, Visibility

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
_BLOCK = 1000  # frames whose rows are joined at once
_NONE = np.zeros(0, np.int64)


class TableError(TeamsheetError):
    """A file or frame of rows is no track table; the message names the file, row and column."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """N rows by frame, then track id. Raises TableError where a key stands twice.

    numbers, words: the columns of COLUMNS, (N,) each.
    """

    numbers: dict[str, NDArray[Any]]
    words: dict[str, Words]

    def __post_init__(self) -> None:
        for name, allowed in (("visibility", VISIBILITIES), ("evidence", EVIDENCES)):
            column = self.words[name]
            wrong = [place for place, word in enumerate(column.words) if word not in allowed]
            odd = np.isin(column.codes, wrong)
            if odd.any():
                row = int(odd.argmax())
                raise TableError(
                    f"frame {self.numbers['frame'][row]}: {name} "
                    f"{column.words[column.codes[row]]!r} is none of "
                    f"{', '.join(a or 'empty' for a in allowed)}"
                )
        self._check_twice("track_id", self.numbers["track_id"], np.arange(len(self)))
        named = np.flatnonzero(~self.words["player"].are(""))
        self._check_twice("player", self.words["player"].codes, named)

    def _check_twice(self, key: str, codes: NDArray[np.integer], rows: Ints) -> None:
        pairs = self.numbers["frame"][rows] * (int(codes.max(initial=0)) + 1) + codes[rows]
        if (np.diff(np.sort(pairs)) == 0).any():
            _, first = np.unique(pairs, return_index=True)
            row = int(np.delete(rows, first)[0])
            value = codes[row] if key in self.numbers else self.words[key].words[codes[row]]
            raise TableError(f"frame {self.numbers['frame'][row]}: {key} {value} stands twice")

    def __len__(self) -> int:
        return len(self.numbers["frame"])

    @classmethod
    def of(cls, frames: Iterable[TrackedFrame], players: Sequence[str]) -> Columns:
        """Collect the rows of every track that is ever confirmed, its first frames included.

        frames: read once, in any order.
        """
        return cls._joined([_Block.of(batch) for batch in _batched(frames, _BLOCK)], players)

    @classmethod
    def of_rows(cls, rows: Rows, players: Sequence[str]) -> Columns:
        """The same of rows that are columns already."""
        return cls._joined([_Block.of_rows(rows)], players)

    @classmethod
    def _joined(cls, blocks: Sequence[_Block], players: Sequence[str]) -> Columns:
        confirmed = np.unique(np.concatenate([_NONE, *(b.track[b.confirmed] for b in blocks)]))
        keep = [np.isin(block.track, confirmed) for block in blocks]

        def column(name: str) -> NDArray[Any]:
            """One column of all blocks, which let go of it: a match's are large."""
            parts = []
            for block, rows in zip(blocks, keep, strict=True):
                parts.append(block.columns.pop(name)[rows])
            return np.concatenate(parts) if parts else np.zeros(0)

        words = {"player": (*players, ""), "visibility": VISIBILITIES, "evidence": EVIDENCES}
        assert UNKNOWN == -1  # stands for the last, no name
        every = {name: column(name) for name in COLUMNS}
        order = by_frame(every["frame"], every["track_id"])
        spelt = {
            name: Words(every.pop(name)[order].astype(np.int16) % len(those), those)
            for name, those in words.items()
        }
        kinds = {name: COLUMNS[name] for name in every}
        return cls({n: every[n][order].astype(k, copy=False) for n, k in kinds.items()}, spelt)

    def every(self) -> dict[str, NDArray[Any] | Words]:
        """All of them in the order of COLUMNS."""
        both: dict[str, NDArray[Any] | Words] = {**self.numbers, **self.words}
        return {name: both[name] for name in COLUMNS}


def by_frame(frame: NDArray[Any], track: NDArray[Any]) -> Ints | slice:
    """What puts rows in order: by frame, then track."""
    later = (np.diff(frame) > 0) | ((np.diff(frame) == 0) & (np.diff(track) >= 0))
    if later.all():  # as they come from a tracker; sorting would copy all
        return slice(None)
    return np.lexsort((track, frame))


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of some frames as columns, names and states still as numbers."""

    track: Ints
    confirmed: Mask
    columns: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, frames: Sequence[TrackedFrame]) -> _Block:
        return cls.of_rows(Rows.of(frames))

    @classmethod
    def of_rows(cls, rows: Rows) -> _Block:
        boxes, predicted, std = rows.boxes, rows.predicted, rows.std
        columns: dict[str, NDArray[Any]] = {
            "frame": np.repeat(rows.indices + 1, rows.counts),
            "time_s": np.repeat(rows.time_s, rows.counts),
            "track_id": rows.track_ids,
            "player": rows.players.astype(np.int16),
            "player_confidence": rows.player_confidence,
            "visibility": rows.visibility.astype(np.int8),
            **{name: boxes[:, i].copy() for i, name in enumerate(BOX)},
            "confidence": rows.scores,
            "predicted_x": predicted[:, 0].copy(),
            "predicted_y": predicted[:, 1].copy(),
            "std_x": std[:, 0].copy(),
            "std_y": std[:, 1].copy(),
            "evidence": rows.evidence.astype(np.int8),
        }
        return cls(rows.track_ids, rows.confirmed, columns)


def _batched(frames: Iterable[TrackedFrame], size: int) -> Iterator[list[TrackedFrame]]:
    iterator = iter(frames)
    while batch := list(islice(iterator, size)):
        yield batch
