"""The offset net proves itself on visible players, and only where it is right is it believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import SIZE, Person, World, play
from tracker.settings import FollowSettings
from tracker.tracking.occlusion_net import OffsetNet, Offsets, Prepared, shipped
from tracker.tracking.online import OnlineTracker
from tracker.types import Floats


class Stubborn(OffsetNet):
    """A net that says that everybody stays where they vanished."""

    def answer(self, prepared: Prepared, gap_s: Floats, since: Floats) -> Offsets:
        return Offsets(np.zeros((len(gap_s), 4)), np.full((len(gap_s), 4), 0.2))


def stubborn() -> OffsetNet:
    net = shipped()
    return Stubborn(net.weights, net.card, np.ones_like(net.is_open))


def walking(seconds: float = 16) -> World:
    """Straight on, evenly: the filter is right, whoever stays behind is wrong."""
    rows = [120.0 + 90 * i for i in range(5)]
    people = [Person({0: (60, y), seconds: (940, y)}) for y in rows]
    return World(people, seconds=seconds)


def marking_time(seconds: float = 16) -> World:
    """To and fro by the second, each against the next: whoever goes straight on is wrong, who
    stays is right."""
    turns = np.arange(0, seconds + 0.5, 0.5)
    rows = [(150.0 + 170 * i, 150.0 + 75 * i) for i in range(5)]
    people = [
        Person({float(t): (x + 30 * ((k + i) % 2), y) for k, t in enumerate(turns)})
        for i, (x, y) in enumerate(rows)
    ]
    return World(people, seconds=seconds)


def probed(world: World, orders: Sequence[int] = (1,)) -> OnlineTracker:
    tracker = OnlineTracker(FollowSettings(), SIZE, offsets=stubborn())
    for shot, order in zip(play(world), np.resize(orders, 10**4), strict=False):
        seen = shot.seen
        tracker.update(
            replace(
                seen,
                boxes=seen.boxes[::order],
                scores=seen.scores[::order],
                embeddings=seen.embeddings[::order],
            )
        )
    return tracker


def used(tracker: OnlineTracker) -> list[bool]:
    assert tracker.probes is not None
    return [bool(row["net_used"]) for row in tracker.probes.summary()]


def test_where_the_net_is_wrong_the_filter_is_used() -> None:
    tracker = probed(walking())
    assert used(tracker)[2:4] == [False, False]
    assert tracker.offsets is not None
    assert not tracker.offsets.opens(np.array([0.5, 1.2])).any()  # and in the second pass


def test_where_the_net_is_right_it_is_used() -> None:
    tracker = probed(marking_time())
    assert all(used(tracker)[2:4])


def test_a_gap_too_short_for_the_frame_rate_goes_by_what_the_others_told() -> None:
    tracker = probed(replace(walking(seconds=20), fps=10.0))
    assert tracker.probes is not None
    assert tracker.probes.counts[0] == 0, "no frame lies so soon behind another"
    assert used(tracker)[0] is False


def test_before_there_are_enough_probes_nothing_changes() -> None:
    tracker = probed(walking(seconds=3))
    assert all(used(tracker))


@pytest.mark.parametrize("world", [walking(), marking_time()])
def test_the_order_of_detections_changes_nothing(world: World) -> None:
    one, other = probed(world), probed(world, orders=(1, -1))
    assert one.probes is not None
    assert other.probes is not None
    assert one.probes.summary() == other.probes.summary()


def test_probes_touch_no_track() -> None:
    world = marking_time(seconds=3)  # after which they decide
    with_, without = (OnlineTracker(FollowSettings(), SIZE) for _ in range(2))
    without.probes = None
    for shot in play(world):
        one, other = with_.update(shot.seen), without.update(shot.seen)
        np.testing.assert_array_equal(one.predicted, other.predicted)
