"""The first pass over a run: one observation after the other, as a live stream has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tracker.observation.packed import Packed
from tracker.offline.interpolation import FrameInterpolator
from tracker.runs.number_reading import NumberCounts
from tracker.types import Anchors, Doubles, Observation, TrackedFrame

if TYPE_CHECKING:
    from tracker.court.track_plays import TrackPlays
    from tracker.identity.anchor_likelihood import AnchorChannel
    from tracker.identity.roster_rules import RosterRules
    from tracker.offline.anchor_votes import RunAnchors
    from tracker.runs.anchor_sources import AnchorSources
    from tracker.runs.anchor_summary import AnchorSummary
    from tracker.runs.live_anchors import LiveAttacher
    from tracker.runs.name_model import NameModel
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import Session
    from tracker.settings import FollowSettings
    from tracker.tracking.online import OnlineTracker
    from tracker.tracking.traces import Trace


class Progress(Protocol):
    """Told how far a stage is: frames done, frames expected or None, and frames a second of the
    stages that work for it."""

    def __call__(
        self, stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None: ...


class OnlinePass:
    """The first pass: a tracker, and what a second pass needs of it."""

    def __init__(self, request: TrackRequest, session: Session) -> None:
        self.tracker = _tracker(request, session)
        self.interpolator = FrameInterpolator()
        self.frames: list[TrackedFrame] = []
        self.traces: list[Trace] = []
        self.cameras: list[Doubles] = []
        self.seen = Packed()
        self.anchors: list[Anchors | None] = []
        self.roles = session.track_roles()
        self.colors = self.tracker.kits.colors
        self.cuts: list[int] = []
        self._counts: Counter[str] = Counter()
        self._numbers = NumberCounts()
        self.seconds = 0.0
        self._files = session.anchors
        self._attacher = session.anchors.attacher() if session.anchors else None
        self._first = request.frames[0]
        self._expected = _expected(request, session)
        self._log = session.log
        self._live: LiveAttacher | None = None
        if session.live is not None and self._attacher is not None:
            lag_s = request.settings.lag_s or 0.0
            self._live = session.live.attacher(self.tracker, self._attacher, lag_s)
        self.late = None if self._live is None else self._live.late
        self._offline = request.settings.mode == "offline"

    def frames_of(self, seen: Iterable[Observation], progress: Progress) -> Iterator[TrackedFrame]:
        for observation in self.interpolator.looked(self._attached(seen)):
            begun = perf_counter()
            self.anchors.append(observation.anchors)
            self.frames.append(self.tracker.update(observation))
            self.roles.add(self.tracker.trace, observation.classes)
            if observation.cut:
                self.cuts.append(observation.index)
            self._numbers.add(self.tracker.trace, observation)
            if self.late is not None:
                self.late.note(observation, self.frames[-1])
            if self._offline:
                self.seen.append(observation)
                self.traces.append(self.tracker.trace)
                self.cameras.append(self.tracker.camera)
            self.seconds += perf_counter() - begun
            done = observation.index + 2 - self._first
            speeds = {**self._log.speeds, "follow": done / self.seconds}
            progress("track", done, self._expected, speeds)
            yield self.frames[-1]
        if self._live is not None:
            self._live.finish()

    @property
    def looked_at(self) -> Mapping[str, int]:
        """How many frames, boxes in them, boxes described; with numbers, as `NumberCounts`."""
        return {**self._counts, **self._numbers.tree()}

    @property
    def plays(self) -> TrackPlays:
        """Who of the tracks so far is in the game, by all but what they wear."""
        return self.tracker.court.plays

    def court_again(self, traces: Sequence[Trace], seen: Sequence[Observation]) -> None:
        """The court as it is known in the end. traces: of all frames, swaps undone."""
        matches = [(trace.tracks, trace.detections) for trace in traces]
        self.tracker.court = self.tracker.court.again(matches, seen)

    @property
    def renamed(self) -> Callable[[TrackedFrame], TrackedFrame] | None:
        """Takes the names away that late anchors have proved wrong; None without any."""
        return None if self.late is None else self.late.renamed

    def _attached(self, seen: Iterable[Observation]) -> Iterator[Observation]:
        """With their anchors; the store keeps them without."""
        for observation in seen:
            if observation.looked:
                self._counts.update(_counted(observation))
            attacher = self._live or self._attacher
            yield observation if attacher is None else attacher.attach(observation)

    def run_anchors(self, players: int) -> RunAnchors | None:
        """All that was said; None where no anchors were given."""
        return run_anchors(self._files, self.anchors, players)

    def anchor_summary(self, channel: AnchorChannel | None = None) -> AnchorSummary | None:
        """channel: what a second pass has learned of the sources; else the first has."""
        from tracker.runs.anchor_summary import AnchorSummary

        if self._files is None or self._attacher is None:
            return None
        anchors = self.tracker.votes.anchors
        if channel is None and anchors is not None:
            channel = anchors.channel
        every = [*self.anchors, *(self.late.anchors if self.late else ())]
        return AnchorSummary.of(self._files, self._attacher.counts, every, channel)

    @property
    def offset_test(self) -> Sequence[Mapping[str, float | int]] | None:
        probes = self.tracker.probes
        return probes.summary() if probes else None


def _counted(seen: Observation) -> dict[str, int]:
    described = int(np.count_nonzero(seen.described))
    return {"frames": 1, "boxes": len(seen.boxes), "described": described}


def _tracker(request: TrackRequest, session: Session) -> OnlineTracker:
    from tracker.tracking.evidence_log import OnlineEvidence
    from tracker.tracking.online import OnlineTracker

    offline = request.settings.mode == "offline"
    settings = _for_players(request.settings.follow, session.names)
    players, about = len(session.players), session.about.source
    ambiguity_nats = settings.association.ambiguous_nats
    sources = session.anchors.sources if session.anchors else None
    streams = 0 if sources is None else len(sources)
    return OnlineTracker(
        settings,
        (about.width, about.height),
        players,
        session.names.classify if session.names else None,
        session.offsets,
        None if offline else OnlineEvidence(players, settings.identity, ambiguity_nats, streams),
        rules_of(session),
        sources,
        session.field,
    )


def _for_players(settings: FollowSettings, names: NameModel | None) -> FollowSettings:
    """Where there are pictures of some players only, tracks do not go by names: whoever wears the
    shirt looks like one of those. By YOLO11n's boxes, with pictures of 3 of 5 players, volleyball
    has Name-F1 .893 so, and .751 where they do."""
    if names is None or names.classifier is None or names.unseen is None:
        return settings
    return settings.model_copy(
        update={"association": settings.association.model_copy(update={"name_nats": 0.0})}
    )


def run_anchors(
    files: AnchorSources | None, seen: Sequence[Anchors | None], players: int
) -> RunAnchors | None:
    """seen: the anchors of every frame that was followed. None where no anchors were given."""
    from tracker.offline.anchor_votes import RunAnchors

    return None if files is None else RunAnchors.of(seen, files.sources, players)


def rules_of(session: Session) -> RosterRules | None:
    return session.names.rules if session.names else None


def _expected(request: TrackRequest, session: Session) -> int | None:
    first, last = request.frames
    end = last if last is not None else session.about.source.frame_count
    return None if end is None else end - first + 1
