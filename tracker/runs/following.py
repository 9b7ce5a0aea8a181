"""From observations to the rows of all frames: online, then names written back or a second pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tracker.identity.confidence import in_rows
from tracker.observation.chunk import Packed
from tracker.offline.backfill import lagged, name_back_from
from tracker.offline.interpolation import Between
from tracker.settings import FollowSettings
from tracker.types import Observation, Proceedings, TrackedFrame

if TYPE_CHECKING:
    from tracker.offline.second_pass import Ground, Settled
    from tracker.runs.request import TrackRequest
    from tracker.runs.run import Run
    from tracker.tracking.evidence_log import Doubts
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
    limits, offline = request.settings.follow, request.settings.mode == "offline"
    online = _tracker(request, run)
    expected = _expected(request, run)
    frames: list[TrackedFrame] = []
    between = Between()
    kept = Packed()
    traces: list[Trace] = []
    spent = 0.0

    def followed() -> Iterator[TrackedFrame]:
        nonlocal spent
        for one in between.looked(seen):
            begun = perf_counter()
            run.seen.update(_counted(one))
            frames.append(online.update(one))
            if offline:
                kept.append(one)
                traces.append(online.trace)
            spent += perf_counter() - begun
            done = one.index + 2 - request.frames[0]
            progress("track", done, expected, {**run.speeds, "follow": done / spent})
            yield frames[-1]

    _given(request, run, followed(), between, emit)
    begun = perf_counter()
    run.proceedings = online.finish()
    run.offset_test = online.probes.summary() if online.probes else None
    if offline:
        frames = _second_pass(limits, run, frames, traces, kept, online.offsets)
        if run.followed is not None and between.any:
            run.followed = None  # what is between is bridged anew each time
    else:
        frames = [in_rows(frame) for frame in drained(_named_back(request, run, frames))]
    if between.any:
        frames = list(between.filled(drained(frames)))
    run.seconds["follow"] = spent + perf_counter() - begun
    return frames


def _counted(seen: Observation) -> dict[str, int]:
    described = int(np.count_nonzero(seen.described))
    return {"frames": 1, "boxes": len(seen.boxes), "described": described}


def _tracker(request: TrackRequest, run: Run) -> OnlineTracker:
    from tracker.tracking.evidence_log import Witness
    from tracker.tracking.online import OnlineTracker

    limits, offline = request.settings.follow, request.settings.mode == "offline"
    doubt_nats = limits.association.ambiguous_nats
    return OnlineTracker(
        limits,
        (run.about.source.width, run.about.source.height),
        len(run.players),
        run.classifier.log_likelihood if run.classifier else None,
        run.offsets,
        None if offline else Witness(len(run.players), limits.identity, doubt_nats),
        run.rules,
    )


def _given(
    request: TrackRequest,
    run: Run,
    frames: Iterator[TrackedFrame],
    between: Between,
    emit: Callable[[TrackedFrame], None] | None,
) -> None:
    """Follow to the end; each frame is given to whoever waits for it."""
    if emit is None:
        for _ in frames:
            pass
        return
    least = request.settings.follow.identity.name_at
    held_back = lagged(frames, request.settings.lag_s or 0.0, least, run.rules)
    for frame in between.filled(map(in_rows, held_back)):
        emit(frame)


def _expected(request: TrackRequest, run: Run) -> int | None:
    first, last = request.frames
    end = last if last is not None else run.about.source.frame_count
    return None if end is None else end - first + 1


def _named_back(request: TrackRequest, run: Run, frames: list[TrackedFrame]) -> list[TrackedFrame]:
    lag_s, least = request.settings.lag_s, request.settings.follow.identity.name_at
    if lag_s is None:
        return name_back_from(_popped(frames), least, run.rules)
    return list(lagged(drained(frames), lag_s, least, run.rules))


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
    from tracker.offline.smoothing import Bridges, bridge
    from tracker.offline.swaps import untangle
    from tracker.rows import Rows
    from tracker.runs.first_pass_cache import Followed
    from tracker.tracking.evidence_log import Doubts
    from tracker.tracking.existence import proven

    doubt_nats = settings.association.ambiguous_nats
    if frames:
        frames, traces = proven(frames, traces)
    frames, traces = parted(frames, traces)
    frames, traces = untangle(frames, traces, seen, doubt_nats)
    cameras, cuts = [one.camera for one in seen], [one.cut for one in seen]
    if run.classifier is None or not frames:
        return bridge(frames, cameras, cuts, offsets, settings.motion)
    ground = ground_of(frames, seen, len(run.players), settings, run.rules)
    doubts = Doubts.of(ground.index, traces, doubt_nats)
    begun = begin(ground, traces, run.classifier.log_likelihood, run.refit)
    if begun is None:
        run.proceedings = heard_of(ground, None, doubts)
        return bridge(frames, cameras, cuts, offsets, settings.motion)
    done = settle(ground, begun, run.rulings(frames) if run.rulings else (), run.refit)
    run.proceedings = heard_of(ground, done, doubts)
    rows = Rows.of(frames)
    named = renamed(rows, done.pieces, done.result, settings.identity)
    bridges = Bridges.of(list(named), cameras, cuts, offsets, settings.motion)
    told = {"offset_test": run.offset_test, "looked_at": dict(run.seen)}
    run.followed = Followed(rows, begun, ground.first, doubts, bridges, told)
    return list(bridges.written(named))


def heard_of(ground: Ground, done: Settled | None, doubts: Doubts) -> Proceedings:
    """What names went by in the end. done: None where nobody could be named."""
    from tracker.offline.evidence_log import Hearing

    hearing = Hearing()
    if done is not None:
        hearing.hear(done.pieces, ground.crops, done.said, done.result.chances)
    limits = ground.settings.identity
    return hearing.proceedings(ground.index, ground.times_s, doubts, ground.players, limits)
