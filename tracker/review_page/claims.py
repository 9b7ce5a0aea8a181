"""Who decodes which picture: nobody decodes what somebody else is at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Claims:
    """Of pictures by their number, for many threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: set[int] = set()

    @contextmanager
    def of(self, index: int) -> Iterator[None]:
        """Have this picture for oneself; waits for who has it."""
        with self._changed:
            while index in self._taken:
                self._changed.wait()
            self._taken.add(index)
        try:
            yield
        finally:
            with self._changed:
                self._taken.remove(index)
                self._changed.notify_all()

    def is_free(self, index: int) -> bool:
        return index not in self._taken
