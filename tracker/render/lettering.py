"""Names on pictures: any script, on small plates, rendered once and then pasted."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from tracker.types import Floats, Image

Colour = tuple[int, int, int]
"""Blue, green, red, 0 to 255."""

_LONGEST = 24
_SMOOTH = 4  # plates are drawn this much larger and shrunk: smooth corners


@dataclass(frozen=True)
class PlateStyle:
    """How a text looks: ink on a filled plate with a border; None leaves that part out."""

    ink: Colour
    fill: Colour | None = None
    fill_opacity: float = 1.0
    border: Colour | None = None


@dataclass(frozen=True, eq=False)
class Plate:
    """A rendered text. paint: (H, W, 3) colour times opacity; keep: (H, W, 1) share let through."""

    paint: Floats
    keep: Floats

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.paint.shape[1], self.paint.shape[0]

    def paste(self, image: Image, x: int, y: int) -> None:
        """Lay it onto the image, in place, its top left corner at x, y; what sticks out is cut."""
        width, height = self.size
        left, top = max(-x, 0), max(-y, 0)
        right, bottom = min(width, image.shape[1] - x), min(height, image.shape[0] - y)
        if left >= right or top >= bottom:
            return
        inside = slice(top, bottom), slice(left, right)
        under = image[y + top : y + bottom, x + left : x + right]
        under[:] = (under * self.keep[inside] + self.paint[inside] + 0.5).astype(np.uint8)


def readable_on(colour: Colour) -> Colour:
    """Black or white, whichever stands out."""
    blue, green, red = colour
    return (20, 20, 20) if 0.114 * blue + 0.587 * green + 0.299 * red > 110 else (255, 255, 255)


@lru_cache(maxsize=1024)
def plate(text: str, size_px: int, style: PlateStyle) -> Plate:
    """`draw_plate`, remembered: for names, which come again in every frame."""
    return draw_plate(text, size_px, style)


def draw_plate(text: str, size_px: int, style: PlateStyle) -> Plate:
    """The text in letters of size_px, on its plate. Long texts are cut."""
    ink = _ink(_shorten(text), size_px)
    pad_x = round(size_px * (0.4 if style.fill else 0.15))
    pad_y = round(size_px * 0.14) if style.fill else 1
    ink = np.pad(ink, ((pad_y, pad_y), (pad_x, pad_x)))
    paint = np.zeros((*ink.shape, 3), np.float32)
    cover = np.zeros((*ink.shape, 1), np.float32)

    def lay(mask: Floats, colour: Colour) -> None:
        nonlocal paint, cover
        opacity = mask[..., None]
        paint = paint * (1 - opacity) + opacity * np.array(colour, np.float32)
        cover = cover * (1 - opacity) + opacity

    if style.fill:
        lay(_rounded(ink.shape, size_px, filled=True) * style.fill_opacity, style.fill)
    else:
        lay(_shadow(ink), (0, 0, 0))
    if style.border:
        lay(_rounded(ink.shape, size_px, filled=False), style.border)
    lay(ink, style.ink)
    return Plate(paint, 1 - cover)


def undrawn(names: Iterable[str]) -> str:
    """A line on the names that have letters which no font here can draw; "" where there is none."""
    those = sorted(name for name in set(names) if any(map(_is_box, name)))
    if not those:
        return ""
    few = ", ".join(those[:3]) + (f" and {len(those) - 3} more" if len(those) > 3 else "")
    return (
        f"no font here can draw all letters of {few}: in the video boxes or ? stand for them, the "
        "tables have the names as they are; a name in other letters can be given in roster.yaml"
    )


def _is_box(sign: str) -> bool:
    """Whether a sign is drawn as the box that stands for "no such letter"."""
    if not _lacking(sign):
        return False
    unicode_face: Any = getattr(cv2, "FontFace", None)
    if unicode_face is None:
        return True
    box, drawn = (_ink_by_opencv(s, 16, unicode_face("uni")) for s in ("\U0010ffff", sign))
    return bool(box.shape == drawn.shape and (box == drawn).all())


def _shorten(text: str) -> str:
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _shadow(ink: Floats) -> Floats:
    wide = cv2.GaussianBlur(cv2.dilate(ink, np.ones((3, 3), np.uint8)), (3, 3), 0)
    return np.asarray(wide * 0.75, np.float32)


def _rounded(shape: tuple[int, ...], size_px: int, *, filled: bool) -> Floats:
    height, width = shape[0] * _SMOOTH, shape[1] * _SMOOTH
    mask = Picture.new("L", (width, height))
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, width - 1, height - 1),
        radius=round(size_px * 0.22 * _SMOOTH),
        fill=255 if filled else None,
        outline=255,
        width=max(1, round(size_px / 11)) * _SMOOTH,
    )
    small = cv2.resize(np.asarray(mask), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def _ink(text: str, size_px: int) -> Floats:
    """Coverage (H, W) in [0, 1]; H is the same for every text of a size."""
    unicode_face: Any = getattr(cv2, "FontFace", None)  # OpenCV 5 brings one with most scripts
    if _lacking(text):
        if unicode_face is not None:
            return _ink_by_opencv(text, size_px, unicode_face("uni"))
        text = "".join("?" if c in _lacking(text) else c for c in text)
    font = _font(size_px)
    canvas = Picture.new("L", (max(1, round(font.getlength(text))), round(size_px * 1.25)))
    ImageDraw.Draw(canvas).text((0, round(size_px * 0.95)), text, 255, font, anchor="ls")
    return np.asarray(canvas, np.float32) / np.float32(255)


def _ink_by_opencv(text: str, size_px: int, face: Any) -> Floats:
    canvas = np.zeros((round(size_px * 1.25), size_px * (len(text) + 1)), np.uint8)
    put: Any = cv2.putText
    put(canvas, text, (0, round(size_px * 0.95)), (255,), face, size_px, 600)
    inked = np.flatnonzero(canvas.any(axis=0))
    canvas = canvas[:, : inked[-1] + 1 if len(inked) else 1]
    return canvas.astype(np.float32) / np.float32(255)


@lru_cache(maxsize=16)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib: Latin, Greek, Cyrillic, Arabic and more."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(folder / "DejaVuSans-Bold.ttf", size_px)


@lru_cache(maxsize=1024)
def _lacking(text: str) -> frozenset[str]:
    """The characters that the font draws as its box for "no such letter"."""
    font = _font(16)
    box = bytes(font.getmask("\U0010ffff"))
    marks = {"Mn", "Cf"}  # combining marks and joiners shape their neighbours
    return frozenset(
        c for c in text if unicodedata.category(c) not in marks and bytes(font.getmask(c)) == box
    )
