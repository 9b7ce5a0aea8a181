"""A joint solution under answers: it fills, and renames nobody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.worlds.report import SURE
from tests.worlds.stretches import Life, case_of, is_, names_at
from tracker.review.filled import filled
from tracker.review.ledger import Ledger
from tracker.types import UNKNOWN

FULL = [("visible", 40, SURE)]
LIVES = [Life(n, name, FULL, x=50.0 * n) for n, name in enumerate(("Ada", "Bea", "", ""), 1)]
CASE = case_of(LIVES, ["Ada", "Bea", "Cy"])


def after(solved: dict[int, str], *stated) -> dict[int, str]:  # type: ignore[no-untyped-def]
    """Names that tracks have, where a solution says these."""
    ledger = Ledger(CASE)
    ledger.state(stated, 0)
    names = ["Ada", "Bea", "Cy"]
    codes = [names.index(n) if (n := solved.get(t, "")) else UNKNOWN for t in CASE.rows.tracks]
    rows = replace(CASE.rows, names=names, players=np.array(codes, np.int32))
    found = replace(CASE, rows=filled(ledger, CASE.rows, rows))
    again = Ledger(found)
    again.state(stated, 0)
    return names_at(found, again, 20)


def test_answers_find_the_names_that_they_were_about() -> None:
    ledger = Ledger(CASE)
    ledger.state([is_(1, "Cy", 1, 40)], 0)
    rows = filled(ledger, CASE.rows, CASE.rows)
    assert [rows.names[p] for p in rows.players[:2]] == ["Ada", "Bea"]


def test_who_has_no_name_gets_that_of_the_solution() -> None:
    assert after({1: "Ada", 2: "Bea", 3: "Cy"}) == {1: "Ada", 2: "Bea", 3: "Cy", 4: ""}


def test_nobody_is_renamed() -> None:
    assert after({1: "Bea", 2: "Ada"}) == {1: "Ada", 2: "Bea", 3: "", 4: ""}


def test_nobody_gets_the_name_of_somebody_who_is_seen() -> None:
    assert after({3: "Ada"})[3] == ""


def test_who_was_stated_to_be_nobody_stays_so() -> None:
    assert after({3: "Cy"}, is_(3, "", 1, 40))[3] == ""


def test_who_lost_a_name_to_an_answer_may_get_another() -> None:
    assert after({1: "Cy"}, is_(3, "Ada", 1, 40)) == {1: "Cy", 2: "Bea", 3: "Ada", 4: ""}


def test_of_two_that_a_solution_gives_one_name_one_has_it() -> None:
    assert sorted(after({3: "Cy", 4: "Cy"}).values()) == ["", "Ada", "Bea", "Cy"]
