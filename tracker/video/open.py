"""The one door to pictures: files, folders, sequences, cameras and addresses, opened by name."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from tracker.text import hidden
from tracker.video.source import Source, VideoError, hash_ends

_ADDRESS = re.compile(r"^(rtsps?|rtmps?|https?|srt|udp|rtp|tcp)://", re.IGNORECASE)


def is_live(spec: str) -> bool:
    """Whether it is a webcam's number or an address, which may have no end."""
    return spec.isdecimal() or bool(_ADDRESS.match(spec))


def open_source(spec: str) -> Source:
    """Open a video file, a folder, a MOT sequence, a webcam number or an address.

    Raises VideoError (one line) where there is nothing that can be read.
    """
    # Here, not above: each brings a library of its own.
    from tracker.video.animated_webp import AnimatedPicture, is_animated_webp
    from tracker.video.file import VideoFile
    from tracker.video.image_sequence import open_folder
    from tracker.video.stream import live_address, open_webcam

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
    from tracker.video.image_sequence import open_folder

    path = Path(spec).expanduser()
    if path.is_dir():
        return open_folder(path).fingerprint()
    return hash_ends(path) if path.is_file() else None


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"{path}: no such file or folder (and no folder {folder})"
    near = difflib.get_close_matches(path.name, [p.name for p in folder.iterdir()], n=1)
    hint = f"; did you mean {folder / near[0]}?" if near else "; check the path"
    return f"{path}: no such file or folder{hint}"
