"""Whatever is seen and answered: every tracklet is on one card, and no name on two."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tracker.review.card_answers import APART, NAMED, OTHERS, SAME, CardAnswer, statements
from tracker.review.card_case import CardCase
from tracker.review.card_embeddings import Embeddings, Numbers
from tracker.review.card_missing import missing
from tracker.review.card_tracklets import Sightings
from tracker.review.cards import Card, deal


def drawn(rng: np.random.Generator) -> CardCase:
    """A few boxes anywhere, some of them described and read."""
    count = int(rng.integers(1, 60))
    places = np.stack([np.sort(rng.integers(1, 40, count)), rng.integers(1, 8, count)])
    frames, tracks = np.unique(places, axis=1)
    corner = rng.uniform(0, 300, (len(frames), 2))
    boxes = np.concatenate([corner, corner + rng.uniform(1, 200, corner.shape)], axis=1)
    seen = Sightings(frames, tracks, boxes, (640, 480), 25.0, (int(rng.integers(1, 40)),))
    described = int(rng.integers(0, len(frames) + 1))
    rows = np.sort(rng.choice(len(frames), described, replace=False))
    vectors = rng.normal(size=(described, int(rng.choice([1, 8, 64])))).astype(np.float32)
    vectors[: int(rng.integers(0, 2))] = np.nan
    numbers = Numbers(rows, rng.integers(-1, 12, described), rng.random(described))
    return CardCase.of(seen, Embeddings(rows, vectors), numbers if rng.random() < 0.5 else None)


def answered(rng: np.random.Generator, cards: list[Card]) -> CardAnswer:
    first, second = (cards[int(n)] for n in rng.integers(0, len(cards), 2))
    kind = str(rng.choice([NAMED, OTHERS, SAME, APART]))
    player = str(rng.choice(["Ada", "Bea", "Cleo"])) if kind == NAMED else ""
    spans = (*first.spans, *second.spans) if kind == SAME else first.spans
    return CardAnswer(kind, spans, player, second.spans if kind == APART else ())


@pytest.mark.parametrize("seed", range(40))
def test_every_tracklet_is_on_one_card_and_no_name_on_two(seed: int) -> None:
    rng = np.random.default_rng(seed)
    case = drawn(rng)
    cards, answers = deal(case), list[CardAnswer]()
    for _ in range(6):
        answers.append(answered(rng, cards))
        cards = deal(case, answers)
        parts = [part.span for card in cards for part in card.parts]
        assert len(set(parts)) == len(parts) == len(case.tracklets)
        names = [card.player for card in cards if card.player]
        assert len(set(names)) == len(names)
        assert len({card.id for card in cards}) == len(cards)
        assert {s.is_ for s in statements(answers, case.tracklets)} - {""} == set(names)
        json.dumps([*(card.tree() for card in cards), missing(case, cards).tree()])
