"""Files that say who is where in a video: boxes, and the names of their ids, by what wrote them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gallery.annotations import coco, cvat, cvat_xml, label_studio
from gallery.annotations.boxes import TruthBoxes, read_boxes
from gallery.annotations.names import Name, read_names
from gallery.errors import TeamsheetError

Found = tuple[TruthBoxes, dict[int, Name]]


class AnnotationError(TeamsheetError):
    """The file and the options do not go together; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What the user gave. size: of the video, pixels. sure: of a tracks.csv, how sure its names
    must be. frames, fps: of the video, None and 0 where not known; the rest as in
    `teamsheet gallery cut --help`."""

    file: Path
    video: str
    size: tuple[int, int]
    names: Path | None = None
    players: tuple[str, ...] = ()
    attribute: str = ""
    sure: float = 0.9
    frames: int | None = None
    fps: float = 0.0


Reader = Callable[[Annotation], Found]
"""Raises AnnotationError, EnrollError; ids of boxes that have no name are of others."""


def read_annotation(given: Annotation) -> Found:
    """Boxes and names, of `players` only where such are given.

    Boxes of everybody else stay: they may cover somebody. Raises AnnotationError, and the readers'
    EnrollError and TableError.
    """
    read = READERS.get(given.file.suffix.lower())
    if read is None:
        raise AnnotationError(
            f"{given.file}: boxes are a MOT .txt, a CVAT .zip or .xml, a COCO or Label Studio "
            ".json, or a tracks.csv"
        )
    boxes, names = read(given)
    if given.players:
        known = {name.name for name in names.values()}
        for player in given.players:
            if player not in known:
                raise AnnotationError(f"{given.file}: no player {player!r}{_near(player, known)}")
        names = {i: name for i, name in names.items() if name.name in given.players}
    return boxes, names


def no_attribute(given: Annotation, what: str) -> None:
    """Raise AnnotationError where --attribute is given for a file that has none."""
    if given.attribute:
        raise AnnotationError(f"{given.file}: {what} has no attributes; leave out --attribute")


def mot(given: Annotation) -> Found:
    """MOT truth; --names says who the ids are."""
    no_attribute(given, "a MOT text")
    if given.names is None:
        raise AnnotationError(f"{given.file} has no names; add --names names.csv (id,name)")
    return read_boxes(given.file), read_names(given.names)


def zipped(given: Annotation) -> Found:
    """An export in a zip: MOT, XML or COCO inside, whichever is there."""
    if cvat.holds(given.file, cvat_xml.FILE):
        with cvat.opened(given.file, cvat_xml.FILE) as file:
            found = cvat_xml.parse(
                file, f"{given.file}: {cvat_xml.FILE}", given.size, given.attribute
            )
        return _called(found, given)
    if cvat.holds(given.file, coco.FILE):
        return _coco(cvat.read(given.file, coco.FILE), f"{given.file}: {coco.FILE}", given)
    no_attribute(given, 'the export "MOT 1.1" (unlike "CVAT for video 1.1")')
    return _called(cvat.read_cvat(given.file), given)


def xml(given: Annotation) -> Found:
    """CVAT's XML, for video or for images; the label of a track or box is its name."""
    return _called(cvat_xml.read_cvat_xml(given.file, given.size, given.attribute), given)


def json(given: Annotation) -> Found:
    """COCO's or Label Studio's JSON, told apart by what is in it."""
    return of_tree(label_studio.read_tree(given.file), given)


def of_tree(tree: Any, given: Annotation) -> Found:
    """As `json`, of what the file holds. Raises AnnotationError, EnrollError."""
    if coco.is_coco(tree):
        return _coco(tree, str(given.file), given)
    if given.names is not None:
        raise AnnotationError(f"{given.file} has names of its own; leave out --names")
    length = None
    if given.frames:
        seconds = given.frames / given.fps if given.fps else 0.0
        length = label_studio.Length(given.frames, seconds)
    return label_studio.parse_tasks(
        tree, given.file, given.size, given.video, given.attribute, length
    )


def _coco(content: object, source: str, given: Annotation) -> Found:
    tree = label_studio.parse_tree(content, source) if isinstance(content, str) else content
    by_track = given.names is not None
    return _called(coco.parse(tree, source, given.size, given.attribute, by_track), given)


def _called(found: Found, given: Annotation) -> Found:
    """By --names, where it is given, which speaks of the ids of tracks."""
    return found if given.names is None else (found[0], read_names(given.names))


READERS: dict[str, Reader] = {".txt": mot, ".zip": zipped, ".xml": xml, ".json": json}
"""Ending of a file to what reads it. A new format is one line here."""


def _near(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
