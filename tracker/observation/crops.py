"""Pictures of people, cut out of a frame."""

from __future__ import annotations

import numpy as np

from tracker.types import Floats, Image


def crop(image: Image, boxes: Floats) -> list[Image]:
    """The pictures inside (N, 4) boxes; one that lies outside the image is of zero area."""
    height, width = image.shape[:2]
    corners = np.round(boxes).astype(int)
    corners = np.clip(corners, 0, [width, height, width, height])
    return [image[y1:y2, x1:x2] for x1, y1, x2, y2 in corners]
