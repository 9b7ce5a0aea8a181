"""Hidden for long: who cannot have stepped into the open is still behind whoever covers them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds.following import Person, Story, World, follow
from tracker import boxes as bx
from tracker.tracking.occluders import search
from tracker.types import Visibility

GONE_S = 0.25
SCREEN = np.array([[450.0, 200.0, 550.0, 420.0]])


def searched(x: float, gap_s: float, std: float = 30.0) -> tuple[float, float]:
    """Rate and place of a man of 100 px who is expected at x, behind the screen at 500."""
    box = np.array([[x - 20, 250.0, x + 20, 350.0]])
    spread = np.full((1, 2), std)
    rate, place = search(bx.to_states(box), spread, np.array([gap_s]), SCREEN, GONE_S)
    return float(rate[0]), float(place[0, 0])


def test_in_the_open_they_would_be_found_and_stay_where_they_are_expected() -> None:
    rate, x = searched(200, 5.0)
    assert rate == pytest.approx(np.log(99) / GONE_S)
    assert x == pytest.approx(200)


def test_behind_the_screen_nothing_would_be_seen_of_them() -> None:
    rate, x = searched(500, 5.0)
    assert rate < 0.1
    assert x == pytest.approx(500, abs=1)


def test_expected_beside_the_screen_and_not_seen_they_are_behind_it() -> None:
    rate, x = searched(575, 5.0)
    assert rate < 1
    assert 500 < x < 550


def test_at_first_the_prediction_is_believed() -> None:
    assert searched(575, 0.5)[1] == 575


def test_who_stands_nearer_than_the_screen_is_not_behind_it() -> None:
    box = np.array([[480.0, 340.0, 520.0, 440.0]])
    rate, _ = search(bx.to_states(box), np.full((1, 2), 1.0), np.array([5.0]), SCREEN, GONE_S)
    assert rate[0] > 0.9 * np.log(99) / GONE_S


@given(
    st.floats(-500, 1500),
    st.floats(0, 60),
    st.floats(0.001, 1e4),
)
def test_rates_are_rates_and_places_near_the_prediction(x: float, gap_s: float, std: float) -> None:
    rate, place = searched(x, gap_s, std)
    assert 0 <= rate <= np.log(99) / GONE_S + 1e-9
    assert abs(place - x) <= 100


def behind(path: dict[float, tuple[float, float]]) -> World:
    screen = Person({0: (500, 335), max(path): (500, 335)}, player=1, height=200)
    return World([Person(path, player=0), screen], seconds=max(path), players=3)


def clinch(hold_s: float, leaves_to: float) -> World:
    """In behind the screen, there for `hold_s` seconds, out to `leaves_to`."""
    return behind({
        0: (250, 300), 2.5: (500, 300), 2.5 + hold_s: (500, 300), 5 + hold_s: (leaves_to, 300)
    })  # fmt: skip


def along(hold_s: float) -> World:
    """They walk behind somebody for so long, then away."""
    x = 200 + 80 * hold_s
    walker = {0: (100.0, 300.0), 1: (200, 300), 1 + hold_s: (x, 300), 2 + hold_s: (x, 120)}
    screen = {
        0: (205.0, 335.0),
        1: (205, 335),
        1 + hold_s: (x + 5, 335),
        3 + hold_s: (x + 160, 335),
    }
    people = [
        Person({**walker, 3 + hold_s: (x, 120)}, player=0),
        Person(screen, player=1, height=170),
    ]
    return World(people, seconds=3 + hold_s, players=3)


WORLDS = {
    "4 s, then on": clinch(4, 750),
    "4 s, then back": clinch(4, 250),
    "8 s, then on": clinch(8, 750),
    "along with it": along(5),
}


@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
@pytest.mark.parametrize("way", WORLDS)
def test_in_a_long_clinch_they_stay_occluded_and_come_out_on_their_track(
    way: str, named: bool
) -> None:
    story = follow(WORLDS[way] if named else WORLDS[way].nameless())
    hidden = [s.seen.time_s for s in story.shots if 0 in s.boxes and 0 not in s.who]
    track = story.track(0, hidden[0] - 0.2)
    assert hidden[-1] - hidden[0] > 3
    for time_s in hidden:
        assert story.state(track, time_s) == Visibility.OCCLUDED
        assert away(story, track, 0, time_s) < 0.75
    assert story.track(0, hidden[-1] + 1) == track


def away(story: Story, track: int, person: int, time_s: float) -> float:
    """How far off they are expected, in heights."""
    i = story.index(time_s)
    frame, box = story.frames[i], story.shots[i].boxes[person]
    place = frame.predicted[frame.track_ids == track][0]
    return float(np.linalg.norm(place - (box[:2] + box[2:]) / 2) / (box[3] - box[1]))


def test_behind_one_who_may_be_the_same_they_are_not_hidden() -> None:
    box, spread = SCREEN[:1] - np.array([0, 2.0, 0, 2.0]), np.full((1, 2), 5.0)
    for gap_s in (0.5, 5.0):
        asked = bx.to_states(box), spread, np.array([gap_s]), SCREEN[:1], GONE_S
        hidden, _ = search(*asked)
        open_, _ = search(*asked, may=np.zeros((1, 1), bool))
        nobody, _ = search(*asked[:3], np.zeros((0, 4)), GONE_S)
        assert hidden[0] < open_[0] == nobody[0]
