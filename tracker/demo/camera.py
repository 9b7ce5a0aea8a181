"""A pinhole camera that stands still, turns and zooms.

World: metres, x along the pitch, y away from the camera, z up. Pictures: pixels, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """position: metres; pan: radians to the right of +y; tilt: radians below the horizon;
    focal_px: focal length; size: width and height of the picture, pixels."""

    position: tuple[float, float, float]
    pan: float
    tilt: float
    focal_px: float
    size: tuple[int, int]

    def __post_init__(self) -> None:
        if self.focal_px <= 0 or min(self.size) <= 0:
            raise ValueError(f"Camera: focal length and size must be positive, got {self}")

    @property
    def rotation(self) -> Doubles:
        """(3, 3): rows are the picture's right, down and forward in the world."""
        sp, cp, st, ct = np.sin(self.pan), np.cos(self.pan), np.sin(self.tilt), np.cos(self.tilt)
        return np.array([[cp, -sp, 0.0], [-sp * st, -cp * st, -ct], [sp * ct, cp * ct, -st]])

    @property
    def intrinsics(self) -> Doubles:
        """(3, 3) matrix K; the principal point is the picture's centre."""
        w, h = self.size
        return np.array([[self.focal_px, 0, w / 2], [0, self.focal_px, h / 2], [0, 0, 1.0]])

    def project(self, points: ArrayLike) -> tuple[Doubles, Doubles]:
        """World points (..., 3) in metres to pixels (..., 2) and depth (...,) in metres."""
        seen = (np.asarray(points, dtype=np.float64) - self.position) @ self.rotation.T
        depth = seen[..., 2]
        centre = np.array(self.size) / 2
        return seen[..., :2] * (self.focal_px / depth[..., None]) + centre, depth

    def rays(self, pixels: Doubles) -> Doubles:
        """Directions (..., 3) in the world of pixels (..., 2), not normalised."""
        centred = (pixels - np.array(self.size) / 2) / self.focal_px
        forward = np.ones((*centred.shape[:-1], 1))
        return np.concatenate([centred, forward], axis=-1) @ self.rotation

    def homography_from(self, other: Camera) -> Doubles:
        """(3, 3) that takes `other`'s pixels to mine; both must stand at the same place."""
        if self.position != other.position:
            raise ValueError("Camera: pictures from two places are joined by no homography")
        turn = self.rotation @ other.rotation.T
        return self.intrinsics @ turn @ np.linalg.inv(other.intrinsics)

    def ground_x(self, u_px: float, y_m: float) -> float:
        """World x of the ground point in picture column `u_px` at depth line `y_m`."""
        right, _, forward = self.rotation
        k = (u_px - self.size[0] / 2) / self.focal_px
        dy, dz = y_m - self.position[1], -self.position[2]
        rest = (k * forward[1] - right[1]) * dy + (k * forward[2] - right[2]) * dz
        return float(self.position[0] + rest / (right[0] - k * forward[0]))


def enclosing(cameras: list[Camera]) -> Camera:
    """A camera whose one picture holds everything that these (of one place) see."""
    w, h = cameras[0].size
    pans, tilts = np.array([c.pan for c in cameras]), np.array([c.tilt for c in cameras])
    focal = float(np.median([c.focal_px for c in cameras]))
    middle = replace(
        cameras[0],
        pan=float(pans.min() + pans.max()) / 2,
        tilt=float(tilts.min() + tilts.max()) / 2,
        focal_px=focal,
    )
    corners = np.array([[0, 0], [w, 0], [0, h], [w, h]], np.float64)
    reach = np.zeros(2)
    for camera in cameras:
        moved = cv2.perspectiveTransform(corners[None], middle.homography_from(camera))[0]
        reach = np.maximum(reach, np.abs(moved - (w / 2, h / 2)).max(axis=0))
    return replace(middle, size=(2 * int(reach[0] + 4), 2 * int(reach[1] + 4)))
