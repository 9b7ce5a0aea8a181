"""What two sets of boxes have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def intersections(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, M) areas shared by each box of `a`, (N, 4) x1 y1 x2 y2, with each of `b`, (M, 4)."""
    (left, top, right, bottom), mine = a.T[..., None], np.ascontiguousarray(b.T)
    # in place: for a hundred boxes fresh memory costs more than the sums
    width, height = np.minimum(right, mine[2]), np.minimum(bottom, mine[3])
    width -= np.maximum(left, mine[0])
    height -= np.maximum(top, mine[1])
    np.maximum(width, 0, out=width)
    width *= np.maximum(height, 0, out=height)
    return np.asarray(width)
