"""What is asked first, what an answer does to what is asked next, and when it ends."""

from __future__ import annotations

import json

import pytest

from tests.worlds.report import LOW, SURE
from tests.worlds.stretches import Life, case_of, is_, names_at
from tracker.review.engine import Engine
from tracker.review.question import Entry, Question

FULL = [("visible", 200, SURE)]
SURELY = [Life(n, name, FULL, x=60 * n) for n, name in enumerate(("Ada", "Bea", "Cy"), 1)]
NAMELESS = Life(4, "", [("visible", 150, 0.0)], first=51, x=240)
SHORT = Life(5, "", [("visible", 20, 0.0)], first=100, x=10)
UNSURE = Life(6, "Dee", [("visible", 60, LOW), ("visible", 140, SURE)], x=30)
PLAYERS = ["Ada", "Bea", "Cy", "Dee", "Eva"]
LIKE_EVA = {"Eva": 0.0, "": -1.0}
VOTES = [(4, 60, LIKE_EVA), (4, 100, LIKE_EVA)]
DOUBTS = [(frame, 6, 1, 0.1) for frame in range(20, 60, 5)]


def engine_of(*lives: Life) -> Engine:
    return Engine(case_of([*SURELY, *lives], PLAYERS, VOTES, DOUBTS))


def test_a_player_without_a_name_for_most_of_a_run_comes_before_a_sure_name() -> None:
    singles = engine_of(NAMELESS, SHORT).ask(9, groups=False)
    assert singles[0].items[0].track == 4
    assert singles[0].text == "Who is this?"
    assert singles[0].candidates[0].player == "Eva"
    assert [q.worth_boxes for q in singles] == sorted(
        (q.worth_boxes for q in singles), reverse=True
    )


def test_it_begins_with_a_group_of_all_that_may_be_wrong() -> None:
    (first,) = engine_of(NAMELESS, UNSURE).ask()
    assert first.kind == "which"
    assert {4, 6} <= {item.track for item in first.items}
    assert all(len(item.shown) == len(item.shown_names) <= 16 for item in first.items)


def test_who_is_ticked_is_asked_about_next_and_the_rest_no_more() -> None:
    engine = engine_of(NAMELESS, UNSURE)
    (group,) = engine.ask()
    ticked = next(n for n, item in enumerate(group.items) if item.track == 4)
    engine.add(Entry("ticked", (), group, (ticked,)))
    (who,) = engine.ask()
    assert (who.kind, who.items[0].track, who.items[0].chance) == ("who", 4, 1.0)
    engine.add(Entry("is", (is_(4, "Eva", 51, 200),), who))
    assert names_at(engine.case, engine.ledger, 100)[4] == "Eva"
    assert all(item.track != 4 for q in engine.ask(20) for item in q.items)


def test_it_ends_when_everything_was_gone_through() -> None:
    engine, n = engine_of(NAMELESS), 0
    while question := next(iter(engine.ask()), None):
        engine.add(
            Entry("ticked" if question.kind == "which" else "right", _same(question), question)
        )
        n += 1
        assert n < 20
    assert "boxes" in (engine.end() or "")


def _same(question: Question):  # type: ignore[no-untyped-def]
    if question.kind == "which":
        return ()
    item = question.items[0]
    return (is_(item.track, item.player, item.first, item.last),)


def test_an_answer_is_taken_back_as_if_it_had_not_been() -> None:
    engine = engine_of(NAMELESS, UNSURE)
    before, names = engine.ask(5), engine.ledger.players.copy()
    entry = Entry("said", (is_(4, "Ada", 51, 200),))
    engine.add(entry)
    assert (engine.ledger.players != names).any()
    assert engine.pop() == entry
    assert engine.ask(5) == before
    assert (engine.ledger.players == names).all()
    with pytest.raises(IndexError):
        engine.pop()


def test_what_nobody_knows_is_not_asked_again() -> None:
    engine = engine_of(NAMELESS)
    (who,) = [q for q in engine.ask(9, groups=False) if q.items[0].track == 4]
    engine.add(Entry("unknown", (), who))
    assert all(item.track != 4 for q in engine.ask(9, groups=False) for item in q.items)


def test_answers_show_which_kind_of_mistake_this_run_has() -> None:
    others = [Life(n, "", [("visible", 100, 0.0)], first=60, x=20 * n) for n in range(10, 16)]
    engine = engine_of(*others)
    first, second = engine.ask(2, groups=False)
    risk = second.items[0].chance
    engine.add(Entry("right", (is_(first.items[0].track, "", 60, 159),), first))
    (again,) = [q for q in engine.ask(9, groups=False) if q.id == second.id]
    assert again.items[0].chance < risk


def test_a_displaced_name_is_asked_about() -> None:
    engine = engine_of(NAMELESS)
    engine.add(Entry("said", (is_(4, "Ada", 51, 200),)))
    listed = [q for q in engine.ask(9, groups=False) if q.items[0].track == 1]
    assert "" in listed[0].items[0].shown_names


def test_a_question_is_json_and_back_and_has_one_id() -> None:
    engine = engine_of(NAMELESS, UNSURE)
    for question in engine.ask(5):
        tree = json.loads(json.dumps(question.tree()))
        again = Question.of_tree(tree)
        assert (again, again.id) == (question, tree["id"])
    assert engine_of(NAMELESS, UNSURE).ask(5) == engine.ask(5)


def test_what_is_likely_wrong_shrinks_with_answers() -> None:
    engine = engine_of(NAMELESS, UNSURE)
    before = engine.uncertain_s()
    engine.add(Entry("said", (is_(4, "Eva", 51, 200),)))
    assert engine.uncertain_s() < before


def test_a_run_without_votes_and_players_can_be_asked_about() -> None:
    case = case_of([Life(1, "", FULL), Life(2, "", FULL, x=90)], [])
    (question,) = Engine(case).ask()
    assert {item.track for item in question.items} == {1, 2}
