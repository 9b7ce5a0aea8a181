"""One body, one track: which tracks have been seen to be bodies of their own.

A track is a hypothesis that there is a body, and every detection explains one body. So a newborn
beside older tracks earns its existence only by what they do not explain: the part of its
detections that lies outside their boxes (the exclusive explanation of JIPDA, Musicki and Evans
2004, counted in seconds). Two tracks are two bodies once both were detected in the same frames
with little overlap; who was never seen apart from another is not hidden behind them, and steps
back where both want one detection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from tracker import boxes as bx
from tracker.tracking.overlaps import Overlaps
from tracker.tracking.traces import Trace
from tracker.tracking.tracks import ABSENT, VISIBLE, Tracks
from tracker.types import Doubles, Ints, Mask, TrackedFrame

_FREE_TO_INSIDE = (0.2, 0.6)
"""Shares of a box that others explain: up to the first it is seen for itself, from the second on
it may be a part or a double of them. These and the next two lie between two ends as measured,
not at a best found: .3, .7 and nothing longer lose least on true boxes with gaps (12 sequences of
SportsMOT), .1, .5 and .3 s leave the fewest false boxes in the demo; no clip was left out."""
_TRUSTED = (0.4, 0.9)
"""The same where those who are born beside others are people: only parts and doubles are none. Of
nine pairs it is the one that is nowhere worse than what was before, on 3 clips with 7 kinds of
boxes, in both modes, PETS with two detectors and 11 sequences with gaps: these .8105 -> .8215 HOTA,
names of soccer with YOLOX .821 -> .857 online. (.6, .9) has .826 and .483 for .478 in PETS, but a
player with three pictures is lost by it; from (.65, .9) on boxes around two people start tracks."""
BESIDE_S = 0.15  # who is born beside others must be seen for themselves for so much longer
_FADES, _OWN_S = 0.5, 1.0  # a second explained by others takes back half a second, of one at most
_BESIDE = 0.3  # of the smaller box: two tracks closer together than that may be one body
_ENOUGH_S = 10.0  # more time apart says nothing new
_Pairs = tuple[Ints, Ints, Mask | slice]


def own_body_evidence(
    share: Doubles, free_to_inside: tuple[float, float] = _FREE_TO_INSIDE
) -> Doubles:
    """How far a detection of which others explain `share` speaks of a body of its own."""
    free, inside = free_to_inside
    speaks = (inside - share) / (inside - free)
    return np.minimum(np.maximum(speaks, 0, out=speaks), 1, out=speaks)


def update_existence(
    tracks: Tracks,
    rows: Ints,
    columns: Ints,
    overlaps: Overlaps,
    time_s: float,
    dt_s: float,
    trusted: bool = False,
) -> tuple[Ints, Doubles]:
    """Count for the tracks `rows`, seen as the detections `columns` of `overlaps`, how far they
    were bodies of their own.

    Who is expected and not seen explains detections too. trusted: who is born beside others is
    mostly somebody, see `births.py`: they need not be seen for longer, half covered counts too,
    and nothing is taken back.
    Returns (n,) rows of those who are born beside others, and (M,) seconds for which this frame
    shows each of `rows` as a body of its own, whatever is trusted.
    """
    if not len(rows):
        return rows, np.zeros(0)
    pairs = _pairs(len(tracks), rows, columns, overlaps)
    explained = _explained(tracks, rows, columns, overlaps, pairs)
    speaks = own_body_evidence(explained)
    since_s = time_s - tracks.seen_s[rows]
    shown_s = since_s * (speaks - _FADES * (1 - speaks))
    own_s, beside = tracks.own_s[rows], rows[:0]
    if tracks.first_s[-1] == time_s:
        born_beside = (tracks.first_s[rows] == time_s) & (speaks < 1)
        own_s -= 0.0 if trusted else BESIDE_S * born_beside
        beside = rows[born_beside]
    own_s += since_s * own_body_evidence(explained, _TRUSTED) if trusted else shown_s
    tracks.own_s[rows] = np.minimum(np.maximum(own_s, -BESIDE_S), _OWN_S)
    _count_apart(tracks.apart_s, rows, overlaps, pairs, dt_s)
    return beside, shown_s


def _explained(
    tracks: Tracks, rows: Ints, columns: Ints, overlaps: Overlaps, pairs: _Pairs
) -> Doubles:
    """(M,) share of each of the detections `columns` that others explain than its track."""
    own, (mine, theirs, which) = real(tracks), pairs
    share: Doubles = np.zeros(len(rows))
    if len(mine):
        by_seen = overlaps.of_one[which] * before(own, mine, theirs)
        share = np.asarray(np.bincount(mine, by_seen, len(tracks))[rows], np.float64)
    if len(rows) < len(tracks):
        expected = tracks.visibility != ABSENT
        expected[rows] = False
        unseen = expected.nonzero()[0]
        shared = bx.intersections(
            overlaps.boxes[columns], bx.from_states(tracks.motion.mean[unseen])
        )
        shared *= before(own, rows[:, None], unseen)
        share += shared.sum(axis=1) / np.maximum(overlaps.areas[columns], 1e-9)
    return share


def _count_apart(
    apart_s: Doubles, rows: Ints, overlaps: Overlaps, pairs: _Pairs, dt_s: float
) -> None:
    """Add `dt_s` for each two of the tracks `rows` as far as they were seen apart."""
    mine, theirs, which = pairs
    of_pairs = apart_s[mine, theirs]
    if len(rows) == len(apart_s):
        apart_s += dt_s
    else:
        seen = np.zeros(len(apart_s), bool)
        seen[rows] = True
        unseen = (~seen).nonzero()[0]
        of_rows, of_columns = apart_s[unseen], apart_s[:, unseen]
        apart_s += dt_s
        apart_s[unseen], apart_s[:, unseen] = of_rows, of_columns
    if len(mine):
        of_pairs += dt_s * own_body_evidence(overlaps.of_smaller[which])
        apart_s[mine, theirs] = of_pairs
    np.minimum(apart_s, _ENOUGH_S, out=apart_s)


def _pairs(count: int, rows: Ints, columns: Ints, overlaps: Overlaps) -> _Pairs:
    """Both tracks of each two detections that touch, and which of `overlaps` these pairs are:
    those of which both are some track's."""
    track = np.full(len(overlaps.boxes), -1)
    track[columns] = rows
    mine, theirs = track[overlaps.first], track[overlaps.other]
    if len(columns) == len(track):
        return mine, theirs, slice(None)
    followed = (mine >= 0) & (theirs >= 0)
    return mine[followed], theirs[followed], followed


def possible_duplicates(tracks: Tracks, boxes: Doubles, min_apart_s: float) -> Mask:
    """(T,) who may be but a second track on the body of another, and so steps back.

    boxes: (T, 4) where they are expected. min_apart_s: seen apart for less is not apart. Who is a
    body of their own and seen keeps their ground.
    """
    own = real(tracks)
    found: Mask = ~(own & (tracks.visibility == VISIBLE))
    rows = found.nonzero()[0]
    if not len(rows):
        return found
    duplicate = (tracks.apart_s[rows] < min_apart_s - 1e-9) & before(
        own, rows[:, None], np.arange(len(own))
    )
    duplicate &= tracks.visibility != ABSENT
    found[rows] = False
    if duplicate.any():
        area = np.maximum(bx.areas(boxes), 1e-9)
        shared = bx.intersections(boxes[rows], boxes)
        close = shared > _BESIDE * np.minimum(area[rows, None], area)
        found[rows] = (close & duplicate).any(axis=1)
    return found


def real(tracks: Tracks) -> Mask:
    """(T,) believed to be bodies of their own."""
    return np.asarray(tracks.confirmed & (tracks.own_s > 0))


def before(own: Mask, first: Ints, other: Ints) -> Mask:
    """True where the track `other` is believed before `first`: a body of its own, or else the older
    one. own: (T,) who is one; first, other: rows, of shapes that fit."""
    if own.all():
        return other < first
    theirs = own[other]
    return np.asarray(np.where(own[first] == theirs, other < first, theirs))


def proven(
    frames: Sequence[TrackedFrame], traces: Sequence[Trace]
) -> tuple[list[TrackedFrame], list[Trace]]:
    """Without tracks that were never confirmed: a second pass must not hear a second track on a
    body as if it were somebody who could bear a name."""
    confirmed = np.unique(np.concatenate([f.track_ids[f.confirmed] for f in frames]))
    rows = [np.isin(frame.track_ids, confirmed) for frame in frames]
    kept = [f if r.all() else f.take(r) for f, r in zip(frames, rows, strict=True)]
    return kept, [_without_the_rest(trace, confirmed) for trace in traces]


def _without_the_rest(trace: Trace, confirmed: Ints) -> Trace:
    stays = np.isin(trace.tracks, confirmed)
    if stays.all():
        return trace
    return Trace(*(getattr(trace, field.name)[stays] for field in fields(trace)))
