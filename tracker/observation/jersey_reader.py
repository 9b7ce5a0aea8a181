"""Shirt numbers: every reader behind one protocol, opened by name, and when what is read."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from tracker.observation.crops import crop, torso_boxes
from tracker.observation.jersey_protocol import NumberReader
from tracker.settings import EncodeSettings
from tracker.types import NO_NUMBER, Detections, Frame, Readings

_NUMBER = re.compile(r"[0-9]{1,2}")


class JerseyNumbers:
    """Reads the people of a frame who are tall enough, every `numbers_every_s`.

    next_s: when it reads again.
    """

    def __init__(self, reader: NumberReader, settings: EncodeSettings) -> None:
        self._reader = reader
        self._settings = settings
        self.next_s = -np.inf

    def read(self, frame: Frame, found: Detections) -> Readings | None:
        """None where it is not yet time, or there is no picture."""
        if frame.image is None or frame.time_s < self.next_s:
            return None
        # half a millisecond early still counts, as with the encoder
        self.next_s = frame.time_s + self._settings.numbers_every_s - 5e-4
        heights = found.boxes[:, 3] - found.boxes[:, 1]
        tall = np.flatnonzero(heights >= self._settings.numbers_height_min_px)
        numbers = np.full(len(found), NO_NUMBER, np.int64)
        confidence = np.zeros(len(found), np.float32)
        texts = self._reader.read(crop(frame.image, torso_boxes(found.boxes[tall])))
        for row, reading in zip(tall.tolist(), texts, strict=True):
            if reading is not None and _NUMBER.fullmatch(reading[0]):
                numbers[row], confidence[row] = int(reading[0]), reading[1]
        return Readings(numbers, confidence)


def open_reader(name: str) -> NumberReader:
    """The reader of setting `encode.numbers`. Raises NumberError."""
    return READERS[name]()


def _rapidocr() -> NumberReader:
    from tracker.observation.jersey_ocr import RapidOcrReader

    return RapidOcrReader()


READERS: dict[str, Callable[[], NumberReader]] = {"rapidocr": _rapidocr}
