"""How sure the name in a row is: the track's belief, and what its box is worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds.following import Person, World, play, tracker_for
from tracker.identity import confidence

scores = st.floats(0, 1)


def test_a_weak_box_lends_less_of_a_sure_name_than_a_strong_one() -> None:
    weak, middling, strong = confidence.of_boxes(np.array([0.15, 0.45, 0.9]))
    assert weak < 0.5 < middling < 0.9 < strong


def test_where_nothing_is_seen_the_track_alone_counts() -> None:
    assert confidence.of_boxes(np.array([np.nan])).tolist() == [1.0]


@given(scores, scores)
def test_a_stronger_box_is_never_worth_less(one: float, other: float) -> None:
    low, high = confidence.of_boxes(np.array(sorted([one, other])))
    assert 0 <= low <= high <= 1


def test_rows_keep_their_names_and_lose_confidence_by_their_boxes() -> None:
    world = World([Person({0: (200, 200), 3: (300, 200)}, player=0)], seconds=3, players=2)
    tracker = tracker_for(world)
    for shot in play(world):
        frame = tracker.update(shot.seen)
    assert frame.players.tolist() == [0]
    weak = replace(frame, scores=np.array([0.25]))
    assert confidence.in_rows(weak).players.tolist() == [0]
    sure, doubted = (confidence.in_rows(f).player_confidence[0] for f in (frame, weak))
    assert doubted < 0.6 < sure <= frame.player_confidence[0]
