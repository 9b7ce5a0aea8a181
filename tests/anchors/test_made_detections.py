"""Detections that anchors make: all columns of a frame stay of one length."""

from __future__ import annotations

import numpy as np

from tests.worlds.numbers import digits_of
from tracker.anchors.attach import with_boxes
from tracker.types import NO_NUMBER, Observation, Readings


def test_what_is_not_known_of_them_is_empty() -> None:
    seen = Observation(
        index=4, time_s=0.16, boxes=np.array([[0, 0, 10, 20]], np.float32),
        scores=np.array([0.9], np.float32), embeddings=np.ones((1, 3), np.float32),
        camera=np.eye(2, 3), cut=False,
        readings=Readings(np.array([7]), np.array([0.8], np.float32), digits_of(7)[None]),
        classes=np.array([[0.1, 0.8]], np.float32),
    )  # fmt: skip
    more = with_boxes(seen, np.array([[50, 0, 60, 20]], np.float32))
    assert more.boxes.tolist() == [[0, 0, 10, 20], [50, 0, 60, 20]]
    assert more.described.tolist() == [True, False]
    assert more.readings is not None
    assert more.readings.numbers.tolist() == [7, NO_NUMBER]
    assert more.readings.digits is not None
    assert more.readings.digits.any(axis=1).tolist() == [True, False]
    assert more.classes is not None
    assert more.classes[1].tolist() == [0, 0]
    assert more.classes[0].tolist() == seen.classes[0].tolist()  # type: ignore[index]
    assert with_boxes(seen, seen.boxes[:0]) is seen
