"""Shirt numbers: every reader behind one protocol, opened by name, and the reading of frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tracker.identity.number_evidence import nothing_read, readings_of
from tracker.observation.chunk import rounded
from tracker.observation.jersey_protocol import NumberError, NumberReader
from tracker.observation.jersey_schedule import READINGS_A_FRAME, NumberSchedule
from tracker.observation.mirrored import MirrorTest
from tracker.observation.number_windows import number_crops
from tracker.settings import EncodeSettings
from tracker.types import Frame, Image, Observation, Readings

READING_MS = 2.0
"""What a reading is taken to cost where the reader does not say: a fixed number, so that the same
shirts are read on a fast machine and on a slow one."""


class JerseyNumbers:
    """Reads the shirts of a frame that are worth it, by `NumberSchedule`.

    Each chunk of the store begins anew, as if nobody had been seen before. So chunks are observed
    in any order, and one that was stopped goes on by what it holds itself. warnings: what there is
    to say of the video.
    """

    def __init__(self, reader: NumberReader, settings: EncodeSettings) -> None:
        self._reader = reader
        self._settings = settings
        self._chunk: int | None = None
        self._begin()
        self.warnings: list[str] = []

    @property
    def mirrored(self) -> int:
        """How many shirts of the chunk could be read in the mirror, for `recall`."""
        return self._mirror.mirrored

    def begin(self, chunk: int) -> None:
        """The frames to come are of this chunk."""
        if chunk != self._chunk:
            self._chunk = chunk
            self._begin()

    def recall(
        self, chunk: int, seen: Sequence[Observation], size: tuple[int, int], mirrored: int
    ) -> None:
        """Take up the thread behind what is stored of a chunk. size: width and height of the
        pictures."""
        self.begin(chunk)
        for observation in seen:
            self._schedule.move(observation.camera, observation.cut)
            if not observation.looked:
                continue
            rows = self._schedule.due(observation, *size)
            readings = observation.readings
            if len(rows) and readings is not None:
                self._schedule.take(rows, readings.digits[rows], observation.time_s)
                self._mirror.pick(readings.take(rows))
        self._mirror.mirrored = mirrored

    def read(self, frame: Frame, seen: Observation) -> Readings | None:
        """None where there is nobody to read, or no picture."""
        if frame.image is None:
            return None
        self._schedule.move(seen.camera, seen.cut)
        if not seen.looked:
            return None
        rows = self._schedule.due(seen, *frame.image.shape[1::-1])
        if not len(rows):
            return None
        pictures = number_crops(frame.image, seen.boxes[rows])
        digits = nothing_read(len(seen.boxes))
        digits[rows] = rounded(self._reader.read(pictures))
        self._schedule.take(rows, digits[rows], seen.time_s)
        readings = readings_of(digits)
        self._read_mirrored(pictures, readings.take(rows))
        return readings

    def _begin(self) -> None:
        self._schedule = NumberSchedule(self._settings, self._readings_a_frame())
        self._mirror = MirrorTest()

    def _readings_a_frame(self) -> float:
        budget_ms = self._settings.numbers_budget_ms
        if budget_ms is None:
            return READINGS_A_FRAME
        return budget_ms / getattr(self._reader, "reading_ms", READING_MS)

    def _read_mirrored(self, pictures: Sequence[Image], readings: Readings) -> None:
        picked = self._mirror.pick(readings)
        if not len(picked):
            return
        turned = [np.ascontiguousarray(pictures[i][:, ::-1]) for i in picked.tolist()]
        self._mirror.add(readings_of(rounded(self._reader.read(turned))))
        if self._mirror.warning not in (None, *self.warnings):
            self.warnings.append(str(self._mirror.warning))


def open_reader(name: str) -> NumberReader:
    """The reader of this name. Raises NumberError."""
    if name not in READERS:
        raise NumberError(f"numbers: there is no reader {name}; choose {' or '.join(READERS)}")
    return READERS[name]()


def _rapidocr() -> NumberReader:
    from tracker.observation.jersey_ocr import RapidOcrReader

    return RapidOcrReader()


def _net() -> NumberReader:
    from tracker.observation.jersey_net import NetReader

    return NetReader()


AUTO = "net"
"""The reader that `encode.numbers=auto` takes."""
READERS: dict[str, Callable[[], NumberReader]] = {"net": _net, "rapidocr": _rapidocr}
