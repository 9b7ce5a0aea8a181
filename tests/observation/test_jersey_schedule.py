"""Which shirts are read, and when: by the boxes of the frames and what was read before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.worlds.numbers import digits_of, silent
from tracker.observation.jersey_schedule import NumberSchedule
from tracker.settings import EncodeSettings
from tracker.types import Floats, Observation

FPS, WIDTH, HEIGHT = 25, 1000, 600
STILL = np.eye(2, 3)
Boxes = list[list[float]]


def box(x: float, y: float = 300, w: float = 40, h: float = 100) -> list[float]:
    return [x, y, x + w, y + h]


def seen(
    index: int, boxes: Boxes, score: float = 0.9, camera: np.ndarray = STILL, cut: bool = False
) -> Observation:
    found = np.array(boxes, np.float32).reshape(-1, 4)
    scores = np.full(len(found), score, np.float32)
    nothing = np.zeros((len(found), 0), np.float32)
    return Observation(index, index / FPS, found, scores, nothing, camera, cut)


def read_in(
    frames: Sequence[Observation],
    reading: Callable[[int, int], Floats] = lambda index, row: silent(),
    a_frame: float = 99.0,
) -> list[tuple[int, list[int]]]:
    """Frames in which somebody is read, and who; reading: (22,) by frame and row."""
    schedule, found = NumberSchedule(EncodeSettings(), a_frame), []
    for frame in frames:
        schedule.move(frame.camera, frame.cut)
        rows = schedule.due(frame, WIDTH, HEIGHT)
        digits = np.array([reading(frame.index, row) for row in rows.tolist()]).reshape(-1, 22)
        schedule.take(rows, digits.astype(np.float32), frame.time_s)
        if len(rows):
            found.append((frame.index, rows.tolist()))
    return found


def frames_of(found: list[tuple[int, list[int]]], row: int = 0) -> list[int]:
    return [index for index, rows in found if row in rows]


STANDING = [seen(i, [box(100)]) for i in range(300)]


def seven(index: int, row: int) -> Floats:
    return digits_of(7)


def test_who_shows_nothing_is_read_now_and_then_and_seldom_after_eight_times() -> None:
    expected = [*range(0, 71, 10), *range(100, 300, 30)]
    assert frames_of(read_in(STANDING)) == expected


def test_what_can_be_read_is_read_more_often_until_it_is_settled() -> None:
    assert frames_of(read_in(STANDING, seven)) == [0, 5, 10, 15, 20, 145, 270]


def test_the_first_number_seen_makes_it_worth_a_look() -> None:
    late = frames_of(read_in(STANDING, lambda i, row: digits_of(7) if i >= 30 else silent()))
    assert late[:7] == [0, 10, 20, 30, 35, 40, 45]
    assert late[7:9] == [50, 175]


def wavering(index: int, row: int) -> Floats:
    """One time 7, the other 9, however often it is read."""
    return digits_of(7 if index // 5 % 4 in (0, 3) else 9, 0.8)


def test_a_number_that_wavers_is_not_settled_nor_read_twice_as_often_for_ever() -> None:
    found = frames_of(read_in(STANDING, wavering))
    assert set(np.diff(found[:8])) == {5}
    assert set(np.diff(found[8:])) == {10}
    assert found[-1] == 295


def test_who_has_met_somebody_is_read_again() -> None:
    """They stand behind each other in frames 60 to 69; the one in front is uncovered all along."""
    frames = [
        seen(i, [box(100), box(115, 310) if 60 <= i < 70 else box(400, 310)]) for i in range(120)
    ]
    found = read_in(frames, seven)
    assert frames_of(found)[:5] == [0, 5, 10, 15, 20]
    assert 70 <= frames_of(found)[-5] <= 80
    assert len(frames_of(found)) >= 10


@pytest.mark.parametrize(
    ("later", "again"),
    [
        pytest.param(box(700), True, id="elsewhere"),
        pytest.param(box(104), False, id="a step on"),
    ],
)
def test_somebody_elsewhere_is_somebody_else(later: list[float], again: bool) -> None:
    frames = [seen(i, [box(100) if i < 40 else later]) for i in range(60)]
    assert (40 in frames_of(read_in(frames, seven))) == again


@pytest.mark.parametrize(("gap", "again"), [(5, False), (20, True)])
def test_a_box_that_is_missing_for_a_moment_breaks_nothing(gap: int, again: bool) -> None:
    frames = [seen(i, [] if 40 <= i < 40 + gap else [box(100)]) for i in range(80)]
    assert (40 + gap in frames_of(read_in(frames, seven))) == again


def test_a_pan_leaves_everybody_known_and_a_cut_nobody() -> None:
    pan = np.array([[1.0, 0, 35], [0, 1, 0]])
    panned = [seen(i, [box(100 + 35 * i)], camera=pan) for i in range(24)]
    assert frames_of(read_in(panned, seven)) == [0, 5, 10, 15, 20]
    cut = [seen(i, [box(100)], cut=i == 40) for i in range(60)]
    assert 40 in frames_of(read_in(cut, seven))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(seen(0, [box(100), box(200, h=59)]), [0], id="small"),
        pytest.param(seen(0, [box(100), box(120, 310)]), [1], id="covered"),
        pytest.param(seen(0, [box(100), box(137, 310)]), [0, 1], id="hardly covered"),
        pytest.param(seen(0, [box(100), box(-10)]), [0], id="cut off at the left"),
        pytest.param(seen(0, [box(100), box(965)]), [0], id="at the right"),
        pytest.param(seen(0, [box(100), box(300, 500)]), [0], id="below"),
        pytest.param(seen(0, [box(100), box(300, 0)]), [0], id="above"),
        pytest.param(seen(0, [box(100)], score=0.4), [], id="weak"),
        pytest.param(seen(0, []), [], id="nobody"),
    ],
)
def test_only_shirts_that_can_be_read_are(frame: Observation, expected: list[int]) -> None:
    assert sorted(row for _, rows in read_in([frame]) for row in rows) == expected


CROWD = [box(10 + 48 * n, 300) for n in range(20)]


def test_the_budget_is_kept_in_every_frame_and_nobody_is_left_out() -> None:
    found = read_in([seen(i, CROWD) for i in range(10)], a_frame=4)
    assert [len(rows) for _, rows in found] == [4] * 5
    assert sorted(row for _, rows in found for row in rows) == list(range(20))


def test_less_than_one_a_frame_is_saved_up_for_one() -> None:
    found = read_in([seen(i, CROWD) for i in range(40)], a_frame=0.1)
    assert [len(rows) for _, rows in found] == [1] * 4
    assert np.diff([index for index, _ in found]).tolist() == [10, 10, 10]


def test_who_is_in_doubt_comes_before_who_is_new_and_who_shows_nothing() -> None:
    """One has shown a 7, one nothing; from frame 10 on more come, and one a frame is read."""

    def people(i: int) -> Boxes:
        return [box(100), box(200), *([box(300), box(400)] if i >= 10 else [])]

    found = read_in(
        [seen(i, people(i)) for i in range(14)],
        lambda i, row: digits_of(7, 0.6) if row == 0 else silent(),
        a_frame=1,
    )
    assert found == [(0, [0]), (1, [1]), (5, [0]), (10, [0]), (11, [2]), (12, [3]), (13, [1])]


@given(st.lists(st.integers(3, 955), min_size=1, max_size=9, unique=True), st.randoms())
@hypothesis_settings(deadline=None, max_examples=40)
def test_the_order_of_boxes_never_matters(places: list[int], random: object) -> None:
    def people(i: int) -> Boxes:
        return [box(x + i % 7, 300 + x % 90) for x in places]

    def answers(boxes: Boxes) -> Callable[[int, int], Floats]:
        return lambda i, row: digits_of(int(boxes[row][0] * 7 + i) % 100, 0.9)

    order = list(range(len(places)))
    random.shuffle(order)  # type: ignore[attr-defined]
    told: list[list[set[tuple[float, ...]]]] = []
    for turn in (range(len(places)), order):
        schedule, asked = NumberSchedule(EncodeSettings(), 2.0), []
        for i in range(60):
            boxes = [people(i)[n] for n in turn]
            frame = seen(i, boxes)
            schedule.move(frame.camera, frame.cut)
            rows = schedule.due(frame, WIDTH, HEIGHT)
            digits = [answers(boxes)(i, row) for row in rows.tolist()]
            schedule.take(rows, np.array(digits).reshape(-1, 22), frame.time_s)
            asked.append({tuple(boxes[row]) for row in rows.tolist()})
        told.append(asked)
    assert told[0] == told[1]
