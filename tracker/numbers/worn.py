"""What was read on somebody against what they should wear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tracker.numbers.track_numbers import TrackNumbers
from tracker.types import NO_NUMBER, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ShirtNumber:
    """Of one person. worn: by the roster, NO_NUMBER where it does not say. read: all that was read
    on them. another: of their tracks, those on which another number is settled than is worn,
    or where that is not known, than on the track that is read most often."""

    worn: int
    read: TrackNumbers
    another: tuple[TrackNumbers, ...]

    @classmethod
    def of(cls, read: TrackNumbers, worn: int = NO_NUMBER) -> ShirtNumber:
        """read: of one person, of any tracks."""
        parts = list(_by_track(read))
        expected = worn
        if worn == NO_NUMBER and parts:
            expected = max(parts, key=lambda part: int(part.legible.sum())).settled
        return cls(worn, read, tuple(part for part in parts if contradicts(part, expected)))


def contradicts(read: TrackNumbers, worn: int) -> bool:
    """Whether another number than `worn` is settled. NO_NUMBER is contradicted by none."""
    return worn != NO_NUMBER and read.settled not in (NO_NUMBER, worn)


def _by_track(read: TrackNumbers) -> Iterator[TrackNumbers]:
    starts: Ints = np.flatnonzero(np.diff(read.tracks, prepend=-1))
    for mine in np.split(np.arange(len(read)), starts[1:]):
        if len(mine):
            yield read.take(mine)
