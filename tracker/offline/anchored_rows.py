"""Rows whose name an anchor on their very box says: their evidence is its source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker.offline.second_pass import Ground, Settled
from tracker.rows import Rows
from tracker.types import ANCHORED_BY, Evidence


def by_anchors(named: Rows, ground: Ground, done: Settled) -> Rows:
    """named: rows as `relabel` gives them. What a person has said stays `told`.

    Of two sources that say the same of a box, the later one is named, as while a run goes on.
    """
    if not len(ground.anchors):
        return named
    run = ground.anchors
    cast = run.on(done.tracklets, ground.times_s, ground.settings.identity)
    order = np.lexsort((run.anchors.sources[cast.rows], cast.rows))
    rows, whose = cast.rows[order], cast.tracklet[cast.votes][order]
    tracks = np.array([tracklet.track for tracklet in done.tracklets], np.int64)[whose]
    at = named.of_tracks(tracks, run.places[rows])
    says = run.anchors.players[rows].argmax(axis=1)
    agrees = (at >= 0) & (named.players[at] == says) & (named.evidence[at] != Evidence.TOLD)
    why = ANCHORED_BY + run.anchors.sources[rows]
    evidence = named.evidence.copy()
    evidence[at[agrees]] = np.where(run.anchors.human[rows], int(Evidence.TOLD), why)[agrees]
    return replace(named, evidence=evidence)
