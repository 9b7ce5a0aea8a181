"""Folders: plain pictures, and MOTChallenge sequences with or without their pictures."""

from __future__ import annotations

import hashlib
import math
import re
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PillowImage

from gallery.folders import unread
from gallery.io.files import check_regular
from gallery.io.mot_rows import RowError, parse_rows
from gallery.io.text_files import NoTextError, decode
from tracker.limits import MAX_FRAMES, MAX_PIXELS, MAX_PX, MAX_SETTINGS_BYTES
from tracker.seqinfo import SeqInfo, SeqInfoError, parse_seqinfo
from tracker.types import Frame, Image
from tracker.video.source import FALLBACK_FPS, VideoError, beyond_end, check_range, hash_ends

_TEXTS = {".txt", ".csv", ".json", ".xml", ".ini", ".yaml", ".yml", ".md"}
"""What people put beside pictures, and nobody takes for one."""
PICTURES = {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp"}
_VIDEOS = {".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".m4v", ".mpg"}
_MARKS = ("seqinfo.ini", "img1", "det/det.txt", "gt/gt.txt")  # of a MOT sequence


@dataclass(eq=False)
class PictureSequence:
    """A folder read frame by frame; time is the frame number over `fps`.

    numbers: Frame.index of each picture; None: they follow each other.
    """

    folder: Path
    name: str
    width: int
    height: int
    fps: float
    frame_count: int
    pictures: list[Path]
    described_by: list[Path]  # the text files that belong to it
    detections_file: Path | None
    warnings: list[str] = field(default_factory=list)
    live: bool = False
    pixel_aspect: float = 1.0
    numbers: list[int] | None = None

    @property
    def has_images(self) -> bool:
        return bool(self.pictures)

    def fingerprint(self) -> str:
        """See Source.fingerprint."""
        digest = hashlib.sha256()
        for file in self.pictures:
            digest.update(f"{file.name}\t{file.stat().st_size}\n".encode())
        for file in self.described_by:
            digest.update(f"{file.name}\t{hash_ends(file)}\n".encode())
        return digest.hexdigest()

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """See Source.frames."""
        check_range(start, stop)
        if start >= self.frame_count:
            raise beyond_end(str(self.folder), start, self.frame_count)
        for index in range(start, min(stop or self.frame_count, self.frame_count)):
            place = self._place(index)
            if place is None:
                continue
            image = None
            if self.pictures:
                image = _read(self.pictures[place])
                if image is None:
                    self._check_rest(index, place)
                    return
                self._check_size(index, place, image)
            yield Frame(index, index / self.fps, image)

    def _place(self, index: int) -> int | None:
        """Which picture has this number; None where it is not there."""
        if self.numbers is None:
            return index
        place = bisect_left(self.numbers, index)
        return place if self.numbers[place] == index else None

    def _check_rest(self, index: int, place: int) -> None:
        """A bad picture is let pass only where none follows: frame numbers must not shift."""
        bad = self.pictures[place]
        if any(_read(later) is not None for later in self.pictures[place + 1 :]):
            raise VideoError(
                f"{bad}: frame {index + 1} cannot be read; replace the picture, "
                f"or leave it out with --frames"
            )
        self.warnings.append(f"{bad}: cannot be read; the sequence ends at frame {index}")

    def _check_size(self, index: int, place: int, image: Image) -> None:
        height, width = image.shape[:2]
        if (width, height) != (self.width, self.height):
            raise VideoError(
                f"{self.pictures[place]}: frame {index + 1} has {width}x{height} pixels, the first "
                f"has {self.width}x{self.height}; keep pictures of one size in one folder"
            )


def videos_in(folder: Path) -> list[Path]:
    """The videos of a folder in natural order; none where it is a sequence of pictures itself."""
    if any((folder / mark).exists() for mark in _MARKS) or _pictures(folder):
        return []
    return _files(folder, _VIDEOS)


def open_folder(folder: Path) -> PictureSequence:
    """A MOT sequence where the folder looks like one, otherwise its pictures in natural order.

    Raises VideoError where it holds neither, or where seqinfo.ini is wrong.
    """
    if any((folder / mark).exists() for mark in _MARKS):
        return _open_mot(folder)
    pictures = _pictures(folder)
    if not pictures:
        inner = _only_folder(folder)
        if inner is not None:
            return open_folder(inner)
        raise VideoError(_nothing_in(folder))
    warnings = [f"{folder}: does not say how fast it runs, {FALLBACK_FPS:g} fps are assumed"]
    numbers, remark = _numbers(folder, pictures)
    warnings += [remark] if remark else []
    warnings += _unread(folder)
    width, height = _size(pictures[0])
    count = len(pictures) if numbers is None else numbers[-1] + 1
    return PictureSequence(
        folder, folder.resolve().name, width, height, FALLBACK_FPS, count, pictures,
        [], None, warnings, numbers=numbers,
    )  # fmt: skip


def _only_folder(folder: Path) -> Path | None:
    """The one folder inside that is a sequence, where nothing else is: archives are packed so."""
    inside = [entry for entry in folder.iterdir() if not entry.name.startswith((".", "__MACOSX"))]
    if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink():
        return None
    inner = inside[0]
    there = any((inner / mark).exists() for mark in _MARKS) or _pictures(inner)
    return inner if there or _only_folder(inner) else None


def _nothing_in(folder: Path) -> str:
    videos = videos_in(folder)
    kinds = Counter(f.suffix.lower() for f in folder.iterdir() if f.is_file() and f.suffix)
    has = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(3))
    hint = f"; did you mean {videos[0]}?" if videos else "; give a folder of jpg or png files"
    return f"{folder}: no pictures in this folder{f' ({has})' if has else ''}{hint}"


def _unread(folder: Path) -> list[str]:
    """A line of files beside the pictures that are none that can be read."""
    kinds = unread([folder], PICTURES | _TEXTS)
    return [f"{folder}: not read: {kinds}; save pictures as .jpg or .png"] if kinds else []


def _numbers(folder: Path, pictures: list[Path]) -> tuple[list[int] | None, str]:
    """The places of pictures that are numbered with holes, and what to say of them.

    A hole would shift all frames behind it against files of boxes. Pictures an even step apart
    were taken out of a video on purpose and follow each other, as do those whose names have no
    number, or have it twice.
    """
    found = [re.fullmatch(r"(.*?)([0-9]{1,12})(\D*)", p.stem) for p in pictures]
    if len(pictures) < 2 or not all(found):
        return None, ""
    if len({(m[1], m[3]) for m in found if m}) > 1:
        return None, ""
    each = [int(m[2]) for m in found if m]
    gaps = [after - before for before, after in pairwise(each)]
    if min(gaps) < 1 or max(gaps) == 1:
        return None, ""
    step, missing = math.gcd(*gaps), each[-1] - each[0] + 1 - len(each)
    if step > 1 or missing > len(each):
        return None, (
            f"{folder}: pictures are numbered {each[0]} to {each[-1]} with gaps; frames are "
            f"counted 1 to {len(each)}, files of boxes have to count so too"
        )
    hole = next(number + 1 for number, gap in zip(each, gaps, strict=False) if gap > 1)
    return [number - each[0] for number in each], (
        f"{folder}: {missing} of the pictures {each[0]} to {each[-1]} are missing, the first is "
        f"{hole}; those frames are left out, all others keep their numbers"
    )


def _open_mot(folder: Path) -> PictureSequence:
    info, warnings = _seqinfo(folder / "seqinfo.ini"), []
    pictures = _pictures(folder / info.pictures) if (folder / info.pictures).is_dir() else []
    _check_numbers(pictures)
    lists = [f for f in (folder / "det/det.txt", folder / "gt/gt.txt") if f.is_file()]
    if not info.fps:
        warnings.append(f"{folder}: no frameRate in seqinfo.ini, {FALLBACK_FPS:g} fps are assumed")
    length, width, height = info.length or 0, info.width, info.height
    if pictures:
        warnings += _unread(folder / info.pictures)
        if length and length != len(pictures):
            warnings.append(
                f"{folder}: seqinfo.ini says {length} frames, {len(pictures)} pictures are there"
            )
        length = len(pictures)
        width, height = _size(pictures[0])
    elif not (length and width and height):
        frames, right, bottom = np.max([_extent(f) for f in lists] or [(0, 0, 0)], axis=0)
        length, width, height = length or int(frames), width or int(right), height or int(bottom)
        warnings.append(f"{folder}: seqinfo.ini is not there or short; size and length are guessed")
    if length > MAX_FRAMES or width * height > MAX_PIXELS:
        raise VideoError(
            f"{folder}: {length} frames of {width}x{height} pixels cannot be; mend det.txt or "
            f"seqinfo.ini, at most {MAX_FRAMES} frames of {MAX_PIXELS} pixels are read"
        )
    if not (length and width and height):
        raise VideoError(f"{folder}: neither pictures nor boxes; img1/ or det/det.txt is missing")
    described_by = [f for f in (folder / "seqinfo.ini", *lists) if f.is_file()]
    detections = folder / "det/det.txt"
    return PictureSequence(
        folder, info.name or folder.resolve().name, width, height, info.fps or FALLBACK_FPS,
        length, pictures, described_by, detections if detections in lists else None, warnings,
    )  # fmt: skip


def _seqinfo(file: Path) -> SeqInfo:
    """Raises VideoError where it is there and wrong."""
    if not file.is_file():
        return SeqInfo()
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_SETTINGS_BYTES)
        return parse_seqinfo(decode(raw))
    except (OSError, NoTextError, SeqInfoError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise VideoError(f"{file}: not a MOTChallenge seqinfo.ini ({reason})") from error


def _pictures(folder: Path) -> list[Path]:
    return _files(folder, PICTURES)


def _files(folder: Path, kinds: set[str]) -> list[Path]:
    """The files of a folder that end so, 2 before 10."""
    files = [
        p for p in folder.iterdir() if p.suffix.lower() in kinds and not p.name.startswith(".")
    ]
    return sorted(files, key=lambda p: (_natural(p.name), p.name))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part), "") if i % 2 else (0, part) for i, part in enumerate(parts)]


def _check_numbers(pictures: list[Path]) -> None:
    """The pictures of a MOT sequence are numbered; a gap would shift them against the truth."""
    for before, after in pairwise(pictures):
        if not (before.stem.isdecimal() and after.stem.isdecimal()):
            return
        if int(after.stem) != int(before.stem) + 1:
            missing = f"{int(before.stem) + 1:0{len(before.stem)}d}{before.suffix}"
            raise VideoError(f"{before.parent / missing}: this picture of the sequence is missing")


def _read(picture: Path) -> Image | None:
    try:
        if not _is_sized(picture):
            return None
        data = np.fromfile(picture, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    except (OSError, cv2.error):
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _is_sized(picture: Path) -> bool:
    """Whether the header promises no more than MAX_PIXELS: OpenCV would take the memory first."""
    try:
        check_regular(picture)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, about bombs
            with PillowImage.open(picture) as header:
                return header.width * header.height <= MAX_PIXELS
    except Exception:  # a hostile file makes Pillow raise more kinds than can be listed
        return False


def _size(picture: Path) -> tuple[int, int]:
    image = _read(picture)
    if image is None:
        raise VideoError(
            f"{picture}: cannot be read as a picture of at most {MAX_PIXELS} pixels; replace it"
        )
    return image.shape[1], image.shape[0]


def _extent(file: Path) -> tuple[int, float, float]:
    """Last frame, rightmost and lowest pixel of the boxes in a MOT text file."""
    try:
        read = parse_rows(decode(file.read_bytes(), str(file)), 6)
        found, lines = read.values, read.lines
        reach = found[:, 2:4] + found[:, 4:6]
        odd = ~((found[:, 0] >= 1) & (found[:, 0] <= MAX_FRAMES) & (np.abs(reach) <= MAX_PX).all(1))
        if odd.any():
            raise RowError(int(lines[int(np.argmax(odd))]), None)
    except RowError as error:
        raise VideoError(
            f"{file}, line {error.line}: not frame,id,x,y,w,h in pixels, frames from 1"
        ) from error
    except NoTextError as error:
        raise VideoError(f"{file}: {error}; save it as UTF-8 text") from error
    right, bottom = reach.max(axis=0, initial=0.0).tolist()
    return int(found[:, 0].max(initial=0)), right, bottom
