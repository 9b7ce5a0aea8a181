"""Anchors that come after their frame was followed: the track that had the detection hears them.

Which detection each track had is known for the last seconds. Where the track may have gone over to
somebody else since, what an anchor says of it then says nothing of it now, and it is left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from tracker.anchors.attach import Attacher
from tracker.anchors.rows import AnchorRows
from tracker.identity import continuity
from tracker.tracking.online import OnlineTracker
from tracker.types import (
    UNKNOWN,
    Anchors,
    Doubles,
    Evidence,
    Ints,
    Mask,
    Observation,
    TrackedFrame,
)

_ALL = frozenset({-1})  # stands for every track


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """What a frame was matched to. tracks: (M,) ids, detections: (M,) rows of its (N, 4) boxes.
    changed: ids of those that may have become somebody else in it."""

    time_s: float
    boxes: Doubles
    tracks: Ints
    detections: Ints
    changed: frozenset[int]


class LateAnchors:
    """Late anchors of a run: they vote on its tracks as these are now.

    tracker: that follows. attacher: of the same sources. lag_s: how late an anchor may be.
    anchors: those that voted.
    """

    def __init__(self, tracker: OnlineTracker, attacher: Attacher, lag_s: float) -> None:
        self.anchors: list[Anchors] = []
        self._tracker, self._attacher, self._lag_s = tracker, attacher, lag_s
        self._sightings: dict[int, _Sighting] = {}
        self._order: deque[int] = deque()
        self._seen_s: dict[int, float] = {}
        self._voted: list[tuple[int, int, int]] = []  # track, frame, player
        self._names: dict[int, dict[int, int]] = {}  # of frames: track to player

    def note(self, seen: Observation, frame: TrackedFrame) -> None:
        """A frame was followed. seen: as it was given to the tracker, frame: what came of it."""
        trace = self._tracker.trace
        unsure = trace.ambiguous(self._tracker.settings.association.ambiguous_nats)
        changed = {*trace.tracks[unsure].tolist(), *trace.rivals[unsure].tolist()}
        for track in trace.tracks.tolist():
            if seen.time_s - self._seen_s.get(track, seen.time_s) > continuity.GAP_S:
                changed.add(track)
            self._seen_s[track] = seen.time_s
        boxes = seen.boxes.astype(np.float64)
        self._sightings[seen.index] = _Sighting(
            seen.time_s, boxes, trace.tracks, trace.detections,
            _ALL if seen.cut else frozenset(changed),
        )  # fmt: skip
        self._order.append(seen.index)
        while self._sightings[self._order[0]].time_s < seen.time_s - self._lag_s - 1e-9:
            del self._sightings[self._order.popleft()]
        self._rename(frame)

    def knows(self, index: int) -> bool:
        """Whether a frame, from 0, is over for no longer than the lag."""
        return index in self._sightings

    def boxes(self, index: int) -> Doubles:
        """(N, 4) of a frame that is known."""
        return self._sightings[index].boxes

    def vote(self, number: int, index: int, rows: AnchorRows) -> None:
        """Anchors of a source on a frame that is known. Counted by the attacher."""
        then, alive = self._sightings[index], self._tracker.tracks
        anchors = self._attacher.attach_late(number, rows, then.boxes)
        same = self._same(then, index)
        tracks, detections = then.tracks[same], then.detections[same]
        kept = anchors.among(detections)
        counts = self._attacher.counts[number]
        counts["late"] += len(rows)
        counts["late for nothing"] += len(anchors) - len(kept)
        if alive is None or not len(kept):
            return
        self._tracker.votes.add_late(
            alive, self._as_seen(then, anchors), np.searchsorted(alive.ids, tracks), detections
        )
        self.anchors.append(kept)
        players = kept.players.argmax(axis=1).tolist()
        voted = zip(tracks[kept.detections].tolist(), players, strict=True)
        self._voted += [(track, index, player) for track, player in voted]

    def renamed(self, frame: TrackedFrame) -> TrackedFrame:
        """A frame that was followed before, without the names that late anchors have put right."""
        names = self._names.get(frame.index)
        if not names:
            return frame
        pairs = zip(frame.track_ids.tolist(), frame.players.tolist(), strict=True)
        wrong = np.array([names.get(track, name) != name for track, name in pairs], bool)
        return replace(
            frame,
            players=np.where(wrong, UNKNOWN, frame.players),
            player_confidence=np.where(wrong, 0.0, frame.player_confidence),
            evidence=np.where(wrong, int(Evidence.NONE), frame.evidence),
        )

    def _same(self, then: _Sighting, index: int) -> Mask:
        """(M,) whose track lives and surely is who it was in frame `index`."""
        alive = self._tracker.tracks
        changed = [self._sightings[later].changed for later in self._order if later > index]
        if alive is None or any(tracks is _ALL for tracks in changed):
            return np.zeros(len(then.tracks), bool)
        unsure = list(frozenset().union(*changed))
        return np.isin(then.tracks, alive.ids) & ~np.isin(then.tracks, unsure)

    def _as_seen(self, then: _Sighting, anchors: Anchors) -> Observation:
        """The frame with its late anchors. Its votes are as of then; evidence of them is told of
        the last frame, when they came."""
        n = len(then.boxes)
        return Observation(
            self._order[-1], then.time_s, then.boxes.astype(np.float32), np.ones(n, np.float32),
            np.zeros((n, 0), np.float32), np.eye(2, 3), cut=False, anchors=anchors,
        )  # fmt: skip

    def _rename(self, frame: TrackedFrame) -> None:
        """Tracks that bear the name now that a late anchor gave them bore it from its frame on."""
        if not self._voted:
            return
        names = dict(zip(frame.track_ids.tolist(), frame.players.tolist(), strict=True))
        for track, since, player in self._voted:
            if names.get(track) == player:
                for index in self._order:
                    if since <= index < frame.index:
                        self._names.setdefault(index, {})[track] = player
        self._voted = []
