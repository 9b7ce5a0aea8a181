"""From frames to observations: detect, camera, encode, read numbers, each stage in its own thread.

Frames go through in groups of a fixed length. A group never reaches over the border of a chunk of
the store, and what a stage remembers between frames is said in `Carry`, so that a run that was
stopped goes on as if it had not been.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tracker.detection.detector import Detector
from tracker.observation.camera_motion import CameraEstimator
from tracker.observation.chunk import Carry, Recent, rounded
from tracker.observation.crops import crop
from tracker.observation.jersey_numbers import JerseyNumbers
from tracker.observation.jersey_protocol import NumberReader
from tracker.observation.schedule import EncodingSchedule
from tracker.observation.shot_cuts import SPAN, WARM_UP
from tracker.observation.stages import Overlap
from tracker.settings import DetectSettings, Settings
from tracker.types import (
    Detections,
    Doubles,
    Floats,
    Frame,
    Image,
    Ints,
    Mask,
    Observation,
    Readings,
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
class _FrameInProgress:
    """A frame on its way through the stages, and what they have found."""

    frame: Frame
    looked: bool = True
    found: Detections = field(default_factory=Detections.empty)
    camera: Doubles = field(default_factory=lambda: np.eye(2, 3))
    cut: bool = False
    mixed: int = 0
    embeddings: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    readings: Readings | None = None

    def observation(self) -> Observation:
        index, time_s, found = self.frame.index, self.frame.time_s, self.found
        boxes, scores = found.boxes, found.scores
        return Observation(
            index, time_s, boxes, scores, self.embeddings, self.camera, self.cut, self.readings,
            self.looked, self.mixed,
        )  # fmt: skip


@dataclass(slots=True)
class _Group:
    """Frames that go through a stage together, and what is carried on behind the last of them."""

    entries: list[_FrameInProgress]
    picture: int | None
    warnings: tuple[str, ...]
    hidden: int = 0
    recent: Recent = field(default_factory=Recent)
    next_encode_s: float = -np.inf
    next_number_s: float = -np.inf

    @property
    def carry(self) -> Carry:
        return Carry(
            self.hidden, self.next_encode_s, self.next_number_s, self.picture, self.warnings,
            self.recent,
        )  # fmt: skip


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
        line = Overlap("decode", source, self._stages(), depth, self._in_flight)
        self.seconds = line.seconds
        try:
            for group in line:
                self.frames += len(group.entries)
                yield [entry.observation() for entry in group.entries], group.carry
        finally:
            line.close()

    def go_on(self, carry: Carry, before: Sequence[Frame], seen: Sequence[Observation]) -> None:
        """Take up the thread behind the last of `before`, frames of which `seen` is stored."""
        self._next_encode_s = carry.next_encode_s
        if self._jersey_numbers is not None:
            self._jersey_numbers.next_s = carry.next_number_s
        shown: list[tuple[Frame, Detections, Doubles]] = []
        for frame, observation in zip(before, seen, strict=True):
            if observation.looked:
                self._people = Detections(observation.boxes, observation.scores)
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
        held: list[_FrameInProgress] = []
        for frame in frames:
            if held and chunk_of(held[-1].frame.index) != chunk_of(frame.index):
                yield _Group(held, checksum(held[-1].frame), tuple(notes))
                held = []
            looked = frame.cut or (frame.index - self._first) % self._every_n == 0
            held.append(_FrameInProgress(frame, looked))
            if len(held) == self._together:
                yield _Group(held, checksum(frame), tuple(notes))
                held = []
        if held:
            yield _Group(held, checksum(held[-1].frame), tuple(notes))

    def _detect(self, group: _Group) -> _Group:
        entries = [entry for entry in group.entries if entry.looked]
        every = self._detector.detect([entry.frame for entry in entries]) if entries else []
        for entry, found in zip(entries, every, strict=True):
            entry.found = found
        return group

    def _move(self, group: _Group) -> _Group:
        for entry in group.entries:
            self._people = entry.found if entry.looked else self._people
            if self._camera is not None:
                entry.camera, entry.cut = self._camera.estimate(entry.frame, self._people)
                entry.mixed = self._camera.mixed
            if entry.frame.cut:
                entry.camera, entry.cut = np.eye(2, 3), True
        if self._camera is not None:
            group.hidden = self._camera.hidden
            group.recent = self._camera.recent(group.entries[-1].frame.index)
        return group

    def _describe(self, group: _Group) -> _Group:
        """The crops of all frames of the group whose turn it is, given to the encoder at once."""
        dim = self._encoder.dim if self._encoder else 0
        crops: list[Image] = []
        due: list[tuple[_FrameInProgress, Ints]] = []
        for entry in group.entries:
            entry.embeddings = np.full((len(entry.found), dim), np.nan, np.float32)
            image = entry.frame.image
            if self._encoder is None or image is None:
                continue
            rows = np.flatnonzero(self._due(entry, image))
            crops += crop(image, entry.found.boxes[rows])
            due.append((entry, rows))
        group.next_encode_s = self._next_encode_s
        if self._encoder is not None and crops:
            every, at = self._encoded(self._encoder, crops), 0
            for entry, rows in due:
                entry.embeddings[rows] = every[at : at + len(rows)]
                at += len(rows)
        return group

    def _due(self, entry: _FrameInProgress, image: Image) -> Mask:
        """(N,) who of a frame is described."""
        rows = np.zeros(len(entry.found), bool)
        if self._schedule is not None:
            self._schedule.move(entry.camera, entry.cut)
            if entry.looked:
                rows = self._schedule.due(entry.found.boxes, *image.shape[1::-1])
        if entry.looked and entry.frame.time_s >= self._next_encode_s:
            # half a millisecond early still counts, so that 0.2 s is every fifth frame at 25 fps
            self._next_encode_s = entry.frame.time_s + self._encode.every_s - 5e-4
            rows[:] = True
        return rows

    def _encoded(self, encoder: Encodes, crops: list[Image]) -> Floats:
        step = self._encode.batch
        parts = [encoder.encode(crops[at : at + step]) for at in range(0, len(crops), step)]
        return rounded(np.concatenate(parts))

    def _read(self, group: _Group) -> _Group:
        if self._jersey_numbers is not None:
            for entry in group.entries:
                if entry.looked:
                    entry.readings = self._jersey_numbers.read(entry.frame, entry.found)
            group.next_number_s = self._jersey_numbers.next_s
        return group


def checksum(frame: Frame) -> int | None:
    """By which a picture is known again; None where there is none."""
    if frame.image is None:
        return None
    return zlib.crc32(frame.image[::_THUMB, ::_THUMB].tobytes())
