"""The votes of a run as arrays: what its pictures and anchors said of a name in some frames."""

from __future__ import annotations

import numpy as np

from tracker.output.evidence import NATS, EvidenceTables
from tracker.types import Doubles, Floats, Ints

_TRACKS = 1 << 31


class VoteTable:
    """The votes of EvidenceTables by track and time. names: of the columns, "" is unknown.

    tracks, first, last: (V,), sorted by track, then first frame. log_likelihoods: (V, names).
    """

    def __init__(self, evidence: EvidenceTables) -> None:
        votes = evidence.votes.sort_values(["track_id", "first_frame"], kind="stable")
        self.names = [*evidence.players, ""]
        self.tracks: Ints = votes["track_id"].to_numpy(np.int64)
        self.first: Ints = votes["first_frame"].to_numpy(np.int64)
        self.last: Ints = votes["last_frame"].to_numpy(np.int64)
        self.log_likelihoods: Floats = votes[[NATS + n for n in self.names]].to_numpy(np.float32)
        self._keys: Ints = self.tracks * _TRACKS + self.first

    def rows(self, track: int, after: int, last: int) -> slice:
        """The votes of a track that began after a frame and no later than another."""
        ends = [track * _TRACKS + after + 1, track * _TRACKS + last + 1]
        low, high = np.searchsorted(self._keys, ends).tolist()
        return slice(low, max(low, high))

    def over(self, votes: slice | Ints, name: str) -> Doubles:
        """(n,) nats by which each says the name rather than the best of the others."""
        values = self.log_likelihoods[votes].astype(np.float64)
        mine = self.names.index(name)
        own = values[:, mine].copy()
        values[:, mine] = -np.inf
        over: Doubles = own - values.max(axis=1)
        return over
