"""What part in the match somebody has: the words, and what place, size, speed and kit say of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.court.track_plays import PLAYS_AT, TrackPlays
from tracker.types import Ints

PLAYER, GOALKEEPER, REFEREE, STAFF, CROWD = ROLES = (
    "player", "goalkeeper", "referee", "staff", "crowd",
)  # fmt: skip
NO_ROLE = -1
ROLE_WORDS = (*ROLES, "")
"""Of codes: places in ROLES, and NO_ROLE, which stands for the last."""
DO_NOT_PLAY = (REFEREE, STAFF, CROWD)
_FAR_NATS = -3.0
"""So much against their place or their size, odds of 1 to 20, and they are no part of the game."""
_MOVES = 0.25
"""Body heights a second; who stands or sits on the court is slower than a referee."""


def roles_of_plays(plays: TrackPlays, tracks: Ints, kit_roles: Sequence[str]) -> Ints:
    """(M,) codes of ROLES, NO_ROLE where it is not known whether they play.

    tracks: (M,) ids. kit_roles: (M,) what the kit of each says, `goalkeeper` or `referee`; any
    other word says nothing. Who plays is a player or a goalkeeper. Of those who do not, whoever is
    nowhere near the game in place or in size is crowd, a referee moves on the court, and staff is
    the rest: they stand, or are beside it.
    """
    known = np.flatnonzero(tracks < len(plays.nats))
    place, size, speed = (
        np.nan_to_num(values[tracks[known]])
        for values in (plays.place_nats, plays.size_nats, plays.speed)
    )
    kit = np.array(kit_roles, object)[known]
    probability = plays.of(tracks[known])
    words = np.select(
        [kit == REFEREE, probability >= PLAYS_AT, np.minimum(place, size) < _FAR_NATS,
         (place > 0) & (speed >= _MOVES)],
        [ROLES.index(REFEREE),
         np.where(kit == GOALKEEPER, ROLES.index(GOALKEEPER), ROLES.index(PLAYER)),
         ROLES.index(CROWD), ROLES.index(REFEREE)],
        ROLES.index(STAFF),
    )  # fmt: skip
    found = np.full(len(tracks), NO_ROLE)
    found[known] = np.where(np.isnan(probability), NO_ROLE, words)
    return found
