"""The gallery: everybody photographed before the match, alone, by other cameras.

Other poses, sides, sizes, light and sharpness than in the video, so that a gallery picture is
never a picture of the match.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from .body import View
from .camera import Camera
from .figure import Sprite, draw, paste
from .people import Person
from .pose import Arms, Pose, world_joints
from .shadow import cast_shadows
from .stadium import panorama

Image = NDArray[np.uint8]

PICTURES = 10
_SIZE = (1500, 760)
_CAMERA = Camera((4.0, -15.0, 4.5), 0.08, 0.2, 1500.0, _SIZE)
_PLACES = ((0.0, 10.5), (-1.0, 8.0))
"""Where people warm up, metres: from and to in x, and in y."""
_POSES: tuple[tuple[Arms, float, float], ...] = (
    ("swing", 0.0, 0.0),
    ("swing", 0.3, 0.0),
    ("hips", 0.0, 0.0),
    ("swing", 0.5, 0.0),
    ("swing", 0.0, 0.12),
    ("swing", 0.7, 0.0),
    ("wide", 0.05, 0.0),
    ("swing", 0.4, 0.0),
    ("up", 0.0, 0.0),
    ("swing", 0.9, 0.0),
)
"""Arms, effort and lean."""


class WarmUp:
    """Photographs people on the empty pitch; the pictures depend on the seed and the person."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._pitch = panorama(_CAMERA, seed + 1)

    def pictures(self, person: Person, count: int = PICTURES) -> Iterator[Image]:
        """Crops (h, w, 3) uint8 BGR of one person, from all sides."""
        rng = np.random.default_rng([self._seed, 13, person.id])
        first = rng.uniform(0, 2 * np.pi)
        for k in range(count):
            arms, effort, lean = _POSES[k % len(_POSES)]
            pose = Pose(float(rng.uniform(0, 2 * np.pi)), effort, arms, lean)
            # The golden angle spreads any number of pictures over all sides.
            picture = self._photograph(person, pose, first + 2.4 * k, rng)
            yield _develop(picture, rng)

    def _photograph(
        self, person: Person, pose: Pose, heading: float, rng: np.random.Generator
    ) -> Image:
        place = np.array([rng.uniform(*bounds) for bounds in _PLACES])
        foot, depth = _CAMERA.project([*place, 0.0])
        x, y = place - _CAMERA.position[:2]
        turn, tilt = np.arctan2(y, x) - heading, np.arctan2(_CAMERA.position[2], np.hypot(x, y))
        scale = _CAMERA.focal_px / float(depth)
        view = View((float(foot[0]), float(foot[1])), scale, float(turn), float(tilt))
        picture, sprite = self._pitch.copy(), draw(person, pose, view)
        cast_shadows(picture, [world_joints(pose, person.height_m, place, heading)], _CAMERA)
        paste(picture, sprite)
        return _crop(picture, sprite, rng)


def _crop(picture: Image, sprite: Sprite, rng: np.random.Generator) -> Image:
    """Cut the figure out as a person would draw the box: a little too large or too small."""
    ys, xs = np.nonzero(sprite.solid)
    left, right = sprite.left + xs.min(), sprite.left + xs.max() + 1
    top, bottom = sprite.top + ys.min(), sprite.top + ys.max() + 1
    slack = rng.uniform(-0.02, 0.05, 4) * [right - left, bottom - top, right - left, bottom - top]
    x0, y0 = max(0, round(left - slack[0])), max(0, round(top - slack[1]))
    return picture[y0 : round(bottom + slack[3]), x0 : round(right + slack[2])].copy()


def _develop(picture: Image, rng: np.random.Generator) -> Image:
    """Another size, light and sharpness, and a sensor's noise."""
    scale = rng.uniform(0.75, 1.35)
    picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), np.uint8)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.1)), np.uint8)
    gain, warmth = rng.uniform(0.82, 1.12), rng.uniform(-0.03, 0.03)
    noise = rng.normal(0, 2.5, picture.shape)
    lit = picture * (gain * np.array([1 - warmth, 1.0, 1 + warmth])) + noise
    return np.clip(np.round(lit), 0, 255).astype(np.uint8)
