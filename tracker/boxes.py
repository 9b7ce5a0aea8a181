"""Pure functions on boxes, (N, 4) arrays of x1 y1 x2 y2 in pixels.

A frame has few boxes, so what counts is the number of NumPy's steps: both axes are worked on at
once, by corners, (2, N). Boxes that are made here lie in memory by columns, which that likes best.
"""

from __future__ import annotations

import math

import numpy as np

from gallery.boxes import intersections as intersections
from tracker.types import Doubles, Mask

_STILL = np.eye(2, 3).tolist()


def centres(boxes: Doubles) -> Doubles:
    """(N, 2) box centres."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def heights(boxes: Doubles) -> Doubles:
    """(N,) box heights."""
    return boxes[:, 3] - boxes[:, 1]


def areas(boxes: Doubles) -> Doubles:
    """(N,) box areas."""
    corners = boxes.T
    size = corners[2:] - corners[:2]
    return np.asarray(size[0] * size[1])


def expand(boxes: Doubles, factor: Doubles | float) -> Doubles:
    """Grow every box by `factor` of its width and height on each side (Deep-EIoU)."""
    corners = boxes.T.copy()
    size = (corners[2:] - corners[:2]) * factor
    corners[:2] -= size
    corners[2:] += size
    return corners.T


def iou(a: Doubles, b: Doubles) -> Doubles:
    """(N, M) intersection over union."""
    shared = intersections(a, b)
    union = areas(a)[:, None] + areas(b)
    union -= shared
    shared /= np.maximum(union, 1e-9, out=union)
    return shared


def covered(boxes: Doubles, by: Doubles, may: Mask | None = None) -> Doubles:
    """(N,) largest share of each box that one nearer box of `by` covers; may: (N, M) which may.

    Nearer means that the feet are lower in the picture (larger bottom y). Only that hurts: on
    SNMOT-116 a crop whose neighbour stands behind is named as well as a free one (.87 against
    .84), one covered by more than .35 is not (.71, by more than .7: .16).
    """
    if not len(by) or not len(boxes):
        return np.zeros(len(boxes))
    nearer = by[None, :, 3] > boxes[:, None, 3]
    nearer = nearer if may is None else nearer & may
    share = intersections(boxes, by) * nearer / np.maximum(areas(boxes), 1e-9)[:, None]
    return np.asarray(share.max(axis=1))


def to_states(boxes: Doubles) -> Doubles:
    """(N, 4) measurements cx, cy, log w, log h."""
    corners = boxes.T
    place, size = corners[:2] + corners[2:], corners[2:] - corners[:2]
    place /= 2
    np.log(np.maximum(size, 1e-3, out=size), out=size)
    return np.concatenate([place, size]).T


def from_states(states: Doubles) -> Doubles:
    """Boxes of (N, >= 4) states cx, cy, log w, log h, ..."""
    columns = states.T
    half = np.exp(columns[2:4])
    half /= 2
    return np.concatenate([columns[:2] - half, columns[:2] + half]).T


def growth(affine: Doubles) -> float:
    """Log of how much larger everything gets under a (2, 3) camera affine."""
    (a, b, _), (c, d, _) = affine.tolist()
    return math.log(max(abs(a * d - b * c), 1e-12)) / 2


def is_still(affine: Doubles) -> bool:
    """A (2, 3) camera affine that moves nothing."""
    return bool(affine.tolist() == _STILL)


def carry(states: Doubles, affine: Doubles) -> Doubles:
    """Carry (N, 4) states cx, cy, log w, log h along a (2, 3) camera affine."""
    moved = states[:, :2] @ affine[:, :2].T + affine[:, 2]
    return np.concatenate([moved, states[:, 2:] + growth(affine)], axis=1)


def chain(second: Doubles, first: Doubles) -> Doubles:
    """The (2, 3) affine that does `first`, then `second`."""
    both = np.empty((2, 3))
    both[:, :2] = second[:, :2] @ first[:, :2]
    both[:, 2] = second[:, :2] @ first[:, 2] + second[:, 2]
    return both


def inverse(affine: Doubles) -> Doubles:
    """The (2, 3) affine that undoes this one."""
    back = np.linalg.inv(affine[:, :2])
    return np.column_stack([back, -back @ affine[:, 2]])


def move(boxes: Doubles, affine: Doubles) -> Doubles:
    """Carry boxes along a (2, 3) camera affine: centres move, sizes scale, sides stay upright."""
    scale = np.exp(growth(affine))
    middle = centres(boxes) @ affine[:, :2].T + affine[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    return np.concatenate([middle - half, middle + half], axis=1)
