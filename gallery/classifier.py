"""Unit vectors in, log-likelihood per player and for "nobody we know" out.

Shrinkage LDA on the sphere. Directions in which a player's own pictures differ from one another
are damped (within-class whitening with the covariance pooled over players and shrunk towards the
identity), the common mean is taken away, and what is left is compared by angle: player k gives a
crop x the von Mises-Fisher log-density kappa cos(x, k). Somebody unknown may look in any direction,
so his density is flat, kappa t. With negatives it is a mixture of that and of theirs.

Angles instead of Gaussian distances because a crop that is unlike the gallery (blurred, half
hidden, later in the match) is then weak evidence for anybody instead of strong evidence for the
nearest. Measured on soccer and on pedestrians, Gaussian and Student-t likelihoods had the same
ranking of players, but needed a temperature that a gallery alone cannot teach, and told strangers
apart less well (`scripts/bench_gallery.py`).

kappa and t are fitted on the gallery. Crops of known players: blocks of pictures that follow one
another are left out together, each picture with its mirror image, because pictures cut seconds
apart are nearly copies and make the classifier look better than it is. Strangers: every player once
as if he were not in the gallery, and the negatives, left out by blocks. A prior keeps both
sober where the gallery is small.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCKS = 3
"""A player's pictures are left out in this many consecutive blocks."""

# What galleries of 5 and 12 pictures a player taught on two sports scenes and four encoders: the
# mean and, on purpose tighter than their spread, the deviation. For log kappa, and for t.
KAPPA, LOG_KAPPA_STD = 12.0, 0.25
COSINE, COSINE_STD = 0.45, 0.08


class ClassifierError(ValueError):
    """The arrays given to `fit` are no gallery."""


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """Where crops are compared: vectors with a player's own variation damped, and centred.

    basis: (D, R) orthonormal directions, damping: (R,) share of each that is taken away,
    centre: (D,).
    """

    basis: Doubles
    damping: Doubles
    centre: Doubles

    def place(self, embeddings: Doubles) -> Doubles:
        """(N, D) -> (N, D) unit rows."""
        return _unit(self.damp(embeddings) - self.centre)

    def damp(self, embeddings: Doubles) -> Doubles:
        damped: Doubles = embeddings - (embeddings @ self.basis * self.damping) @ self.basis.T
        return damped

    def around(self, embeddings: Doubles, labels: Ints) -> _Space:
        """The same damping, centred on the mean of the means of these people."""
        damped = self.damp(embeddings)
        means = [damped[labels == label].mean(0) for label in np.unique(labels)]
        centre = np.mean(means, 0) if len(means) > 1 else np.zeros(embeddings.shape[1])
        return _Space(self.basis, self.damping, centre)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A gallery before calibration. directions: (P, D) unit rows; negatives: (n, D) per group."""

    space: _Space
    directions: Doubles
    negatives: tuple[Doubles, ...]

    def cosines(self, embeddings: Doubles) -> tuple[Doubles, tuple[Doubles, ...]]:
        """(N, P) with the players and, per group of negatives, (N, n) with its pictures."""
        placed = self.space.place(embeddings)
        return placed @ self.directions.T, tuple(placed @ group.T for group in self.negatives)


@dataclass(frozen=True, slots=True, eq=False)
class GalleryClassifier:
    """A fitted gallery of `players` people. Build it with `fit`; it never changes.

    concentration: kappa, nats per unit of cosine. stranger_cosine: t, the cosine at which a player
    and somebody unknown are equally likely.
    """

    players: int
    dim: int
    concentration: float
    stranger_cosine: float
    model: _Model

    @property
    def temperature(self) -> float:
        """What cosines are divided by."""
        return 1.0 / self.concentration

    @classmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_players: int,
        shrinkage: float = 0.1,
        pictures: Sequence[Hashable] | None = None,
    ) -> GalleryClassifier:
        """Learn a gallery.

        embeddings: (M, D) unit rows; NaN rows are left out. labels: (M,) player index, or a
        negative number for people who are none of the players, one number per group of them.
        shrinkage: share of the mean eigenvalue added to the within-player covariance.
        pictures: (M,) keys, the same for a picture and its mirror image, in order of time; without
        them every row is a picture of its own. Raises ClassifierError.
        """
        data = _checked(embeddings, labels, n_players, pictures)
        model = _fit_model(data, shrinkage)
        kappa, cosine = _calibrate(data, model, shrinkage)
        return cls(n_players, data.embeddings.shape[1], kappa, cosine, model)

    def log_likelihood(self, embeddings: NDArray[np.floating]) -> Doubles:
        """(N, D) -> (N, players + 1), up to a constant per row; the last column is "nobody we know".

        A NaN row is no evidence: all its values are zero. Raises ClassifierError on another D.
        """
        rows = np.asarray(embeddings, np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.dim:
            raise ClassifierError(
                f"embeddings must be (N, {self.dim}) like the gallery's, got {rows.shape}; "
                "gallery and video need the same encoder"
            )
        result = np.zeros((len(rows), self.players + 1))
        seen = np.isfinite(rows).all(1)
        if seen.any():
            cosines, negatives = self.model.cosines(rows[seen])
            result[seen] = _scores(cosines, negatives, self.concentration, self.stranger_cosine)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """embeddings (M, D), labels (M,), picture (M,) number of the picture within its label."""

    embeddings: Doubles
    labels: Ints
    picture: Ints
    n_players: int

    def part(self, rows: NDArray[np.bool_]) -> _Data:
        return _Data(self.embeddings[rows], self.labels[rows], self.picture[rows], self.n_players)

    def blocks(self) -> Ints:
        """(M,) which block a row is left out with; -1 for the only picture of somebody."""
        block = np.full(len(self.labels), -1, np.int64)
        for label in np.unique(self.labels):
            mine = self.labels == label
            count = int(self.picture[mine].max()) + 1
            if count > 1:
                block[mine] = self.picture[mine] * min(BLOCKS, count) // count
        return block


def _checked(
    embeddings: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_players: int,
    pictures: Sequence[Hashable] | None,
) -> _Data:
    rows, names = np.asarray(embeddings, np.float64), np.asarray(labels, np.int64)
    if rows.ndim != 2 or names.shape != (len(rows),):
        raise ClassifierError(
            f"expected embeddings (M, D) and labels (M,), got {rows.shape} and {names.shape}"
        )
    keys = list(range(len(rows))) if pictures is None else list(pictures)
    if len(keys) != len(rows):
        raise ClassifierError(f"expected {len(rows)} picture keys, got {len(keys)}")
    good = np.isfinite(rows).all(1)
    missing = sorted(set(range(n_players)) - set(names[good].tolist()))
    if missing or (names >= n_players).any():
        raise ClassifierError(
            f"labels must name each of the {n_players} players, got none for player {missing}"
            if missing
            else f"labels go up to {names.max()}, but there are {n_players} players"
        )
    rows, names = rows[good], names[good]
    picture, seen = np.zeros(len(rows), np.int64), dict[int, dict[Hashable, int]]()
    for i, key in enumerate(k for k, ok in zip(keys, good, strict=True) if ok):
        mine = seen.setdefault(int(names[i]), {})
        picture[i] = mine.setdefault(key, len(mine))
    return _Data(rows, names, picture, n_players)


def _unit(rows: Doubles) -> Doubles:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Doubles = rows / np.where(length > 0, length, 1.0)
    return unit


def _fit_model(data: _Data, shrinkage: float) -> _Model:
    space = _within(data, shrinkage).around(data.embeddings, data.labels)
    return _in_space(data, space, range(data.n_players))


def _in_space(data: _Data, space: _Space, players: Sequence[int]) -> _Model:
    placed = space.place(data.embeddings)
    means = [placed[data.labels == player].mean(0) for player in players]
    directions = _unit(np.array(means).reshape(len(means), placed.shape[1]))
    groups = sorted({int(label) for label in data.labels if label < 0}, reverse=True)
    return _Model(space, directions, tuple(placed[data.labels == group] for group in groups))


def _within(data: _Data, shrinkage: float) -> _Space:
    """Damp the directions in which pictures of one player differ.

    With the pooled covariance S = V diag(v) V' and the ridge r, whitening by (S + r I) ^ -1/2 is,
    up to scale, x - V diag(1 - sqrt(r / (r + v))) V'x. Fewer pictures to learn from add to the
    ridge, so that with one picture each nothing is damped.
    """
    dim = data.embeddings.shape[1]
    rest, freedom = [np.zeros((0, dim))], 0
    for player in range(data.n_players):
        mine = data.labels == player
        count = int(data.picture[mine].max()) + 1
        if count > 1:
            rest.append(data.embeddings[mine] - data.embeddings[mine].mean(0))
            freedom += count - 1
    rows = np.concatenate(rest)
    power = float((rows**2).sum())
    if not freedom or power <= 0:
        return _Space(np.zeros((dim, 0)), np.zeros(0), np.zeros(dim))
    values, vectors = np.linalg.eigh(rows @ rows.T if len(rows) <= dim else rows.T @ rows)
    ridge = (shrinkage + 1.0 / freedom) * power / dim
    damping = 1.0 - np.sqrt(ridge / (ridge + np.maximum(values, 0.0)))
    kept = damping > 0.01  # the rest is as good as untouched
    basis = vectors[:, kept]
    if len(rows) <= dim:
        basis = rows.T @ basis / np.sqrt(values[kept])
    return _Space(basis, damping[kept], np.zeros(dim))


def _scores(cosines: Doubles, negatives: Sequence[Doubles], kappa: float, cosine: float) -> Doubles:
    """(N, P) cosines with players and (N, n) with each group's pictures -> (N, P + 1)."""
    parts = [np.full(len(cosines), kappa * cosine)]
    parts += [logsumexp(kappa * group, axis=1) - np.log(group.shape[1]) for group in negatives]
    stranger = logsumexp(np.stack(parts), axis=0) - np.log(len(parts))
    return np.column_stack([kappa * cosines, stranger])


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """Rows that a model has not seen. truth: (N,) column of `_scores`; weight: (N,)."""

    cosines: Doubles
    negatives: tuple[Doubles, ...]
    truth: Ints
    weight: Doubles


def _calibrate(data: _Data, model: _Model, shrinkage: float) -> tuple[float, float]:
    """(kappa, t): the most probable ones given the trials, with the prior above."""
    trials = [*_left_out_blocks(data, shrinkage), *_left_out_players(data, model.space)]
    players = data.n_players
    known = sum(float(t.weight[t.truth < players].sum()) for t in trials)
    strangers = sum(float(t.weight[t.truth == players].sum()) for t in trials)

    def cost(point: Doubles) -> float:
        kappa, cosine = float(np.exp(point[0])), float(point[1])
        total = 0.5 * ((point[0] - np.log(KAPPA)) / LOG_KAPPA_STD) ** 2
        total += 0.5 * ((cosine - COSINE) / COSINE_STD) ** 2
        for trial in trials:
            scores = _scores(trial.cosines, trial.negatives, kappa, cosine)
            scores[:, :-1] -= np.log(max(scores.shape[1] - 1, 1))  # a stranger as likely as not
            right = scores[np.arange(len(scores)), trial.truth] - logsumexp(scores, axis=1)
            # Both kinds of trial weigh the same together, however many there are of each.
            share = np.where(trial.truth < players, known, strangers)
            total -= float((trial.weight * right / share).sum()) * (known + strangers) / 2
        return float(total)

    best = minimize(cost, [np.log(KAPPA), COSINE], method="Nelder-Mead", options={"xatol": 1e-4})
    return float(np.exp(best.x[0])), float(best.x[1])


def _left_out_blocks(data: _Data, shrinkage: float) -> Iterator[_Trial]:
    """Every block of pictures against a model of the others. A player and block weighs 1."""
    blocks = data.blocks()
    for block in range(BLOCKS):
        out = blocks == block
        if not out.any():
            continue
        rest, asked = data.part(~out), data.part(out)
        truth = np.where(asked.labels < 0, data.n_players, asked.labels)
        rows = np.unique(asked.labels, return_inverse=True, return_counts=True)
        weight = 1.0 / rows[2][rows[1]]
        weight[asked.labels < 0] /= BLOCKS  # a group of negatives weighs as much as one stranger
        yield _Trial(*_fit_model(rest, shrinkage).cosines(asked.embeddings), truth, weight)


def _left_out_players(data: _Data, space: _Space) -> Iterator[_Trial]:
    """Every player as if he were a stranger to the others. He weighs 1."""
    if data.n_players < 2:
        return
    for player in range(data.n_players):
        out = data.labels == player
        rest = data.part(~out)
        others = [k for k in range(data.n_players) if k != player]
        model = _in_space(rest, space.around(rest.embeddings, rest.labels), others)
        cosines, negatives = model.cosines(data.embeddings[out])
        hidden = np.insert(cosines, player, -np.inf, axis=1)  # his own column: impossible
        truth = np.full(len(cosines), data.n_players)
        yield _Trial(hidden, negatives, truth, np.full(len(cosines), 1.0 / len(cosines)))
