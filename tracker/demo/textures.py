"""Surfaces of the stadium: grass grain, advertising boards, a crowd out of focus."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TILE = 1024
_BOARD_PX, _BOARD_M = 64, 6.0  # height of a board in pixels, length in metres
_BOARDS = (
    ("TEAMSHEET", (70, 34, 18), (250, 250, 250)),
    ("ALDER & SONS", (236, 236, 232), (60, 90, 20)),
    ("WHO IS WHO?", (24, 24, 28), (60, 214, 250)),
    ("NORTH QUAY", (120, 88, 16), (244, 248, 250)),
    ("HALF-TIME TEA", (226, 230, 236), (40, 44, 128)),
    ("RADIO 99", (40, 30, 60), (190, 240, 170)),
)
"""Text, background and letters, blue green red. The firms do not exist."""
_CROWD_PX, _CROWD_M, _ROWS, _ROW_M = 26, 60.0, 20, 0.85
_COATS = (
    (58, 44, 40), (90, 70, 60), (40, 40, 96), (110, 84, 52), (96, 100, 104), (64, 84, 60),
    (150, 146, 140), (44, 36, 120), (130, 100, 70),
)  # fmt: skip
_FACES = ((118, 138, 166), (92, 116, 150), (62, 82, 112), (44, 58, 82))


@cache
def _grain_tile(seed: int) -> Floats:
    """White noise blurred at two scales, periodic, standard deviation about 0.5."""
    rng = np.random.default_rng([seed, 7])
    noise = rng.standard_normal((_TILE, _TILE)).astype(np.float32)
    wide = np.tile(noise, (2, 2))
    total = np.zeros((_TILE, _TILE), np.float32)
    for sigma in (0.8, 3.0):
        soft = np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma), np.float32)
        soft = soft[_TILE // 2 : _TILE * 3 // 2, _TILE // 2 : _TILE * 3 // 2]
        total += soft / soft.std()
    return np.asarray(total / total.std() * 0.5, np.float32)


def grain(x: Floats, y: Floats, per_m: float, seed: int) -> Floats:
    """Uneven growth at ground points x, y (metres), `per_m` grains per metre, about -1 to 1."""
    tile = _grain_tile(seed)
    u, v = np.mod(x * per_m, _TILE - 1), np.mod(y * per_m, _TILE - 1)
    return np.asarray(cv2.remap(tile, u, v, cv2.INTER_LINEAR), np.float32)


@cache
def _board_strip() -> Image:
    width = round(_BOARD_PX * _BOARD_M)
    strip = []
    for text, ground, letters in _BOARDS:
        board = np.full((_BOARD_PX, width, 3), ground, np.uint8)
        font, thick = cv2.FONT_HERSHEY_DUPLEX, 4
        (w, h), _ = cv2.getTextSize(text, font, 1.0, thick)
        scale = min(0.84 * width / w, 0.56 * _BOARD_PX / h)
        origin = (round((width - w * scale) / 2), round((_BOARD_PX + h * scale) / 2))
        cv2.putText(board, text, origin, font, scale, letters, thick, cv2.LINE_AA)
        board[:3] = board[-3:] = (np.array(ground) * 0.6).astype(np.uint8)
        board[:, :2] = 90
        strip.append(board)
    return np.concatenate(strip, axis=1)


def boards(x: Floats, height: Floats) -> Floats:
    """Colour of the boards at x (metres) and height (0 bottom, 1 top)."""
    strip = cv2.GaussianBlur(_board_strip(), (0, 0), 1.0)
    u = np.mod(x * np.float32(_BOARD_PX), np.float32(strip.shape[1]))
    v = (1 - height) * _BOARD_PX
    colours = cv2.remap(strip, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(colours, np.float32) * 0.92


@cache
def _crowd_picture(seed: int) -> Image:
    """People on benches, dim and out of focus: no detector should count them."""
    rng = np.random.default_rng([seed, 11])
    width, row_px = round(_CROWD_M * _CROWD_PX), round(_ROW_M * _CROWD_PX)
    picture = np.full((_ROWS * row_px, width, 3), (62, 56, 54), np.uint8)
    for row in range(_ROWS):  # from the back to the front
        floor = (row + 1) * row_px
        cv2.rectangle(picture, (0, floor - 5), (width, floor), (84, 78, 76), -1)
        x = 4.0
        while x < width:
            x += rng.uniform(0.42, 0.7) * _CROWD_PX
            coat, face = _COATS[rng.integers(len(_COATS))], _FACES[rng.integers(len(_FACES))]
            empty = rng.random() < 0.16
            if empty:
                continue
            middle = (round(x), floor - round(0.2 * _CROWD_PX + rng.uniform(0, 3)))
            cv2.ellipse(picture, middle, (6, 9), 0, 0, 360, coat, -1, cv2.LINE_AA)
            cv2.circle(picture, (middle[0], middle[1] - 11), 4, face, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3.0), np.uint8)


def crowd(x: Floats, up: Floats, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Colour at x and `up` (metres along the slope), and whether the stand reaches there."""
    picture = _crowd_picture(seed)
    height = picture.shape[0]
    u = np.mod((x + _CROWD_M / 2) * np.float32(_CROWD_PX), np.float32(picture.shape[1] - 1))
    v = height - 1 - up * np.float32(_CROWD_PX)
    colours = cv2.remap(picture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(colours, np.float32) * 0.75, (v >= 0)
