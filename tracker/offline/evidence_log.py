"""What the names of the second pass went by, for the evidence files of a run."""

from __future__ import annotations

import numpy as np

from tracker.offline.second_pass import Ground, Settled
from tracker.offline.votes import votes
from tracker.tracking.evidence_log import AmbiguousMatches
from tracker.types import PICTURES, EvidenceLog, Ints


def evidence_of(ground: Ground, done: Settled | None, ambiguous: AmbiguousMatches) -> EvidenceLog:
    """What names went by in the end. done: None where nobody could be named."""
    columns, settings = ground.players + 1, ground.settings.identity
    tracklets = done.tracklets if done is not None else ()
    log_likelihoods = np.zeros((0, columns)) if done is None else done.log_likelihoods
    cast = votes(tracklets, ground.crops, log_likelihoods, ground.times_s, settings)
    tracks = np.array([tracklet.track for tracklet in tracklets], np.int64)
    ends = np.array([(t.first, t.last) for t in tracklets], np.int64).reshape(-1, 2)
    probabilities = np.zeros((0, columns)) if done is None else done.result.probabilities
    return EvidenceLog(
        vote_spans=_spans(tracks[cast.tracklet], cast.first, cast.last, ground.index),
        crops=cast.crops,
        nats=cast.nats.astype(np.float32),
        sources=np.full(len(cast.crops), PICTURES),
        ambiguous_matches=ambiguous.rows,
        margins=ambiguous.margins,
        belief_spans=_spans(tracks, ends[:, 0], ends[:, 1], ground.index),
        probabilities=probabilities.astype(np.float32),
    )


def _spans(tracks: Ints, first: Ints, last: Ints, index: Ints) -> Ints:
    """(n, 3) track, first and last frame, out of places in the list of frames."""
    return np.stack([tracks, index[first], index[last]], axis=1)
