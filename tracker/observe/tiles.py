"""Looking at a picture in overlapping tiles, and joining what was found into one set of boxes.

Small people are found more surely where the network sees a part of the picture enlarged (SAHI,
Akyon et al., ICIP 2022). The price is paid at the seams: a person on one is seen twice, and cut.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tracker.records import Detections, Doubles, Floats, Ints, Mask

Tile = tuple[int, int, int, int]
"""x1, y1, x2, y2 of a part of the picture, pixels."""

_TOUCH = 0.01  # a box this close to a tile's border, in shares of the tile's side, ends there
_COVERED = 0.6  # share of a cut box that lies in the full one
_ALIGNED = 0.5  # overlap along the seam of two halves of one person


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


def join_tiles(
    parts: Sequence[tuple[Tile, Detections]], width: int, height: int, nms_iou: float
) -> Detections:
    """One set of boxes, best first, from what was found in each tile.

    parts: tiles and their detections in the tile's own pixels. Halves of one person that end at
    facing seams are united; a box cut by a seam gives way to a fuller one that crosses that
    seam; then greedy non-maximum suppression. All boxes are clipped to the picture and of
    positive size.
    """
    boxes = np.concatenate([d.boxes + np.tile(t[:2], 2) for t, d in parts]).astype(np.float64)
    scores = np.concatenate([d.scores for _, d in parts]).astype(np.float64)
    cuts = np.concatenate([_cuts(d.boxes, t, width, height) for t, d in parts])
    seams = np.repeat(np.array([t for t, _ in parts], float), [len(d) for _, d in parts], axis=0)
    boxes, scores, cuts, seams = _unite(boxes, scores, cuts, seams)
    whole = ~_superseded(boxes, cuts, seams)
    return tidy(boxes[whole], scores[whole], width, height, nms_iou)


def tidy(
    boxes: Doubles | Floats, scores: Doubles | Floats, width: int, height: int, nms_iou: float = 1.0
) -> Detections:
    """Clip to the picture, drop what is empty, suppress duplicates, best first.

    Equal scores are ordered by their boxes, so that the order found in never matters.
    """
    boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
    size = boxes[:, 2:] - boxes[:, :2]
    kept = np.flatnonzero((size > 0).all(axis=1) & np.isfinite(scores))
    kept = kept[np.lexsort((*boxes[kept].T[::-1], -scores[kept]))]
    if nms_iou < 1.0 and len(kept):
        corner_size = np.concatenate([boxes[kept, :2], size[kept]], axis=1).astype(np.float64)
        best = cv2.dnn.NMSBoxes(corner_size.tolist(), scores[kept].tolist(), -np.inf, nms_iou)
        kept = kept[np.asarray(best, np.int64).ravel()]
    return Detections(boxes[kept], scores[kept].astype(np.float32))


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


def _unite(
    boxes: Doubles, scores: Doubles, cuts: Mask, seams: Doubles
) -> tuple[Doubles, Doubles, Mask, Doubles]:
    """Join halves at facing seams, first across, then down, until none are left."""
    for low, high in ((0, 2), (1, 3)):
        while (pair := _facing_halves(boxes, cuts, low, high)) is not None:
            first, second = pair
            boxes[first, 2:] = np.maximum(boxes[first, 2:], boxes[second, 2:])
            boxes[first, :2] = np.minimum(boxes[first, :2], boxes[second, :2])
            scores[first] = max(scores[first], scores[second])
            for side in range(4):
                other = side == high or (side != low and not cuts[first, side])
                if other:
                    cuts[first, side] = cuts[second, side]
                    seams[first, side] = seams[second, side]
            rest = np.arange(len(boxes)) != second
            boxes, scores, cuts, seams = boxes[rest], scores[rest], cuts[rest], seams[rest]
    return boxes, scores, cuts, seams


def _facing_halves(boxes: Doubles, cuts: Mask, low: int, high: int) -> tuple[int, int] | None:
    """The first two boxes of which one ends at a seam where the other, overlapping it, begins."""
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


def _superseded(boxes: Doubles, cuts: Mask, seams: Doubles) -> Mask:
    """(N,) which boxes are cut by a seam that a larger box, lying over them, crosses."""
    cut = np.flatnonzero(cuts.any(axis=1))
    a, b = boxes[cut, None], boxes[None]
    overlap = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(overlap, 0), axis=-1)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    seam = seams[cut, None]
    crossed = np.stack(
        [(b[..., k % 2] < seam[..., k]) & (b[..., k % 2 + 2] > seam[..., k]) for k in range(4)],
        axis=-1,
    )
    # every cut side must be crossed: a box cut at a corner is not whole on one side alone
    fuller = (crossed | ~cuts[cut, None]).all(axis=-1)
    fuller &= (shared > _COVERED * area[cut, None]) & (area[None] > area[cut, None])
    gone = np.zeros(len(boxes), bool)
    gone[cut[fuller.any(axis=1)]] = True
    return gone
