"""What binds tracklets to one another, whatever they look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker import boxes as bx
from tracker.identity.presence import Presence
from tracker.offline.constraints import Constraints
from tracker.rows import Rows
from tracker.settings import FollowSettings
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Ints, Mask

_APART_S = 3.0  # how far back it is asked whether a runner could be both
_OVERLAP_S = 0.4  # tracklets that overlap for no longer may be one person


@dataclass(frozen=True, slots=True, eq=False)
class TrackletGraph:
    """How tracklets bear on one another, whatever they look like: see `ilp.AssignmentProblem`.

    shares: (N,) share of all frames in which a tracklet is seen. mixed: (N,) which lie where two
    shots are mixed, so that they have no name.
    """

    spans: Ints
    shares: Doubles
    links: list[tuple[int, int, float]]
    cannot_link: list[tuple[int, int]]
    constraints: Constraints
    mixed: Mask

    def with_missing_players(self, total: Doubles, presence: Presence) -> Doubles:
        """(N, P + 1) nats of names, with what a missing player is worth where tracks begin."""
        added = total.copy()
        added[self.begins, :-1] += presence.missing_nats
        return added

    @property
    def begins(self) -> Mask:
        """(N,) which go on from no other."""
        begins = np.ones(len(self.shares), bool)
        begins[[later for _, later, _ in self.links]] = False
        return begins


def build_graph(
    tracklets: Sequence[Tracklet],
    constraints: Constraints,
    frames: Rows,
    times_s: Doubles,
    settings: FollowSettings,
) -> TrackletGraph:
    cannot_link = constraints.cannot_link(_too_far(tracklets, frames, times_s, settings))
    spans = _spans(tracklets, times_s)
    shares = np.array([len(p.frames) for p in tracklets]) / len(frames)
    mixed = frames.in_transition[[p.first for p in tracklets]] & ~constraints.fixed
    return TrackletGraph(
        spans,
        shares,
        constraints.links(tracklets),
        cannot_link,
        constraints.with_exclusion(spans),
        mixed,
    )


def _spans(tracklets: Sequence[Tracklet], times_s: Doubles) -> Ints:
    """(N, 2) first and last frame, the end taken off: a track that is about to be mixed up, or two
    boxes on one person for a moment, must not speak for ever against a name."""
    first, last = (np.array([getattr(p, end) for p in tracklets]) for end in ("first", "last"))
    early = np.searchsorted(times_s, times_s[last] - _OVERLAP_S)
    return np.stack([first, np.maximum(first, early)], axis=1)


def _too_far(
    tracklets: Sequence[Tracklet], frames: Rows, times_s: Doubles, settings: FollowSettings
) -> list[tuple[int, int]]:
    """Pairs, the earlier first, between whose end and beginning nobody could have run.

    Of tracklets in different shots the places say nothing.
    """
    track = np.array([p.track for p in tracklets], np.int64)
    first, last = (np.array([getattr(p, end) for p in tracklets]) for end in ("first", "last"))
    ends, begins = _places(frames, track, last), _places(frames, track, first)
    begin_s, end_s, end_shots = times_s[first], times_s[last], frames.shot[last]
    by_end = np.argsort(end_s, kind="stable")
    lows = np.searchsorted(end_s[by_end], begin_s - 2 * _APART_S).tolist()
    highs = np.searchsorted(end_s[by_end], begin_s).tolist()
    found = []
    for row, (low, high) in enumerate(zip(lows, highs, strict=True)):
        near = np.sort(by_end[low:high])
        near = near[(near < row) & (end_shots[near] == frames.shot[first[row]])]
        gap_s = begin_s[row] - end_s[near]
        near, gap_s = near[gap_s <= _APART_S], gap_s[gap_s <= _APART_S]
        away = np.linalg.norm(ends[near, :2] - begins[row, :2], axis=1)
        # twice the fastest runner, because the camera moves too
        reach = (2 * settings.association.reach * gap_s + 1) * ends[near, 2]
        found += [(int(other), row) for other in near[away > reach]]
    return found


def _places(frames: Rows, tracks: Ints, places: Ints) -> Doubles:
    """(N, 3) centres and heights of these tracks, each in one of these frames."""
    boxes = frames.boxes[frames.of_tracks(tracks, places)]
    return np.column_stack([bx.centres(boxes), bx.heights(boxes)])
