"""Who writes into OUT: one of the threads of a review, or another process, never two."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gallery.atomic.lock import BusyError, hold, is_left

WAIT_S = 20.0
"""For a command that is done in seconds."""


class OutLock:
    """The lock of a folder, for the threads of one process too."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._mine = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes there. Raises BusyError."""
        with self._mine, hold(self._out, "review", wait_s=WAIT_S):
            yield

    @property
    def taken(self) -> bool:
        """Another process writes there."""
        if not is_left(self._out) or not self._mine.acquire(blocking=False):
            return False
        try:
            with hold(self._out, "review", wait_s=0):
                return False
        except (BusyError, OSError):
            return True
        finally:
            self._mine.release()
