"""Lines of anchors out of stdin or a named pipe, read in a thread while a run goes on.

Nobody waits for a sender who is slow or silent. What lies in the pipe already is read before the
frame is followed that it may be about, so that a sender who is ahead gives the same run each time.
"""

from __future__ import annotations

import os
import select
import stat
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tracker.anchors.live import MAX_LINE, Spelling, read_line
from tracker.anchors.rows import AnchorError, AnchorRows

STDIN = "-"
_AT_ONCE = 1 << 12  # bytes
_WAKE_S = 0.1  # in which it is seen that the run is over
_PATIENCE_S = 0.2  # for what lies in the pipe and is not read yet; given up after _MOST such waits
_MOST = 10
_MAX_WAITING = 200_000  # lines that are read ahead of the run
_MAX_NOTES = 200


def is_pipe(path: Path) -> bool:
    """Whether anchors come by it while a run goes on: "-" is stdin, else a named pipe."""
    if str(path) == STDIN:
        return True
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False


class AnchorPipe:
    """The anchors of one pipe. source: their name. players: the roster. fps: of the video.

    counts: "lines" that came, "anchors" of players in them, "no anchor": lines that are none,
    "unknown": anchors of somebody else. notes: lines for the user, each thing once.
    """

    def __init__(self, path: Path, source: str, players: Sequence[str], fps: float) -> None:
        self.source = source
        self.counts: Counter[str] = Counter()
        self.notes: deque[str] = deque()
        self._path, self._fps = path, fps
        self._spelling = Spelling(players)
        self._rows: deque[AnchorRows] = deque()
        self._noted: set[str] = set()
        self._reading = threading.Lock()
        self._stopped = threading.Event()
        self._newest = 0.0  # frame, from 1, of which something has come
        self._waits = 0  # that were in vain
        self._rest = b""
        self._descriptor: int | None = None
        self._thread = threading.Thread(target=self._read, name="anchors", daemon=True)

    def start(self) -> None:
        """Open it. Raises AnchorError where there is nothing to read."""
        try:
            self._descriptor = self._opened()
            os.fstat(self._descriptor)
        except OSError as error:
            raise AnchorError(f"{self._what}: cannot be read ({error.strerror})") from error
        self._thread.start()

    def close(self) -> None:
        """No more is wanted."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)
        if self._descriptor not in (None, 0):
            os.close(self._descriptor or 0)
        self._descriptor = None

    def taken(self, frame: int) -> list[AnchorRows]:
        """What has come since, before this frame, from 1, is followed."""
        self._catch_up(frame)
        every = []
        while self._rows:
            every.append(self._rows.popleft())
        return every

    @property
    def _what(self) -> str:
        return "--anchors -" if str(self._path) == STDIN else f"--anchors {self._path}"

    def _opened(self) -> int:
        if str(self._path) == STDIN:
            return 0
        return os.open(self._path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))

    def _catch_up(self, frame: int) -> None:
        """Wait while something is in the pipe and nothing of a later frame has come."""
        until = time.monotonic() + _PATIENCE_S
        while self._newest <= frame and self._waits < _MOST:
            left_s = until - time.monotonic()
            if left_s <= 0:
                self._waits += 1
                return
            if self._reading.acquire(timeout=left_s):
                try:
                    if not self._thread.is_alive() or not self._readable(0.0):
                        return
                finally:
                    self._reading.release()
            time.sleep(0.0002)

    def _readable(self, timeout_s: float) -> bool:
        if self._descriptor is None:
            return False
        try:
            return bool(select.select([self._descriptor], [], [], timeout_s)[0])
        except (OSError, ValueError):  # Windows knows that of sockets alone
            return timeout_s > 0

    def _read(self) -> None:
        try:
            while not self._stopped.is_set():
                if len(self._rows) > _MAX_WAITING:
                    time.sleep(_WAKE_S)
                elif self._readable(_WAKE_S):
                    with self._reading:
                        if not self._read_some():
                            return
        except OSError as error:
            self._note(f"{self._what}: cannot be read any more ({error.strerror})")

    def _read_some(self) -> bool:
        """Whether there may be more."""
        assert self._descriptor is not None
        chunk = os.read(self._descriptor, _AT_ONCE)
        if chunk:
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > MAX_LINE:
                self._rest = self._rest[: MAX_LINE + 1]
            for line in lines:
                self._take_in(line)
            return True
        if self._rest:
            self._take_in(self._rest)
            self._rest = b""
        if self._descriptor == 0:
            return False
        before, self._descriptor = self._descriptor, self._opened()  # another sender may come
        os.close(before)
        return True

    def _take_in(self, line: bytes) -> None:
        self.counts["lines"] += 1
        try:
            rows, unknown = self._spelling.fitted(every := read_line(line))
        except AnchorError as error:
            self.counts["no anchor"] += 1
            why = str(error).partition(": ")[2] or str(error)
            number = self.counts["lines"]
            self._note(f"{self.source}: line {number} is no anchor ({why}); left out", "no anchor")
            return
        self.counts["unknown"] += len(every) - len(rows)
        for name, why in unknown.items():
            self._note(f"{why}; left out", name)
        for warning in every.warnings:
            self._note(warning, "".join(c for c in warning if not c.isdigit()))
        if len(rows):
            self.counts["anchors"] += len(rows)
            at = np.where(rows.frames > 0, rows.frames, rows.times_s * self._fps + 1)
            self._newest = max(self._newest, float(np.nan_to_num(at).max()))
            self._rows.append(rows)

    def _note(self, text: str, kind: str = "") -> None:
        if (kind or text) not in self._noted and len(self._noted) < _MAX_NOTES:
            self._noted.add(kind or text)
            self.notes.append(text)
