"""What the names of the second pass went by, for the evidence files of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.offline.crops import Crops
from tracker.offline.votes import tracklet_votes
from tracker.settings import IdentitySettings
from tracker.tracking.evidence_log import AmbiguousMatches
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, EvidenceLog, Floats, Ints


class SecondPassEvidence:
    """Remembers what the names of the second pass went by in the end."""

    def __init__(self) -> None:
        self._tracklets: Sequence[Tracklet] = ()
        self._crops: Crops | None = None
        self._log_likelihoods = np.zeros((0, 0))
        self._probabilities: Doubles | None = None

    def add(
        self,
        tracklets: Sequence[Tracklet],
        crops: Crops,
        log_likelihoods: Doubles,
        probabilities: Doubles,
    ) -> None:
        """log_likelihoods: (E, P + 1) of every crop. probabilities: (N, P + 1) names of tracklets,
        exclusion counted in."""
        self._tracklets, self._crops, self._log_likelihoods, self._probabilities = (
            tracklets,
            crops,
            log_likelihoods,
            probabilities,
        )

    def evidence_log(
        self,
        index: Ints,
        times_s: Doubles,
        ambiguous: AmbiguousMatches,
        players: int,
        settings: IdentitySettings,
    ) -> EvidenceLog:
        """index, times_s: (F,) of the frames that the second pass was given."""
        cast = [
            (p.track, at, log_likelihoods)
            for p in self._tracklets
            if self._crops is not None
            for at, log_likelihoods in tracklet_votes(
                p, self._crops, self._log_likelihoods, times_s, settings
            )
        ]
        return EvidenceLog(
            vote_spans=_spans([(track, at[0], at[-1]) for track, at, _ in cast], index),
            crops=np.array([len(at) for _, at, _ in cast], np.int64),
            nats=np.array([log_likelihoods for *_, log_likelihoods in cast], np.float32).reshape(
                -1, players + 1
            ),
            ambiguous_matches=ambiguous.rows,
            margins=ambiguous.margins,
            belief_spans=_spans([(p.track, p.first, p.last) for p in self._tracklets], index),
            probabilities=_floats(self._probabilities, players + 1),
        )


def _floats(probabilities: Doubles | None, names: int) -> Floats:
    return (
        np.zeros((0, names), np.float32)
        if probabilities is None
        else probabilities.astype(np.float32)
    )


def _spans(spans: Sequence[tuple[int, int, int]], index: Ints) -> Ints:
    """(n, 3) track, first and last frame, out of places in the list of frames."""
    found = np.array(spans, np.int64).reshape(-1, 3)
    found[:, 1:] = index[found[:, 1:]]
    return found
