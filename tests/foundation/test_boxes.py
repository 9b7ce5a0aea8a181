"""Boxes: areas counted by hand and by pixel, who covers whom, and the way to states and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import boxes as bx
from tracker.types import Doubles

corner = st.integers(0, 30)
side = st.integers(1, 20)
pixel_box = st.tuples(corner, corner, side, side).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)
NONE = np.zeros((0, 4))


def one(*box: float) -> Doubles:
    return np.array([box], dtype=np.float64)


def painted(box: list[int]) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}


@given(a=pixel_box, b=pixel_box)
def test_shared_area_and_iou_are_those_of_painted_pixels(a: list[int], b: list[int]) -> None:
    shared, union = painted(a) & painted(b), painted(a) | painted(b)
    assert bx.intersections(one(*a), one(*b))[0, 0] == len(shared)
    assert bx.iou(one(*a), one(*b))[0, 0] == pytest.approx(len(shared) / len(union))


def test_every_box_is_compared_with_every_other() -> None:
    left, right = one(0, 0, 10, 10), one(10, 0, 20, 10)
    both = np.concatenate([left, right])
    np.testing.assert_allclose(bx.iou(both, right), [[0], [1]])
    assert bx.iou(both, NONE).shape == (2, 0)


def test_a_box_grows_on_each_side_by_its_own_share() -> None:
    boxes = np.array([[10.0, 20, 20, 40], [10, 20, 20, 40]])
    grown = bx.expand(boxes, np.array([0.0, 0.5]))
    np.testing.assert_allclose(grown, [[10, 20, 20, 40], [5, 10, 25, 50]])
    np.testing.assert_allclose(bx.expand(boxes, 0.5), [grown[1]] * 2)


def test_only_the_nearer_one_covers() -> None:
    behind, front = [0.0, 0, 10, 20], [5.0, 10, 15, 30]  # they share 5 x 10 of 200
    pair = np.array([behind, front])
    np.testing.assert_allclose(bx.covered(pair, pair), [0.25, 0])


def test_people_beside_each_other_on_one_line_cover_nobody() -> None:
    pair = np.array([[0.0, 0, 10, 20], [5, 0, 15, 20]])
    np.testing.assert_allclose(bx.covered(pair, pair), 0)


def test_the_worst_coverer_counts_alone() -> None:
    """Two who stand before the same half of a person do not hide all of them."""
    hidden = one(0, 0, 10, 20)
    front = np.array([[0.0, 10, 10, 30], [0, 10, 10, 40], [20, 0, 30, 90]])
    np.testing.assert_allclose(bx.covered(hidden, front), 0.5)


def test_nobody_covers_where_there_is_nobody() -> None:
    np.testing.assert_allclose(bx.covered(one(0, 0, 10, 20), NONE), 0)
    assert bx.covered(NONE, one(0, 0, 10, 20)).shape == (0,)


@given(boxes=st.lists(pixel_box, min_size=1, max_size=5))
def test_states_and_boxes_are_two_spellings(boxes: list[list[int]]) -> None:
    array = np.array(boxes, dtype=np.float64)
    np.testing.assert_allclose(bx.from_states(bx.to_states(array)), array, atol=1e-9)


def test_a_state_is_centre_and_log_size() -> None:
    np.testing.assert_allclose(bx.to_states(one(10, 20, 30, 60)), [[20, 40, *np.log([20, 40])]])


def test_a_box_without_area_has_a_finite_state() -> None:
    assert np.isfinite(bx.to_states(one(10, 20, 10, 20))).all()


def test_a_pan_carries_boxes_and_a_zoom_scales_them() -> None:
    box = one(10, 20, 30, 60)
    pan = np.array([[1.0, 0, 7], [0, 1, -3]])
    zoom = np.array([[2.0, 0, 0], [0, 2, 0]])
    np.testing.assert_allclose(bx.move(box, np.eye(2, 3)), box)
    np.testing.assert_allclose(bx.move(box, pan), one(17, 17, 37, 57))
    np.testing.assert_allclose(bx.move(box, zoom), one(20, 40, 60, 120))


def test_a_tilted_camera_leaves_the_size_alone() -> None:
    """People stand upright in the picture; only the place turns."""
    turn = np.array([[0.0, -1, 100], [1, 0, 0]])
    np.testing.assert_allclose(bx.move(one(10, 20, 30, 60), turn), one(50, 0, 70, 40))


@pytest.mark.parametrize(
    ("of_nobody", "shape"),
    [
        (bx.centres, (0, 2)),
        (bx.heights, (0,)),
        (bx.areas, (0,)),
        (bx.to_states, (0, 4)),
        (bx.from_states, (0, 4)),
        (lambda b: bx.expand(b, 0.3), (0, 4)),
        (lambda b: bx.expand(b, np.zeros(0)), (0, 4)),
        (lambda b: bx.move(b, np.eye(2, 3)), (0, 4)),
        (lambda b: bx.iou(b, b), (0, 0)),
        (lambda b: bx.covered(b, b), (0,)),
    ],
)
def test_an_empty_frame_is_no_special_case(
    of_nobody: Callable[[Doubles], Doubles], shape: tuple[int, ...]
) -> None:
    assert of_nobody(NONE).shape == shape
