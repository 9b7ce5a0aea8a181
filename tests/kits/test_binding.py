"""Whose kit is whose, and what that says of names."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kits.test_kits import ALL, RED, TEAMS, match
from tracker.kits.binding import Wearers, bound, called, kit_nats
from tracker.kits.kits import Kits
from tracker.types import Doubles

PLAYERS = Wearers(np.array([0, 0, 1, 1, 1]), np.array([False, False, False, False, True]))
"""Two of team 0, two of team 1 and its goalkeeper."""
LIMIT = 2.0


def scene() -> tuple[Kits, Doubles]:
    """Kits and who wears which: five reds, four whites, a yellow one, a blue one."""
    colors = match(ALL)
    kits = Kits.of(colors)
    assert kits is not None
    return kits, kits.probabilities(colors.counts()[: len(ALL)])


def told(tracks: list[int], player: int, nats: float = 3.0) -> Doubles:
    """(N, P + 1): these tracks look like this player."""
    found = np.zeros((len(ALL), 6))
    found[tracks, player] = nats
    return found


def test_one_player_who_is_known_binds_both_kits() -> None:
    kits, worn = scene()
    binding = bound(worn, told([0, 1], 2), PLAYERS, kits)
    assert binding.sum(axis=1) == pytest.approx(1)
    assert binding[0, 1] > 0.9
    assert binding[1, 0] > 0.7


def test_nothing_said_binds_nothing() -> None:
    kits, worn = scene()
    binding = bound(worn, np.zeros((len(ALL), 6)), PLAYERS, kits)
    assert binding[0, 0] == pytest.approx(binding[0, 1])
    assert not (kit_nats(worn, binding, PLAYERS, kits, LIMIT)[:9, :4] < -0.5).any()


def test_a_kit_of_the_other_team_speaks_against_a_name_and_forbids_nothing() -> None:
    kits, worn = scene()
    nats = kit_nats(worn, bound(worn, told([0, 1], 2), PLAYERS, kits), PLAYERS, kits, LIMIT)
    assert (nats[:5, :2] < -1).all()  # team 0 does not wear red
    assert (nats[:5, 2:4] == 0).all()
    assert nats.min() >= -LIMIT
    assert (nats[:, -1] == 0).all()


def test_a_goalkeeper_is_looked_for_among_other_kits() -> None:
    kits, worn = scene()
    nats = kit_nats(worn, bound(worn, told([0, 1], 2), PLAYERS, kits), PLAYERS, kits, LIMIT)
    assert (nats[:9, 4] < -1).all()
    assert (nats[9:, 4] == 0).all()


def test_a_player_of_no_team_is_not_judged_by_kits() -> None:
    kits, worn = scene()
    loose = Wearers(np.array([0, 1, -1]), np.zeros(3, bool))
    said = np.zeros((len(ALL), 4))
    said[:5, 0] = 3
    nats = kit_nats(worn, bound(worn, said, loose, kits), loose, kits, LIMIT)
    assert not nats[:, 2].any()


def test_of_whom_nothing_is_seen_nothing_is_said() -> None:
    kits, worn = scene()
    binding = bound(worn, told([0, 1], 2), PLAYERS, kits)
    assert not kit_nats(np.zeros_like(worn), binding, PLAYERS, kits, LIMIT).any()


def test_a_team_that_binds_to_no_kit_is_not_judged() -> None:
    """A gallery of somebody else's match."""
    colors = match([(RED, RED)] * 5)
    kits = Kits.of(colors)
    assert kits is not None
    worn = kits.probabilities(colors.counts()[:5])
    nats = kit_nats(worn, np.array([[0.0, 0.0, 1.0]]), PLAYERS, kits, LIMIT)
    assert not nats[:, :4].any()


def test_a_kit_that_is_bound_is_called_by_its_team() -> None:
    binding = np.array([[0.98, 0.01, 0.01], [0.5, 0.4, 0.1], [0.95, 0.0, 0.05]])
    words = ["red", "white", "yellow"]
    assert called(words, binding, ["Ajax", "PSV"]) == ["Ajax", "white", "Ajax (yellow)"]


def test_two_kits_are_never_called_alike() -> None:
    binding = np.array([[0.98, 0.02], [0.1, 0.9], [0.1, 0.9]])
    assert len(set(called(["white", "red", "blue"], binding, ["red"]))) == 3


def test_teams_are_those_of_most_people() -> None:
    kits, _ = scene()
    assert kits.teams.sum() == 2
    assert len(TEAMS) < len(ALL)


def test_stated_colours_bind_kits_without_a_name() -> None:
    kits, worn = scene()
    stated = Wearers(PLAYERS.team, PLAYERS.own_kit, (("#ffffff",), ("#d00000",)))
    binding = bound(worn, np.zeros((len(ALL), 6)), stated, kits)
    assert binding[0, 1] > 0.9  # red
    assert binding[1, 0] > 0.9


def test_one_stated_colour_binds_the_other_kit_too() -> None:
    kits, worn = scene()
    half = Wearers(PLAYERS.team, PLAYERS.own_kit, ((), ("#c01010",)))
    binding = bound(worn, np.zeros((len(ALL), 6)), half, kits)
    assert binding[0, 1] > 0.8
    assert binding[1, 0] > 0.5


def test_a_colour_that_nobody_wears_binds_nothing() -> None:
    kits, worn = scene()
    odd = Wearers(PLAYERS.team, PLAYERS.own_kit, (("#00c000",), ()))
    binding = bound(worn, np.zeros((len(ALL), 6)), odd, kits)
    assert binding[:2, 0].max() < 0.9
