"""Windows of shirts, as the net that reads numbers sees them: straight, or as a shirt is turned."""

from __future__ import annotations

import cv2
import numpy as np

from tracker.types import Doubles, Floats, Image

WINDOW_PX = 64
SPAN, ABOVE = 0.66, 0.02  # body heights: side of a crop, and how much of it is above the head
_MARGIN = 1.3  # of a square around a number that was cut out by its edges


def upright(windows: Doubles) -> Doubles:
    """(N, 6) windows that stand straight, of (N, 3): centre x, y and side."""
    x, y, side = windows.T
    nothing = np.zeros(len(windows))
    return np.stack([x, y, side, nothing, nothing, side], axis=1)


def cut_windows(image: Image, windows: Doubles) -> Image:
    """(N, 64, 64, 3) of (N, 6) windows: centre x, y, and the vectors from the left to the right
    side and from the top to the bottom, pixels of the picture.

    What lies outside the picture repeats its edge. A window much larger than 64 pixels is shrunk by
    means over its pixels, so that no stroke falls between them.
    """
    cut = np.empty((len(windows), WINDOW_PX, WINDOW_PX, 3), np.uint8)
    for n, window in enumerate(windows):
        centre, sides = window[:2], window[2:].reshape(2, 2)
        size = np.sqrt(np.prod(np.hypot(*sides.T)))
        source, shrunk = _shrunk(image, max(1, int(size / WINDOW_PX)))
        steps = sides * (shrunk / WINDOW_PX)
        first = (centre - sides.sum(axis=0) / 2) * shrunk + steps.sum(axis=0) / 2 - 0.5
        matrix = np.column_stack([steps.T, first])  # middles of pixels stay middles
        cut[n] = cv2.warpAffine(
            source,
            matrix,
            (WINDOW_PX, WINDOW_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return cut


def inside(windows: Doubles, points: Doubles) -> Doubles:
    """(N, 2) shares of windows (N, 6) at which points (N, 2) of the picture lie."""
    return vectors_inside(windows, points - windows[:, :2]) + 0.5


def vectors_inside(windows: Doubles, vectors: Doubles) -> Doubles:
    """(N, 2) vectors of the picture as shares of windows (N, 6) that have an area."""
    (a, b), (c, d) = windows[:, 2:].reshape(-1, 2, 2).transpose(1, 2, 0)
    x, y = vectors.T
    found = np.stack([d * x - c * y, a * y - b * x], axis=1) / (a * d - b * c)[:, None]
    return np.asarray(found)


def _shrunk(image: Image, times: int) -> tuple[Image, float]:
    """A picture so many times as small, and by how much it is."""
    height, width = image.shape[:2]
    if times == 1 or min(height, width) < times:
        return image, 1.0
    small = cv2.resize(image, (width // times, height // times), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), small.shape[1] / width


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
    corners = np.round(np.stack([left, top, left + side, top + side], axis=1)).astype(int)
    found = []
    for x1, y1, x2, y2 in corners.tolist():
        inner = image[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
        beyond = (max(-y1, 0), max(y2 - height, 0), max(-x1, 0), max(x2 - width, 0))
        if inner.size and any(beyond):
            inner = np.asarray(cv2.copyMakeBorder(inner, *beyond, cv2.BORDER_REPLICATE), np.uint8)
        found.append(inner)
    return found
