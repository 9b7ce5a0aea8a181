"""A shirt laid flat: its colours, patterns, words, and its number if it has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from shirts.faces import Face

from tracker.types import Doubles, Image

SIDE_PX = 128
UNIT_PX = 300  # pixels of a flat shirt to a body height
KIT_BGR = np.array(
    [
        (255, 255, 255), (245, 240, 235), (20, 20, 20), (40, 40, 45), (30, 30, 200), (20, 20, 150),
        (60, 20, 110), (160, 60, 20), (110, 40, 10), (60, 25, 10), (220, 150, 60), (235, 195, 120),
        (60, 130, 30), (40, 80, 20), (120, 190, 60), (30, 210, 245), (20, 170, 235), (20, 110, 240),
        (130, 40, 110), (160, 60, 150), (150, 100, 230), (140, 140, 140), (180, 180, 185),
        (90, 220, 200), (60, 60, 160), (170, 120, 40), (40, 200, 120), (70, 90, 110),
    ],
    np.float64,
)  # fmt: skip
_MIN_CONTRAST = 60  # of the colour of a number against its shirt, mostly


@dataclass(frozen=True, slots=True, eq=False)
class Cloth:
    """picture: (SIDE_PX, SIDE_PX, 3) BGR. digits: (SIDE_PX, SIDE_PX) 1 and 2 where the first and
    the second digit are. number: as text, "" without one. height: of the number, flat pixels.
    contrast: of the number's colour against the shirt. colour: of the shirt. trim: of its sleeves.
    """

    picture: Image
    digits: Image
    number: str
    height: float
    contrast: float
    colour: Doubles
    trim: Doubles


def kit_colour(rng: np.random.Generator) -> Doubles:
    base = KIT_BGR[rng.integers(len(KIT_BGR))] if rng.random() < 0.8 else rng.uniform(0, 255, 3)
    return np.asarray(np.clip(base + rng.normal(0, 12, 3), 0, 255))


def drawn_cloth(
    rng: np.random.Generator, faces: Sequence[Face], has_number: bool, is_back: bool
) -> Cloth:
    colour, trim = kit_colour(rng), kit_colour(rng)
    picture = _patterned(rng, colour)
    text = number_text(rng) if has_number else ""
    ink = _ink(rng, colour)
    contrast = float(np.abs(ink - colour).max())
    digits = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    low, high = (0.085, 0.19) if is_back else (0.055, 0.13)
    height = rng.uniform(low, high) * UNIT_PX
    top = rng.uniform(0.06, 0.15) * UNIT_PX if is_back else rng.uniform(0.04, 0.16) * UNIT_PX
    face = faces[rng.integers(len(faces))]
    if text:
        _put_number(rng, picture, digits, text, face, height, top, ink)
    _put_words(rng, picture, faces, top, top + height if text else top, ink, bool(text))
    return Cloth(picture, digits, text, height, contrast, colour, trim)


def number_text(rng: np.random.Generator) -> str:
    """62 % two digits, 36 % one, 2 % 00."""
    kind = rng.random()
    if kind < 0.02:
        return "00"
    return str(rng.integers(10)) if kind < 0.38 else str(rng.integers(10, 100))


def _ink(rng: np.random.Generator, colour: Doubles) -> Doubles:
    for _ in range(8):
        ink = kit_colour(rng)
        if rng.random() < 0.3:
            ink = np.full(3, rng.choice([15.0, 245.0]))
        if np.abs(ink - colour).max() > _MIN_CONTRAST or rng.random() < 0.06:
            break
    return ink


def _patterned(rng: np.random.Generator, colour: Doubles) -> Image:
    picture = np.empty((SIDE_PX, SIDE_PX, 3), np.uint8)
    picture[:] = colour.astype(np.uint8)
    kind = rng.random()
    other = (
        kit_colour(rng) if rng.random() < 0.5 else np.clip(colour + rng.normal(0, 35, 3), 0, 255)
    )
    paint = other.tolist()
    middle = SIDE_PX // 2
    if kind < 0.16:  # stripes, upright or lying
        wide, gap = rng.integers(3, 20, 2)
        at = np.arange(SIDE_PX) % (wide + gap) < wide
        picture[(slice(None), at) if rng.random() < 0.6 else at] = other
    elif kind < 0.24:  # one broad stripe, or a sash
        x = int(rng.integers(0, SIDE_PX))
        slope = int(rng.integers(-90, 90)) if rng.random() < 0.5 else 0
        cv2.line(picture, (x, 0), (x + slope, SIDE_PX), paint, int(rng.integers(8, 40)))
    elif kind < 0.38:  # side panels
        wide = int(rng.integers(8, 40))
        picture[:, : middle - 64 + wide] = other
        picture[:, middle + 64 - wide :] = other
    elif kind < 0.46:  # a fade
        t = np.linspace(0, 1, SIDE_PX)[:, None, None]
        picture[:] = (colour * (1 - t) + other * t).astype(np.uint8)
    elif kind < 0.54:  # another colour on the shoulders
        cv2.rectangle(picture, (0, 0), (SIDE_PX, int(rng.integers(6, 34))), paint, -1)
    elif kind < 0.60:  # blotches
        blots = cv2.resize(
            rng.random((7, 7)).astype(np.float32), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC
        )
        picture[blots > 0.62] = other
    return picture


def _put_number(
    rng: np.random.Generator, picture: Image, digits: Image, text: str, face: Face, height: float,
    top: float, ink: Doubles,
) -> None:  # fmt: skip
    gap = int(rng.uniform(-0.05, 0.2) * height)
    masks = _sized(_changed(rng, [face.digits[int(d)] for d in text]), rng, max(8, int(height)))
    width = sum(m.shape[1] for m in masks) + gap * (len(masks) - 1)
    if width > SIDE_PX * 0.8:
        masks = [
            cv2.resize(m, (max(2, int(m.shape[1] * SIDE_PX * 0.8 / width)), m.shape[0]))
            for m in masks
        ]
        width = sum(m.shape[1] for m in masks) + gap * (len(masks) - 1)
    alpha = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    x, y = SIDE_PX // 2 - width // 2 + int(rng.normal(0, 3)), int(top)
    for n, mask in enumerate(masks):
        h, w = min(mask.shape[0], SIDE_PX - y), min(mask.shape[1], SIDE_PX - x)
        if x < 0 or w <= 0:
            continue
        part = mask[:h, :w]
        view = alpha[y : y + h, x : x + w]
        np.maximum(view, part, out=view)
        digits[y : y + h, x : x + w][part > 110] = n + 1
        x += w + gap
    _outline(rng, picture, alpha, ink, height)


def _changed(rng: np.random.Generator, masks: list[Image]) -> list[Image]:
    """Digits of one face, some bolder, some lighter, some leaning."""
    kind = rng.random()
    if kind < 0.3:
        kernel = np.ones((int(rng.integers(2, 6)), int(rng.integers(2, 6))), np.uint8)
        edge = [cv2.copyMakeBorder(m, 4, 4, 4, 4, cv2.BORDER_CONSTANT) for m in masks]
        changed = [(cv2.dilate if kind < 0.2 else cv2.erode)(m, kernel) for m in edge]
        left = [(m > 128).sum() / (old > 128).sum() for m, old in zip(changed, masks, strict=True)]
        if min(left) > 0.45:
            masks = [np.asarray(m, np.uint8) for m in changed]
    if rng.random() < 0.2:
        lean = rng.uniform(-0.12, 0.3)
        masks = [_leaning(m, lean) for m in masks]
    return [_inked(m) for m in masks]


def _leaning(mask: Image, lean: float) -> Image:
    height, width = mask.shape
    more = int(abs(lean) * height) + 1
    shift = lean * height if lean > 0 else 0.0
    matrix = np.array([[1, -lean, shift], [0, 1, 0]], np.float64)
    return np.asarray(cv2.warpAffine(mask, matrix, (width + more, height)), np.uint8)


def _inked(mask: Image) -> Image:
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > 64) for axis in (1, 0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _sized(masks: list[Image], rng: np.random.Generator, height: int) -> list[Image]:
    """So high, all broader or narrower by the same."""
    narrow = height * float(np.exp(np.clip(rng.normal(0, 0.2), -0.6, 0.4)))
    return [
        np.asarray(
            cv2.resize(
                m,
                (max(2, int(m.shape[1] / m.shape[0] * narrow)), height),
                interpolation=cv2.INTER_AREA,
            ),
            np.uint8,
        )
        for m in masks
    ]


def _outline(
    rng: np.random.Generator, picture: Image, alpha: Image, ink: Doubles, height: float
) -> None:
    """The number in its colour, often with an edge or two, or a shadow; some hollow, some inlaid
    with a line of another colour, some cut across as by a stencil."""
    ground = picture[SIDE_PX // 2, SIDE_PX // 2].astype(np.float64)
    layers = [(alpha, ink)]
    if rng.random() < 0.5:
        for _ in range(1 + (rng.random() < 0.35)):
            r = max(1, round(rng.uniform(0.02, 0.09) * height))
            kernel = np.ones((2 * r + 1, 2 * r + 1), np.uint8)
            layers.append((cv2.dilate(layers[-1][0], kernel), kit_colour(rng)))
        if rng.random() < 0.12:  # hollow: an edge alone
            layers[0] = (alpha, ground)
    elif rng.random() < 0.15:
        shift = int(rng.uniform(0.04, 0.1) * height)
        layers.append((np.roll(alpha, (shift, shift), (0, 1)), kit_colour(rng)))
    if rng.random() < 0.12:
        r = max(1, round(rng.uniform(0.03, 0.07) * height))
        inner = cv2.erode(alpha, np.ones((2 * r + 1, 2 * r + 1), np.uint8))
        layers.insert(0, (inner, ground if rng.random() < 0.5 else kit_colour(rng)))
    for mask, colour in reversed(layers):
        paste(picture, mask, colour)
    if rng.random() < 0.15:
        paste(picture, _fading(rng, alpha), ink + (kit_colour(rng) - ink) * rng.uniform(0.2, 0.8))
    if rng.random() < 0.06:
        rows = np.flatnonzero(alpha.any(axis=1))
        at = int(rng.uniform(0.25, 0.75) * (rows[-1] - rows[0]) + rows[0])
        cut = np.zeros_like(alpha)
        cut[at : at + max(1, round(0.05 * height))] = alpha[at : at + max(1, round(0.05 * height))]
        paste(picture, cut, ground)


def _fading(rng: np.random.Generator, mask: Image) -> Image:
    """From whole to nothing across the number, in a direction of its own, by a step or slowly."""
    angle, sharp = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(-1.5, 2.5))
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    middle, size = (rows[0] + rows[-1]) / 2, max(rows[-1] - rows[0], 1)
    along = (x - (columns[0] + columns[-1]) / 2) * np.cos(angle) + (y - middle) * np.sin(angle)
    share = 1 / (1 + np.exp(-np.clip(4 * sharp * along / size, -30, 30)))
    return np.asarray(mask * share, np.uint8)


def paste(picture: Image, mask: Image, colour: Doubles) -> None:
    """A colour through a mask, in place."""
    y, x = np.nonzero(mask)
    if not len(y):
        return
    part = (slice(y.min(), y.max() + 1), slice(x.min(), x.max() + 1))
    share = mask[part][..., None].astype(np.float32) / 255
    picture[part] = (picture[part] * (1 - share) + colour.astype(np.float32) * share).astype(
        np.uint8
    )


def _put_words(
    rng: np.random.Generator, picture: Image, faces: Sequence[Face], above: float, below: float,
    ink: Doubles, has_number: bool,
) -> None:  # fmt: skip
    """A name above, a sponsor below, a mark on the breast: letters that are no number."""
    places = []
    if rng.random() < (0.5 if has_number else 0.4):
        places.append(above - rng.uniform(14, 22))
    if rng.random() < (0.3 if has_number else 0.5):
        places.append(below + rng.uniform(3, 16))
    for y in places:
        face = faces[rng.integers(len(faces))]
        if face.letters:
            high = int(rng.uniform(7, 15) if has_number else rng.uniform(7, 26))
            word = _word(rng, face, high)
            colour = ink if rng.random() < 0.7 else kit_colour(rng)
            _put(picture, word, SIDE_PX // 2 - word.shape[1] // 2, int(y), colour)
    if rng.random() < 0.25:
        centre = (int(rng.integers(40, 88)), int(rng.integers(14, 40)))
        cv2.ellipse(
            picture,
            centre,
            (int(rng.integers(2, 7)), int(rng.integers(2, 7))),
            0,
            0,
            360,
            kit_colour(rng).tolist(),
            -1,
        )


def _word(rng: np.random.Generator, face: Face, high: int) -> Image:
    letters = [face.letters[i] for i in rng.integers(len(face.letters), size=rng.integers(2, 10))]
    scale = high / letters[0].shape[0]
    gap = np.zeros((high, max(1, high // 8)), np.uint8)
    parts = []
    for m in letters:
        parts += [
            cv2.resize(m, (max(1, int(m.shape[1] * scale)), high), interpolation=cv2.INTER_AREA),
            gap,
        ]
    return np.concatenate(parts, axis=1)


def _put(picture: Image, mask: Image, x: int, y: int, colour: Doubles) -> None:
    h, w = mask.shape
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + w, SIDE_PX), min(y + h, SIDE_PX)
    if x1 <= x0 or y1 <= y0:
        return
    share = mask[y0 - y : y1 - y, x0 - x : x1 - x, None].astype(np.float32) / 255
    part = picture[y0:y1, x0:x1]
    part[:] = (part * (1 - share) + colour.astype(np.float32) * share).astype(np.uint8)
