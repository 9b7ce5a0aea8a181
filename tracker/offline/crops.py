"""The described pictures of a whole run as one table: a second pass asks for all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.tracking.traces import Classify, Tracklet
from tracker.types import Doubles, Floats, Ints, Mask, Observation

_TOGETHER = 2048  # pictures that a classifier is asked of at once, whatever they lie in
_JOINED = 500  # frames whose pictures are kept in one array

Embeddings = NDArray[np.floating]
"""(E, D) embeddings; in half precision where that loses nothing."""


class Part(Protocol):
    """Some of them, an array or what can be asked like one."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: Ints, /) -> Any: ...


class Crops:
    """E described boxes of F frames with R boxes, in order.

    counts: (F,) boxes of each frame. encoded: (R,) which are described. parts: their embeddings,
    (E, D) in all.
    """

    def __init__(self, counts: Ints, encoded: Mask, parts: Sequence[Part]) -> None:
        self._starts = np.append(0, np.cumsum(counts))
        self._row = np.where(encoded, np.cumsum(encoded) - 1, -1)
        self._parts = [part for part in parts if len(part)]
        self._edges = np.append(0, np.cumsum([len(part) for part in self._parts]).astype(np.int64))

    def __len__(self) -> int:
        return int(self._edges[-1])

    @classmethod
    def of(cls, seen: Iterable[Observation]) -> Crops:
        counts: list[int] = []
        encoded, parts, pending = [np.zeros(0, bool)], list[Part](), list[Floats]()
        for observation in seen:
            counts.append(len(observation.boxes))
            encoded.append(observation.described)
            if encoded[-1].any():
                pending.append(observation.embeddings[encoded[-1]])
            if len(pending) == _JOINED:
                parts, pending = [*parts, _small(pending)], []
        parts += [_small(pending)] if pending else []
        return cls(np.array(counts, np.int64), np.concatenate(encoded), parts)

    def clean(self, tracklet: Tracklet) -> tuple[Ints, Ints]:
        """(n,) frames and (n,) rows of the described pictures of a tracklet that may vote."""
        frames = tracklet.frames[tracklet.clean]
        rows = self._row[self._starts[frames] + tracklet.detections[tracklet.clean]]
        return frames[rows >= 0], rows[rows >= 0]

    def embeddings(self, rows: Ints) -> Floats:
        """(n,) rows, rising, to (n, D)."""
        cuts = np.searchsorted(rows, self._edges[1:-1])
        found = [
            part[rows_of - start]
            for part, start, rows_of in zip(
                self._parts, self._edges.tolist(), np.split(rows, cuts), strict=False
            )
            if len(rows_of)  # a part may have to be read first
        ]
        return np.concatenate(found or [np.zeros((0, 0))]).astype(np.float32)

    def log_likelihoods(self, classify: Classify, players: int) -> Doubles:
        """(E, P + 1) what the classifier says of every picture."""
        log_likelihoods = [np.zeros((0, players + 1))]
        for first in range(0, len(self), _TOGETHER):
            rows = np.arange(first, min(first + _TOGETHER, len(self)))
            log_likelihoods.append(classify(self.embeddings(rows)))
        return np.concatenate(log_likelihoods)


def _small(pending: Sequence[Floats]) -> Embeddings:
    every = np.concatenate(pending)
    half = every.astype(np.float16)
    return half if (half == every).all() else every
