"""Where players end and strangers begin in this very video.

What a gallery says of "nobody we know" is a guess: light, distance and blur change, and the own
player of a picture looks less like himself than his gallery promised. But a video holds both,
players and strangers, so it shows where the one group ends. Every piece is given the best player
that is free, and how well that fits is a mixture of two groups; half way between their means both
are equally likely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.records import Doubles

_KNOWN_NATS, _STRANGER_NATS = 2.0, -2.0  # where a vote of the one and of the other is expected
_SPREAD_NATS = 1.5
_WORTH = 10.0  # votes that this expectation is worth, for each group
_MOST_NATS = 2.0  # the gallery is not contradicted by more
_ROUNDS = 50


def stranger_level(fits: Doubles, weights: Doubles, known: float) -> float:
    """Nats by which "nobody" is to be changed, so that a piece at the border has even odds.

    fits: (N,) mean nats a vote for the piece's best free player against nobody; weights: (N,) how
    much each counts, in votes; known: share of players expected. Maximum a posteriori of a mixture
    of two Gaussians of one width, by expectation maximisation.
    """
    low, high, spread = _STRANGER_NATS, _KNOWN_NATS, _SPREAD_NATS
    if not len(fits):
        return 0.0
    for _ in range(_ROUNDS):
        odds = np.log(known / (1 - known)) + (high - low) * (fits - (high + low) / 2) / spread**2
        is_known = weights / (1 + np.exp(-odds))
        is_not = weights - is_known
        high = (is_known @ fits + _WORTH * _KNOWN_NATS) / (is_known.sum() + _WORTH)
        low = (is_not @ fits + _WORTH * _STRANGER_NATS) / (is_not.sum() + _WORTH)
        square = is_known @ (fits - high) ** 2 + is_not @ (fits - low) ** 2
        spread = np.sqrt((square + 2 * _WORTH * _SPREAD_NATS**2) / (weights.sum() + 2 * _WORTH))
    return float(np.clip((high + low) / 2, -_MOST_NATS, _MOST_NATS))


def raised(likelihoods: Sequence[Doubles], level: float) -> list[Doubles]:
    """The crops of every frame with "nobody" changed by so much; no evidence stays none."""
    changed = [one.copy() for one in likelihoods]
    for one in changed:
        one[one.any(axis=1), -1] += level
    return changed
