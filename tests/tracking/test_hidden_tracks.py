"""Who vanished is taken along by the others: by those who are seen, and by nobody else's rows."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.following import SIZE, Person, Story, World, follow, play
from tests.worlds.offsets import Crowd, pack_net
from tracker.settings import FollowSettings
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.occlusion_net import OffsetNet
from tracker.tracking.online import OnlineTracker
from tracker.types import Doubles, Ints, Mask

PACK = pack_net()
CROWD = Crowd(6)
SEEN_S = 2.0
IDS = np.array([3, 4, 7, 9, 12, 20])


def vanished(
    rows: Ints, crowd: Crowd = CROWD, net: OffsetNet = PACK, ids: Ints = IDS
) -> HiddenTracks:
    """Of a crowd that was watched for two seconds, the tracks `rows` are missed in the next frame.

    The others are seen in it.
    """
    history = crowd.history(SEEN_S)
    last, since_s = crowd.places(SEEN_S)[rows], np.full(len(rows), SEEN_S)
    history.step(SEEN_S + 0.04, np.eye(2, 3))
    others = np.setdiff1d(np.arange(crowd.people), rows)
    history.note(others, crowd.places(SEEN_S + 0.04)[others], seen=True)
    return HiddenTracks.of(rows, last, since_s, history, ids, net)


def steps(rows: Ints, time_s: float) -> Doubles:
    """(n, 2) how far these have gone since all were seen."""
    return np.asarray((CROWD.places(time_s) - CROWD.places(SEEN_S))[rows, :2])


def mask(*rows: int, count: int = 6) -> Mask:
    found = np.zeros(count, bool)
    found[list(rows)] = True
    return found


# ------------------------------------------------------------------ whom a hidden one follows


def test_they_go_where_the_mean_of_the_others_goes() -> None:
    memory = vanished(np.array([2]))
    place, std = memory.answer(PACK, 2.6, IDS, CROWD.places(2.6), mask(0, 1, 3, 4, 5))
    others = steps(np.array([0, 1, 3, 4, 5]), 2.6).mean(axis=0)
    np.testing.assert_allclose(place[0, :2], CROWD.places(SEEN_S)[2, :2] + others, atol=1e-3)
    np.testing.assert_allclose(place[0, 2:], CROWD.places(SEEN_S)[2, 2:])
    np.testing.assert_allclose(std[0, 0] / std[0, 2], CROWD.height, rtol=1e-6)


def test_of_two_who_vanish_together_neither_follows_the_other() -> None:
    memory = vanished(np.array([1, 2]))
    place, _ = memory.answer(PACK, 2.6, IDS, CROWD.places(2.6), mask(0, 3, 4, 5))
    others = steps(np.array([0, 3, 4, 5]), 2.6).mean(axis=0)
    for k, row in enumerate((1, 2)):
        expected = CROWD.places(SEEN_S)[row, :2] + others
        np.testing.assert_allclose(place[k, :2], expected, atol=1e-3)


def test_who_vanished_meanwhile_does_not_count_and_counts_again_when_they_are_back() -> None:
    memory = vanished(np.array([2]))
    now = CROWD.places(2.6)
    now[4] += 1e4  # only guessed: they may be thought anywhere
    without, _ = memory.answer(PACK, 2.6, IDS, now, mask(0, 1, 3, 5))
    expected = CROWD.places(SEEN_S)[2, :2] + steps(np.array([0, 1, 3, 5]), 2.6).mean(axis=0)
    np.testing.assert_allclose(without[0, :2], expected, atol=1e-3)
    back, _ = memory.answer(PACK, 2.8, IDS, CROWD.places(2.8), mask(0, 1, 3, 4, 5))
    expected = CROWD.places(SEEN_S)[2, :2] + steps(np.array([0, 1, 3, 4, 5]), 2.8).mean(axis=0)
    np.testing.assert_allclose(back[0, :2], expected, atol=1e-3)


def test_when_nobody_is_seen_they_stay() -> None:
    memory = vanished(np.array([2]))
    place, std = memory.answer(PACK, 2.6, IDS, CROWD.places(2.6), mask())
    np.testing.assert_allclose(place[0], CROWD.places(SEEN_S)[2])
    assert np.isfinite(std).all()


def test_who_was_always_alone_stays() -> None:
    alone = Crowd(1)
    memory = vanished(np.array([0]), alone, ids=np.array([5]))
    place, _ = memory.answer(PACK, 2.6, np.array([5]), alone.places(2.6), mask(count=1))
    np.testing.assert_allclose(place[0], alone.places(SEEN_S)[0])


# ---------------------------------------------------------------- who is who


def test_rows_that_go_and_come_mix_nobody_up() -> None:
    """Two tracks end, two begin: everybody stands in another row, ids tell who is who."""
    memory = vanished(np.array([2]))
    kept, places = np.array([1, 2, 4, 5]), CROWD.places(2.6)
    strangers = np.tile(places[:1] + 500, (2, 1))
    ids = np.append(IDS[kept], [21, 22])
    now, seen = np.concatenate([places[kept], strangers]), mask(0, 2, 3, 4, 5)
    place, _ = memory.answer(PACK, 2.6, ids, now, seen)
    expected = CROWD.places(SEEN_S)[2, :2] + steps(np.array([1, 4, 5]), 2.6).mean(axis=0)
    np.testing.assert_allclose(place[0, :2], expected, atol=1e-3)


@pytest.mark.parametrize("ids", [np.array([1]), np.array([99]), np.array([3, 99])])
def test_ids_that_ended_are_nobody(ids: Ints) -> None:
    memory = vanished(np.array([2]))
    now = np.full((len(ids), 4), 1e4)
    now[ids == 3] = CROWD.places(2.6)[0]
    place, _ = memory.answer(PACK, 2.6, ids, now, np.ones(len(ids), bool))
    moved = steps(np.array([0]), 2.6)[0] if 3 in ids else 0
    np.testing.assert_allclose(place[0, :2], CROWD.places(SEEN_S)[2, :2] + moved, atol=1e-3)


def test_pick_and_join_keep_each_ones_memory() -> None:
    first, second = vanished(np.array([1])), vanished(np.array([4, 2]))
    both = first.join(second)
    assert both.ids.tolist() == [4, 12, 7]
    now, seen = CROWD.places(2.6), mask(0, 3, 5)
    place, std = both.answer(PACK, 2.6, IDS, now, seen)
    for k, row in enumerate((1, 4, 2)):
        alone = vanished(np.array([row]))
        np.testing.assert_allclose(place[k], alone.answer(PACK, 2.6, IDS, now, seen)[0][0])
    picked, _ = both.pick(np.array([2, 0])).answer(PACK, 2.6, IDS, now, seen)
    np.testing.assert_array_equal(picked, place[[2, 0]])
    dropped = both.pick(np.array([False, True, True]))
    assert dropped.ids.tolist() == [12, 7]
    assert len(std) == 3


def test_joined_to_nobody_it_is_the_same() -> None:
    memory = HiddenTracks.empty().join(vanished(np.array([2])))
    now, seen = CROWD.places(2.6), mask(0, 1, 3)
    place, _ = memory.answer(PACK, 2.6, IDS, now, seen)
    expected = vanished(np.array([2])).answer(PACK, 2.6, IDS, now, seen)[0]
    np.testing.assert_array_equal(place, expected)


def test_more_others_than_it_looks_at_are_the_nearest() -> None:
    crowd = Crowd(40)
    ids = np.arange(40)
    memory = vanished(np.array([7]), crowd, ids=ids)
    begun, now = crowd.places(SEEN_S)[:, :2], crowd.places(2.6)
    away = np.linalg.norm(begun - begun[7], axis=1)
    near = np.argsort(away)[1:17]  # without the player
    place, _ = memory.answer(PACK, 2.6, ids, now, ids != 7)
    expected = begun[7] + (now[:, :2] - begun)[near].mean(axis=0)
    np.testing.assert_allclose(place[0, :2], expected, atol=1e-3)


# ------------------------------------------------------------------ the camera


def test_a_camera_that_is_told_moves_the_memory_along() -> None:
    """Pan and zoom while they are hidden: the answer is what it was, in the new picture."""
    still, told = vanished(np.array([2])), vanished(np.array([2]))
    camera = np.array([[1.1, 0.0, -40.0], [0.0, 1.1, 5.0]])
    told.move(camera)
    seen, now = mask(0, 1, 3, 4, 5), CROWD.places(2.6)
    moved = now.copy()
    moved[:, :2] = now[:, :2] @ camera[:, :2].T + camera[:, 2]
    moved[:, 2:] += np.log(1.1)
    place, std = still.answer(PACK, 2.6, IDS, now, seen)
    again, wide = told.answer(PACK, 2.6, IDS, moved, seen)
    place[:, :2] = place[:, :2] @ camera[:, :2].T + camera[:, 2]
    np.testing.assert_allclose(again[:, :2], place[:, :2], atol=1e-3)
    np.testing.assert_allclose(again[:, 2:], place[:, 2:] + np.log(1.1), atol=1e-6)
    np.testing.assert_allclose(wide[:, :2], std[:, :2] * 1.1)


# ------------------------------------------------------------- in the tracker


def standing(told: bool, missed: tuple[float, float]) -> World:
    """Nine stand on the ground; the camera begins to pan in the moment in which one is missed."""
    spots = [(420.0 + 120 * (k % 3), 150.0 + 150 * (k // 3)) for k in range(9)]
    hidden = [[missed] if k == 4 else [] for k in range(9)]
    people = [Person({0: s, 5: s}, missed=m) for s, m in zip(spots, hidden, strict=True)]
    return World(people, seconds=missed[1] + 0.4, pan=(150, 20), pan_from_s=missed[0], told=told)


def astray(story: Story, person: int, time_s: float) -> float:
    """How far from the true place they are thought to be, body heights."""
    i = story.index(time_s)
    box, frame = story.shots[i].boxes[person], story.frames[i]
    row = np.flatnonzero(frame.track_ids == story.track(person, 0.4))[0]
    away = np.linalg.norm(frame.predicted[row] - (box[:2] + box[2:]) / 2)
    return float(away / story.world.people[person].height)


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_in_a_pan_they_stay_with_the_others(told: bool) -> None:
    world = standing(told, (1.0, 2.0))
    story = follow(world)
    assert astray(story, 4, 1.96) < 0.3
    alone = follow(world, FollowSettings.model_validate({"offsets": {"enabled": False}}))
    assert astray(alone, 4, 1.96) < 0.3  # the others tell the camera, see `common_motion.py`


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_found_again_they_are_the_same_and_the_next_gap_begins_anew(told: bool) -> None:
    world = standing(told, (1.0, 1.4))
    x, y = world.people[4].path[0]
    walks = {0: (x, y), 1.4: (x, y), 5.0: (x + 360, y)}  # from then on
    again = Person(walks, missed=[(1.0, 1.4), (1.8, 2.4)])
    people = [*world.people[:4], again, *world.people[5:]]
    story = follow(World(people, 2.8, pan=world.pan, pan_from_s=1.0, told=told))
    tracks = {track for _, track, _ in story.rows(4)}
    assert len(tracks) == 1
    assert astray(story, 4, 1.76) < 0.1  # seen, they are where they are seen
    assert astray(story, 4, 2.36) < 0.5


def test_tracks_that_end_and_begin_while_they_are_hidden_change_nothing() -> None:
    """Two leave before they vanish, of whom one's track ends meanwhile; another one comes."""
    world = standing(told=False, missed=(1.0, 1.64))
    leavers = [Person({0.0: (60 + 90 * k, 560), 0.4 * k + 0.2: (100, 560)}) for k in range(2)]
    comer = Person({1.3: (900, 560), 5.0: (900, 560)})
    people = [*leavers, *world.people, comer]
    drawn = World(people, world.seconds, pan=world.pan, pan_from_s=1.0, told=False)
    tracker = OnlineTracker(FollowSettings(max_absent_s=0.7), SIZE, offsets=PACK)
    shots = play(drawn)
    story = Story(drawn, shots, [tracker.update(shot.seen) for shot in shots])
    tracks = [story.frames[story.index(t)].track_ids for t in (1.16, 1.6)]
    rows = [int(np.flatnonzero(ids == story.track(6, 0.4))[0]) for ids in tracks]
    assert rows[0] != rows[1]
    assert astray(story, 6, 1.6) < 0.1
