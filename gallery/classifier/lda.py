"""Shrinkage LDA by angle: where crops of one person lie close together, whatever they do.

Directions in which a player's own pictures differ from one another are damped: that is whitening
with the within-player covariance pooled over players, shrunk towards the identity. Then a share of
the people's common mean is taken away, and what is left is compared by angle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

_NO_POWER = 1e-13  # of a player's strongest direction: what is left of it by rounding
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Exemplars:
    """A gallery as arrays.

    embeddings: (M, D) unit rows. labels: (M,) player index, below 0 a group of negatives.
    picture: (M,) number of the picture within its label, in order of time; a mirror image has the
    number of its picture.
    """

    embeddings: Doubles
    labels: Ints
    picture: Ints
    n_players: int

    def part(self, rows: NDArray[np.bool_]) -> Exemplars:
        return Exemplars(
            self.embeddings[rows], self.labels[rows], self.picture[rows], self.n_players
        )

    def blocks(self, count: int) -> Ints:
        """(M,) which of `count` consecutive blocks of its label's pictures a row belongs to.

        -1 for the only picture of somebody.
        """
        block = np.full(len(self.labels), -1, np.int64)
        for label in np.unique(self.labels):
            mine = self.labels == label
            pictures = len(np.unique(self.picture[mine]))
            if pictures > 1:
                block[mine] = self.picture[mine] * min(count, pictures) // pictures
        return block


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """basis: (D, R) orthonormal directions; damping: (R,) share of each that is taken away;
    centre: (D,) subtracted after that.
    """

    basis: Doubles
    damping: Doubles
    centre: Doubles

    def damp(self, embeddings: Doubles) -> Doubles:
        """(N, D) -> (N, D), not yet centred."""
        damped: Doubles = embeddings - (embeddings @ self.basis * self.damping) @ self.basis.T
        return damped


@dataclass(frozen=True, eq=False)
class Model:
    """directions: (P, D) unit rows, one per player.

    negatives: (n, D) unit rows each. A group of negatives stands here twice: with its pictures, as
    it may be many people, and with its mean alone, as it may be one.
    """

    space: Space
    directions: Doubles
    negatives: tuple[Doubles, ...]

    def cosines(self, embeddings: Doubles) -> tuple[Doubles, tuple[Doubles, ...]]:
        """(N, P) with the players and, for each of `negatives`, (N, n) with its rows.

        The same as placing the embeddings and multiplying, without the places: with the damping M,
        which is symmetric, and the centre c, (Mx - c) d = x (Md) - c d, and of Mx only the length
        is wanted. So a crop is looked at once, along the basis, the Md and Mc.
        """
        space, rank = self.space, self.space.basis.shape[1]
        seen = embeddings @ self._lens
        within, outside, centred = seen[:, :rank], seen[:, rank:-1], seen[:, -1]
        lost = within**2 @ (space.damping * (2 - space.damping))
        whole = np.einsum("nd,nd->n", embeddings, embeddings) + space.centre @ space.centre
        length = np.sqrt(np.maximum(whole - lost - 2 * centred, 0.0))[:, None]
        cosines = (outside - self._shift) / np.where(length > 0, length, 1.0)
        own, ends = len(self.directions), self._ends
        return cosines[:, :own], tuple(cosines[:, a:b] for a, b in pairwise((own, *ends)))

    @cached_property
    def _people(self) -> Doubles:
        """(n, D) directions and all negatives."""
        return np.concatenate([self.directions, *self.negatives])

    @cached_property
    def _ends(self) -> list[int]:
        """Where in `_people` each group of negatives ends."""
        own = len(self.directions)
        return [own + end for end in accumulate(len(group) for group in self.negatives)]

    @cached_property
    def _shift(self) -> Doubles:
        """(n,) what the centre takes from everybody's product."""
        return np.asarray(self._people @ self.space.centre)

    @cached_property
    def _lens(self) -> Doubles:
        """(D, R + n + 1) the basis, the people and the centre, the two damped."""
        damped = self.space.damp(np.concatenate([self._people, self.space.centre[None]]))
        return np.concatenate([self.space.basis, damped.T], axis=1)


def fit_model(data: Exemplars, shrinkage: float) -> Model:
    """Learn space and directions. shrinkage: share of the mean eigenvalue that is added."""
    return fit_damped(data, shrinkage)[0]


def fit_damped(data: Exemplars, shrinkage: float) -> tuple[Model, Doubles]:
    """As `fit_model`, and the (M, D) embeddings that were learned from, damped."""
    wide = _within(data, shrinkage)
    damped = wide.damp(data.embeddings)
    centre = centre_of(means_of(damped, data.labels))
    placed = _unit(damped - centre)
    groups = [placed[data.labels == label] for label in np.unique(data.labels[data.labels < 0])]
    ours = data.labels >= 0
    directions = _unit(means_of(placed[ours], data.labels[ours]))
    means = (_unit(g.mean(0, keepdims=True)) for g in groups)
    space = Space(wide.basis, wide.damping, centre)
    return Model(space, directions, (*groups, *means)), damped


def means_of(rows: Doubles, labels: Ints) -> Doubles:
    """(C, D) mean of the (M, D) rows of each of C labels, the labels rising."""
    order = np.argsort(labels, kind="stable")
    _, starts = np.unique(labels[order], return_index=True)
    parts = np.split(rows[order], starts[1:]) if len(labels) else []
    return np.array([part.mean(0) for part in parts]).reshape(len(parts), rows.shape[1])


def centre_of(means: Doubles) -> Doubles:
    """(D,) the middle of (C, D) people.

    The mean of C people's means is drawn towards the origin by (C - 1) / C: in full it would put
    two people exactly opposite each other, and one person nowhere.
    """
    centre: Doubles = means.mean(0) * (len(means) - 1) / len(means)
    return centre


def _within(data: Exemplars, shrinkage: float) -> Space:
    """Damp the directions in which pictures of one player differ.

    With the pooled covariance S = V diag(v) V' and the ridge r, whitening by (S + r I) ^ -1/2 is,
    up to scale, x - V diag(1 - sqrt(r / (r + v))) V'x. Fewer pictures to learn from add to the
    ridge, so that with one picture each nothing is damped.
    """
    dim = data.embeddings.shape[1]
    parts, freedom = [np.zeros((0, dim))], 0
    for player in range(data.n_players):
        mine = data.labels == player
        pictures = len(np.unique(data.picture[mine]))
        if pictures > 1:
            parts.append(data.embeddings[mine] - data.embeddings[mine].mean(0))
            freedom += pictures - 1
    if freedom < dim < sum(map(len, parts)):  # copies, as mirror images nearly are, may be all
        parts = [_without_copies(part) for part in parts]
    rows = np.concatenate(parts)
    power = float((rows**2).sum())
    if not freedom or power <= 0:
        return Space(np.zeros((dim, 0)), np.zeros(0), np.zeros(dim))
    wide = len(rows) <= dim  # then the (M, M) Gram matrix has the same eigenvalues for less work
    values, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    ridge = (shrinkage + 1.0 / freedom) * power / dim
    damping = 1.0 - np.sqrt(ridge / (ridge + np.maximum(values, 0.0)))
    kept = damping > 0.01  # the rest is as good as untouched
    basis = rows.T @ vectors[:, kept] / np.sqrt(values[kept]) if wide else vectors[:, kept]
    return Space(basis, damping[kept], np.zeros(dim))


def _without_copies(rows: Doubles) -> Doubles:
    """As few rows as have the same rows' rows: (n, D) -> (r, D), r their rank.

    A mirror image that an encoder cannot tell from its picture is no row of its own, and the time
    that eigenvalues take grows with the cube of the rows.
    """
    if not len(rows):
        return rows
    values, vectors = np.linalg.eigh(rows @ rows.T)
    found: Doubles = vectors[:, values > _NO_POWER * values[-1]].T @ rows
    return found


def _unit(rows: Doubles) -> Doubles:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Doubles = rows / np.where(length > 0, length, 1.0)
    return unit
