"""Cards bring the tracklets of one person together, and take answers in."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.worlds.cards import broken_tracks, card_case, embeddings, person_of, sightings
from tracker.corrections.statements import CorrectionError
from tracker.review.card_answers import (
    APART,
    NAMED,
    OTHERS,
    SAME,
    CardAnswer,
    Span,
    persons,
    spanned,
    statements,
)
from tracker.review.card_case import CardCase
from tracker.review.card_embeddings import Embeddings, Numbers
from tracker.review.card_missing import missing
from tracker.review.card_tracklets import Sightings
from tracker.review.cards import SHOWN, Card, deal
from tracker.types import NO_NUMBER

WALKS = broken_tracks()
PERSON = {track: person for track, person, *_ in WALKS}


def people_on(card: Card) -> set[int]:
    return {PERSON[span.track] for span in card.spans}


@pytest.fixture(scope="module")
def case() -> CardCase:
    return card_case(WALKS)


def test_tracks_of_one_person_come_together(case: CardCase) -> None:
    cards = deal(case)
    assert len(cards) == 6
    assert all(len(people_on(card)) == 1 for card in cards)
    assert sum(card.seconds for card in cards) == pytest.approx(len(case.seen) / case.seen.fps)


def twins() -> tuple[Sightings, np.ndarray]:
    """And who each looks like: 0 like 1, 2 like 3, 4 like 5."""
    seen = sightings(WALKS)
    return seen, person_of(WALKS, seen) // 2


def test_people_seen_at_one_time_are_never_on_one_card() -> None:
    """However alike they look."""
    seen, like = twins()
    cards = deal(CardCase.of(seen, embeddings(like)))
    assert 6 <= len(cards) < len(WALKS)
    for card in cards:
        spans = sorted(card.spans, key=lambda span: span.first)
        assert all(a.last < b.first for a, b in pairwise(spans))


def test_without_any_picture_a_card_is_a_track() -> None:
    none = Embeddings(np.zeros(0, np.int64), np.zeros((0, 1), np.float32))
    cards = deal(CardCase.of(sightings(WALKS), none))
    assert sorted(s.track for c in cards for s in c.spans) == sorted(PERSON)
    assert len(cards) == len(WALKS)


def test_nobody_seen_is_no_card() -> None:
    seen = sightings(WALKS)
    none = replace(seen, frames=seen.frames[:0], tracks=seen.tracks[:0], boxes=seen.boxes[:0])
    empty = Embeddings(np.zeros(0, np.int64), np.zeros((0, 1), np.float32))
    assert deal(CardCase.of(none, empty)) == []


def test_a_name_goes_to_all_of_a_card(case: CardCase) -> None:
    first = deal(case)[0]
    answers = [CardAnswer(NAMED, first.spans, "Ada")]
    named = [card for card in deal(case, answers) if card.player]
    assert [card.player for card in named] == ["Ada"]
    assert people_on(named[0]) == people_on(first)
    said = statements(answers, case.tracklets)
    assert {s.track for s in said} == {span.track for span in first.spans}
    assert {s.is_ for s in said} == {"Ada"}
    assert deal(case, answers)[0].player == "", "a card that has no name yet comes first"


def test_two_cards_of_one_name_are_one(case: CardCase) -> None:
    one, other = deal(case)[:2]
    answers = [CardAnswer(NAMED, one.spans, "Ada"), CardAnswer(NAMED, other.spans[:1], "Bea")]
    assert len([c for c in deal(case, answers) if c.player]) == 2
    split = [CardAnswer(NAMED, one.spans[:1], "Ada"), CardAnswer(NAMED, one.spans[1:], "Ada")]
    (ada,) = (card for card in deal(case, split) if card.player)
    assert people_on(ada) == people_on(one)


def test_what_is_like_a_named_card_joins_it_and_is_marked_as_not_said(case: CardCase) -> None:
    first = deal(case)[0]
    ada = next(c for c in deal(case, [CardAnswer(NAMED, first.spans[:1], "Ada")]) if c.player)
    assert people_on(ada) == people_on(first)
    said = {part.span.track for part in ada.parts if part.named}
    assert said == {first.spans[0].track}


def test_parts_that_were_taken_off_do_not_come_back(case: CardCase) -> None:
    first = deal(case)[0]
    off, kept = first.spans[:1], first.spans[1:]
    answers = [CardAnswer(NAMED, kept, "Ada"), CardAnswer(APART, kept, others=off)]
    ada = next(card for card in deal(case, answers) if card.player)
    assert off[0].track not in {span.track for span in ada.spans}


def test_a_newer_name_wins_and_says_so_in_the_statements(case: CardCase) -> None:
    first = deal(case)[0]
    answers = [CardAnswer(NAMED, first.spans, "Ada"), CardAnswer(NAMED, first.spans[:1], "Bea")]
    names = {s.track: s.is_ for s in statements(answers, case.tracklets)}
    assert names[first.spans[0].track] == "Bea"
    assert names[first.spans[1].track] == "Ada"


def test_cards_said_to_be_one_person_are_and_get_the_name_of_either(case: CardCase) -> None:
    one, other = deal(case)[:2]
    swapped = (*one.spans[:1], *other.spans[1:2])
    together = [CardAnswer(SAME, swapped)]
    card = next(c for c in deal(case, together) if swapped[0] in c.spans)
    assert swapped[1] in card.spans
    named = [CardAnswer(NAMED, swapped[:1], "Ada"), *together]
    tracks = {s.track for s in statements(named, case.tracklets) if s.is_ == "Ada"}
    assert tracks == {span.track for span in swapped}


def test_somebody_who_is_no_player_is_last_and_a_negative(case: CardCase) -> None:
    first = deal(case)[0]
    answers = [CardAnswer(OTHERS, first.spans)]
    last = deal(case, answers)[-1]
    assert last.other
    assert last.group == "others"
    assert people_on(last) == people_on(first)
    assert {s.negative for s in statements(answers, case.tracklets)} == {"_others"}


def test_who_stands_still_is_asked_about_last() -> None:
    walks = broken_tracks()
    seen = sightings(walks)
    boxes, still = seen.boxes.copy(), person_of(walks, seen) == 0
    boxes[still] = [1700, 900, 1750, 1020]
    cards = deal(CardCase.of(replace(seen, boxes=boxes), embeddings(person_of(walks, seen))))
    assert people_on(cards[-1]) == {0}


def test_numbers_tell_twins_apart() -> None:
    seen, like = twins()
    rows = np.arange(0, len(seen), 5)
    numbers = Numbers(rows, person_of(WALKS, seen)[rows] + 1, np.ones(len(rows)))
    mixed = deal(CardCase.of(seen, embeddings(like)))
    assert any(len(people_on(card)) > 1 for card in mixed)
    cards = deal(CardCase.of(seen, embeddings(like), numbers))
    assert all(len(people_on(card)) == 1 for card in cards)
    assert {card.number for card in cards} == {1, 2, 3, 4, 5, 6}


def test_a_reading_that_is_not_sure_is_none() -> None:
    seen, like = twins()
    rows = np.arange(0, len(seen), 5)
    unsure = Numbers(rows, person_of(WALKS, seen)[rows] + 1, np.full(len(rows), 0.3))
    cards = deal(CardCase.of(seen, embeddings(like), unsure))
    assert {card.number for card in cards} == {NO_NUMBER}


def test_pictures_are_boxes_of_the_card(case: CardCase) -> None:
    places = set(zip(case.seen.tracks.tolist(), case.seen.frames.tolist(), strict=True))
    for card in deal(case):
        assert 0 < len(card.shown) <= SHOWN
        assert {(s.track, s.frame) for s in card.shown} <= places
        assert [s.frame for s in card.shown] == sorted(s.frame for s in card.shown)
        tree = card.tree()
        assert tree["clip"]["track"] in {part["track"] for part in tree["parts"]}
        assert sum(part["seconds"] for part in tree["parts"]) == pytest.approx(
            card.seconds, abs=0.1
        )


def test_the_same_answers_deal_the_same_cards(case: CardCase) -> None:
    answers = [CardAnswer(NAMED, deal(case)[0].spans, "Ada")]
    again = card_case(WALKS)
    assert [c.tree() for c in deal(case, answers)] == [c.tree() for c in deal(again, answers)]


@pytest.mark.parametrize(
    "answer",
    [
        CardAnswer(NAMED, (Span(1, 2, 3),), "Ada"),
        CardAnswer(OTHERS, (Span(1, 2, 3), Span(4, 5, 6))),
        CardAnswer(APART, (Span(1, 2, 3),), others=(Span(4, 5, 6),)),
    ],
)
def test_answers_are_kept_as_json(answer: CardAnswer) -> None:
    assert CardAnswer.of(answer.tree()) == answer


@pytest.mark.parametrize(
    "tree",
    [{}, {"kind": "named", "spans": [[1, 2, 3]]}, {"kind": "who", "spans": []},
     {"kind": "same", "spans": [[1, 2]]}, {"kind": "same", "spans": ["abc"]}],
)  # fmt: skip
def test_an_answer_that_is_none_is_one_clear_line(tree: dict[str, object]) -> None:
    with pytest.raises(CorrectionError, match="an answer on a card is") as error:
        CardAnswer.of(tree)
    assert "\n" not in str(error.value)


def test_an_answer_of_tracks_that_are_gone_changes_nothing(case: CardCase) -> None:
    gone = [CardAnswer(NAMED, (Span(999, 1, 50),), "Ada")]
    assert not persons(gone, case.tracklets).of
    assert [c.spans for c in deal(case, gone)] == [c.spans for c in deal(case)]


def test_who_is_missing_is_said_with_a_place_to_look(case: CardCase) -> None:
    cards = deal(case)
    answers = [CardAnswer(NAMED, card.spans, f"P{n}") for n, card in enumerate(cards[:5])]
    found = missing(case, deal(case, answers), roster=[f"P{n}" for n in range(6)])
    assert (found.expected, found.named, found.players) == (6, 5, ("P5",))
    assert found.tracks
    assert {PERSON[track] for track in found.tracks} == people_on(cards[5])
    assert found.in_view == 6
    assert found.sentence.startswith("6 expected, 5 named: who is P5?")


def test_nobody_is_missing_where_all_have_a_name(case: CardCase) -> None:
    answers = [CardAnswer(NAMED, card.spans, f"P{n}") for n, card in enumerate(deal(case))]
    found = missing(case, deal(case, answers), expected=6)
    assert found.sentence == "6 expected, 6 named"
    assert (found.frame, found.tracks) == (None, ())


def test_spans_find_their_tracklets_again(case: CardCase) -> None:
    for card in deal(case):
        members = spanned(card.spans, case.tracklets)
        assert case.tracklets.counts[members].sum() / case.seen.fps == pytest.approx(card.seconds)


def test_two_who_have_names_are_two_people() -> None:
    """Twins, of whom one is named early and the other late, so that they are never seen at once."""
    seen, like = twins()
    case = CardCase.of(seen, embeddings(like))
    early, late = (Span(t, first, last) for t, person, first, last in (WALKS[0], WALKS[5]))
    assert PERSON[early.track] != PERSON[late.track]
    answers = [CardAnswer(NAMED, (early,), "Ada"), CardAnswer(NAMED, (late,), "Bea")]
    assert sorted(card.player for card in deal(case, answers) if card.player) == ["Ada", "Bea"]
