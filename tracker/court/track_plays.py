"""Who of the tracks plays: log-odds by where they stand, how tall they are, and what they wear."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracker.kits.track_colors import TrackColors
from tracker.kits.track_kits import TrackKits
from tracker.log_odds import probabilities
from tracker.types import Doubles, Ints

PLAYS_AT = 0.5
"""Probability from which a track is one of a player."""
PRIOR_NATS = 1.0
"""Of a track that is in the files: who a detector is sure of for long plays rather than not."""
IDLE_NATS = 10.0
"""Against a name of whoever plays less likely than names ask for: more than pictures ever say."""
KIT_NATS = 2.2
"""Against who wears the kit of no team. A regression on YOLO11n's boxes gives 3.5 to a single box;
but a libero or a goalkeeper, whose kit nobody else wears, is not to be lost where they stand on the
court: at 2.5 volleyball's libero is (docs/court.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackPlays:
    """Of T tracks, by track id; NaN where nothing is known of them.

    nats: (T,) log-odds that the track is of somebody who plays: what follows, and by `wearing` the
    kit. place_nats: (T,) by the ground under their feet and, where it was given, by the field.
    size_nats: (T,) by their height. speed: (T,) body heights a second, without the camera's motion.
    """

    nats: Doubles
    place_nats: Doubles
    size_nats: Doubles
    speed: Doubles

    @classmethod
    def none(cls) -> TrackPlays:
        """Nothing is known."""
        return cls(*(np.zeros(0) for _ in range(4)))

    def team_kits(self, kits: TrackKits, colors: TrackColors) -> Doubles:
        """(T,) probability that each track wears the kit of a team, see `TrackKits.of_teams`."""
        count = len(kits.kit)
        return kits.of_teams(self.of(np.arange(count)), colors.at_once(count))

    def wearing(self, team: Doubles) -> TrackPlays:
        """With what is known of kits. team: (T,) probability that each track wears the kit of a
        team, NaN where it is not known."""
        kit = np.full(len(self.nats), np.nan)
        kit[: len(team)] = team[: len(kit)]
        known = np.isfinite(kit)
        nats = self.nats.copy()
        nats[known] = KIT_NATS * (kit[known] - 1) + np.where(
            np.isnan(nats[known]), self.size_nats[known] + PRIOR_NATS, nats[known]
        )
        return replace(self, nats=nats)

    def of(self, tracks: Ints) -> Doubles:
        """(M,) probabilities of rows with these (M,) track ids, NaN where nothing is known."""
        nats = np.full(len(tracks), np.nan)
        known = np.flatnonzero(tracks < len(self.nats))
        nats[known] = self.nats[tracks[known]]
        return probabilities(nats)
