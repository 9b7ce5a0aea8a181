"""What is done to a card on a page, as answers that hold for its tracklets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.corrections.statements import CorrectionError
from tracker.review.card_answers import APART, NAMED, OTHERS, SAME, CardAnswer, Span
from tracker.review.cards import Card

NAME, NO_PLAYER, MERGE, SPLIT = ACTIONS = ("name", "no_player", "merge", "split")


def answers_of(body: Mapping[str, Any], cards: Sequence[Card]) -> list[CardAnswer]:
    """The answers in what a page sends.

    {"action": "name", "card": id, "player": "Ada", "off": [2, 5]}, where `off` are parts, by their
    place, that are somebody else; {"action": "no_player", "card": id, "off": []}; {"action":
    "merge", "cards": [id, id]}; {"action": "split", "card": id, "off": [0]}. Raises
    CorrectionError, also for cards that have been dealt anew meanwhile.
    """
    action = body.get("action")
    if action not in ACTIONS:
        raise CorrectionError(f"a card is done one of {', '.join(ACTIONS)} to, not {action!r}")
    if action == MERGE:
        merged = [_card(id_, cards) for id_ in body.get("cards", ())]
        if len(merged) < 2:
            raise CorrectionError("to merge, choose two cards at least")
        return [CardAnswer(SAME, tuple(span for card in merged for span in card.spans))]
    kept, off = _parted(_card(body.get("card"), cards), body.get("off", ()))
    player = str(body.get("player", "")).strip()
    if action == NAME and not player:
        raise CorrectionError("type a name, or say that it is no player")
    if action == SPLIT and not off:
        raise CorrectionError("to split a card, choose the pictures that are somebody else")
    answers = {
        NAME: [CardAnswer(NAMED, kept, player)] if player else [],
        NO_PLAYER: [CardAnswer(OTHERS, kept)],
        SPLIT: [],
    }[action]
    return [*answers, CardAnswer(APART, kept, others=off)] if off else answers


def _card(id_: object, cards: Sequence[Card]) -> Card:
    found = next((card for card in cards if card.id == id_), None)
    if found is None:
        raise CorrectionError(f"there is no card {str(id_)[:40]!r} any more; look at them again")
    return found


def _parted(card: Card, places: object) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Parts that stay, and those at these places."""
    if not isinstance(places, list | tuple) or not all(
        isinstance(place, int) and 0 <= place < len(card.parts) for place in places
    ):
        raise CorrectionError(f"card {card.id} has parts 0 to {len(card.parts) - 1}")
    off = tuple(card.parts[place].span for place in sorted(set(places)))
    kept = tuple(part.span for n, part in enumerate(card.parts) if n not in places)
    if not kept:
        raise CorrectionError("leave one picture on the card at least")
    return kept, off
