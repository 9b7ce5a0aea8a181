"""Tracks cut wherever two players may have been mixed up, and where shots end: split, then merge.

A tracklet is a stretch of one track in which nothing speaks for a mix-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from tracker.identity import continuity
from tracker.tracking.traces import Trace, Tracklet
from tracker.types import Doubles, Ints, Mask


def cut_tracklets(
    traces: Sequence[Trace], times_s: Doubles, shots: Ints, cut_nats: float
) -> list[Tracklet]:
    """All tracklets, in the order of their first frames. times_s, shots: (F,) as in TrackedFrame.

    cut_nats: a match that beats the swap with a rival by less is ambiguous, and the track is cut
    behind it. On SNMOT-116 whole tracks are .83 pure, tracklets cut at 2 nats .91, at 4 nats .97.
    """
    sightings: dict[int, list[tuple[int, int, bool, float]]] = {}
    for i, trace in enumerate(traces):
        columns = (trace.tracks, trace.detections, trace.clean, trace.margins)
        for track, *sighting in zip(*(c.tolist() for c in columns), strict=True):
            sightings.setdefault(track, []).append((i, *sighting))
    tracklets = [
        p
        for track, sightings_of in sightings.items()
        for p in _tracklets_of(track, sightings_of, times_s, shots, cut_nats)
    ]
    return sorted(tracklets, key=lambda p: (p.first, p.track))


def _tracklets_of(
    track: int,
    sightings: list[tuple[int, int, bool, float]],
    times_s: Doubles,
    shots: Ints,
    cut_nats: float,
) -> Iterator[Tracklet]:
    frames, detections = (np.array([s[n] for s in sightings]) for n in (0, 1))
    clean, margins = (np.array([s[n] for s in sightings]) for n in (2, 3))
    ambiguous = margins < cut_nats
    after_ambiguity = np.append(False, ambiguous[:-1] & ~ambiguous[1:])
    gap_s = np.diff(times_s[frames], prepend=times_s[frames[0]])
    over_cut = np.diff(shots[frames], prepend=shots[frames[0]]) > 0
    absent = (gap_s > continuity.GAP_S) | over_cut
    unclear = _again_clear(clean, times_s[frames])
    starts = [0, *np.flatnonzero(after_ambiguity | absent | unclear).tolist(), len(sightings)]
    for before, (start, end) in zip([0, *starts], pairwise(starts), strict=False):
        part = slice(start, end)
        odds = [np.inf]
        if absent[start]:
            odds.append(float(continuity.same_identity_log_odds(gap_s[start], over_cut[start])))
        if after_ambiguity[start]:
            odds.append(float(continuity.no_swap_log_odds(margins[before:start].min())))
        if unclear[start]:
            odds.append(continuity.UNCLEAR_NATS)
        yield Tracklet(track, frames[part], detections[part], clean[part], min(odds))


def _again_clear(clean: Mask, times_s: Doubles) -> Mask:
    """(n,) sightings with a clean picture, the first for some time, of a track that had one."""
    last_s = np.maximum.accumulate(np.where(clean, times_s, -np.inf))
    before_s = np.append(-np.inf, last_s[:-1])
    return np.asarray(clean & np.isfinite(before_s) & (times_s - before_s > continuity.UNCLEAR_S))
