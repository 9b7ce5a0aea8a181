"""The bench of cards: somebody who knows everybody needs about one answer a person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cards.analyst import Course, names_now, perfect
from cards.run import CardRun
from review_cards import area, row_of

from tests.worlds.cards import broken_tracks, card_case, person_of
from tracker.review.cards import deal
from tracker.types import Ints

WALKS = broken_tracks(people=5)
NAMES = tuple("ABCD")
"""The fifth person is no player."""


def run_of(who: Ints | None = None) -> CardRun:
    """who: (N,) as in CardRun."""
    case = card_case(WALKS)
    person = person_of(WALKS, case.seen)
    player = np.where(person < 4, person, -1) if who is None else who
    on = player[:, None] == np.arange(4)
    return CardRun(case, NAMES, on, player, np.ones(len(player), bool), int(on.sum()), 1.0, 1.0)


def test_an_answer_a_person_names_a_clean_run() -> None:
    run = run_of()
    course = perfect(run)
    assert course.f1[-1] == 1
    assert len(course.f1) - 1 == 5, "four players, and somebody who is none"
    assert (course.cards, course.clicks, course.purity) == (5, 0, 1.0)
    assert course.to_reach(0.9) in (4, 5)
    assert course.to_reach(1.1) is None
    assert course.after(99) == 1
    assert run.present == list(NAMES)


def test_who_is_on_somebody_elses_card_is_clicked_off_and_that_is_an_answer() -> None:
    run = run_of()
    first = deal(run.cards)[0].spans[0].track
    who = run.who.copy()
    mine = run.cards.seen.tracks == first
    who[mine] = (who[mine] + 1) % 4
    course = perfect(run_of(who))
    assert course.clicks > 0
    assert len(course.f1) > len(course.named)
    assert course.f1[-1] == pytest.approx(course.named[-1])


def test_f1_is_that_of_names_on_boxes() -> None:
    run = run_of()
    nobody, right = np.full(len(run.who), -1), run.who
    assert run.f1(nobody) == 0
    assert run.f1(right) == 1
    half = np.where(np.arange(len(right)) % 2 == 0, right, -1)
    named = int((half >= 0).sum())
    assert run.f1(half) == pytest.approx(2 * named / (named + run.wanted))
    uncounted = replace(run, counted=run.who >= 0)
    assert uncounted.f1(np.where(right < 0, 0, right)) == 1


def test_no_card_has_a_name_before_the_first_answer() -> None:
    run = run_of()
    assert (names_now(run, deal(run.cards)) == -1).all()


def test_the_table_says_shares_of_the_ceiling() -> None:
    run = replace(run_of(), ceiling_cut=0.5)
    row = row_of(run, Course(f1=[0.0, 0.2, 0.45], named=[0.0, 0.45]))
    assert (row["at 0.5"], row["end"], row["answers"]) == (0.9, 0.9, 2)
    assert (row["to .9 cut"], row["clicks free"], row["to .9 ceiling"]) == (2, 1, None)
    assert area(run, Course(f1=[0.5])) == 1
