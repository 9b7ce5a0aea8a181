"""A worker of a cluster: observes parts of matches, joins them, follows. Opens each model once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from tracker.observation.chunk import Carry, Chunk, StoreError
from tracker.observation.metadata import Metadata, ModelId
from tracker.observation.observer import frames_before
from tracker.observation.shards import (
    ShardBoundary,
    joined,
    next_due,
    read_shard,
    shards_of,
    write_shard,
)
from tracker.observation.store import Recorder, Store
from tracker.runs import faults
from tracker.runs.batch import Outcome, outcome
from tracker.runs.open_session import open_detector
from tracker.runs.request import TrackRequest
from tracker.runs.run_players import called
from tracker.runs.session import Inputs

if TYPE_CHECKING:
    from tracker.detection.class_names import PlayerNames
    from tracker.runs.cluster_match import Match
    from tracker.types import Frame, Observation
    from tracker.video.source import Source


class ClusterWorker:
    """Lives as long as its process. Named errors are answered as outcomes, faults are raised.

    loaded: models opened so far. again: parts that did not fit and were observed again.
    """

    def __init__(self) -> None:
        self._models: dict[tuple[Any, ...], Any] = {}
        self._open: tuple[tuple[TrackRequest, Metadata], Source, list[str], PlayerNames] | None = (
            None
        )
        self.loaded = self.again = 0

    def watch(self, match: Match, number: int) -> Outcome | None:
        """Observe a part and write it down; None where that is done."""
        try:
            self._watch(match, number)
        except Exception as error:
            return _mistake(match, error)
        return None

    def finish(self, match: Match) -> Outcome:
        """Join the parts, follow, name, write the results."""
        from tracker.runs import pipeline

        try:
            if match.parts:
                self._join(match)
            request = replace(match.request, overwrite=False, resume=True)
            pipeline.track(request, lambda line: None, lambda *_: None, locked=True)
            shutil.rmtree(shards_of(match.store), ignore_errors=True)
            return outcome(match.request)
        except Exception as error:
            return _mistake(match, error)

    def _watch(self, match: Match, number: int) -> None:
        from tracker.runs.observing import observer_of

        inputs, about, settings = self._inputs(match), match.about, match.request.settings
        before, frames = _around(match, number, inputs.source)
        seen, guess = _warmed_up(match, inputs, before)
        first = before[-1].index + 1 if before else about.first - 1
        times_s = _times_s(inputs.source, about.first - 1, first)[:: settings.detect.every_n]
        if inputs.encoder is not None:
            guess = replace(guess, next_encode_s=next_due(times_s, settings.encode.every_s))
        observer = observer_of(match.request, about, inputs)
        boundary = ShardBoundary(
            tuple((observation.index, observation.time_s) for observation in before), guess
        )
        if before:
            observer.go_on(guess, before, seen)
            before.clear()  # a second of pictures, which may be large
        part: list[Observation] = []
        carry = guess
        for group, behind in observer.groups(frames, about.chunk_of, inputs.source.warnings):
            part += group
            carry = behind
        if part:
            write_shard(match.store, number, Chunk.of(part), carry, boundary)

    def _join(self, match: Match) -> None:
        """Make the store of the parts, in order; observe again what does not fit."""
        store = Store.open(match.store)
        recorder = Recorder(match.store, match.about, store)
        for number in range(match.parts):
            seen, true = recorder.behind(frames_before(match.request.settings.detect))
            at = match.about.chunk_of(seen[-1].index + 1) if seen else 0
            if at > number:
                continue
            part = read_shard(match.store, number)
            carry = None if part is None else joined(part, seen, true)
            if part is not None and carry is not None:
                recorder.add(list(part[0]), carry)
            else:
                self._observe_again(match, number, recorder)
        recorder.keep()

    def _observe_again(self, match: Match, number: int, recorder: Recorder) -> None:
        """A part as a single run observes it, knowing all before it."""
        from tracker.runs.observing import left, observer_of

        inputs, about = self._inputs(match), match.about
        end = about.first - 1 + (number + 1) * about.chunk_frames
        last = end if about.last is None else min(end, about.last)
        request = replace(match.request, frames=(about.first, last))
        observer = observer_of(request, about, inputs)
        frames = left(request, inputs.source, recorder, observer)
        for seen, carry in observer.groups(frames, about.chunk_of, inputs.source.warnings):
            recorder.add(seen, carry)
        self.again += 1

    def _inputs(self, match: Match) -> Inputs:
        """The match, its source and models opened; each model once."""
        from tracker.video.open import open_source

        request, about = match.request, match.about
        if self._open is None or self._open[0] != (request, about):
            source = open_source(request.source)
            if source.fingerprint() != about.source.fingerprint:
                raise StoreError(f"{request.source} is another file on this machine")
            names = called(request, source)
            self._open = (request, about), source, list(source.warnings), names
        _, source, warnings, names = self._open
        source.warnings[:] = warnings  # those of another part are not of this one
        return self._load(request, about, source, names)

    def _load(
        self, request: TrackRequest, about: Metadata, source: Source, names: PlayerNames
    ) -> Inputs:
        from gallery.reid.encoder import load_encoder
        from tracker.observation.jersey_reader import open_reader

        detect = request.settings.detect
        file = request.detections or (None if source.has_images else source.detections_file)
        of = (request.detector, file, detect.model_dump_json(), request.device, names)
        detector = self._model(of, lambda: open_detector(request, source, names)[0], about.detector)
        encoder = number_reader = None
        if about.encoder is not None:
            of_encoder = (request.encoder, request.device)
            load = partial(load_encoder, request.encoder, request.device)
            encoder = self._model(of_encoder, load, about.encoder)
        if about.numbers is not None:
            numbers = about.numbers.name
            number_reader = self._model((numbers,), partial(open_reader, numbers), about.numbers)
        inputs = Inputs(source, detector, encoder, number_reader)
        for what, was in about.runtimes.items():
            if inputs.runtimes.get(what) != was:
                raise StoreError(
                    f"{request.source}: its {what} is run by {was} elsewhere, which is not so on "
                    "this machine; install the same versions everywhere"
                )
        return inputs

    def _model(self, key: tuple[Any, ...], load: Callable[[], Any], model_id: ModelId) -> Any:
        if key not in self._models:
            self._models[key] = load()
            self.loaded += 1
        model = self._models[key]
        if ModelId(name=model.name, fingerprint=model.fingerprint) != model_id:
            raise StoreError(
                f"{model_id.name} is another model on this machine; give all the same files"
            )
        return model


def _around(match: Match, number: int, source: Source) -> tuple[list[Frame], Iterator[Frame]]:
    """The frames looked at before a part, and those of the part."""
    about = match.about
    start = about.first - 1 + number * about.chunk_frames
    stop = start + about.chunk_frames
    stop = stop if about.last is None else min(stop, about.last)
    back = frames_before(match.request.settings.detect)
    frames = source.frames(max(start - back, about.first - 1), stop)
    before: list[Frame] = []
    for frame in frames:
        if frame.index >= start:
            return before, chain([frame], frames)
        before.append(frame)
    return before, iter(())


def _warmed_up(
    match: Match, inputs: Inputs, before: list[Frame]
) -> tuple[list[Observation], Carry]:
    """What is seen in the frames before a part, and how the camera goes on behind them."""
    from tracker.observation.observer import Observer, checksum

    if not before:
        return [], Carry()
    settings, seen, behind = match.request.settings, list[Any](), Carry()
    first, together = match.about.first - 1, match.about.together
    observer = Observer(inputs.detector, None, settings, None, first, together)
    for group, carry in observer.groups(iter(before), lambda index: 0):
        seen += group
        behind = carry
    return seen, Carry(behind.hidden, picture=checksum(before[-1]), recent=behind.recent)


def _times_s(source: Source, first: int, stop: int) -> Sequence[float]:
    """When the frames first <= index < stop are shown, as far as is known without reading them."""
    from tracker.video.file import VideoFile

    times_s = source.times_s() if isinstance(source, VideoFile) else []
    return times_s[first:stop] or [index / source.fps for index in range(first, stop)]


def _mistake(match: Match, error: Exception) -> Outcome:
    if not faults.is_mendable(error):
        raise error  # with its traceback to where the command was given
    return outcome(match.request, *faults.exit_of(error, resume=True))
