"""What is seen, one observation at a time: out of the store what is there, the rest fresh."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING

from tracker.observation.chunk import StoreError
from tracker.observation.metadata import ANEW
from tracker.source_match import step_of
from tracker.types import Frame, Observation

if TYPE_CHECKING:
    from tracker.detection.detector import Detector
    from tracker.observation.metadata import Metadata
    from tracker.observation.observer import Observer
    from tracker.observation.store import Recorder, Store
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import Inputs, Session
    from tracker.video.source import Source

_LIVE_IN_FLIGHT = 2  # one is worked on while the next is looked at; more would only wait


def observe(request: TrackRequest, session: Session) -> Iterator[Observation]:
    """What is seen in the frames asked for, kept nowhere."""
    inputs, (first, last) = session.inputs, request.frames
    assert inputs is not None
    observer = observer_of(request, session.about, inputs)
    session.log.speeds = _Speeds(observer)
    frames = inputs.source.frames(first - 1, last)
    for seen, _ in observer.groups(frames, session.about.chunk_of):
        yield from seen
    session.log.warnings += observer.warnings
    session.log.seconds |= observer.seconds


def resumed(
    request: TrackRequest, session: Session, store: Store | None, recorder: Recorder
) -> Generator[Observation]:
    """What is stored, then what is left to observe, which is stored on the way.

    Close it where no more is wanted: then what was seen is kept, up to the last whole group.
    """
    if store is not None:
        yield from store
    if session.inputs is None:
        return
    source, log = session.inputs.source, session.log
    observer = observer_of(request, session.about, session.inputs)
    log.speeds = _Speeds(observer)
    frames = left(request, source, recorder, observer)
    groups = observer.groups(frames, session.about.chunk_of, source.warnings)
    try:
        for seen, carry in groups:
            recorder.add(seen, carry)
            yield from seen
        recorder.finish(list(dict.fromkeys([*source.warnings, *observer.warnings])))
    except (GeneratorExit, KeyboardInterrupt):
        recorder.keep()
        raise
    finally:
        groups.close()
        log.warnings += [line for line in observer.warnings if line not in log.warnings]
        log.seconds |= observer.seconds


def observer_of(request: TrackRequest, about: Metadata, inputs: Inputs) -> Observer:
    from tracker.observation.observer import Observer

    at_once = _LIVE_IN_FLIGHT if about.source.live else None
    first = request.frames[0] - 1 + _phase(request, inputs.detector)
    return Observer(
        inputs.detector, inputs.encoder, request.settings, inputs.number_reader, first,
        about.together, at_once,
    )  # fmt: skip


def _phase(request: TrackRequest, detector: Detector) -> int:
    """Frames from the first asked for to the first that a sparse file of detections has."""
    from tracker.detection.mot_file import MotFileDetector

    every, first = request.settings.detect.every_n, request.frames[0]
    if every == 1 or not isinstance(detector, MotFileDetector):
        return 0
    frames = detector.detections.frames
    step = step_of(frames[frames >= first])
    return (step.first - first) % every if step is not None and step.even else 0


def left(
    request: TrackRequest, source: Source, recorder: Recorder, observer: Observer
) -> Iterator[Frame]:
    """The frames that are not observed yet; the observer is told what was before them."""
    from tracker.observation.observer import checksum, frames_before

    first, last = request.frames
    seen, carry = recorder.behind(frames_before(request.settings.detect))
    if not seen:
        return source.frames(first - 1, last)
    source.warnings[:] = dict.fromkeys([*carry.warnings, *source.warnings])
    known = [(observation.index, observation.time_s) for observation in seen]
    # Near the border, where that gives the very same pictures; else from the first frame on.
    for start in (seen[0].index, first - 1):
        frames = source.frames(start, last)
        before = list(islice(_from(frames, seen[0].index), len(seen)))
        found = [(frame.index, frame.time_s) for frame in before]
        if found == known and checksum(before[-1]) == carry.picture:
            of_chunk = recorder.in_chunk
            chunk = recorder.metadata.chunk_of(of_chunk[0].index)
            observer.go_on(carry, before, seen, of_chunk, chunk)
            return frames
    raise StoreError(
        f"{request.source} gives other pictures than when {recorder.folder} was begun; {ANEW}"
    )


def _from(frames: Iterator[Frame], index: int) -> Iterator[Frame]:
    """The frames from this one on; none before it is taken from `frames` twice."""
    first = next((frame for frame in frames if frame.index >= index), None)
    return iter(()) if first is None else chain([first], frames)


class _Speeds(Mapping[str, float]):
    """Frames a second of each stage of an observer, as if it had not to wait for the others."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def __getitem__(self, stage: str) -> float:
        return self._observer.frames / max(self._observer.seconds[stage], 1e-9)

    def __iter__(self) -> Iterator[str]:
        return iter(self._observer.seconds)

    def __len__(self) -> int:
        return len(self._observer.seconds)
