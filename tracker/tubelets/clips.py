"""The pictures of clips, out of a video that is read once, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tracker.render.video import encode_h264
from tracker.tubelets.plan import Tubelet
from tracker.types import Frame, Image

_CRF = 18  # small pictures that a network looks at


@dataclass(slots=True, eq=False)
class _Open:
    clip: Tubelet
    pictures: list[Image] = field(default_factory=list)


def filled(
    frames: Iterable[Frame], clips: Iterable[Tubelet], size: int
) -> Iterator[tuple[Tubelet, Image | None]]:
    """Every clip with its pictures (T, H, W, 3) RGB, as soon as they are whole.

    None where the video lacks a frame. clips: in the order of their first frames. Only the clips
    that are open are in memory: one a player.
    """
    waiting, recording = iter(clips), list[_Open]()
    following = next(waiting, None)
    for frame in frames:
        number = frame.index + 1
        while following is not None and following.frames[0] <= number:
            recording.append(_Open(following))
            following = next(waiting, None)
        for waiting_clip in list(recording):
            wanted = int(waiting_clip.clip.frames[len(waiting_clip.pictures)])
            if wanted == number and frame.image is not None:
                square = waiting_clip.clip.squares[len(waiting_clip.pictures)]
                waiting_clip.pictures.append(_cut_out(frame.image, square.tolist(), size))
            lost = wanted < number or (wanted == number and frame.image is None)
            if lost or len(waiting_clip.pictures) == len(waiting_clip.clip.frames):
                recording.remove(waiting_clip)
                yield waiting_clip.clip, None if lost else np.stack(waiting_clip.pictures)
        if following is None and not recording:
            return
    yield from ((waiting_clip.clip, None) for waiting_clip in recording)
    if following is not None:
        yield from ((clip, None) for clip in (following, *waiting))


def _cut_out(image: Image, square: list[float], size: int) -> Image:
    """(size, size, 3) RGB; beyond the picture's border its edge is repeated."""
    x1, y1, x2, _ = square
    side = round(x2 - x1)
    # getRectSubPix counts from the middle of pixels
    centre = (x1 + (side - 1) / 2, y1 + (side - 1) / 2)
    crop = cv2.getRectSubPix(image, (side, side), centre)
    way = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(crop, (size, size), interpolation=way)[..., ::-1])


def _write_mp4(pictures: Image, path: Path, fps: float) -> None:
    times = ((np.ascontiguousarray(p[..., ::-1]), i / fps) for i, p in enumerate(pictures))
    encode_h264(times, path, fps, _CRF, lambda count: None)


def _write_npy(pictures: Image, path: Path, fps: float) -> None:
    np.save(path, pictures, allow_pickle=False)


def _write_pt(pictures: Image, path: Path, fps: float) -> None:
    import torch

    torch.save(torch.from_numpy(pictures), path)


FORMATS: dict[str, Callable[[Image, Path, float], None]] = {
    "mp4": _write_mp4,
    "npy": _write_npy,
    "pt": _write_pt,
}
"""Ending of a file to the function that writes pictures (T, H, W, 3) RGB at so many a second."""
