"""How reliable each source of anchors is, learned from the run itself.

What is sought is one number a source: by how much the log-odds that its anchors give themselves are
too high or too low. It has a prior, so that a source is first believed as it speaks, and is weighed
on a grid, because a handful of anchors says little and must move it little. While a run goes on,
each vote is compared with what was believed of its track without it: that is how votes on one
track that contradict each other, a name in two places at once, and another source that disagrees
come to bear. A second pass asks the same with everything known (expectation maximisation; Dawid
and Skene, Applied Statistics 1979).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles, Ints, Mask

_GRID = np.linspace(-6.0, 3.0, 37)  # nats added to the log-odds
_PRIOR_NATS = 1.5  # spread of what sources think of themselves too well, or too ill


@dataclass(frozen=True, slots=True, eq=False)
class SourceAccuracy:
    """Of S sources: log_weights (S, G) of the shifts on the grid. fixed: (S,) whose accuracy was
    stated and is not learned."""

    log_weights: Doubles
    fixed: Mask

    @classmethod
    def prior(cls, fixed: Mask) -> SourceAccuracy:
        bell = -0.5 * (_GRID / _PRIOR_NATS) ** 2
        return cls(np.tile(bell, (len(fixed), 1)), fixed)

    @property
    def shift(self) -> Doubles:
        """(S,) the mean of what is believed of each."""
        weights = np.exp(self.log_weights - self.log_weights.max(axis=1, keepdims=True))
        mean = (weights * _GRID).sum(axis=1) / weights.sum(axis=1)
        return np.asarray(np.where(self.fixed, 0.0, mean))

    def after_votes(
        self, sources: Ints, odds: Doubles, believed: Doubles, players: int
    ) -> SourceAccuracy:
        """When (V,) votes came that say of a track what was (V,) `believed` of it without them.

        odds: (V,) log-odds that they give themselves.
        """
        right = _right(odds)
        wrong = (1 - right) / max(players, 1)
        gain = np.log(right * believed[:, None] + wrong * (1 - believed[:, None]))
        return self._with(sources, gain)

    def after_pass(
        self, sources: Ints, odds: Doubles, right: Doubles, worth: Doubles
    ) -> SourceAccuracy:
        """When (A,) anchors are (A,) `right` by all that is known; worth: (A,) votes each counts
        for."""
        chance = _right(odds)
        gain = right[:, None] * np.log(chance) + (1 - right[:, None]) * np.log(1 - chance)
        return self._with(sources, worth[:, None] * gain)

    def _with(self, sources: Ints, gain: Doubles) -> SourceAccuracy:
        weights = self.log_weights.copy()
        np.add.at(weights, sources, gain)
        return SourceAccuracy(weights, self.fixed)


def _right(odds: Doubles) -> Doubles:
    """(V, G) chance that each is right, for every shift."""
    return np.asarray(1 / (1 + np.exp(-(odds[:, None] + _GRID))))
