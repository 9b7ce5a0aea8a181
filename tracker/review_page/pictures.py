"""The pictures of a review as JPEG: whole ones, and what a box holds."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tracker.errors import TeamsheetError
from tracker.review_page.byte_cache import ByteCache
from tracker.review_page.decoder import Decoder, Decoders
from tracker.review_page.proxy import PROXY, Proxy
from tracker.review_page.proxy_maker import ProxyMaker
from tracker.review_page.seek_table import SeekTable
from tracker.types import Image
from tracker.video.file import VideoFile
from tracker.video.source import Source, VideoError

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of the video."""
QUALITY = 82
_ROOM = 64_000_000  # bytes of each of the two caches
_MARGIN = 0.12  # around a box, of its height
_MAX_PREFETCHED = 200


class NoPictureError(TeamsheetError):
    """There is no such picture; the page shows boxes alone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG. sharp: cut from the video itself, not from the small copy."""

    data: bytes
    sharp: bool


class Pictures:
    """Of one run, for many threads. Frames are 0-based."""

    def __init__(self, source: Source | None, folder: Path, frames: range, note: str = "") -> None:
        """source: None where the run has no video. folder: OUT/review. frames: of the run.

        note: what is to be said of the video.
        """
        self._source, self._note = source, note
        self.key = "" if source is None else source.fingerprint()[:16]
        """Changes with the video: what a browser has kept of another one is not shown."""
        self._jpegs: ByteCache[bytes] = ByteCache(_ROOM)
        self._crops: ByteCache[Image] = ByteCache(_ROOM)
        self._proxy: Proxy | None = None
        self._maker: ProxyMaker | None = None
        self._decoders: Decoders | None = None
        self._prefetcher: _Prefetcher | None = None
        if source is None:
            return
        table = SeekTable(source, frames.stop - 1)
        self._decoders = Decoders(source, table)
        self._prefetcher = _Prefetcher(Decoder(source, table), self._cut_sharp)
        if isinstance(source, VideoFile):
            self._begin_proxy(source, table, folder, frames)

    def _begin_proxy(self, source: Source, table: SeekTable, folder: Path, frames: range) -> None:
        try:
            self._proxy = Proxy(folder / PROXY, source)
            self._maker = ProxyMaker(source, table, self._proxy, folder, frames)
        except OSError as error:
            self._note = f"{self._note} {folder} cannot be written ({error.strerror})".strip()
            return
        self._maker.start()

    def facts(self) -> dict[str, Any]:
        """For /api/facts: whether there is a video, what is to be said of it, its size."""
        if self._source is None:
            return {"there": False, "note": self._note}
        return {
            "there": True,
            "note": self._note,
            "size": [self._source.width, self._source.height],
            "pixel_aspect": self._source.pixel_aspect,
        }

    def status(self) -> dict[str, Any]:
        """For /api/status. quick: share of the frames of which any is there at once."""
        if self._maker is None:
            return {"quick": float(self._source is not None), "making": False, "note": ""}
        return {
            "quick": round(self._maker.share, 4),
            "making": self._maker.works,
            "note": self._maker.note,
        }

    def frame(self, index: int, width: int, sharp: bool = False) -> Picture:
        """A whole picture, at most so wide; from the small copy where that is there, unless sharp.

        Raises NoPictureError.
        """
        for tier in (True,) if sharp else (False, True):
            known = self._jpegs.get((index, width, tier))
            if known is not None:
                return Picture(known, tier)
        image = None if sharp or self._proxy is None else self._proxy.picture(index)
        is_sharp = image is None
        if is_sharp and not sharp and self._maker is not None:
            self._maker.want([index])
        data = jpeg(at_most(self._decoded(index) if image is None else image, width=width))
        self._jpegs.put((index, width, is_sharp), data, len(data))
        return Picture(data, is_sharp)

    def crop(self, index: int, box: Box, height: int, sharp: bool = False) -> Picture:
        """What a box holds, with a margin, at most so high; at once where it can be had at once.

        sharp: from the video itself, however long that takes. Raises NoPictureError.
        """
        part = self._crops.get((index, box))
        if part is not None:
            return Picture(jpeg(at_most(part, height=height)), True)
        small = None if sharp or self._proxy is None else self._proxy.picture(index)
        if small is not None and self._source is not None:
            scale = small.shape[1] / self._source.width, small.shape[0] / self._source.height
            part = cut(small, _scaled(box, scale))
            self.prefetch([(index, box)])
            return Picture(jpeg(at_most(part, height=height)), False)
        part = self._cut_sharp(index, box, self._decoded(index))
        return Picture(jpeg(at_most(part, height=height)), True)

    def prefetch(self, wanted: Sequence[tuple[int, Box]]) -> None:
        """Have these crops ready, and the parts of the video around them."""
        if self._prefetcher is not None:
            self._prefetcher.want([w for w in wanted if self._crops.get(w) is None])
        if self._maker is not None:
            self._maker.want([index for index, _ in wanted])

    def close(self) -> None:
        for each in (self._maker, self._prefetcher, self._proxy, self._decoders):
            if each is not None:
                each.close()

    def _cut_sharp(self, index: int, box: Box, image: Image) -> Image:
        part = cut(image, box).copy()  # a view would hold the whole picture
        self._crops.put((index, box), part, part.nbytes)
        return part

    def _decoded(self, index: int) -> Image:
        if self._decoders is None:
            raise NoPictureError("there is no video")
        try:
            return self._decoders.picture(index)
        except VideoError as error:
            raise NoPictureError(str(error)) from error


class _Prefetcher:
    """A thread that cuts what the coming questions show out of the video; the newest wish first."""

    def __init__(self, decoder: Decoder, done: Callable[[int, Box, Image], object]) -> None:
        self._decoder, self._done = decoder, done
        self._wanted: dict[int, dict[Box, None]] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._work, daemon=True, name="review-prefetch")
        self._thread.start()

    def want(self, wanted: Iterable[tuple[int, Box]]) -> None:
        with self._changed:
            newest: dict[int, dict[Box, None]] = {}
            for index, box in wanted:
                newest.setdefault(index, {})[box] = None
            for index, boxes in self._wanted.items():
                newest[index] = newest.get(index, {}) | boxes
            self._wanted = dict([*newest.items()][:_MAX_PREFETCHED])
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()
        self._decoder.close()

    def _next(self) -> tuple[int, list[Box]] | None:
        with self._changed:
            while not self._wanted and not self._ended:
                self._changed.wait()
            if self._ended:
                return None
            index = self._nearest()
            return index, [*self._wanted.pop(index)]

    def _nearest(self) -> int:
        """The one that is decoded next on the way, else the first that was wished for."""
        steps = {i: n for i in self._wanted if (n := self._decoder.steps_to(i)) is not None}
        return min(steps, key=steps.__getitem__) if steps else next(iter(self._wanted))

    def _work(self) -> None:
        while (job := self._next()) is not None:
            index, boxes = job
            try:
                image = self._decoder.picture(index)
            except VideoError:  # whoever asks for the picture is told
                continue
            for box in boxes:
                self._done(index, box, image)


def cut(image: Image, box: Box) -> Image:
    """What of a box and a margin lies in the picture, at least one pixel."""
    height, width = image.shape[:2]
    pad = _MARGIN * (box[3] - box[1])
    left = min(max(math.floor(box[0] - pad), 0), width - 1)
    top = min(max(math.floor(box[1] - pad), 0), height - 1)
    right = min(max(math.ceil(box[2] + pad), left + 1), width)
    bottom = min(max(math.ceil(box[3] + pad), top + 1), height)
    return image[top:bottom, left:right]


def _scaled(box: Box, scale: tuple[float, float]) -> Box:
    return box[0] * scale[0], box[1] * scale[1], box[2] * scale[0], box[3] * scale[1]


def at_most(image: Image, *, width: int | None = None, height: int | None = None) -> Image:
    """Smaller where it is larger than that."""
    high, wide = image.shape[:2]
    scale = min((width or wide) / wide, (height or high) / high)
    if scale >= 1:
        return image
    size = max(round(wide * scale), 1), max(round(high * scale), 1)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(image: Image) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
