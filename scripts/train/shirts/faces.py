"""Digits and letters to be put on shirts: of free fonts from npm, and block digits that are drawn.

`npm install --prefix scripts/train/shirts` fetches the fonts that `package.json` names, each at the
version it names. Nothing of them is in the package: only a net that has seen them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from tracker.types import Image

GLYPH_PX = 64  # height of a digit in its mask
BLOCKS = 48
_LETTERS = "ABCDEFGHIKLMNOPRSTUVWZ"
_WEIGHTS = 3  # of one family at most
_SAMPLE = "0123456789"


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One style of lettering. digits: ten masks (GLYPH_PX, w), 255 inside. letters: of some
    letters, empty where the style has digits only."""

    name: str
    digits: tuple[Image, ...]
    letters: tuple[Image, ...]


def font_faces(folder: Path) -> list[Face]:
    """Of all families under node_modules/@fontsource, in order of their names."""
    found = []
    for family in sorted((folder / "node_modules" / "@fontsource").iterdir()):
        files = sorted((family / "files").glob(f"{family.name}-latin-*-normal.woff2"))
        heavy = [f for f in files if int(f.name.split("-")[-2]) >= 400] or files
        step = max(1, (len(heavy) + _WEIGHTS - 1) // _WEIGHTS)
        found += [face for f in heavy[::-1][::step] if (face := _font_face(f)) is not None]
    if not found:
        raise FileNotFoundError(f"{folder}: no fonts; npm install --prefix {folder}")
    return found


def _font_face(file: Path) -> Face | None:
    """None where it has no digits, or such that look all alike."""
    font = ImageFont.truetype(str(file), GLYPH_PX * 2)
    digits = tuple(_glyph(font, text) for text in _SAMPLE)
    if any(mask.shape[1] < 4 or mask.max() < 128 for mask in digits):
        return None
    if len({mask.tobytes() for mask in digits}) < len(_SAMPLE):
        return None
    return Face(file.stem, digits, tuple(_glyph(font, text) for text in _LETTERS))


def _glyph(font: ImageFont.FreeTypeFont, text: str) -> Image:
    """Cut to its ink, GLYPH_PX high."""
    left, top, right, bottom = font.getbbox(text)
    size = (max(int(right - left), 1) + 4, max(int(bottom - top), 1) + 4)
    page = Pillow.new("L", size)
    ImageDraw.Draw(page).text((2 - left, 2 - top), text, font=font, fill=255)
    mask = np.asarray(page, np.uint8)
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > 64) for axis in (1, 0))
    if not len(rows):
        return np.zeros((GLYPH_PX, 1), np.uint8)
    ink = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(1, round(ink.shape[1] * GLYPH_PX / ink.shape[0]))
    return np.asarray(cv2.resize(ink, (width, GLYPH_PX), interpolation=cv2.INTER_AREA), np.uint8)


def block_faces(count: int = BLOCKS) -> list[Face]:
    """Digits of straight strokes with cut corners, as teams wear them; every style another cut,
    weight and width."""
    rng = np.random.default_rng(20)
    return [
        Face(f"block {n}", tuple(_block(d, style) for d in range(10)), ())
        for n in range(count)
        if (style := _Style.drawn(rng))
    ]


@dataclass(frozen=True, slots=True)
class _Style:
    """cut: of a corner; weight: of a stroke; width: of a digit, all in half heights. slab: feet
    and caps. slant: the 2, 4 and 7 have a slanted stroke."""

    cut: float
    weight: float
    width: float
    slab: bool
    slant: bool
    flag: bool

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> _Style:
        cut, weight, width = rng.uniform((0.0, 0.22, 0.7), (0.45, 0.5, 1.3))
        return cls(cut, weight, width, *(rng.random(3) < 0.5).tolist())


Points = list[tuple[float, float]]


def _strokes(digit: int, s: _Style) -> list[Points]:
    """Lines from corner to corner, x in [0, 1], y in [0, 2]."""
    c, end = s.cut, 0.45
    if digit == 0:
        return [
            [(c, 0), (1 - c, 0), (1, c), (1, 2 - c), (1 - c, 2), (c, 2), (0, 2 - c), (0, c), (c, 0)]
        ]
    if digit == 1:
        foot = [[(0.1, 2.0), (0.9, 2.0)]] if s.slab else []
        flag = [[(0.5, 0.0), (0.1, 0.35)]] if s.flag else []
        return [[(0.5, 0), (0.5, 2)], *foot, *flag]
    if digit == 2:
        tail = (
            [(1, 0.8), (0, 2), (1, 2)]
            if s.slant
            else [(1, 1 - c), (1 - c, 1), (c, 1), (0, 1 + c), (0, 2), (1, 2)]
        )
        return [[(0, end), (0, c), (c, 0), (1 - c, 0), (1, c), *tail]]
    if digit == 3:
        top = [(0, end), (0, c), (c, 0), (1 - c, 0), (1, c), (1, 1 - c), (1 - c, 1), (0.35, 1)]
        return [
            top,
            [(1 - c, 1), (1, 1 + c), (1, 2 - c), (1 - c, 2), (c, 2), (0, 2 - c), (0, 2 - end)],
        ]
    if digit == 4:
        x = 0.72 if s.flag else 1.0
        top = (
            [(x, 0.0), (0.0, 1.3), (1.0, 1.3)] if s.slant else [(0.0, 0.0), (0.0, 1.2), (1.0, 1.2)]
        )
        return [top, [(x, 0), (x, 2)]]
    if digit == 5:
        return [
            [
                (1, 0),
                (0, 0),
                (0, 0.9),
                (1 - c, 0.9),
                (1, 0.9 + c),
                (1, 2 - c),
                (1 - c, 2),
                (c, 2),
                (0, 2 - c),
                (0, 2 - end),
            ]
        ]
    if digit == 6:
        return [
            [
                (1, end),
                (1, c),
                (1 - c, 0),
                (c, 0),
                (0, c),
                (0, 2 - c),
                (c, 2),
                (1 - c, 2),
                (1, 2 - c),
                (1, 1 + c),
                (1 - c, 1),
                (0, 1),
            ]
        ]
    if digit == 7:
        return [[(0, 0), (1, 0), (0.35, 2)] if s.slant else [(0, 0), (1, 0), (1, 2)]]
    if digit == 9:
        return [[(1 - x, 2 - y) for x, y in line] for line in _strokes(6, s)]
    ring = [
        (c, 0),
        (1 - c, 0),
        (1, c),
        (1, 1 - c),
        (1 - c, 1),
        (1, 1 + c),
        (1, 2 - c),
        (1 - c, 2),
        (c, 2),
        (0, 2 - c),
        (0, 1 + c),
        (c, 1),
        (0, 1 - c),
        (0, c),
        (c, 0),
    ]
    return [ring, [(c, 1), (1 - c, 1)]]


def _block(digit: int, style: _Style) -> Image:
    half = GLYPH_PX * 2
    weight = max(3, round(style.weight * half / 2))
    page = np.zeros((2 * half + 2 * weight, int(style.width * half) + 2 * weight), np.uint8)
    scale = np.array([style.width * half, half])
    for line in _strokes(digit, style):
        points = np.round(np.array(line) * scale + weight).astype(np.int32)
        cv2.polylines(page, [points], False, 255, weight, cv2.LINE_8)
        for x, y in points:  # square joints
            r = weight // 2
            if style.cut < 0.12:
                cv2.rectangle(page, (x - r, y - r), (x + r, y + r), 255, -1)
    rows, columns = (np.flatnonzero(page.max(axis=axis)) for axis in (1, 0))
    ink = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(4, round(ink.shape[1] * GLYPH_PX / ink.shape[0]))
    return np.asarray(cv2.resize(ink, (width, GLYPH_PX), interpolation=cv2.INTER_AREA), np.uint8)
