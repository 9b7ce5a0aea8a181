"""From frames to observations: detect, camera, encode, read numbers, each stage in its own thread.

Frames go through in groups of a fixed length. A group never reaches over the border of a chunk of
the store, and what a stage remembers between frames is said in `Carry`, so that a run that was
stopped goes on as if it had not been.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from tracker.detection.detector import Detector
from tracker.observation.camera_motion import CameraEstimator
from tracker.observation.chunk import Carry, Recent, rounded, rounded_classes
from tracker.observation.crops import crop
from tracker.observation.ground_colors import ground_colors
from tracker.observation.jersey_protocol import NumberReader
from tracker.observation.jersey_reader import JerseyNumbers
from tracker.observation.schedule import EncodingSchedule
from tracker.observation.shirt_colors import shirt_colors
from tracker.observation.shot_cuts import SPAN, WARM_UP
from tracker.observation.stage_threads import StageThreads
from tracker.settings import DetectSettings, Settings
from tracker.types import (
    COLORS_WIDTH,
    Detections,
    Doubles,
    Floats,
    Frame,
    Image,
    Ints,
    Mask,
    Observation,
)

_WAITING = 2  # groups of one frame before each stage
_THUMB = 8  # every eighth pixel is enough to know a picture again


def frames_before(settings: DetectSettings) -> int:
    """So many frames before it are looked at again where observing goes on."""
    return SPAN + WARM_UP + settings.every_n


class Encodes(Protocol):
    """What describes a person: crops (BGR, any size) to (N, dim) unit rows."""

    @property
    def dim(self) -> int: ...

    def encode(self, crops: Sequence[Image]) -> Floats: ...


@dataclass(slots=True)
class _Group:
    """Frames of a chunk that go through a stage together, what is known of each by then, and what
    is carried on behind the last of them."""

    chunk: int
    frames: list[Frame]
    seen: list[Observation]
    picture: int | None
    warnings: tuple[str, ...]
    hidden: int = 0
    recent: Recent = field(default_factory=Recent)
    next_encode_s: float = -np.inf
    mirrored: int = 0

    @property
    def carry(self) -> Carry:
        return Carry(
            self.hidden, self.next_encode_s, self.picture, self.warnings, self.recent, self.mirrored
        )


class Observer:
    """Turns frames into observations.

    first: Frame.index of the first frame of the run, from which every n-th is looked at. together:
    frames to a group. in_flight: groups under way at most. seconds: time spent per stage so far,
    for the receipt; the stages overlap. frames: how many were observed.
    """

    def __init__(
        self,
        detector: Detector,
        encoder: Encodes | None,
        settings: Settings,
        reader: NumberReader | None = None,
        first: int = 0,
        together: int = 1,
        in_flight: int | None = None,
    ) -> None:
        encode, camera = settings.encode, settings.camera
        self._detector = detector
        self._encoder = encoder
        self._encode = encode
        self._camera = CameraEstimator(camera) if camera.enabled else None
        self._people = Detections.empty()  # as last seen; no background for the camera
        self._jersey_numbers = JerseyNumbers(reader, encode) if reader else None
        self._schedule = EncodingSchedule() if encode.moments else None
        self._next_encode_s = -np.inf
        self._first, self._every_n = first, settings.detect.every_n
        self._together, self._in_flight = together, in_flight
        self.frames = 0
        self.seconds: dict[str, float] = {}

    def observe(self, frames: Iterable[Frame]) -> Iterator[Observation]:
        """One observation per frame, in order."""
        for seen, _ in self.groups(frames, lambda index: 0):
            yield from seen

    def groups(
        self, frames: Iterable[Frame], chunk_of: Callable[[int], int], notes: Sequence[str] = ()
    ) -> Generator[tuple[list[Observation], Carry]]:
        """Observations as they are ready, a group at a time, and what going on behind them takes.

        chunk_of: Frame.index to the number of its chunk. notes: the source's warnings so far.
        What goes wrong in a stage is raised here, after all groups before it were given.
        """
        depth = _WAITING if self._together == 1 else 1
        source = self._grouped(iter(frames), chunk_of, notes)
        line = StageThreads("decode", source, self._stages(), depth, self._in_flight)
        self.seconds = line.seconds
        try:
            for group in line:
                self.frames += len(group.seen)
                yield group.seen, group.carry
        finally:
            line.close()

    @property
    def warnings(self) -> list[str]:
        """What there is to say of the video by the numbers on its shirts."""
        return [] if self._jersey_numbers is None else self._jersey_numbers.warnings

    def go_on(
        self,
        carry: Carry,
        before: Sequence[Frame],
        seen: Sequence[Observation],
        of_chunk: Sequence[Observation] = (),
        chunk: int = 0,
    ) -> None:
        """Take up the thread behind the last of `before`, frames of which `seen` is stored.

        of_chunk: all that is stored of the chunk of this number that is gone on with.
        """
        self._next_encode_s = carry.next_encode_s
        image = before[-1].image
        if self._jersey_numbers is not None and image is not None:
            size = image.shape[1], image.shape[0]
            self._jersey_numbers.recall(chunk, of_chunk, size, carry.mirrored)
        shown: list[tuple[Frame, Detections, Doubles]] = []
        for frame, observation in zip(before, seen, strict=True):
            if observation.looked:
                self._people = observation.detections
            if self._schedule is not None and frame.image is not None:
                self._schedule.move(observation.camera, observation.cut)
                if observation.looked:
                    self._schedule.due(observation.boxes, *frame.image.shape[1::-1])
            shown.append((frame, self._people, observation.camera))
        if self._camera is not None and shown:
            self._camera.recall(carry.recent, carry.hidden, shown)

    def _stages(self) -> list[tuple[str, Callable[[_Group], _Group]]]:
        stages: list[tuple[str, Callable[[_Group], _Group]]] = [
            ("detect", self._detect),
            ("camera", self._move),
            ("encode", self._describe),
        ]
        return [*stages, ("numbers", self._read)] if self._jersey_numbers else stages

    def _grouped(
        self, frames: Iterator[Frame], chunk_of: Callable[[int], int], notes: Sequence[str]
    ) -> Iterator[_Group]:
        held: list[Frame] = []
        for frame in frames:
            if held and chunk_of(held[-1].index) != chunk_of(frame.index):
                yield self._begun(held, chunk_of, notes)
                held = []
            held.append(frame)
            if len(held) == self._together:
                yield self._begun(held, chunk_of, notes)
                held = []
        if held:
            yield self._begun(held, chunk_of, notes)

    def _begun(
        self, frames: list[Frame], chunk_of: Callable[[int], int], notes: Sequence[str]
    ) -> _Group:
        """Nothing is known yet but who of them is looked at."""
        seen = [
            Observation.unseen(frame, frame.cut or (frame.index - self._first) % self._every_n == 0)
            for frame in frames
        ]
        chunk = chunk_of(frames[0].index)
        return _Group(chunk, frames, seen, checksum(frames[-1]), tuple(notes))

    def _detect(self, group: _Group) -> _Group:
        looked = [i for i, seen in enumerate(group.seen) if seen.looked]
        every = self._detector.detect([group.frames[i] for i in looked]) if looked else []
        for i, found in zip(looked, every, strict=True):
            nothing = np.zeros((len(found), 0), np.float32)
            group.seen[i] = replace(
                group.seen[i], boxes=found.boxes, scores=found.scores, embeddings=nothing,
                classes=rounded_classes(found.classes),
            )  # fmt: skip
        return group

    def _move(self, group: _Group) -> _Group:
        for i, (frame, seen) in enumerate(zip(group.frames, group.seen, strict=True)):
            self._people = seen.detections if seen.looked else self._people
            camera, cut, mixed = seen.camera, False, 0
            if self._camera is not None:
                camera, cut = self._camera.estimate(frame, self._people)
                mixed = self._camera.mixed
            if frame.cut:
                camera, cut = np.eye(2, 3), True
            group.seen[i] = replace(seen, camera=camera, cut=cut, mixed=mixed)
        if self._camera is not None:
            group.hidden = self._camera.hidden
            group.recent = self._camera.recent(group.frames[-1].index)
        return group

    def _describe(self, group: _Group) -> _Group:
        """The crops of all frames of the group whose turn it is, given to the encoder at once."""
        crops: list[Image] = []
        due: list[tuple[int, Ints]] = []
        for i, (frame, seen) in enumerate(zip(group.frames, group.seen, strict=True)):
            if frame.image is None or not (self._encoder or self._encode.colors):
                continue
            if self._encode.colors and seen.looked:
                group.seen[i] = seen = replace(seen, ground=ground_colors(frame.image, seen.boxes))
            rows = np.flatnonzero(self._due(seen, frame.image))
            if self._encode.colors and len(rows) == len(seen.boxes):  # a round: see TrackColors
                group.seen[i] = replace(seen, colors=_colors(frame.image, seen.boxes, rows))
            crops += crop(frame.image, seen.boxes[rows]) if self._encoder else []
            due.append((i, rows))
        group.next_encode_s = self._next_encode_s
        if self._encoder is None:
            return group
        every, at = self._encoded(self._encoder, crops), 0
        embeddings = [
            np.full((len(seen.boxes), self._encoder.dim), np.nan, np.float32) for seen in group.seen
        ]
        for i, rows in due:
            embeddings[i][rows] = every[at : at + len(rows)]
            at += len(rows)
        for i, seen in enumerate(group.seen):
            group.seen[i] = replace(seen, embeddings=embeddings[i])
        return group

    def _due(self, seen: Observation, image: Image) -> Mask:
        """(N,) who of a frame is described."""
        rows = np.zeros(len(seen.boxes), bool)
        if self._schedule is not None:
            self._schedule.move(seen.camera, seen.cut)
            if seen.looked:
                rows = self._schedule.due(seen.boxes, *image.shape[1::-1])
        if seen.looked and seen.time_s >= self._next_encode_s:
            # half a millisecond early still counts, so that 0.2 s is every fifth frame at 25 fps
            self._next_encode_s = seen.time_s + self._encode.every_s - 5e-4
            rows[:] = True
        return rows

    def _encoded(self, encoder: Encodes, crops: list[Image]) -> Floats:
        if not crops:
            return np.zeros((0, encoder.dim), np.float32)
        step = self._encode.batch
        parts = [encoder.encode(crops[at : at + step]) for at in range(0, len(crops), step)]
        return rounded(np.concatenate(parts))

    def _read(self, group: _Group) -> _Group:
        numbers = self._jersey_numbers
        if numbers is None:
            return group
        numbers.begin(group.chunk)
        for i, (frame, seen) in enumerate(zip(group.frames, group.seen, strict=True)):
            group.seen[i] = replace(seen, readings=numbers.read(frame, seen))
        group.mirrored = numbers.mirrored
        group.warnings = tuple(dict.fromkeys([*group.warnings, *numbers.warnings]))
        return group


def _colors(image: Image, boxes: Floats, rows: Ints) -> Floats | None:
    """(N, WIDTH) of all boxes, zeros where nobody looks; None where nobody looks at anyone."""
    if not len(rows):
        return None
    every = np.zeros((len(boxes), COLORS_WIDTH), np.float32)
    every[rows] = shirt_colors(image, boxes, rows.tolist())
    return every


def checksum(frame: Frame) -> int | None:
    """By which a picture is known again; None where there is none."""
    if frame.image is None:
        return None
    return zlib.crc32(frame.image[::_THUMB, ::_THUMB].tobytes())
