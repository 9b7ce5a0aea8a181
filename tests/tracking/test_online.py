"""The tracker on drawn worlds: who is followed, who is hidden, who is gone, and who is called what.

Every world is played with names and, where it makes sense, without. The tests say what happens,
not at which score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.following import (
    LOOKS,
    SIZE,
    Person,
    Story,
    World,
    bearers,
    follow,
    play,
    tracker_for,
)
from tracker.settings import FollowSettings, IdentitySettings
from tracker.tracking.online import OnlineTracker
from tracker.types import UNKNOWN, Evidence, Observation, TrackedFrame, Visibility

VISIBLE, OCCLUDED, ABSENT = Visibility.VISIBLE, Visibility.OCCLUDED, Visibility.ABSENT
STRANGER = {9: 1.0}
NAMED_BY_S = 1.0
"""A player in plain sight has their name within this long."""

both = pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])


def told(world: World, named: bool) -> Story:
    return follow(world if named else world.nameless())


def one_path(story: Story, *people: int) -> None:
    """Each of them is one track from beginning to end, and nobody else's."""
    tracks = [{track for _, track, _ in story.rows(person)} for person in people]
    assert all(len(t) == 1 for t in tracks), f"paths by person: {tracks}"
    assert len(set.union(*tracks)) == len(people)


def right_names(story: Story, since_s: float = NAMED_BY_S, until_s: float = np.inf) -> None:
    """From then on everybody who is in view has their own name and no other."""
    for person, script in enumerate(story.world.people):
        mine = UNKNOWN if script.player is None else script.player
        wrong = [
            (round(t, 2), name)
            for t, _, name in story.rows(person)
            if since_s <= t <= until_s and name != (mine if story.world.players else UNKNOWN)
        ]
        assert not wrong, f"person {person} has wrong names: {wrong[:5]} ..."


# ------------------------------------------------------------ paths that meet


CROSSING = World(
    [
        Person({0: (200, 300), 4: (800, 310)}, player=0),
        Person({0: (800, 300), 4: (200, 300)}, player=1),
    ],
    seconds=4,
    players=3,
)


@both
def test_two_who_cross_keep_paths_and_names(named: bool) -> None:
    story = told(CROSSING, named)
    one_path(story, 0, 1)
    right_names(story)


TURNING = World(
    [
        Person({0: (300, 300), 2: (480, 300), 4: (300, 300)}, player=0),
        Person({0: (700, 310), 2: (520, 310), 4: (700, 310)}, player=1),
    ],
    seconds=4,
    players=3,
)


@both
def test_two_who_meet_and_turn_back_keep_paths_and_names(named: bool) -> None:
    story = told(TURNING, named)
    one_path(story, 0, 1)
    right_names(story)


def test_names_change_places_when_the_paths_were_mixed_up() -> None:
    """Nobody is encoded around the meeting and both are missed: the paths run straight on."""
    world = replace(
        TURNING,
        seconds=8,
        people=[
            replace(p, path={**p.path, 8.0: p.path[4]}, missed=[(1.75, 2.25)])
            for p in TURNING.people
        ],
    )
    shots = [_unencoded(s.seen) if 1.2 < s.seen.time_s < 2.6 else s.seen for s in play(world)]
    swapped = [_swapped(s) if s.time_s >= 2.25 else s for s in shots]
    tracker = tracker_for(world)
    frames = [tracker.update(s) for s in swapped]
    before, after = frames[30], frames[-1]
    assert [bearers(before, p) for p in (0, 1)] == [bearers(after, p) for p in (1, 0)]
    late = [f for f in frames if f.time_s > 6]
    for player in (0, 1):
        assert all(len(bearers(f, player)) == 1 for f in late)


def _unencoded(seen: Observation) -> Observation:
    return replace(seen, embeddings=np.full_like(seen.embeddings, np.nan))


def _swapped(seen: Observation) -> Observation:
    """The same places, the looks of the other one."""
    return replace(seen, embeddings=seen.embeddings[::-1].copy())


# ------------------------------------------------------ hidden, missed, away


def behind(path: dict[float, tuple[float, float]]) -> World:
    """A walker, and somebody big who stands before them at x = 500."""
    screen = Person({0: (500, 335), 9: (500, 335)}, player=1, height=170)
    return World([Person(path, player=0), screen], seconds=max(path), players=3)


BEHIND = {
    "walks on": behind({0: (250, 300), 5: (750, 300)}),
    "stops behind them": behind({0: (250, 300), 2: (490, 300), 3: (510, 300), 5: (750, 300)}),
    "turns round": behind({0: (250, 300), 2: (490, 300), 3: (490, 300), 5: (250, 300)}),
}


def hidden_span(story: Story, person: int) -> tuple[float, float]:
    """From when until when they are covered: the first such time of the story."""
    times = [s.seen.time_s for s in story.shots if person in s.boxes and person not in s.who]
    assert times
    return times[0], times[-1] + 1 / story.world.fps


@pytest.mark.parametrize("way", BEHIND)
@both
def test_behind_somebody_they_are_occluded_and_come_out_as_the_same(way: str, named: bool) -> None:
    story = told(BEHIND[way], named)
    since, until = hidden_span(story, 0)
    assert until - since > 0.5
    track = story.track(0, 1.0)
    states = story.states(track, since, until)
    assert set(states) == {OCCLUDED}, f"{states}"
    one_path(story, 0, 1)
    right_names(story)


def test_while_hidden_they_have_a_box_near_where_they_are() -> None:
    story = follow(BEHIND["stops behind them"])
    since, until = hidden_span(story, 0)
    track = story.track(0, 1.0)
    for i in range(story.index(since), story.index(min(until, since + 0.6))):
        frame, truth = story.frames[i], story.shots[i].boxes[0]
        row = int(np.flatnonzero(frame.track_ids == track)[0])
        assert np.isfinite(frame.boxes[row]).all()
        assert np.isnan(frame.scores[row])
        away = np.linalg.norm(frame.predicted[row] - (truth[:2] + truth[2:]) / 2)
        assert away < 50  # half the height


@both
def test_missed_in_the_open_they_are_absent_within_half_a_second(named: bool) -> None:
    walker = Person({0: (200, 300), 6: (500, 300)}, player=0, missed=[(2, 3.2)])
    other = Person({0: (800, 300), 6: (800, 300)}, player=1)
    story = told(World([walker, other], seconds=5, players=3), named)
    track = story.track(0, 1.9)
    assert set(story.states(track, 2.5, 3.2)) == {ABSENT}
    assert ABSENT not in story.states(track, 2.0, 2.08)  # one missed frame is no farewell
    right_names(story, until_s=2)
    right_names(story, since_s=4.2)


def test_an_absent_player_has_no_box_but_a_place_that_grows_less_certain() -> None:
    walker = Person({0: (200, 300), 3: (500, 300)}, player=0, missed=[(2, 3)])
    story = follow(World([walker], seconds=3, players=1))
    frames = [f for f in story.frames if f.time_s >= 2.5]
    assert all(np.isnan(f.boxes).all() and np.isfinite(f.predicted).all() for f in frames)
    spread = [float(f.std[0, 0]) for f in frames]
    assert spread == sorted(spread)
    assert spread[0] < spread[-1]


LEAVING = World(
    [
        Person({0: (300, 300), 2: (-100, 300), 8: (-100, 300), 10: (300, 300)}, player=0),
        Person({0: (500, 300), 10: (800, 300)}, player=1),
    ],
    seconds=10,
    players=3,
)


def test_who_leaves_and_returns_bears_the_same_name_again() -> None:
    story = follow(LEAVING)
    right_names(story, until_s=1.5)
    right_names(story, since_s=9.5)
    for frame in story.frames[story.index(2.5) : story.index(8.0)]:
        waiting = frame.visibility[frame.players == 0]
        assert waiting.tolist() == [ABSENT]  # a named player is never forgotten
    assert all(len(bearers(f, p)) <= 1 for f in story.frames for p in (0, 1))


def test_a_path_without_a_name_ends_when_it_is_long_gone() -> None:
    story = follow(LEAVING.nameless(), FollowSettings(max_absent_s=2.0))
    track = story.track(0, 1.0)
    assert story.state(track, 2.5) is ABSENT
    assert story.state(track, 5.5) is None


def test_what_is_seen_only_for_a_moment_is_never_confirmed() -> None:
    world = World(
        [Person({0: (300, 300), 0.05: (300, 300)}), Person({0: (600, 300), 2: (600, 300)})], 2
    )
    story = follow(world)
    confirmed = {int(t) for f in story.frames for t in f.track_ids[f.confirmed]}
    assert confirmed == {story.track(1, 1.0)}


def test_weak_detections_keep_a_path_alive_and_start_none() -> None:
    faint = [(1.0, 2.5)]
    walker = Person({0: (200, 300), 3: (500, 300)}, weak=faint)
    ghost = Person({1.0: (800, 300), 2.0: (800, 300)}, weak=faint)
    story = follow(World([walker, ghost], seconds=3))
    one_path(story, 0)
    assert len(story.rows(0)) == 75
    assert story.rows(1) == []


# ---------------------------------------------------------------- look-alikes


def beside(second: Person, *, first_from_s: float = 0.0, seconds: float = 6.0) -> World:
    """Player 2 walks in view of somebody else, far enough for no mistake about paths."""
    player = Person({first_from_s: (200, 200), seconds: (500, 200)}, player=2)
    return World([player, second], seconds, players=4)


APART = {0.0: (800.0, 400.0), 6.0: (500.0, 400.0)}


def test_a_stranger_like_nobody_stays_unnamed() -> None:
    story = follow(beside(Person(APART, look=STRANGER)))
    right_names(story)


def test_a_name_goes_to_the_one_it_fits_better() -> None:
    """The stranger looks much like player 2, but a little less so than player 2 does."""
    story = follow(beside(Person(APART, look={2: 1.0, 9: 0.7})))
    right_names(story, since_s=2.5)


def test_a_look_alike_who_was_first_gives_the_name_up_to_the_player() -> None:
    """Alone, the stranger passes for player 2; beside the better match they cannot."""
    story = follow(beside(Person(APART, look={2: 1.0, 9: 0.7}), first_from_s=2.0))
    right_names(story, since_s=5.0)


def test_a_twin_never_makes_two_of_one_player() -> None:
    story = follow(beside(Person(APART, look={2: 1.0})))
    assert all(len(bearers(f, 2)) <= 1 for f in story.frames)


# ------------------------------------------------------------- camera and cuts


@pytest.mark.parametrize("camera_told", [True, False], ids=["told", "untold"])
@both
def test_a_pan_of_fifteen_pixels_a_frame_loses_nobody(camera_told: bool, named: bool) -> None:
    people = [Person({0: (400 + 90 * i, 300), 3: (1500 + 90 * i, 300)}, player=i) for i in range(4)]
    story = told(World(people, seconds=3, players=5, pan=(375, 0), told=camera_told), named)
    one_path(story, *range(4))
    right_names(story)


@both
def test_in_a_pan_those_who_stand_keep_their_paths(named: bool) -> None:
    people = [Person({0: (600 + 90 * i, 300), 2: (600 + 90 * i, 300)}, player=i) for i in range(4)]
    story = told(World(people, seconds=1.5, players=5, pan=(375, 0)), named)
    one_path(story, *range(4))


def test_an_unseen_player_stays_with_the_ground_when_the_camera_starts_to_pan() -> None:
    walker = Person({0: (700, 300), 3: (700, 300)}, missed=[(1.0, 1.16)])
    story = follow(World([walker], seconds=2, pan=(375, 0), pan_from_s=0.96))
    i = story.index(1.12)
    truth = story.shots[i].boxes[0]
    assert story.frames[i].visibility.tolist() == [OCCLUDED]
    np.testing.assert_allclose(story.frames[i].boxes[0], truth, atol=10)


CUT_S = 3.0
CUT = World(
    [
        Person({0: (500, 200), 6: (700, 200)}, player=0),
        Person({0: (800, 400), 6: (600, 400)}, player=1),
        Person({0: (600, 500), 6: (600, 500)}, look=STRANGER),
        Person({0: (900, 300), 3.0: (900, 300)}, player=2),
    ],
    seconds=6,
    players=4,
    cuts={CUT_S: (400, 80)},
)


def test_a_cut_makes_everybody_absent_who_is_not_detected_anew() -> None:
    story = follow(CUT)
    old = {int(t) for t in story.frames[story.index(CUT_S) - 1].track_ids}
    frame = story.frames[story.index(CUT_S)]
    for track, state in zip(frame.track_ids.tolist(), frame.visibility.tolist(), strict=True):
        assert state == (ABSENT if track in old else VISIBLE)


def test_after_a_cut_the_names_come_back_within_a_second() -> None:
    story = follow(CUT)
    right_names(story, until_s=CUT_S - 0.1)
    right_names(story, since_s=CUT_S + 1.0)


@both
def test_after_a_cut_no_unnamed_path_goes_on_as_another_one(named: bool) -> None:
    story = told(CUT, named)
    unnamed = [2] if named else [0, 1, 2]
    for person in unnamed:
        assert story.track(person, CUT_S - 0.2) != story.track(person, CUT_S + 1.0)
    before = {
        t for p in range(4) for time_s, t, name in story.rows(p) if time_s < CUT_S and name < 0
    }
    named_once = {t for p in range(4) for _, t, name in story.rows(p) if name >= 0}
    after = {t for p in range(4) for time_s, t, _ in story.rows(p) if time_s >= CUT_S}
    assert not (before - named_once) & after


def test_a_row_that_waits_for_a_player_goes_when_they_are_seen_on_another_track() -> None:
    story = follow(CUT)
    old, new = story.track(0, CUT_S - 0.2), story.track(0, CUT_S + 1.0)
    assert old != new
    assert story.state(old, CUT_S) is ABSENT
    assert story.state(old, CUT_S + 1.0) is None
    lost = story.track(3, CUT_S - 0.2)
    assert story.state(lost, 5.9) is ABSENT  # nobody has seen player 2 since: that row waits on
    assert bearers(story.frames[-1], 2) == [lost]


# ----------------------------------------------------------- little and nothing


def test_without_any_detection_there_are_no_rows() -> None:
    assert all(len(frame) == 0 for frame in follow(World([], seconds=40, fps=10, players=2)).frames)


def test_a_long_emptiness_ends_paths_and_keeps_players() -> None:
    people = [
        Person({0: (300, 300), 1: (300, 300)}, player=0),
        Person({0: (600, 300), 1: (600, 300)}, look=STRANGER),
        Person({38: (600, 300), 40: (600, 300)}, player=0),
    ]
    story = follow(World(people, seconds=40, fps=10, players=2))
    waiting = story.frames[300]
    assert waiting.players.tolist() == [0]
    assert np.isfinite(waiting.predicted).all()
    assert np.isfinite(waiting.std).all()
    right_names(story, since_s=39.5)


@pytest.mark.parametrize("count", [1, 2])
def test_first_detections_are_visible_rows_at_their_places(count: int) -> None:
    people = [Person({0: (300 + 200 * i, 300), 1: (300, 300)}) for i in range(count)]
    seen = play(World(people, seconds=0.04))[0].seen
    frame = OnlineTracker(FollowSettings(), SIZE).update(seen)
    assert frame.visibility.tolist() == [VISIBLE] * count
    assert frame.track_ids.tolist() == list(range(1, count + 1))
    np.testing.assert_array_equal(frame.boxes, seen.boxes.astype(float))
    np.testing.assert_allclose(frame.predicted, (frame.boxes[:, :2] + frame.boxes[:, 2:]) / 2)


@pytest.mark.parametrize("swap_rate", [0.0, 50.0])
def test_any_rate_of_swaps_leaves_probabilities(swap_rate: float) -> None:
    """Two stand so close, unencoded, that they may have changed places in every frame."""
    pair = [Person({0: (500 + 8 * i, 300), 2: (500 + 8 * i, 300)}, player=i) for i in range(2)]
    world = World(pair, seconds=2, players=2, fps=10)
    tracker = tracker_for(world, FollowSettings(identity=IdentitySettings(swap_rate=swap_rate)))
    for shot in play(world):
        frame = tracker.update(_unencoded(shot.seen) if shot.seen.time_s > 1 else shot.seen)
        assert ((frame.player_confidence >= 0) & (frame.player_confidence <= 1)).all()


def test_time_that_does_not_go_on_is_refused() -> None:
    seen = [s.seen for s in play(CROSSING)[:2]]
    for again in (seen[1], seen[0]):
        tracker = tracker_for(CROSSING)
        tracker.update(seen[0])
        tracker.update(seen[1])
        with pytest.raises(ValueError, match=r"frame . at .* is not after"):
            tracker.update(again)


# ------------------------------------------------------------------ the laws


def same(first: TrackedFrame, second: TrackedFrame) -> None:
    for part in fields(TrackedFrame):
        np.testing.assert_array_equal(getattr(first, part.name), getattr(second, part.name))


BUSY = replace(
    LEAVING,
    people=[
        *LEAVING.people,
        *BEHIND["walks on"].people,
        Person({1: (900, 500), 9: (100, 100)}, look=STRANGER, missed=[(3, 3.5)]),
    ],
    players=2,
)


@both
@pytest.mark.parametrize("order", [1, -1], ids=["again", "reversed"])
def test_the_order_of_detections_changes_nothing(order: int, named: bool) -> None:
    world = BUSY if named else BUSY.nameless()
    first, second = tracker_for(world), tracker_for(world)
    for shot in play(world):
        s = shot.seen
        turned = replace(
            s, boxes=s.boxes[::order], scores=s.scores[::order], embeddings=s.embeddings[::order]
        )
        same(first.update(s), second.update(turned))


@pytest.mark.parametrize("fps", [10, 60])
@both
def test_the_frame_rate_changes_nothing_of_the_story(fps: int, named: bool) -> None:
    for world in (CROSSING, BEHIND["walks on"]):
        story = told(replace(world, fps=fps), named)
        one_path(story, 0, 1)
        right_names(story)
    story = told(replace(LEAVING, seconds=5, fps=fps), named)
    track = story.track(0, 1.0)
    assert story.state(track, 2.0) is not VISIBLE
    assert story.state(track, 4.0) is ABSENT


# ------------------------------------------------ whatever a detector may say


def anything(seed: int, frames: int) -> Iterator[Observation]:
    """Boxes from nowhere, empty frames, stalls, cuts, crops that were not encoded."""
    rng = np.random.default_rng(seed)
    time_s = 0.0
    crowd = rng.uniform([0, 0], [1000, 600], (6, 2))
    for index in range(frames):
        time_s += float(rng.choice([0.001, 0.04, 0.2, 3.0], p=[0.1, 0.7, 0.15, 0.05]))
        count = int(rng.integers(0, 7))
        crowd = crowd + rng.normal(0, 8, crowd.shape)
        corner = np.where(rng.random((count, 1)) < 0.2, rng.uniform(-300, 1300, 2), crowd[:count])
        size = rng.choice([0.0, 1.0, 30.0, 90.0, 900.0], (count, 2), p=[0.02, 0.03, 0.5, 0.4, 0.05])
        looks = rng.normal(0, 1, (count, LOOKS)) + 4 * np.eye(6, LOOKS)[:count]
        looks = looks / np.linalg.norm(looks, axis=1, keepdims=True)
        looks[rng.random(count) < 0.3] = np.nan
        turn = np.eye(2) * rng.uniform(0.9, 1.1) + rng.normal(0, 0.02, (2, 2))
        yield Observation(
            index=index,
            time_s=time_s,
            boxes=np.concatenate([corner, corner + size], axis=1).astype(np.float32),
            scores=rng.choice([0.1, 0.4, 0.9], count, p=[0.1, 0.1, 0.8]).astype(np.float32),
            embeddings=looks.astype(np.float32),
            camera=np.column_stack([turn, rng.normal(0, 20, 2)]),
            cut=bool(rng.random() < 0.05),
        )


def obeys(frame: TrackedFrame, seen: Observation) -> None:
    """What holds for the rows of every frame."""
    assert ((frame.player_confidence >= 0) & (frame.player_confidence <= 1 + 1e-9)).all()
    assert np.isfinite(frame.predicted).all()
    assert np.isfinite(frame.std).all()
    assert (frame.std > 0).all()
    state = frame.visibility
    assert np.isfinite(frame.boxes[state == OCCLUDED]).all()
    assert np.isnan(frame.boxes[state == ABSENT]).all()
    assert (np.isnan(frame.scores) == (state != VISIBLE)).all()
    assert ((frame.evidence == Evidence.NONE) == (frame.players == UNKNOWN)).all()
    given = sorted(map(tuple, np.column_stack([seen.boxes, seen.scores]).astype(float).tolist()))
    shown = np.column_stack([frame.boxes, frame.scores])[state == VISIBLE].tolist()
    strong = [row for row in given if row[4] >= 0.5]
    assert not Counter(map(tuple, shown)) - Counter(given)  # the detection's own box, once
    assert not Counter(strong) - Counter(map(tuple, shown))  # and nobody who is seen is left out


@given(seed=st.integers(0, 2**32 - 1), players=st.sampled_from([0, 4]))
@settings(max_examples=25, deadline=None)
def test_whatever_is_detected_the_rows_keep_their_laws(seed: int, players: int) -> None:
    tracker = tracker_for(World([], seconds=0, players=players))
    newest = 0
    ended: set[int] = set()
    alive: set[int] = set()
    for seen in anything(seed, 30):
        frame = tracker.update(seen)  # ids and names that stand twice raise here
        obeys(frame, seen)
        ids = set(frame.track_ids.tolist())
        fresh = {i for i in ids if i > newest}
        assert not (ids - fresh) & ended
        newest = max([newest, *ids])
        state = tracker.tracks
        assert state is not None
        assert (np.linalg.eigvalsh(state.motion.covariance) > 0).all()
        assert np.isfinite(state.beliefs.log).all()
        kept = set(state.ids.tolist())
        ended |= (alive | ids) - kept
        alive = kept
