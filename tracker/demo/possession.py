"""The ball: one attacker runs with it for a while, then passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_PASS_S = 0.7
_AT_FEET_M = 0.5


class Possession:
    """ball: (2,) metres on the ground."""

    def __init__(self, attackers: Sequence[int], rng: np.random.Generator) -> None:
        self._attackers, self._rng = list(attackers), rng
        self._carrier, self._pass_at_s = self._attackers[0], 1.5
        self._kicked_s, self._kicked_at = -np.inf, np.zeros(2)
        self.ball = np.zeros(2)

    def step(self, time_s: float, at: Doubles, heading: Doubles, busy: set[int]) -> None:
        """Pass when it is time, or when the carrier leaves. at: (N, 2) metres; heading: (N,)."""
        if time_s >= self._pass_at_s or self._carrier in busy:
            others = [i for i in self._attackers if i != self._carrier and i not in busy]
            self._carrier = others[int(self._rng.integers(len(others)))]
            self._kicked_s, self._kicked_at = time_s, self.ball.copy()
            self._pass_at_s = time_s + _PASS_S + float(self._rng.uniform(0.8, 2.0))
        ahead = np.array([np.cos(heading[self._carrier]), np.sin(heading[self._carrier])])
        feet = at[self._carrier] + _AT_FEET_M * ahead
        share = min(1.0, (time_s - self._kicked_s) / _PASS_S)
        self.ball = self._kicked_at + (feet - self._kicked_at) * share
