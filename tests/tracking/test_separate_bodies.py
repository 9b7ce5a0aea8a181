"""One body, one track: what starts a track beside another, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import LOOKS, Person, Shot, Story, World, play, tracker_for
from tracker.tracking.births import Births
from tracker.tracking.separate_bodies import proven
from tracker.types import Doubles, TrackedFrame, Visibility

PAIR = World(
    [Person({0: (300, 300), 4: (600, 300)}), Person({0: (352, 300), 4: (652, 300)})], seconds=4
)
"""Two who walk side by side, a hand's breadth between them."""

Extra = Callable[[Shot], list[tuple[Doubles, float]]]


def with_boxes(world: World, extra: Extra, turned: bool = False) -> list[TrackedFrame]:
    """The world followed with more detections, (box, score) of each frame."""
    tracker, frames = tracker_for(world), []
    for shot in play(world):
        seen, more = shot.seen, extra(shot)
        boxes = np.array([box for box, _ in more], np.float32).reshape(-1, 4)
        scores = np.array([score for _, score in more], np.float32)
        looks = np.full((len(more), LOOKS), np.nan, np.float32)
        seen = replace(
            seen,
            boxes=np.concatenate([seen.boxes, boxes]),
            scores=np.concatenate([seen.scores, scores]),
            embeddings=np.concatenate([seen.embeddings, looks]),
        )
        if turned:
            seen = replace(
                seen,
                boxes=seen.boxes[::-1],
                scores=seen.scores[::-1],
                embeddings=seen.embeddings[::-1],
            )
        frames.append(tracker.update(seen))
    return frames


def given(frames: list[TrackedFrame]) -> set[int]:
    """The tracks that reach the files."""
    return {int(t) for f in frames for t in f.track_ids[f.confirmed]}


def between(shot: Shot) -> list[tuple[Doubles, float]]:
    """A box over the inner halves of both, a quarter of the time."""
    if shot.seen.index % 20 not in (5, 6, 7, 8, 9) or len(shot.boxes) < 2:
        return []
    one, other = shot.boxes[0], shot.boxes[1]
    middle = (one + other) / 2
    return [(middle, 0.6)]


def part_of(top: float, bottom: float) -> Extra:
    """Of every person a box from this share of their height to that one."""

    def parts(shot: Shot) -> list[tuple[Doubles, float]]:
        found = []
        for box in shot.boxes.values():
            height = box[3] - box[1]
            part = box.copy()
            part[1], part[3] = box[1] + top * height, box[1] + bottom * height
            found.append((part, 0.7))
        return found

    return parts


def doubled(shot: Shot) -> list[tuple[Doubles, float]]:
    rng = np.random.default_rng(shot.seen.index)
    return [(box + rng.normal(0, 1.5, 4), 0.6) for box in shot.boxes.values()]


WRONG = {
    "between": between,
    "legs": part_of(0.5, 1.0),
    "torso": part_of(0.1, 0.6),
    "doubled": doubled,
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_more_boxes_than_bodies_start_no_track(what: str, turned: bool) -> None:
    frames = with_boxes(PAIR, WRONG[what], turned)
    assert len(given(frames)) == 2
    for frame in frames[10:]:
        seen = frame.visibility == Visibility.VISIBLE
        assert np.isin(frame.track_ids[seen & frame.confirmed], list(given(frames))).all()


def test_names_are_given_as_if_every_body_had_one_box() -> None:
    people = [replace(person, player=i) for i, person in enumerate(PAIR.people)]
    frames = with_boxes(replace(PAIR, people=people, players=2), doubled)
    named = [set(f.players[f.confirmed].tolist()) for f in frames[30:]]
    assert all(names == {0, 1} for names in named)


def story(world: World) -> Story:
    shots = play(world)
    tracker = tracker_for(world)
    return Story(world, shots, [tracker.update(shot.seen) for shot in shots])


def test_two_who_walk_together_stay_two() -> None:
    close = Person({0: (326, 300), 4: (626, 300)})  # a third of each covers the other
    told = story(replace(PAIR, people=[PAIR.people[0], close]))
    tracks = [{t for time_s, t, _ in told.rows(i) if time_s > 1} for i in (0, 1)]
    assert all(len(t) == 1 for t in tracks)
    assert tracks[0] != tracks[1]
    assert set.union(*tracks) <= given(told.frames)


def test_who_comes_out_from_behind_another_is_born_and_kept() -> None:
    """They were never seen before, and show beside the other at first by a strip."""
    front = Person({0: (500, 305), 4: (500, 305)})
    behind = Person({0: (500, 300), 1: (500, 300), 4: (700, 300)})
    told = story(World([front, behind], seconds=4))
    found = {t for time_s, t, _ in told.rows(1) if time_s > 2.5}
    assert len(found) == 1
    assert found <= given(told.frames)
    assert {t for _, t, _ in told.rows(0)}.isdisjoint(found)


def test_who_is_overlapped_for_long_and_comes_apart_was_two_all_the_time() -> None:
    front = Person({0: (500, 302), 6: (500, 302)})
    beside = Person({0: (700, 300), 1: (520, 300), 4: (520, 300), 6: (700, 300)})
    told = story(World([front, beside], seconds=6))
    assert told.track(1, 0.2) == told.track(1, 2.5) == told.track(1, 5.8)
    assert told.track(0, 5.8) == told.track(0, 0.2)


def test_who_keeps_close_to_another_is_known_by_their_own_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Never seen apart, in a video that does not trust such births; but their pictures are sure."""
    monkeypatch.setattr(Births, "trusted", False)
    behind = Person({0: (500, 300), 6: (500, 300)}, player=0)
    front = Person({1: (516, 304), 5: (516, 304), 6: (700, 304)}, player=1)
    told = story(World([behind, front], seconds=6, players=2))
    frame = told.frames[round(4.5 * 25)]
    row = frame.track_ids.tolist().index(told.track(1, 4.5))
    assert not frame.confirmed[row]
    assert frame.players[row] == 1
    assert told.track(1, 5.8) in given(told.frames)


def test_who_was_never_confirmed_is_not_heard_in_a_second_pass() -> None:
    tracker, frames, traces = tracker_for(PAIR), [], []
    for shot in play(PAIR):
        more = np.concatenate([shot.seen.boxes, shot.seen.boxes + 1])
        seen = replace(
            shot.seen,
            boxes=more,
            scores=np.repeat([0.9, 0.6], len(more) // 2).astype(np.float32),
            embeddings=np.concatenate([shot.seen.embeddings] * 2),
        )
        frames.append(tracker.update(seen))
        traces.append(tracker.trace)
    kept, heard = proven(frames, traces)
    assert {int(t) for trace in heard for t in trace.tracks} == given(frames)
    assert {int(t) for frame in kept for t in frame.track_ids} == given(frames)
