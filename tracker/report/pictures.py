"""The pictures of a report, cut out of the video in one pass over the places that are wanted."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from tracker.report.run_facts import RunFacts
from tracker.report.thumbnails import KIT, Thumb, ThumbnailPlan, Tile
from tracker.types import Image
from tracker.video.open import is_live, open_recorded, open_source
from tracker.video.source import Source, VideoError

BYTES = 9_000_000
"""All pictures together; a third more once they are text."""
_THUMB_PX = 96  # high
_TILE_PX = 168
_QUALITY = 72
_NEAR = 250
"""Frames closer together than this are read on without a jump."""
OWN = (0, 159, 230)  # orange (Okabe and Ito), BGR

Progress = Callable[[int, int], None]
"""(pictures done, pictures in all)"""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A picture as a file, with its width and height in pixels."""

    data: bytes
    size: tuple[int, int]


@dataclass(slots=True)
class Album:
    """tiles: by question, (frame, picture). thumbs: by person. kits: by kit. notes: what is
    missing, and why."""

    tiles: dict[int, list[tuple[int, Jpeg]]] = field(default_factory=lambda: defaultdict(list))
    thumbs: dict[int, list[tuple[Thumb, Jpeg]]] = field(default_factory=lambda: defaultdict(list))
    kits: dict[int, list[tuple[Thumb, Jpeg]]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)

    def of(self, thumb: Thumb) -> dict[int, list[tuple[Thumb, Jpeg]]]:
        """Where a picture belongs."""
        return self.kits if thumb.what == KIT else self.thumbs


def open_video(receipt: RunFacts, given: str | None) -> tuple[Source | None, list[str]]:
    """The video of a run, and what to say of it. given: by the user, else that of the receipt.

    None where it is gone. Raises VideoError where the one that was given cannot be used.
    """
    spec, size = receipt.spec, receipt.size
    if given is None and (is_live(spec) or "://" in spec):
        return None, [f"no pictures: {receipt.name} was live; give a recording of it with --video"]
    if given is not None and given.isdecimal():
        raise VideoError(f"--video {given}: a camera shows what is now; give the recording")
    try:
        source = open_source(given) if given is not None else open_recorded(spec)
        if not source.has_images:
            return None, [f"no pictures: {source.name} has none"]
        if (source.width, source.height) != size:
            raise VideoError(
                f"{source.name} has {source.width}x{source.height} pixels, what was tracked has "
                f"{size[0]}x{size[1]}; give that one with --video"
            )
    except VideoError as error:
        if given is not None:
            raise
        return None, [f"no pictures: {error} (or give it with --video)"]
    same = source.fingerprint() == receipt.fingerprint
    unlike = f"{source.name} is not the very file that was tracked: pictures may not fit"
    return source, [] if same else [unlike]


def take_pictures(source: Source, plan: ThumbnailPlan, progress: Progress) -> Album:
    """Read what is wanted. Where the video breaks off, the rest is missing and said to be."""
    album, used, left_out = Album(), 0, plan.left_out
    jobs: dict[int, list[Tile | Thumb]] = defaultdict(list)
    for tile in plan.tiles:
        jobs[tile.frame].append(tile)
    for thumb in plan.thumbs:
        jobs[thumb.frame].append(thumb)
    done = 0
    try:
        for frame, image in read_frames(source, sorted(jobs)):
            for job in jobs.pop(frame):
                jpeg = _cut(image, job)
                if used + len(jpeg.data) > BYTES:
                    left_out += 1
                    continue
                used += len(jpeg.data)
                if isinstance(job, Tile):
                    album.tiles[job.item].append((frame, jpeg))
                else:
                    album.of(job)[job.person].append((job, jpeg))
            done += 1
            progress(done, done + len(jobs))
    except VideoError as error:
        album.notes.append(f"pictures are missing: {error}")
    if jobs:
        album.notes.append(f"{len(jobs)} frames could not be read; their pictures are missing")
    if left_out:
        album.notes.append(f"{left_out} thumbnails were left out to keep this file small and quick")
    for strip in album.tiles.values():
        strip.sort(key=lambda each: each[0])
    for shown in album.thumbs.values():
        shown.sort(key=lambda each: each[0].frame)
    return album


def read_frames(source: Source, wanted: list[int]) -> Iterator[tuple[int, Image]]:
    """(number, picture) of these frames, from 1 and in order. Not in that order in a long video.

    There the last place is read first: it has the file's table of places made once for all.
    """
    breaks = np.flatnonzero(np.diff(wanted) > _NEAR) + 1
    groups = [part.tolist() for part in np.split(np.array(wanted), breaks) if len(part)]
    if groups and not _jumps(source, groups[-1][0] - 1):
        groups = [wanted]
    for group in reversed(groups):
        among = set(group)
        for frame in source.frames(group[0] - 1, group[-1]):
            if frame.index + 1 in among and frame.image is not None:
                yield frame.index + 1, frame.image


def _jumps(source: Source, start: int) -> bool:
    """Only files can be so made that all before a place has to be read."""
    from tracker.video.file import VideoFile

    return not isinstance(source, VideoFile) or source.seeks(start)


def _cut(image: Image, job: Tile | Thumb) -> Jpeg:
    if isinstance(job, Tile):
        return _jpeg(_tile(image, job))
    return cut_thumb(image, job.box, _THUMB_PX)


def _jpeg(picture: Image) -> Jpeg:
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    data = cv2.imencode(".jpg", picture, options)[1].tobytes()
    return Jpeg(data, (picture.shape[1], picture.shape[0]))


def cut_thumb(image: Image, box: tuple[float, float, float, float], height_px: int) -> Jpeg:
    """What a box holds, and a little around it, pixels; so high as a picture of its own."""
    x1, y1, x2, y2 = box
    pad = 0.08 * (y2 - y1)
    part = _part(image, (x1 - pad, y1 - pad, x2 + pad, y2 + pad))
    width = max(round(part.shape[1] * height_px / part.shape[0]), 8)
    return _jpeg(_resized(part, (min(width, 2 * height_px), height_px)))


def _tile(image: Image, job: Tile) -> Image:
    height, width = image.shape[:2]
    side = min(job.side_px, height, width)
    left = min(max(job.centre[0] - side / 2, 0), width - side)
    top = min(max(job.centre[1] - side / 2, 0), height - side)
    part = _resized(_part(image, (left, top, left + side, top + side)), (_TILE_PX, _TILE_PX))
    scale = _TILE_PX / side
    corners = [round((v - o) * scale) for v, o in zip(job.box, (left, top) * 2, strict=True)]
    low, high = (corners[0], corners[1]), (corners[2], corners[3])
    cv2.rectangle(part, low, high, (0, 0, 0), 4)
    cv2.rectangle(part, low, high, OWN, 2)
    return part


def _part(image: Image, box: tuple[float, float, float, float]) -> Image:
    """What of a box lies in the picture, at least one pixel."""
    height, width = image.shape[:2]
    left, top = min(max(int(box[0]), 0), width - 1), min(max(int(box[1]), 0), height - 1)
    right, bottom = max(math.ceil(box[2]), left + 1), max(math.ceil(box[3]), top + 1)
    return image[top:bottom, left:right]


def _resized(part: Image, size: tuple[int, int]) -> Image:
    shrinks = size[1] < part.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size, interpolation=how), np.uint8)
