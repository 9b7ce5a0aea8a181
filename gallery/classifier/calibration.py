"""How much a cosine is worth, learned from the gallery alone.

Two numbers: kappa, nats per unit of cosine, and t, the cosine at which a player and somebody
unknown are equally likely. Crops of known players come from blocks of pictures that follow one
another and are left out together, each picture with its mirror image, because pictures cut seconds
apart are nearly copies and would flatter the classifier. Strangers are every player once, as if
they were not in the gallery, and the negatives, left out by blocks. A prior keeps both numbers
sober.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from gallery.classifier.lda import Doubles, Exemplars, Ints, Model, fit_damped
from gallery.classifier.left_out_players import LeftOutPlayers

BLOCKS = 3
BINS = 10

# What galleries of 5 and 12 pictures a player taught on two sports and street scenes with four
# encoders. The deviations are on purpose smaller than the spread found there: later footage differs
# from a gallery more than the gallery's parts from one another, and this measured better on it.
KAPPA, LOG_KAPPA_STD = 12.0, 0.25
COSINE, COSINE_STD = 0.27, 0.08
DRIFT = 0.8
"""What is left, later in a match, of a player's cosine in the left out blocks of their gallery.

Light, distance and blur change, and pictures cut from one scene do not know it: on SNMOT-116 the
mean falls from .84 to between .40 and .73 within seconds, by player.
"""


OPEN_SET_BIAS = -1.0
"""Nats by which a later crop speaks less for somebody unknown than the gallery alone says.

A player is less like their gallery from another side, in other light, in a crowd, and the pictures
of one scene do not know it. Mean nats a vote over unknown for the player's own name on the true
people of three matches (soccer, basketball, volleyball): 1.3, spread over people 1.9; for any other
name: -3.4, spread 1.8. Even odds lie between the two. Of 0, -.5, -1 and -1.5 the best for Name-F1
on each two of the matches, so too with the one left out that is scored.
"""

SIMILARITY_LEVELS = 0.5
"""Share of a crop's likeness to other players that is expected of a stranger too.

Whoever wears the same shirt is alike, a crop that is blurred is unlike everybody: what counts is
how much more it is like one player than like the next (cohort normalisation, as in speaker
recognition). On SNMOT-116, one second of somebody, 3 or 12 pictures a player: area under the curve
of players against strangers .84 without, .87 with.
"""


def scores(cosines: Doubles, negatives: Sequence[Doubles], kappa: float, cosine: float) -> Doubles:
    """von Mises-Fisher log-densities up to a common constant, (N, P + 1), strangers last.

    cosines: (N, P) with the players; negatives: (N, n) each, see `Model`.
    """
    outsider = _unknown_score(runners_up(cosines), negatives, kappa, cosine)
    return np.column_stack([kappa * cosines, outsider])


def _unknown_score(
    alike: Doubles, negatives: Sequence[Doubles], kappa: float, cosine: float
) -> Doubles:
    """(N,) log-densities of somebody unknown. alike: (N,) of `runners_up`.

    They may look in any direction, so their density is flat. Each group of negatives adds its own,
    an even mixture of the two ways in which it stands there: it is expected as often as any player.
    """
    like = kappa * (cosine + SIMILARITY_LEVELS * alike)
    outsider: Doubles = np.logaddexp.reduce([like, *group_nats(negatives, kappa)], axis=0)
    return outsider


def group_nats(negatives: Sequence[Doubles], kappa: float) -> list[Doubles]:
    """(N,) each: what a group of negatives says in one of the two ways in which it stands there."""
    return [
        np.logaddexp.reduce(kappa * rows, axis=1) - np.log(2 * rows.shape[1]) for rows in negatives
    ]


def runners_up(cosines: Doubles) -> Doubles:
    """(N,) mean of the second to fourth best cosine: how much a crop looks like anybody."""
    if cosines.shape[1] > 4:  # sorting all takes longer
        cosines = -np.partition(-cosines, 3, axis=1)[:, :4]
    ranked = -np.sort(-cosines, axis=1)[:, 1:]
    good = np.isfinite(ranked)
    return np.asarray(np.where(good, ranked, 0.0).sum(axis=1) / np.maximum(good.sum(axis=1), 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """Rows that a model has not seen, as in `scores`. truth: (N,) column of it; weight: (N,).

    alike: (N,) of `runners_up`, which is asked for again and again.
    """

    cosines: Doubles
    negatives: tuple[Doubles, ...]
    truth: Ints
    weight: Doubles
    alike: Doubles

    @classmethod
    def of(
        cls, cosines: Doubles, negatives: tuple[Doubles, ...], truth: Ints, weight: Doubles
    ) -> _Trial:
        return cls(cosines, negatives, truth, weight, runners_up(cosines))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """kappa: nats per unit of cosine. cosine: t. reliability: (10, 3) per bin of confidence, over
    the crops left out: how many there were, the sum of their confidences, how many were right.
    """

    kappa: float
    cosine: float
    reliability: Doubles

    @property
    def error(self) -> float:
        """Expected calibration error; NaN without crops."""
        crops, confidence, right = self.reliability.T
        return float(np.abs(confidence - right).sum() / crops.sum()) if crops.sum() else np.nan


def calibrated(data: Exemplars, shrinkage: float) -> tuple[Model, Calibration]:
    """The model of a gallery, and what its cosines are worth.

    The models without a block each are learned beside it, in threads: a gallery of 200 players
    takes half as long on two processors, and the same numbers come out.
    """
    blocks = data.blocks(BLOCKS)
    out = [blocks == block for block in range(BLOCKS) if (blocks == block).any()]
    parts = [data, *(data.part(~rows) for rows in out)]
    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as pool:
        (model, damped), *others = pool.map(fit_damped, parts, repeat(shrinkage))
    left_out = [
        _left_out_block(data.part(rows), of) for rows, (of, _) in zip(out, others, strict=True)
    ]
    return model, _most_probable(data, [*left_out, *_left_out_players(data, damped)])


def _most_probable(data: Exemplars, trials: Sequence[_Trial]) -> Calibration:
    """Given the trials and the prior."""
    from scipy.optimize import minimize  # half a second that a calibrated gallery need not wait

    players = data.n_players
    known = sum(float(t.weight[t.truth < players].sum()) for t in trials)
    outsiders = sum(float(t.weight[t.truth == players].sum()) for t in trials)
    cosine_mean = _lone_cosine(trials) if len(np.unique(data.labels)) == 1 else COSINE

    def cost(point: Doubles) -> float:
        kappa, cosine = float(np.exp(point[0])), float(point[1])
        total = 0.5 * ((point[0] - np.log(KAPPA)) / LOG_KAPPA_STD) ** 2
        total += 0.5 * ((cosine - cosine_mean) / COSINE_STD) ** 2
        for trial in trials:
            rows = np.arange(len(trial.truth))
            values, whole = _weights(trial, kappa, cosine, players)
            right = values[rows, trial.truth] - whole
            # Both kinds of trial weigh the same together, however many there are of each.
            share = np.where(trial.truth < players, known, outsiders)
            total -= float((trial.weight * right / share).sum()) * (known + outsiders) / 2
        return float(total)

    start = [np.log(KAPPA), cosine_mean]
    best = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6})
    kappa, cosine = float(np.exp(best.x[0])), float(best.x[1])
    return Calibration(kappa, cosine, _reliability(trials, kappa, cosine, players))


def _answers(trial: _Trial, kappa: float, cosine: float, players: int) -> Doubles:
    """(N, P + 1) log-probabilities; a stranger is as likely as all players together."""
    values, whole = _weights(trial, kappa, cosine, players)
    values -= whole[:, None]
    return values


def _weights(trial: _Trial, kappa: float, cosine: float, players: int) -> tuple[Doubles, Doubles]:
    """(N, P + 1) logarithms below the best, and (N,) that of all together."""
    values = np.empty((len(trial.truth), players + 1))
    values[:, :-1] = kappa * trial.cosines - np.log(max(players, 1))
    values[:, -1] = _unknown_score(trial.alike, trial.negatives, kappa, cosine)
    values -= values.max(axis=1, keepdims=True)
    return values, np.log(np.exp(values).sum(axis=1))


def _reliability(trials: Sequence[_Trial], kappa: float, cosine: float, players: int) -> Doubles:
    counts = np.zeros((BINS, 3))
    for trial in trials:
        log = _answers(trial, kappa, cosine, players)
        sure, right = np.exp(log.max(axis=1)), log.argmax(axis=1) == trial.truth
        place = np.minimum((sure * BINS).astype(int), BINS - 1)
        np.add.at(counts, place, np.stack([np.ones(len(sure)), sure, right], axis=1))
    return counts


def _lone_cosine(trials: Sequence[_Trial]) -> float:
    """Where a single player without negatives ends: twice as far off as their own left out
    pictures.

    Nothing is known of other people then, and nothing of what all people have in common.
    """
    if not trials:
        return COSINE
    drifted = float(np.mean(np.concatenate([trial.cosines[:, 0] for trial in trials])))
    return 2 * (drifted / DRIFT) ** 2 - 1  # cos 2a from cos a


def _left_out_block(tested: Exemplars, model: Model) -> _Trial:
    """A block of pictures against a model of the others. A player and block weighs 1."""
    _, which, counts = np.unique(tested.labels, return_inverse=True, return_counts=True)
    weight = 1.0 / counts[which]
    weight[tested.labels < 0] /= BLOCKS  # a group of negatives weighs as much as one stranger
    truth = np.where(tested.labels < 0, tested.n_players, tested.labels)
    cosines, negatives = model.cosines(tested.embeddings)
    drift = np.where(truth < tested.n_players, DRIFT, 1.0)[:, None]
    return _Trial.of(drift * cosines, negatives, truth, weight)


def _left_out_players(data: Exemplars, damped: Doubles) -> Iterator[_Trial]:
    """Every player as if they were a stranger to the others, all in one trial. They weigh 1."""
    if data.n_players < 2:
        return
    cosines, negatives = zip(*LeftOutPlayers(data, damped).of_each(), strict=True)
    counts = np.array([len(rows) for rows in cosines])
    yield _Trial.of(
        np.concatenate(cosines),
        tuple(np.concatenate(rows) for rows in zip(*negatives, strict=True)),
        np.full(counts.sum(), data.n_players),
        np.repeat(1.0 / counts, counts),
    )
