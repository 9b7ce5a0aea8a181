"""What is known of stretches by answers that name nobody: in a group and right, in a group and not
right, two people, not known; and what answers show of the kinds of mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracker.review.case import ReviewCase
from tracker.review.ledger import Ledger
from tracker.review.question import Entry, Item
from tracker.review.stretches import Stretches
from tracker.review.uncertainty import NAMED, NAMELESS, Lesson
from tracker.types import UNKNOWN, Doubles, Ints, Mask

_PASSED = 0.05, 0.15
"""Chance that a stretch is wrong that a person has let pass in a group, and share of its boxes:
what its eight pictures do not show."""
_TICKED = 0.5, 0.85  # share of wrong boxes where nobody says which pictures: named, nameless
_TWO = 0.5
_Key = tuple[int, int, int, int]


class Known:
    """By stretch, that is track, frames and name: as soon as it has another, nothing is known."""

    def __init__(self, case: ReviewCase) -> None:
        self._case = case
        self._share: dict[_Key, float] = {}
        self.lessons: list[Lesson] = []

    def take(self, entry: Entry, before: Stretches, seen: Doubles, ledger: Ledger) -> None:
        """before, seen: stretches and their features when the question was put. ledger: as it is
        after the answer."""
        if entry.question is None:
            return
        for n, item in enumerate(entry.question.items):
            for s in _of_item(item, before):
                key = _key(before, s)
                wrong = self._wrong(entry, n, before, s, ledger)
                if entry.verdict != "unknown" and wrong is not None:
                    named = bool(before.player[s] != UNKNOWN)
                    self.lessons.append(Lesson(seen[s], named, wrong > 0))
                if entry.verdict in ("ticked", "two", "unknown"):
                    self._share[key] = -1.0 if wrong is None else wrong

    def over(self, stretches: Stretches, risks: Doubles) -> tuple[Doubles, Doubles]:
        """(S,) risks, where nothing else is known, and (S,) boxes that are wrong then."""
        shares = np.where(stretches.player != UNKNOWN, NAMED.share, NAMELESS.share)
        risks, boxes = risks.copy(), np.asarray(shares * stretches.boxes, np.float64)
        for s, share in self._found(stretches):
            if share < 0:
                risks[s] = 0.0
            elif share == 0:
                risks[s], boxes[s] = _PASSED[0], _PASSED[1] * stretches.boxes[s]
            else:
                risks[s], boxes[s] = 1.0, share * stretches.boxes[s]
        return risks, boxes

    def among(self, stretches: Stretches) -> Mask:
        """(S,) who was in a group, or is known otherwise."""
        known = np.zeros(len(stretches), bool)
        known[[s for s, _ in self._found(stretches)]] = True
        return known

    def _found(self, stretches: Stretches) -> Iterator[tuple[int, float]]:
        if not self._share:
            return
        tracks = np.array(sorted({key[0] for key in self._share}))
        for s in np.flatnonzero(np.isin(stretches.track, tracks)).tolist():
            key = _key(stretches, s)
            if key in self._share:
                yield s, self._share[key]

    def _wrong(
        self, entry: Entry, n: int, before: Stretches, s: int, ledger: Ledger
    ) -> float | None:
        """Share of a stretch's boxes that are wrong, by an answer; None where it does not tell."""
        if entry.verdict == "right":
            return 0.0
        if entry.verdict == "two":
            return _TWO
        if entry.verdict == "ticked":
            return self._ticked(entry, n, before, s) if n in entry.ticked else 0.0
        if entry.verdict in ("is", "not"):
            rows = self._rows(before, s)
            return float((ledger.players[rows] != before.player[s]).mean())
        return None

    def _ticked(self, entry: Entry, n: int, before: Stretches, s: int) -> float:
        assert entry.question is not None
        shown, wrong = entry.question.items[n].shown, entry.wrong.get(n, ())
        if not len(wrong):
            return _TICKED[int(before.player[s] == UNKNOWN)]
        mine = [k for k, f in enumerate(shown) if before.first[s] <= f <= before.last[s]]
        return len(set(mine) & set(wrong)) / len(mine) if mine else 0.0

    def _rows(self, stretches: Stretches, s: int) -> Ints:
        places = np.arange(stretches.begin[s], stretches.end[s])
        return self._case.order[places[self._case.visible[places]]]


def _key(stretches: Stretches, s: int) -> _Key:
    columns = (stretches.track, stretches.first, stretches.last, stretches.player)
    track, first, last, player = (int(column[s]) for column in columns)
    return track, first, last, player


def _of_item(item: Item, stretches: Stretches) -> list[int]:
    """The stretches that an item shows."""
    mine = (stretches.track == item.track) & ~stretches.settled
    inside = (stretches.first >= item.first) & (stretches.last <= item.last)
    return np.flatnonzero(mine & inside).tolist()
