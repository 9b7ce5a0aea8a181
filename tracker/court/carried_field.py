"""A field carried to other frames by the camera's motion, as far as its shot reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tracker import boxes as bx
from tracker.court.field import Field, field_nats
from tracker.types import Doubles, Ints, Mask, Observation


class CarriedField:
    """The field in the frame that `move` was told of last.

    Before the frame it was drawn in, and from the next cut on, it is not known where it is.
    """

    def __init__(self, field: Field | None) -> None:
        self._field = field
        self._motion: Doubles | None = None
        self._over = field is None

    @property
    def corners(self) -> Doubles | None:
        """(K, 2) pixels; None where it is not known where it is."""
        if self._field is None or self._motion is None:
            return None
        return moved(self._field.corners, self._motion)

    def move(self, index: int, camera: Doubles, cut: bool) -> None:
        """The next frame. index: Frame.index. camera, cut: as in its Observation.

        Where frames are left out, the field begins in the first one from its own on.
        """
        if self._over or self._field is None:
            return
        if self._motion is not None:
            self._over = cut
            self._motion = None if cut else bx.chain(camera, self._motion)
        elif index >= self._field.index:
            self._over = cut and index > self._field.index
            self._motion = None if self._over else np.eye(2, 3)

    def nats(self, boxes: Doubles) -> Doubles | None:
        """(N,) log-odds of people in (N, 4) boxes to play, by where their feet are; 0 where the
        feet are not seen, None where the field is not known. See `field_nats`."""
        corners = self.corners
        if corners is None or self._field is None:
            return None
        return field_nats(corners, boxes, self._field.size[1])


class KnownField(CarriedField):
    """The field where all frames have been seen: also in those before the one it was drawn in."""

    def __init__(self, field: Field, motions: Mapping[int, Doubles]) -> None:
        super().__init__(field)
        self._motions = motions

    @classmethod
    def of(cls, field: Field, seen: Sequence[Observation]) -> KnownField:
        """seen: all frames, in order."""
        indices = np.array([observation.index for observation in seen], np.int64)
        cuts = np.array([observation.cut for observation in seen], bool)
        carried = motions(field, indices, [observation.camera for observation in seen], cuts)
        return cls(field, dict(zip(indices.tolist(), carried, strict=True)))

    def move(self, index: int, camera: Doubles, cut: bool) -> None:
        """The next frame. index: Frame.index."""
        motion = self._motions[index]
        self._motion = motion if np.isfinite(motion).all() else None


def motions(field: Field, indices: Ints, cameras: Sequence[Doubles], cuts: Mask) -> Doubles:
    """(F, 2, 3) affines that carry the field's corners into each frame, also those before its own;
    NaN where a cut lies between.

    indices, cameras, cuts: of F frames in order, Frame.index and as in their Observations.
    """
    found = np.full((len(indices), 2, 3), np.nan)
    first = int(np.searchsorted(indices, field.index))
    if first == len(indices) or (cuts[first] and indices[first] > field.index):
        return found
    found[first] = np.eye(2, 3)
    for place in range(first + 1, len(indices)):
        if cuts[place]:
            break
        found[place] = bx.chain(cameras[place], found[place - 1])
    for place in range(first, 0, -1):
        if cuts[place] or not abs(np.linalg.det(cameras[place][:, :2])) > 0:
            break
        found[place - 1] = bx.chain(bx.inverse(cameras[place]), found[place])
    return found


def moved(corners: Doubles, motion: Doubles) -> Doubles:
    """(K, 2) corners along a (2, 3) affine."""
    return corners @ motion[:, :2].T + motion[:, 2]
