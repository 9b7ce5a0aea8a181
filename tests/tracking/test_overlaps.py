"""How detections overlap, worked out once: the same as the functions on boxes say, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from tracker import boxes as bx
from tracker.tracking.overlaps import Overlaps
from tracker.types import Doubles


def drawn(count: int, seed: int) -> Doubles:
    """Boxes of a crowd, a few of them without any width."""
    rng = np.random.default_rng(seed)
    corner, size = rng.uniform(0, 300, (count, 2)), rng.uniform(20, 90, (count, 2))
    size[rng.random(count) < 0.1, 0] = 0
    return np.concatenate([corner, corner + size], axis=1)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
def test_overlaps_say_what_boxes_say(count: int) -> None:
    boxes = drawn(count, count)
    overlaps = Overlaps.of(boxes)
    iou, shared = bx.iou(boxes, boxes), bx.intersections(boxes, boxes)
    at = overlaps.first, overlaps.other
    np.testing.assert_array_equal(overlaps.iou(), iou[at])
    np.testing.assert_array_equal(overlaps.shared, shared[at])
    np.testing.assert_array_equal(
        overlaps.of_one, shared[at] / np.maximum(bx.areas(boxes), 1e-9)[at[0]]
    )
    rest = shared.copy()
    rest[at] = 0
    np.fill_diagonal(rest, 0)
    assert not rest.any()  # who is in no pair touches nobody
    np.testing.assert_array_equal(overlaps.covered(), bx.covered(boxes, boxes))
    some = np.arange(count) % 3 > 0
    np.testing.assert_array_equal(overlaps.covered(some), bx.covered(boxes, boxes[some]))


def test_the_smaller_of_two_is_covered_as_a_whole() -> None:
    overlaps = Overlaps.of(np.array([[0.0, 0, 100, 100], [10, 10, 30, 60]]))
    np.testing.assert_array_equal(overlaps.of_smaller, [1.0, 1.0])
    np.testing.assert_array_equal(overlaps.of_one, [0.1, 1.0])
