"""Pictures with boxes as a network learns from them: augmented, and in batches for the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

STRIDE = 32
PAD = 114
"""Grey of what lies outside a picture, as Ultralytics has it."""
_SCALES = 0.8, 1.4
_GAINS = 0.015, 0.35, 0.35
"""Random changes of hue (a share of the circle), saturation and value."""
_ON_SOMEBODY = 0.9
"""Share of the views that are placed so that somebody is in them."""
_VIEW = 0.8, 0.7
"""Width and height of what is learnt from at a time, shares of the input: grass teaches little."""
_MIN_INSIDE, _MIN_PX = 0.4, 4.0
"""A box cut off by the border keeps its label with this share of its area, and sides so long."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A picture and who is in it.

    pixels: (H, W, 3) uint8 BGR; classes: (N,); boxes: (N, 4) x1 y1 x2 y2, shares of it.
    """

    pixels: np.ndarray
    classes: np.ndarray
    boxes: np.ndarray


def canvas_size(shape: Sequence[int], long_side: int) -> tuple[int, int]:
    """Width and height of the network's input for pictures of this shape (rows, columns, ...)."""
    rows, columns = shape[:2]
    scale = long_side / max(rows, columns)
    width, height = (-(-round(side * scale) // STRIDE) * STRIDE for side in (columns, rows))
    return width, height


def augmented(
    picture: Labelled, long_side: int, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mirrored, nearer or farther, another part of it, other colours.

    long_side: of the whole picture as the network will see it, pixels. Returns pixels (H, W, 3)
    uint8 BGR of `size` (width, height), classes (n,) and boxes (n, 4) x1 y1 x2 y2 in pixels.
    """
    pixels = picture.pixels
    rows, columns = pixels.shape[:2]
    scale = long_side / max(rows, columns) * np.exp(rng.uniform(*np.log(_SCALES)))
    spare = np.array([size[0] - columns * scale, size[1] - rows * scale])
    shift = rng.uniform(np.minimum(spare, 0), np.maximum(spare, 0))
    if len(picture.boxes) and rng.random() < _ON_SOMEBODY:
        somebody = picture.boxes[rng.integers(len(picture.boxes))].reshape(2, 2).mean(axis=0)
        place = rng.uniform(0, 1, 2) * size - somebody * [columns, rows] * scale
        shift = np.clip(place, np.minimum(spare, 0), np.maximum(spare, 0))
    boxes = picture.boxes * np.tile([columns, rows], 2) * scale + np.tile(shift, 2)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    seen = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_AREA, borderValue=(PAD, PAD, PAD))
    if rng.random() < 0.5:
        seen = np.ascontiguousarray(seen[:, ::-1])
        boxes = np.stack(
            [size[0] - boxes[:, 2], boxes[:, 1], size[0] - boxes[:, 0], boxes[:, 3]], 1
        )
    inside, kept = cut_off(boxes, size)
    return _recoloured(seen, rng), picture.classes[kept], inside[kept]


def cut_off(boxes: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(N, 4) boxes cut off by a picture of (width, height), and (N,) which keep their labels."""
    inside = np.clip(boxes, 0, np.tile(size, 2))
    sides, whole = inside[:, 2:] - inside[:, :2], boxes[:, 2:] - boxes[:, :2]
    kept = (sides.prod(1) >= _MIN_INSIDE * whole.prod(1)) & (sides.min(1) >= _MIN_PX)
    return inside, kept


def _recoloured(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gains = 1 + rng.uniform(-1, 1, 3) * _GAINS
    levels = np.arange(256)
    hue, saturation, value = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV))
    turned = ((levels + 180 * (gains[0] - 1)) % 180).astype(np.uint8)
    louder, lighter = (np.clip(levels * g, 0, 255).astype(np.uint8) for g in gains[1:])
    parts = cv2.LUT(hue, turned), cv2.LUT(saturation, louder), cv2.LUT(value, lighter)
    return np.asarray(cv2.cvtColor(cv2.merge(parts), cv2.COLOR_HSV2BGR), np.uint8)


def batch_of(
    pictures: Sequence[Labelled], long_side: int, rng: np.random.Generator
) -> dict[str, Any]:
    """What Ultralytics' loss takes: img, batch_idx, cls, bboxes (centre and size as shares)."""
    import torch

    width, height = canvas_size(pictures[0].pixels.shape, long_side)
    sides = (
        round(side * share / STRIDE) for side, share in zip((width, height), _VIEW, strict=True)
    )
    size = (STRIDE * max(1, next(sides)), STRIDE * max(1, next(sides)))
    views = [augmented(picture, long_side, size, rng) for picture in pictures]
    images = np.stack([pixels[..., ::-1] for pixels, _, _ in views]).transpose(0, 3, 1, 2)
    boxes = np.concatenate([boxes for _, _, boxes in views]) / np.tile(size, 2)
    centred = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)
    owners = np.repeat(np.arange(len(views)), [len(classes) for _, classes, _ in views])
    classes = np.concatenate([classes for _, classes, _ in views])
    return {
        "img": torch.from_numpy(images).contiguous(memory_format=torch.channels_last).float() / 255,
        "batch_idx": torch.from_numpy(owners).float(),
        "cls": torch.from_numpy(classes[:, None]).float(),
        "bboxes": torch.from_numpy(centred).float(),
    }
