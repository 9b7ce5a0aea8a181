"""Optimal assignment with a least score, by lap where it is not plain."""

from __future__ import annotations

import lap
import numpy as np

from tracker.types import Doubles, Ints, Mask

_TIE = 1e-9  # a pair that just reaches the threshold is a pair
_CLOSE = 1e-6  # nearer to each other or to the threshold, scores are left to lap
_CROWD = 60  # rows: fewer are sooner done by lap than parted


def assign(scores: Doubles, threshold: float) -> tuple[Ints, Ints]:
    """Best one-to-one pairs with score >= threshold: (rows, columns). -inf forbids a pair.

    Most often every row can have the column it likes best. Only where several like one is lap
    asked, and in a crowd only of them and of those they may displace.
    """
    if not scores.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    columns = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), columns]
    rows = (~(best <= threshold - _CLOSE)).nonzero()[0]  # NaN stays in, and comes to lap
    wanted = scores
    if len(rows) < len(scores):
        wanted, columns, best = scores[rows], columns[rows], best[rows]
    liked = np.count_nonzero(wanted > (best - _CLOSE)[:, None])
    if liked > len(rows) or not best.min(initial=np.inf) >= threshold:
        return by_lap(scores, threshold)
    if len(set(columns.tolist())) < len(rows):
        if len(rows) < _CROWD:
            return by_lap(scores, threshold)
        disputed, theirs = _drawn_in(wanted, np.bincount(columns)[columns] > 1, threshold)
        if best[disputed].min() < threshold + _CLOSE:
            return by_lap(scores, threshold)
        places, chosen = by_lap(wanted[disputed].take(theirs, axis=1), threshold)
        columns[disputed] = -1
        columns[disputed.nonzero()[0][places]] = theirs[chosen]
        rows, columns = rows[columns >= 0], columns[columns >= 0]
    return rows, columns


def _drawn_in(scores: Doubles, disputed: Mask, threshold: float) -> tuple[Mask, Ints]:
    """(R,) rows that could have a column which those in a dispute, or others drawn in, could have
    too, so that it depends on them; and these columns."""
    could = (scores > threshold - _CLOSE).astype(np.float32)  # products of these are fastest
    rows, count = disputed.astype(np.float32), 0
    while count < (count := int(np.count_nonzero(rows))):
        columns = np.minimum(rows @ could, 1)
        rows = np.minimum(could @ columns + rows, 1)
    return rows > 0, columns.nonzero()[0]


def by_lap(scores: Doubles, threshold: float) -> tuple[Ints, Ints]:
    """`assign` of all rows, however they stand to each other."""
    cost = np.where(np.isfinite(scores), -scores, 1e6)
    lowest = cost.min()
    # lap leaves a pair open when that costs less than twice half the limit on its two sides
    limit = -threshold - lowest + _TIE
    _, columns, _ = lap.lapjv(cost - lowest, extend_cost=True, cost_limit=limit)
    rows = (columns >= 0).nonzero()[0]
    chosen = columns[rows].astype(np.int64)
    good = scores[rows, chosen] >= threshold
    return rows[good].astype(np.int64), chosen[good]
