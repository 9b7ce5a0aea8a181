"""Births beside others are trusted as far as they turned out to be people in this video."""

from __future__ import annotations

import numpy as np

from tests.worlds.following import SIZE
from tracker.settings import FollowSettings
from tracker.tracking.births import Births
from tracker.tracking.online import OnlineTracker
from tracker.types import Observation

FPS = 25.0
BODY = (400.0, 200.0, 480.0, 400.0)


def beside(share: float) -> tuple[float, float, float, float]:
    """A box of the same size of which BODY covers so much."""
    return (480.0 - 80 * share, 200.0, 560.0 - 80 * share, 400.0)


def seen(index: int, boxes: list[tuple[float, float, float, float]]) -> Observation:
    n = len(boxes)
    return Observation(
        index=index,
        time_s=index / FPS,
        boxes=np.array(boxes, np.float32).reshape(n, 4),
        scores=np.full(n, 0.9, np.float32),
        camera=np.eye(2, 3),
        cut=False,
        embeddings=np.zeros((n, 0), np.float32),
    )


def frames_to_be_given(births: int, stays: int) -> int:
    """Somebody appears half covered beside BODY after `births` such boxes of `stays` frames each
    came and went: in how many frames they are there before they are given."""
    tracker, index = OnlineTracker(FollowSettings(), SIZE), 0
    for _ in range(births):
        for k in range(40):
            there = [BODY, beside(0.45)] if k < stays else [BODY]
            tracker.update(seen(index, there))
            index += 1
    for _ in range(30):
        tracker.update(seen(index, [BODY]))
        index += 1
    for k in range(40):
        frame = tracker.update(seen(index, [BODY, (380.0, 210.0, 430.0, 395.0), beside(0.3)]))
        index += 1
        if frame.confirmed.sum() >= 2:
            return k
    return 40


def test_who_is_born_beside_others_comes_later_where_such_births_were_nobody() -> None:
    new, doubted = frames_to_be_given(0, 0), frames_to_be_given(6, 2)
    assert new < doubted < 40


def test_new_videos_are_trusted_and_a_run_of_nobodies_is_not() -> None:
    tracker = OnlineTracker(FollowSettings(), SIZE)
    assert tracker.births.trusted
    assert Births().trusted
    for index in range(200):
        there = [BODY, beside(0.45)] if index % 40 in (5, 6) else [BODY]
        tracker.update(seen(index, there))
    assert not tracker.births.trusted


def test_births_that_last_keep_the_trust() -> None:
    tracker = OnlineTracker(FollowSettings(), SIZE)
    for index in range(200):
        there = [BODY, beside(0.25)] if index % 40 >= 5 else [BODY]
        tracker.update(seen(index, there))
    assert tracker.births.trusted


def test_who_is_half_covered_all_the_time_is_given_where_births_are_trusted() -> None:
    """True boxes of a line-up: nobody else's box explains this one, and it stays."""
    tracker = OnlineTracker(FollowSettings(), SIZE)
    given = [tracker.update(seen(i, [BODY, beside(0.6)])).confirmed.sum() for i in range(50)]
    assert tracker.births.trusted
    assert given[-1] == 2


def test_trust_does_not_prove_itself_right() -> None:
    """Boxes that lie within others for seconds are given while births are trusted, but they say
    that births here are no people."""
    tracker = OnlineTracker(FollowSettings(), SIZE)
    for index in range(300):
        inside = [beside(0.8)] if index % 150 >= 20 else []
        tracker.update(seen(index, [BODY, *inside]))
    assert not tracker.births.trusted
