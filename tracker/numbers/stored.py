"""What was read in a run, out of its observations, put to the rows of tracks.csv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from tracker.numbers.track_numbers import TrackNumbers
from tracker.observation.chunk import Chunk, StoreError, read_chunk
from tracker.observation.store import Store
from tracker.output.row_arrays import RowArrays
from tracker.types import Doubles, Floats, Ints

_SAME_PX = 0.02
"""The files keep two decimals of a box."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredNumbers:
    """The Q shirts of a run that somebody looked at. frames: (Q,) from 1, rising. boxes: (Q, 4)
    pixels. numbers, confidence, digits: as in Readings."""

    frames: Ints
    boxes: Doubles
    numbers: Ints
    confidence: Floats
    digits: Floats

    @classmethod
    def read(cls, observations: Path) -> StoredNumbers | None:
        """Of the folder of a run; None where nobody looked for numbers, or the observations are
        gone or damaged."""
        try:
            found = list(_tried(observations))
        except StoreError:
            return None
        if not sum(len(tried.frames) for tried in found):
            return None
        columns = ([getattr(t, field.name) for t in found] for field in fields(cls))
        return cls(*(np.concatenate(column) for column in columns))

    def on(self, rows: RowArrays) -> TrackNumbers:
        """What was read on the visible rows of a run. A box that no track has taken is left out."""
        row = _rows_with(rows, self.frames, self.boxes)
        there = np.flatnonzero(row >= 0)
        order = there[np.lexsort((self.frames[there], rows.tracks[row[there]]))]
        row = row[order]
        return TrackNumbers(
            row, rows.tracks[row].astype(np.int64), self.frames[order],
            rows.times_s[rows.place[row]], self.boxes[order], self.numbers[order],
            self.confidence[order], self.digits[order],
        )  # fmt: skip


def read_numbers(observations: Path, rows: RowArrays) -> TrackNumbers | None:
    """What was read on the visible rows of a run; None as `StoredNumbers.read`."""
    found = StoredNumbers.read(observations)
    return None if found is None else found.on(rows)


def _tried(observations: Path) -> Iterator[StoredNumbers]:
    """Of each chunk that has any. Raises StoreError."""
    store = Store.open(observations)
    for file in () if store is None else store.files:
        chunk = read_chunk(file, embeddings=False)[0]
        if chunk.readings.read.any():
            yield _tried_in(chunk)


def _tried_in(chunk: Chunk) -> StoredNumbers:
    found = chunk.readings
    there, tried = np.repeat(found.read, chunk.counts), found.tried
    return StoredNumbers(
        np.repeat(chunk.indices + 1, chunk.counts)[there][tried],
        chunk.boxes[there][tried].astype(np.float64), found.numbers[tried],
        found.confidence[tried], found.digits.astype(np.float32),
    )  # fmt: skip


def _rows_with(rows: RowArrays, frames: Ints, boxes: Doubles) -> Ints:
    """(Q,) the visible rows whose boxes these are, -1 where none has it. frames: (Q,) rising."""
    visible = np.flatnonzero(rows.visible)
    low, high = (
        np.searchsorted(rows.frames[visible], frames, side=side) for side in ("left", "right")
    )
    count = high - low
    box = np.repeat(np.arange(len(frames)), count)
    before = np.cumsum(count) - count
    row = visible[low[box] + np.arange(len(box)) - before[box]]
    same = np.flatnonzero(np.abs(rows.boxes[row] - boxes[box]).max(axis=1) < _SAME_PX)
    found = np.full(len(frames), -1, np.int64)
    found[box[same]] = row[same]
    return found
