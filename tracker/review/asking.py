"""Questions in words, with what is needed to answer them."""

from __future__ import annotations

import numpy as np

from tracker.review.case import ReviewCase
from tracker.review.ledger import Ledger
from tracker.review.question import Candidate, Item, Question
from tracker.review.selection import Choice
from tracker.review.stretches import Stretches
from tracker.review.uncertainty import Features
from tracker.review.units import Units, shown_frames
from tracker.types import UNKNOWN, Doubles

_CANDIDATES = 9
"""A digit each."""
_VOTES = 4.0  # that count in full: neighbouring pictures say the same
_ELSEWHERE_NATS = 4.0  # against a player who is seen elsewhere all the time
_NOW_NATS = 1.0  # for the name that stands there
_TEMPERATURE = 2.5
"""The first candidate was right in .77 of 179 answers of a perfect analyst on three matches."""
_UNSURE = 0.8


class Asking:
    """risks: (S,) that each stretch is wrong."""

    def __init__(
        self,
        case: ReviewCase,
        ledger: Ledger,
        stretches: Stretches,
        features: Features,
        risks: Doubles,
    ) -> None:
        self._case, self._ledger, self._stretches = case, ledger, stretches
        self._features, self._risks = features, risks

    def question(self, units: Units, choice: Choice) -> Question:
        items = tuple(self._item(units, unit) for unit in choice.units)
        worth = float(units.worth[list(choice.units)].sum())
        if choice.group:
            return Question(
                "which", _group_text(items), (), worth, worth / self._case.rate, choice.rate, items
            )
        unit = choice.units[0]
        begin, end = int(units.begin[unit]), int(units.end[unit])
        return Question(
            "who", _text(items[0]), tuple(self._reasons(begin, end, items[0])), worth,
            worth / self._case.rate, choice.rate, items, self._candidates(begin, end, items[0]),
        )  # fmt: skip

    def _item(self, units: Units, unit: int) -> Item:
        begin, end = int(units.begin[unit]), int(units.end[unit])
        found = self._stretches
        shown = shown_frames(self._case, found, begin, end)
        track = int(found.track[begin])
        names = [self._name_at(begin, end, frame) for frame in shown]
        longest = begin + int(found.boxes[begin:end].argmax())
        worst = begin + int((self._risks * found.boxes)[begin:end].argmax())
        inside = [f for f in shown if found.first[worst] <= f <= found.last[worst]] or shown
        named = found.player[begin:end] != UNKNOWN
        lowest = found.lowest[begin:end][named if named.any() else ~named]
        return Item(
            track, int(found.first[begin]), int(found.last[end - 1]), self._name(longest),
            inside[len(inside) // 2], tuple(shown), tuple(names),
            float(found.boxes[begin:end].sum() / self._case.rate),
            float(lowest.min()), float(units.chance[unit]),
            float(units.boxes[unit]),
        )  # fmt: skip

    def _name(self, stretch: int) -> str:
        player = int(self._stretches.player[stretch])
        return "" if player == UNKNOWN else self._ledger.names[player]

    def _name_at(self, begin: int, end: int, frame: int) -> str:
        within = [s for s in range(begin, end) if self._stretches.first[s] <= frame]
        return self._name(within[-1] if within else begin)

    def _candidates(self, begin: int, end: int, item: Item) -> tuple[Candidate, ...]:
        """Who it may be: by the votes of its stretches, and by who is not seen elsewhere."""
        mine = _part(self._stretches, begin, end)
        names = self._ledger.names
        if not names:
            return ()
        nats = np.zeros(len(names) + 1)
        over, count = self._features.over_unknown(mine)
        if over.shape[1]:
            total = (over * np.minimum(count, _VOTES)[:, None]).sum(axis=0) / len(mine)
            nats[self._features.voters] = total
        free = self._features.free(mine).max(axis=0)
        known = len(self._case.players)
        nats[:known] -= _ELSEWHERE_NATS * (1 - free)
        if item.player:
            nats[names.index(item.player)] += _NOW_NATS + _ELSEWHERE_NATS
        for track, first, last, player in self._ledger.never:
            if track == item.track and first <= item.last and item.first <= last:
                nats[player] = -np.inf
        share = np.exp((nats - nats.max()) / _TEMPERATURE)
        share /= share.sum()
        best = np.argsort(-share[:-1], kind="stable")[:_CANDIDATES].tolist()
        found = [Candidate(names[n], float(share[n])) for n in best if np.isfinite(nats[n])]
        return (*found, Candidate("", float(share[-1])))

    def _reasons(self, begin: int, end: int, item: Item) -> list[str]:
        found, case = self._stretches, self._case
        reasons = []
        if item.player and item.sure < _UNSURE:
            reasons.append(f"the name is {item.sure:.0%} sure at its lowest")
        swaps = float(case.swap[found.begin[begin] : found.end[end - 1]].sum())
        if swaps > 0.5:
            reasons.append("it met others here closely enough to be mixed up")
        if len(set(item.shown_names)) > 1:
            listed = list(dict.fromkeys(name or "no name" for name in item.shown_names))
            reasons.append(f"its name changes: {', '.join(listed)}")
        elif not item.player:
            reasons.append("it has no name")
        if shirt := case.shirts.reason(item.track, item.first, item.last, item.player):
            reasons.append(shirt)
        return reasons


def _part(found: Stretches, begin: int, end: int) -> Stretches:
    columns = (getattr(found, name)[begin:end] for name in Stretches.__dataclass_fields__)
    return Stretches(*columns)


def _text(item: Item) -> str:
    names = set(item.shown_names)
    if len(names) == 1 and item.player:
        return f"Is this {item.player} all the time?"
    return "Who is this?" if names == {""} else "Who is this, from beginning to end?"


def _group_text(items: tuple[Item, ...]) -> str:
    kinds: set[bool] = {bool(name) for item in items for name in item.shown_names}
    if kinds == {False}:
        return f"Which of these {len(items)} are players?"
    if kinds == {True}:
        return f"Which of these {len(items)} are somebody else than their name says?"
    return f"Which of these {len(items)} are not right?"
