"""Unknown people: who is in view is inferred; the last name goes to the last body, or to nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds.following import SIZE, Person, World, classifier, play, second_pass
from tracker.identity.presence import Presence
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.tracking.tracks import VISIBLE
from tracker.types import UNKNOWN, Doubles, TrackedFrame

SECONDS = 4.0
UNLIKE = 15  # an axis that is no player's
both_modes = pytest.mark.parametrize("mode", ["online", "offline"])


def standing(place: int, **about: object) -> Person:
    x, y = 80 + 140 * (place % 6), 100 + 160 * (place // 6)
    return Person({0.0: (x, y), SECONDS: (x + 40, y)}, **about)


def frames_of(world: World, mode: str) -> list[TrackedFrame]:
    classify, limits = classifier(world.players), FollowSettings()
    tracker = OnlineTracker(limits, SIZE, world.players, classify)
    seen = [shot.seen for shot in play(world)]
    frames, traces = [], []
    for one in seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
    if mode == "offline":
        frames = second_pass(frames, traces, seen, world.players, classify, limits)
    return frames


def names_at_the_end(frames: list[TrackedFrame]) -> list[int]:
    """From the left, row by row of the picture."""
    last = frames[-1]
    middle = last.boxes[:, 1::2].mean(axis=1)
    order = np.lexsort((last.boxes[:, 0], (middle - 20) // 160))
    return last.players[order].tolist()


def everybody(count: int, last: Person) -> World:
    people = [standing(k, player=k) for k in range(count - 1)]
    return World([*people, last], seconds=SECONDS, players=count)


HARDLY = {7: 0.5, UNLIKE: 0.87}
"""The look of player 7 on a bad day: less like their gallery than strangers are."""


def test_the_last_body_is_the_last_player_where_nobody_else_is_in_view() -> None:
    frames = frames_of(everybody(8, standing(7, look=HARDLY)), "offline")
    assert names_at_the_end(frames) == list(range(8))


def test_beside_a_bench_the_same_body_may_be_anybody() -> None:
    world = everybody(8, standing(7, look=HARDLY))
    bench = [standing(8 + n, look={UNLIKE - 1: 1.0}) for n in range(7)]
    crowded = World([*world.people, *bench], seconds=SECONDS, players=8)
    assert names_at_the_end(frames_of(crowded, "offline"))[7:] == [UNKNOWN] * 8


@both_modes
def test_of_strangers_only_nobody_is_named(mode: str) -> None:
    strangers = [standing(n, look={UNLIKE - n: 1.0}) for n in range(4)]
    for frame in frames_of(World(strangers, seconds=SECONDS, players=3), mode):
        assert set(frame.players.tolist()) <= {UNKNOWN}


@both_modes
def test_a_gallery_of_one_names_one(mode: str) -> None:
    people = [standing(0, look={UNLIKE: 1.0}), standing(1, player=0), standing(2, look={14: 1.0})]
    frames = frames_of(World(people, seconds=SECONDS, players=1), mode)
    assert names_at_the_end(frames) == [UNKNOWN, 0, UNKNOWN]


@both_modes
def test_two_players_who_are_one_person_make_one_of_them(mode: str) -> None:
    """The gallery holds somebody twice: the body has one of the two names, or none."""
    people = [standing(0, look={0: 1.0, 1: 1.0}), standing(1, player=2)]
    frames = frames_of(World(people, seconds=SECONDS, players=3), mode)
    first, second = names_at_the_end(frames)
    assert first in (0, 1, UNKNOWN)
    assert second == 2


@both_modes
@pytest.mark.parametrize("fps", [1.0, 2.0])
def test_pictures_alone_name_people_where_motion_cannot(fps: float, mode: str) -> None:
    """Between two frames everybody runs to where the next one was, and in the other direction."""
    ways = [{0: (100, y), 4: (900, y)} for y in (90, 230, 370, 510)]
    people = [
        Person(way if k % 2 else {4 - t: at for t, at in way.items()}, player=k)
        for k, way in enumerate(ways)
    ]
    world = World(people, seconds=4.0, players=4, fps=fps, look_noise=0.02)
    shots = play(world)
    frames = frames_of(world, mode)
    wrong = right = 0
    for frame, shot in zip(frames[1:], shots[1:], strict=True):
        for row in np.flatnonzero(frame.visibility == VISIBLE):
            away = [float(np.abs(frame.boxes[row] - box).max()) for box in shot.boxes.values()]
            who = list(shot.boxes)[int(np.argmin(away))]
            right += int(frame.players[row] == who)
            wrong += int(frame.players[row] not in (who, UNKNOWN))
    assert wrong == 0
    assert right > 0 if mode == "online" else right >= len(frames) * 2


def test_before_anything_is_seen_the_share_of_strangers_is_what_is_said() -> None:
    prior = np.exp(Presence.expected(9, 0.3).prior(9))
    assert prior.sum() == pytest.approx(1.0)
    assert prior[-1] == pytest.approx(0.3)


@given(st.integers(1, 40), st.floats(0, 60), st.floats(0, 60))
def test_what_is_found_never_makes_anybody_certain(
    players: int, known: float, unknown: float
) -> None:
    before = Presence.expected(players, 0.3)
    after = before.after(min(known, players), unknown, players)
    assert 0 < after.in_view < 1
    assert after.unknown > 0
    prior: Doubles = np.exp(after.prior(players))
    assert prior.sum() == pytest.approx(1.0)
    assert (prior > 0).all()


def test_more_strangers_found_make_a_name_need_more() -> None:
    before = Presence.expected(10, 0.3)
    few, many = before.after(9.0, 0.5, 10), before.after(9.0, 8.0, 10)

    def odds(presence: Presence) -> float:
        prior = presence.prior(10)
        return float(prior[0] - prior[-1]) + presence.missing_nats

    assert odds(few) > odds(many)
