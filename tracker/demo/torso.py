"""The shirt: trunk, hoops, collar and number."""

from __future__ import annotations

import numpy as np

from . import brush
from .body import Body, Doubles, Part
from .people import Colour

# Levels of the trunk from the neck (0) to the hips (1): half width and half depth in metres.
_LEVELS = np.array([0.0, 0.04, 0.12, 0.28, 0.44, 0.6, 0.76, 0.9, 1.06])
_HALF_WIDTH = np.array([0.06, 0.15, 0.195, 0.19, 0.178, 0.168, 0.168, 0.176, 0.18])
_HALF_DEPTH = np.array([0.06, 0.09, 0.115, 0.128, 0.122, 0.116, 0.116, 0.126, 0.128])
# Runs of levels in one colour, and whether a kit with hoops shows its second colour there.
_RUNS = ((0, 3, False), (3, 4, True), (4, 5, False), (5, 6, True), (6, 8, False))
# Edges left and right of the axis in shares of the half width, and brightness: light from the left.
_SHADES = ((-1.0, 1.0, 0.74), (-0.97, 0.84, 0.9), (-0.9, 0.5, 1.0), (-0.66, 0.0, 1.08))


def torso_part(body: Body) -> Part:
    """The trunk, at the distance of the pelvis."""
    return 0.0, lambda canvas: _torso(canvas, body)


def _torso(canvas: brush.Canvas, body: Body) -> None:
    kit, px = body.person.kit, body.px
    neck, pelvis = body.at["neck"], body.at["pelvis"]
    spine = pelvis - neck
    half = np.hypot(_HALF_WIDTH * np.cos(body.turn), _HALF_DEPTH * np.sin(body.turn)) * px
    axis = neck + _LEVELS[:, None] * spine
    brush.limb(canvas, (pelvis, pelvis), (0.14 * px, 0.14 * px), kit.shorts)
    runs = ((0, len(_LEVELS) - 1, False),) if kit.hoops is None else _RUNS
    for left, right, brightness in _SHADES:
        outline = axis + half[:, None] * (left, 0.0), axis + half[:, None] * (right, 0.0)
        for first, last, hoop in runs:
            colour = kit.hoops if hoop and kit.hoops is not None else kit.shirt
            level = slice(first, last + 1)
            corners = np.concatenate([outline[0][level], outline[1][level][::-1]])
            brush.polygon(canvas, corners, brush.tint(colour, brightness))
    brush.ball(canvas, neck + 0.02 * spine, (0.075 * px, 0.05 * px), kit.trim)
    if body.person.number is not None:
        _number(canvas, body, spine, kit.number)


def _number(canvas: brush.Canvas, body: Body, spine: Doubles, colour: Colour) -> None:
    """Large on the back, small on the chest; narrower the more the shirt turns away."""
    from_behind = float(np.cos(body.turn))
    if abs(from_behind) < 0.3:
        return
    text = str(body.person.number)
    height, level = (0.125, 0.43) if from_behind > 0 else (0.06, 0.3)
    width = height * (0.42 if len(text) == 1 else 0.85)
    # The middle of the back, or of the chest, lies off the axis when the body turns.
    aside = -np.sign(from_behind) * 0.11 * np.sin(body.turn) * body.px
    centre = body.at["neck"] + level * spine + (aside, 0.0)
    across = np.array([width * abs(from_behind) * body.px, 0.0])
    up = -spine / np.linalg.norm(spine) * height * body.px
    brush.number(canvas, text, centre, across, up, colour)
