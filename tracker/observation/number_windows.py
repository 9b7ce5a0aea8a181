"""Square windows of shirts, as the net that reads numbers sees them."""

from __future__ import annotations

import cv2
import numpy as np

from tracker.types import Doubles, Floats, Image

WINDOW_PX = 64
SPAN, ABOVE = 0.66, 0.02  # body heights: side of a crop, and how much of it is above the head
_MARGIN = 1.3  # of a square around a number that was cut out by its edges


def cut_windows(image: Image, windows: Doubles) -> Image:
    """(N, 64, 64, 3) of (N, 3) windows: centre x, y and side in pixels of the picture.

    What lies outside the picture repeats its edge. A window much larger than 64 pixels is shrunk by
    means over its pixels, so that no stroke falls between them.
    """
    cut = np.empty((len(windows), WINDOW_PX, WINDOW_PX, 3), np.uint8)
    for n, (x, y, side) in enumerate(windows.tolist()):
        step = max(1, int(side / WINDOW_PX))
        source, scale = image, WINDOW_PX / side
        x1, y1 = x - side / 2, y - side / 2
        if step > 1:
            low = np.clip([int(x1) - step, int(y1) - step], 0, image.shape[1::-1])
            high = np.clip([int(x1 + side) + 2 * step, int(y1 + side) + 2 * step], 0, image.shape[1::-1])
            part = image[low[1] : high[1], low[0] : high[0]]
            size = np.maximum(high - low, 1) // step
            if part.size and size.min() > 0:
                source = cv2.resize(part, tuple(size.tolist()), interpolation=cv2.INTER_AREA)
                fine = size / np.maximum(high - low, 1)
                x1, y1 = (x1 - low[0]) * fine[0], (y1 - low[1]) * fine[1]
                scale = scale / fine.mean()
        matrix = np.array([[scale, 0, -x1 * scale + (scale - 1) / 2], [0, scale, -y1 * scale + (scale - 1) / 2]])
        cut[n] = cv2.warpAffine(
            source, matrix, (WINDOW_PX, WINDOW_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return cut


def tight_square(crop: Image) -> tuple[Image, Doubles]:
    """A number that was cut out by its edges, in the middle of a square with a margin, and the
    square as a window (3,) of the crop. Around it its edge is repeated, blurred."""
    height, width = crop.shape[:2]
    side = max(4, round(_MARGIN * max(height, width)))
    top, left = (side - height) // 2, (side - width) // 2
    square = cv2.copyMakeBorder(
        crop, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
    )
    soft = cv2.blur(square, (side // 6 * 2 + 1, side // 6 * 2 + 1))
    soft[top : top + height, left : left + width] = crop
    window = np.array([side / 2 - left, side / 2 - top, side], np.float64)
    return np.asarray(soft, np.uint8), window


def number_crops(image: Image, boxes: Floats) -> list[Image]:
    """Square pictures of the upper bodies, head and all, of people in (N, 4) boxes.

    What lies outside the picture is its edge once more, so that the middle of a crop is the middle
    of the person; one of a box that lies wholly outside, or has no height, is of zero area.
    """
    height, width = image.shape[:2]
    side = SPAN * (boxes[:, 3] - boxes[:, 1])
    left, top = (boxes[:, 0] + boxes[:, 2] - side) / 2, boxes[:, 1] - ABOVE / SPAN * side
    found = []
    for x1, y1, x2, y2 in np.round(np.stack([left, top, left + side, top + side], 1)).astype(int):
        inner = image[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
        if not inner.size:
            found.append(np.zeros((0, 0, 3), np.uint8))
            continue
        beyond = (max(-y1, 0), max(y2 - height, 0), max(-x1, 0), max(x2 - width, 0))
        found.append(
            cv2.copyMakeBorder(inner, *beyond, cv2.BORDER_REPLICATE) if any(beyond) else inner
        )
    return found
