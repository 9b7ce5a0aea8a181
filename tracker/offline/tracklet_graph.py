"""What binds tracklets to one another, whatever they look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker import boxes as bx
from tracker.identity.presence import Presence
from tracker.offline.constraints import Constraints
from tracker.settings import FollowSettings
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Ints, Mask, TrackedFrame

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
        begins = np.ones(len(total), bool)
        begins[[later for _, later, _ in self.links]] = False
        added = total.copy()
        added[begins, :-1] += presence.missing_nats
        return added


def build_graph(
    tracklets: Sequence[Tracklet],
    constraints: Constraints,
    frames: Sequence[TrackedFrame],
    times_s: Doubles,
    settings: FollowSettings,
) -> TrackletGraph:
    cannot_link = constraints.cannot_link(_too_far(tracklets, frames, times_s, settings))
    spans = _spans(tracklets, times_s)
    shares = np.array([len(p.frames) for p in tracklets]) / len(frames)
    mixed = np.array([frames[p.first].in_transition for p in tracklets]) & ~constraints.fixed
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
    tracklets: Sequence[Tracklet],
    frames: Sequence[TrackedFrame],
    times_s: Doubles,
    settings: FollowSettings,
) -> list[tuple[int, int]]:
    """Pairs, the earlier first, between whose end and beginning nobody could have run.

    Of tracklets in different shots the places say nothing.
    """
    ends = np.array([_place(frames[p.last], p.track) for p in tracklets])
    begins = np.array([_place(frames[p.first], p.track) for p in tracklets])
    end_s = times_s[[p.last for p in tracklets]]
    end_shots = np.array([frames[p.last].shot for p in tracklets])
    found = []
    for row, tracklet in enumerate(tracklets):
        gap_s = times_s[tracklet.first] - end_s[:row]
        same_shot = end_shots[:row] == frames[tracklet.first].shot
        near = np.flatnonzero((gap_s > 0) & (gap_s <= _APART_S) & same_shot)
        away = np.linalg.norm(ends[near, :2] - begins[row, :2], axis=1)
        # twice the fastest runner, because the camera moves too
        reach = (2 * settings.association.reach * gap_s[near] + 1) * ends[near, 2]
        found += [(int(other), row) for other in near[away > reach]]
    return found


def _place(frame: TrackedFrame, track: int) -> Doubles:
    box = frame.boxes[np.flatnonzero(frame.track_ids == track)]
    return np.append(bx.centres(box)[0], bx.heights(box)[0])
