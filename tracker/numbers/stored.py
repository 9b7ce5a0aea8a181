"""What was read in a run, out of its observations, put to the rows of tracks.csv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.numbers.track_numbers import TrackNumbers, as_digits
from tracker.observation.chunk import Chunk, StoreError, read_chunk
from tracker.observation.store import Store
from tracker.output.row_arrays import RowArrays
from tracker.types import NO_NUMBER, Doubles, Floats, Ints

_SAME_PX = 0.02
"""The files keep two decimals of a box."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """The boxes of some frames (from 1) whose shirts were looked at, as in TrackNumbers."""

    frames: Ints
    boxes: Doubles
    numbers: Ints
    confidence: Floats
    digits: Floats


def read_numbers(observations: Path, rows: RowArrays) -> TrackNumbers | None:
    """What was read on the visible rows of a run; None where nobody looked for numbers, or the
    observations are gone or damaged.

    observations: folder of the run. A box that no track has taken is left out.
    """
    try:
        found = list(_tried(observations))
    except StoreError:
        return None
    if not sum(len(tried.frames) for tried in found):
        return None
    columns = [np.concatenate([getattr(t, c) for t in found]) for c in _Tried.__dataclass_fields__]
    frames, boxes, numbers, confidence, digits = columns
    row = _rows_with(rows, frames, boxes)
    there = np.flatnonzero(row >= 0)
    order = there[np.lexsort((frames[there], rows.tracks[row[there]]))]
    row = row[order]
    return TrackNumbers(
        row, rows.tracks[row].astype(np.int64), frames[order], rows.times_s[rows.place[row]],
        boxes[order], numbers[order], confidence[order], digits[order],
    )  # fmt: skip


def _tried(observations: Path) -> Iterator[_Tried]:
    """Of each chunk that has any. Raises StoreError."""
    store = Store.open(observations)
    for file in () if store is None else store.files:
        chunk = read_chunk(file, embeddings=False)[0]
        if chunk.readings.read.any():
            yield _tried_in(chunk)


def _tried_in(chunk: Chunk) -> _Tried:
    found = chunk.readings
    there = np.repeat(found.read, chunk.counts)
    by_digits = np.repeat(found.by_digits, chunk.counts)[there]
    tried = np.where(by_digits, found.tried, found.numbers != NO_NUMBER)
    digits = as_digits(found.numbers, found.confidence)
    digits[found.tried] = found.digits
    return _Tried(
        np.repeat(chunk.indices + 1, chunk.counts)[there][tried],
        chunk.boxes[there][tried].astype(np.float64), found.numbers[tried],
        found.confidence[tried], digits[tried],
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
