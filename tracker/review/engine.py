"""The next question of a review, and the names after every answer.

The engine is a function of a run and of the entries so far: the same entries give the same names
and the same questions, on any machine, after any undo.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.review.asking import Asking
from tracker.review.case import ReviewCase
from tracker.review.ledger import Change, Ledger
from tracker.review.lessons import Known
from tracker.review.question import Entry, Question
from tracker.review.selection import choose
from tracker.review.stretches import Stretches
from tracker.review.uncertainty import Features, Weights
from tracker.review.units import Units, long_enough, units_of
from tracker.types import UNKNOWN, Doubles, Mask

_FLOOR_S = 0.1
"""Nobody is asked for less than this is expected to put right."""


class Engine:
    """Questions about one run. entries: what was answered so far, in order."""

    def __init__(self, case: ReviewCase, entries: Sequence[Entry] = ()) -> None:
        self._features = Features(case)
        self._begin(case, entries)

    def replay(self, case: ReviewCase, entries: Sequence[Entry] = ()) -> None:
        """Begin anew, with another base under entries."""
        if case is not self.case:
            self._features = Features(case)
        self._begin(case, entries)

    def _begin(self, case: ReviewCase, entries: Sequence[Entry]) -> None:
        self.case = case
        self.ledger = Ledger(case)
        self.entries: list[Entry] = []
        self._features.take(self.ledger)
        self._known, self._weights = Known(case), Weights()
        self._stretches = Stretches.of(case, self.ledger)
        self._seen = self._features.of(self._stretches)
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> Change:
        """Names change at once. Raises ValueError where a statement is not about a track."""
        number = len(self.entries)
        before, seen = self._stretches, self._seen
        change = self.ledger.state(entry.statements, number)
        self._stretches = before.again(self.case, self.ledger, change.tracks)
        if change.tracks:
            self._features.take(self.ledger)
        self._seen = self._features.of(self._stretches)
        self._known.take(entry, before, seen, self.ledger)
        self._weights = Weights(self._known.lessons)
        self.entries.append(entry)
        return change

    def pop(self) -> Entry:
        """Take the newest entry back. Raises IndexError where there is none."""
        entries, last = self.entries[:-1], self.entries[-1]
        self.replay(self.case, entries)
        return last

    def ask(self, count: int = 1, groups: bool = True) -> list[Question]:
        """The best questions, the best first; each as if those before it were not answered.

        groups: False for questions about one track each.
        """
        units, risks = self._units()
        worth = long_enough(self._stretches, units, self.case.rate)
        chance, fresh = units.chance * worth, self._fresh(units)
        asking = Asking(self.case, self.ledger, self._stretches, self._features, risks)
        first = groups and not any(e.question for e in self.entries)
        found: list[Question] = []
        while len(found) < count:
            choice = choose(chance, units.boxes, fresh, first and not found, groups)
            if choice is None or choice.rate < _FLOOR_S * self.case.rate:
                break
            found.append(asking.question(units, choice))
            chance = chance.copy()
            chance[list(choice.units)] = 0
        return found

    def end(self) -> str | None:
        """Why there is nothing more to ask; None while there is."""
        if self.ask():
            return None
        boxes = "what is still wrong is in the boxes: people who have none, or share one"
        if not len(self._stretches):
            return "nobody is seen in this run"
        return f"every name has been gone through as far as it pays; {boxes}"

    def uncertain_s(self) -> float:
        """Seconds of names expected to be wrong or missing, by what is known so far."""
        units, _ = self._units()
        return float(units.worth.sum() / self.case.rate)

    def _units(self) -> tuple[Units, Doubles]:
        """And (S,) the chance that each stretch is wrong."""
        found = self._stretches
        risks = self._weights.risks(self._seen, found.player != UNKNOWN)
        risks, boxes = self._known.over(found, risks)
        risks = np.where(found.settled, 0.0, risks)
        return units_of(found, risks, boxes, self.case.rate), risks

    def _fresh(self, units: Units) -> Mask:
        """(U,) of which no stretch was in a group."""
        known = np.append(self._known.among(self._stretches), False)
        flat = np.stack([units.begin, units.end], axis=1).ravel()
        return ~np.logical_or.reduceat(known, flat)[::2] if len(units) else np.zeros(0, bool)
