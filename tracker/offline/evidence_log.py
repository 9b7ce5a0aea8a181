"""What the names of the second pass went by, for the evidence files of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.offline.crops import Crops
from tracker.offline.votes import tracklet_votes
from tracker.settings import IdentitySettings
from tracker.tracking.evidence_log import Doubts
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, EvidenceLog, Floats, Ints


class SecondPassEvidence:
    """Remembers what the names of the second pass went by in the end."""

    def __init__(self) -> None:
        self._pieces: Sequence[Tracklet] = ()
        self._crops: Crops | None = None
        self._said = np.zeros((0, 0))
        self._chances: Doubles | None = None

    def add(
        self, tracklets: Sequence[Tracklet], crops: Crops, said: Doubles, chances: Doubles
    ) -> None:
        """said: (E, P + 1) of every crop. chances: (N, P + 1) names of the pieces, exclusion
        counted in."""
        self._pieces, self._crops, self._said, self._chances = tracklets, crops, said, chances

    def evidence_log(
        self,
        index: Ints,
        times_s: Doubles,
        doubts: Doubts,
        players: int,
        settings: IdentitySettings,
    ) -> EvidenceLog:
        """index, times_s: (F,) of the frames that the second pass was given."""
        cast = [
            (p.track, at, said)
            for p in self._pieces
            if self._crops is not None
            for at, said in tracklet_votes(p, self._crops, self._said, times_s, settings)
        ]
        return EvidenceLog(
            vote_spans=_spans([(track, at[0], at[-1]) for track, at, _ in cast], index),
            crops=np.array([len(at) for _, at, _ in cast], np.int64),
            nats=np.array([said for *_, said in cast], np.float32).reshape(-1, players + 1),
            ambiguous_matches=doubts.rows,
            margins=doubts.margins,
            belief_spans=_spans([(p.track, p.first, p.last) for p in self._pieces], index),
            probabilities=_floats(self._chances, players + 1),
        )


def _floats(chances: Doubles | None, names: int) -> Floats:
    return np.zeros((0, names), np.float32) if chances is None else chances.astype(np.float32)


def _spans(spans: Sequence[tuple[int, int, int]], index: Ints) -> Ints:
    """(n, 3) track, first and last frame, out of places in the list of frames."""
    found = np.array(spans, np.int64).reshape(-1, 3)
    found[:, 1:] = index[found[:, 1:]]
    return found
