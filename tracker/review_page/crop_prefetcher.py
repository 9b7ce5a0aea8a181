"""The thread that cuts out of the video what the coming questions show, before it is wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from tracker.review_page.background import step_back
from tracker.review_page.claims import Claims
from tracker.review_page.decoder import Decoder
from tracker.types import Image
from tracker.video.source import VideoError

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of the video."""
_MAX_PREFETCHED = 200
_NICENESS = 5


class Album(Protocol):
    """Where crops are kept."""

    def has_crop(self, index: int, box: Box) -> bool: ...
    def cut_out(self, index: int, box: Box, image: Image) -> object: ...


class CropPrefetcher:
    """The newest wish comes first. Pictures are numbered from 0."""

    def __init__(self, decoder: Decoder, claims: Claims, album: Album) -> None:
        self._decoder, self._claims, self._album = decoder, claims, album
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

    def kept(self, index: int) -> Image | None:
        """A whole picture that it has just cut from."""
        return self._decoder.kept(index)

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
        """The one that is decoded next on the way, else the first that nobody is decoding."""
        steps = {i: n for i in self._wanted if (n := self._decoder.steps_to(i)) is not None}
        if steps:
            return min(steps, key=steps.__getitem__)
        first = next(iter(self._wanted))
        return next(filter(self._claims.is_free, self._wanted), first)

    def _work(self) -> None:
        step_back(_NICENESS)
        while (job := self._next()) is not None:
            index, boxes = job
            with self._claims.of(index):
                missing = [box for box in boxes if not self._album.has_crop(index, box)]
                with suppress(VideoError):  # whoever asks for the picture is told
                    for box in missing:
                        self._album.cut_out(index, box, self._decoder.picture(index))
