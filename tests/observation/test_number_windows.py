"""Windows of shirts: what is cut, near the border and beyond it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.observation.number_windows import (
    ABOVE,
    SPAN,
    WINDOW_PX,
    cut_windows,
    inside,
    number_crops,
    tight_square,
    upright,
    vectors_inside,
)
from tracker.types import Doubles, Image


def painted(height: int = 200, width: int = 300) -> Image:
    """Every pixel says where it is: blue by x, green by y."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    image[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    return image


def straight(x: float, y: float, side: float) -> Doubles:
    return upright(np.array([[x, y, side]], np.float64))


def test_a_window_of_its_own_size_is_the_picture_itself() -> None:
    image = painted(WINDOW_PX, WINDOW_PX)
    middle = WINDOW_PX / 2
    (cut,) = cut_windows(image, straight(middle, middle, WINDOW_PX))
    np.testing.assert_array_equal(cut, image)


@pytest.mark.parametrize("side", [20.0, 64.0, 150.0, 190.0])
def test_the_middle_of_a_window_is_its_middle(side: float) -> None:
    image = painted()
    (cut,) = cut_windows(image, straight(150, 100, side))
    middle = cut[WINDOW_PX // 2 - 1 : WINDOW_PX // 2 + 1, WINDOW_PX // 2 - 1 : WINDOW_PX // 2 + 1]
    assert middle[..., 0].mean() == pytest.approx(150 / 300 * 255, abs=2)
    assert middle[..., 1].mean() == pytest.approx(100 / 200 * 255, abs=2)


def test_a_window_that_lies_on_its_side_lays_the_picture_on_its_side() -> None:
    """Its right is the picture's down, its down the picture's left: a quarter turn."""
    image = painted(WINDOW_PX, WINDOW_PX)
    window = np.array([[32, 32, 0, 64, -64, 0]], np.float64)
    (cut,) = cut_windows(image, window)
    np.testing.assert_array_equal(cut, np.rot90(image))


def test_a_narrow_window_stretches_the_picture() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 28:36] = 255
    (cut,) = cut_windows(image, np.array([[32, 32, 16, 0, 0, 64]], np.float64))
    assert (cut[:, 18:46] == 255).all()
    assert (cut[:, :14] == 0).all()


windows = st.tuples(
    *[st.floats(-100, 400)] * 2,
    st.floats(5, 90),
    st.floats(-4, 4),
    st.floats(-4, 4),
    st.floats(5, 90),
)


@settings(deadline=None)
@given(window=windows, at=st.tuples(st.floats(-1, 2), st.floats(-1, 2)))
def test_a_point_of_a_window_is_found_in_it(
    window: tuple[float, ...], at: tuple[float, float]
) -> None:
    w = np.array([window], np.float64)
    point = w[:, :2] + (at[0] - 0.5) * w[:, 2:4] + (at[1] - 0.5) * w[:, 4:]
    np.testing.assert_allclose(inside(w, point), [at], atol=1e-6)
    np.testing.assert_allclose(vectors_inside(w, w[:, 2:4]), [[1, 0]], atol=1e-9)


def test_outside_the_picture_its_edge_goes_on() -> None:
    (cut,) = cut_windows(painted(), straight(0, 100, 64))
    assert (cut[:, : WINDOW_PX // 2 - 1, 0] == 0).all()


def test_fine_stripes_of_a_large_window_become_grey_and_not_other_stripes() -> None:
    image = np.zeros((640, 640, 3), np.uint8)
    image[:, ::2] = 255
    (cut,) = cut_windows(image, straight(320, 320, 600))
    assert abs(cut.astype(int) - 127).max() <= 12  # of 127


@pytest.mark.parametrize("left", [-30.0, 100.0, 280.0])
def test_somebody_at_the_border_stays_in_the_middle_of_the_crop(left: float) -> None:
    box = np.array([[left, 50, left + 40, 150]], np.float32)
    (crop,) = number_crops(painted(), box)
    assert crop.shape == (round(SPAN * 100), round(SPAN * 100), 3)
    x, y = min(max(left + 20, 0), 299), 50 - ABOVE * 100 + SPAN * 50
    middle = crop[len(crop) // 2, len(crop) // 2]
    assert middle[0] == pytest.approx(x / 300 * 255, abs=3)
    assert middle[1] == pytest.approx(y / 200 * 255, abs=3)


@settings(deadline=None)
@given(corners=st.lists(st.tuples(*[st.floats(-500, 800)] * 4), max_size=4))
def test_whatever_the_boxes_there_is_a_crop_for_each(
    corners: list[tuple[float, float, float, float]],
) -> None:
    boxes = np.array(corners, np.float32).reshape(-1, 4)
    found = number_crops(painted(), boxes)
    assert len(found) == len(boxes)
    assert all(crop.ndim == 3 for crop in found)


def test_a_cut_out_number_lies_in_the_middle_of_its_square() -> None:
    crop = painted(40, 26)
    square, (x, y, side) = tight_square(crop)
    assert square.shape == (52, 52, 3)
    np.testing.assert_array_equal(square[6:46, 13:39], crop)
    assert (x, y, side) == (13, 20, 52)
