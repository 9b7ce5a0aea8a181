"""Who of the people of a run is a player, and who sits on the bench or stands at the side.

Nothing here is sure: it only decides whom a person is asked about first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.boxes import centres, heights
from tracker.review.card_tracklets import Sightings, Tracklets
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


@dataclass(frozen=True, slots=True, eq=False)
class Bearing:
    """How tracklets stand and go. speeds: (T,) median of how far each goes beside the others, in
    heights; NaN where not known. cut_off, small: (T,) share of boxes that the lower border cuts,
    and of those much smaller than is usual. counts: (T,) boxes.
    """

    speeds: Doubles
    cut_off: Doubles
    small: Doubles
    counts: Ints


def bearing(seen: Sightings, tracklets: Tracklets) -> Bearing:
    moved, of, counts = _moves(seen), tracklets.of, tracklets.counts
    going = np.isfinite(moved)
    speeds = np.full(len(tracklets), np.nan)
    known, medians = _medians(moved[going], of[going])
    speeds[known] = medians
    tall = heights(seen.boxes)
    cut_off = seen.boxes[:, 3] >= seen.size[1] - _BORDER_PX
    small = tall < _SMALL * np.median(tall)
    shares = [np.bincount(of, column, len(tracklets)) / counts for column in (cut_off, small)]
    return Bearing(speeds, shares[0], shares[1], counts)


def player_nats(stands: Bearing, people: Ints) -> tuple[Ints, Doubles]:
    """Numbers of the people (K,), and the log-odds (K,) that each is a player.

    people: (T,) who each tracklet is.
    """
    known, place = np.unique(people, return_inverse=True)
    going = np.isfinite(stands.speeds)
    speed = _weighted(stands.speeds[going], stands.counts[going], place[going], len(known))
    cut_off, small = (
        _weighted(share, stands.counts, place, len(known))
        for share in (stands.cut_off, stands.small)
    )
    nats = _PRIOR_NATS + _CUT_OFF_NATS * cut_off + _SMALL_NATS * small
    stillness = np.clip(2 * np.log(np.maximum(speed, 1e-3) / _STILL), *_STILL_NATS)
    return known, nats + np.where(speed > 0, stillness, 0.0)


def _weighted(values: Doubles, counts: Ints, place: Ints, people: int) -> Doubles:
    """(people,) means, 0 where there is none."""
    total = np.bincount(place, counts, people)
    return np.asarray(np.bincount(place, values * counts, people) / np.maximum(total, 1))


def _moves(seen: Sightings) -> Doubles:
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
        frames, medians = _medians(gone[known, axis], seen.frames[known])
        gone[known, axis] -= medians[np.searchsorted(frames, seen.frames[known])]
    return np.asarray(np.hypot(*gone.T) / np.maximum(heights(seen.boxes), 1e-9))


def alike_nats(unit: Floats, players: Floats, others: Floats) -> Doubles:
    """(K,) what it says that somebody looks like a known player, or like one who is none.

    unit: (K, D) unit rows of whom it is about. players, others: (P, D), (O, D) of those known.
    """
    if not len(players) or not len(others):
        return np.zeros(len(unit))
    difference = (unit @ players.T).max(axis=1) - (unit @ others.T).max(axis=1)
    return np.asarray(_ALIKE_NATS * difference, np.float64)


def _medians(values: Doubles, groups: Ints) -> tuple[Ints, Doubles]:
    """The groups there are (G,), and the (lower) median of each (G,)."""
    order = np.lexsort((values, groups))
    number, first, size = np.unique(groups[order], return_index=True, return_counts=True)
    return number, values[order][first + (size - 1) // 2]
