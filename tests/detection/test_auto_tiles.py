"""The grid that fits: no finer than people need, and the same for the same people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tracker.detection.auto_tiles import Eye, calls_of, fitting_grid, height_of_people
from tracker.detection.tiling import grids
from tracker.types import Detections

EYE = Eye(640, 640, 42.0)
WIDE = (1280, 720)


def people(*heights: float, score: float = 0.9) -> Detections:
    boxes = [(10.0 * n, 5.0, 10.0 * n + 8, 5.0 + tall) for n, tall in enumerate(heights)]
    scores = np.full(len(heights), score, np.float32)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), scores)


@pytest.mark.parametrize(
    ("tall", "grid"),
    [(400, "1x1"), (130, "1x1"), (85, "1x1"), (80, "2x1"), (50, "2x1"), (40, "3x2"), (33, "3x2"),
     (28, "4x2"), (12, "4x2")],
)  # fmt: skip
def test_the_fewest_tiles_in_which_people_are_tall_enough(tall: float, grid: str) -> None:
    assert fitting_grid(tall, WIDE, EYE, 0.15) == grid


@pytest.mark.parametrize("tall", [12, 20, 33, 50, 80, 130, 400])
@pytest.mark.parametrize("height", [240, 480, 720, 1080, 2160])
def test_an_upright_picture_has_the_grid_turned(tall: float, height: int) -> None:
    size = round(height * 16 / 9), height
    [(columns, rows)] = grids(fitting_grid(tall, size, EYE, 0.15))
    [turned] = grids(fitting_grid(tall, size[::-1], EYE, 0.15))
    assert turned == (rows, columns)
    assert columns * rows <= 8


@pytest.mark.parametrize("size", [WIDE, WIDE[::-1], (800, 800), (3000, 700), (426, 240)])
def test_smaller_people_never_have_fewer_tiles(size: tuple[int, int]) -> None:
    chosen = [fitting_grid(tall, size, EYE, 0.15) for tall in range(400, 4, -4)]
    calls = [columns * rows for grid in chosen for columns, rows in grids(grid)]
    assert calls == sorted(calls)
    assert calls[0] == 1


def test_calls_that_enlarge_nobody_are_not_made() -> None:
    """Side by side, three tiles of a wide picture are as high as two, and seen no larger."""
    assert "3x1" not in {fitting_grid(tall, WIDE, EYE, 0.15) for tall in range(4, 400)}
    assert fitting_grid(80, (3000, 700), EYE, 0.15) == "3x1"


def test_the_whole_picture_is_added_where_it_is_worth_a_call() -> None:
    """Nowhere twice, and never for more than eight calls a frame."""
    eye = replace(EYE, whole=True)
    grids_of = [fitting_grid(tall, WIDE, eye, 0.15) for tall in (130, 50, 33, 12)]
    assert grids_of == ["1x1", "2x1+1x1", "3x2+1x1", "4x2"]
    assert [calls_of(grid) for grid in grids_of] == [1, 3, 7, 8]


def test_the_far_side_of_the_field_counts_and_a_single_small_box_does_not() -> None:
    far, near = people(*range(30, 36)), people(*range(60, 72))
    assert height_of_people([far, near]) == pytest.approx(33, abs=8)
    assert height_of_people([people(5), near]) == pytest.approx(62, abs=2)


def test_boxes_of_a_low_score_count_where_there_are_no_others() -> None:
    weak = people(20, 20, 20, score=0.2)
    assert height_of_people([weak, people(90)]) == 90
    assert height_of_people([weak]) == 20


@pytest.mark.parametrize("found", [[], [Detections.empty()], [Detections.empty()] * 6])
def test_nobody_has_no_height(found: list[Detections]) -> None:
    assert height_of_people(found) is None
