"""The colours of clothes: what share of a shirt and of the shorts each colour of a palette covers.

What surrounds a person (grass, boards, the stand) is measured beside the box, hair and skin at the
head, and both are taken off; whoever stands nearer to the camera is left out. What is left sums to
less than 1 the more of it looked like something else, and so is its own weight: a white shirt
before white boards says little.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tracker.observation.shirt_palette import COLORS, codes_of, table
from tracker.types import COLORS_WIDTH as WIDTH
from tracker.types import Doubles, Floats, Image, Mask

PARTS = ((0.14, 0.46), (0.46, 0.66))
"""Where shirt and shorts are, as shares of a person's height."""
assert len(PARTS) * COLORS == WIDTH
_HEAD = 0.12  # of the height
_BESIDE = 0.45  # of the width on each side is looked at for what surrounds somebody
_ROWS, _COLUMNS = 44, 38  # of the patch that is looked at, whatever the size of the person
_MIDDLE_STD = 0.2  # of the width: who the box is of, stands in its middle
_SEEN_MIN = 0.35  # of the middle; less of it says nothing
_TAKEN_OFF = 0.8  # of the surroundings, which a box shows not as they are beside it
_KEPT = 0.1  # of a colour that is in both
_SIZE_MIN = (3, 8)  # width and height in pixels of who can be looked at
_LEVELS = 255  # kept of each share


def shirt_colors(image: Image, boxes: Floats, rows: Sequence[int]) -> Floats:
    """(len(rows), WIDTH) shares of the palette's colours, of the shirts and then of the shorts.

    image: (H, W, 3) BGR. boxes: (N, 4) of all people. rows: who of them is looked at. Zeros where
    too little is seen; each part sums to 1 at most.
    """
    found = [_of_person(image, boxes, int(row)) for row in rows]
    return rounded_colors(np.array(found, np.float32).reshape(len(rows), WIDTH))


def rounded_colors(colors: Floats) -> Floats:
    """As the store keeps them, in 256 steps: every run follows these, whether it stores or not."""
    return np.round(colors * _LEVELS).astype(np.float32) / np.float32(_LEVELS)


def _of_person(image: Image, boxes: Floats, row: int) -> Floats:
    """(WIDTH,)"""
    x1, y1, x2, y2 = boxes[row].tolist()
    width, height = x2 - x1, y2 - y1
    if width < _SIZE_MIN[0] or height < _SIZE_MIN[1]:
        return np.zeros(WIDTH, np.float32)
    ys = y1 + (np.arange(_ROWS) + 0.5) / _ROWS * PARTS[-1][1] * height
    xs = x1 + ((np.arange(_COLUMNS) + 0.5) / _COLUMNS * (1 + 2 * _BESIDE) - _BESIDE) * width
    free = _free(image, boxes, row, ys, xs)
    seen = _weights() * free.ravel()
    whole, left = _weights().sum(axis=1), seen.sum(axis=1)
    if not (left[: len(PARTS)] > _SEEN_MIN * whole[: len(PARTS)]).any():
        return np.zeros(WIDTH, np.float32)
    patch = _patch(image, xs, ys)
    every = seen @ table().take(codes_of(patch).ravel(), axis=0) / np.maximum(left, 1e-6)[:, None]
    own, beside, head = every[: len(PARTS)], every[len(PARTS) : -1], every[-1]
    behind = np.maximum(beside, head)
    own = np.maximum(own - _TAKEN_OFF * behind, _KEPT * own)
    own[left[: len(PARTS)] <= _SEEN_MIN * whole[: len(PARTS)]] = 0
    return np.asarray(own.ravel(), np.float32)


@lru_cache(maxsize=1)
def _weights() -> Floats:
    """(5, pixels of the patch) how much each counts for shirt, shorts, what is beside either, and
    head: a court may be red below and blue behind."""
    down = (np.arange(_ROWS) + 0.5) / _ROWS * PARTS[-1][1]
    away = np.abs((np.arange(_COLUMNS) + 0.5) / _COLUMNS - 0.5) * (1 + 2 * _BESIDE)
    middle = np.exp(-0.5 * (away / _MIDDLE_STD) ** 2)
    bands = [((down >= begin) & (down < end))[:, None] * middle for begin, end in PARTS]
    beside = [((down >= begin) & (down < end))[:, None] * (away > 0.5) for begin, end in PARTS]
    head = (down < _HEAD)[:, None] * middle
    return np.array([*bands, *beside, head], np.float32).reshape(2 * len(PARTS) + 1, -1)


def _free(image: Image, boxes: Floats, row: int, ys: Doubles, xs: Doubles) -> Mask:
    """(rows, columns) of the patch that lie in the picture, and on nobody nearer to the camera."""
    height, width = image.shape[:2]
    free = ((ys >= 0) & (ys < height))[:, None] & ((xs >= 0) & (xs < width))
    box = boxes[row]
    meets = (boxes[:, 0] < xs[-1]) & (boxes[:, 2] > xs[0]) & (boxes[:, 1] < ys[-1])
    for x1, y1, x2, y2 in boxes[meets & (boxes[:, 3] > box[3]) & (boxes[:, 3] > ys[0])].tolist():
        free &= ~(((ys >= y1) & (ys < y2))[:, None] & ((xs >= x1) & (xs < x2)))
    return np.asarray(free)


def _patch(image: Image, xs: Doubles, ys: Doubles) -> Image:
    """(rows, columns, 3) of the picture at these places, each the mean of the pixels around it."""
    import cv2

    steps = xs[1] - xs[0], ys[1] - ys[0]
    height, width = image.shape[:2]
    left, top = max(int(xs[0] - steps[0]), 0), max(int(ys[0] - steps[1]), 0)
    right, bottom = min(int(xs[-1] + steps[0]) + 2, width), min(int(ys[-1] + steps[1]) + 2, height)
    part = image[top:bottom, left:right]
    shrink = [1 / max(step, 1.0) for step in steps]
    size = [max(1, round(n * s)) for n, s in zip(part.shape[1::-1], shrink, strict=True)]
    scale = [n / full for n, full in zip(size, part.shape[1::-1], strict=True)]
    small = cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA)
    turn = np.array([
        [steps[0] * scale[0], 0, (xs[0] - left) * scale[0] - 0.5],
        [0, steps[1] * scale[1], (ys[0] - top) * scale[1] - 0.5],
    ])  # fmt: skip
    return np.asarray(cv2.warpAffine(
        small, turn, (_COLUMNS, _ROWS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    ), np.uint8)  # fmt: skip
