"""teamsheet: track the players of a match and say who each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.interop.detections import from_detections, to_detections
    from tracker.library import read_table, track
    from tracker.publish.table import TrackTable

__version__ = "0.1.0"
__all__ = ["TrackTable", "from_detections", "read_table", "to_detections", "track"]

_HOMES = {
    "TrackTable": "tracker.publish.table",
    "from_detections": "tracker.interop.detections",
    "read_table": "tracker.library",
    "to_detections": "tracker.interop.detections",
    "track": "tracker.library",
}
"""Name to the module it lives in, which is loaded when it is asked for: they are heavy."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
