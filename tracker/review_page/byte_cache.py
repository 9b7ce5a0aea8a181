"""What was used last, up to so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class ByteCache(Generic[_Value]):
    """Values by key; those used longest ago go first. For many threads."""

    def __init__(self, room: int) -> None:
        """room: bytes."""
        self._room = room
        self._used = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[_Value, int]] = OrderedDict()

    def get(self, key: Hashable) -> _Value | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: _Value, size: int) -> None:
        """size: bytes. What is larger than all the room is not kept."""
        with self._lock:
            if key in self._values:
                self._used -= self._values.pop(key)[1]
            self._values[key] = (value, size)
            self._used += size
            while self._used > self._room:
                self._used -= self._values.popitem(last=False)[1][1]

    @property
    def used(self) -> int:
        """Bytes."""
        return self._used
