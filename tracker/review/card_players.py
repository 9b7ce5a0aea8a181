"""Who of the people of a run is a player, and who sits on the bench or stands at the side.

Nothing here is sure: it only decides whom a person is asked about first.
"""

from __future__ import annotations

import numpy as np

from tracker.boxes import centres, heights
from tracker.review.card_tracklets import Sightings
from tracker.types import Doubles, Floats, Ints

_LAG_S = 0.4
"""Over so long it is looked how far somebody goes."""
_STILL = 0.12
"""Heights in that time, less what all others go together: between players (median of their cards
.19 to .22 on three clips) and people who wait (.05 to .07 on two, .24 under a panning camera)."""
_STILL_NATS = (-2.0, 1.0)
_BORDER_PX = 2
_CUT_OFF_NATS = -2.0  # of those whom the lower border of the picture cuts off
_SMALL = 0.7  # of the median height in the run
_SMALL_NATS = -1.5
_PRIOR_NATS = 1.0
_ALIKE_NATS = 3.0
"""For a cosine of 1 to a player, over one of 0 to somebody who is none."""


def moves(seen: Sightings) -> Doubles:
    """(N,) how far each goes beside the others of its frame, in heights; NaN where not known."""
    key = seen.tracks.astype(np.int64) * (1 << 32) + seen.frames
    order = np.argsort(key)
    lag = max(1, round(_LAG_S * seen.fps))
    place = np.minimum(np.searchsorted(key[order], key - lag), len(key) - 1)
    before = order[place]
    known = key[before] == key - lag
    gone = np.full((len(seen), 2), np.nan)
    middle = centres(seen.boxes)
    gone[known] = middle[known] - middle[before[known]]
    for axis in (0, 1):
        gone[known, axis] -= _medians(gone[known, axis], seen.frames[known])
    return np.asarray(np.hypot(*gone.T) / np.maximum(heights(seen.boxes), 1e-9))


def player_nats(seen: Sightings, moved: Doubles, clusters: Ints) -> tuple[Ints, Doubles]:
    """Numbers of the clusters (K,), and the log-odds (K,) that each is a player. moved: of `moves`.

    clusters: (N,) of each sighting.
    """
    known, place = np.unique(clusters, return_inverse=True)
    count = np.bincount(place)
    tall = heights(seen.boxes)
    nats = np.full(len(known), _PRIOR_NATS)
    going = np.isfinite(moved)
    speed = _medians(moved[going], place[going], len(known))
    nats += np.where(
        speed > 0, np.clip(2 * np.log(np.maximum(speed, 1e-3) / _STILL), *_STILL_NATS), 0.0
    )
    cut_off = seen.boxes[:, 3] >= seen.size[1] - _BORDER_PX
    nats += _CUT_OFF_NATS * np.bincount(place, cut_off) / count
    small = tall < _SMALL * np.median(tall)
    return known, nats + _SMALL_NATS * np.bincount(place, small) / count


def alike_nats(unit: Floats, players: Floats, others: Floats) -> Doubles:
    """(K,) what it says that somebody looks like a known player, or like one who is none.

    unit: (K, D) unit rows of whom it is about. players, others: (P, D), (O, D) of those known.
    """
    if not len(players) or not len(others):
        return np.zeros(len(unit))
    difference = (unit @ players.T).max(axis=1) - (unit @ others.T).max(axis=1)
    return np.asarray(_ALIKE_NATS * difference, np.float64)


def _medians(values: Doubles, groups: Ints, count: int = 0) -> Doubles:
    """Without count: (N,) the (lower) median of the group of each; else (count,) of each group, 0
    where it is empty."""
    order = np.lexsort((values, groups))
    number, first, size = np.unique(groups[order], return_index=True, return_counts=True)
    middle = values[order][first + (size - 1) // 2]
    if not count:
        return np.asarray(middle[np.searchsorted(number, groups)])
    found = np.zeros(count)
    found[number] = middle
    return found
