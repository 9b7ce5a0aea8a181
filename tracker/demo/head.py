"""Head and hair, as seen from any side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import brush
from .body import Body, Doubles, Part
from .people import Colour

_ACROSS_M, _UP_M = 0.1, 0.125
_CURLS = [(np.cos(a), np.sin(a)) for a in np.linspace(np.pi, 2 * np.pi, 7)]


def head_parts(body: Body) -> list[Part]:
    """Neck, head and hair. What hangs down the back lies behind or before the trunk by the turn."""
    appearance, px = body.person.appearance, body.px
    at, neck = body.at["head"], body.at["neck"]
    sideways, behind = float(np.sin(body.turn)), float(np.cos(body.turn))
    nearest = -0.3  # the head overlaps nothing but its own neck and hair

    def throat(canvas: brush.Canvas) -> None:
        brush.limb(canvas, (neck, at), (0.058 * px, 0.055 * px), appearance.skin)

    parts: list[Part] = [
        (nearest + 0.02, throat),
        (nearest, lambda canvas: _head(canvas, body, sideways, behind)),
    ]
    if appearance.hair_style in ("long", "bun"):
        parts.append((nearest - 0.01 if behind > 0 else 0.1, _tail(body, sideways)))
    return parts


def _tail(body: Body, sideways: float) -> Callable[[brush.Canvas], None]:
    appearance, px = body.person.appearance, body.px
    back = np.array([-sideways * px, 0.0])
    crown = body.at["head"] + 0.1 * back

    def paint(canvas: brush.Canvas) -> None:
        if appearance.hair_style == "bun":
            knot = crown - np.array([0.0, 0.07 * px])
            brush.ball(canvas, knot, (0.065 * px, 0.065 * px), appearance.hair)
        else:
            end = crown + 0.06 * back + (0.0, 0.2 * px)
            brush.limb(canvas, (crown, end), (0.085 * px, 0.06 * px), appearance.hair)

    return paint


def _head(canvas: brush.Canvas, body: Body, sideways: float, behind: float) -> None:
    appearance, px = body.person.appearance, body.px
    at = body.at["head"]
    across, up = _ACROSS_M * px, _UP_M * px
    forward = np.array([sideways * across, 0.0])
    brush.ball(canvas, at, (across, up), appearance.skin)
    if appearance.hair_style != "bald":
        _hair(canvas, body, forward)
    if behind < 0.55:
        towards = np.clip(0.5 - behind, 0.15, 1.0)
        face = (across * (0.5 + 0.36 * towards), up * 0.74)
        middle = at + 0.42 * forward + (0.0, 0.24 * up)
        brush.ball(canvas, middle, face, appearance.skin)
        for eye in (-0.4, 0.4):
            pupil = middle + 0.3 * forward + np.array([eye * face[0], -0.08 * up])
            corners = pupil + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.075 * across
            brush.polygon(canvas, corners, brush.tint(appearance.skin, 0.4))
        if appearance.beard:
            beard = _mix(appearance.hair, appearance.skin, 0.3)
            chin = middle + np.array([0.0, 0.52 * up])
            brush.ball(canvas, chin, (face[0] * 0.78, up * 0.25), beard)
    if appearance.headband is not None:
        level = at - (0.0, 0.42 * up)
        corners = np.array([[-1, 0], [1, 0], [1, -1], [-1, -1]]) * (0.93 * across, 0.24 * up)
        brush.polygon(canvas, level + corners, brush.tint(appearance.headband, 1.0))


def _hair(canvas: brush.Canvas, body: Body, forward: Doubles) -> None:
    appearance, px = body.person.appearance, body.px
    across, up = _ACROSS_M * px, _UP_M * px
    crown = body.at["head"] - 0.16 * forward - (0.0, 0.2 * up)
    if appearance.hair_style == "curly":
        for x, y in _CURLS:
            curl = crown + np.array([0.85 * across * x, 0.75 * up * y])
            brush.ball(canvas, curl, (0.5 * across, 0.42 * up), appearance.hair)
    brush.ball(canvas, crown, (1.04 * across, 0.92 * up), appearance.hair)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    """Colour a with a share of b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue
