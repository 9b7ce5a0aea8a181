"""Animated WebP, which FFmpeg does not decode, through Pillow."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageSequence

from tracker.limits import MAX_FPS, MAX_FRAMES, MAX_PIXELS
from tracker.types import Frame, Image
from tracker.video.source import FALLBACK_FPS, VideoError, beyond_end, check_range, hash_ends

_HEAD = 21  # RIFF, size, WEBP, VP8X, size, flags
_ANIMATED = 0x02  # of the flags


def is_animated_webp(path: Path) -> bool:
    """By its header alone."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    webp = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) == _HEAD
    return webp and bool(head[20] & _ANIMATED)


class AnimatedPicture:
    """A Source whose pictures are shown for as long as the file says; see `tracker.video.source`.

    Raises VideoError where it cannot be read.
    """

    has_images = True
    live = False
    detections_file: Path | None = None
    pixel_aspect = 1.0

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name
        self.warnings: list[str] = []
        with self._open() as picture:
            self.width, self.height = picture.size
            self.frame_count = int(getattr(picture, "n_frames", 1))
            if self.width * self.height > MAX_PIXELS or self.frame_count > MAX_FRAMES:
                raise VideoError(
                    f"{path}: {self.frame_count} pictures of {self.width}x{self.height} pixels "
                    "cannot be read; scale it down"
                )
            shown_s = _shown_s(picture)
        fps = 1 / shown_s if shown_s > 0 else 0.0
        self.fps = fps if 0 < fps < MAX_FPS else FALLBACK_FPS
        if self.fps != fps:
            self.warnings.append(
                f"{path}: does not say how fast it runs, {self.fps:g} frames a second are assumed"
            )

    def fingerprint(self) -> str:
        """See Source.fingerprint."""
        return hash_ends(self._path)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """See Source.frames."""
        check_range(start, stop)
        if start >= self.frame_count:
            raise beyond_end(str(self._path), start, self.frame_count)
        time_s, index = 0.0, -1
        with self._open() as picture:
            try:
                for index, shown in enumerate(ImageSequence.Iterator(picture)):
                    if stop is not None and index >= stop:
                        return
                    if index >= start:
                        yield Frame(index, time_s, _flat(shown))
                    time_s += _shown_s(shown) or 1 / self.fps
            except (OSError, ValueError, SyntaxError) as error:
                why = " ".join(str(error).split())[:80]
                self.warnings.append(f"{self._path}: stops at frame {index + 1}, damaged ({why})")

    def _open(self) -> Pillow.Image:
        try:
            with python_warnings.catch_warnings():
                python_warnings.simplefilter("ignore")  # Pillow's own, about bombs
                return Pillow.open(self._path, formats=("WEBP",))
        except Exception as error:  # a hostile file makes Pillow raise more than can be listed
            raise VideoError(
                f"{self._path}: an animated WebP that cannot be read; save it as a video"
            ) from error


def _shown_s(picture: Pillow.Image) -> float:
    """For how long a picture is shown; of the file as opened, the first one."""
    picture.load()
    return float(picture.info.get("duration", 0) or 0) / 1000


def _flat(picture: Pillow.Image) -> Image:
    """(H, W, 3) BGR, black where it is transparent."""
    seen = np.asarray(picture.convert("RGBA"), np.uint8)
    alpha = seen[..., 3:].astype(np.uint16)
    return np.ascontiguousarray((seen[..., 2::-1] * alpha + 127) // 255, np.uint8)
