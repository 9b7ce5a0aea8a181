"""What it is worth that a source says "this box is Ada": a noisy channel from who it is to who it
is said to be.

A source is right with a chance of its own, `accuracy`; else it says somebody else, as its confusion
shares it, which at first is anybody. Both are learned while names are given
(`anchor_accuracy.py`; Dawid and Skene, Applied Statistics 1979: observers who err, and nobody who
knows the truth).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracker.log_odds import log_odds, probabilities
from tracker.types import Anchors, Doubles

HUMAN = 1 - 1e-6
"""How sure a person's word is."""
_SURE = 1e-6  # no source is taken to be surer, or less sure, of itself
_LOWEST, _HIGHEST = 0.02, 0.995  # what any other source is taken for, however sure it sounds


@dataclass(frozen=True, slots=True, eq=False)
class AnchorChannel:
    """How S sources turn people into what they say; P players, and nobody of them in the last
    column.

    shift: (S,) added to the log-odds that an anchor gives itself, by which it becomes calibrated.
    confusion: (S, P + 1, P + 1) whom each is taken for when they are taken for somebody else: rows,
    of true people, sum to 1.
    """

    shift: Doubles
    confusion: Doubles

    @classmethod
    def begun(cls, sources: int, players: int) -> AnchorChannel:
        """As it is before anything is known: as accurate as they say, wrong anyhow."""
        rest = (1 - np.eye(players + 1)) / max(players, 1)
        return cls(np.zeros(sources), np.tile(rest, (sources, 1, 1)))

    def with_shift(self, shift: Doubles) -> AnchorChannel:
        return replace(self, shift=shift)

    def accuracy(self, anchors: Anchors) -> Doubles:
        """(A,) chance that each is right."""
        odds = own_log_odds(anchors) + self.shift[anchors.sources]
        right = np.clip(probabilities(odds), _LOWEST, _HIGHEST)
        return np.asarray(np.where(anchors.human, HUMAN, right))

    def log_likelihoods(self, anchors: Anchors) -> Doubles:
        """(A, P + 1) log-probabilities of what is said, for each player and for unknown."""
        labels = anchors.players.astype(np.float64)
        right = self.accuracy(anchors)[:, None]
        mistaken = np.einsum("ap,akp->ak", labels, self.confusion[anchors.sources])
        return np.asarray(np.log(np.maximum(right * labels + (1 - right) * mistaken, 1e-12)))


def own_log_odds(anchors: Anchors) -> Doubles:
    """(A,) log-odds of being right that anchors give themselves."""
    return log_odds(anchors.confidence, _SURE)
