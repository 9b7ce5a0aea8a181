"""From observations to the rows of all frames: online, then names written back or a second pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from tracker.court.track_plays import TrackPlays
from tracker.identity.confidence import in_rows
from tracker.kits.run_kits import NamedTracks, RunKits, kits_of_names
from tracker.kits.track_kits import TrackKits
from tracker.offline.backfill import backfill_reversed, lagged
from tracker.output.table import TrackTable
from tracker.rows import Rows
from tracker.runs.drained import drained, popped
from tracker.runs.given_field import held
from tracker.runs.online_pass import OnlinePass, Progress, rules_of
from tracker.tracking.row_facts import RowFacts, TrackFacts
from tracker.tracking.track_roles import TrackRoles
from tracker.types import EvidenceLog, Observation, TrackedFrame

if TYPE_CHECKING:
    from tracker.corrections.reapply import Applied, Apply
    from tracker.kits.track_colors import TrackColors
    from tracker.offline.second_pass import Ground, Settled
    from tracker.runs.anchor_summary import AnchorSummary
    from tracker.runs.first_pass_cache import FirstPass
    from tracker.runs.name_model import NameModel
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import Session
    from tracker.tracking.evidence_log import AmbiguousMatches


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What following has found.

    frames: the rows of every frame, names given; drained by `table`. count: of those frames.
    looked_at: how many frames were looked at, boxes found in them, and of those described; of shirt
    numbers as `NumberCounts`.
    offset_test: what `tracking/offset_test.py` found. corrections: what was said of this video,
    where it was asked for. first_pass: what the next correction goes by. anchors: what became of
    them. roles: of tracks and players. colors: what tracks wear. plays: who of them is in
    the game. field_shot: the frames in which the field is known, from 0; None without one.
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
    roles: TrackRoles = field(default_factory=TrackRoles)
    colors: TrackColors | None = None
    plays: TrackPlays = field(default_factory=TrackPlays.none)
    field_shot: tuple[int, int] | None = None

    def kept(self, folder: Path, request: TrackRequest, session: Session) -> Followed:
        """Without `first_pass`, which is large: it is written beside the observations in folder."""
        if self.first_pass is None:
            return self
        from tracker.runs.first_pass_cache import key_of

        self.first_pass.write(folder, key_of(request, session, folder))
        return replace(self, first_pass=None)

    def table(self, session: Session) -> TrackTable:
        """As files have it. Frames are gone then: a match fills half a gigabyte."""
        kits = self._kits(session)
        session.log.kits = list(kits.facts)
        facts = TrackFacts(self.roles, kits, self._plays(kits))
        names = session.players, session.sources, facts
        if isinstance(self.frames, Rows):
            return TrackTable.from_rows(self.frames, *names)
        return TrackTable.from_frames(drained(self.frames), *names)

    def _plays(self, kits: TrackKits) -> TrackPlays:
        if self.colors is None or not len(kits.kit):
            return self.plays
        return self.plays.wearing(self.plays.team_kits(kits, self.colors))

    def _kits(self, session: Session) -> TrackKits:
        if self.colors is None:
            return TrackKits.none()
        parts = [self.frames] if isinstance(self.frames, Rows) else self.frames
        named = [
            (rows.track_ids[here], rows.players[here], rows.player_confidence[here])
            for rows in parts
            if (here := rows.players >= 0).any()
        ]
        none = np.zeros(0, np.int64)
        columns = zip((none, none, np.zeros(0)), *named, strict=True)
        tracks, players, sure = (np.concatenate(column) for column in columns)
        by_numbers = session.names and not session.names.classifier and not session.anchors
        found = NamedTracks(tracks, players, sure, "numbers" if by_numbers else "names")
        stated_kits = self.corrections.kits if self.corrections is not None else ()
        return kits_of_names(self.colors, found, rules_of(session), stated_kits)


def follow(
    request: TrackRequest,
    session: Session,
    seen: Iterable[Observation],
    progress: Progress,
    emit: Callable[[TrackedFrame, RowFacts], None] | None = None,
    correct: Apply | None = None,
) -> Followed:
    """The rows of every frame, names written back to each track's beginning.

    emit: given each frame as soon as it is known, names held back by the lag and no longer, and
    what is known of its rows beside.
    correct: gives what was said of the tracks of these frames, names not yet given.
    """
    first = OnlinePass(request, session)
    _give(request, session, first, seen, progress, emit)
    begun = perf_counter()
    if request.settings.mode == "offline":
        found = _second_pass(request, session, first, correct)
    else:
        backfilled = _backfilled(request, session, first)
        frames = list(map(in_rows, drained(backfilled)))
        found = _followed(first, frames, first.tracker.finish())
    if first.interpolator.any:  # what is between is interpolated anew each time
        frames = list(first.interpolator.filled(drained(found.frames)))
        found = replace(found, frames=frames, count=len(frames), first_pass=None)
    shot = _field_shot(request, session, first, found.count)
    return replace(found, seconds=first.seconds + perf_counter() - begun, field_shot=shot)


def _field_shot(
    request: TrackRequest, session: Session, first: OnlinePass, count: int
) -> tuple[int, int] | None:
    """Online, nothing is carried back to frames before the one it is drawn in."""
    begin = request.frames[0] - 1
    if session.field is None or session.field.index >= begin + count:
        return None
    start, end = held(session.field, first.cuts, (begin, begin + count - 1))
    offline = request.settings.mode == "offline"
    return start if offline else max(start, session.field.index), end


def _followed(
    first: OnlinePass,
    frames: Sequence[TrackedFrame],
    evidence_log: EvidenceLog | None,
    corrections: Applied | None = None,
    first_pass: FirstPass | None = None,
) -> Followed:
    """frames: with the names that hold in the end, and what those went by."""
    summary = first.anchor_summary(None if first_pass is None else first_pass.begun.channel)
    return Followed(
        frames, len(frames), first.looked_at, first.seconds, evidence_log, first.offset_test,
        corrections, first_pass, summary, first.roles, first.colors, first.plays,
    )  # fmt: skip


def _give(
    request: TrackRequest,
    session: Session,
    first: OnlinePass,
    seen: Iterable[Observation],
    progress: Progress,
    emit: Callable[[TrackedFrame, RowFacts], None] | None,
) -> None:
    """Follow to the end; each frame is given to whoever waits for it."""
    frames = first.frames_of(seen, progress)
    if emit is None:
        for _ in frames:
            pass
        return
    threshold, lag_s = request.settings.follow.identity.name_at, request.settings.lag_s or 0.0
    held_back = lagged(frames, lag_s, threshold, rules_of(session), first.renamed)
    for frame in first.interpolator.filled(map(in_rows, held_back)):
        facts = TrackFacts(first.roles, first.tracker.kits.track_kits(), first.plays)
        times_s = np.full(len(frame), frame.time_s)
        emit(frame, RowFacts.of(frame.track_ids, frame.players, times_s, facts))


def _backfilled(request: TrackRequest, session: Session, first: OnlinePass) -> list[TrackedFrame]:
    lag_s, threshold = request.settings.lag_s, request.settings.follow.identity.name_at
    if lag_s is None:
        return backfill_reversed(popped(first.frames), threshold, rules_of(session))
    frames = drained(first.frames)
    return list(lagged(frames, lag_s, threshold, rules_of(session), first.renamed))


def _second_pass(
    request: TrackRequest, session: Session, first: OnlinePass, correct: Apply | None
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
    first.colors = first.colors.again(
        (trace.tracks, trace.detections, observation.colors, observation.time_s)
        for trace, observation in zip(traces, seen, strict=True)
    )
    first.court_again(traces, seen)
    cuts = [observation.cut for observation in seen]
    motion = first.cameras, cuts, first.tracker.offsets, settings.motion
    if names is None or not frames:
        return _followed(first, smooth_gaps(frames, *motion), None)
    players = len(session.players)
    anchors, pictures = first.run_anchors(players), names.classifier is not None
    unseen = names.unseen if anchors is None else None  # anchors may name anybody
    # pictures show colours too
    kits = None if pictures and unseen is None else RunKits.of(first.colors, names.rules)
    ground = ground_of(
        frames, seen, players, settings, names.rules, anchors, pictures, unseen, kits, first.plays
    )
    ambiguous = AmbiguousMatches.of(ground.index, traces, ambiguity_nats)
    begun = begin(ground, traces, names.likelihoods, names.refit)
    if begun is None:
        return _followed(first, smooth_gaps(frames, *motion), evidence_of(ground, None, ambiguous))
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
        first.colors,
        first.plays,
        first.offset_test,
        first.looked_at,
    )
    return _followed(first, smoothed.written(named), log, corrections, first_pass)


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
    stated_kits = corrections.kits if corrections and ground.kits is not None else []
    if ground.kits is not None and stated_kits:
        ground = replace(ground, kits=ground.kits.with_stated(stated_kits))
    stated = corrections.constraints if corrections else ()
    done = settle(ground, begun, stated, names.refit, anew=bool(stated_kits))
    named = relabel(rows, done.tracklets, done.result, ground.settings.identity)
    named = by_anchors(named, ground, done)
    return named, evidence_of(ground, done, ambiguous), corrections
