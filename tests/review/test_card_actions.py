"""What a page does to cards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worlds.cards import broken_tracks, card_case
from tracker.corrections.statements import CorrectionError
from tracker.review.card_actions import answers_of
from tracker.review.card_case import CardCase
from tracker.review.cards import Card, deal

WALKS = broken_tracks()


@pytest.fixture(scope="module")
def case() -> CardCase:
    return card_case(WALKS)


@pytest.fixture(scope="module")
def cards(case: CardCase) -> list[Card]:
    return deal(case)


def after(case: CardCase, dealt: list[Card], **body: Any) -> list[Card]:
    return deal(case, answers_of(body, dealt))


def spans(card: Card) -> set[tuple[int, int, int]]:
    return {(part.span.track, part.span.first, part.span.last) for part in card.parts}


def test_a_card_is_named_without_what_was_clicked_off(case: CardCase, cards: list[Card]) -> None:
    first = cards[0]
    off = first.parts[0].span
    (ada,) = (
        card
        for card in after(case, cards, action="name", card=first.id, player=" Ada ", off=[0])
        if card.player
    )
    assert ada.player == "Ada"
    assert spans(ada) == spans(first) - {(off.track, off.first, off.last)}


def test_no_player_goes_last(case: CardCase, cards: list[Card]) -> None:
    last = after(case, cards, action="no_player", card=cards[0].id)[-1]
    assert last.other
    assert spans(last) == spans(cards[0])


def test_a_split_card_is_two(case: CardCase, cards: list[Card]) -> None:
    first = cards[0]
    half = list(range(len(first.parts) // 2))
    found = after(case, cards, action="split", card=first.id, off=half)
    off = {(p.span.track, p.span.first, p.span.last) for p in first.parts[: len(half)]}
    assert not any(spans(card) & off and spans(card) - off for card in found)


def test_merged_cards_are_one_where_they_can_be() -> None:
    case = card_case([*broken_tracks(people=2, parts=1), (9, 2, 200, 300), (10, 3, 200, 300)])
    cards = deal(case)
    early = next(card for card in cards if card.spans[0].track == 1)
    late = next(card for card in cards if card.spans[0].track == 9)
    found = after(case, cards, action="merge", cards=[early.id, late.id])
    assert any({1, 9} == {part.span.track for part in card.parts} for card in found)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"action": "burn"}, "one of name"),
        ({"action": "name", "card": "x", "player": "Ada"}, "no card 'x' any more"),
        ({"action": "name", "card": 0}, "type a name"),
        ({"action": "name", "card": 0, "player": "Ada", "off": [999]}, "parts 0 to"),
        ({"action": "name", "card": 0, "player": "Ada", "off": "all"}, "parts 0 to"),
        ({"action": "split", "card": 0}, "choose the pictures"),
        ({"action": "split", "card": 0, "off": "every"}, "leave one"),
        ({"action": "merge", "cards": [0]}, "two cards"),
    ],
)
def test_what_cannot_be_done_is_one_line(cards: list[Card], body: dict[str, Any], why: str) -> None:
    """0 stands for the first card, "every" for all its parts."""
    body = {key: cards[0].id if value == 0 else value for key, value in body.items()}
    if body.get("cards") == [0]:
        body["cards"] = [cards[0].id]
    if body.get("off") == "every":
        body["off"] = list(range(len(cards[0].parts)))
    with pytest.raises(CorrectionError, match=why) as error:
        answers_of(body, cards)
    assert "\n" not in str(error.value)
