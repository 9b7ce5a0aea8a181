"""A detector that gives every person two boxes: told by the video itself.

Two people overlap that far now and then, a detector's doubles always do. So only where nearly
every box of the video so far has a near-double is the weaker of each two left out; what a detector
doubles here and there is left to `separate_bodies.py`.
"""

from __future__ import annotations

import numpy as np

from tracker.tracking.overlaps import Overlaps
from tracker.types import Mask

_SAME = 0.7  # IoU
_SHARE = 0.7
"""Of all boxes with a near-double, above which the detector doubles: at most .001 on boxes of
YOLO11n, YOLOX, EfficientDet, ACF and Faster R-CNN, .04 on true ones (volleyball), else .98."""
_ROUNDING = 1e-6  # but for it no IoU is larger than the share of the smaller box
_FIRST = 10.0  # boxes seen singly before the first frame: a frame or two tell nothing
_KEPT = 5000.0  # older boxes fade


class Doubled:
    """Counts, over a run, how many boxes have a near-double."""

    def __init__(self) -> None:
        self._boxes, self._with_double = _FIRST, 0.0

    def kept(self, overlaps: Overlaps) -> Mask:
        """(N,) of these detections, best first, those that are followed."""
        n, first, other = len(overlaps.boxes), [], []
        if overlaps.of_smaller.max(initial=0) > _SAME - _ROUNDING:
            doubles = (overlaps.iou() > _SAME).nonzero()[0]
            first, other = overlaps.first[doubles].tolist(), overlaps.other[doubles].tolist()
        share = _KEPT / max(_KEPT, self._boxes + n)
        self._boxes = (self._boxes + n) * share
        self._with_double = (self._with_double + len(set(first))) * share
        kept = np.ones(n, bool)
        if self._with_double > _SHARE * self._boxes:
            for i, j in zip(first, other, strict=True):  # rising, so that i's
                kept[i] &= not (j < i and kept[j])  # betters are settled before i is asked
        return kept
