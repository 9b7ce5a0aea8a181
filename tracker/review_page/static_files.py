"""The files of the page, read once: nothing that a client names is ever opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """kind: its media type."""

    data: bytes
    kind: str


def static_files() -> Mapping[str, StaticFile]:
    """Name to file, of the folder static/ beside this module."""
    folder = resources.files("tracker.review_page") / "static"
    found = {}
    for entry in folder.iterdir():
        kind = _KINDS.get(entry.name[entry.name.rfind(".") :])
        if entry.is_file() and kind is not None:
            found[entry.name] = StaticFile(entry.read_bytes(), kind)
    return found
