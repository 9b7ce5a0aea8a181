"""A body as joints: where everything is at one moment of a stride or a stretch.

Body frame, metres: x to one's right, y forward, z up; the origin is on the ground below the pelvis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Arms = Literal["swing", "hips", "up", "wide"]

# Lengths in metres of a body of 1.80 m.
_BODY_M = 1.80
_THIGH, _SHIN, _FOOT, _SPINE = 0.44, 0.42, 0.19, 0.50
_UPPER_ARM, _FOREARM, _HIP, _SHOULDER = 0.30, 0.27, 0.095, 0.185
_SOLE = 0.07
SIDES = (("left", -1.0), ("right", 1.0))

_REST_ARMS: dict[Arms, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "hips": ((0.75, -0.25, -0.62), (-0.75, 0.35, -0.40)),
    "up": ((0.35, 0.05, 0.94), (-0.45, 0.05, 0.89)),
    "wide": ((0.97, 0.0, -0.20), (0.98, 0.1, 0.10)),
}
"""Directions of upper arm and forearm where they do not swing: outward, forward, up."""


@dataclass(frozen=True, slots=True)
class Pose:
    """phase: radians of the stride; effort: 0 stands, 0.35 walks, 1 sprints."""

    phase: float = 0.0
    effort: float = 0.0
    arms: Arms = "swing"
    lean: float = 0.0


def joints(pose: Pose, height_m: float) -> dict[str, Doubles]:
    """Joint name -> (3,) metres in the body frame. The lower foot stands on the ground."""
    e = pose.effort
    lean = pose.lean + 0.03 + 0.2 * e
    body: dict[str, Doubles] = {"pelvis": np.zeros(3)}
    spine = np.array([0.0, np.sin(lean), np.cos(lean)])
    twist = -0.28 * e * np.sin(pose.phase)
    body["neck"] = _SPINE * spine
    body["head"] = body["neck"] + 0.185 * spine + (0, 0.02, 0)
    for side, sign in SIDES:
        phase = pose.phase + (0.0 if sign < 0 else np.pi)
        _leg(body, side, sign, phase, e)
        _arm(body, side, sign, phase, twist, pose)
    lowest = min(float(body[f"{s} {j}"][2]) for s, _ in SIDES for j in ("ankle", "toe"))
    hop = 0.05 * e * abs(np.cos(pose.phase))
    lift = np.array([0.0, 0.0, _SOLE * 0.6 + hop - lowest])
    return {name: (at + lift) * (height_m / _BODY_M) for name, at in body.items()}


def _leg(body: dict[str, Doubles], side: str, sign: float, phase: float, e: float) -> None:
    stride = min(1.0, e / 0.2)
    thigh = 0.15 * e + (0.18 + 0.55 * e) * stride * np.sin(phase)
    flex = 0.06 + e * (0.2 + 1.45 * max(0.0, np.cos(phase + 0.35)) ** 1.3)
    shin = thigh - flex
    spread = 0.07 * (1 - stride) + 0.02
    hip = np.array([sign * _HIP, 0.0, -0.02])
    knee = hip + _THIGH * np.array([sign * spread, np.sin(thigh), -np.cos(thigh)])
    ankle = knee + _SHIN * np.array([sign * spread * 0.5, np.sin(shin), -np.cos(shin)])
    pitch = 0.75 * shin - 0.12
    toe = ankle + _FOOT * np.array([sign * 0.25, np.cos(pitch), np.sin(pitch)])
    toe = toe - (0, 0, 0.035)
    body |= {f"{side} hip": hip, f"{side} knee": knee, f"{side} ankle": ankle, f"{side} toe": toe}


def _arm(
    body: dict[str, Doubles], side: str, sign: float, phase: float, twist: float, pose: Pose
) -> None:
    across = np.array([np.cos(twist), np.sin(twist), 0.0])
    shoulder = body["neck"] + sign * _SHOULDER * across - (0, 0, 0.06)
    if pose.arms == "swing":
        swing = -(0.1 + 0.75 * pose.effort) * np.sin(phase) - 0.1 * pose.effort
        bend = swing + 0.25 + 1.35 * pose.effort
        upper = np.array([sign * 0.22, np.sin(swing), -np.cos(swing)])
        fore = np.array([sign * (0.1 - 0.25 * pose.effort), np.sin(bend), -np.cos(bend)])
    else:
        upper, fore = (np.array(d) * (sign, 1, 1) for d in _REST_ARMS[pose.arms])
    elbow = shoulder + _UPPER_ARM * upper / np.linalg.norm(upper)
    wrist = elbow + _FOREARM * fore / np.linalg.norm(fore)
    body |= {f"{side} shoulder": shoulder, f"{side} elbow": elbow, f"{side} wrist": wrist}


def world_joints(pose: Pose, height_m: float, place: Doubles, heading: float) -> dict[str, Doubles]:
    """Joint name -> (3,) metres in the world. place: (2,) metres; heading: radians from +x."""
    c, s = np.cos(heading), np.sin(heading)
    turn = np.array([[s, -c, 0], [c, s, 0], [0, 0, 1.0]])  # rows: right, forward, up
    foot = np.array([*place, 0.0])
    return {name: foot + at @ turn for name, at in joints(pose, height_m).items()}
