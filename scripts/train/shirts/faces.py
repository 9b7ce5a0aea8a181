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
from shirts.blocks import block_digits

from tracker.types import Image

GLYPH_PX = 64  # height of a digit in its mask
BLOCKS = 160
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
    return _sized(ink)


def block_faces(count: int = BLOCKS) -> list[Face]:
    """Of block digits; they have no letters."""
    return [
        Face(f"block {n}", tuple(_sized(mask) for mask in masks), ())
        for n, masks in enumerate(block_digits(count))
    ]


def _sized(ink: Image) -> Image:
    """GLYPH_PX high."""
    width = max(4, round(ink.shape[1] * GLYPH_PX / ink.shape[0]))
    return np.asarray(cv2.resize(ink, (width, GLYPH_PX), interpolation=cv2.INTER_AREA), np.uint8)
