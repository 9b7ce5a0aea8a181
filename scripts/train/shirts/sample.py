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

from tracker.observation.number_windows import WINDOW_PX, cut_windows, tight_square
from tracker.types import Doubles, Image

_FIRST = (0.31, 0.42)  # centre down and side of the window on a body, body heights
_SEEN, _TURNED = 0.72, 0.42  # share of a digit uncovered, and of its size when seen straight
_HIGH_PX, _BLUR, _CONTRAST = 7.0, 0.13, 22


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """picture: (64, 64, 3) BGR. tens: 0 none, 1 to 10 the digit + 1. units: 0 to 9. legible: 0, 1
    or .5 for in between. place: (3,) centre x, y and height of the number in the window, as shares
    of it. has_number: there is one, else tens, units and place mean nothing."""

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
    box = _number_box(scene) * len(image) / SCENE_PX
    facts = _Facts.of(cloth, scene, image, box, blur)
    windows = [_first_window(rng, len(image)), _second_window(rng, box, len(image))]
    cut = cut_windows(image, np.array(windows))
    found = [facts.sample(w, p) for w, p in zip(windows, cut, strict=True)]
    if has_number and rng.random() < 0.35:
        found[1] = _tight(rng, facts, image, box)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """box: (4,) of the number in the picture, pixels. legible: of the number as it is filmed."""

    text: str
    box: Doubles
    legible: float

    @classmethod
    def of(cls, cloth: Cloth, scene: Scene, image: Image, box: Doubles, blur: float) -> _Facts:
        if not cloth.number or box[3] <= box[1]:
            return cls("", box, 0.0)
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
        return cls(cloth.number, box, 1.0 if worst >= 1 else 0.5 if worst >= 0.8 else 0.0)

    def sample(self, window: Doubles, picture: Image) -> Sample:
        """window: (3,) centre and side, pixels of the picture."""
        if not self.text:
            return Sample(picture, 0, 0, 0.0, np.zeros(3), False)
        centre, high = (self.box[:2] + self.box[2:]) / 2, self.box[3] - self.box[1]
        corner = window[:2] - window[2] / 2
        place = np.append((centre - corner) / window[2], high / window[2])
        low = np.maximum(self.box[:2], corner)
        top = np.minimum(self.box[2:], corner + window[2])
        inside = np.prod(np.maximum(top - low, 0)) / max(np.prod(self.box[2:] - self.box[:2]), 1e-6)
        shown = self.legible if inside > 0.93 else min(self.legible, 0.5) if inside > 0.85 else 0.0
        tens = int(self.text[0]) + 1 if len(self.text) == 2 else 0
        return Sample(picture, tens, int(self.text[-1]), shown, place, inside > 0.3)


def _number_box(scene: Scene) -> Doubles:
    """(4,) pixels of the scene, x1 y1 x2 y2; zeros where no digit is seen."""
    rows, columns = (np.flatnonzero(scene.digits.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros(4)
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)


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
    return np.append(centre, _FIRST[1] * body * np.exp(rng.normal(0, 0.14)))


def _second_window(rng: np.random.Generator, box: Doubles, side: int) -> Doubles:
    """Around the number, as high as two of it; around anything where there is none."""
    if box[3] <= box[1]:
        wide = side * rng.uniform(0.2, 0.5)
        return np.append(rng.uniform(0.3, 0.7, 2) * side, wide)
    high = box[3] - box[1]
    centre = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.14, 2) * high
    wide = max(high * 1.9, (box[2] - box[0]) * 1.35) * np.exp(rng.normal(0, 0.16))
    return np.append(centre, wide)


def _tight(rng: np.random.Generator, facts: _Facts, image: Image, box: Doubles) -> Sample:
    """The number cut out by its edges, as sets of crops have it."""
    size = box[2:] - box[:2]
    margin = size * rng.uniform(-0.03, 0.28, (2, 2))
    cut = np.concatenate([box[:2] - margin[0], box[2:] + margin[1]])
    x1, y1, x2, y2 = np.clip(np.round(cut), 0, len(image)).astype(int)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return facts.sample(
            np.array([*box[:2], 8.0]), np.zeros((WINDOW_PX, WINDOW_PX, 3), np.uint8)
        )
    square, window = tight_square(image[y1:y2, x1:x2])
    window[:2] += (x1, y1)
    picture = cut_windows(square, np.array([[len(square) / 2, len(square) / 2, len(square)]]))[0]
    whole = _Facts(facts.text, np.clip(box, (x1, y1, x1, y1), (x2, y2, x2, y2)), facts.legible)
    return whole.sample(window, picture)
