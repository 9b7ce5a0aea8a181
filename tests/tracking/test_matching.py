"""Which track a detection continues, where several could have it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.worlds.following import Person, World, follow


def trading_places(weak: bool) -> World:
    """Two who know one another's place: a step takes each nearer to where the other stood."""
    spans = [(3.0, 3.6)] if weak else []
    here, there, past = (300.0, 300.0), (345.0, 300.0), (326.0, 300.0)
    return World(
        [
            Person({0: here, 3: here, 3.04: past, 3.6: there, 5: there}, player=0, weak=spans),
            Person(
                {0: there, 3: there, 3.04: (319.0, 300.0), 3.6: here, 5: here},
                player=1,
                weak=spans,
            ),
        ],
        seconds=5,
        players=2,
    )


@pytest.mark.parametrize("weak", [False, True], ids=["strong", "weak"])
def test_looks_say_whom_a_detection_continues_be_it_weak_or_strong(weak: bool) -> None:
    story = follow(trading_places(weak))
    for person in (0, 1):
        assert story.track(person, 3.2) == story.track(person, 2.5)


def changes_of_track(seed: int) -> int:
    """Of one who stands; somebody steps before them and is overlooked from then on."""
    alike = {0: 1.0}
    stands = Person({0: (400, 300), 6: (400, 300)}, look=alike)
    joins = Person({0: (520, 300), 2: (416, 301), 6: (416, 301)}, look=alike, missed=[(2.4, 6)])
    story = follow(World([stands, joins], seconds=6, jitter_px=5, seed=seed))
    tracks = [track for time_s, track, _ in story.rows(0) if time_s > 2.4]
    return sum(a != b for a, b in pairwise(tracks))


def test_two_paths_on_one_body_seldom_take_turns() -> None:
    assert changes_of_track(0) + changes_of_track(3) <= 12
