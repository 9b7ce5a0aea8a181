"""Small drawn galleries and clips for the tests of the gallery tools."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SHIRTS = {"Ann": (40, 40, 200), "Bea": (200, 60, 30), "Cat": (30, 190, 190)}
"""Player to the colour of the shirt, BGR."""
BOX = (40, 100)  # width, height of a drawn person


def person(shirt: tuple[int, int, int], seed: int) -> NDArray[np.uint8]:
    """A crop (100, 40, 3): a shirt, dark legs, grass; place and light vary with the seed."""
    noise = np.random.default_rng(seed)
    crop = np.full((BOX[1], BOX[0], 3), (60, 140, 60), np.float64)
    left, top = 1 + 4 * (seed % 4), 10 + 5 * (seed // 4 % 4)  # no two of 16 look the same
    crop[top : top + 40, left : left + 24] = shirt
    crop[top + 40 : top + 70, left + 4 : left + 20] = (30, 30, 30)
    crop = crop * noise.uniform(0.75, 1.15) + noise.normal(0, 6, crop.shape)
    return np.clip(crop, 0, 255).astype(np.uint8)


def draw_gallery(folder: Path, pictures: int = 8) -> Path:
    """A folder of each player of SHIRTS, and `_referee`."""
    for k, (name, shirt) in enumerate({**SHIRTS, "_referee": (20, 20, 20)}.items()):
        (folder / name).mkdir(parents=True)
        for n in range(pictures):
            cv2.imwrite(str(folder / name / f"{n:02d}.png"), person(shirt, 100 * k + n))
    return folder


def draw_clip(folder: Path, frames: int = 40) -> Path:
    """Pictures 640 x 360 in which every player of SHIRTS stands at x = 50 + 150 k, y = 100."""
    folder.mkdir(parents=True)
    for frame in range(1, frames + 1):
        image = np.full((360, 640, 3), (60, 140, 60), np.uint8)
        for k, shirt in enumerate(SHIRTS.values()):
            x = 50 + 150 * k
            image[100:200, x : x + 40] = person(shirt, 1000 * k + frame)
        cv2.imwrite(str(folder / f"{frame:06d}.png"), image)
    return folder


def draw_plain_gallery(folder: Path) -> Path:
    """Two players, four pictures each, of noisy plain colours."""
    rng = np.random.default_rng(0)
    for player, colour in (("Ann", (0, 0, 200)), ("Bea", (200, 0, 0))):
        (folder / player).mkdir(parents=True)
        for i in range(4):
            picture = np.clip(rng.normal(colour, 20, (100, 40, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / player / f"{i}.png"), picture)
    return folder
