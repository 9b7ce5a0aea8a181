"""Which kits are found in what tracks wear, and who wears which."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.kits.kits import NO_KIT, Kits, likeliest
from tracker.kits.online_kits import OnlineKits
from tracker.kits.track_colors import TrackColors
from tracker.kits.track_kits import TrackKits
from tracker.observation.shirt_palette import COLORS, HUE_WORDS
from tracker.types import COLORS_WIDTH, Floats, Ints

WHITE, BLACK = 4, 0
RED, YELLOW, BLUE = (5 + HUE_WORDS.index(word) for word in ("red", "yellow", "blue"))


def worn(shirt: int, shorts: int, rng: np.random.Generator, noise: float = 0.2) -> Floats:
    """(58,) of one look at somebody: mostly two colours, and a few pixels of others."""
    found = rng.dirichlet(np.full(COLORS, 0.3), 2) * noise
    found[0, shirt] += 0.5
    found[1, shorts] += 0.5
    return found.ravel().astype(np.float32)


def match(wear: list[tuple[int, int]], looks: int = 30, seed: int = 0) -> TrackColors:
    """A track for each of `wear`, seen in all frames."""
    rng, colors = np.random.default_rng(seed), TrackColors()
    tracks = np.arange(len(wear))
    for look in range(looks):
        seen = np.array([worn(shirt, shorts, rng) for shirt, shorts in wear])
        colors.add(tracks, tracks, seen, look / 5)
    return colors


TEAMS = [(RED, WHITE)] * 5 + [(WHITE, BLUE)] * 4
ALL = [*TEAMS, (YELLOW, BLACK), (BLUE, BLUE)]


def kit_of(colors: TrackColors) -> Ints:
    kits = Kits.of(colors)
    assert kits is not None
    return likeliest(kits.probabilities(colors.counts()))[0][: len(colors.frames)]


def test_two_teams_a_keeper_and_a_referee_are_four_kits() -> None:
    kit = kit_of(match(ALL))[: len(ALL)]
    assert kit.tolist() == [0] * 5 + [1] * 4 + [2, 3] or kit.tolist() == [0] * 5 + [1] * 4 + [3, 2]


def test_the_kits_of_most_people_come_first_and_are_the_teams() -> None:
    kits = Kits.of(match(ALL))
    assert kits is not None
    assert kits.at_once.round().tolist() == [5, 4, 1, 1]
    assert kits.teams.tolist() == [True, True, False, False]


def test_one_kit_is_one_kit() -> None:
    assert len(Kits.of(match([(RED, WHITE)] * 6)) or ()) == 1


def test_two_kits_of_the_same_shirts_are_told_by_their_shorts() -> None:
    assert len(Kits.of(match([(WHITE, RED)] * 5 + [(WHITE, BLUE)] * 5)) or ()) == 2


def test_the_order_of_tracks_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(len(ALL))
    mixed = kit_of(match([ALL[i] for i in order]))[: len(ALL)]
    assert np.array_equal(mixed, kit_of(match(ALL))[: len(ALL)][order])


def test_nothing_is_said_where_no_colours_were_seen() -> None:
    colors = TrackColors()
    colors.add(np.arange(3), np.arange(3), None, 0.0)
    assert not colors.known
    assert Kits.of(colors) is None
    assert TrackKits.of(None, colors).of_rows(np.arange(3), np.zeros(3))[0].tolist() == [NO_KIT] * 3


def test_a_track_of_which_nothing_is_seen_has_no_kit() -> None:
    colors = match(TEAMS)
    colors.add(np.array([len(TEAMS)]), np.array([0]), np.zeros((1, COLORS_WIDTH), np.float32), 0.0)
    kit, sure = TrackKits.of(Kits.of(colors), colors).of_rows(
        np.array([len(TEAMS), 0, 99]), np.zeros(3)
    )
    assert kit.tolist() == [NO_KIT, 0, NO_KIT]
    assert np.isnan(sure[[0, 2]]).all()
    assert sure[1] > 0.9


def test_one_look_is_less_sure_than_many() -> None:
    kits = Kits.of(match(TEAMS))
    assert kits is not None
    few, many = (
        kits.probabilities(match([(RED, WHITE)], looks, seed=3).counts())[0, 0] for looks in (1, 20)
    )
    assert 0.5 < few < many


def test_who_wears_none_of_the_kits_has_none() -> None:
    kits = Kits.of(match(TEAMS))
    assert kits is not None
    odd = kits.probabilities(match([(YELLOW, BLACK)]).counts())[:1]
    assert likeliest(odd)[0].tolist() == [NO_KIT]


def test_kits_are_called_by_their_colours_and_no_two_alike() -> None:
    colors = match([*ALL, (WHITE, RED), (WHITE, RED)])
    names = TrackKits.of(Kits.of(colors), colors).names
    assert len(set(names)) == len(names) == 5
    assert {"red", "yellow", "white, blue shorts", "white, red shorts", "blue"} == set(names)


@pytest.mark.parametrize("fps", [10, 25])
def test_while_a_run_goes_on_kits_are_known_after_two_seconds(fps: int) -> None:
    kits, rng, known = OnlineKits(None, 3.0), np.random.default_rng(0), []
    tracks = np.arange(len(TEAMS))
    for frame in range(3 * fps):
        seen = np.array([worn(shirt, shorts, rng) for shirt, shorts in TEAMS])
        kits.add(tracks, tracks, seen, frame / fps)
        known.append(bool(kits.track_kits().names))
    assert known.index(True) == 2 * fps
    assert kits.track_kits().of_rows(tracks, np.zeros(len(tracks)))[0].tolist() == [0] * 5 + [1] * 4


def test_a_track_that_goes_over_to_the_other_team_changes_its_kit() -> None:
    rng, colors = np.random.default_rng(0), match(TEAMS)
    mixed, at = len(TEAMS), np.array([0])
    for look in range(60):
        wear = (RED, WHITE) if look < 35 else (WHITE, BLUE)
        colors.add(np.array([mixed]), at, worn(*wear, rng)[None], look / 5)
    kits = TrackKits.of(Kits.of(colors), colors)
    times_s = np.array([1.0, 4.0, 9.5, 11.0, 50.0])
    assert kits.of_rows(np.full(5, mixed), times_s)[0][:4].tolist() == [0, 0, 1, 1]


def test_a_single_odd_look_does_not_change_a_kit_and_a_span_unseen_has_the_nearest() -> None:
    rng, colors = np.random.default_rng(0), match(TEAMS)
    odd, at = len(TEAMS), np.array([0])
    for look in [*range(20), *range(60, 80)]:
        wear = (WHITE, BLUE) if look == 10 else (RED, WHITE)
        colors.add(np.array([odd]), at, worn(*wear, rng)[None], look / 5)
    kits = TrackKits.of(Kits.of(colors), colors)
    times_s = np.array([1.0, 2.1, 5.0, 11.0, 14.0])
    assert kits.of_rows(np.full(5, odd), times_s)[0].tolist() == [0] * 5


def test_a_kit_must_explain_something() -> None:
    """One back that was seen a few times is of the team that is most like it."""
    rng, colors = np.random.default_rng(2), match(TEAMS)
    for look in range(3):
        colors.add(
            np.array([len(TEAMS)]), np.array([0]), worn(RED, WHITE, rng, 0.9)[None], look / 5
        )
    assert len(Kits.of(colors) or ()) == 2
