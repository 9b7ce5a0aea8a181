"""Observations in memory, packed as chunks of the store are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import overload

from tracker.observation.chunk import Chunk
from tracker.types import Observation

PACKED = 500  # frames that `Packed` joins into one chunk


class Packed(Sequence[Observation]):
    """Observations that are kept in memory at half the size, for a second pass."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._rest: list[Observation] = []

    def append(self, observation: Observation) -> None:
        self._rest.append(observation)
        if len(self._rest) == PACKED:
            self._chunks.append(Chunk.of(self._rest))
            self._rest = []

    def __len__(self) -> int:
        return len(self._chunks) * PACKED + len(self._rest)

    def __iter__(self) -> Iterator[Observation]:
        yield from chain.from_iterable(self._chunks)
        yield from self._rest

    @overload
    def __getitem__(self, i: int) -> Observation: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Observation]: ...
    def __getitem__(self, i: int | slice) -> Observation | Sequence[Observation]:
        if isinstance(i, slice):
            return [self[n] for n in range(*i.indices(len(self)))]
        number, place = divmod(i + len(self) * (i < 0), PACKED)
        return self._chunks[number].at(place) if number < len(self._chunks) else self._rest[place]
