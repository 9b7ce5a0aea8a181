"""Agglomerative clustering with cannot-links: average linkage, best pair first.

SciPy's linkage knows no constraints. Here a pair that must not be joined has -inf, which an average
keeps, so that it holds for whatever they are joined with. Costs T squared numbers of 4 bytes and
about T squared log T steps: 5,000 tracklets are 100 MB and some seconds.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tracker.types import Doubles, Floats, Ints

Link = tuple[int, int, float]
"""Two of them, and what binds them, in nats: of two clusters the strongest one counts."""


def cluster(nats: Floats, links: Iterable[Link], weights: Doubles, threshold: float) -> Ints:
    """(T,) the cluster of each, the smallest index in it.

    nats: (T, T) log-odds that two are one, -inf where they cannot be; used up. weights: (T,) how
    much each says in an average. threshold: no pair is joined at this or below.
    """
    joining = _Joining(nats, links, weights)
    while (pair := joining.best_pair(threshold)) is not None:
        joining.join(*pair)
    return joining.found()


class _Joining:
    """The clusters so far: whom each would join best."""

    def __init__(self, nats: Floats, links: Iterable[Link], weights: Doubles) -> None:
        count = len(nats)
        np.fill_diagonal(nats, -np.inf)
        self._nats, self._weights = nats, np.maximum(weights.astype(np.float64), 1e-3)
        self._into = np.arange(count)
        self._links: list[dict[int, float]] = [{} for _ in range(count)]
        for a, b, bond in links:
            self._links[a][b] = self._links[b][a] = max(bond, self._links[a].get(b, -np.inf))
        self._best = np.zeros(count, np.int64)
        self._worth = np.full(count, -np.inf)
        for row in range(count):
            self._seek(row)

    def best_pair(self, threshold: float) -> tuple[int, int] | None:
        if not len(self._worth):
            return None
        row = int(self._worth.argmax())
        return (row, int(self._best[row])) if self._worth[row] > threshold else None

    def join(self, a: int, b: int) -> None:
        """The second is in the first from now on."""
        a, b = min(a, b), max(a, b)
        share = self._weights[a] / (self._weights[a] + self._weights[b])
        row = self._nats[a] * np.float32(share) + self._nats[b] * np.float32(1 - share)
        row[[a, b]] = -np.inf
        self._nats[a], self._nats[:, a] = row, row
        self._nats[b], self._nats[:, b] = -np.inf, -np.inf
        self._weights[a] += self._weights[b]
        self._into[b] = a
        self._take_links(a, b)
        self._worth[b] = -np.inf
        for stale in np.flatnonzero((self._best == a) | (self._best == b)).tolist():
            if self._worth[stale] > -np.inf:
                self._seek(stale)
        self._seek(a)  # a row that has become better with it need not know: this one does

    def found(self) -> Ints:
        into = self._into
        while (into[into] != into).any():
            into = into[into]
        return into

    def _take_links(self, a: int, b: int) -> None:
        for other, bond in self._links[b].items():
            del self._links[other][b]
            if other != a:
                strongest = max(bond, self._links[a].get(other, -np.inf))
                self._links[a][other] = self._links[other][a] = strongest
        self._links[b] = {}

    def _worths(self, row: int) -> Floats:
        worth: Floats = self._nats[row].copy()
        for other, bond in self._links[row].items():
            worth[other] += np.float32(bond)
        return worth

    def _seek(self, row: int) -> None:
        worth = self._worths(row)
        self._best[row] = best = int(worth.argmax())
        self._worth[row] = worth[best]
