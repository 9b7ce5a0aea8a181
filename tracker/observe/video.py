"""Pictures in: one door for video files, folders of pictures, MOT sequences, cameras, addresses."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import itertools
import queue
import re
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from tracker.records import Frame, Image

FALLBACK_FPS = 25.0
"""Assumed, with a warning, where a source does not say how fast it runs."""

_MIB = 1 << 20
_ADDRESS = re.compile(r"^(rtsps?|rtmps?|https?|srt|udp|rtp|tcp)://", re.IGNORECASE)


class VideoError(ValueError):
    """A source cannot be opened or read on; the message is one line and names the remedy."""


class Source(Protocol):
    """Where pictures come from.

    width, height: of every picture, pixels. fps: nominal; `Frame.time_s` is the true time.
    frame_count: an estimate for progress, None where unknown. has_images: False where a sequence
    is known by its text files alone. live: times are of the wall clock and `frames` can be read
    once. detections_file: det/det.txt of a MOT sequence. warnings: one line each, filled while
    reading.
    """

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def fps(self) -> float: ...
    @property
    def frame_count(self) -> int | None: ...
    @property
    def has_images(self) -> bool: ...
    @property
    def live(self) -> bool: ...
    @property
    def detections_file(self) -> Path | None: ...
    @property
    def warnings(self) -> list[str]: ...

    def fingerprint(self) -> str:
        """Hex sha256 that changes when the source does (files: size, first and last MiB)."""
        ...

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames start <= index < stop, 0-based, in order, one at a time in memory.

        `Frame.index` is the number in the source: it rises by 1, but jumps over a picture that is
        damaged, so that all others keep their numbers. Raises VideoError where the range is
        empty or lies beyond the end, or where reading cannot go on.
        """
        ...


def open_source(spec: str) -> Source:
    """Open a video file, a folder, a MOT sequence, a webcam number or an address.

    Raises VideoError (one line) where there is nothing that can be read.
    """
    # Here, not above: both raise the VideoError of this file.
    from tracker.observe.container import VideoFile
    from tracker.observe.sequence import open_folder

    if spec.isdecimal():
        return _open_webcam(int(spec))
    if _ADDRESS.match(spec):
        file = VideoFile(spec)
        if file.frame_count is not None:  # it has an end: a file elsewhere, read in full
            return file
        images = (f.image for f in file.frames() if f.image is not None)
        stream = LiveStream(file.name, file.width, file.height, file.fps, images)
        stream.warnings = file.warnings
        return stream
    path = Path(spec).expanduser()
    if path.is_dir():
        return open_folder(path)
    if not path.exists():
        raise VideoError(_missing(path))
    if path.is_file() and path.stat().st_size == 0:
        raise VideoError(f"{path}: the file is empty; copy or download it again")
    return VideoFile(path)


def known_fingerprint(spec: str) -> str | None:
    """`Source.fingerprint` of a file or folder, without opening the video; None where spec is
    neither."""
    from tracker.observe.sequence import open_folder

    path = Path(spec).expanduser()
    if path.is_dir():
        return open_folder(path).fingerprint()
    return hash_ends(path) if path.is_file() else None


class LiveStream:
    """A camera or a stream: always the newest picture, so that slow work never falls behind."""

    has_images = True
    live = True
    frame_count: int | None = None
    detections_file: Path | None = None

    def __init__(
        self, name: str, width: int, height: int, fps: float, images: Generator[Image]
    ) -> None:
        self.name, self.width, self.height, self.fps = name, width, height, fps
        self.warnings: list[str] = []
        self._images = images
        self._failure: Exception | None = None

    def fingerprint(self) -> str:
        """Hex sha256 of the address: a stream has no contents to hash."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """See Source.frames. Times are seconds of the wall clock since the first picture."""
        check_range(start, stop)
        # One place: a newer picture replaces one that nobody has taken yet. None marks the end.
        newest: queue.Queue[tuple[float, Image] | None] = queue.Queue(maxsize=1)
        closed = threading.Event()
        threading.Thread(target=self._pump, args=(newest, closed), daemon=True).start()
        first_s: float | None = None
        try:
            for index in itertools.count():
                item = None if stop is not None and index >= stop else newest.get()
                if item is None:
                    break
                first_s = item[0] if first_s is None else first_s
                if index >= start:
                    yield Frame(index, item[0] - first_s, item[1])
            if self._failure is not None:
                raise self._failure
        finally:
            closed.set()

    def _pump(
        self, newest: queue.Queue[tuple[float, Image] | None], closed: threading.Event
    ) -> None:
        dropped = 0
        try:
            for image in self._images:
                if closed.is_set():
                    break
                with contextlib.suppress(queue.Empty):
                    newest.get_nowait()
                    dropped += 1
                newest.put((time.monotonic(), image))
        except VideoError as error:
            self.warnings.append(str(error))
        except Exception as error:  # a thread cannot raise it where anybody would see
            self._failure = error
        self._images.close()
        if dropped:
            self.warnings.append(f"{self.name}: {dropped} pictures dropped to keep up")
        if not closed.is_set():
            newest.put(None)


def _open_webcam(number: int) -> LiveStream:
    # OpenCV's own lines would stand beside our one.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    camera = cv2.VideoCapture(number)
    shot, image = camera.read()
    if not shot:
        raise VideoError(f"webcam {number}: cannot be opened; is it plugged in and free?")
    fps = camera.get(cv2.CAP_PROP_FPS)

    def images() -> Generator[Image]:
        while True:
            shot, image = camera.read()
            if not shot:
                raise VideoError(f"webcam {number}: gives no more pictures")
            yield np.asarray(image, np.uint8)

    height, width = image.shape[:2]
    return LiveStream(f"webcam {number}", width, height, fps or FALLBACK_FPS, images())


def check_range(start: int, stop: int | None) -> None:
    """Raise VideoError unless start <= index < stop can hold a frame."""
    if start < 0 or (stop is not None and stop <= start):
        last = "the end" if stop is None else stop
        raise VideoError(f"frames {start + 1} to {last}: empty range; frames count from 1")


def hash_ends(path: Path) -> str:
    """Hex sha256 of a file's size, first and last MiB: quick for any match."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_MIB))
        file.seek(max(size - _MIB, 0))
        digest.update(file.read(_MIB))
    return digest.hexdigest()


def beyond_end(name: str, start: int, count: int) -> VideoError:
    """The error of a range that starts after the last frame."""
    return VideoError(f"{name}: frame {start + 1} is beyond the end, it has {count} frames")


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"{path}: no such file or folder (and no folder {folder})"
    near = difflib.get_close_matches(path.name, [p.name for p in folder.iterdir()], n=1)
    hint = f"; did you mean {folder / near[0]}?" if near else "; check the path"
    return f"{path}: no such file or folder{hint}"
