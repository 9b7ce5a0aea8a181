"""The grid of tiles in which people are large enough for a network, chosen by how tall they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.detection.tiling import grids, tile_boxes
from tracker.types import Detections

LOOKED = "3x2+1x1", "2x3+1x1"
"""Wide and upright pictures are looked at whole and in parts: two scales, to measure people at."""

YOLO_PX = 42.0
YOLOX_PX = 28.0
EFFICIENTDET_PX = 40.0
"""`Eye.tall_px` of networks of those kinds, trained on COCO, by soccer-players-dfl, whose smaller
people are 33 px tall. In the grids 2x1, 3x2, 4x2 they are 29, 45, 54 px on YOLO11n's input, and
its AP50 is .731, .755, .726 (82 pictures); 19, 29, 35 px on YOLOX-nano's (.625, .729, .735; 41),
and 15, 22, 27 px on efficientdet-lite0's (.278, .499, .574; 41): eight calls are too few for it."""

GRIDS = "1x1", "2x1", "3x1", "2x2", "4x1", "3x2", "4x2"
EFFICIENTDET_GRIDS = "1x1", "3x2", "4x2"
"""HOTA of the demo is 78.6 in 2x1+1x1 and 79.0 in 3x2+1x1, people 47 and 72 px on the input."""

_MOST = 8  # calls a frame
_SURE = 0.5  # boxes of a lower score are measured where none is surer
_SMALL = 0.25  # quantile of the heights: the far side of the field is to be found too
_GAIN = 1.1  # a grid that enlarges people by less than this is not worth its calls


@dataclass(frozen=True, slots=True)
class Eye:
    """What a network sees of a picture: its input in pixels, and how tall people must be on it
    (`tall_px`) for most of them to be found. whole: the whole picture, beside its tiles, is worth
    one more call. grids: to choose from, the fewest tiles first."""

    width: int
    height: int
    tall_px: float
    whole: bool = False
    grids: tuple[str, ...] = GRIDS

    def scale(self, size: tuple[int, int], grid: str, overlap: float) -> float:
        """How much a tile is enlarged on the input. size: width, height of the picture."""
        [(columns, rows)] = grids(grid)
        x1, y1, x2, y2 = tile_boxes(*size, columns, rows, overlap)[0]
        return min(self.width / (x2 - x1), self.height / (y2 - y1))


def height_of_people(found: Sequence[Detections]) -> float | None:
    """How tall the smaller ones of the people are, pixels; None where nobody was found.

    found: boxes of some frames, free of doubles.
    """
    heights = np.concatenate([np.zeros(0), *(d.boxes[:, 3] - d.boxes[:, 1] for d in found)])
    scores = np.concatenate([np.zeros(0), *(d.scores for d in found)])
    sure = heights[scores >= _SURE] if (scores >= _SURE).any() else heights
    return float(np.quantile(sure, _SMALL)) if len(sure) else None


def fitting_grid(height_px: float, size: tuple[int, int], eye: Eye, overlap: float) -> str:
    """The fewest tiles in which people of that height are tall enough, `2x1` or `3x2+1x1`; where
    none will do, those that enlarge them most.

    size: width, height of the picture, pixels. overlap: as in `tile_boxes`.
    """
    upright = size[1] > size[0]
    best, largest = eye.grids[0], 0.0
    for wide in eye.grids:
        grid = wide[::-1] if upright else wide
        scale = eye.scale(size, grid, overlap)
        if scale < _GAIN * largest:
            continue
        best, largest = grid, scale
        if height_px * scale >= eye.tall_px:
            break
    added = eye.whole and 1 < calls_of(best) < _MOST
    return f"{best}+1x1" if added else best


def calls_of(tiles: str) -> int:
    """How often the network looks at a frame."""
    return sum(columns * rows for columns, rows in grids(tiles))
