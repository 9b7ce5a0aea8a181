"""The colours of the ground under people's feet: what share each colour of the palette covers.

A court has few colours, and whoever plays stands on them; a bench stands on something else.
"""

from __future__ import annotations

import numpy as np

from tracker.observation.shirt_palette import COLORS, codes_of, table
from tracker.types import GROUND_WIDTH as WIDTH
from tracker.types import Doubles, Floats, Image, Mask

assert WIDTH == COLORS
_DOWN, _ACROSS = (-0.02, 0.10), (-0.1, 1.1)
"""Of the place that is looked at: from the lower border, in heights, and from the left, in widths.
Shoes reach a little below a box, and a box a little below shoes."""
_ROWS, _COLUMNS = 4, 9  # of points
_LEVELS = 15  # kept of each share


def ground_colors(image: Image, boxes: Floats) -> Floats:
    """(N, WIDTH) shares of the palette's colours, each row sums to 1 or so.

    image: (H, W, 3) BGR. boxes: (N, 4) of all people. Zeros where the feet are out of the picture,
    or nothing but other people is seen there.
    """
    if not len(boxes):
        return np.zeros((0, WIDTH), np.float32)
    xs, ys = _points(boxes.astype(np.float64))
    seen = _free(boxes, xs, ys, image.shape[1], image.shape[0])
    columns = np.clip(xs, 0, image.shape[1] - 1).astype(np.int64)
    rows = np.clip(ys, 0, image.shape[0] - 1).astype(np.int64)
    shares = table()[codes_of(image[rows, columns])]  # (N, points, WIDTH)
    total = (shares * seen[..., None]).sum(axis=1)
    return rounded_ground(total / np.maximum(seen.sum(axis=1), 1)[:, None])


def rounded_ground(ground: Floats) -> Floats:
    """As the store keeps them, in 16 steps: every run follows these, whether it stores or not."""
    return np.round(ground * _LEVELS).astype(np.float32) / np.float32(_LEVELS)


def _points(boxes: Doubles) -> tuple[Doubles, Doubles]:
    """(N, points) x and y of where is looked."""
    x1, y1, x2, y2 = boxes.T[:, :, None]
    down, across = np.meshgrid(
        np.linspace(*_DOWN, _ROWS), np.linspace(*_ACROSS, _COLUMNS), indexing="ij"
    )
    return x1 + across.ravel() * (x2 - x1), y2 + down.ravel() * (y2 - y1)


def _free(boxes: Floats, xs: Doubles, ys: Doubles, width: int, height: int) -> Mask:
    """(N, points) which lie in the picture, and on nobody nearer to the camera."""
    free = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
    x1, y1, x2, y2 = boxes.astype(np.float64).T[:, None, None, :]
    inside = (xs[..., None] >= x1) & (xs[..., None] < x2) & (ys[..., None] >= y1)
    nearer = boxes[:, 3][None, :] > boxes[:, 3][:, None]  # (N, N): the second than the first
    covered = (inside & (ys[..., None] < y2) & nearer[:, None, :]).any(axis=2)
    return np.asarray(free & ~covered)
