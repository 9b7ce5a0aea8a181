"""What the roster says of a match: teams, how many play at once, who is on when; all of it soft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.following import (
    Person,
    Story,
    World,
    bearers,
    named,
    play,
)
from tracker.identity import online_naming, posterior
from tracker.identity.posterior import Beliefs
from tracker.identity.roster_rules import NO_TEAM, RosterRules
from tracker.offline.backfill import backfill
from tracker.offline.ilp import AssignmentProblem, solve
from tracker.settings import IdentitySettings, RosterSettings
from tracker.types import UNKNOWN, Doubles, Ints, TrackedFrame

KEEPER, REFEREE = "goalkeeper", "referee"
NOBODY = 15
"""Axis of looks along which nobody of the gallery lies."""
SECONDS = 3.0
ALWAYS = (None, None)


def limits_nothing(rules: RosterRules | None) -> bool:
    """Teams alone tell kits apart, and forbid nobody anything."""
    return rules is None or not (rules.quotas or rules.timed or rules.numbered)


def rules_of(
    players: int,
    teams: Sequence[str | None] | None = None,
    roles: dict[int, str] | None = None,
    times: dict[int, tuple[float | None, float | None]] | None = None,
    **limits: float,
) -> RosterRules | None:
    """Everybody in team red, a player of the field, there all along, unless said otherwise."""
    return RosterRules.of(
        teams or ["red"] * players,
        [(roles or {}).get(k) for k in range(players)],
        [None] * players,
        [(times or {}).get(k, ALWAYS) for k in range(players)],
        RosterSettings(**limits),
    )


def weakly(player: int) -> dict[int, float]:
    """The look of a stranger who is a little like a player."""
    return {player: 0.68, NOBODY: 0.73}


def standing(place: int, **about: object) -> Person:
    """Somebody who hardly moves, away from all the others."""
    x, y = 100 + 200 * (place % 4), 100 + 160 * (place // 4)
    return Person({0.0: (x, y), SECONDS: (x + 40, y)}, **about)


def told(world: World, rules: RosterRules | None, mode: str) -> Story:
    """What was made of a world, online or by the second pass; names are not written back."""
    shots = play(world)
    return Story(world, shots, named(world, [shot.seen for shot in shots], rules, mode))


both_modes = pytest.mark.parametrize("mode", ["online", "offline"])


def at_the_end(story: Story) -> list[int]:
    """The names of all people in the last frame."""
    time_s = story.shots[-1].seen.time_s
    return [story.name(person, time_s) for person in range(len(story.world.people))]


# ------------------------------------------------------------------ how many play at once


def team_of(count: int, last: dict[int, float]) -> World:
    people = [standing(k, player=k) for k in range(count - 1)]
    return World([*people, standing(count - 1, look=last)], seconds=SECONDS, players=count)


@both_modes
def test_a_weak_claim_to_be_the_twelfth_of_eleven_is_given_up(mode: str) -> None:
    world = team_of(12, weakly(11))
    assert at_the_end(told(world, None, mode)) == list(range(12))
    eleven = told(world, rules_of(12, field_max=11), mode)
    assert at_the_end(eleven) == [*range(11), UNKNOWN]


@both_modes
def test_a_sure_claim_to_be_the_twelfth_stands(mode: str) -> None:
    """A roster may be wrong, or a man of the bench walks into the picture."""
    story = told(team_of(12, {11: 1.0}), rules_of(12, field_max=11), mode)
    assert at_the_end(story) == list(range(12))


@both_modes
def test_the_other_team_is_counted_by_itself(mode: str) -> None:
    story = told(
        team_of(4, weakly(3)), rules_of(4, ["red", "red", "red", "blue"], field_max=3), mode
    )
    assert at_the_end(story) == [0, 1, 2, 3]


@both_modes
def test_of_two_look_alike_keepers_only_one_plays(mode: str) -> None:
    people = [standing(0, player=0), standing(1, look=weakly(1)), standing(2, player=2)]
    world = World(people, seconds=SECONDS, players=6)
    roles = {0: KEEPER, 1: "Goalkeeper"}
    assert at_the_end(told(world, None, mode)) == [0, 1, 2]
    assert at_the_end(told(world, rules_of(6, roles=roles), mode)) == [0, UNKNOWN, 2]
    assert limits_nothing(rules_of(6, ["red", *["blue"] * 5], roles))  # one each
    assert limits_nothing(rules_of(6, roles=roles, goalkeepers_max=2))


@both_modes
def test_a_referee_of_the_roster_is_of_no_team(mode: str) -> None:
    world = team_of(4, weakly(3))
    counted = told(world, rules_of(4, field_max=3), mode)
    assert at_the_end(counted)[3] == UNKNOWN
    assert limits_nothing(rules_of(4, roles={3: REFEREE}, field_max=3))
    free = told(world, rules_of(4, roles={3: REFEREE}, field_max=2), mode)
    assert at_the_end(free)[3] == 3


def test_the_limit_does_not_flicker() -> None:
    """Who has the name keeps it; the twelfth does not take turns with the others."""
    world = replace(team_of(5, weakly(4)), people=[standing(k, look=weakly(k)) for k in range(5)])
    story = told(world, rules_of(5, field_max=4), "online")
    named = [frozenset(f.players[f.players != UNKNOWN].tolist()) for f in story.frames]
    full = [who for who in named if len(who) == 4]
    assert full
    assert max(len(who) for who in named) == 4
    assert len(set(full)) == 1


# ------------------------------------------------------------------ who is on when

TWINS = {0: 0.7, 1: 0.73}
"""Like both, rather like player 1."""


@both_modes
def test_a_substitute_has_their_name_when_they_are_on(mode: str) -> None:
    first = Person({0.0: (200, 300), 3.0: (300, 300)}, look=TWINS)
    second = Person({4.0: (700, 300), 7.0: (800, 300)}, look=TWINS)
    world = World([first, second], seconds=7, players=2)
    rules = rules_of(2, times={0: (None, 3.5), 1: (3.5, None)})
    story = told(world, rules, mode)
    assert story.name(0, 2.9) == 0
    assert story.name(1, 6.9) == 1
    assert told(world, None, mode).name(0, 2.9) != 0


@both_modes
def test_who_is_surely_there_is_named_against_their_times(mode: str) -> None:
    world = World([standing(0, player=0), standing(1, player=1)], seconds=SECONDS, players=2)
    story = told(world, rules_of(2, times={0: (60.0, None)}), mode)
    assert at_the_end(story) == [0, 1]


@both_modes
def test_a_stranger_is_not_named_after_who_has_gone(mode: str) -> None:
    world = World([standing(0, look=weakly(0))], seconds=2.0, players=8)
    gone = rules_of(8, times={0: (None, 0.0)})
    assert at_the_end(told(world, None, mode)) == [0]
    assert at_the_end(told(world, gone, mode)) == [UNKNOWN]


@both_modes
def test_times_that_the_run_does_not_reach_change_no_bit(mode: str) -> None:
    rules = rules_of(4, times={0: (None, 3600.0)})
    same(told(TEAM, rules, mode).frames, told(TEAM, None, mode).frames)


def test_a_piece_pays_for_the_share_of_it_that_lies_outside() -> None:
    rules = rules_of(3, times={0: (10.0, 20.0), 1: (None, 15.0)}, away_nats=8.0)
    assert rules is not None
    first, last = np.array([0.0, 5.0, 12.0, 19.0, 20.0]), np.array([9.0, 15.0, 14.0, 21.0, 20.0])
    worth = rules.interval_log_prior(first, last)
    np.testing.assert_allclose(worth[:, 0], [-8, -4, 0, -4, -8], atol=1e-9)
    np.testing.assert_allclose(worth[:, 1], [0, 0, 0, -8, -8], atol=1e-9)
    assert not worth[:, 2:].any()


# ------------------------------------------------------------------ names written back


def frame_at(time_s: float, players: list[int]) -> TrackedFrame:
    count = len(players)
    return TrackedFrame(
        index=round(time_s * 25),
        time_s=time_s,
        track_ids=np.arange(count) + 1,
        players=np.array(players, np.int64),
        player_confidence=np.full(count, 0.9),
        visibility=np.zeros(count, np.int64),
        boxes=np.tile([0.0, 0.0, 10.0, 20.0], (count, 1)),
        scores=np.full(count, 0.9),
        predicted=np.tile([5.0, 10.0], (count, 1)),
        std=np.ones((count, 2)),
        evidence=np.zeros(count, np.int64),
        confirmed=np.ones(count, bool),
    )


@pytest.mark.parametrize(
    ("rules", "written"),
    [
        (None, [0, 1]),
        (rules_of(2, field_max=1), [0, UNKNOWN]),
        (rules_of(2, times={1: (0.1, None)}), [0, UNKNOWN]),
        (rules_of(2, times={1: (None, 9.0)}), [0, 1]),
    ],
)
def test_a_name_is_not_written_back_against_the_roster(
    rules: RosterRules | None, written: list[int]
) -> None:
    frames = [frame_at(0.0, [0, UNKNOWN]), frame_at(0.2, [0, 1])]
    done = backfill(frames, 0.5, rules)
    assert done[0].players.tolist() == written
    assert done[1].players.tolist() == [0, 1]


# ------------------------------------------------------------------ nothing to say


TEAM = team_of(4, weakly(3))


def same(one: list[TrackedFrame], other: list[TrackedFrame]) -> None:
    for a, b in zip(one, other, strict=True):
        for column in fields(TrackedFrame):
            np.testing.assert_array_equal(getattr(a, column.name), getattr(b, column.name))


@both_modes
def test_rules_that_cannot_be_broken_change_no_bit(mode: str) -> None:
    wide = RosterRules(
        team=np.zeros(4, np.int64),
        goalkeeper=np.zeros(4, bool),
        number=np.arange(4),
        on_s=np.full(4, -np.inf),
        off_s=np.full(4, np.inf),
        settings=RosterSettings(field_max=4),
    )
    assert wide.quotas == ()
    same(told(TEAM, wide, mode).frames, told(TEAM, None, mode).frames)


@pytest.mark.parametrize("teams", [[None] * 3, ["red", "blue", "green"], ["red", "red", None]])
def test_a_roster_that_says_little_gives_no_rules(teams: list[str | None]) -> None:
    assert limits_nothing(rules_of(3, teams, field_max=2))


def test_a_roster_becomes_arrays() -> None:
    rules = RosterRules.of(
        ["b", "a", "b", None],
        ["GoalKeeper ", REFEREE, None, "captain"],
        ["07", "x", None, "123"],
        [ALWAYS, ALWAYS, (60.0, 90.5), ALWAYS],
        RosterSettings(field_max=1),
    )
    assert rules is not None
    assert rules.team.tolist() == [0, NO_TEAM, 0, NO_TEAM]
    assert rules.goalkeeper.tolist() == [True, False, False, False]
    assert rules.number.tolist() == [7, -1, -1, -1]
    assert (rules.on_s[2], rules.off_s[2], rules.off_s[0]) == (60.0, 90.5, np.inf)
    assert [(q.members.tolist(), q.most) for q in rules.quotas] == [([True, False, True, False], 1)]


def test_rules_check_their_shapes() -> None:
    none = np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="one entry per player"):
        RosterRules(none, np.zeros(3, bool), none, none * 1.0, none * 1.0, RosterSettings())


# ------------------------------------------------------------------ exclusion and optimum


def drawn_rules(rng: np.random.Generator, players: int) -> RosterRules | None:
    return rules_of(
        players,
        [rng.choice(["red", "blue"]) for _ in range(players)],
        {k: KEEPER for k in range(players) if rng.random() < 0.4},
        {
            k: (rng.uniform(0, 30), rng.uniform(30, 60))
            for k in range(players)
            if rng.random() < 0.4
        },
        field_max=int(rng.integers(0, 3)),
        excess_nats=float(rng.choice([0.0, 2.0, 6.0])),
    )


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_online_no_rule_breaks_exclusion_or_names_anybody_anew(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tracks, players = int(rng.integers(1, 7)), int(rng.integers(1, 6))
    limits, rules = IdentitySettings(), drawn_rules(rng, players)
    beliefs = Beliefs.fresh(tracks, players, limits)
    beliefs.log[:] = posterior.bounded(rng.normal(0, 3, beliefs.log.shape), limits)
    live, rivals = rng.random(tracks) < 0.8, ~np.eye(tracks, dtype=bool)
    seen_s = rng.random(tracks)
    log = beliefs.current(limits)
    names, sure = online_naming.give_names(beliefs, log, live, rivals, seen_s, limits, rules, 15.0)
    named = names[names != UNKNOWN]
    assert len(np.unique(named)) == len(named)
    assert ((sure >= 0) & (sure <= 1)).all()
    if rules is not None and not rules.timed:
        free, _ = online_naming.give_names(beliefs, log, live, rivals, seen_s, limits)
        assert ((names == free) | (names == UNKNOWN)).all()


def task_by(worth: Doubles, spans: Ints, rules: RosterRules | None) -> AssignmentProblem:
    """worth: (N, P), of which less than -6 is not considered. Nobody is likelier than another."""
    even = np.zeros(worth.shape[1] + 1)
    return AssignmentProblem(worth, worth > -6, even, spans, [], [], rules)


def task_of(
    rng: np.random.Generator, pieces: int, players: int, rules: RosterRules | None
) -> AssignmentProblem:
    first = np.sort(rng.integers(0, 3 * pieces, pieces))
    spans = np.stack([first, first + rng.integers(0, 2 * pieces, pieces)], axis=1)
    return task_by(rng.normal(1, 3, (pieces, players)), spans, rules)


@given(seed=st.integers(0, 2**32 - 1), window=st.sampled_from([6, 400]))
@settings(max_examples=30, deadline=None)
def test_offline_no_rule_breaks_exclusion(seed: int, window: int) -> None:
    rng = np.random.default_rng(seed)
    task = task_of(rng, 16, 4, drawn_rules(rng, 4))
    names = solve(task, window)
    for a, b in product(range(16), repeat=2):
        if a < b and names[a] == names[b] != UNKNOWN:
            assert task.spans[a, 1] < task.spans[b, 0] or task.spans[b, 1] < task.spans[a, 0]


def gain(task: AssignmentProblem, names: Ints) -> float:
    """Worth of these names less what they cost; -inf where a player is in two places."""
    total = 0.0
    broken: dict[int, int] = {}
    for start in np.unique(task.spans[:, 0]):
        alive = (task.spans[:, 0] <= start) & (task.spans[:, 1] >= start)
        there = names[alive & (names != UNKNOWN)]
        if len(np.unique(there)) < len(there):
            return -np.inf
        assert task.rules is not None
        for i, quota in enumerate(task.rules.quotas):
            over = max(int(quota.members[there].sum()) - quota.most, 0)
            total -= max(over - broken.get(i, 0), 0) * task.rules.settings.excess_nats
            broken[i] = over
    named = np.flatnonzero(names != UNKNOWN)
    return total + float(task.worth[named, names[named]].sum())


@pytest.mark.parametrize("seed", range(20))
def test_offline_names_are_the_best_of_all_by_counting(seed: int) -> None:
    """Every time one more is on the field than may be, it costs; all ways of naming are tried."""
    rng = np.random.default_rng(seed)
    rules = rules_of(3, roles={0: KEEPER, 1: KEEPER}, field_max=2, excess_nats=2.0)
    task = task_of(rng, 5, 3, rules)
    task = replace(task, worth=np.maximum(task.worth, -5.0))  # less is not even considered
    best = max(gain(task, np.array(n)) for n in product((UNKNOWN, 0, 1, 2), repeat=5))
    assert gain(task, solve(task)) == pytest.approx(best)


def test_a_breach_is_paid_once_however_many_others_come_and_go() -> None:
    """Two of one allowed, one sure, one rather sure, while strangers start beside them."""
    rules = rules_of(3, ["red", "red", "blue"], field_max=1, excess_nats=6.0)
    worth = np.array([[30.0, -9, -9], [-9, 10.0, -9], *[[-9, -9, -1.0]] * 5])
    spans = np.array([(0, 90), (1, 90), *[(i, i + 5) for i in range(10, 60, 10)]])
    assert solve(task_by(worth, spans, rules)).tolist() == [0, 1, *[UNKNOWN] * 5]
    worth[2:, :2] = -5.0  # a track that could be red itself makes the moment of its start count
    assert solve(task_by(worth, spans, rules)).tolist() == [0, 1, *[UNKNOWN] * 5]
    worth[1, 1] = 5.0
    assert solve(task_by(worth, spans, rules)).tolist() == [0, *[UNKNOWN] * 6]


def test_pieces_of_the_window_before_are_on_the_field_too() -> None:
    """Long pieces are settled in the first window; the last one is still one too many."""
    worth = np.full((6, 6), -9.0)
    worth[np.arange(6), np.arange(6)] = [9, 9, 9, 9, 9, 1]
    spans = np.array([(i, 50) for i in range(6)])
    rules = rules_of(6, field_max=5)
    every = task_by(worth, spans, rules)
    assert solve(every, 400).tolist() == [0, 1, 2, 3, 4, UNKNOWN]
    assert solve(every, 2).tolist() == [0, 1, 2, 3, 4, UNKNOWN]


def test_everybody_has_one_place_whatever_the_rules() -> None:
    story = told(TEAM, rules_of(4, field_max=1, excess_nats=0.0), "online")
    for frame in story.frames:
        assert all(len(bearers(frame, player)) <= 1 for player in range(4))
