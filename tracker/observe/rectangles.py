"""Areas of boxes, (N, 4) `x1 y1 x2 y2`."""

from __future__ import annotations

import numpy as np

from tracker.records import Doubles


def areas(boxes: Doubles) -> Doubles:
    """(N,) of each box."""
    found: Doubles = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return found


def shared_areas(a: Doubles, b: Doubles) -> Doubles:
    """(N, M) area that boxes a (N, 4) and b (M, 4) have in common."""
    size = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    common: Doubles = np.prod(np.maximum(size, 0.0), axis=-1)
    return common
