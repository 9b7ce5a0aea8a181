"""What two sets of boxes have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def intersections(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, M) areas shared by each box of `a`, (N, 4) x1 y1 x2 y2, with each of `b`, (M, 4)."""
    mine, theirs = np.ascontiguousarray(a.T)[..., None], np.ascontiguousarray(b.T)[:, None]
    # in place: for a hundred boxes fresh memory costs more than the sums
    size = np.minimum(mine[2:], theirs[2:])
    size -= np.maximum(mine[:2], theirs[:2])
    np.maximum(size, 0, out=size)
    return np.asarray(np.multiply(size[0], size[1], out=size[0]))
