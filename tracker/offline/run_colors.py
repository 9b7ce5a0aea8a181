"""The colours of shirts of a whole run, packed, so that those of any tracklet can be added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.observation.packed_colors import PackedColors
from tracker.tracking.traces import Tracklet
from tracker.types import COLORS_WIDTH, Doubles, Ints, Observation

_AT_ONCE = 500  # frames that are packed together


@dataclass(frozen=True, slots=True, eq=False)
class RunColors:
    """begins: (F,) the first box of each frame among all R. starts: (R + 1,) known ones before
    each box. values: (S, 58) of these, in 255ths."""

    begins: Ints
    starts: Ints
    values: NDArray[np.uint8]

    @classmethod
    def of(cls, seen: Iterable[Observation]) -> RunColors:
        """Of every frame, in order."""
        parts: list[PackedColors] = []
        counts: list[int] = []
        held: list[Observation] = []
        for observation in seen:
            counts.append(len(observation.boxes))
            held.append(observation)
            if len(held) == _AT_ONCE:
                parts.append(_packed(held))
                held = []
        if held:
            parts.append(_packed(held))
        return cls.joined(np.array(counts, np.int64), parts)

    @classmethod
    def joined(cls, counts: Ints, parts: Sequence[PackedColors]) -> RunColors:
        """counts: (F,) boxes of each frame. parts: of all of them, in order."""
        known = np.concatenate([np.zeros(0, bool), *(part.seen for part in parts)])
        none = np.zeros((0, COLORS_WIDTH), np.uint8)
        return cls(
            np.cumsum(counts) - counts,
            np.append(np.zeros(1, np.int64), np.cumsum(known, dtype=np.int64)),
            np.concatenate([none, *(part.values for part in parts)]),
        )

    def sums(self, tracklets: Sequence[Tracklet]) -> Doubles:
        """(N, 58) of each tracklet's boxes."""
        found = np.zeros((len(tracklets), COLORS_WIDTH))
        for row, tracklet in enumerate(tracklets):
            boxes = self.begins[tracklet.frames] + tracklet.detections
            known = boxes[self.starts[boxes + 1] > self.starts[boxes]]
            found[row] = self.values[self.starts[known]].sum(axis=0, dtype=np.float64)
        return found / 255


def _packed(held: Sequence[Observation]) -> PackedColors:
    return PackedColors.of([(frame.colors, len(frame.boxes)) for frame in held], COLORS_WIDTH)
