"""One person as a picture: joints become shaded limbs, far ones first."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from . import brush
from .body import Body, Part, View, project
from .head import head_parts
from .people import Person
from .pose import SIDES, Pose
from .torso import torso_part

_SUPERSAMPLING = 2
_MARGIN_M = 0.35
_TOP_M = 0.55  # raised arms
SOLID = 128
"""A pixel belongs to a figure where its alpha is at least this."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """pixels: (h, w, 4) uint8 premultiplied; left, top: where its first pixel lies."""

    pixels: brush.Canvas
    left: int
    top: int

    @property
    def solid(self) -> NDArray[np.bool_]:
        """(h, w) bool: the figure's own pixels."""
        return self.pixels[..., 3] >= SOLID


def draw(person: Person, pose: Pose, view: View) -> Sprite:
    """The person's picture, anti-aliased, at its place in the frame."""
    half = (_MARGIN_M + 0.5) * view.scale_px
    left = int(np.floor(view.foot[0] - half))
    top = int(np.floor(view.foot[1] - (person.height_m + _TOP_M) * view.scale_px))
    width = int(np.ceil(2 * half)) + 1
    height = int(np.ceil(view.foot[1] + _MARGIN_M * view.scale_px)) - top
    canvas = np.zeros((height * _SUPERSAMPLING, width * _SUPERSAMPLING, 4), np.uint8)
    body = project(person, pose, view, (left, top), _SUPERSAMPLING)
    parts = [*_legs(body), *_arms(body), *head_parts(body), torso_part(body)]
    for _, paint in sorted(parts, key=lambda part: -part[0]):
        paint(canvas)
    streak = round(view.blur_px * _SUPERSAMPLING)
    if streak > 1:
        canvas = np.asarray(cv2.blur(canvas, (streak, 1)), np.uint8)
    canvas = np.asarray(cv2.GaussianBlur(canvas, (3, 3), 0.7), np.uint8)
    pixels = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return Sprite(np.asarray(pixels, np.uint8), left, top)


def _legs(body: Body) -> list[Part]:
    appearance, kit = body.person.appearance, body.person.kit
    skin = appearance.tights or appearance.skin
    cut, hem = (brush.FLAT, 1.0), (1.0, brush.FLAT)
    band = (brush.FLAT, brush.FLAT)
    top = 1.0 - appearance.sock_height
    parts: list[Part] = []
    for side, _ in SIDES:
        hip, knee, ankle, toe = (f"{side} {j}" for j in ("hip", "knee", "ankle", "toe"))
        parts += [
            body.limb(ankle, toe, (0.054, 0.036), appearance.boots, nearer=-0.01),
            body.limb(knee, ankle, (0.06, 0.04), skin),
            body.limb(knee, ankle, (0.068, 0.045), kit.socks, (top, 0.97), cut, 0.01),
            body.limb(knee, ankle, (0.069, 0.067), kit.trim, (top, top + 0.12), band, 0.012),
            body.limb(hip, knee, (0.088, 0.062), skin, nearer=0.01),
            body.limb(hip, knee, (0.1, 0.103), kit.shorts, (-0.05, 0.66), hem, 0.02),
        ]
    return parts


def _arms(body: Body) -> list[Part]:
    appearance, kit = body.person.appearance, body.person.kit
    skin, hand = appearance.base_layer or appearance.skin, appearance.gloves or appearance.skin
    hem, band = (1.0, brush.FLAT), (brush.FLAT, brush.FLAT)
    parts: list[Part] = []
    for side, _ in SIDES:
        shoulder, elbow, wrist = (f"{side} {j}" for j in ("shoulder", "elbow", "wrist"))
        # The chest is thick: an arm beside its axis is drawn over it unless it is clearly behind.
        near = 0.02 if body.away[shoulder] > 0.02 else 0.12
        parts += [
            body.limb(elbow, wrist, (0.045, 0.034), skin, nearer=near),
            body.limb(wrist, wrist, (0.046, 0.046), hand, nearer=near + 0.005),
            body.limb(shoulder, elbow, (0.06, 0.046), skin, nearer=near),
            body.limb(shoulder, elbow, (0.066, 0.072), kit.shirt, (0.0, 0.72), hem, near + 0.01),
            body.limb(shoulder, elbow, (0.073, 0.074), kit.trim, (0.64, 0.74), band, near + 0.02),
        ]
        if appearance.armband is not None and side == "left":
            worn = body.limb(
                shoulder, elbow, (0.073, 0.074), appearance.armband, (0.25, 0.5), band, near + 0.03
            )
            parts.append(worn)
    return parts


def paste(picture: NDArray[np.uint8], sprite: Sprite) -> None:
    """Lay the figure over a (H, W, 3) picture, in place; what lies outside is cut off."""
    h, w = picture.shape[:2]
    x0, y0 = max(0, -sprite.left), max(0, -sprite.top)
    left, top = sprite.left + x0, sprite.top + y0
    patch = sprite.pixels[y0 : y0 + max(0, h - top), x0 : x0 + max(0, w - left)]
    if patch.size:
        place = picture[top : top + patch.shape[0], left : left + patch.shape[1]]
        keep = cv2.merge([255 - patch[..., 3]] * 3)
        place[:] = cv2.add(cv2.multiply(place, keep, scale=1 / 255), patch[..., :3])
