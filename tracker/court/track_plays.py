"""Who of the tracks plays: log-odds by where they stand, how tall they are, and what they wear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles, Ints

PLAYS_AT = 0.5
"""Probability from which a track is one of a player."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackPlays:
    """Of T tracks, by track id; NaN where nothing is known of them.

    nats: (T,) log-odds that the track is of somebody who plays: all of what follows, and the kit.
    place_nats: (T,) by the ground under their feet and, where it was given, by the field. size_nats:
    (T,) by their height. speed: (T,) body heights a second, the camera's motion taken off.
    """

    nats: Doubles
    place_nats: Doubles
    size_nats: Doubles
    speed: Doubles

    @classmethod
    def none(cls) -> TrackPlays:
        """Nothing is known."""
        return cls(*(np.zeros(0) for _ in range(4)))

    def of(self, tracks: Ints) -> Doubles:
        """(M,) probabilities of rows with these (M,) track ids, NaN where nothing is known."""
        nats = np.full(len(tracks), np.nan)
        known = np.flatnonzero(tracks < len(self.nats))
        nats[known] = self.nats[tracks[known]]
        return np.asarray(1 / (1 + np.exp(-nats)))
