"""Who leaves the picture: found again as the same, and nobody else is given that name.

And a long match: people come and go, and the tracker grows with nobody whom it has forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.worlds.following import (
    LOOKS,
    SIZE,
    Person,
    Story,
    World,
    bearers,
    classifier,
    follow,
    play,
    tracker_for,
)
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.types import UNKNOWN, Observation

STRANGER = {9: 1.0}


def leaves(y: float, back_y: float, back_s: float, player: int | None) -> Person:
    """Out by the left border at 1.9 s, in again there at `back_s`."""
    path = {0.0: (300, y), 2.0: (-20, y), back_s: (-20, back_y), back_s + 3: (400, back_y)}
    return Person(path, player)


KEEPER = Person({0: (700, 300), 30: (700, 300)}, player=2)


@pytest.mark.parametrize("away_s", [0.5, 1.0, 2.5, 8.0])
def test_who_leaves_and_returns_by_one_side_keeps_their_name(away_s: float) -> None:
    back_s = 2.0 + away_s
    people = [leaves(300, 330, back_s, 0), KEEPER]
    story = follow(World(people, seconds=back_s + 3, players=4))
    names = [name for t, _, name in story.rows(0) if t > back_s + 1]
    assert set(names) == {0}
    assert all(len(bearers(frame, 0)) <= 1 for frame in story.frames)


@pytest.mark.parametrize("swapped", [False, True], ids=["same order", "other order"])
@pytest.mark.parametrize("away_s", [0.6, 2.0, 6.0])
def test_two_who_return_together_are_told_apart_by_their_looks(
    swapped: bool, away_s: float
) -> None:
    back_s, places = 2.0 + away_s, (450, 200) if swapped else (200, 450)
    people = [leaves(200, places[0], back_s, 0), leaves(450, places[1], back_s, 1), KEEPER]
    story = follow(World(people, seconds=back_s + 3, players=4))
    for person in (0, 1):
        back = [(t, name) for t, _, name in story.rows(person) if t > back_s]
        assert {name for _, name in back} <= {person, UNKNOWN}
        assert {name for t, name in back if t > back_s + 1} == {person}


@pytest.mark.parametrize("encoded", [True, False], ids=["a stranger", "nobody looks"])
@pytest.mark.parametrize("after_s", [0.3, 0.8, 1.5, 2.5, 5.0])
def test_who_comes_in_where_a_player_left_is_not_given_that_name(
    encoded: bool, after_s: float
) -> None:
    in_s = 2.0 + after_s
    other = Person({in_s: (-20, 300), in_s + 3: (400, 300)}, look=STRANGER)
    gone = Person({0: (300, 300), 2: (-20, 300)}, player=0)
    world = World([gone, other, KEEPER], seconds=in_s + 3, players=4)
    shots = play(world)
    if not encoded:
        shots = [replace(s, seen=_uncoded(s.seen, [p == 1 for p in s.who])) for s in shots]
    tracker = tracker_for(world)
    story = Story(world, shots, [tracker.update(s.seen) for s in shots])
    assert {name for _, _, name in story.rows(1)} == {UNKNOWN}
    waiting = story.frames[-1]
    assert bearers(waiting, 0) == [story.track(0, 1.0)]  # the player is still waited for


def _uncoded(seen: Observation, which: list[bool]) -> Observation:
    looks = seen.embeddings.copy()
    looks[np.array(which, bool)] = np.nan
    return replace(seen, embeddings=looks)


# -------------------------------------------------------------- a long match

PLAYERS, LENGTH, STEP_S = 3, 2400, 0.2


def long_match(frames: int) -> Iterator[Observation]:
    """Four people at a time walk across; every other one a stranger who never comes again."""
    rng, half = np.random.default_rng(0), np.array([20.0, 50.0])
    walkers: list[tuple[float, float, np.ndarray]] = []
    for index in range(frames):
        walkers = [(x + 16, y, look) for x, y, look in walkers if x < SIZE[0]]
        if index % 15 == 0:
            who, look = index // 15, rng.normal(0, 1, LOOKS)
            if who % 2:
                look = np.eye(LOOKS)[who // 2 % PLAYERS]
            walkers.append((0.0, 100.0 + 80 * (who % 6), look / np.linalg.norm(look)))
        places = np.array([(x, y) for x, y, _ in walkers]) + rng.normal(0, 1, (len(walkers), 2))
        yield Observation(
            index=index,
            time_s=index * STEP_S,
            boxes=np.hstack([places - half, places + half]).astype(np.float32),
            scores=np.full(len(walkers), 0.9, np.float32),
            embeddings=np.array([look for _, _, look in walkers], np.float32),
            camera=np.eye(2, 3),
            cut=index % 400 == 399,
        )


def size_of(thing: Any) -> int:
    """Bytes of all arrays in a record and in the records inside it."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if is_dataclass(thing):
        return sum(size_of(getattr(thing, f.name)) for f in fields(thing))
    return 0


def test_a_long_match_costs_no_more_at_its_end_than_at_its_beginning() -> None:
    """Named players are waited for, everybody else for `max_absent_s`: that is all there is."""
    limits = FollowSettings()
    tracker = OnlineTracker(limits, SIZE, PLAYERS, classifier(PLAYERS))
    tracks, memory, size, newest = [], [], [], 0
    for seen in long_match(LENGTH):
        tracker.update(seen)
        state = tracker.tracks
        assert state is not None
        old = seen.time_s - state.seen_s > limits.max_absent_s
        assert old.sum() <= PLAYERS
        assert len(np.unique(state.beliefs.player[old])) == old.sum()
        newest = max(newest, *state.ids.tolist())
        tracks.append(len(state))
        memory.append(len(tracker.hidden.ids))
        size.append(size_of(state) + size_of(tracker.hidden) + size_of(tracker.appearance))
    quarter = LENGTH // 4
    assert newest > 4 * max(tracks)  # ever so many were seen
    for counts in (tracks, memory, size):
        assert max(counts[-quarter:]) <= 1.25 * max(counts[quarter : 2 * quarter]) + 1
    assert max(tracks) <= 25
