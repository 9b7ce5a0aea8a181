"""Files that say who is where in a video: boxes and the names of their ids."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
            f"{given.file}: boxes are a MOT .txt, a CVAT .zip, a Label Studio .json or a tracks.csv"
        )
    if given.attribute and given.file.suffix.lower() != ".json":
        raise AnnotationError("--attribute is for a Label Studio .json only; leave it out")
    boxes, names = read(given)
    if given.players:
        known = {name.name for name in names.values()}
        for player in given.players:
            if player not in known:
                raise AnnotationError(f"{given.file}: no player {player!r}{_near(player, known)}")
        names = {i: name for i, name in names.items() if name.name in given.players}
    return boxes, names


def mot(given: Annotation) -> Found:
    """MOT truth; --names says who the ids are."""
    if given.names is None:
        raise AnnotationError(f"{given.file} has no names; add --names names.csv (id,name)")
    return read_boxes(given.file), read_names(given.names)


def cvat(given: Annotation) -> Found:
    """CVAT's MOT zip; a track's label is its name, unless --names says more."""
    from gallery.annotations.cvat import read_cvat

    boxes, names = read_cvat(given.file)
    return boxes, names if given.names is None else read_names(given.names)


def label_studio(given: Annotation) -> Found:
    """Label Studio's JSON; the label of a region, or its --attribute, is its name."""
    from gallery.annotations.label_studio import Length, read_label_studio

    length = None
    if given.frames:
        length = Length(given.frames, given.frames / given.fps if given.fps else 0.0)
    if given.names is not None:
        raise AnnotationError(f"{given.file} has names of its own; leave out --names")
    return read_label_studio(given.file, given.size, given.video, given.attribute, length)


READERS: dict[str, Reader] = {".txt": mot, ".zip": cvat, ".json": label_studio}
"""Ending of a file to what reads it. A new format is one line here."""


def _near(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
