"""What the networks that find people share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from tracker.types import Detections, Floats, Image

PAD = 114
"""Grey of the border around a picture; what Ultralytics and YOLOX were trained with."""

MAX_PEOPLE = 300
"""Of one call of a network; what Ultralytics' networks give at most."""

_MAX_CANDIDATES = 1000


class Network(Protocol):
    """A network that finds people in pictures of any size.

    tiles: the tiling it does best with (`DetectSettings.tiles`).
    fingerprint: hex digest of its weights. runtime: what runs it, for the receipt. One that tells
    people apart has `class_names` and `class_kinds`, and may have `notes`. One that has an `eye`
    (`auto_tiles.Eye`) is given the tiles that fit a recording, where none are asked for.
    """

    @property
    def name(self) -> str: ...
    @property
    def tiles(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def runtime(self) -> str: ...

    def find(self, pictures: Sequence[Image]) -> list[Detections]:
        """People in each picture, in its own pixels; boxes may reach over the border."""
        ...


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies on the network's input: input = picture * scale + shift."""

    scale: tuple[float, float]
    shift: tuple[float, float]

    def back(self, boxes: Floats) -> Floats:
        """(N, 4) boxes on the input, in pixels of the picture."""
        on_picture: Floats = (boxes - np.tile(self.shift, 2)) / np.tile(self.scale, 2)
        return on_picture.astype(np.float32)


def stretched(picture: Image, width: int, height: int) -> tuple[Image, Placement]:
    """The picture in exactly that size, its shape not kept."""
    rows, columns = picture.shape[:2]
    placement = Placement((width / columns, height / rows), (0.0, 0.0))
    return resized(picture, width, height), placement


def letterboxed(
    picture: Image, width: int, height: int, *, centred: bool = True
) -> tuple[Image, Placement]:
    """The picture as large as it fits, its shape kept, on grey; centred or at the top left."""
    rows, columns = picture.shape[:2]
    scale = min(width / columns, height / rows)
    inner = max(1, round(columns * scale)), max(1, round(rows * scale))
    left, top = ((width - inner[0]) // 2, (height - inner[1]) // 2) if centred else (0, 0)
    canvas = np.full((height, width, 3), PAD, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = resized(picture, *inner)
    return canvas, Placement((inner[0] / columns, inner[1] / rows), (left, top))


def resized(picture: Image, width: int, height: int) -> Image:
    """Resized with linear interpolation, what the networks were trained with."""
    return np.asarray(cv2.resize(picture, (width, height)), np.uint8)


def suppressed(boxes: Floats, scores: Floats, nms_iou: float) -> Detections:
    """Greedy non-maximum suppression: of boxes that overlap more than that, the best one.

    Only the best of very many are looked at, and kept.
    """
    corner_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(
        corner_size.tolist(), scores.tolist(), 0.0, nms_iou, top_k=_MAX_CANDIDATES
    )
    best = np.asarray(kept, np.int64).ravel()[:MAX_PEOPLE]
    return Detections(boxes[best], scores[best])
