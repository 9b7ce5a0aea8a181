"""The gallery folder that `create.py` makes, all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import yaml

from gallery.annotations.names import EnrollError, Name, folder_names
from gallery.atomic.lock import hold
from gallery.atomic.write import staged
from gallery.images import ENDINGS, Picture
from gallery.io.disk import unwritten
from gallery.roster_file import DETAILS_FILE

_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Crop:
    """One picture to be. frame: 1-based. id: whose box it was. jpeg: the file's content."""

    sharpness: float
    frame: int
    id: int
    jpeg: bytes


def encode_jpeg(picture: Picture) -> bytes:
    """A picture as a file: small enough to hold many of them."""
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()


def check_output(out: Path, overwrite: bool) -> None:
    """Refuse to replace anything but, with `overwrite`, what can only be a gallery."""
    if out.exists() and not out.is_dir():
        raise EnrollError(f"{out} is a file; give a folder with -o")
    entries = [e for e in out.iterdir() if e.name != ".lock"] if out.is_dir() else []
    inside = [e for e in entries if not _is_gallery_part(e)]
    if inside and overwrite:
        raise EnrollError(
            f"{out} exists and is no gallery (it holds {inside[0].name}); choose another folder"
        )
    if not overwrite and entries:
        raise EnrollError(f"{out} exists; choose another folder with -o, or add --overwrite")


def _is_gallery_part(entry: Path) -> bool:
    if not entry.is_dir() or entry.is_symlink():
        return entry.name == DETAILS_FILE
    return all(f.is_file() and f.suffix.lower() in ENDINGS for f in entry.iterdir())


def write_gallery(
    out: Path, people: Mapping[Name, list[Crop]], source: str, overwrite: bool = False
) -> None:
    """Build the gallery beside `out`, then put it in its place. Raises EnrollError, BusyError."""
    folders = folder_names(person.shown for person in people)
    stem = folder_names([source])[source]
    try:
        with hold(out, "gallery cut"):
            check_output(out, overwrite)
            with staged(out) as draft:
                _write(draft, people, folders, stem)
    except OSError as error:
        raise unwritten(out, error, EnrollError) from error


def _write(
    draft: Path, people: Mapping[Name, list[Crop]], folders: Mapping[str, str], stem: str
) -> None:
    details: dict[str, dict[str, str]] = {}
    for person, crops in people.items():
        folder = folders[person.shown]
        (draft / folder).mkdir(parents=True)
        for file, crop in zip(_file_names(stem, crops), crops, strict=True):
            (draft / folder / file).write_bytes(crop.jpeg)
        known = _details(person, folder)
        details |= {folder: known} if known else {}
    if details:
        text = yaml.safe_dump(details, allow_unicode=True, sort_keys=False, width=1000)
        (draft / DETAILS_FILE).write_text(text, encoding="utf-8")


def _file_names(stem: str, crops: list[Crop]) -> list[str]:
    """By frame; with the id where a group of negatives has two people in one frame."""
    frames = Counter(crop.frame for crop in crops)
    return [
        f"{stem}_{crop.frame:06d}{f'_{crop.id}' if frames[crop.frame] > 1 else ''}.jpg"
        for crop in crops
    ]


def _details(person: Name, folder: str) -> dict[str, str]:
    stated = {
        "number": person.number, "team": person.team, "role": person.role, "color": person.color,
    }  # fmt: skip
    known = {key: value for key, value in stated.items() if value}
    return known | ({} if folder == person.shown else {"name": person.shown})
