"""Every player once as somebody unknown: what models without them say of their pictures.

Leaving a player out moves the centre of a space and nothing else. So all rows are damped once, and
what a model around each centre would say is put together from products, for many centres at a
time: a fit a player would take a time that grows with the cube of the players.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from gallery.classifier.lda import Doubles, Exemplars, Ints, centre_of, means_of

NUMBERS_AT_ONCE = 2**22  # directions of all people around so many centres, 32 MB


class LeftOutPlayers:
    """damped: (M, D) embeddings of `data`. rows: those, sorted by label. places: where each of C
    labels begins, and M.

    The first of the labels are groups of negatives, the rest players.
    """

    def __init__(self, data: Exemplars, damped: Doubles) -> None:
        order = np.argsort(data.labels, kind="stable")
        self.rows = damped[order]
        self.labels = data.labels[order]
        _, starts = np.unique(self.labels, return_index=True)
        self.places = np.append(starts, len(self.labels))
        self.groups = len(starts) - data.n_players
        self._squares = np.einsum("nd,nd->n", self.rows, self.rows)
        self._means = means_of(self.rows, self.labels)

    def of_each(self) -> Iterator[tuple[Doubles, tuple[Doubles, ...]]]:
        """For each player cosines of their (n,) rows, as `lda.Model.cosines` gives them.

        (n, P) with the players, -inf with themselves, and (n, r) with each of the negatives.
        """
        people, dim = self._means.shape
        at_once = max(NUMBERS_AT_ONCE // (people * dim), 1)
        edges = range(at_once, people - self.groups, at_once)
        places = np.split(np.arange(self.groups, people), edges)
        with ThreadPoolExecutor(min(len(places), os.cpu_count() or 1)) as pool:
            for found in pool.map(lambda out: list(self._around(out)), places):
                yield from found

    def _around(self, out: Ints) -> Iterator[tuple[Doubles, tuple[Doubles, ...]]]:
        """out: (B,) places among the labels, each left out by itself."""
        centres = np.array([centre_of(np.delete(self._means, person, axis=0)) for person in out])
        shifts = self.rows @ centres.T
        away = self._squares[:, None] - 2 * shifts + np.einsum("bd,bd->b", centres, centres)
        lengths = np.sqrt(np.maximum(away, 0.0))
        lengths[lengths == 0] = 1.0
        directions = self._directions(centres, 1.0 / lengths)
        for column, (person, centre) in enumerate(zip(out.tolist(), centres, strict=True)):
            length, mine = lengths[:, column], self._part(person)
            queries = (self.rows[mine] - centre) / length[mine, None]
            onto_centre = queries @ centre
            cosines = queries @ directions[:, column].T
            pictures = [
                (queries @ self.rows[part].T - onto_centre[:, None]) / length[part]
                for part in map(self._part, range(self.groups))
            ]
            means = np.split(cosines[:, : self.groups], self.groups, axis=1) if self.groups else []
            cosines[:, person] = -np.inf
            yield cosines[:, self.groups :], (*pictures, *means)

    def _directions(self, centres: Doubles, weights: Doubles) -> Doubles:
        """(C, B, D) everybody's unit direction around each of B centres. weights: (M, B)."""
        found = np.empty((len(self._means), *centres.shape))
        for person, (start, end) in enumerate(pairwise(self.places.tolist())):
            mine = weights[start:end]
            found[person] = mine.T @ self.rows[start:end] - mine.sum(axis=0)[:, None] * centres
        length = np.sqrt(np.einsum("cbd,cbd->cb", found, found))
        found /= np.where(length > 0, length, 1.0)[:, :, None]
        return found

    def _part(self, label: int) -> slice:
        return slice(*self.places[label : label + 2].tolist())
