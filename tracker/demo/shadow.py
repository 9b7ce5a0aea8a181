"""Shadows of the floodlight: joints thrown along the light onto the ground."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from .camera import Camera

Doubles = NDArray[np.float64]

_LIGHT = (0.42, 0.3)
"""Metres that a shadow runs in x and y per metre of height."""
_DARK = 0.4
_BONES = [
    ("pelvis", "neck", 0.34),
    ("neck", "head", 0.14),
    ("left shoulder", "right shoulder", 0.16),
    *[
        (f"{side} {a}", f"{side} {b}", thick)
        for side in ("left", "right")
        for a, b, thick in (
            ("shoulder", "elbow", 0.13),
            ("elbow", "wrist", 0.09),
            ("hip", "knee", 0.19),
            ("knee", "ankle", 0.12),
            ("ankle", "toe", 0.09),
        )
    ],
]
_SHIFT_BITS = 4


def cast_shadows(
    picture: NDArray[np.uint8], people: Iterable[dict[str, Doubles]], camera: Camera
) -> None:
    """Darken the ground in `picture`. people: for each, joint name -> world metres (3,)."""
    fixed = 1 << _SHIFT_BITS
    mask = np.zeros(picture.shape[:2], np.uint8)
    reach: list[Doubles] = []
    for joints in people:
        points = np.array(list(joints.values()))
        flat = np.column_stack([points[:, :2] + points[:, 2:] * _LIGHT, np.zeros(len(points))])
        pixels, depth = camera.project(flat)
        px = camera.focal_px / float(depth.mean())
        at = {
            name: (round(x * fixed), round(y * fixed))
            for name, (x, y) in zip(joints, pixels.tolist(), strict=True)
        }
        for a, b, thick_m in _BONES:
            # Seen at a slant, a shadow on the ground is much less thick than the limb.
            thick = max(1, round(thick_m * px * 0.5))
            cv2.line(mask, at[a], at[b], (255,), thick, cv2.LINE_AA, _SHIFT_BITS)
        head = round(0.11 * px * fixed), round(0.05 * px * fixed)
        cv2.ellipse(mask, at["head"], head, 0, 0, 360, (255,), -1, cv2.LINE_AA, _SHIFT_BITS)
        reach += [pixels.min(axis=0) - 0.3 * px, pixels.max(axis=0) + 0.3 * px]
    if reach:
        x0, y0 = np.maximum(np.min(reach, axis=0), 0).astype(int)
        x1, y1 = np.maximum(np.max(reach, axis=0), 0).astype(int)
        window = slice(y0, y1), slice(x0, x1)
        light = 255 - (cv2.blur(mask[window], (3, 3)) * _DARK).astype(np.uint8)
        picture[window] = cv2.multiply(picture[window], cv2.merge([light] * 3), scale=1 / 255)
