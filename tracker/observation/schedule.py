"""Which people are worth describing between two rounds of the encoder.

A look tells most where a track is ambiguous: on somebody who was not there before, before, in and
after an overlap, and when somebody comes to the border or away from it. All of it is seen in the
boxes of two frames that follow each other; no track is asked. In a corner kick that is two thirds
of all boxes, and the tracks come out as if all had been described (docs/how.md); leaving out the
overlaps themselves costs most, for that is where tracks are swapped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracker.boxes import areas, intersections
from tracker.types import Doubles, Floats, Mask

_SAME_IOU = 0.1  # boxes of two frames that may be one person, running
_BORDER = 0.01  # of the picture's width: closer to its border a box touches it
_MEETS = 0.05  # share covered by another: still a clean picture, the last for a while
_COVERED = 0.2  # more covered pictures are not learned from (`follow.association.covered_max`)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The boxes of a frame (N, 4), and of each whether it touches the border, is met by another,
    is covered by another, and covers or is covered."""

    boxes: Doubles
    edge: Mask
    touched: Mask
    covered: Mask
    mixed: Mask

    @classmethod
    def of(cls, boxes: Doubles, width: int, height: int) -> _Seen:
        margin = _BORDER * width
        low, high = boxes[:, :2] < margin, boxes[:, 2:] > np.array([width, height]) - margin
        edge = np.asarray((low | high).any(axis=1))
        common = intersections(boxes, boxes)
        np.fill_diagonal(common, 0.0)
        share = common / np.maximum(areas(boxes), 1e-9)[:, None]  # of the row's box
        covered, covers = share.max(axis=1, initial=0.0), share.max(axis=0, initial=0.0)
        mixed = np.maximum(covered, covers) > _COVERED
        return cls(boxes, edge, covered > _MEETS, covered > _COVERED, mixed)


class EncodingSchedule:
    """Remembers the people of the last frame that was looked at."""

    def __init__(self) -> None:
        self._before: _Seen | None = None

    def move(self, camera: Doubles, cut: bool) -> None:
        """The camera has moved by the (2, 3) affine; after a cut nobody is known."""
        if cut:
            self._before = None
        elif self._before is not None:
            corners = self._before.boxes.reshape(-1, 2) @ camera[:, :2].T + camera[:, 2]
            self._before = replace(self._before, boxes=corners.reshape(-1, 4))

    def due(self, boxes: Floats, width: int, height: int) -> Mask:
        """(N,) of whom a look is wanted now; they are remembered."""
        now = _Seen.of(boxes.astype(np.float64), width, height)
        before, self._before = self._before, now
        if before is None or not len(before.boxes):
            return np.ones(len(boxes), bool)
        common = intersections(now.boxes, before.boxes)
        both = areas(now.boxes)[:, None] + areas(before.boxes)[None] - common
        iou = common / np.maximum(both, 1e-9)
        was = iou.argmax(axis=1)
        fresh = iou.max(axis=1) < _SAME_IOU
        begins = now.touched & ~before.touched[was]
        ends = before.covered[was] & ~now.covered
        crosses = now.edge != before.edge[was]
        return np.asarray(fresh | now.mixed | begins | ends | crosses)
