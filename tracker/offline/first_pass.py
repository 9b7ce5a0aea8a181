"""What the first pass said of the tracklets, as evidence for the second.

The first pass hears the votes one by one, forgets, mixes what it believes where two met and lets
names wait for each other; the second adds up whole tracklets. They err differently, so the names of
the first, written back, are worth something to the second. On true and detected boxes of
basketball, volleyball and soccer the mean Name-F1 of 11 cases is .829 without, .844 with 4 nats
(1 to 9 nats: .837 to .846; basketball and volleyball alone: no difference; soccer .813 to .853).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Doubles, Ints, TrackedFrame, Visibility

FIRST_NATS = 4.0
"""Of a name that the first pass was sure of over the whole tracklet."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstNames:
    """Where names stood in `length` frames: (K,) each track * length + place (rising), player and
    how surely."""

    length: int
    places: Ints
    players: Ints
    sure: Doubles

    @classmethod
    def none(cls) -> FirstNames:
        nothing = np.zeros(0, np.int64)
        return cls(0, nothing, nothing, np.zeros(0))

    @classmethod
    def of(cls, frames: Sequence[TrackedFrame]) -> FirstNames:
        """frames: of the first pass, its names written back (`backfill.py`)."""
        place = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
        track, who, sure, state = (
            np.concatenate([getattr(frame, name) for frame in frames])
            for name in ("track_ids", "players", "player_confidence", "visibility")
        )
        named = (who != UNKNOWN) & (state == Visibility.VISIBLE)
        key = track[named] * len(frames) + place[named]
        order = np.argsort(key)
        return cls(len(frames), key[order], who[named][order], sure[named][order])

    def log_likelihood(self, tracklets: Sequence[Tracklet], players: int) -> Doubles:
        """(N, P + 1) nats of every tracklet's names, by how long and surely they stood."""
        log_likelihood = np.zeros((len(tracklets), players + 1))
        for row, tracklet in enumerate(tracklets):
            ends = tracklet.track * self.length + np.array([tracklet.first, tracklet.last + 1])
            mine = slice(*np.searchsorted(self.places, ends).tolist())
            stood = np.bincount(self.players[mine], weights=self.sure[mine], minlength=players)
            log_likelihood[row, :-1] = FIRST_NATS * stood / len(tracklet.frames)
        return log_likelihood
