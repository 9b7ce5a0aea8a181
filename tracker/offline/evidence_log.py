"""What the names of the second pass went by, for the evidence files of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.offline.second_pass import Ground, Settled
from tracker.offline.votes import tracklet_votes
from tracker.tracking.evidence_log import AmbiguousMatches
from tracker.types import EvidenceLog, Ints


def evidence_of(ground: Ground, done: Settled | None, ambiguous: AmbiguousMatches) -> EvidenceLog:
    """What names went by in the end. done: None where nobody could be named."""
    columns, settings = ground.players + 1, ground.settings.identity
    tracklets = done.tracklets if done is not None else ()
    cast = [
        (tracklet.track, at, nats)
        for tracklet in tracklets
        if done is not None
        for at, nats in tracklet_votes(
            tracklet, ground.crops, done.log_likelihoods, ground.times_s, settings
        )
    ]
    probabilities = np.zeros((0, columns)) if done is None else done.result.probabilities
    return EvidenceLog(
        vote_spans=_spans([(track, at[0], at[-1]) for track, at, _ in cast], ground.index),
        crops=np.array([len(at) for _, at, _ in cast], np.int64),
        nats=np.array([nats for *_, nats in cast], np.float32).reshape(-1, columns),
        ambiguous_matches=ambiguous.rows,
        margins=ambiguous.margins,
        belief_spans=_spans([(p.track, p.first, p.last) for p in tracklets], ground.index),
        probabilities=probabilities.astype(np.float32),
    )


def _spans(spans: Sequence[tuple[int, int, int]], index: Ints) -> Ints:
    """(n, 3) track, first and last frame, out of places in the list of frames."""
    found = np.array(spans, np.int64).reshape(-1, 3)
    found[:, 1:] = index[found[:, 1:]]
    return found
