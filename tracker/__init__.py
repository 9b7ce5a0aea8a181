"""teamsheet: track the players of a match and say who each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.version import __version__ as __version__

if TYPE_CHECKING:
    from tracker.api import LiveTracker, LiveTrackerError, live_tracker, read_table, track
    from tracker.output.supervision import from_detections, to_detections
    from tracker.output.table import TrackTable

__all__ = [
    "LiveTracker", "LiveTrackerError", "TrackTable", "from_detections", "live_tracker",
    "read_table", "to_detections", "track",
]  # fmt: skip

_HOMES = {
    "LiveTracker": "tracker.api",
    "LiveTrackerError": "tracker.api",
    "live_tracker": "tracker.api",
    "TrackTable": "tracker.output.table",
    "from_detections": "tracker.output.supervision",
    "read_table": "tracker.api",
    "to_detections": "tracker.output.supervision",
    "track": "tracker.api",
}
"""Name to the module it lives in, which is loaded when it is asked for: they are heavy."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
