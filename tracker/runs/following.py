"""From observations to the rows of all frames: online, then names written back or a second pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tracker.identity.confidence import in_rows
from tracker.observation.chunk import Packed
from tracker.offline.backfill import backfill_reversed, lagged
from tracker.offline.interpolation import FrameInterpolator
from tracker.settings import FollowSettings
from tracker.types import EvidenceLog, Observation, TrackedFrame

if TYPE_CHECKING:
    from tracker.offline.second_pass import Ground, Settled
    from tracker.runs.request import TrackRequest
    from tracker.runs.run import Run
    from tracker.tracking.evidence_log import AmbiguousMatches
    from tracker.tracking.occlusion_net import OffsetNet
    from tracker.tracking.online import OnlineTracker
    from tracker.tracking.traces import Trace


class Progress(Protocol):
    """Told how far a stage is: frames done, frames expected or None, and frames a second of the
    stages that work for it."""

    def __call__(
        self, stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None: ...


def follow(
    request: TrackRequest,
    run: Run,
    seen: Iterable[Observation],
    progress: Progress,
    emit: Callable[[TrackedFrame], None] | None = None,
) -> list[TrackedFrame]:
    """The rows of every frame, names written back to each path's beginning.

    emit: given each frame as soon as it is known, names held back by the lag and no longer.
    """
    settings, offline = request.settings.follow, request.settings.mode == "offline"
    online = _tracker(request, run)
    expected = _expected(request, run)
    frames: list[TrackedFrame] = []
    interpolator = FrameInterpolator()
    kept = Packed()
    traces: list[Trace] = []
    spent = 0.0

    def followed() -> Iterator[TrackedFrame]:
        nonlocal spent
        for observation in interpolator.looked(seen):
            begun = perf_counter()
            run.seen.update(_counted(observation))
            frames.append(online.update(observation))
            if offline:
                kept.append(observation)
                traces.append(online.trace)
            spent += perf_counter() - begun
            done = observation.index + 2 - request.frames[0]
            progress("track", done, expected, {**run.speeds, "follow": done / spent})
            yield frames[-1]

    _given(request, run, followed(), interpolator, emit)
    begun = perf_counter()
    run.evidence_log = online.finish()
    run.offset_test = online.probes.summary() if online.probes else None
    if offline:
        frames = _second_pass(settings, run, frames, traces, kept, online.offsets)
        if run.followed is not None and interpolator.any:
            run.followed = None  # what is between is bridged anew each time
    else:
        frames = [in_rows(frame) for frame in drained(_backfilled(request, run, frames))]
    if interpolator.any:
        frames = list(interpolator.filled(drained(frames)))
    run.seconds["follow"] = spent + perf_counter() - begun
    return frames


def _counted(seen: Observation) -> dict[str, int]:
    described = int(np.count_nonzero(seen.described))
    return {"frames": 1, "boxes": len(seen.boxes), "described": described}


def _tracker(request: TrackRequest, run: Run) -> OnlineTracker:
    from tracker.tracking.evidence_log import OnlineEvidence
    from tracker.tracking.online import OnlineTracker

    settings, offline = request.settings.follow, request.settings.mode == "offline"
    ambiguity_nats = settings.association.ambiguous_nats
    return OnlineTracker(
        settings,
        (run.about.source.width, run.about.source.height),
        len(run.players),
        run.classifier.log_likelihood if run.classifier else None,
        run.offsets,
        None if offline else OnlineEvidence(len(run.players), settings.identity, ambiguity_nats),
        run.rules,
    )


def _given(
    request: TrackRequest,
    run: Run,
    frames: Iterator[TrackedFrame],
    interpolator: FrameInterpolator,
    emit: Callable[[TrackedFrame], None] | None,
) -> None:
    """Follow to the end; each frame is given to whoever waits for it."""
    if emit is None:
        for _ in frames:
            pass
        return
    threshold = request.settings.follow.identity.name_at
    held_back = lagged(frames, request.settings.lag_s or 0.0, threshold, run.rules)
    for frame in interpolator.filled(map(in_rows, held_back)):
        emit(frame)


def _expected(request: TrackRequest, run: Run) -> int | None:
    first, last = request.frames
    end = last if last is not None else run.about.source.frame_count
    return None if end is None else end - first + 1


def _backfilled(request: TrackRequest, run: Run, frames: list[TrackedFrame]) -> list[TrackedFrame]:
    lag_s, threshold = request.settings.lag_s, request.settings.follow.identity.name_at
    if lag_s is None:
        return backfill_reversed(_popped(frames), threshold, run.rules)
    return list(lagged(drained(frames), lag_s, threshold, run.rules))


def drained(frames: list[TrackedFrame]) -> Iterator[TrackedFrame]:
    """The frames in order; each is gone once it was given."""
    frames.reverse()
    yield from _popped(frames)


def _popped(frames: list[TrackedFrame]) -> Iterator[TrackedFrame]:
    """From the last to the first, each gone once it was given: a match fills half a gigabyte,
    which must not be there twice."""
    while frames:
        yield frames.pop()


def _second_pass(
    settings: FollowSettings,
    run: Run,
    frames: list[TrackedFrame],
    traces: list[Trace],
    seen: Sequence[Observation],
    offsets: OffsetNet | None,
) -> list[TrackedFrame]:
    """Paths untangled, names for all at once, gaps bridged from both their ends."""
    from tracker.offline.mixed_shots import parted
    from tracker.offline.relabel import renamed
    from tracker.offline.second_pass import begin, ground_of, settle
    from tracker.offline.smoothing import SmoothedGaps, smooth_gaps
    from tracker.offline.swaps import undo_swaps
    from tracker.rows import Rows
    from tracker.runs.first_pass_cache import Followed
    from tracker.tracking.evidence_log import AmbiguousMatches
    from tracker.tracking.existence import proven

    ambiguity_nats = settings.association.ambiguous_nats
    if frames:
        frames, traces = proven(frames, traces)
    frames, traces = parted(frames, traces)
    frames, traces = undo_swaps(frames, traces, seen, ambiguity_nats)
    cameras, cuts = (
        [observation.camera for observation in seen],
        [observation.cut for observation in seen],
    )
    if run.classifier is None or not frames:
        return smooth_gaps(frames, cameras, cuts, offsets, settings.motion)
    ground = ground_of(frames, seen, len(run.players), settings, run.rules)
    ambiguous = AmbiguousMatches.of(ground.index, traces, ambiguity_nats)
    begun = begin(ground, traces, run.classifier.log_likelihood, run.refit)
    if begun is None:
        run.evidence_log = evidence_of(ground, None, ambiguous)
        return smooth_gaps(frames, cameras, cuts, offsets, settings.motion)
    done = settle(
        ground, begun, run.user_constraints(frames) if run.user_constraints else (), run.refit
    )
    run.evidence_log = evidence_of(ground, done, ambiguous)
    rows = Rows.of(frames)
    named = renamed(rows, done.tracklets, done.result, settings.identity)
    smoothed = SmoothedGaps.of(list(named), cameras, cuts, offsets, settings.motion)
    told = {"offset_test": run.offset_test, "looked_at": dict(run.seen)}
    run.followed = Followed(rows, begun, ground.first, ambiguous, smoothed, told)
    return list(smoothed.written(named))


def evidence_of(ground: Ground, done: Settled | None, ambiguous: AmbiguousMatches) -> EvidenceLog:
    """What names went by in the end. done: None where nobody could be named."""
    from tracker.offline.evidence_log import SecondPassEvidence

    evidence = SecondPassEvidence()
    if done is not None:
        evidence.add(done.tracklets, ground.crops, done.log_likelihoods, done.result.probabilities)
    settings = ground.settings.identity
    return evidence.evidence_log(ground.index, ground.times_s, ambiguous, ground.players, settings)
