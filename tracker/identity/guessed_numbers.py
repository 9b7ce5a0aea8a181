"""What is half read on shirts says of who wears them.

A reader sees digits in any fold: in one video mostly 1 and 8, in another 3 and 4. So a guess counts
by how much likelier it is than the same guess on anybody's shirt of the same video. On true boxes
of SNMOT-116, basketball and volleyball the guesses at a whole track speak for the number worn by
.9 nats in the mean, and for the likeliest other one of the team by -.1; taken against all numbers
alike, as what is surely read is, it would be 2.9 and 2.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.misreadings import misread_probabilities
from tracker.identity.number_evidence import LEGIBLE, READ, number_probabilities
from tracker.identity.roster_rules import RosterRules
from tracker.types import DIGITS, NO_NUMBER, SHIRT_NUMBERS, Doubles, Floats, Ints, Mask, Readings

_MISREAD = 0.12
"""Share of guesses at a legible number that are another one. .05 to .25 are alike."""
_EVEN = 5.0
"""The usual guesses are those seen and so many more of any number. 2 to 20 are alike."""


def guessed(digits: Floats) -> Mask:
    """(N,) where something was tried to be read, and no number is likelier than all else.

    digits: (N, 22)."""
    probability = digits[:, LEGIBLE] * number_probabilities(digits).max(axis=1)
    return np.asarray((digits[:, LEGIBLE] > 0) & (probability < READ))


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """What guesses in one video are worth.

    lift: (101, K) how much likelier each number is guessed at on a shirt with the number of a
    player than on anybody's. known: (K,) who of `players` have a number. limit: nats that one
    guess counts at most.
    """

    lift: Doubles
    known: Ints
    players: int
    limit: float

    @classmethod
    def of(cls, read: Sequence[Readings | None], rules: RosterRules) -> Guesses:
        """read: of all frames."""
        rows = [found.digits for found in read if found is not None]
        usual = _usual(np.concatenate([np.zeros((0, DIGITS), np.float32), *rows]))
        known = np.flatnonzero(rules.number != NO_NUMBER)
        seen, worn = np.arange(SHIRT_NUMBERS)[:, None], rules.number[known][None]
        wrong = misread_probabilities(seen, worn)
        shown = (1 - _MISREAD) * (seen == worn) + _MISREAD * wrong / wrong.sum(axis=0)
        limit = rules.settings.number_nats
        return cls(shown / usual[:, None], known, len(rules.number), limit)

    def log_likelihood(self, digits: Floats) -> Doubles:
        """(N, P + 1) nats for each name, 0 for nobody known; rows of zeros of what is no guess.

        digits: (N, 22)."""
        result = np.zeros((len(digits), self.players + 1))
        rows = np.flatnonzero(guessed(digits))
        legible = digits[rows, LEGIBLE, None].astype(np.float64)
        odds = 1 - legible + legible * (number_probabilities(digits[rows]) @ self.lift)
        result[np.ix_(rows, self.known)] = np.clip(np.log(odds), -self.limit, self.limit)
        return result


def _usual(digits: Floats) -> Doubles:
    """(101,) how often each number is guessed at, by all (N, 22) that was read of a video."""
    rows = digits[guessed(digits)]
    each = rows[:, LEGIBLE].astype(np.float64) @ number_probabilities(rows)
    return np.asarray((each + _EVEN / SHIRT_NUMBERS) / (each.sum() + _EVEN))
