"""From observations to the rows of all frames: online, then names written back or a second pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tracker.identity.confidence import in_rows
from tracker.observation.packed import Packed
from tracker.offline.backfill import backfill_reversed, lagged
from tracker.offline.interpolation import FrameInterpolator
from tracker.output.table import TrackTable
from tracker.rows import Rows
from tracker.runs.drained import drained, popped
from tracker.types import Anchors, Doubles, EvidenceLog, Ints, Observation, TrackedFrame

if TYPE_CHECKING:
    from tracker.corrections.reapply import Applied, Apply
    from tracker.identity.anchor_likelihood import AnchorChannel
    from tracker.identity.roster_rules import RosterRules
    from tracker.offline.anchor_votes import RunAnchors
    from tracker.offline.second_pass import Ground, Settled
    from tracker.runs.anchor_sources import AnchorSources
    from tracker.runs.anchor_summary import AnchorSummary
    from tracker.runs.first_pass_cache import FirstPass
    from tracker.runs.live_anchors import LiveAttacher
    from tracker.runs.name_model import NameModel
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import Session
    from tracker.tracking.evidence_log import AmbiguousMatches
    from tracker.tracking.online import OnlineTracker
    from tracker.tracking.traces import Trace
    from tracker.tracking.track_roles import TrackRoles


class Progress(Protocol):
    """Told how far a stage is: frames done, frames expected or None, and frames a second of the
    stages that work for it."""

    def __call__(
        self, stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What following has found.

    frames: the rows of every frame, names given; drained by `table`. count: of those frames.
    looked_at: how many frames were looked at, boxes found in them, and of those described.
    offset_test: what `tracking/offset_test.py` found. corrections: what was said of this video,
    where it was asked for. first_pass: what the next correction goes by. anchors: what became of
    them. roles: of tracks and players.
    """

    frames: Sequence[TrackedFrame]
    count: int
    looked_at: Mapping[str, int]
    seconds: float
    evidence_log: EvidenceLog | None
    offset_test: Sequence[Mapping[str, float | int]] | None = None
    corrections: Applied | None = None
    first_pass: FirstPass | None = None
    anchors: AnchorSummary | None = None
    roles: TrackRoles | None = None

    def kept(self, folder: Path, request: TrackRequest, session: Session) -> Followed:
        """Without `first_pass`, which is large: it is written beside the observations in folder."""
        if self.first_pass is None:
            return self
        from tracker.runs.first_pass_cache import key_of

        self.first_pass.write(folder, key_of(request, session, folder))
        return replace(self, first_pass=None)

    def table(self, session: Session) -> TrackTable:
        """As files have it. Frames are gone then: a match fills half a gigabyte."""
        names = session.players, session.sources, self.roles
        if isinstance(self.frames, Rows):
            return TrackTable.from_rows(self.frames, *names)
        return TrackTable.from_frames(drained(self.frames), *names)


def follow(
    request: TrackRequest,
    session: Session,
    seen: Iterable[Observation],
    progress: Progress,
    emit: Callable[[TrackedFrame, Ints], None] | None = None,
    correct: Apply | None = None,
) -> Followed:
    """The rows of every frame, names written back to each track's beginning.

    emit: given each frame as soon as it is known, names held back by the lag and no longer, and its
    rows' roles as codes.
    correct: gives what was said of the tracks of these frames, names not yet given.
    """
    first = _Online(request, session)
    _give(request, session, first, seen, progress, emit)
    begun = perf_counter()
    if request.settings.mode == "offline":
        found = _second_pass(request, session, first, correct)
    else:
        backfilled = _backfilled(request, session, first)
        frames = list(map(in_rows, drained(backfilled)))
        found = first.followed(frames, first.tracker.finish())
    if first.interpolator.any:  # what is between is interpolated anew each time
        frames = list(first.interpolator.filled(drained(found.frames)))
        found = replace(found, frames=frames, count=len(frames), first_pass=None)
    return replace(found, seconds=first.seconds + perf_counter() - begun)


class _Online:
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
        self.looked_at: Counter[str] = Counter()
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
    def renamed(self) -> Callable[[TrackedFrame], TrackedFrame] | None:
        """Takes the names away that late anchors have proved wrong; None without any."""
        return None if self.late is None else self.late.renamed

    def _attached(self, seen: Iterable[Observation]) -> Iterator[Observation]:
        """With their anchors; the store keeps them without."""
        for observation in seen:
            if observation.looked:
                self.looked_at.update(_counted(observation))
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

    def followed(
        self,
        frames: Sequence[TrackedFrame],
        evidence_log: EvidenceLog | None,
        corrections: Applied | None = None,
        first_pass: FirstPass | None = None,
    ) -> Followed:
        """frames: with the names that hold in the end, and what those went by."""
        summary = self.anchor_summary(None if first_pass is None else first_pass.begun.channel)
        return Followed(
            frames, len(frames), self.looked_at, self.seconds, evidence_log, self.offset_test,
            corrections, first_pass, summary, self.roles,
        )  # fmt: skip


def _counted(seen: Observation) -> dict[str, int]:
    described = int(np.count_nonzero(seen.described))
    return {"frames": 1, "boxes": len(seen.boxes), "described": described}


def _tracker(request: TrackRequest, session: Session) -> OnlineTracker:
    from tracker.tracking.evidence_log import OnlineEvidence
    from tracker.tracking.online import OnlineTracker

    settings, offline = request.settings.follow, request.settings.mode == "offline"
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
        _rules(session),
        sources,
    )


def run_anchors(
    files: AnchorSources | None, seen: Sequence[Anchors | None], players: int
) -> RunAnchors | None:
    """seen: the anchors of every frame that was followed. None where no anchors were given."""
    from tracker.offline.anchor_votes import RunAnchors

    return None if files is None else RunAnchors.of(seen, files.sources, players)


def _rules(session: Session) -> RosterRules | None:
    return session.names.rules if session.names else None


def _give(
    request: TrackRequest,
    session: Session,
    first: _Online,
    seen: Iterable[Observation],
    progress: Progress,
    emit: Callable[[TrackedFrame, Ints], None] | None,
) -> None:
    """Follow to the end; each frame is given to whoever waits for it."""
    frames = first.frames_of(seen, progress)
    if emit is None:
        for _ in frames:
            pass
        return
    threshold, lag_s = request.settings.follow.identity.name_at, request.settings.lag_s or 0.0
    held_back = lagged(frames, lag_s, threshold, _rules(session), first.renamed)
    for frame in first.interpolator.filled(map(in_rows, held_back)):
        emit(frame, first.roles.of(frame.track_ids, frame.players))


def _expected(request: TrackRequest, session: Session) -> int | None:
    first, last = request.frames
    end = last if last is not None else session.about.source.frame_count
    return None if end is None else end - first + 1


def _backfilled(request: TrackRequest, session: Session, first: _Online) -> list[TrackedFrame]:
    lag_s, threshold = request.settings.lag_s, request.settings.follow.identity.name_at
    if lag_s is None:
        return backfill_reversed(popped(first.frames), threshold, _rules(session))
    frames = drained(first.frames)
    return list(lagged(frames, lag_s, threshold, _rules(session), first.renamed))


def _second_pass(
    request: TrackRequest, session: Session, first: _Online, correct: Apply | None
) -> Followed:
    """Swaps undone, names for all at once, gaps smoothed from both their ends."""
    from tracker.offline.evidence_log import evidence_of
    from tracker.offline.mixed_shots import parted
    from tracker.offline.second_pass import begin, ground_of
    from tracker.offline.smoothing import SmoothedGaps, smooth_gaps
    from tracker.offline.swaps import undo_swaps
    from tracker.runs.first_pass_cache import FirstPass
    from tracker.tracking.evidence_log import AmbiguousMatches
    from tracker.tracking.separate_bodies import proven

    settings, names = request.settings.follow, session.names
    ambiguity_nats, seen = settings.association.ambiguous_nats, first.seen
    frames, traces = proven(first.frames, first.traces) if first.frames else ([], [])
    frames, traces = parted(frames, traces)
    frames, traces = undo_swaps(frames, traces, seen, ambiguity_nats)
    first.roles = first.roles.again(traces, seen)
    cuts = [observation.cut for observation in seen]
    motion = first.cameras, cuts, first.tracker.offsets, settings.motion
    if names is None or not frames:
        return first.followed(smooth_gaps(frames, *motion), None)
    players = len(session.players)
    anchors, pictures = first.run_anchors(players), names.classifier is not None
    ground = ground_of(frames, seen, players, settings, names.rules, anchors, pictures)
    ambiguous = AmbiguousMatches.of(ground.index, traces, ambiguity_nats)
    begun = begin(ground, traces, names.likelihoods, names.refit)
    if begun is None:
        return first.followed(smooth_gaps(frames, *motion), evidence_of(ground, None, ambiguous))
    rows = ground.frames
    named, log, corrections = name_again(rows, ground, begun, names, ambiguous, correct)
    smoothed = SmoothedGaps.of(list(named), *motion)
    first_pass = FirstPass(
        rows,
        begun,
        ground.first,
        ambiguous,
        smoothed,
        np.array(first.cameras),
        first.roles.votes,
        first.offset_test,
        first.looked_at,
    )
    return first.followed(smoothed.written(named), log, corrections, first_pass)


def name_again(
    rows: Rows,
    ground: Ground,
    begun: Settled,
    names: NameModel,
    ambiguous: AmbiguousMatches,
    correct: Apply | None,
) -> tuple[Rows, EvidenceLog, Applied | None]:
    """The rows with all names given, what those went by, and what of the corrections holds.

    rows: those of the frames of `ground`.
    """
    from tracker.offline.anchored_rows import by_anchors
    from tracker.offline.evidence_log import evidence_of
    from tracker.offline.second_pass import settle
    from tracker.offline.write_names import relabel

    corrections = correct(rows) if correct is not None else None
    done = settle(ground, begun, corrections.constraints if corrections else (), names.refit)
    named = relabel(rows, done.tracklets, done.result, ground.settings.identity)
    named = by_anchors(named, ground, done)
    return named, evidence_of(ground, done, ambiguous), corrections
