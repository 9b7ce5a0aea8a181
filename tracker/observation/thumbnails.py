"""What is kept of a picture to see how the camera moves and where shots begin."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from tracker.types import Detections, Floats, Image

_BLANK = 6.0  # standard deviation of grey in a picture that shows nothing
_CLIPPED = 0.6  # share of black and white pixels in such a picture: a flash, a fade
_BINS = (16, 8, 4)  # hue, saturation, value
_LAYOUT = 3  # the picture's colours are compared in 3 x 3 parts
_SMALL = (32, 18)  # columns, rows of the picture in which mixtures are sought


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture, shrunken. grey, background: (H, W); the latter is a mask, 0 where people are.

    colours: (parts, bins) roots of the share of each colour in each part of the picture. small:
    (18, 32, 3) levels. size: width and height of the picture itself.
    """

    grey: Image
    background: Image
    colours: Floats
    small: Floats
    size: tuple[int, int]

    @property
    def shows_nothing(self) -> bool:
        clipped = np.mean((self.grey <= 5) | (self.grey >= 250))
        return bool(self.grey.std() < _BLANK or clipped > _CLIPPED)


def view_of(image: Image, detections: Detections, width_px: int) -> View:
    """The view of a picture in which these people are; at most `width_px` wide."""
    small = _shrunken(image, width_px)
    rows, columns = small.shape[:2]
    background = np.full((rows, columns), 255, np.uint8)
    scale = np.array([columns / image.shape[1], rows / image.shape[0]])
    corners = np.concatenate(
        [
            np.floor(detections.boxes[:, :2] * scale) - 2,
            np.ceil(detections.boxes[:, 2:] * scale) + 2,
        ],
        axis=1,
    )
    for x1, y1, x2, y2 in np.clip(corners, 0, [columns, rows] * 2).astype(int):
        background[y1:y2, x1:x2] = 0
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    tiny = cv2.resize(small, _SMALL, interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = np.asarray(cv2.blur(tiny, (3, 3)), np.float32)
    return View(grey, background, _colours(small), smooth, (image.shape[1], image.shape[0]))


def _shrunken(image: Image, width_px: int) -> Image:
    """The picture at most `width_px` wide; by halves first, which averages and is fast."""
    rows, columns = image.shape[:2]
    while image.shape[1] >= 2 * width_px:
        halved = cv2.resize(image, (image.shape[1] // 2, max(1, image.shape[0] // 2)))
        image = np.asarray(halved, np.uint8)
    if image.shape[1] > width_px:
        height_px = max(1, round(rows * width_px / columns))
        image = np.asarray(cv2.resize(image, (width_px, height_px)), np.uint8)
    return image


def _colours(small: Image) -> Floats:
    hsv = cv2.cvtColor(small[::2, ::2], cv2.COLOR_BGR2HSV)
    rows, columns = ([int(n / _LAYOUT * i) for i in range(_LAYOUT)] + [n] for n in hsv.shape[:2])
    parts = [
        cv2.calcHist([hsv[y1:y2, x1:x2]], [0, 1, 2], None, _BINS, (0, 180, 0, 256, 0, 256)).ravel()
        for y1, y2 in itertools.pairwise(rows)
        for x1, x2 in itertools.pairwise(columns)
    ]
    counts = np.stack(parts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.sqrt(shares), np.float32)


def distances(before: View, now: View) -> Floats:
    """(parts,) Hellinger distances of the colours, 0 to 1, rising."""
    shared = (before.colours * now.colours).sum(axis=1)
    return np.asarray(np.sort(np.sqrt(np.minimum(np.maximum(1 - shared, 0), 1))), np.float32)
