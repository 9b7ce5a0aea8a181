"""What the first pass said counts in the second, by how long and how surely it stood."""

from __future__ import annotations

import numpy as np

from tests.worlds.following import SIZE, Person, World, classifier, play
from tracker.offline.backfill import backfill
from tracker.offline.first_pass import FIRST_NATS, FirstNames
from tracker.offline.tracklets import cut_tracklets
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.tracking.traces import Trace, Tracklet
from tracker.types import TrackedFrame

WORLD = World(
    [
        Person({0: (150, 200), 4: (400, 200)}, player=1),
        Person({0: (150, 450), 4: (400, 450)}, look={9: 1.0}),
    ],
    seconds=4.0,
    players=3,
)


def first(world: World) -> tuple[list[TrackedFrame], list[Tracklet]]:
    tracker = OnlineTracker(FollowSettings(), SIZE, world.players, classifier(world.players))
    frames: list[TrackedFrame] = []
    traces: list[Trace] = []
    for shot in play(world):
        frames.append(tracker.update(shot.seen))
        traces.append(tracker.trace)
    times_s = np.array([frame.time_s for frame in frames])
    pieces = cut_tracklets(traces, times_s, np.zeros(len(frames), np.int64), 3.0)
    return backfill(frames, FollowSettings().identity.name_at), pieces


def test_a_name_that_stood_all_along_is_worth_the_most_and_no_name_nothing() -> None:
    frames, pieces = first(WORLD)
    stranger, known = sorted(FirstNames.of(frames).log_likelihood(pieces, 3), key=np.sum)
    assert 0.8 * FIRST_NATS < known[1] <= FIRST_NATS
    assert (np.delete(known, 1) == 0).all()
    assert (stranger == 0).all()


def test_a_name_that_stood_half_of_the_time_is_worth_half() -> None:
    frames, pieces = first(WORLD)
    late = [f.take(f.track_ids < 0) if f.index < len(frames) // 2 else f for f in frames]
    whole, half = (FirstNames.of(some).log_likelihood(pieces, 3).max() for some in (frames, late))
    assert 0.4 * whole < half < 0.6 * whole


def test_nothing_is_said_of_nobody() -> None:
    frames, _ = first(WORLD)
    assert FirstNames.of(frames).log_likelihood([], 3).shape == (0, 4)
