"""Optimal assignment with a least score, by lap."""

from __future__ import annotations

import lap
import numpy as np

from tracker.types import Doubles, Ints, Mask

_TIE = 1e-9  # a pair that just reaches the threshold is a pair


def assign(scores: Doubles, threshold: float) -> tuple[Ints, Ints]:
    """Best one-to-one pairs with score >= threshold: (rows, columns). -inf forbids a pair."""
    could = scores > threshold - _CLOSE
    if not could.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    undisputed = _undisputed(scores, could, threshold)
    if undisputed is not None:
        return undisputed
    cost = np.where(np.isfinite(scores), -scores, 1e6)
    lowest = cost.min()
    # lap leaves a pair open when that costs less than twice half the limit on its two sides
    limit = -threshold - lowest + _TIE
    _, columns, _ = lap.lapjv(cost - lowest, extend_cost=True, cost_limit=limit)
    rows = (columns >= 0).nonzero()[0]
    chosen = columns[rows].astype(np.int64)
    good = scores[rows, chosen] >= threshold
    return rows[good].astype(np.int64), chosen[good]


_CLOSE = 1e-6  # nearer to each other or to the threshold, scores are left to lap


def _undisputed(scores: Doubles, could: Mask, threshold: float) -> tuple[Ints, Ints] | None:
    """`assign` where every row can have the column it likes best, and None where it is not so
    plain. could: (T, N) scores above `threshold`, or nearly."""
    wants = np.asarray(could.any(axis=1)).nonzero()[0]
    liked = scores[wants] if len(wants) < len(scores) else scores
    columns = liked.argmax(axis=1)
    best = liked[np.arange(len(wants)), columns]
    if len(set(columns.tolist())) < len(wants) or not best.min() >= threshold + _CLOSE:
        return None
    if np.count_nonzero(liked > (best - _CLOSE)[:, None]) > len(wants):
        return None  # a row likes two columns as well as each other
    return wants, columns
