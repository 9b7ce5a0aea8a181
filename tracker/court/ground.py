"""What the ground is of the game, and what else people stand on: two mixtures of colours.

Nobody says which is which. It is found by expectation maximisation (Dempster, Laird, Rubin, 1977)
over the people of the video: who is found surely, is of the right size and moves, is likelier to
play, and stands on the court.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.log_odds import probabilities
from tracker.types import GROUND_WIDTH, Doubles, Floats

_ROUNDS = 4
_FLOOR = 0.01  # of each colour's share
_NATS = 2.35
"""Per nat of the mean log ratio of the colours seen; from the same regression as `heights.py`."""
_MOST_NATS = 4.0
_FEW = 8.0  # of summed scores: a picture of two teams is enough
_PRIOR_NATS = 1.0  # before the ground is looked at: most whom a detector is sure of play


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """court, elsewhere: (GROUND_WIDTH,) shares of the colours under who plays and who does not."""

    court: Doubles
    elsewhere: Doubles

    def __post_init__(self) -> None:
        for shares in (self.court, self.elsewhere):
            if shares.shape != (GROUND_WIDTH,):
                raise ValueError(f"shares must have shape ({GROUND_WIDTH},), got {shares.shape}")

    @property
    def log_ratio(self) -> Doubles:
        """(GROUND_WIDTH,) of each colour."""
        return np.asarray(np.log((self.court + _FLOOR) / (self.elsewhere + _FLOOR)))

    def nats(self, ground: Doubles | Floats) -> Doubles:
        """(N,) log-odds that who stands on (N, GROUND_WIDTH) is on the court; 0 of zeros."""
        return np.asarray(np.clip(_NATS * (ground @ self.log_ratio), -_MOST_NATS, _MOST_NATS))


def fit_ground(
    ground: Floats, scores: Doubles | Floats, nats: Doubles, moving: Doubles
) -> Ground | None:
    """None of too few people, or of such as are all alike.

    ground: (N, GROUND_WIDTH), scores: (N,) of boxes. nats: (N,) log-odds to play, by all else that
    is known. moving: (N,) 0 to 1, how surely each moves with the game.
    """
    seen = np.asarray(ground.any(axis=1))
    shares, nats, moving = ground[seen].astype(np.float64), nats[seen], moving[seen]
    scores = np.asarray(scores, np.float64)[seen]
    if scores.sum() < _FEW:
        return None
    plays = scores * np.exp(nats) * moving
    found = None
    for _ in range(_ROUNDS):
        rest = 1 - plays
        if min(plays.sum(), rest.sum()) < 1e-6:
            return found
        found = Ground(
            (shares * plays[:, None]).sum(axis=0) / plays.sum(),
            (shares * rest[:, None]).sum(axis=0) / rest.sum(),
        )
        plays = scores * probabilities(found.nats(shares) + nats + _PRIOR_NATS)
    return found
