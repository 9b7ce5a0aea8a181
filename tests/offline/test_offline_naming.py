"""How sure a name must be in the second pass: by the Name-F1 that can be expected at all."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.offline.constraints import apply_constraints
from tracker.offline.offline_naming import TrackletNames, name_tracklets
from tracker.offline.tracklet_graph import TrackletGraph
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN

SETTINGS = IdentitySettings()
PLAYERS = 6
FAINT = 1.2  # nats for one player: a belief of .29


def named(nats: list[float]) -> TrackletNames:
    """Tracklet n, all seen at once, has so many nats for player n."""
    count = len(nats)
    tracklets = [
        Tracklet(n, np.arange(50), np.full(50, n), np.ones(50, bool), np.inf) for n in range(count)
    ]
    _, constraints = apply_constraints(tracklets, (), np.arange(50), PLAYERS)
    spans = np.tile([0, 49], (count, 1))
    graph = TrackletGraph(
        spans, np.ones(count), [], [], constraints.with_exclusion(spans), np.zeros(count, bool)
    )
    total = np.zeros((count, PLAYERS + 1))
    for row, worth in enumerate(nats):
        total[row, row] = worth
    return name_tracklets(total, np.ones(count, np.int64), graph, SETTINGS, None)


def test_a_faint_name_is_given_where_all_are_faint() -> None:
    result = named([FAINT] * 3)
    assert result.names.tolist() == [0, 1, 2]
    assert (result.confidence < 0.35).all()
    assert result.expected_f1 < 0.7


@given(st.lists(st.floats(-2, 14), min_size=1, max_size=PLAYERS))
def test_how_sure_a_name_must_be_rises_with_what_can_be_expected(nats: list[float]) -> None:
    result = named(nats)
    given_names = result.confidence[result.names != UNKNOWN]
    assert (given_names >= min(max(result.expected_f1 / 2, 0.2), 0.35)).all()
    assert 0 <= result.expected_f1 <= 1


def looks_like_a_team_mate(floors: list[float] | None) -> TrackletNames:
    """Track 0 is surely player 0. Beside it is track 1, cut once, which looks like player 0 too and
    on which a number was read that is player 1's, of whom there is no picture."""
    tracklets = [
        Tracklet(track, frames, np.full(len(frames), track), np.ones(len(frames), bool), link)
        for track, frames, link in (
            (0, np.arange(100), np.inf),
            (1, np.arange(50), np.inf),
            (1, np.arange(50, 100), 2.5),
        )
    ]
    _, constraints = apply_constraints(tracklets, (), np.arange(100), PLAYERS)
    spans = np.array([[0, 99], [0, 49], [50, 99]])
    graph = TrackletGraph(
        spans, np.array([1, 0.5, 0.5]), constraints.links(tracklets), [],
        constraints.with_exclusion(spans), np.zeros(3, bool),
    )  # fmt: skip
    total = np.zeros((3, PLAYERS + 1))
    total[:, 0] = 14, 9, 2
    total[1, 1] = 4
    found = None if floors is None else np.array(floors)
    return name_tracklets(total, np.ones(3, np.int64), graph, SETTINGS, None, found)


def test_who_is_surely_elsewhere_does_not_stand_in_the_way_of_a_number_that_was_read() -> None:
    unseen = [0.0, *[0.55] * (PLAYERS - 1)]
    assert looks_like_a_team_mate(unseen).names.tolist() == [0, 1, 1]
