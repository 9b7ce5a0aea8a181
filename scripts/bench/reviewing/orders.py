"""Other orders of questions, each about one stretch, answered by the same analyst.

Of the trial that this engine grew from: in order of time; seconds times what the confidence lacks;
the list of moments to check of before the engine; by lot; and, for what could be had, the greedy
choice of somebody who knows the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

import numpy as np

from tracker.corrections.statements import Correction
from tracker.review.case import ReviewCase
from tracker.review.ledger import Ledger
from tracker.review.stretches import Stretches
from tracker.review.uncertainty import Features
from tracker.types import UNKNOWN, Doubles

from .analyst import Analyst

BY_TIME, BY_SURENESS, FORMER, BY_LOT, PERFECT = (
    "in order of time", "unsure seconds", "list before", "by lot", "perfect order",
)  # fmt: skip
ORDERS = (BY_TIME, BY_SURENESS, FORMER, BY_LOT, PERFECT)
_LATE = 0.12  # chance of a mistake, where a name begins in mid-run
_PLAYER, _MIDDLE_NATS, _WIDTH_NATS = 0.55, -3.0, 0.4


class Order:
    """One order on one run. steps: answers."""

    def __init__(self, case: ReviewCase, analyst: Analyst, name: str, seed: int = 0) -> None:
        self._case, self._analyst, self._name = case, analyst, name
        self._ledger = Ledger(case)
        self._features = Features(case)
        self._features.take(self._ledger)
        self._rng = np.random.default_rng(seed)
        self._passed: set[tuple[int, int, int, int]] = set()
        self._listed: list[tuple[int, int, int]] = []

    def curve(self, steps: int) -> list[float]:
        """Name-F1 after 0, 1, ... answers."""
        truth, found = self._analyst.truth, [self._f1()]
        if self._name == BY_TIME:
            self._list(steps)
        for entry in range(steps):
            statements = self._next()
            if statements is None:
                break
            self._ledger.state(statements, entry)
            self._features.take(self._ledger)
            found.append(truth.f1(self._ledger.players))
        return found + [found[-1]] * (steps + 1 - len(found))

    def _f1(self) -> float:
        return self._analyst.truth.f1(self._ledger.players)

    def _next(self) -> list[Correction] | None:
        found = Stretches.of(self._case, self._ledger)
        open_ = [s for s in range(len(found)) if not found.settled[s] and self._fresh(found, s)]
        if not open_:
            return None
        if self._name == PERFECT:
            return self._best(found, open_)
        if self._name == BY_TIME:
            return self._of_list(found)
        values = self._values(found)
        best = max(open_, key=lambda s: (values[s], -s))
        if values[best] <= 0:
            return None
        return self._answered(found, best)

    def _fresh(self, found: Stretches, s: int) -> bool:
        return self._key(found, s) not in self._passed

    @staticmethod
    def _key(found: Stretches, s: int) -> tuple[int, int, int, int]:
        return int(found.track[s]), int(found.first[s]), int(found.last[s]), int(found.player[s])

    def _answered(self, found: Stretches, s: int) -> list[Correction]:
        self._passed.add(self._key(found, s))
        span = self._case.within(int(found.track[s]), int(found.first[s]), int(found.last[s]))
        rows = self._case.order[span]
        right = self._analyst.right(rows, self._ledger.players)
        return list(self._analyst.statements(rows, right))

    def _best(self, found: Stretches, open_: list[int]) -> list[Correction] | None:
        gains = []
        for s in open_:
            trial, statements = deepcopy(self._ledger), self._answered(found, s)
            trial.state(statements, 0)
            gains.append((self._analyst.truth.f1(trial.players), -s, statements))
            self._passed.discard(self._key(found, s))
        gain, _, statements = max(gains, key=lambda each: each[:2])
        return statements if gain > self._f1() + 1e-9 else None

    def _list(self, steps: int) -> None:
        """As long as the others, the longest stretches, in order of time."""
        found = Stretches.of(self._case, self._ledger)
        longest = np.argsort(-found.boxes, kind="stable")[:steps]
        spans = [(int(found.first[s]), int(found.track[s]), int(found.last[s])) for s in longest]
        self._listed = sorted(spans)

    def _of_list(self, found: Stretches) -> list[Correction] | None:
        while self._listed:
            first, track, last = self._listed.pop(0)
            mine = (found.track == track) & (found.first >= first) & (found.last <= last)
            there = np.flatnonzero(mine & ~found.settled)
            if len(there):
                return [c for s in there.tolist() for c in self._answered(found, s)]
        return None

    def _values(self, found: Stretches) -> Doubles:
        rules: dict[str, Callable[[Stretches], Iterator[float]]] = {
            BY_SURENESS: self._unsure, FORMER: self._former, BY_LOT: self._lot,
        }  # fmt: skip
        return np.fromiter(rules[self._name](found), np.float64, len(found))

    def _unsure(self, found: Stretches) -> Iterator[float]:
        missing = (self._features.free(found) > 0.5).any(axis=1)
        for s in range(len(found)):
            named = found.player[s] != UNKNOWN
            yield float(found.boxes[s] * (1 - self._sure(found, s) if named else missing[s] / 2))

    def _former(self, found: Stretches) -> Iterator[float]:
        best = self._features.best_missing(found)
        start = int(self._case.rows.numbers[0]) + self._case.rate
        for s in range(len(found)):
            if found.player[s] == UNKNOWN:
                risk = _PLAYER / (1 + np.exp(-(best[s] - _MIDDLE_NATS) / _WIDTH_NATS))
            else:
                risk = 1 - self._sure(found, s) + _LATE * (found.first[s] > start)
            yield float(found.boxes[s] * risk)

    def _lot(self, found: Stretches) -> Iterator[float]:
        yield from (self._rng.random(len(found)) + 1e-9).tolist()

    def _sure(self, found: Stretches, s: int) -> float:
        places = np.arange(found.begin[s], found.end[s])
        rows = self._case.order[places[self._case.visible[places]]]
        return float(self._ledger.sure[rows].mean())
