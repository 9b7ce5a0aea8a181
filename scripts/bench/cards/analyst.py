"""Somebody who knows everybody and names the cards in the order in which they are dealt.

A card gets its majority's name, after pictures of others have been clicked off, where they make up
a second or more; they go back to the other cards. A name is an answer, clicking off is another. A
card of nobody is an answer, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from tracker.review.card_answers import APART, NAMED, OTHERS, CardAnswer, spanned, spans_of
from tracker.review.cards import Card, deal
from tracker.types import Ints

from .run import CardRun

NOTICED_S = 1.0
"""For less than this in all, no picture is clicked off."""
SHORTEST_S = 0.2  # of a stretch that is clicked off
SMALLEST_S = 0.3  # of a card that is named
MOST_ANSWERS = 80


@dataclass
class Course:
    """f1: after 0, 1, 2, ... answers. cards: how many are dealt first, and of those named. clicks:
    pictures clicked off. purity: share of the first cards' boxes that are of their majority. given:
    the answers, `at` each: how many there were by then. named: f1 by names alone, clicks free."""

    f1: list[float] = field(default_factory=lambda: [0.0])
    named: list[float] = field(default_factory=lambda: [0.0])
    cards: int = 0
    clicks: int = 0
    purity: float = 0.0
    given: list[CardAnswer] = field(default_factory=list)

    def to_reach(self, f1: float, named: bool = False) -> int | None:
        """How many answers it takes; None: it is not reached."""
        curve = self.named if named else self.f1
        return next((n for n, value in enumerate(curve) if value >= f1), None)

    def after(self, answers: int) -> float:
        return self.f1[min(answers, len(self.f1) - 1)]


def perfect(run: CardRun, most: int = MOST_ANSWERS) -> Course:
    """Name cards until none is left that is worth it."""
    course, majority = Course(), run.majority()
    cards = deal(run.cards)
    course.cards, course.purity = len(cards), _purity(run, cards, majority)
    while len(course.f1) <= most:
        card = next((c for c in cards if _open(c)), None)
        if card is None:
            break
        off = _answer(run, card, majority, course)
        cards = deal(run.cards, course.given)
        f1 = run.f1(names_now(run, cards))
        course.f1 += [course.f1[-1]] * off + [f1]
        course.named.append(f1)
    return course


def names_now(run: CardRun, cards: list[Card]) -> Ints:
    """(N,) index of the name that each sighting has by its card, -1 where none."""
    tracklets = run.cards.tracklets
    players = np.full(len(tracklets), -1, np.int64)
    for card in cards:
        if card.player:
            players[spanned(card.spans, tracklets)] = run.names.index(card.player)
    return players[tracklets.of]


def _open(card: Card) -> bool:
    return not card.player and not card.other and card.seconds >= SMALLEST_S


def _answer(run: CardRun, card: Card, majority: Ints, course: Course) -> bool:
    """Take a card's answers in; whether pictures were clicked off."""
    tracklets, seconds = run.cards.tracklets, run.cards.seconds
    members = np.array(spanned(card.spans, tracklets))
    most = _most(majority[members], seconds[members])
    off = members[(majority[members] != most) & (seconds[members] >= SHORTEST_S)]
    if seconds[off].sum() < NOTICED_S:
        off = off[:0]
    kept = spans_of(np.setdiff1d(members, off), tracklets)
    named = most >= 0
    course.given.append(
        CardAnswer(NAMED, kept, run.names[most]) if named else CardAnswer(OTHERS, kept)
    )
    if len(off):
        course.given.append(CardAnswer(APART, kept, others=spans_of(off, tracklets)))
        course.clicks += len(off)
    return bool(len(off))


def _most(labels: Ints, weights: np.ndarray) -> int:
    total: Counter[int] = Counter()
    for label, weight in zip(labels.tolist(), weights.tolist(), strict=True):
        total[label] += weight
    return total.most_common(1)[0][0]


def _purity(run: CardRun, cards: list[Card], majority: Ints) -> float:
    tracklets, pure = run.cards.tracklets, 0
    for card in cards:
        members = np.array(spanned(card.spans, tracklets))
        counts = tracklets.counts[members]
        pure += int(counts[majority[members] == _most(majority[members], counts)].sum())
    return pure / max(1, int(tracklets.counts.sum()))
