"""The gaps between the gallery IDs of a player: where a name is carried and nothing new says it.

A gallery ID is a frame in which something says of a track itself who it is (`gallery_ids.py`).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tracker.types import Doubles, Ints

ENDS_S = (1, 3, 10, 30)
"""Upper ends of the gap lengths told apart, seconds."""
AT_ID = "at an ID"
BEFORE, AFTER, NEVER = "before", "after", "never"
"""Of the first ID; of the last; where a player has none."""
LENGTHS = (
    f"0-{ENDS_S[0]} s",
    *(f"{a}-{b} s" for a, b in pairwise(ENDS_S)),
    f">{ENDS_S[-1]} s",
)
BINS = (AT_ID, *LENGTHS, BEFORE, AFTER, NEVER)
"""Where a frame can lie, as a player's IDs are: at one, in a gap so long, or in none."""
IN_ID = -1


def gaps_at(frames: Ints, ids: Ints) -> Ints:
    """(N,) in which gap each frame lies: n between the IDs n - 1 and n, so that 0 is before the
    first and len(ids) behind the last; IN_ID at an ID. ids: (M,) frames, rising."""
    places = np.searchsorted(ids, frames)
    if not len(ids):
        return np.asarray(places)
    at = ids[np.minimum(places, len(ids) - 1)] == frames
    return np.where(at, IN_ID, places)


def bins_at(frames: Ints, ids: Ints, lengths_s: Doubles) -> Ints:
    """(N,) index into BINS of each frame. ids: (M,) frames, rising; lengths_s: (M - 1,) seconds
    from each to the next. A gap is as long as from one ID to the next; of one second is 0-1."""
    if not len(ids):
        return np.full(len(frames), BINS.index(NEVER))
    inside = 1 + np.searchsorted(ENDS_S, lengths_s)
    places = np.concatenate([[BINS.index(BEFORE)], inside, [BINS.index(AFTER), 0]])
    return np.asarray(places[gaps_at(frames, ids)])  # IN_ID is the last, at an ID
