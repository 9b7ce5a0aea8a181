"""What is said of kits, and what files say of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.kits.test_binding import PLAYERS, scene
from tests.kits.test_kits import ALL
from tracker.corrections.in_force import in_force
from tracker.corrections.record import StoredCorrection
from tracker.kits.binding import bound
from tracker.kits.facts import KitFact, roles_of, unbound_line
from tracker.kits.stated_kits import StatedKit, stated_by_kit

TWO = replace(PLAYERS, names=("Ajax", "PSV"))
NOBODY = np.zeros((len(ALL), 6))


def test_what_is_said_of_one_kit_binds_both() -> None:
    kits, worn = scene()
    binding = bound(worn, NOBODY, TWO, kits, {0: "PSV"})
    assert binding[0, 1] > 0.99
    assert binding[1, 0] > 0.9


def test_a_kit_that_is_said_to_be_a_referees_is_no_teams() -> None:
    kits, worn = scene()
    assert bound(worn, NOBODY, TWO, kits, {0: "referee"})[0, -1] > 0.99


def test_it_is_the_kit_that_the_tracks_wear_and_the_last_word_holds() -> None:
    _, worn = scene()
    stated = [StatedKit((0, 1), "Ajax"), StatedKit((5,), "PSV"), StatedKit((2,), "other")]
    assert stated_by_kit(stated, worn) == {0: "other", 1: "PSV"}


def test_of_tracks_that_are_gone_nothing_is_said() -> None:
    _, worn = scene()
    assert stated_by_kit([StatedKit((999,), "Ajax"), StatedKit((), "PSV")], worn) == {}


def test_a_kit_of_goalkeepers_and_one_of_referees_are_called_so() -> None:
    worn = np.array([[0.0, 1, 0, 0], [0.0, 0, 1, 0], [1.0, 0, 0, 0], [1.0, 0, 0, 0]])
    keeper, referee = np.array([1, 0, 0, 1], bool), np.array([0, 1, 0, 0], bool)
    assert roles_of(worn, np.full(4, 0.95), keeper, referee) == ["", "goalkeeper", "referee"]
    assert roles_of(worn, np.full(4, 0.5), keeper, referee) == ["", "", ""]  # nobody is sure


def fact(name: str, team: str, role: str = "team") -> KitFact:
    return KitFact(name, "#aa0000", "#ffffff", 4.0, role, team, 0.5, ())


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ([], ""),
        ([fact("Ajax", "Ajax"), fact("PSV", "PSV")], ""),
        ([fact("Ajax", "Ajax"), fact("blue", "")], "no kit is surely that of PSV: "),
        ([fact("red", ""), fact("grey", "", "other")], "2 teams (Ajax, PSV), and one kit is seen"),
    ],
)
def test_teams_that_bind_to_no_kit_are_one_line(facts: list[KitFact], line: str) -> None:
    found = unbound_line(facts, ("Ajax", "PSV"))
    assert line in found
    assert bool(line) == bool(found)


def test_what_is_said_of_a_kit_is_kept_and_says_nothing_of_names() -> None:
    stated = StoredCorrection(
        text="kit red is Ajax", is_="", spans=((3, 1, 1),), at=((1, 1, 2, 3, 4),), wears="Ajax"
    )
    assert stated.kit == "red"
    again = StoredCorrection.model_validate(stated.model_dump(mode="json", by_alias=True))
    assert again == stated
    assert not list(stated.user_constraints(["Ann"]))
    somebody = StoredCorrection(text="track 3 is Ann", is_="Ann", spans=((3, 1, 9),))
    assert "wears" not in somebody.model_dump(mode="json", by_alias=True)
    assert not in_force([somebody, stated]).overruled
