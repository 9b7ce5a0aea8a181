"""What the names of the second pass went by, for the evidence files of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.offline.second_pass import Ground, Settled
from tracker.offline.votes import votes
from tracker.tracking.evidence_log import AmbiguousMatches
from tracker.types import FIRST_ANCHORS, PICTURES, Doubles, EvidenceLog, Ints


def evidence_of(ground: Ground, done: Settled | None, ambiguous: AmbiguousMatches) -> EvidenceLog:
    """What names went by in the end. done: None where nobody could be named."""
    columns, settings = ground.players + 1, ground.settings.identity
    tracklets = done.tracklets if done is not None else ()
    log_likelihoods = np.zeros((0, columns)) if done is None else done.log_likelihoods
    cast = votes(tracklets, ground.crops, log_likelihoods, ground.times_s, settings)
    tracks = np.array([tracklet.track for tracklet in tracklets], np.int64)
    ends = np.array([(t.first, t.last) for t in tracklets], np.int64).reshape(-1, 2)
    probabilities = np.zeros((0, columns)) if done is None else done.result.probabilities
    anchored = _anchored(ground, done)
    whose = tracks[np.append(cast.tracklet, anchored.tracklet)]
    first, last = np.append(cast.first, anchored.first), np.append(cast.last, anchored.last)
    return EvidenceLog(
        vote_spans=_spans(whose, first, last, ground.index),
        crops=np.append(cast.crops, anchored.anchors),
        nats=np.concatenate([cast.nats, anchored.nats]).astype(np.float32),
        sources=np.append(np.full(len(cast.crops), PICTURES), FIRST_ANCHORS + anchored.source),
        ambiguous_matches=ambiguous.rows,
        margins=ambiguous.margins,
        belief_spans=_spans(tracks, ends[:, 0], ends[:, 1], ground.index),
        probabilities=probabilities.astype(np.float32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _AnchorSpans:
    """V votes of anchors. tracklet, source: (V,) whose; first, last: (V,) frames; anchors: (V,) how
    many; nats: (V, P + 1)."""

    tracklet: Ints
    source: Ints
    first: Ints
    last: Ints
    anchors: Ints
    nats: Doubles


def _anchored(ground: Ground, done: Settled | None) -> _AnchorSpans:
    none = np.zeros(0, np.int64)
    if done is None or not len(ground.anchors):
        return _AnchorSpans(none, none, none, none, none, np.zeros((0, ground.players + 1)))
    settings = ground.settings.identity
    cast = ground.anchors.on(done.tracklets, ground.times_s, settings)
    places, sizes = ground.anchors.places[cast.rows], np.bincount(cast.votes)
    first = np.full(len(sizes), len(ground.times_s))
    last = np.zeros(len(sizes), np.int64)
    np.minimum.at(first, cast.votes, places)
    np.maximum.at(last, cast.votes, places)
    nats = cast.nats(done.channel, settings)
    return _AnchorSpans(cast.tracklet, cast.source, first, last, sizes, nats)


def _spans(tracks: Ints, first: Ints, last: Ints, index: Ints) -> Ints:
    """(n, 3) track, first and last frame, out of places in the list of frames."""
    return np.stack([tracks, index[first], index[last]], axis=1)
