"""Which question is worth most: boxes put right for each answer.

A question about one track is worth its chance of a mistake times the boxes of it. A group, "which
of these sixteen are not right?", costs an answer, and another for each that is not; by its rate it
is chosen, and what belongs into it (Dinkelbach, "On nonlinear fractional programming", 1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles, Ints, Mask

GROUP = 16
_ROUNDS = 30
_WORTH_MORE = 1.3
"""A group also shows which kinds go wrong here, which later questions profit from."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """units: one, or those of a group. rate: boxes an answer."""

    units: Sequence[int]
    rate: float
    group: bool


def choose(
    chance: Doubles, boxes: Doubles, fresh: Mask, group_first: bool, groups: bool
) -> Choice | None:
    """The best question about U units; None where there is none.

    chance: (U,) that it is wrong. boxes: (U,) wrong then. fresh: (U,) was in no group yet.
    group_first: ask about a group whatever the rates, as long as there is any. groups: whether
    there may be any.
    """
    worth = chance * boxes
    if not worth.any():
        return None
    best = int(worth.argmax())
    alone = Choice([best], float(worth[best]), False)
    open_ = np.flatnonzero(fresh & (chance > 0))
    if not groups or len(open_) < 2:
        return alone
    members, rate = _group(chance, boxes, open_)
    if group_first or rate * _WORTH_MORE > alone.rate:
        rest = open_[np.argsort(-worth[open_], kind="stable")]
        filled = list(dict.fromkeys([*members.tolist(), *rest.tolist()]))[:GROUP]
        return Choice(filled, rate, True)
    return alone


def _group(chance: Doubles, boxes: Doubles, open_: Ints) -> tuple[Ints, float]:
    """Members and rate of the best group."""
    rate, members = 0.0, np.zeros(0, np.int64)
    for _ in range(_ROUNDS):
        gain = chance[open_] * (boxes[open_] - rate)
        best = np.argsort(-gain, kind="stable")[:GROUP]
        best = best[gain[best] > 0]
        if not len(best):
            break
        members = open_[best]
        before = rate
        rate = float((chance * boxes)[members].sum() / (1 + chance[members].sum()))
        if abs(rate - before) < 1e-6:
            break
    return members, rate
