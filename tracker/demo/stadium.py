"""All that stands still, painted once: grass, lines, boards, crowd.

A camera that only turns and zooms sees one wide picture through a homography. So the stadium is
painted once per camera position (`panorama`), and a frame of the video is a warp of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .textures import boards, crowd, grain

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pitch:
    """Metres. Touchlines at y = 0 and y = width; the halfway line at x = 0."""

    half_length: float = 27.0
    width: float = 22.0
    boards_y: float = 24.0
    boards_height: float = 1.0
    stand_slope: float = 0.62


PITCH = Pitch()
_LINE_M = 0.1
_STRIPE_M = 3.0
_STAND_FOOT_M = 0.9
_GRASS = np.array([62, 128, 76], np.float32)  # blue green red
_CHALK = np.array([226, 238, 232], np.float32)
_SKY = np.array([96, 84, 74], np.float32)


def panorama(camera: Camera, seed: int) -> Image:
    """(H, W, 3) uint8 BGR: what a camera with a very wide picture sees of the empty stadium."""
    w, h = camera.size
    u, v = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    rays = np.asarray(camera.rays(np.stack([u, v], axis=-1)), np.float32)
    dx, dy, dz = np.moveaxis(rays, -1, 0)
    cx, cy, cz = (float(c) for c in camera.position)

    to_ground = cz / np.maximum(-dz, 1e-4)
    picture = _ground(cx + to_ground * dx, cy + to_ground * dy, seed)

    to_boards = (PITCH.boards_y - cy) / dy
    height = cz + to_boards * dz
    wall = height >= 0
    picture[wall] = boards(cx + to_boards * dx, height / PITCH.boards_height)[wall]

    # The stand is a plane that rises by `slope` from its foot behind the boards.
    slope, foot_y = PITCH.stand_slope, PITCH.boards_y + 1.0
    fall = np.minimum(dz - slope * dy, -1e-4)
    to_stand = (_STAND_FOOT_M - cz + (cy - foot_y) * slope) / fall
    up = (cy + to_stand * dy - foot_y) * float(np.hypot(1.0, slope))
    stand = height > PITCH.boards_height
    seats, inside = crowd(cx + to_stand * dx, up, seed)
    picture[stand] = np.where(inside[..., None], seats, _SKY)[stand]
    soft = cv2.GaussianBlur(picture, (0, 0), 0.7)
    return np.clip(soft, 0, 255).astype(np.uint8)


def _ground(x: Floats, y: Floats, seed: int) -> Floats:
    """Mown stripes, uneven growth, chalk lines; x, y: metres, one per pixel."""
    stripe = np.tanh(16 * np.sin(np.pi * x / _STRIPE_M))
    fine, coarse = grain(x, y, 14.0, seed), grain(x, y, 1.3, seed + 1)
    bright = 1.0 + 0.085 * stripe + 0.1 * fine + 0.025 * coarse
    outside = (np.abs(x) > PITCH.half_length) | (y < 0) | (y > PITCH.width)
    bright = np.where(outside, 0.92 + 0.12 * fine + 0.03 * coarse, bright)
    grass = bright[..., None] * _GRASS
    grass[..., 2] += 5 * coarse  # drier where it is brighter
    chalk = np.zeros_like(x)
    for distance, drawn in _lines(x, y):
        gy, gx = np.gradient(distance)
        footprint = np.hypot(gx, gy) + 1e-6
        cover = np.clip((_LINE_M / 2 - np.abs(distance)) / footprint + 0.5, 0, 1)
        # A line thinner than a pixel covers only its share of it.
        cover *= np.minimum(1.0, _LINE_M / footprint)
        chalk = np.maximum(chalk, np.where(drawn, cover, 0))
    chalk = (0.9 * chalk * np.clip(0.92 + 0.5 * fine, 0.6, 1.0))[..., None]
    return np.asarray(grass * (1 - chalk) + _CHALK * chalk, np.float32)


def _lines(x: Floats, y: Floats) -> list[tuple[Floats, NDArray[np.bool_]]]:
    """Every chalk line: distance of each pixel to it, metres, and where it is drawn at all."""
    half, width = PITCH.half_length, PITCH.width
    mid = width / 2
    on_pitch = (np.abs(x) <= half + _LINE_M) & (y >= -_LINE_M) & (y <= width + _LINE_M)
    lines = [(y, on_pitch), (y - width, on_pitch), (x, on_pitch)]
    lines.append((np.hypot(x, y - mid) - 4.5, on_pitch))
    lines.append((np.hypot(x, y - mid) - 0.08, on_pitch))
    for end in (-half, half):
        lines.append((x - end, on_pitch))
        lines.append((np.hypot(x - end, y - mid) - 8.0, on_pitch))
        lines.append((np.hypot(x - end * (1 - 10 / half), y - mid) - 0.08, on_pitch))
    return lines
