"""A posed person, projected onto the canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import brush
from .people import Colour, Person
from .pose import Pose, joints

Doubles = NDArray[np.float64]
Part = tuple[float, Callable[[brush.Canvas], None]]
"""Distance from the viewer (only the order counts) and what paints it."""


@dataclass(frozen=True, slots=True)
class View:
    """How a person is seen.

    foot: pixels of the ground below the pelvis; scale_px: pixels per metre; turn: 0 runs away from
    the viewer, pi/2 to the right; tilt: radians looked down; blur_px: length of the motion blur.
    """

    foot: tuple[float, float]
    scale_px: float
    turn: float
    tilt: float
    blur_px: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """at: joint -> pixels on the canvas; away: joint -> metres behind the pelvis as seen;
    px: pixels per metre of a body of 1.80 m, so that tall people are broad too."""

    person: Person
    at: dict[str, Doubles]
    away: dict[str, float]
    px: float
    turn: float

    def limb(
        self,
        a: str,
        b: str,
        radii: tuple[float, float],
        colour: Colour,
        span: tuple[float, float] = (0.0, 1.0),
        caps: tuple[float, float] = (1.0, 1.0),
        nearer: float = 0.0,
    ) -> Part:
        """The stretch `span` of the way from joint a to joint b; radii and nearer in metres."""
        start, way = self.at[a], self.at[b] - self.at[a]
        ends = (start + span[0] * way, start + span[1] * way)
        thick = (radii[0] * self.px, radii[1] * self.px)
        distance = (self.away[a] + self.away[b]) / 2 - nearer
        return distance, lambda canvas: brush.limb(canvas, ends, thick, colour, caps)


def project(
    person: Person, pose: Pose, view: View, corner: tuple[int, int], supersampling: int
) -> Body:
    """Stand the person on the canvas whose upper left pixel lies at `corner` of the frame."""
    px = view.scale_px * supersampling
    foot = (np.array(view.foot) - corner) * supersampling
    st, ct = np.sin(view.turn), np.cos(view.turn)
    at, away = {}, {}
    for name, (x, y, z) in joints(pose, person.height_m).items():
        across, depth = x * ct + y * st, y * ct - x * st
        rise = z * np.cos(view.tilt) + depth * np.sin(view.tilt)
        at[name] = foot + px * np.array([across, -rise])
        away[name] = float(depth)
    return Body(person, at, away, px * person.height_m / 1.8, view.turn)
