"""From frames to observations: detect, camera, encode. Stateless but for the previous picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import Protocol, TypeVar

import numpy as np

from tracker.config import CameraSettings, EncodeSettings
from tracker.observe.camera import CameraEstimator
from tracker.observe.crops import crop
from tracker.observe.detector import Detector
from tracker.observe.shirts import NumberReader, ShirtNumbers
from tracker.records import Detections, Floats, Frame, Image, Observation

_T = TypeVar("_T")


class Encodes(Protocol):
    """What describes a person: crops (BGR, any size) to (N, dim) unit rows."""

    @property
    def dim(self) -> int: ...

    def encode(self, crops: Sequence[Image]) -> Floats: ...


class Observer:
    """Turns frames into observations.

    seconds: time spent per stage so far, for the receipt.
    """

    def __init__(
        self,
        detector: Detector,
        encoder: Encodes | None,
        encode: EncodeSettings,
        camera: CameraSettings,
        reader: NumberReader | None = None,
    ) -> None:
        self._detector = detector
        self._encoder = encoder
        self._encode = encode
        self._camera = CameraEstimator(camera) if camera.enabled else None
        self._shirts = ShirtNumbers(reader, encode) if reader else None
        self._next_encode_s = -np.inf
        self.seconds = {"decode": 0.0, "detect": 0.0, "camera": 0.0, "encode": 0.0}
        self.seconds |= {"numbers": 0.0} if reader else {}

    def observe(self, frames: Iterable[Frame]) -> Iterator[Observation]:
        """One observation per frame, in order."""
        iterator = iter(frames)
        while True:
            frame = self._timed("decode", lambda: next(iterator, None))
            if frame is None:
                return
            yield self._one(frame)

    def _one(self, frame: Frame) -> Observation:
        found = self._timed("detect", lambda: self._detector.detect([frame])[0])
        affine, cut = np.eye(2, 3), False
        if self._camera is not None:
            camera = self._camera
            affine, cut = self._timed("camera", lambda: camera.estimate(frame, found))
        looks = self._timed("encode", lambda: self._looks(frame, found))
        readings = None
        if self._shirts is not None:
            shirts = self._shirts
            readings = self._timed("numbers", lambda: shirts.read(frame, found))
        return Observation(
            frame.index, frame.time_s, found.boxes, found.scores, looks, affine, cut, readings
        )

    def _looks(self, frame: Frame, found: Detections) -> Floats:
        dim = self._encoder.dim if self._encoder else 0
        looks = np.full((len(found), dim), np.nan, np.float32)
        if self._encoder is None or frame.image is None or frame.time_s < self._next_encode_s:
            return looks
        # half a millisecond early still counts, so that 0.2 s is every fifth frame at 25 fps
        self._next_encode_s = frame.time_s + self._encode.every_s - 5e-4
        crops = crop(frame.image, found.boxes)
        for at in range(0, len(crops), self._encode.batch):
            part = slice(at, at + self._encode.batch)
            looks[part] = self._encoder.encode(crops[part])
        return looks

    def _timed(self, stage: str, work: Callable[[], _T]) -> _T:
        begun = perf_counter()
        try:
            return work()
        finally:
            self.seconds[stage] += perf_counter() - begun
