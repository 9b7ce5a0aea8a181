"""What is known of the people of rows beside their names: their part in the match, their kit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan

import numpy as np

from tracker.court.roles import (
    DO_NOT_PLAY,
    NO_ROLE,
    PLAYER,
    ROLE_WORDS,
    ROLES,
    roles_of_plays,
)
from tracker.court.track_plays import TrackPlays
from tracker.kits.kits import NO_KIT
from tracker.kits.track_kits import TrackKits
from tracker.tracking.track_roles import TrackRoles
from tracker.types import Doubles, Index, Ints


@dataclass(frozen=True, slots=True, eq=False)
class TrackFacts:
    """Of all tracks of a run, beside their names. roles: by the roster and the detector's classes.
    kits: what they wear. plays: who takes part in the game."""

    roles: TrackRoles = field(default_factory=TrackRoles)
    kits: TrackKits = field(default_factory=TrackKits.none)
    plays: TrackPlays = field(default_factory=TrackPlays.none)

    def roles_of(self, tracks: Ints, players: Ints) -> Ints:
        """(M,) codes of `court/roles.py`, NO_ROLE where nothing says it. tracks: (M,) ids. players:
        (M,) index into the roster or UNKNOWN.

        The roster and the detector's classes come first, then place, size, speed and kit. Whoever
        has a name plays, whatever those say: names are seldomer wrong.
        """
        found = self.roles.of(tracks, players)
        silent = np.flatnonzero(found == NO_ROLE)
        every, place = np.unique(tracks[silent], return_inverse=True)
        by_court = roles_of_plays(self.plays, every, self._kit_roles(every))[place.ravel()]
        idle = np.isin(by_court, [ROLES.index(role) for role in DO_NOT_PLAY])
        named = players[silent] >= 0
        found[silent] = np.where(idle & named, ROLES.index(PLAYER), by_court)
        return found

    def _kit_roles(self, tracks: Ints) -> list[str]:
        """(M,) what the kit says of each of these tracks."""
        known = {kit: fact.role for kit, fact in enumerate(self.kits.facts)}
        kit = np.full(len(tracks), NO_KIT)
        there = np.flatnonzero(tracks < len(self.kits.kit))
        kit[there] = self.kits.kit[tracks[there]]
        return [known.get(each, "") for each in kit.tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class RowFacts:
    """Of M rows. roles: (M,) codes of `court/roles.py`. kits: (M,) places in `kit_names`, NO_KIT
    where it is not known; kit_probability: (M,), NaN there. plays: (M,) how likely they take part
    in the game, NaN where that is not known."""

    roles: Ints
    kits: Ints
    kit_probability: Doubles
    plays: Doubles
    kit_names: Sequence[str]

    @classmethod
    def of(cls, tracks: Ints, players: Ints, times_s: Doubles, facts: TrackFacts) -> RowFacts:
        """tracks: (M,) ids. players: (M,) index into the roster or UNKNOWN. times_s: (M,)."""
        roles, kits = facts.roles_of(tracks, players), facts.kits
        return cls(roles, *kits.of_rows(tracks, times_s), facts.plays.of(tracks), kits.names)

    @classmethod
    def none(cls, count: int) -> RowFacts:
        """Nothing is known."""
        nan = np.full(count, np.nan)
        return cls(np.full(count, NO_ROLE), np.full(count, NO_KIT), nan, nan, ())

    def take(self, rows: Index) -> RowFacts:
        """Those of an index or mask array."""
        kits = self.kits[rows], self.kit_probability[rows]
        return RowFacts(self.roles[rows], *kits, self.plays[rows], self.kit_names)

    def words(self, row: int) -> dict[str, str | float | None]:
        """Columns of tracks.csv of one row; None where it is empty."""
        kit, sure = int(self.kits[row]), float(self.kit_probability[row])
        plays = float(self.plays[row])
        return {
            "role": ROLE_WORDS[self.roles[row]] or None,
            "kit": None if kit == NO_KIT else self.kit_names[kit],
            "kit_probability": None if kit == NO_KIT else round(sure, 4),
            "plays": None if isnan(plays) else round(plays, 4),
        }
