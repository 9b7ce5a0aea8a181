"""How the detections of one frame overlap: worked out once, asked by whoever wants to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tracker import boxes as bx
from tracker.types import Doubles, Ints, Mask


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Of N detections. boxes: (N, 4) x1 y1 x2 y2, pixels. areas: (N,) square pixels.

    Each two of them that touch stand in it twice, as `first` and `other`, (Q,) each, and as `other`
    and `first`; shared: (Q,) square pixels that they share.
    """

    boxes: Doubles
    areas: Doubles
    first: Ints
    other: Ints
    shared: Doubles

    @classmethod
    def of(cls, boxes: Doubles) -> Overlaps:
        shared = bx.intersections(boxes, boxes)
        shared.flat[:: len(boxes) + 1] = 0  # nobody touches themselves
        places = shared.ravel().nonzero()[0]  # of a crowd this is several times faster than in 2-D
        first, other = divmod(places, max(len(boxes), 1))
        return cls(boxes, bx.areas(boxes), first, other, shared.ravel()[places])

    @cached_property
    def of_one(self) -> Doubles:
        """(Q,) share of `first` that `other` covers."""
        return self.shared / np.maximum(self.areas[self.first], 1e-9)

    @cached_property
    def of_smaller(self) -> Doubles:
        """(Q,) share of the smaller of the two."""
        smaller = np.minimum(self.areas[self.first], self.areas[self.other])
        return self.shared / np.maximum(smaller, 1e-9)

    def iou(self) -> Doubles:
        """(Q,) intersection over union."""
        union = self.areas[self.first] + self.areas[self.other] - self.shared
        return self.shared / np.maximum(union, 1e-9)

    def covered(self, by: Mask | None = None) -> Doubles:
        """(N,) as `boxes.covered`, by the detections of the mask `by` (N,), or by all."""
        covered = np.zeros(len(self.boxes))
        if not len(self.first):
            return covered
        feet = self.boxes[:, 3]
        nearer = feet[self.other] > feet[self.first]
        if by is not None:
            nearer &= by[self.other]
        np.maximum.at(covered, self.first[nearer], self.of_one[nearer])
        return covered
