"""Names after statements: whose they are, from whom they are taken, which word holds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.report import SURE
from tests.worlds.stretches import Life, case_of, is_, names_at
from tracker.review.ledger import Ledger
from tracker.types import UNKNOWN, Visibility

ADA = Life(1, "Ada", [("visible", 40, SURE), ("occluded", 20, SURE), ("visible", 20, SURE)])
BEA = Life(2, "Bea", [("visible", 80, SURE)], x=120)
NEW = Life(3, "", [("visible", 80, 0.0)], x=200)
PLAYERS = ["Ada", "Bea", "Cy"]
CASE = case_of([ADA, BEA, NEW], PLAYERS)
HIDDEN = Life(4, "Cy", [("visible", 35, SURE), ("occluded", 30, SURE)], x=240)
FOUR = case_of([ADA, BEA, NEW, HIDDEN], PLAYERS)


def test_a_statement_names_its_frames_and_takes_the_name_from_others() -> None:
    ledger = Ledger(CASE)
    change = ledger.state([is_(3, "Ada", 11, 30)], 0)
    assert names_at(CASE, ledger, 10) == {1: "Ada", 2: "Bea", 3: ""}
    assert names_at(CASE, ledger, 20) == {1: "", 2: "Bea", 3: "Ada"}
    assert names_at(CASE, ledger, 31) == {1: "Ada", 2: "Bea", 3: ""}
    assert (change.boxes, change.tracks) == (40, {1, 3})


def test_who_is_seen_keeps_a_name_from_who_is_hidden() -> None:
    ledger = Ledger(CASE)
    ledger.state([is_(1, "Bea", 1, 80)], 0)
    assert names_at(CASE, ledger, 30) == {1: "Bea", 2: "", 3: ""}
    assert names_at(CASE, ledger, 50) == {1: "", 2: "Bea", 3: ""}  # track 1 is hidden there


def test_of_two_who_are_hidden_the_one_that_was_stated_has_the_name() -> None:
    ledger = Ledger(FOUR)
    ledger.state([is_(1, "Cy", 1, 80)], 0)
    assert names_at(FOUR, ledger, 50) == {1: "Cy", 2: "Bea", 3: "", 4: ""}


def test_the_newer_word_holds_and_says_which_older_it_overrules() -> None:
    ledger = Ledger(CASE)
    ledger.state([is_(3, "Cy", 1, 80)], 0)
    change = ledger.state([is_(2, "Cy", 41, 60)], 1)
    assert change.overruled == {0}
    assert names_at(CASE, ledger, 40)[3] == "Cy"
    assert names_at(CASE, ledger, 50) == {1: "", 2: "Cy", 3: ""} | {1: "Ada"}


def test_who_is_ruled_out_loses_the_name_there_only() -> None:
    ledger = Ledger(CASE)
    ledger.state([is_(2, "Bea", 21, 40, negated=True)], 0)
    assert [names_at(CASE, ledger, f)[2] for f in (20, 30, 41)] == ["Bea", "", "Bea"]
    assert ledger.never == [(2, 21, 40, 1)]


def test_somebody_new_may_be_named() -> None:
    ledger = Ledger(CASE)
    ledger.state([is_(3, "Dee", 1, 80)], 0)
    assert names_at(CASE, ledger, 5)[3] == "Dee"
    assert ledger.names == [*PLAYERS, "Dee"]


SPOKEN = st.lists(
    st.builds(
        lambda track, player, first, length, negated: is_(
            track, player, first, first + length, negated and bool(player)
        ),
        st.sampled_from([1, 2, 3]), st.sampled_from(["", *PLAYERS]),
        st.integers(1, 80), st.integers(0, 60), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@settings(deadline=None)
@given(SPOKEN)
def test_nobody_is_in_two_places_and_what_is_seen_is_counted(spoken) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger(CASE)
    for entry, statement in enumerate(spoken):
        ledger.state([statement], entry)
    rows = CASE.rows
    named = ledger.players != UNKNOWN
    keys = rows.frames[named].astype(np.int64) * 100 + ledger.players[named]
    assert len(np.unique(keys)) == len(keys)
    seen = np.zeros_like(ledger.seen)
    shown = np.flatnonzero(named & (rows.visibility == Visibility.VISIBLE))
    seen[ledger.players[shown], rows.place[shown]] = True
    assert np.array_equal(seen, ledger.seen)


@settings(deadline=None)
@given(SPOKEN)
def test_the_last_statement_holds_where_its_track_is_seen(spoken) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger(CASE)
    for entry, statement in enumerate(spoken):
        ledger.state([statement], entry)
        span = CASE.within(statement.track or 0, statement.first or 1, statement.last or 80)
        mine = CASE.order[span]
        mine = mine[CASE.rows.visible[mine]]
        names = {ledger.names[p] if p != UNKNOWN else "" for p in ledger.players[mine].tolist()}
        assert statement.is_ not in names if statement.negated else names <= {statement.is_}
