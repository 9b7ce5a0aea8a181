"""Paths cut wherever two players may have been mixed up, and where shots end: split, then merge.

A piece is a stretch of one track in which nothing speaks for a mix-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from tracker.identity import continuity
from tracker.tracking.traces import Piece, Trace
from tracker.types import Doubles, Ints, Mask


def cut(traces: Sequence[Trace], times_s: Doubles, shots: Ints) -> list[Piece]:
    """All pieces, in the order of their first frames. times_s, shots: (F,) as in TrackedFrame."""
    lives: dict[int, list[tuple[int, int, bool, float]]] = {}
    for i, trace in enumerate(traces):
        columns = (trace.tracks, trace.detections, trace.clean, trace.margins)
        for track, *sighting in zip(*(c.tolist() for c in columns), strict=True):
            lives.setdefault(track, []).append((i, *sighting))
    pieces = [p for track, life in lives.items() for p in _pieces(track, life, times_s, shots)]
    return sorted(pieces, key=lambda p: (p.first, p.track))


def _pieces(
    track: int, life: list[tuple[int, int, bool, float]], times_s: Doubles, shots: Ints
) -> Iterator[Piece]:
    frames, detections = (np.array([s[n] for s in life]) for n in (0, 1))
    clean, margins = (np.array([s[n] for s in life]) for n in (2, 3))
    in_doubt = margins < continuity.DOUBT_NATS
    after_doubt = np.append(False, in_doubt[:-1] & ~in_doubt[1:])
    gap_s = np.diff(times_s[frames], prepend=times_s[frames[0]])
    over_cut = np.diff(shots[frames], prepend=shots[frames[0]]) > 0
    absent = (gap_s > continuity.GAP_S) | over_cut
    unclear = _again_clear(clean, times_s[frames])
    starts = [0, *np.flatnonzero(after_doubt | absent | unclear).tolist(), len(life)]
    for before, (start, end) in zip([0, *starts], pairwise(starts), strict=False):
        part = slice(start, end)
        odds = [np.inf]
        if absent[start]:
            odds.append(float(continuity.after_absence(gap_s[start], over_cut[start])))
        if after_doubt[start]:
            odds.append(float(continuity.after_doubt(margins[before:start].min())))
        if unclear[start]:
            odds.append(continuity.UNCLEAR_NATS)
        yield Piece(track, frames[part], detections[part], clean[part], min(odds))


def _again_clear(clean: Mask, times_s: Doubles) -> Mask:
    """(n,) sightings with a clean picture, the first for some time, of a track that had one."""
    last_s = np.maximum.accumulate(np.where(clean, times_s, -np.inf))
    before_s = np.append(-np.inf, last_s[:-1])
    return np.asarray(clean & np.isfinite(before_s) & (times_s - before_s > continuity.UNCLEAR_S))
