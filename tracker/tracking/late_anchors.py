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
from tracker.types import UNKNOWN, Anchors, Doubles, Evidence, Ints, Observation, TrackedFrame

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
        then = self._sightings[index]
        anchors = self._attacher.attach_late(number, rows, then.boxes)
        counts = self._attacher.counts[number]
        counts["late"] += len(rows)
        alive = self._tracker.tracks
        if alive is None:
            return
        same = ~np.isin(then.tracks, list(self._changed_since(index)))
        same &= np.isin(then.tracks, alive.ids) & (not self._cut_since(index))
        tracks, detections = then.tracks[same], then.detections[same]
        counts["late for nothing"] += len(anchors) - len(anchors.among(detections))
        if not len(anchors.among(detections)):
            return
        last = self._order[-1]  # evidence is told of when it was heard
        seen = Observation(
            last, then.time_s, then.boxes.astype(np.float32),
            np.ones(len(then.boxes), np.float32), np.zeros((len(then.boxes), 0), np.float32),
            np.eye(2, 3), cut=False, anchors=anchors,
        )  # fmt: skip
        place = np.searchsorted(alive.ids, tracks)
        self._tracker.votes.add_late(alive, seen, place, detections)
        kept = anchors.among(detections)
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

    def _changed_since(self, index: int) -> set[int]:
        later = (self._sightings[i].changed for i in self._order if i > index)
        return set().union(*later)

    def _cut_since(self, index: int) -> bool:
        return any(self._sightings[i].changed is _ALL for i in self._order if i > index)

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
