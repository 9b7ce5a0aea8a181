"""What part a track plays: added up over its boxes, and what the roster says of the named."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.court.roles import NO_ROLE, ROLE_WORDS, ROLES
from tracker.tracking.traces import Trace
from tracker.tracking.track_roles import TrackRoles
from tracker.types import UNKNOWN, Observation

PLAYER, KEEPER, REFEREE = (ROLES.index(word) for word in ("player", "goalkeeper", "referee"))
COLUMNS = np.array([PLAYER, KEEPER, REFEREE, NO_ROLE])
NONE_NAMED = np.full(2, UNKNOWN)


def trace(*tracks: int) -> Trace:
    """Tracks seen as the detections 0, 1, ..."""
    n = len(tracks)
    here = np.ones(n, bool)
    return Trace(np.array(tracks), np.arange(n), here, here, np.full(n, np.inf), np.full(n, -1))


def scores(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32)


def words(codes: np.ndarray) -> list[str]:
    return [ROLE_WORDS[code] for code in codes]


@pytest.fixture
def roles() -> TrackRoles:
    return TrackRoles(COLUMNS, np.array([NO_ROLE, KEEPER]))


def test_the_sum_over_a_tracks_boxes_decides(roles: TrackRoles) -> None:
    roles.add(trace(3, 1), scores((0.9, 0, 0.1, 0), (0, 0.3, 0.6, 0)))
    roles.add(trace(1, 3), scores((0, 0.8, 0.1, 0), (0, 0, 0.5, 0)))
    assert words(roles.of(np.array([1, 3]), NONE_NAMED)) == ["goalkeeper", "player"]
    roles.add(trace(3), scores((0, 0, 0.5, 0)))
    assert words(roles.of(np.array([1, 3]), NONE_NAMED)) == ["goalkeeper", "referee"]


def test_who_is_seen_by_no_role_has_none(roles: TrackRoles) -> None:
    roles.add(trace(1, 2), scores((0.1, 0.2, 0, 0.9), (0, 0, 0, 0)))
    assert words(roles.of(np.array([1, 2]), NONE_NAMED)) == ["", ""]
    assert words(roles.of(np.array([7, 400]), NONE_NAMED)) == ["", ""]


def test_of_the_named_the_roster_says_it_where_it_does(roles: TrackRoles) -> None:
    roles.add(trace(1), scores((0, 0, 0.9, 0)))
    tracks, players = np.array([1, 1, 1]), np.array([0, 1, UNKNOWN])
    assert words(roles.of(tracks, players)) == ["referee", "goalkeeper", "referee"]


def test_what_is_known_better_later_counts_from_the_beginning(roles: TrackRoles) -> None:
    classes = scores((0, 0, 0.9, 0))
    box, score, nothing = np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros((1, 0))
    seen = Observation(0, 0.0, box, score, nothing, np.eye(2, 3), False, classes=classes)
    roles.add(trace(1), classes)
    again = roles.again([trace(2)], [seen])
    assert words(again.of(np.array([1, 2]), NONE_NAMED)) == ["", "referee"]
    assert words(roles.of(np.array([1, 2]), NONE_NAMED)) == ["referee", ""]


def test_without_classes_it_holds_nothing(roles: TrackRoles) -> None:
    roles.add(trace(1), None)
    silent = TrackRoles(np.array([NO_ROLE]), np.zeros(0, np.int64))
    silent.add(trace(1), scores((0.9,)))
    assert not len(roles.votes)
    assert not len(silent.votes)
    assert words(TrackRoles().of(np.array([1, 2]), np.array([0, UNKNOWN]))) == ["", ""]
