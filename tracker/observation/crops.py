"""Pictures of people, cut out of a frame."""

from __future__ import annotations

import numpy as np

from tracker.types import Floats, Image

UPPER_BODY = 0.6
"""The share of a person's height, from the top, in which a shirt is."""


def crop(image: Image, boxes: Floats) -> list[Image]:
    """The pictures inside (N, 4) boxes; one that lies outside the image is of zero area."""
    height, width = image.shape[:2]
    corners = np.round(boxes).astype(int)
    corners = np.clip(corners, 0, [width, height, width, height])
    return [image[y1:y2, x1:x2] for x1, y1, x2, y2 in corners]


def number_boxes(boxes: Floats) -> Floats:
    """(N, 4) boxes of the upper bodies, heads included, of people in (N, 4) boxes."""
    upper = boxes.copy()
    upper[:, 3] = boxes[:, 1] + UPPER_BODY * (boxes[:, 3] - boxes[:, 1])
    return upper
