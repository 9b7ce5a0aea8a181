"""Where no picture tells how the camera moves, the people do."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.following import Person, Place, Story, World, follow, play, tracker_for
from tracker.types import Doubles

WHIP_S = 2.0
NONE = np.eye(2, 3)


def crowd(count: int, missed: tuple[float, float] | None = None) -> list[Person]:
    """People who stand here and there, far beyond the right end of the picture too. The detector
    misses the sixth for a while."""
    rng = np.random.default_rng(5)
    places = [(60.0 + 95 * k + rng.uniform(-40, 40), rng.uniform(100, 500)) for k in range(count)]
    return [
        Person({0: at, 9: at}, height=80, missed=[missed] if missed and k == 5 else ())
        for k, at in enumerate(places)
    ]


def whipped(people: list[Person], pan: Place, told: bool = False) -> World:
    return World(people, 3.0, pan=pan, pan_from_s=WHIP_S, told=told)


def cameras(world: World) -> Doubles:
    """(F, 2, 3) what the tracker took each frame's camera to be."""
    tracker, found = tracker_for(world), []
    for shot in play(world):
        tracker.update(shot.seen)
        found.append(tracker.camera)
    return np.array(found)


def changed(story: Story, since_s: float = 1.0) -> int:
    """How many people are on another track than at `since_s`."""
    count = 0
    for person in range(len(story.world.people)):
        tracks = [track for time_s, track, _ in story.rows(person) if time_s >= since_s]
        count += len(set(tracks)) > 1
    return count


@pytest.mark.parametrize("pan", [(600.0, 0.0), (-300.0, 200.0), (2300.0, 0.0)])
def test_a_sudden_pan_is_found_whatever_its_size(pan: Place) -> None:
    world = whipped(crowd(32), pan)
    begun = cameras(world)[round(WHIP_S * world.fps) + 1]
    assert begun[:, 2] == pytest.approx([-part / world.fps for part in pan], abs=2.0)


def test_people_keep_their_tracks_where_the_camera_whips_from_one_to_the_next() -> None:
    assert changed(follow(whipped(crowd(32), (2300.0, 0.0)))) == 0


def test_who_is_missed_during_the_pan_is_carried_along_with_it() -> None:
    story = follow(whipped(crowd(10, missed=(WHIP_S - 0.2, WHIP_S + 0.4)), (-700.0, 0.0)))
    assert story.track(5, 1.0) == story.track(5, WHIP_S + 0.6)
    track, place = story.track(5, 1.0), story.index(WHIP_S + 0.3)
    frame, (x1, y1, x2, y2) = story.frames[place], story.shots[place].boxes[5]
    guess = frame.predicted[frame.track_ids == track][0]
    assert np.hypot(guess[0] - (x1 + x2) / 2, guess[1] - (y1 + y2) / 2) < 16


def test_a_camera_that_pictures_tell_is_left_as_it_is() -> None:
    world = whipped(crowd(32), (600.0, 0.0), told=True)
    for shot, camera in zip(play(world), cameras(world), strict=True):
        assert (camera == shot.seen.camera).all()


@pytest.mark.parametrize("count", [1, 3, 10])
def test_a_camera_that_stands_still_does(count: int) -> None:
    assert (cameras(World(crowd(count), 3.0, told=False)) == NONE).all()


def test_few_people_tell_nothing() -> None:
    assert (cameras(whipped(crowd(3), (300.0, 0.0))) == NONE).all()


def test_people_who_go_their_own_ways_are_no_camera() -> None:
    rng = np.random.default_rng(2)
    people = []
    for k in range(8):
        middle = np.array([130 + 240 * (k % 4), 150 + 300 * (k // 4)])
        turns = {float(t): tuple((middle + rng.uniform(-80, 80, 2)).tolist()) for t in range(5)}
        people.append(Person(turns, height=80))
    found = cameras(World(people, 4.0, told=False))
    assert (found == NONE).all(axis=(1, 2)).mean() > 0.9


def test_across_a_cut_nobody_tells_anything() -> None:
    world = World(crowd(20), 3.0, cuts={WHIP_S: (47.0, 0.0)}, told=False)
    assert (cameras(world)[round(WHIP_S * world.fps)] == NONE).all()


def test_the_order_of_detections_changes_nothing() -> None:
    world = whipped(crowd(16), (600.0, 0.0))
    one, other = tracker_for(world), tracker_for(world)
    for shot in play(world):
        back = np.arange(len(shot.seen.boxes))[::-1]
        one.update(shot.seen)
        other.update(shot.seen.take(back))
        assert one.camera.tobytes() == other.camera.tobytes()


def test_who_has_left_is_not_brought_back_by_a_pan_that_people_tell() -> None:
    """They go out at the left and further on; then the camera follows, and somebody else stands
    where the pan would have them."""
    leaver = Person({0: (300, 300), 1.2: (-150, 300), 4: (-1200, 300)}, height=80)
    stander = Person({0: (-110, 300), 9: (-110, 300)}, height=80)
    story = follow(whipped([*crowd(10), leaver, stander], (-400.0, 0.0)))
    assert story.track(10, 0.5) != story.track(11, 2.8)
