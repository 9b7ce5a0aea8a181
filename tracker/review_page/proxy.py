"""A small copy of the video of which any picture can be had at once.

Cameras and broadcasters put key pictures seconds apart, and for a picture in between all from the
key picture on has to be decoded, in full size. The copy is as wide as a page shows it, its key
pictures are near each other, and a picture stands at the time of its number: it is found by that
number, also where the video lacks some. It lies in parts, so that what is there can be used while
the rest is made, and one that a kill has cut off costs only that.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame

from gallery.atomic.write import whole
from gallery.io.files import read_json
from tracker.types import Frame, Image
from tracker.video.source import Source

PROXY = "proxy"
"""The folder in OUT/review; it may be deleted when nobody looks at the run."""
PART = 500
"""Pictures in a part: 20 s, made in some seconds."""
WIDTH = 960
_BETWEEN_KEYS = 12
_RATE = 25  # pictures a second, of which only whole numbers come back
_OPTIONS = {
    "preset": "superfast",
    "tune": "fastdecode",
    "crf": "26",
    "x264-params": f"keyint={_BETWEEN_KEYS}:min-keyint={_BETWEEN_KEYS}:scenecut=0:bframes=0",
}
_OPEN = 4  # parts at once
_DESCRIBED = "proxy.json"
_NAME = re.compile(r"\d{8}\.mp4")


class Proxy:
    """The copy of one source in a folder. For many threads; only one makes parts."""

    def __init__(self, folder: Path, source: Source) -> None:
        """Uses what is there where it is of this source; else it begins anew."""
        self._folder = folder
        self._lock = threading.Lock()
        self._open: OrderedDict[int, _PartReader] = OrderedDict()
        self.size = _smaller(source.width, source.height)
        about = {"version": 1, "source": source.fingerprint(), "size": list(self.size)}
        described = folder / _DESCRIBED
        if not _says(described, about):
            self._begin(described, about)
        self._parts = {int(f.stem) for f in folder.iterdir() if _NAME.fullmatch(f.name)}

    def _begin(self, described: Path, about: dict[str, object]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in self._folder.iterdir():
            if _NAME.fullmatch(file.name):
                file.unlink()
        with whole(described) as draft:
            draft.write_text(json.dumps(about) + "\n", encoding="utf-8")

    def has(self, index: int) -> bool:
        """Whether the part of this picture, 0-based, is there."""
        return index // PART in self._parts

    @property
    def parts(self) -> frozenset[int]:
        """Numbers of the parts that are there: picture // PART."""
        return frozenset(self._parts)

    def make(self, part: int, frames: Iterable[Frame]) -> None:
        """Write a part from its pictures. Raises FFmpegError and OSError."""
        with whole(self._file(part)) as draft:
            _write(draft, frames, part * PART, self.size)
        self._parts.add(part)

    def picture(self, index: int) -> Image | None:
        """The picture with this number, 0-based, `size` large; None where it is not there."""
        part = index // PART
        with self._lock:
            if part not in self._parts:
                return None
            try:
                reader = self._reader(part)
                return reader.picture(index - part * PART)
            except (FFmpegError, OSError):  # deleted, or spoiled
                self._parts.discard(part)
                return None

    def close(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def _reader(self, part: int) -> _PartReader:
        if part not in self._open:
            self._open[part] = _PartReader(self._file(part))
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(part)
        return self._open[part]

    def _file(self, part: int) -> Path:
        return self._folder / f"{part:08d}.mp4"


class _PartReader:
    """One part, open; reads on where that is nearer than a key picture."""

    def __init__(self, file: Path) -> None:
        self._container: InputContainer | None = None
        if file.stat().st_size:  # a part without a picture is an empty file
            where = f"file:{file.resolve()}"  # and no playlist that a stranger has put there
            self._container = av.open(where, format="mp4")
            self._stream = self._container.streams.video[0]
            self._stream.thread_count = 1  # more of them hold pictures back
            self._decoded = self._container.decode(self._stream)
        self._following = 0
        self._last: dict[int, Image] = {}

    def picture(self, offset: int) -> Image | None:
        """The picture so far into the part."""
        if self._container is None or self._stream.time_base is None:
            return None
        if offset in self._last:
            return self._last[offset]
        if not 0 <= offset - self._following < _BETWEEN_KEYS:
            stamp = round(Fraction(offset, _RATE) / self._stream.time_base)
            self._container.seek(stamp, stream=self._stream)
            self._decoded = self._container.decode(self._stream)
        for picture in self._decoded:
            number = self._number(picture)
            self._following = number + 1
            if number == offset:
                self._keep(number, picture)
                return self._last[number]
            if number > offset:  # the video lacks it
                break
        self._following = -_BETWEEN_KEYS  # the next one is looked up
        return None

    def _keep(self, number: int, picture: VideoFrame) -> None:
        image = np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
        self._last = dict([*self._last.items()][-(_BETWEEN_KEYS - 1) :]) | {number: image}

    def _number(self, picture: VideoFrame) -> int:
        return round((picture.time or 0.0) * _RATE)

    def close(self) -> None:
        if self._container is not None:
            with contextlib.suppress(FFmpegError):
                self._container.close()


def _write(path: Path, frames: Iterable[Frame], first: int, size: tuple[int, int]) -> None:
    """first: number of the picture that stands at 0."""
    width, height = size
    pictures = ((f.index - first, f.image) for f in frames if f.image is not None)
    container = None
    try:
        for offset, image in pictures:
            if container is None:
                container = av.open(str(path), "w", format="mp4")
                stream = container.add_stream("libx264", rate=_RATE, options=dict(_OPTIONS))
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.codec_context.thread_count = 1
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            picture = VideoFrame.from_ndarray(np.asarray(small, np.uint8), format="bgr24")
            picture.pts, picture.time_base = offset, Fraction(1, _RATE)
            container.mux(stream.encode(picture))
        if container is None:
            path.touch()
        else:
            container.mux(stream.encode(None))
    finally:
        if container is not None:
            container.close()


def _smaller(width: int, height: int) -> tuple[int, int]:
    """At most WIDTH wide, both sides even."""
    scale = min(1.0, WIDTH / width)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _says(file: Path, about: dict[str, object]) -> bool:
    try:
        return bool(read_json(file) == about)
    except (OSError, ValueError):
        return False
