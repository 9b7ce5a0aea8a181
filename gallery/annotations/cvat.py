"""Boxes annotated in CVAT, from its export "MOT 1.1": a zip with gt/gt.txt and gt/labels.txt.

Nothing is unpacked: the two texts are read from inside the zip, up to a size.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from gallery.annotations.boxes import TruthBoxes, parse_boxes
from gallery.annotations.names import EnrollError, Name, labelled
from gallery.io.spelling import plain
from gallery.io.text_files import NoTextError, decode

MAX_BYTES = 100_000_000
_MAX_ENTRIES = 200_000
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError,
)  # fmt: skip
_BOXES, _LABELS = "gt/gt.txt", "gt/labels.txt"


def holds(path: Path, wanted: str) -> bool:
    """Whether a zip holds such a file; `*` stands for any name. Raises EnrollError."""
    with _archive(path) as archive:
        return any(_is(entry.filename, wanted) for entry in archive.infolist())


@contextmanager
def opened(path: Path, wanted: str) -> Iterator[IO[bytes]]:
    """A file of the zip, to be read as it streams by; its size is bounded by who reads it."""
    with _archive(path) as archive, archive.open(_entry(archive, wanted, path)) as file:
        yield file


def read(path: Path, wanted: str) -> str:
    """A text file of the zip. Raises EnrollError."""
    with _archive(path) as archive:
        return _read(archive, wanted, path)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MAX_ENTRIES:
                raise EnrollError(f"{path}: more than {_MAX_ENTRIES} files in it; no export")
            yield archive
    except OSError as error:
        raise EnrollError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except _DAMAGED as error:
        raise EnrollError(f"{path}: no zip, or damaged ({error}); export it again") from error


def read_cvat(path: Path) -> tuple[TruthBoxes, dict[int, Name]]:
    """The boxes, and the label of each track as its name.

    The class in column 8 is the line of labels.txt. Raises EnrollError: no zip, no such files in
    it or too large ones, a class without a label, a track of two labels.
    """
    with _archive(path) as archive:
        text, labels = (_read(archive, name, path) for name in (_BOXES, _LABELS))
    boxes, classes = parse_boxes(text, f"{path}: {_BOXES}")
    listed = [line.strip() for line in labels.splitlines()]
    names: dict[int, Name] = {}
    for id_, class_ in zip(boxes.ids.tolist(), classes.tolist(), strict=True):
        label = listed[class_ - 1] if 1 <= class_ <= len(listed) else ""
        if not label:
            raise EnrollError(
                f"{path}: track {id_} has class {class_}, which {_LABELS} does not name; "
                "export it again as MOT 1.1"
            )
        known = names.setdefault(id_, labelled(f"{path}: {_LABELS}", label))
        if known.name != plain(label):
            raise EnrollError(f"{path}: track {id_} is both {known.name} and {label}; mend it")
    return boxes, names


def _entry(archive: zipfile.ZipFile, wanted: str, path: Path) -> zipfile.ZipInfo:
    """The file, in the folder nearest to the top of the zip."""
    found = [e for e in archive.infolist() if _is(e.filename, wanted)]
    depths = [e.filename.replace("\\", "/").count("/") for e in found]
    found = [e for e, depth in zip(found, depths, strict=True) if depth == min(depths)]
    if len(found) != 1:
        raise EnrollError(
            f"{path}: {len(found)} files {wanted} in it, not one; export it from CVAT as "
            '"MOT 1.1", "CVAT for video 1.1" or "COCO 1.0"'
        )
    return found[0]


def _read(archive: zipfile.ZipFile, wanted: str, path: Path) -> str:
    with archive.open(_entry(archive, wanted, path)) as file:
        raw = file.read(MAX_BYTES + 1)  # the size that the zip states may be a lie
    if len(raw) > MAX_BYTES:
        raise EnrollError(f"{path}: {wanted} is larger than {MAX_BYTES} bytes; is it the right?")
    try:
        return decode(raw, f"{path}: {wanted}")
    except NoTextError as error:
        raise EnrollError(f"{path}: {wanted} is not UTF-8 text; export it again") from error


def _is(inside: str, wanted: str) -> bool:
    """Whether a path of the zip is the file, in whatever folder; not what macOS puts beside it."""
    place, parts = PurePosixPath(inside.replace("\\", "/")), PurePosixPath(wanted).parts
    if place.is_absolute() or ".." in place.parts or ":" in inside or not place.parts:
        return False
    mine = place.parts[-len(parts) :]
    there = len(mine) == len(parts) and all(map(fnmatchcase, mine, parts))
    return there and place.parts[0] != "__MACOSX"
