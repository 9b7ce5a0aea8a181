"""How likely a stretch is wrong: nameless although it is a player, or under a name that is not
right all the time.

Two logistic models, one a kind. Their features are standardised and weigh the same (Dawes, "The
robust beauty of improper linear models", 1979): with 373 stretches of three matches, weights fitted
on two of them were worse on the third than equal ones (share of a perfect order's gain after five
answers .81 against .86). What a person answers fits them to the run (maximum a posteriori).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from tracker.review.case import ReviewCase
from tracker.review.ledger import Ledger
from tracker.review.stretches import Stretches
from tracker.types import UNKNOWN, Doubles, Ints, Mask

_TRACKS = 1 << 31
_FREE = 0.5  # a player is missing who is not seen elsewhere for so much of a stretch
_NO_VOTE_NATS, _ALL_SEEN_NATS = -3.4, -6.0
_NATS = -4.0, 2.0  # beyond these more says no more
_PRIOR = 1.0  # standard deviation of a weight, in those of its feature
_STEPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A model of one kind of stretch. mean, deviation: of its features, over all stretches of
    basketball_c009, volleyball_c016 and soccer-snmot116 with every kind of boxes, online and
    offline. offset, weight: of the log-odds. share: of a wrong one's boxes that are wrong."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    offset: float
    weight: float
    share: float

    def standard(self, features: Doubles) -> Doubles:
        """(S, K + 1): features (S, K) in deviations from the mean, and a constant."""
        scaled = (features - np.array(self.mean)) / np.array(self.deviation)
        return np.column_stack([np.ones(len(features)), scaled])

    @property
    def prior(self) -> Doubles:
        return np.array([self.offset, *(self.weight for _ in self.mean)])


NAMELESS = Kind((0.379, -1.962, 0.491, 0.127), (0.425, 1.649, 0.236, 0.334), -1.3, 0.7, 0.7)
NAMED = Kind((0.357, 0.644), (0.300, 0.997), -1.5, 0.9, 0.2)
KINDS = (NAMELESS, NAMED)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What an answer shows. features: as `Features` has them. named: its kind. wrong: it was."""

    features: Doubles
    named: bool
    wrong: bool


class Weights:
    """Of both kinds, as they are after some lessons."""

    def __init__(self, lessons: Sequence[Lesson] = ()) -> None:
        self._of = [
            _fitted(kind, [lesson for lesson in lessons if lesson.named == bool(n)])
            for n, kind in enumerate(KINDS)
        ]

    def risks(self, features: Doubles, named: Mask) -> Doubles:
        """(S,) that each is wrong. features: standardised, see `Features`."""
        odds = [features[:, : len(weights)] @ weights for weights in self._of]
        result: Doubles = expit(np.where(named, odds[1], odds[0]))
        return result


def _fitted(kind: Kind, lessons: Sequence[Lesson]) -> Doubles:
    prior = kind.prior
    if not lessons:
        return prior
    rows = np.stack([lesson.features[: len(prior)] for lesson in lessons])
    wrong = np.array([lesson.wrong for lesson in lessons], np.float64)
    found = prior.copy()
    for _ in range(_STEPS):  # Newton's; scipy's minimisers take a hundred times as long for five
        risk = expit(rows @ found)
        slope = rows.T @ (risk - wrong) + (found - prior) / _PRIOR**2
        bend = (rows.T * (risk * (1 - risk))) @ rows + np.eye(len(prior)) / _PRIOR**2
        found = found - np.linalg.solve(bend, slope)
    return found


class Features:
    """What speaks for a mistake, of every stretch.

    Of a nameless one: its feet are where those of named players are; what its votes say of the best
    missing player over unknown; how many players are missing for each nameless person in view; its
    track has a name elsewhere. Of a named one: the lowest confidence of the name; risks of a
    missed swap on it. By measure: area under the curve .48 to .95 and .77 to .93 on clips apart.
    """

    def __init__(self, case: ReviewCase) -> None:
        """Names are none before `take`."""
        self._case = case
        self._inside = np.concatenate([[0], np.cumsum(case.inside & case.visible)])
        self._swap = np.concatenate([[0.0], np.cumsum(case.swap)])
        self._numbers = case.rows.numbers
        votes = case.votes
        self._keys = np.zeros(0, np.int64)
        self._nats = np.zeros((1, 0))
        self._voters: list[int] = []
        if votes is not None:
            self._keys = votes.tracks * _TRACKS + votes.first
            columns = [votes.names.index(name) for name in case.players if name in votes.names]
            over = votes.log_likelihoods.astype(np.float64)
            over = over[:, columns] - over[:, -1:]
            self._voters = [n for n, name in enumerate(case.players) if name in votes.names]
            self._nats = np.vstack([np.zeros((1, len(columns))), np.cumsum(over, axis=0)])

    def take(self, ledger: Ledger) -> None:
        """Names as they are now."""
        rows = self._case.rows
        players = ledger.seen[: len(self._case.players)]
        self._seen = np.zeros((players.shape[1] + 1, len(players)), np.int32)
        np.cumsum(players.T, axis=0, out=self._seen[1:])
        nameless = rows.place[rows.visible & (ledger.players == UNKNOWN)]
        counts = np.bincount(nameless, minlength=len(self._numbers))
        self._rivals = np.concatenate([[0], np.cumsum(counts)])

    def of(self, stretches: Stretches) -> Doubles:
        """(S, 5) standardised, each by its kind; a named one has two and is filled up by zeros."""
        named = stretches.player != UNKNOWN
        low, high = self._places(stretches)
        frames = np.maximum(high - low, 1)
        missing = self.free(stretches).sum(axis=1)
        rivals = (self._rivals[high] - self._rivals[low]) / frames
        inside = self._inside[stretches.end] - self._inside[stretches.begin]
        nameless = NAMELESS.standard(
            np.column_stack(
                [
                    inside / np.maximum(stretches.boxes, 1),
                    np.clip(self.best_missing(stretches), *_NATS),
                    np.clip(missing / (rivals + 0.5), 0, 1),
                    stretches.several(),
                ]
            )
        )
        swap = self._swap[stretches.end] - self._swap[stretches.begin]
        both = NAMED.standard(np.column_stack([1 - stretches.lowest, np.log1p(swap)]))
        filled = np.zeros_like(nameless)
        filled[:, : both.shape[1]] = both
        return np.where(named[:, None], filled, nameless)

    def best_missing(self, stretches: Stretches) -> Doubles:
        """(S,) nats over unknown of the best player who is not seen elsewhere meanwhile."""
        free = self.free(stretches) > _FREE
        over, count = self.over_unknown(stretches)
        if not over.shape[1]:
            return np.where(free.any(axis=1), _NO_VOTE_NATS, _ALL_SEEN_NATS)
        best = np.where(free[:, self._voters], over, -np.inf).max(axis=1)
        unheard = np.where(free.any(axis=1), _NO_VOTE_NATS, _ALL_SEEN_NATS)
        return np.where((count > 0) & np.isfinite(best), best, unheard)

    def over_unknown(self, stretches: Stretches) -> tuple[Doubles, Ints]:
        """(S, V) mean nats of the votes of each for the players that votes know, (S,) how many."""
        low, high = (
            np.searchsorted(self._keys, stretches.track * _TRACKS + frame)
            for frame in (stretches.first, stretches.last + 1)
        )
        count = high - low
        return (self._nats[high] - self._nats[low]) / np.maximum(count, 1)[:, None], count

    @property
    def voters(self) -> list[int]:
        """Places in players of the columns of `over_unknown`."""
        return self._voters

    def free(self, stretches: Stretches) -> Doubles:
        """(S, P) for how much of each stretch a player is not seen under the name."""
        low, high = self._places(stretches)
        seen = self._seen[high] - self._seen[low]
        share: Doubles = 1 - seen / np.maximum(high - low, 1)[:, None]
        return share

    def _places(self, stretches: Stretches) -> tuple[Ints, Ints]:
        """Places in `rows.numbers` of the first frame, and behind the last."""
        low = np.searchsorted(self._numbers, stretches.first)
        return low, np.searchsorted(self._numbers, stretches.last, side="right")
