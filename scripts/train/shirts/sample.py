"""Windows of drawn shirts, as the reader cuts them, and what it should say of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from shirts.camera import filmed
from shirts.cloth import Cloth, drawn_cloth
from shirts.faces import Face
from shirts.person import SCENE_PX, SPAN, Scene, dressed

from tracker.observation.jersey_net import nearer
from tracker.observation.number_windows import (
    cut_windows,
    inside,
    tight_square,
    upright,
    vectors_inside,
)
from tracker.types import Doubles, Image

_FIRST = (0.31, 0.42)  # centre down and side of the window on a body, body heights
_SEEN, _TURNED = 0.72, 0.42  # share of a digit uncovered, and of its size when seen straight
_HIGH_PX, _BLUR, _CONTRAST = 7.0, 0.13, 22
_AROUND = 1.9  # heights of the number that the second window is wide, by and large
_CUT_OUT = 0.36  # of the numbers, in place of the second look


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """picture: (64, 64, 3) BGR. tens: 0 none, 1 to 10 the digit + 1. units: 0 to 9. legible: 0, 1
    or .5 for in between. place: (6,) of the number in the window, as shares of it: centre, and its
    height along the cloth to the right and down. has_number: there is one, else tens, units and
    place mean nothing."""

    picture: Image
    tens: int
    units: int
    legible: float
    place: Doubles
    has_number: bool


def drawn_samples(rng: np.random.Generator, faces: Sequence[Face], hard: float) -> list[Sample]:
    """Two windows of one shirt: the first on the body, the second on the number or what might be
    taken for one. hard: 0 to 1."""
    has_number = rng.random() < 0.9 - 0.12 * hard
    is_back = rng.random() < 0.72
    cloth = drawn_cloth(rng, faces, has_number, is_back)
    scene = dressed(rng, cloth, hard)
    image, blur = filmed(rng, scene.picture, hard)
    facts = _Facts.of(cloth, scene, image, blur)
    first = facts.sample(image, _first_window(rng, len(image)))
    if facts.points.size and rng.random() < _CUT_OUT:
        return [first, _cut_out(rng, facts, image)]
    return [first, facts.sample(image, _second_window(rng, facts, len(image)))]


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """Of the number as it is filmed. place: (6,) as in Scene, pixels of the picture. points: (N, 2)
    middles of the pixels of its digits, none where none is seen. legible: 0, .5 or 1."""

    text: str
    place: Doubles
    points: Doubles
    legible: float

    @classmethod
    def of(cls, cloth: Cloth, scene: Scene, image: Image, blur: float) -> _Facts:
        if not scene.digits.any() or not scene.place.any():
            return cls("", np.zeros(6), np.zeros((0, 2)), 0.0)
        count = len(cloth.number)
        seen = np.bincount(scene.digits.ravel(), minlength=3)[1 : 1 + count]
        bent, worn = (np.maximum(area[:count], 1) for area in (scene.bent, scene.worn))
        body = len(image) / SPAN
        high = cloth.height / 300 * body
        marks = (
            float((seen / bent).min()) / _SEEN,
            float((bent / worn).min()) / _TURNED,
            high / _HIGH_PX,
            _BLUR * high / max(blur * body, 1e-6),
            _contrast(scene, image) / _CONTRAST,
        )
        worst = min(marks)
        scale = len(image) / SCENE_PX
        place = scene.place * scale
        place[:2] += scale / 2
        points = (np.argwhere(scene.digits)[:, ::-1] + 0.5) * scale
        legible = 1.0 if worst >= 1 else 0.5 if worst >= 0.8 else 0.0
        return cls(cloth.number, place, points, legible)

    def sample(self, image: Image, window: Doubles) -> Sample:
        """window: (6,) of the picture."""
        picture = cut_windows(image, window[None])[0]
        if not len(self.points):
            return Sample(picture, 0, 0, 0.0, np.zeros(6), False)
        at = inside(window[None].repeat(len(self.points), axis=0), self.points)
        share = float(((at >= 0) & (at <= 1)).all(axis=1).mean())
        shown = self.legible if share > 0.96 else min(self.legible, 0.5) if share > 0.9 else 0.0
        centre = inside(window[None], self.place[None, :2]).ravel()
        turned = vectors_inside(window[None].repeat(2, axis=0), self.place[2:].reshape(2, 2))
        place = np.concatenate([centre, turned.ravel()])
        tens = int(self.text[0]) + 1 if len(self.text) == 2 else 0
        return Sample(picture, tens, int(self.text[-1]), shown, place, share > 0.3)


def _contrast(scene: Scene, image: Image) -> float:
    """Of the digits as they are filmed against what is around them."""
    small = cv2.resize(
        (scene.digits > 0).astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_AREA
    )
    if not small.any():
        return 0.0
    around = cv2.dilate(small, np.ones((5, 5), np.uint8)) - small
    inner, outer = (np.array(cv2.mean(image, mask)[:3]) for mask in (small, around))
    return float(np.abs(inner - outer).max())


def _first_window(rng: np.random.Generator, side: int) -> Doubles:
    body = side / SPAN
    centre = np.array([side / 2, (_FIRST[0] + 0.02) * body]) + rng.normal(0, (0.03, 0.025)) * body
    return _upright(centre, _FIRST[1] * body * np.exp(rng.normal(0, 0.14)))


def _upright(centre: Doubles, side: float) -> Doubles:
    return np.asarray(upright(np.append(centre, side)[None])[0])


def _second_window(rng: np.random.Generator, facts: _Facts, side: int) -> Doubles:
    """Around the number as the first look may have found it, as high as two of it; around anything
    where there is none."""
    if not len(facts.points):
        wide = side * rng.uniform(0.2, 0.5)
        window = _upright(rng.uniform(0.3, 0.7, 2) * side, wide)
        window[2:] = _mistaken(rng, window[2:], 0.3)
        return window
    whole = _upright(np.full(2, side / 2), float(side))
    place = np.append(facts.place[:2] / side, facts.place[2:] / side)
    high = np.hypot(*place[4:])
    place[:2] += rng.normal(0, 0.14, 2) * high
    place[2:] = _mistaken(rng, place[2:], 0.12) * np.exp(rng.normal(0.03, 0.16))
    return np.asarray(nearer(whole[None], place[None], _AROUND, high=(0.0, 2.0))[0])


def _mistaken(rng: np.random.Generator, turned: Doubles, by: float) -> Doubles:
    """(4,) right and down, turned and stretched a little more."""
    change = np.eye(2) + rng.normal(0, by, (2, 2))
    return np.asarray((turned.reshape(2, 2) @ change).ravel())


def _cut_out(rng: np.random.Generator, facts: _Facts, image: Image) -> Sample:
    """The number cut out by its edges, as sets of crops have it; looked at once or again."""
    low, top = facts.points.min(axis=0), facts.points.max(axis=0)
    margin = (top - low) * rng.uniform(-0.03, 0.28, (2, 2))
    corners = np.round(np.concatenate([low - margin[0], top + margin[1]]))
    x1, y1, x2, y2 = np.clip(corners, 0, len(image)).astype(int)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return facts.sample(image, _second_window(rng, facts, len(image)))
    square, window = tight_square(image[y1:y2, x1:x2])
    shift = np.array([x1, y1]) + window[:2] - window[2] / 2
    place = facts.place - np.append(shift, np.zeros(4))
    points = np.clip(facts.points, (x1, y1), (x2, y2)) - shift
    cut = _Facts(facts.text, place, points, facts.legible)
    side = float(len(square))
    if rng.random() < 0.5:
        return cut.sample(square, _upright(np.full(2, side / 2), side))
    return cut.sample(square, _second_window(rng, cut, len(square)))
