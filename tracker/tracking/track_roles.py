"""What part in the match a track plays, where the detector's classes tell: votes of its boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from tracker.court.roles import NO_ROLE, ROLES
from tracker.tracking.traces import Trace
from tracker.types import Doubles, Floats, Ints, Observation


@dataclass(slots=True, eq=False)
class TrackRoles:
    """Adds up what the classes say of each track: the sum of their scores over its boxes.

    columns: (C,) role that each class votes for, NO_ROLE where it is of people who may have any.
    players: (P,) role of each player in the roster, NO_ROLE where it says none. votes: (T, R + 1)
    by track id, the last for none.
    """

    columns: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    players: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    votes: Doubles = field(default_factory=lambda: np.zeros((0, len(ROLES) + 1)))

    @property
    def hears(self) -> bool:
        """Whether any class says anything."""
        return bool((self.columns != NO_ROLE).any())

    def add(self, trace: Trace, classes: Floats | None) -> None:
        """One frame. classes: as in the Observation that the trace is of."""
        if classes is None or not len(trace.tracks) or not self.hears:
            return
        missing = int(trace.tracks.max()) + 1 - len(self.votes)
        if missing > 0:
            room = max(missing, len(self.votes))
            self.votes = np.pad(self.votes, ((0, room), (0, 0)))
        scores = classes[trace.detections].astype(np.float64)
        by_role = scores @ np.eye(len(ROLES) + 1)[self.columns]  # NO_ROLE is the last
        self.votes[trace.tracks] += by_role  # no track is seen twice in a frame

    def again(self, traces: Iterable[Trace], seen: Iterable[Observation]) -> TrackRoles:
        """When it is known better which boxes are whose. traces: of all frames."""
        again = replace(self, votes=self.votes[:0])
        if self.hears:
            for trace, observation in zip(traces, seen, strict=True):
                again.add(trace, observation.classes)
        return again

    def of(self, tracks: Ints, players: Ints) -> Ints:
        """(M,) roles of rows. tracks: (M,) ids; players: (M,) index into the roster or UNKNOWN.

        Of a named player what the roster says, where it says something.
        """
        found = np.full(len(tracks), NO_ROLE)
        known = np.flatnonzero(tracks < len(self.votes))
        votes = self.votes[tracks[known]]
        best = votes.argmax(axis=1)
        found[known] = np.where(votes.any(axis=1) & (best < len(ROLES)), best, NO_ROLE)
        named = np.flatnonzero((players >= 0) & (players < len(self.players)))
        stated = self.players[players[named]]
        found[named] = np.where(stated != NO_ROLE, stated, found[named])
        return found
