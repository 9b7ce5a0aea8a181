"""Cameras and streams: always the newest picture, so that slow work never falls behind."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tracker.types import Frame, Image
from tracker.video.file import VideoFile
from tracker.video.source import FALLBACK_FPS, VideoError, check_range

WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to reach a lost camera again; after the last one the run ends."""
_LASTING = ("rtsp", "rtmp", "srt:", "udp:", "rtp:")  # the others end when they end


@dataclass(frozen=True, slots=True)
class Loss:
    """A connection that was lost behind `frame` (from 1), and for how long; None: for good."""

    frame: int
    time_s: float
    away_s: float | None


class LiveStream:
    """A camera or a stream. A thread takes every picture; only the newest waits to be asked for.

    pictures: taken so far. dropped: of those, how many a newer one has replaced. losses: of the
    connection. tell: called with each warning the moment it is made.
    """

    has_images = True
    live = True
    pixel_aspect = 1.0
    frame_count: int | None = None
    detections_file: Path | None = None

    def __init__(
        self,
        name: str,
        width: int,
        height: int,
        fps: float,
        images: Generator[Image],
        again: Callable[[], Generator[Image]] | None = None,
    ) -> None:
        """again: connects anew; None where a stream that ends has ended."""
        self.name, self.width, self.height, self.fps = name, width, height, fps
        self.warnings: list[str] = []
        self.tell: Callable[[str], None] | None = None
        self.pictures = self.dropped = 0
        self.losses: list[Loss] = []
        self._images, self._again = images, again
        self._slot = _Slot()
        self._first_s: float | None = None
        self._failure: Exception | None = None

    def fingerprint(self) -> str:
        """Hex sha256 of the address: a stream has no contents to hash."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """See Source.frames. Times are seconds of the wall clock since the first picture.

        Frame.index counts the camera's pictures: it jumps over those that were dropped.
        """
        check_range(start, stop)
        threading.Thread(target=self._pump, args=(start,), daemon=True).start()
        try:
            while (frame := self._slot.take()) is not None:
                if stop is not None and frame.index >= stop:
                    break
                if frame.index >= start:
                    yield frame
            if self._failure is not None:
                raise self._failure
        finally:
            self.stop()
            if self.dropped:
                self._warn(
                    f"{self.name}: {self.dropped} of {self.pictures} pictures dropped to keep up"
                )

    def stop(self) -> None:
        """No more pictures after the one that waits. From any thread, also a signal handler's."""
        self._slot.end()

    def age_s(self, time_s: float) -> float:
        """How long ago the picture of this `Frame.time_s` was taken."""
        return time.monotonic() - (self._first_s or 0.0) - time_s

    def facts(self) -> dict[str, Any]:
        """For the receipt."""
        lost = [{"frame": x.frame, "time_s": x.time_s, "away_s": x.away_s} for x in self.losses]
        return {"pictures": self.pictures, "dropped": self.dropped, "losses": lost}

    def _pump(self, start: int) -> None:
        images: Generator[Image] | None = self._images
        try:
            while images is not None:
                why = self._read(images, start)
                images.close()
                lost = self._again is not None and not self._slot.over.is_set()
                images = self._reconnected(why) if lost else None
                if why and not lost:
                    self._warn(why)
        except Exception as error:  # a thread cannot raise it where anybody would see
            self._failure = error
        self._slot.end()

    def _read(self, images: Generator[Image], start: int) -> str:
        """Take pictures as long as they come; why they stopped."""
        try:
            for image in images:
                if self._slot.over.is_set():
                    return ""
                now_s = time.monotonic()
                self._first_s = now_s if self._first_s is None else self._first_s
                cut = bool(self.losses) and self.losses[-1].away_s is None
                if cut:
                    self._is_back(now_s)
                frame = Frame(self.pictures, now_s - self._first_s, self._fitted(image), cut)
                self.pictures += 1
                self.dropped += self._slot.put(frame) and frame.index > start
        except VideoError as error:
            return str(error)
        return ""

    def _is_back(self, now_s: float) -> None:
        loss = self.losses[-1]
        away_s = now_s - (self._first_s or 0.0) - loss.time_s
        self.losses[-1] = replace(loss, away_s=round(away_s, 3))

    def _reconnected(self, why: str) -> Generator[Image] | None:
        """The pictures behind a loss; None where none come any more, or the user has enough."""
        lost_s = time.monotonic() - (self._first_s or time.monotonic())
        self.losses.append(Loss(self.pictures, round(lost_s, 3), None))
        self._warn(
            f"{self.name}: connection lost behind frame {self.pictures} ({lost_s:.1f} s); "
            "trying to get it back" + f" ({why})" * bool(why)
        )
        for wait_s in WAITS_S:
            if self._slot.over.wait(wait_s):
                return None
            images = self._opened()
            if images is not None:
                return images
        self._warn(f"{self.name}: not there after {len(WAITS_S)} tries; the run ends here")
        return None

    def _opened(self) -> Generator[Image] | None:
        """Connected anew, as far as a first picture; None where there is none."""
        assert self._again is not None
        images = self._again()
        try:
            first = next(images, None)
        except VideoError:
            return None
        return None if first is None else _behind(first, images)

    def _fitted(self, image: Image) -> Image:
        if image.shape[1::-1] == (self.width, self.height):
            return image
        text = f"{self.name}: pictures change their size; scaled to {self.width}x{self.height}"
        if text not in self.warnings:
            self._warn(text)
        return np.asarray(cv2.resize(image, (self.width, self.height)), np.uint8)

    def _warn(self, line: str) -> None:
        self.warnings.append(line)
        if self.tell is not None:
            self.tell(line)


class _Slot:
    """A place for one frame: a newer one replaces one that nobody has taken yet."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._changed = threading.Condition(threading.RLock())
        self._frame: Frame | None = None

    def put(self, frame: Frame) -> bool:
        """Whether one was replaced. A cut before that one is now before this one."""
        with self._changed:
            old, self._frame = self._frame, frame
            if old is not None and old.cut:
                self._frame = replace(frame, cut=True)
            self._changed.notify()
            return old is not None

    def take(self) -> Frame | None:
        """Waits; None when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self.over.is_set())
            frame, self._frame = self._frame, None
            return frame

    def end(self) -> None:
        self.over.set()
        with self._changed:
            self._changed.notify_all()


def _behind(first: Image, rest: Generator[Image]) -> Generator[Image]:
    try:
        yield first
        yield from rest
    finally:
        rest.close()


def live_address(file: VideoFile) -> LiveStream:
    """A stream behind an address; one that a camera sends is connected to again when it is lost."""

    def images() -> Generator[Image]:
        return (f.image for f in file.frames() if f.image is not None)

    again = images if file.name.lower().startswith(_LASTING) else None
    stream = LiveStream(file.name, file.width, file.height, file.fps, images(), again)
    stream.warnings = list(file.warnings) if again else file.warnings  # a loss is said by itself
    return stream


def open_webcam(number: int) -> LiveStream:
    # OpenCV's own lines would stand beside our one.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    camera = cv2.VideoCapture(number)
    shot, image = camera.read()
    if not shot:
        raise VideoError(f"webcam {number}: cannot be opened; is it plugged in and free?")
    fps = camera.get(cv2.CAP_PROP_FPS)

    def images(camera: cv2.VideoCapture) -> Generator[Image]:
        try:
            while True:
                shot, image = camera.read()
                if not shot:
                    raise VideoError(f"webcam {number}: gives no more pictures")
                yield np.asarray(image, np.uint8)
        finally:
            camera.release()

    height, width = image.shape[:2]
    return LiveStream(
        f"webcam {number}", width, height, fps or FALLBACK_FPS, images(camera),
        lambda: images(cv2.VideoCapture(number)),
    )  # fmt: skip
