"""How the detections of one frame overlap: worked out once, asked by whoever wants to know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.follow import boxes as bx
from tracker.records import Doubles, Index, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Of N detections. boxes: (N, 4) x1 y1 x2 y2, pixels. areas: (N,) square pixels, shared: (N, N)
    what each two of them share; the same on both sides of the diagonal."""

    boxes: Doubles
    areas: Doubles
    shared: Doubles

    @classmethod
    def of(cls, boxes: Doubles) -> Overlaps:
        return cls(boxes, bx.areas(boxes), bx.intersections(boxes, boxes))

    def pick(self, index: Index) -> Overlaps:
        """Those of an index or mask array."""
        return Overlaps(self.boxes[index], self.areas[index], self.shared[index][:, index])

    def covered(self, by: Mask | None = None) -> Doubles:
        """(N,) as `boxes.covered`, by the detections of the mask `by` (N,), or by all."""
        n = len(self.boxes)
        if not n or not (by is None or by.any()):
            return np.zeros(n)
        feet = self.boxes[:, 3]
        share = self.shared * (feet > feet[:, None])
        share /= np.maximum(self.areas, 1e-9)[:, None]
        return np.asarray((share if by is None else share[:, by]).max(axis=1))

    def nearly_same(self, least_iou: float) -> Mask:
        """(N, N) True for two of them whose IoU is above `least_iou`; nobody is his own double."""
        # two whose IoU is so high share more than that of each: few are looked at closely
        close = self.shared > 0.99 * least_iou * self.areas[:, None]
        np.fill_diagonal(close, False)
        if close.any():
            i, j = close.nonzero()
            union = self.areas[i] + self.areas[j] - self.shared[i, j]
            close[i, j] = self.shared[i, j] / np.maximum(union, 1e-9) > least_iou
        return close
