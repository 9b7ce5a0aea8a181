"""How restless people are is learned from the video; the setting is where that begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import SIZE, Person, Shot, World, play
from tracker.settings import FollowSettings, MotionSettings
from tracker.tracking.online import OnlineTracker
from tracker.types import TrackedFrame

LANES = range(6)


def calm(seconds: float = 16.0) -> World:
    """Six people walk straight on, each on a lane of their own."""
    walkers = [
        Person({0: (100 + 20 * k, 70 + 95 * k), 16: (600 + 20 * k, 70 + 95 * k)}, height=80)
        for k in LANES
    ]
    return World(walkers, seconds)


def restless(seconds: float = 16.0) -> World:
    """Each runs from place to place in their own part of the pitch, some 4 heights a second."""
    rng = np.random.default_rng(3)
    runners = []
    for k in LANES:
        middle = np.array([170 + 330 * (k % 3), 150 + 300 * (k // 3)])
        times = np.concatenate([[0.0], np.cumsum(rng.uniform(0.7, 1.2, 24))])
        places = middle + rng.uniform(-1, 1, (25, 2)) * [130, 100]
        path = {float(t): (float(x), float(y)) for t, (x, y) in zip(times, places, strict=True)}
        runners.append(Person(path, height=50))
    return World(runners, seconds)


def followed(shots: list[Shot], start: float = 0.4) -> tuple[OnlineTracker, list[TrackedFrame]]:
    settings = FollowSettings(motion=MotionSettings(acceleration=start))
    tracker = OnlineTracker(settings, SIZE)
    return tracker, [tracker.update(shot.seen) for shot in shots]


@pytest.mark.parametrize("start", [0.4, 2.0])
def test_a_calm_and_a_restless_video_end_with_different_accelerations(start: float) -> None:
    still, _ = followed(play(calm()), start)
    wild, _ = followed(play(restless()), start)
    assert still.motion.acceleration < 0.55 < 1.2 < wild.motion.acceleration < 4.0


def test_the_setting_holds_before_anything_was_seen() -> None:
    tracker, _ = followed(play(restless(1.4)), 0.7)
    assert tracker.motion.acceleration == 0.7


def test_the_setting_is_the_prior_of_a_short_video() -> None:
    low, _ = followed(play(restless(2.5)), 0.4)
    high, _ = followed(play(restless(2.5)), 2.0)
    assert low.motion.acceleration < high.motion.acceleration


def test_the_order_of_detections_changes_nothing() -> None:
    shots = play(restless(6.0))
    turned = []
    for shot in shots:
        back = np.arange(len(shot.seen.boxes))[::-1]
        seen = replace(
            shot.seen,
            boxes=shot.seen.boxes[back],
            scores=shot.seen.scores[back],
            embeddings=shot.seen.embeddings[back],
        )
        turned.append(replace(shot, seen=seen))
    (one, frames), (other, again) = followed(shots), followed(turned)
    assert one.motion.acceleration == other.motion.acceleration != 0.4
    for a, b in zip(frames, again, strict=True):
        assert a.boxes.tobytes() == b.boxes.tobytes()
        assert a.std.tobytes() == b.std.tobytes()
