"""Pictures in: one door for video files, folders of pictures, MOT sequences, cameras, addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tracker.errors import TeamsheetError
from tracker.types import Frame

FALLBACK_FPS = 25.0
"""Assumed, with a warning, where a source does not say how fast it runs."""

_MIB = 1 << 20


class VideoError(TeamsheetError):
    """A source cannot be opened or read on; the message is one line and names the remedy."""


class Source(Protocol):
    """Where pictures come from.

    width, height: of every picture, pixels. pixel_aspect: width of a pixel over its height. fps:
    nominal; `Frame.time_s` is the true time. frame_count: an estimate for progress, None where
    unknown. has_images: False where a sequence is known by its text files alone. live: times are of
    the wall clock and `frames` can be read once. detections_file: det/det.txt of a MOT sequence.
    warnings: one line each, filled while reading.
    """

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def pixel_aspect(self) -> float: ...
    @property
    def fps(self) -> float: ...
    @property
    def frame_count(self) -> int | None: ...
    @property
    def has_images(self) -> bool: ...
    @property
    def live(self) -> bool: ...
    @property
    def detections_file(self) -> Path | None: ...
    @property
    def warnings(self) -> list[str]: ...

    def fingerprint(self) -> str:
        """Hex sha256 that changes when the source does (files: size, first and last MiB)."""
        ...

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames start <= index < stop, 0-based, in order, one at a time in memory.

        `Frame.index` is the number in the source: it rises by 1, but jumps over a picture that is
        damaged, so that all others keep their numbers. Raises VideoError where the range is
        empty or lies beyond the end, or where reading cannot go on.
        """
        ...


def check_range(start: int, stop: int | None) -> None:
    """Raise VideoError unless start <= index < stop can hold a frame."""
    if start < 0 or (stop is not None and stop <= start):
        last = "the end" if stop is None else stop
        raise VideoError(f"frames {start + 1} to {last}: empty range; frames count from 1")


def hash_ends(path: Path) -> str:
    """Hex sha256 of a file's size, first and last MiB: quick for any match."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_MIB))
        file.seek(max(size - _MIB, 0))
        digest.update(file.read(_MIB))
    return digest.hexdigest()


def beyond_end(name: str, start: int, count: int) -> VideoError:
    """The error of a range that starts after the last frame."""
    return VideoError(f"{name}: frame {start + 1} is beyond the end, it has {count} frames")
