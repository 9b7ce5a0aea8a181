"""How reliable each source of anchors is, learned from the run itself.

What is sought is one number a source: by how much the log-odds that its anchors give themselves are
too high or too low. It has a prior, so that a source is first believed as it speaks, and is weighed
on a grid, because a handful of anchors says little and must move it little. While a run goes on,
each vote is compared with what was believed of its track without it: that is how votes on one
track that contradict each other, a name in two places at once, and another source that disagrees
come to bear. A second pass asks the same with everything else known. (Dawid and Skene, Applied
Statistics 1979, count a vote as right by a belief of which it is part: with one vote a track, as
anchors often are, that spirals down to a source of which nothing is believed.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.log_odds import probabilities
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
        self, sources: Ints, odds: Doubles, labels: Doubles, believed: Doubles
    ) -> SourceAccuracy:
        """When (V,) votes came with (V, P + 1) `labels` on tracks of which, without them, this was
        believed: (V, P + 1) probabilities, unknown last.

        odds: (V,) log-odds that they give themselves. That a player is named at all is not judged:
        most sources are silent of strangers, and on a track of which nothing is known a vote must
        teach nothing.
        """
        players = labels.shape[1] - 1
        right = _right(odds)
        wrong = (1 - right) / max(players, 1)
        fits = (labels * believed).sum(axis=1)[:, None]
        anybody = 1 - believed[:, -1:]
        of_players = right * anybody + wrong * (players - anybody)
        names_one = labels[:, -1:] < 0.5
        whole = np.where(names_one, of_players, 1.0)
        return self._with(sources, np.log((right * fits + wrong * (1 - fits)) / whole))

    def _with(self, sources: Ints, gain: Doubles) -> SourceAccuracy:
        weights = self.log_weights.copy()
        np.add.at(weights, sources, gain)
        return SourceAccuracy(weights, self.fixed)


def _right(odds: Doubles) -> Doubles:
    """(V, G) chance that each is right, for every shift."""
    return probabilities(odds[:, None] + _GRID)
