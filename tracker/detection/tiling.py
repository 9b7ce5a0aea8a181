"""Looking at a picture in overlapping tiles, and joining what was found into one set of boxes.

Small people are found more surely where the network sees a part of the picture enlarged (SAHI,
Akyon et al., ICIP 2022). The price is paid at the seams: a person on one is seen twice, and cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from tracker.boxes import areas, intersections
from tracker.types import Detections, Doubles, Floats, Ints, Mask

Tile = tuple[int, int, int, int]
"""x1, y1, x2, y2 of a part of the picture, pixels."""

_TOUCH = 0.01  # a box this close to a tile's border, in shares of the tile's side, ends there
_COVERED = 0.6  # share of a cut box that lies in the full one
_ALIGNED = 0.5  # overlap along the seam of two halves of one person
_SAME = 0.4  # IoU of boxes of one person in two tiles; each tile has had its own suppression


def grids(text: str) -> list[tuple[int, int]]:
    """`3x2+1x1` as [(3, 2), (1, 1)]: columns, rows of each pass over the picture."""
    pairs = [part.split("x") for part in text.split("+")]
    return [(int(columns), int(rows)) for columns, rows in pairs]


def tile_boxes(width: int, height: int, columns: int, rows: int, overlap: float) -> list[Tile]:
    """Equal tiles that cover the picture, row by row.

    overlap: of neighbours, as a share of a tile's side.
    """
    across, down = _spans(width, columns, overlap), _spans(height, rows, overlap)
    return [(x1, y1, x2, y2) for y1, y2 in down for x1, x2 in across]


def _spans(length: int, count: int, overlap: float) -> list[tuple[int, int]]:
    side = min(length, int(np.ceil(length / (count - (count - 1) * overlap))))
    starts = np.linspace(0, length - side, count).round().astype(int)
    return [(int(start), int(start) + side) for start in starts]


def join_tiles(parts: Sequence[tuple[Tile, Detections]], width: int, height: int) -> Detections:
    """One set of boxes, best first, from what was found in each tile.

    parts: tiles and their detections, free of duplicates, in the tile's own pixels. Halves of one
    person that end at facing seams are united, and have of each class the better score; a box cut
    by a seam gives way to a fuller one that crosses that seam; of boxes from different tiles that
    overlap the best stays, with its classes. All boxes are clipped to the picture and of positive
    size.
    """
    counts = [len(found) for _, found in parts]
    pool = _TileBoxes(
        np.concatenate([d.boxes + np.tile(t[:2], 2) for t, d in parts]).astype(np.float64),
        np.concatenate([d.scores for _, d in parts]).astype(np.float64),
        np.concatenate([_cuts(d.boxes, t, width, height) for t, d in parts]),
        np.repeat(np.array([tile for tile, _ in parts], np.float64), counts, axis=0),
        np.repeat(np.arange(len(parts)), counts),
        _all_classes([found for _, found in parts]),
    )
    pool = _unite(pool)
    pool = pool.take(~_superseded(pool))
    pool = pool.take(_distinct(pool))
    return tidy(pool.boxes, pool.scores, width, height, pool.classes)


def _all_classes(found: Sequence[Detections]) -> Floats | None:
    """(N, C) of all tiles; None where the network tells nobody apart."""
    known = [each.classes for each in found if each.classes is not None]
    return np.concatenate(known) if known else None


def tidy(
    boxes: Doubles | Floats,
    scores: Doubles | Floats,
    width: int,
    height: int,
    classes: Floats | None = None,
) -> Detections:
    """Clip to the picture, drop what is empty, best first.

    Equal scores are ordered by their boxes, so that the order found in never matters.
    """
    boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
    sound = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & np.isfinite(scores)
    boxes, scores = boxes[sound], scores[sound].astype(np.float32)
    order = best_first(boxes, scores)
    kept = None if classes is None else classes[sound][order].astype(np.float32)
    return Detections(boxes[order], scores[order], kept)


def best_first(boxes: Doubles | Floats, scores: Doubles | Floats) -> Ints:
    """Order by score, falling, and among equal scores by the box."""
    return np.lexsort((*boxes.T[::-1], -scores))


@dataclass(frozen=True, slots=True, eq=False)
class _TileBoxes:
    """What was found in all tiles, in pixels of the picture.

    boxes: (N, 4). scores: (N,). cuts: (N, 4) which sides end at a seam. seams: (N, 4) where the
    borders of their tiles are. parts: (N,) number of the tile. classes: (N, C), or None.
    """

    boxes: Doubles
    scores: Doubles
    cuts: Mask
    seams: Doubles
    parts: Ints
    classes: Floats | None

    def take(self, which: Mask | Ints) -> _TileBoxes:
        columns: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        kept: dict[str, Any] = {k: v if v is None else v[which] for k, v in columns.items()}
        return _TileBoxes(**kept)


def _cuts(boxes: Floats, tile: Tile, width: int, height: int) -> Mask:
    """(N, 4) which sides of the boxes end at an inner border of their tile."""
    x1, y1, x2, y2 = tile
    near_x, near_y = _TOUCH * (x2 - x1), _TOUCH * (y2 - y1)
    return np.stack(
        [
            (boxes[:, 0] < near_x) & (x1 > 0),
            (boxes[:, 1] < near_y) & (y1 > 0),
            (boxes[:, 2] > x2 - x1 - near_x) & (x2 < width),
            (boxes[:, 3] > y2 - y1 - near_y) & (y2 < height),
        ],
        axis=1,
    )


def _unite(pool: _TileBoxes) -> _TileBoxes:
    """Join halves at facing seams, first across, then down, until none are left."""
    for low, high in ((0, 2), (1, 3)):
        while (pair := _facing_halves(pool, low, high)) is not None:
            pool = _joined(pool, *pair, high)
    return pool


def _joined(pool: _TileBoxes, first: int, second: int, high: int) -> _TileBoxes:
    """`second` becomes part of `first`, which it continues across the side `high`."""
    boxes, scores = pool.boxes.copy(), pool.scores.copy()
    cuts, seams = pool.cuts.copy(), pool.seams.copy()
    boxes[first, :2] = np.minimum(boxes[first, :2], boxes[second, :2])
    boxes[first, 2:] = np.maximum(boxes[first, 2:], boxes[second, 2:])
    scores[first] = max(scores[first], scores[second])
    classes = None if pool.classes is None else pool.classes.copy()
    if classes is not None:
        classes[first] = np.maximum(classes[first], classes[second])
    cuts[first, high], seams[first, high] = cuts[second, high], seams[second, high]
    rest = np.arange(len(boxes)) != second
    return _TileBoxes(boxes, scores, cuts, seams, pool.parts, classes).take(rest)


def _facing_halves(pool: _TileBoxes, low: int, high: int) -> tuple[int, int] | None:
    """The first two boxes of which one ends at a seam where the other, overlapping it, begins."""
    boxes, cuts = pool.boxes, pool.cuts
    ends, begins = np.flatnonzero(cuts[:, high]), np.flatnonzero(cuts[:, low])
    a, b = boxes[ends, None], boxes[None, begins]
    side, far = 1 - low, 3 - low
    shared = np.minimum(a[..., far], b[..., far]) - np.maximum(a[..., side], b[..., side])
    spanned = np.maximum(a[..., far], b[..., far]) - np.minimum(a[..., side], b[..., side])
    facing = (
        (a[..., low] < b[..., low])
        & (a[..., high] < b[..., high])
        & (b[..., low] <= a[..., high])
        & (shared > _ALIGNED * spanned)
    )
    found: Ints = np.argwhere(facing)
    return (int(ends[found[0, 0]]), int(begins[found[0, 1]])) if len(found) else None


def _superseded(pool: _TileBoxes) -> Mask:
    """(N,) which boxes are cut by a seam that a larger box, lying over them, crosses."""
    boxes, area = pool.boxes, areas(pool.boxes)
    cut = np.flatnonzero(pool.cuts.any(axis=1))
    shared, seams = intersections(boxes[cut], boxes), pool.seams[cut, None]
    low, high = boxes[None, :, :2] < seams[..., :2], boxes[None, :, 2:] > seams[..., 2:]
    beyond = np.concatenate([low, high], axis=-1)
    # one side is enough: who stands beside a seam, uncut, looks cut by it
    fuller = (beyond & pool.cuts[cut, None]).any(axis=-1)
    fuller &= (shared > _COVERED * area[cut, None]) & (area[None] > area[cut, None])
    gone = np.zeros(len(boxes), bool)
    gone[cut[fuller.any(axis=1)]] = True
    return gone


def _distinct(pool: _TileBoxes) -> Ints:
    """Indices of the boxes that no better box of another tile takes for itself."""
    boxes, area = pool.boxes, areas(pool.boxes)
    shared = intersections(boxes, boxes)
    same = shared > _SAME * (area[:, None] + area[None] - shared)
    same &= pool.parts[:, None] != pool.parts[None]
    kept: list[int] = []
    gone = np.zeros(len(boxes), bool)
    for i in best_first(boxes, pool.scores).tolist():
        if not gone[i]:
            kept.append(i)
            gone |= same[i]
    return np.array(kept, np.int64)
