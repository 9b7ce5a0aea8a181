"""Anti-aliased, shaded shapes on a transparent canvas.

A canvas is (H, W, 4) uint8, blue green red alpha, premultiplied: OpenCV's anti-aliased filling
blends all four channels alike, so that drawing on zeros gives exactly that.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .people import Colour

Canvas = NDArray[np.uint8]
Doubles = NDArray[np.float64]
Ink = tuple[int, int, int, int]

FLAT = 0.25
"""How far a cut end bulges, in radii: the hem of a sleeve."""

_FRACTION_BITS = 4
_HALF_TURN = np.linspace(-np.pi / 2, np.pi / 2, 7)
_END = np.stack([np.cos(_HALF_TURN), np.sin(_HALF_TURN)], axis=1)
_WHICH = np.repeat([0, 1], len(_END))  # the end of a limb that a corner belongs to
_CIRCLE = np.concatenate([_END[:-1], -_END[:-1]])
_LIGHT = np.array([-0.55, -0.5])
"""Where on the picture the light comes from: upper left."""
_SHARES = np.array([1.0, 0.84, 0.45])[:, None, None]
_SHIFTS = np.array([0.0, 0.26, 0.65])[:, None, None]
_BRIGHTNESS = (0.74, 0.98, 1.12)
"""A round body in three layers: share of the radius, shift towards the light in radii, and tint."""


@cache
def tint(colour: Colour, brightness: float) -> Ink:
    """OpenCV's blue green red alpha of a colour made darker (< 1) or mixed with white (> 1)."""
    rgb = np.array(colour, dtype=np.float64)
    lit = rgb * brightness if brightness <= 1 else rgb + (255 - rgb) * (brightness - 1) * 0.9
    r, g, b = (round(float(c)) for c in np.clip(lit, 0, 255))
    return b, g, r, 255


def polygon(canvas: Canvas, corners: Doubles, ink: Ink) -> None:
    """Fill a polygon that no row crosses twice; corners (N, 2) in pixels, in order."""
    fixed = (corners * (1 << _FRACTION_BITS)).round().astype(np.int32)
    cv2.fillConvexPoly(canvas, fixed, ink, cv2.LINE_AA, _FRACTION_BITS)


def limb(
    canvas: Canvas,
    ends: tuple[Doubles, Doubles],
    radii: tuple[float, float],
    colour: Colour,
    caps: tuple[float, float] = (1.0, 1.0),
) -> None:
    """A limb between two points (pixels), as thick as the radii say, lit from the upper left.

    caps: how round each end is, from FLAT to 1.
    """
    way = ends[1] - ends[0]
    length = float(np.hypot(*way))
    along = way / length if length > 1e-6 else np.array([0.0, 1.0])
    frame = np.array([along, (-along[1], along[0])])
    outline = np.concatenate([-_END * (caps[0], 1.0), _END * (caps[1], 1.0)]) @ frame
    _layers(canvas, np.array(ends)[_WHICH], np.array(radii)[_WHICH], outline, colour)


def ball(canvas: Canvas, centre: Doubles, radii: tuple[float, float], colour: Colour) -> None:
    """An ellipsoid with upright axes: radii (across, up) in pixels."""
    _layers(canvas, centre, np.array(radii), _CIRCLE, colour)


def _layers(
    canvas: Canvas, centres: Doubles, radii: Doubles, outline: Doubles, colour: Colour
) -> None:
    """One outline three times, ever smaller, brighter and further towards the light."""
    thick = radii[:, None] if centres.ndim == 2 else radii
    shapes = centres + thick * (_SHIFTS * _LIGHT + _SHARES * outline)
    fixed = (shapes * (1 << _FRACTION_BITS)).round().astype(np.int32)
    for points, brightness in zip(fixed, _BRIGHTNESS, strict=True):
        cv2.fillConvexPoly(canvas, points, tint(colour, brightness), cv2.LINE_AA, _FRACTION_BITS)


@cache
def _digits(text: str) -> NDArray[np.uint8]:
    """The number as white on black, 48 pixels high."""
    font, scale, thick = cv2.FONT_HERSHEY_DUPLEX, 4.2, 15
    (w, h), _ = cv2.getTextSize(text, font, scale, thick)
    mask = np.zeros((h + 24, w + 24), np.uint8)
    cv2.putText(mask, text, (12, h + 12), font, scale, (255,), thick, cv2.LINE_AA)
    ys, xs = np.nonzero(mask)
    mask = mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    size = (round(mask.shape[1] * 48 / mask.shape[0]), 48)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def number(
    canvas: Canvas, text: str, centre: Doubles, across: Doubles, up: Doubles, colour: Colour
) -> None:
    """Print a number onto cloth. across, up: half of the number's width and height, pixels."""
    digits = _digits(text)
    h, w = digits.shape
    reach = np.ceil(np.abs(across) + np.abs(up)) + 1
    x0, y0 = np.maximum(np.floor(centre - reach), 0).astype(int)
    x1, y1 = np.ceil(centre + reach).astype(int)
    cloth = canvas[y0:y1, x0:x1]
    corners = np.array([up - across, up + across, -up - across]) + centre - (x0, y0)
    source = np.array([[0, 0], [w, 0], [0, h]], np.float32)
    move = cv2.getAffineTransform(source, corners.astype(np.float32))
    mask = cv2.warpAffine(digits, move, (cloth.shape[1], cloth.shape[0]))
    share = mask[..., None] / 255.0 * (cloth[..., 3:] / 255.0)
    cloth[:] = np.round(cloth * (1 - share) + np.array(tint(colour, 1.0)) * share)
