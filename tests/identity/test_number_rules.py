"""What numbers that are read make of names: they forbid some, and they tear no track apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import Person, Shot, Story, World, named, play
from tests.worlds.numbers import digits_of
from tracker.identity.number_evidence import nothing_read, readings_of
from tracker.identity.roster_rules import RosterRules
from tracker.settings import RosterSettings
from tracker.types import UNKNOWN, Observation

NOBODY = 15
"""Axis of looks along which nobody of the gallery lies."""
EVERY_S, SECONDS = 0.4, 4.0
Worn = Mapping[int, int]
"""Person to the number on their shirt, which is read every `EVERY_S` s."""
both_modes = pytest.mark.parametrize("mode", ["online", "offline"])


def rules_of(numbers: Sequence[str | None], teams: Sequence[str] | None = None) -> RosterRules:
    count = len(numbers)
    rules = RosterRules.of(
        teams or ["red"] * count, [None] * count, numbers, [(None, None)] * count, RosterSettings()
    )
    assert rules is not None
    return rules


def read_on(shot: Shot, worn: Worn, every: int) -> Observation:
    """With what is read of the numbers of those who are seen."""
    if shot.seen.index % every:
        return shot.seen
    digits = nothing_read(len(shot.who))
    for row, person in enumerate(shot.who):
        if person in worn:
            digits[row] = digits_of(worn[person])
    return replace(shot.seen, readings=readings_of(digits))


def told(world: World, worn: Worn, rules: RosterRules, mode: str) -> Story:
    shots, every = play(world), round(EVERY_S * world.fps)
    seen = [read_on(shot, worn, every) for shot in shots]
    return Story(world, shots, named(world, seen, rules, mode))


def standing(place: int, look: Mapping[int, float]) -> Person:
    """Somebody who hardly moves, away from all the others."""
    return Person({0.0: (100 + 200 * place, 300), SECONDS: (140 + 200 * place, 300)}, look=look)


def at_the_end(story: Story) -> list[int]:
    """The names of all people in the last frame."""
    time_s = story.shots[-1].seen.time_s
    return [story.name(person, time_s) for person in range(len(story.world.people))]


@both_modes
@pytest.mark.parametrize(("worn", "name"), [({}, 1), ({0: 33}, 1), ({0: 9}, 0), ({0: 7}, UNKNOWN)])
def test_who_wears_nine_is_not_thirty_three(mode: str, worn: Worn, name: int) -> None:
    """However much they look like 33; nobody at all where 7 is no player's."""
    world = World([standing(0, {1: 0.75, NOBODY: 0.66})], seconds=SECONDS, players=2)
    assert at_the_end(told(world, worn, rules_of(["9", "33"]), mode)) == [name]


@both_modes
def test_of_one_team_only_one_is_seven(mode: str) -> None:
    """Both shirts are read as 7, and one of them looks a little more like the player."""
    looks = [{0: 0.55, NOBODY: 0.85}, {0: 0.6, NOBODY: 0.8}]
    world = World([standing(k, look) for k, look in enumerate(looks)], seconds=SECONDS, players=2)
    story = told(world, {0: 7, 1: 7}, rules_of(["7", "8"]), mode)
    assert all((frame.players == 0).sum() <= 1 for frame in story.frames)
    assert at_the_end(story) == [UNKNOWN, 0]


@both_modes
def test_both_teams_may_have_a_seven(mode: str) -> None:
    """Then looks tell which."""
    looks = [{1: 0.6, NOBODY: 0.8}, {0: 0.6, NOBODY: 0.8}]
    world = World([standing(k, look) for k, look in enumerate(looks)], seconds=SECONDS, players=2)
    rules = rules_of(["7", "7"], ["red", "blue"])
    assert at_the_end(told(world, {0: 7, 1: 7}, rules, mode)) == [1, 0]


def test_a_stranger_in_a_players_number_keeps_their_track_over_a_gap() -> None:
    """They look like nobody's 33 before the gap and after it: that tells no other person."""
    walk = {0.0: (100, 300), 2.0: (140, 300), 3.1: (215, 300), SECONDS: (225, 300)}
    stranger = Person(walk, look={NOBODY: 1.0}, missed=[(2.0, 3.1)])
    people = [stranger, standing(2, {0: 1.0}), standing(3, {1: 1.0})]
    world = World(people, seconds=SECONDS, players=3)
    story = told(world, {0: 33}, rules_of(["1", "2", "33"]), "online")
    assert story.track(0, 1.9) == story.track(0, SECONDS - 0.1)
    np.testing.assert_equal(at_the_end(story)[1:], [0, 1])
