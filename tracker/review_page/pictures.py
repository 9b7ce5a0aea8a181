"""The pictures of a review as JPEG: whole ones, and what a box holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tracker.errors import TeamsheetError
from tracker.review_page.byte_cache import ByteCache
from tracker.review_page.claims import Claims
from tracker.review_page.crop_prefetcher import Box, CropPrefetcher
from tracker.review_page.decoder import Decoder, Decoders
from tracker.review_page.proxy import PROXY, Proxy
from tracker.review_page.proxy_maker import ProxyMaker
from tracker.review_page.seek_table import SeekTable
from tracker.types import Image
from tracker.video.file import VideoFile
from tracker.video.source import Source, VideoError

QUALITY = 82
_ROOM = 64_000_000  # bytes of each of the two caches
_MARGIN = 0.12  # around a box, of its height


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
        self._prefetcher: CropPrefetcher | None = None
        self._claims = Claims()
        if source is None:
            return
        table = SeekTable(source, frames.stop - 1)
        self._decoders = Decoders(source, table)
        self._prefetcher = CropPrefetcher(Decoder(source, table), self._claims, self)
        if isinstance(source, VideoFile):
            self._begin_proxy(source, table, folder, frames)

    def _begin_proxy(
        self, source: VideoFile, table: SeekTable, folder: Path, frames: range
    ) -> None:
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
        with self._claims.of(index):
            part = self._crops.get((index, box))  # perhaps it was just being decoded
            part = self.cut_out(index, box, self._decoded(index)) if part is None else part
        return Picture(jpeg(at_most(part, height=height)), True)

    def prefetch(self, wanted: Sequence[tuple[int, Box]]) -> None:
        """Have these crops ready, and the parts of the video around them."""
        if self._prefetcher is not None:
            self._prefetcher.want([w for w in wanted if not self.has_crop(*w)])
        if self._maker is not None:
            self._maker.want([index for index, _ in wanted])

    def close(self) -> None:
        for each in (self._maker, self._prefetcher, self._proxy, self._decoders):
            if each is not None:
                each.close()

    def has_crop(self, index: int, box: Box) -> bool:
        """Whether it is there at once, and sharp."""
        return self._crops.get((index, box)) is not None

    def cut_out(self, index: int, box: Box, image: Image) -> Image:
        """Keep what a box holds of a picture of the video."""
        part = cut(image, box).copy()  # a view would hold the whole picture
        self._crops.put((index, box), part, part.nbytes)
        return part

    def _decoded(self, index: int) -> Image:
        if self._decoders is None or self._prefetcher is None:
            raise NoPictureError("there is no video")
        kept = self._prefetcher.kept(index)
        try:
            return self._decoders.picture(index) if kept is None else kept
        except VideoError as error:
            raise NoPictureError(str(error)) from error


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
