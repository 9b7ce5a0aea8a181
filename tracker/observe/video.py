"""Pictures in: one door for video files, folders of pictures, MOT sequences, cameras, addresses."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tracker.errors import TeamsheetError
from tracker.records import Frame
from tracker.text import hidden

FALLBACK_FPS = 25.0
"""Assumed, with a warning, where a source does not say how fast it runs."""

_MIB = 1 << 20
_ADDRESS = re.compile(r"^(rtsps?|rtmps?|https?|srt|udp|rtp|tcp)://", re.IGNORECASE)


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


def is_live(spec: str) -> bool:
    """Whether it is a webcam's number or an address, which may have no end."""
    return spec.isdecimal() or bool(_ADDRESS.match(spec))


def open_source(spec: str) -> Source:
    """Open a video file, a folder, a MOT sequence, a webcam number or an address.

    Raises VideoError (one line) where there is nothing that can be read.
    """
    # Here, not above: all raise the VideoError of this file.
    from tracker.observe.animated import AnimatedPicture, is_animated_webp
    from tracker.observe.container import VideoFile
    from tracker.observe.live import live_address, open_webcam
    from tracker.observe.sequence import open_folder

    if spec.isdecimal():
        return open_webcam(int(spec))
    if _ADDRESS.match(spec):
        file = VideoFile(spec)  # one that has an end is a file elsewhere, read in full
        return live_address(file) if file.frame_count is None else file
    path = Path(spec).expanduser()
    if path.is_dir():
        return open_folder(path)
    if not path.exists():
        raise VideoError(_missing(path))
    if not path.is_file():
        raise VideoError(f"{path}: a pipe or a device, which cannot be read twice; give a file")
    if path.stat().st_size == 0:
        raise VideoError(f"{path}: the file is empty; copy or download it again")
    if path.is_file() and is_animated_webp(path):
        return AnimatedPicture(path)
    return VideoFile(path)


def open_recorded(spec: str) -> Source:
    """As `open_source`, for what a run's own files name, which may be a stranger's.

    Raises VideoError also where it is no file or folder of this machine: nobody is called, and no
    camera is switched on, because a run.json says so.
    """
    if is_live(spec) or "://" in spec:
        raise VideoError(
            f"{hidden(spec)} is a camera or an address, which is not opened because a run's files "
            "name it; give the recording with --video"
        )
    return open_source(spec)


def known_fingerprint(spec: str) -> str | None:
    """`Source.fingerprint` of a file or folder, without opening the video; None where spec is
    neither."""
    from tracker.observe.sequence import open_folder

    path = Path(spec).expanduser()
    if path.is_dir():
        return open_folder(path).fingerprint()
    return hash_ends(path) if path.is_file() else None


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


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"{path}: no such file or folder (and no folder {folder})"
    near = difflib.get_close_matches(path.name, [p.name for p in folder.iterdir()], n=1)
    hint = f"; did you mean {folder / near[0]}?" if near else "; check the path"
    return f"{path}: no such file or folder{hint}"
