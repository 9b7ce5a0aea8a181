"""The thread that makes the small copy of the video: first what is about to be shown."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from itertools import groupby
from pathlib import Path

from av.error import FFmpegError

from tracker.errors import TeamsheetError
from tracker.review_page.background import step_back
from tracker.review_page.proxy import PART, Proxy
from tracker.review_page.seek_table import SeekTable
from tracker.types import Frame
from tracker.video.file import SEEK_FROM, VideoFile
from tracker.video.source import VideoError

_NICENESS = 10
_BYTES_A_FRAME = 30_000
"""More than any part took."""
SPARE = 2_000_000_000
"""Bytes that stay free on the disk."""


class ProxyMaker:
    """Makes the parts of some frames, once each, until all are there or `close` is called."""

    def __init__(
        self, source: VideoFile, table: SeekTable, proxy: Proxy, folder: Path, frames: range
    ) -> None:
        """frames: 0-based, in which the page may be."""
        self._source, self._table, self._proxy = source, table, proxy
        self._due = range(frames.start // PART, (frames.stop - 1) // PART + 1)
        self._wanted: list[int] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.note = _room_for(folder, len(self._left()) * PART)
        self._thread = threading.Thread(target=self._make_all, daemon=True, name="review-proxy")

    def start(self) -> None:
        if not self.note:
            self._thread.start()

    @property
    def share(self) -> float:
        """Of the parts that are there."""
        return 1 - len(self._left()) / max(len(self._due), 1)

    @property
    def works(self) -> bool:
        return self._thread.is_alive()

    def want(self, indices: Iterable[int]) -> None:
        """The parts of these pictures, 0-based, come next, in this order."""
        parts = dict.fromkeys(index // PART for index in indices)
        with self._lock:
            self._wanted = [*parts, *(p for p in self._wanted if p not in parts)][: len(self._due)]

    def close(self) -> None:
        """Waits for the thread, which is at most a picture away from its end."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _left(self) -> list[int]:
        there = self._proxy.parts
        return [part for part in self._due if part not in there]

    def _next(self) -> int | None:
        left = self._left()
        with self._lock:
            self._wanted = [part for part in self._wanted if part in left]
            return next(iter([*self._wanted, *left]), None)

    def _make_all(self) -> None:
        step_back(_NICENESS)
        try:
            if self._jumps():
                self._make_wanted()
            else:
                self._make_in_order()
        except CancelledError:  # the page is closed: a part is not to be finished
            return
        except (FFmpegError, OSError, TeamsheetError) as error:
            why = " ".join(str(error).split())
            self.note = f"the small copy of the video cannot be made: {why}"

    def _jumps(self) -> bool:
        """Whether a place can be found without decoding all before it."""
        last = (self._due.stop - 1) * PART
        self._table.wait_for(last)
        return last < SEEK_FROM or self._source.seeks(last)

    def _make_wanted(self) -> None:
        while not self._ended.is_set() and (part := self._next()) is not None:
            self._table.wait_for(part * PART)
            self._proxy.make(part, self._frames(part * PART, (part + 1) * PART))

    def _make_in_order(self) -> None:
        frames = self._frames(self._due.start * PART, self._due.stop * PART)
        for part, group in groupby(frames, lambda frame: frame.index // PART):
            if not self._proxy.has(part * PART):
                self._proxy.make(part, group)
        for part in self._left():  # not one picture of them can be decoded
            self._proxy.make(part, ())

    def _frames(self, start: int, stop: int) -> Iterator[Frame]:
        try:
            for frame in self._source.frames(start, stop):
                if self._ended.is_set():
                    raise CancelledError
                yield frame
        except VideoError:  # it ends before, or cannot be read on: what there is
            return


def _room_for(folder: Path, frames: int) -> str:
    """Why the copy would not fit on the disk, "" where it does."""
    needed = frames * _BYTES_A_FRAME + SPARE if frames else 0
    free = shutil.disk_usage(folder).free
    if needed <= free:
        return ""
    return (
        f"the disk has no room for a small copy of the video ({needed / 1e9:.0f} GB are to be free,"
        f" {free / 1e9:.0f} are): pictures come slowly"
    )
