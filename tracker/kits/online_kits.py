"""The kits while a run goes on: known after some seconds, found again as more is seen."""

from __future__ import annotations

import numpy as np

from tracker.identity.roster_rules import RosterRules
from tracker.kits.kits import Kits
from tracker.kits.run_kits import RunKits, wearers_of
from tracker.kits.track_colors import TrackColors, colour_counts
from tracker.kits.track_kits import TrackKits
from tracker.types import Doubles, Floats, Ints

_FIRST_S, _LATER_SHARE = 2.0, 0.25
"""Kits are looked for after so many seconds, then after a further quarter of the time so far."""
_NATS_S = 0.4  # what they say of names is worked out this often: a vote's time


class OnlineKits:
    """colors: of all tracks so far."""

    def __init__(self, rules: RosterRules | None, limit_nats: float) -> None:
        self.colors = TrackColors()
        self._wearers = wearers_of(rules) if limit_nats else None
        self._limit = limit_nats
        self._kits: Kits | None = None
        self._begun_s: float | None = None
        self._next_s = self._nats_s = -np.inf
        self._ids = np.zeros(0, np.int64)
        self._nats: Doubles | None = None
        self._written: TrackKits | None = None

    def add(self, tracks: Ints, detections: Ints, colors: Floats | None, time_s: float) -> None:
        """One frame: (M,) tracks have these (M,) detections. colors: as in the Observation."""
        self.colors.add(tracks, detections, colors, time_s)
        if self._begun_s is None:
            self._begun_s, self._next_s = time_s, time_s + _FIRST_S
        if time_s >= self._next_s and self.colors.known:
            self._kits, self._written = Kits.of(self.colors), None
            self._next_s = time_s + max(_FIRST_S, _LATER_SHARE * (time_s - self._begun_s))

    def nats(self, ids: Ints, log: Doubles, time_s: float) -> Doubles | None:
        """(T, P + 1) nats for the names of tracks with these (T,) ids; None where kits say nothing.

        log: (T, P + 1) what else is believed of them.
        """
        if self._kits is None or self._wearers is None:
            return None
        if time_s >= self._nats_s + _NATS_S or self._nats is None:
            run = RunKits(self._kits, self._wearers)
            worn = self._kits.probabilities(self._counts(ids))
            self._ids, self._nats_s = ids.copy(), time_s
            self._nats = run.nats(worn, log, self._limit)
        found = np.zeros_like(log)
        both, here, there = np.intersect1d(ids, self._ids, return_indices=True)
        found[here] = self._nats[there]
        return found if len(both) else None

    def track_kits(self) -> TrackKits:
        """Of all tracks so far, as files have it; worked out again where kits are."""
        if self._written is None:
            self._written = TrackKits.of(self._kits, self.colors)
        return self._written

    def _counts(self, ids: Ints) -> Doubles:
        sums = np.zeros((len(ids), self.colors.sums.shape[1]))
        known = ids < len(self.colors.sums)
        sums[known] = self.colors.sums[ids[known]]
        return colour_counts(sums)
