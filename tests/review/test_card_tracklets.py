"""Tracks are cut where somebody may have taken the other's place, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.cards import sightings
from tracker.review.card_embeddings import Embeddings, as_few
from tracker.review.card_tracklets import Sightings, cut_tracklets, longest_tracks, overlaps

NEVER = 1e6


def spans(seen: Sightings, longest_s: float = NEVER) -> list[tuple[int, int, int, int]]:
    """Track, first and last frame, and what each goes on from."""
    found = cut_tracklets(seen, longest_s=longest_s)
    columns = (found.tracks, found.firsts, found.lasts, found.before)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def crossing() -> Sightings:
    """Two who walk towards one another and apart, nearest in frame 51."""
    frames = np.repeat(np.arange(1, 102), 2)
    tracks = np.tile([1, 2], 101)
    left = np.where(tracks == 1, 100 + 3 * frames, 406 - 3 * frames).astype(float)
    boxes = np.stack([left, np.full(202, 50.0), left + 40, np.full(202, 150.0)], axis=1)
    return Sightings(frames, tracks, boxes, (600, 400), 25.0)


def test_a_track_that_meets_nobody_is_one() -> None:
    assert spans(sightings([(1, 0, 1, 100), (2, 1, 1, 100)])) == [(1, 1, 100, -1), (2, 1, 100, -1)]


def test_an_encounter_cuts_both_where_they_are_nearest() -> None:
    assert spans(crossing()) == [(1, 1, 50, -1), (1, 51, 101, 0), (2, 1, 50, -1), (2, 51, 101, 2)]


def test_who_was_lost_goes_on_from_nobody() -> None:
    seen = sightings([(1, 0, 1, 40), (1, 0, 60, 90)])
    assert spans(seen) == [(1, 1, 40, -1), (1, 60, 90, -1)]
    assert spans(sightings([(1, 0, 1, 40), (1, 0, 45, 90)])) == [(1, 1, 90, -1)]


def test_a_new_shot_cuts() -> None:
    seen = replace(sightings([(1, 0, 1, 60)]), cuts=(31,))
    assert spans(seen) == [(1, 1, 30, -1), (1, 31, 60, -1)]


def test_what_is_long_is_cut_into_equal_parts() -> None:
    assert spans(sightings([(1, 0, 1, 150)]), longest_s=2.0) == [
        (1, 1, 50, -1), (1, 51, 100, 0), (1, 101, 150, 1),
    ]  # fmt: skip


def test_overlaps_are_those_of_the_frame_alone() -> None:
    frames, tracks = np.array([1, 1, 1, 2]), np.array([1, 2, 3, 1])
    boxes = np.array([[0, 0, 10, 10], [5, 0, 25, 10], [90, 0, 99, 9], [5, 0, 25, 10]], float)
    iou, covered = overlaps(Sightings(frames, tracks, boxes, (100, 100), 25.0))
    assert iou == pytest.approx([0.2, 0.2, 0, 0])
    assert covered == pytest.approx([0.5, 0.25, 0, 0])


def test_of_too_many_those_that_look_alike_are_joined_first() -> None:
    seen = sightings([(1, 0, 1, 200)])
    tracklets = cut_tracklets(seen, longest_s=2.0)
    look = np.where(np.arange(0, 200, 5) < 100, 0, 1)  # somebody else takes over in the middle
    vectors = np.eye(2, dtype=np.float32)[look]
    few = as_few(tracklets, Embeddings(np.arange(0, 200, 5), vectors), 2)
    assert few.firsts.tolist() == [1, 101]
    assert few.lasts.tolist() == [100, 200]
    assert few.counts.tolist() == [100, 100]
    assert few.before.tolist() == [-1, 0]
    assert np.bincount(few.of).tolist() == [100, 100]


def test_the_shortest_tracks_are_left_out() -> None:
    seen = sightings([(1, 0, 1, 10), (2, 1, 1, 50), (3, 2, 1, 30)])
    assert set(seen.tracks[longest_tracks(seen, 2)].tolist()) == {2, 3}


def test_wrong_shapes_are_told() -> None:
    with pytest.raises(ValueError, match="tracks"):
        Sightings(np.array([1, 2]), np.array([1]), np.zeros((2, 4)), (10, 10), 25.0)
    with pytest.raises(ValueError, match="fall"):
        Sightings(np.array([2, 1]), np.array([1, 1]), np.zeros((2, 4)), (10, 10), 25.0)
