"""Optimal assignment with a least score, by lap."""

from __future__ import annotations

import lap
import numpy as np

from tracker.follow.association import _CLOSE, _undisputed
from tracker.records import Doubles, Ints

_TIE = 1e-9  # a pair that just reaches the threshold is a pair


def assign(scores: Doubles, least: float) -> tuple[Ints, Ints]:
    """Best one-to-one pairs with score >= least: (rows, columns). -inf forbids a pair."""
    could = scores > least - _CLOSE
    if not could.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    undisputed = _undisputed(scores, could, least)
    if undisputed is not None:
        return undisputed
    cost = np.where(np.isfinite(scores), -scores, 1e6)
    lowest = cost.min()
    # lap leaves a pair open when that costs less than twice half the limit on its two sides
    limit = -least - lowest + _TIE
    _, columns, _ = lap.lapjv(cost - lowest, extend_cost=True, cost_limit=limit)
    rows = (columns >= 0).nonzero()[0]
    chosen = columns[rows].astype(np.int64)
    good = scores[rows, chosen] >= least
    return rows[good].astype(np.int64), chosen[good]
