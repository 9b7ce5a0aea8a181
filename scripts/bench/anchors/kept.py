"""What jobs of one process use again: reading a clip takes longer than following it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")
_MOST = 8
_VALUES: dict[Hashable, object] = {}


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """What was made for a key, made where it is not there; the oldest of many are let go."""
    if key not in _VALUES:
        while len(_VALUES) >= _MOST:
            del _VALUES[next(iter(_VALUES))]
        _VALUES[key] = make()
    return _VALUES[key]  # type: ignore[return-value]  # of the same maker
