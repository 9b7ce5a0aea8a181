"""Pictures of a source by their numbers, read on from where the last one was found."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator

from tracker.review_page.seek_table import SeekTable
from tracker.types import Frame, Image
from tracker.video.file import VideoFile
from tracker.video.source import Source, VideoError

_KEPT_BYTES = 64_000_000
_READ_ON = 48
"""So many pictures ahead are decoded sooner than a jump is made."""


class Decoder:
    """One place in a source. Keeps the last pictures, for those who go back a little.

    For one thread at a time: hold `lock` meanwhile.
    """

    def __init__(self, source: Source, table: SeekTable) -> None:
        self.lock = threading.Lock()
        self._source, self._table = source, table
        self._frames: Iterator[Frame] = iter(())
        self._following = -1  # number of the picture that comes next, -1: none
        self._kept: OrderedDict[int, Image] = OrderedDict()
        size = source.width * source.height * 3
        self._room = max(2, _KEPT_BYTES // max(size, 1))

    def steps_to(self, index: int) -> int | None:
        """How many pictures are to be decoded for this one, 0-based; None: a jump is due."""
        if index in self._kept:
            return 0
        ahead = index - self._following
        return ahead + 1 if self._following >= 0 and 0 <= ahead < _READ_ON else None

    def kept(self, index: int) -> Image | None:
        """The picture if it was just decoded. From any thread."""
        return self._kept.get(index)

    def picture(self, index: int) -> Image:
        """The picture with this number, 0-based. Raises VideoError where there is none."""
        if index not in self._kept:
            if self.steps_to(index) is None:
                self._table.wait_for(index)
                if self._jump_pays(index):
                    self._frames, self._following = self._source.frames(index), index
            self._read_to(index)
        return self._kept[index]

    def close(self) -> None:
        self._frames, self._following = iter(()), -1
        self._kept.clear()

    def _jump_pays(self, index: int) -> bool:
        """Not where the place to read on from lies behind the one that is read at."""
        if not isinstance(self._source, VideoFile) or not 0 <= self._following <= index:
            return True
        point = self._source.seek_point(index)
        return point is not None and point[1] > self._following

    def _read_to(self, index: int) -> None:
        try:
            for frame in self._frames:
                self._following = frame.index + 1
                if frame.image is not None:
                    self._keep(frame.index, frame.image)
                if frame.index >= index:
                    break
        except VideoError:
            self.close()
            raise
        if index not in self._kept:
            self.close()
            raise VideoError(f"frame {index + 1} is not in the video")

    def _keep(self, index: int, image: Image) -> None:
        self._kept[index] = image
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)


class Decoders:
    """A few places in one source: two who play at once do not make each other jump."""

    def __init__(self, source: Source, table: SeekTable, count: int = 2) -> None:
        self._decoders = [Decoder(source, table) for _ in range(count)]
        self._lock = threading.Lock()

    def picture(self, index: int) -> Image:
        """See Decoder.picture. From any thread."""
        chosen = self._chosen(index)
        with chosen.lock:
            return chosen.picture(index)

    def _chosen(self, index: int) -> Decoder:
        """The one that is nearest before it, else the one that was wanted longest ago."""
        with self._lock:
            near = [(steps, d) for d in self._decoders if (steps := d.steps_to(index)) is not None]
            chosen = min(near, key=lambda each: each[0])[1] if near else self._decoders[0]
            self._decoders.remove(chosen)
            self._decoders.append(chosen)
            return chosen

    def close(self) -> None:
        for decoder in self._decoders:
            with decoder.lock:
                decoder.close()
