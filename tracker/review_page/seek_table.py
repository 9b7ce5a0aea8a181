"""Where the key pictures of a long file are: read once, by one thread, before anybody jumps.

To find a picture by its number, the time stamps of all packets before it are needed. Those of a
whole match take seconds to read, and would be read again for every place that lies further on.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from tracker.video.file import SEEK_FROM, VideoFile
from tracker.video.source import Source, VideoError


class SeekTable:
    """Of one source."""

    def __init__(self, source: Source, last: int) -> None:
        """last: the last picture, 0-based, that somebody may jump to."""
        self._source, self._last = source, last
        self._there = threading.Event()
        if isinstance(source, VideoFile) and last >= SEEK_FROM:
            threading.Thread(target=self._read, daemon=True, name="review-places").start()
        else:
            self._there.set()

    def wait_for(self, index: int) -> None:
        """Until reading from this picture on, 0-based, needs no more than is known."""
        if index >= SEEK_FROM:
            self._there.wait()

    def _read(self) -> None:
        try:
            with suppress(VideoError):  # whoever wants a picture is told
                assert isinstance(self._source, VideoFile)
                self._source.seek_point(self._last)
        finally:
            self._there.set()
