"""The second pass knows both ends of a gap: the path between them is bent to fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import Person, Story, World, follow
from tracker import boxes as bx
from tracker.offline.backward_offsets import backward_offsets
from tracker.offline.smoothing import LONGEST_S, Gap, find_gaps, smooth_gaps
from tracker.settings import MotionSettings
from tracker.tracking.occlusion_net import shipped
from tracker.types import Doubles, TrackedFrame, Visibility

GONE_S, BACK_S = 1.6, 3.2
TURNS = {0: (300.0, 300.0), 2.4: (540.0, 300.0), 4: (380.0, 300.0)}
"""They walk right and turn round while nobody sees them."""
OTHERS = [
    Person({0: (200.0 + 90 * i, 150 + 60 * (i % 4)), 4: (230.0 + 90 * i, 180 + 60 * (i % 4))})
    for i in range(6)
]
WORLD = World([Person(TURNS, missed=[(GONE_S, BACK_S)]), *OTHERS], seconds=4)
PAN = {"still": WORLD, "told": replace(WORLD, pan=(40, 8))}
PAN["not told"] = replace(PAN["told"], told=False)


def mended(story: Story, with_net: bool = True) -> list[TrackedFrame]:
    cameras, cuts = told(story)
    return smooth_gaps(
        story.frames, cameras, cuts, shipped() if with_net else None, MotionSettings()
    )


def told(story: Story) -> tuple[list[Doubles], list[bool]]:
    return [s.seen.camera for s in story.shots], [s.seen.cut for s in story.shots]


def off(story: Story, frames: list[TrackedFrame]) -> Doubles:
    """(n, 2) how far the hidden person is from where they should be, in stds and in heights."""
    track = story.track(0, 1.0)
    assert story.track(0, 3.6) == track
    found = []
    for i in range(story.index(GONE_S) + 1, story.index(BACK_S) - 1):
        frame, truth = frames[i], story.shots[i].boxes[0]
        row = int(np.flatnonzero(frame.track_ids == track)[0])
        away = np.linalg.norm(frame.predicted[row] - (truth[:2] + truth[2:]) / 2)
        found.append((away / frame.std[row].max(), away / 100))
    return np.array(found)


@pytest.mark.parametrize("camera", PAN)
def test_a_turn_that_nobody_saw_is_told_from_both_its_ends(camera: str) -> None:
    story = follow(PAN[camera])
    before, after = off(story, story.frames), off(story, mended(story))
    assert after[:, 1].max() < 0.4
    assert after[:, 1].mean() < 0.8 * before[:, 1].mean()
    assert after[:, 0].max() < 3.5  # and it knew how sure it was


@pytest.mark.parametrize("with_net", [True, False], ids=["net", "filter alone"])
def test_the_path_is_pinned_at_both_ends_and_least_sure_between(with_net: bool) -> None:
    story = follow(WORLD)
    track = story.track(0, 1.0)
    frames = mended(story, with_net)
    inside = range(story.index(GONE_S), story.index(BACK_S))
    rows = [int(np.flatnonzero(frames[i].track_ids == track)[0]) for i in inside]
    std = np.array([frames[i].std[row, 0] for i, row in zip(inside, rows, strict=True)])
    places = np.array([frames[i].predicted[row] for i, row in zip(inside, rows, strict=True)])
    assert std.argmax() in range(len(std) // 4, 3 * len(std) // 4)
    assert max(std[0], std[-1]) < 0.08 * 100
    for place, time_s in ((places[0], GONE_S), (places[-1], BACK_S - 1 / 25)):
        truth = story.shots[story.index(time_s)].boxes[0]
        assert np.linalg.norm(place - (truth[:2] + truth[2:]) / 2) < 0.12 * 100
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() < 0.12 * 100  # no jump


def test_nothing_else_is_touched() -> None:
    story = follow(PAN["told"])
    bridged = {gap.track for gap in find_gaps(story.frames, told(story)[1])}
    for old, new in zip(story.frames, mended(story), strict=True):
        for name in ("track_ids", "players", "visibility", "scores", "evidence", "confirmed"):
            np.testing.assert_array_equal(getattr(old, name), getattr(new, name))
        others = ~np.isin(old.track_ids, list(bridged))
        np.testing.assert_array_equal(old.boxes[others], new.boxes[others])
        np.testing.assert_array_equal(old.predicted[others], new.predicted[others])
        visible = old.visibility == Visibility.VISIBLE
        np.testing.assert_array_equal(old.boxes[visible], new.boxes[visible])
        np.testing.assert_array_equal(np.isnan(old.boxes), np.isnan(new.boxes))


def test_the_box_of_a_hidden_player_is_where_their_path_is() -> None:
    screen = Person({0: (500, 335), 9: (500, 335)}, height=170)
    story = follow(World([Person({0: (250, 300), 5: (750, 300)}), screen], seconds=5))
    frames = mended(story)
    track = story.track(0, 1.0)
    hidden = [
        (frame, row)
        for frame in frames
        for row in np.flatnonzero(frame.track_ids == track)
        if frame.visibility[row] == Visibility.OCCLUDED
    ]
    assert len(hidden) > 8
    for frame, row in hidden:
        np.testing.assert_allclose(bx.centres(frame.boxes[[row]])[0], frame.predicted[row])
        assert 90 < frame.boxes[row, 3] - frame.boxes[row, 1] < 115


def test_over_a_cut_and_over_too_long_a_time_nothing_is_bridged() -> None:
    story = follow(WORLD)
    cuts = [False] * len(story.frames)
    track = story.track(0, 1.0)
    gap = Gap(track, story.index(GONE_S) - 1, story.index(BACK_S))
    assert gap in list(find_gaps(story.frames, cuts))
    cuts[story.index(2.5)] = True
    assert gap not in list(find_gaps(story.frames, cuts))
    slow = [replace(f, time_s=f.time_s * (LONGEST_S + 1) / 1.6) for f in story.frames]
    assert gap not in list(find_gaps(slow, [False] * len(slow)))


def test_told_from_the_end_they_are_where_they_came_from() -> None:
    story = follow(PAN["told"])
    cameras, cuts = told(story)
    track, every = story.track(0, 1.0), {(i, story.track(0, 1.0)) for i in range(200)}
    answers = backward_offsets(story.frames, cameras, cuts, shipped(), every)
    assert answers
    for i in range(story.index(GONE_S) + 1, story.index(BACK_S) - 1):
        place, std = answers[i, track]
        truth = story.shots[i].boxes[0]
        away = np.linalg.norm(place[:2] - (truth[:2] + truth[2:]) / 2)
        assert away < 3.5 * std[:2].max()
    near = story.index(BACK_S) - 3  # nearer to the return they are known better
    assert answers[near, track][1][0] < 0.2 * answers[story.index(GONE_S) + 1, track][1][0]
