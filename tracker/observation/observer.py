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
from tracker.observation.jersey_numbers import ShirtNumbers
from tracker.observation.jersey_reader import NumberReader
from tracker.observation.schedule import Moments
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


def look_back(settings: DetectSettings) -> int:
    """So many frames before it are looked at again where observing goes on."""
    return SPAN + WARM_UP + settings.every_n


class Encodes(Protocol):
    """What describes a person: crops (BGR, any size) to (N, dim) unit rows."""

    @property
    def dim(self) -> int: ...

    def encode(self, crops: Sequence[Image]) -> Floats: ...


@dataclass(slots=True)
class _Sight:
    """A frame on its way through the stages, and what they have found."""

    frame: Frame
    looked: bool = True
    found: Detections = field(default_factory=Detections.empty)
    camera: Doubles = field(default_factory=lambda: np.eye(2, 3))
    cut: bool = False
    mixed: int = 0
    looks: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    readings: Readings | None = None

    def observation(self) -> Observation:
        index, time_s, found = self.frame.index, self.frame.time_s, self.found
        boxes, scores = found.boxes, found.scores
        return Observation(
            index, time_s, boxes, scores, self.looks, self.camera, self.cut, self.readings,
            self.looked, self.mixed,
        )  # fmt: skip


@dataclass(slots=True)
class _Group:
    """Frames that go through a stage together, and what is carried on behind the last of them."""

    sights: list[_Sight]
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
        self._shirts = ShirtNumbers(reader, encode) if reader else None
        self._moments = Moments() if encode.moments else None
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
                self.frames += len(group.sights)
                yield [sight.observation() for sight in group.sights], group.carry
        finally:
            line.close()

    def go_on(self, carry: Carry, before: Sequence[Frame], seen: Sequence[Observation]) -> None:
        """Take up the thread behind the last of `before`, frames of which `seen` is stored."""
        self._next_encode_s = carry.next_encode_s
        if self._shirts is not None:
            self._shirts.next_s = carry.next_number_s
        shown: list[tuple[Frame, Detections, Doubles]] = []
        for frame, one in zip(before, seen, strict=True):
            if one.looked:
                self._people = Detections(one.boxes, one.scores)
            if self._moments is not None and frame.image is not None:
                self._moments.move(one.camera, one.cut)
                if one.looked:
                    self._moments.worth(one.boxes, *frame.image.shape[1::-1])
            shown.append((frame, self._people, one.camera))
        if self._camera is not None and shown:
            self._camera.recall(carry.recent, carry.hidden, shown)

    def _stages(self) -> list[tuple[str, Callable[[_Group], _Group]]]:
        stages: list[tuple[str, Callable[[_Group], _Group]]] = [
            ("detect", self._detect),
            ("camera", self._move),
            ("encode", self._describe),
        ]
        return [*stages, ("numbers", self._read)] if self._shirts else stages

    def _grouped(
        self, frames: Iterator[Frame], chunk_of: Callable[[int], int], notes: Sequence[str]
    ) -> Iterator[_Group]:
        held: list[_Sight] = []
        for frame in frames:
            if held and chunk_of(held[-1].frame.index) != chunk_of(frame.index):
                yield _Group(held, checksum(held[-1].frame), tuple(notes))
                held = []
            looked = frame.cut or (frame.index - self._first) % self._every_n == 0
            held.append(_Sight(frame, looked))
            if len(held) == self._together:
                yield _Group(held, checksum(frame), tuple(notes))
                held = []
        if held:
            yield _Group(held, checksum(held[-1].frame), tuple(notes))

    def _detect(self, group: _Group) -> _Group:
        sights = [sight for sight in group.sights if sight.looked]
        every = self._detector.detect([sight.frame for sight in sights]) if sights else []
        for sight, found in zip(sights, every, strict=True):
            sight.found = found
        return group

    def _move(self, group: _Group) -> _Group:
        for sight in group.sights:
            self._people = sight.found if sight.looked else self._people
            if self._camera is not None:
                sight.camera, sight.cut = self._camera.estimate(sight.frame, self._people)
                sight.mixed = self._camera.mixed
            if sight.frame.cut:
                sight.camera, sight.cut = np.eye(2, 3), True
        if self._camera is not None:
            group.hidden = self._camera.hidden
            group.recent = self._camera.recent(group.sights[-1].frame.index)
        return group

    def _describe(self, group: _Group) -> _Group:
        """The crops of all frames of the group whose turn it is, given to the encoder at once."""
        dim = self._encoder.dim if self._encoder else 0
        crops: list[Image] = []
        due: list[tuple[_Sight, Ints]] = []
        for sight in group.sights:
            sight.looks = np.full((len(sight.found), dim), np.nan, np.float32)
            image = sight.frame.image
            if self._encoder is None or image is None:
                continue
            rows = np.flatnonzero(self._due(sight, image))
            crops += crop(image, sight.found.boxes[rows])
            due.append((sight, rows))
        group.next_encode_s = self._next_encode_s
        if self._encoder is not None and crops:
            every, at = self._encoded(self._encoder, crops), 0
            for sight, rows in due:
                sight.looks[rows] = every[at : at + len(rows)]
                at += len(rows)
        return group

    def _due(self, sight: _Sight, image: Image) -> Mask:
        """(N,) who of a frame is described."""
        rows = np.zeros(len(sight.found), bool)
        if self._moments is not None:
            self._moments.move(sight.camera, sight.cut)
            if sight.looked:
                rows = self._moments.worth(sight.found.boxes, *image.shape[1::-1])
        if sight.looked and sight.frame.time_s >= self._next_encode_s:
            # half a millisecond early still counts, so that 0.2 s is every fifth frame at 25 fps
            self._next_encode_s = sight.frame.time_s + self._encode.every_s - 5e-4
            rows[:] = True
        return rows

    def _encoded(self, encoder: Encodes, crops: list[Image]) -> Floats:
        step = self._encode.batch
        parts = [encoder.encode(crops[at : at + step]) for at in range(0, len(crops), step)]
        return rounded(np.concatenate(parts))

    def _read(self, group: _Group) -> _Group:
        if self._shirts is not None:
            for sight in group.sights:
                if sight.looked:
                    sight.readings = self._shirts.read(sight.frame, sight.found)
            group.next_number_s = self._shirts.next_s
        return group


def checksum(frame: Frame) -> int | None:
    """By which a picture is known again; None where there is none."""
    if frame.image is None:
        return None
    return zlib.crc32(frame.image[::_THUMB, ::_THUMB].tobytes())
