"""Files that say who is where in a video, by anybody: boxes and the names of their ids."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.errors import TeamsheetError
from tracker.types import Evidence, Visibility

if TYPE_CHECKING:
    from gallery.annotations.boxes import TruthBoxes
    from gallery.annotations.names import Name
    from tracker.output.table import TrackTable

    Found = tuple[TruthBoxes, dict[int, Name]]


_ENOUGH_CONFIRMED = 25
"""A player of whom so many rows are confirmed is cut from those alone."""


class AnnotationError(TeamsheetError):
    """The file and the options do not go together; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What the user gave. size: of the video, pixels. sure: see `tracks`; frames, fps: of the
    video, None and 0 where not known; the rest as in `teamsheet gallery cut --help`."""

    file: Path
    video: str
    size: tuple[int, int]
    names: Path | None = None
    players: tuple[str, ...] = ()
    attribute: str = ""
    sure: float = 0.9
    frames: int | None = None
    fps: float = 0.0


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
    from gallery.create import read_boxes, read_names

    if given.names is None:
        raise AnnotationError(f"{given.file} has no names; add --names names.csv (id,name)")
    return read_boxes(given.file), read_names(given.names)


def cvat(given: Annotation) -> Found:
    """CVAT's MOT zip; a track's label is its name, unless --names says more."""
    from gallery.annotations.cvat import read_cvat
    from gallery.create import read_names

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


def tracks(given: Annotation) -> Found:
    """A run of ours: visible rows of which somebody has said who it is, and of players with few or
    none of those, anchors of at least `sure` (offline: what they carry); of --player, all visible
    rows with his name.

    Other people's boxes stay as nobody's, those of the hidden too.
    """
    from gallery.annotations.boxes import TruthBoxes
    from gallery.annotations.names import name_at
    from tracker.output.run_folder import recover
    from tracker.output.table import BOX, TrackTable

    recover(given.file.parent)
    if given.names is not None:
        raise AnnotationError(f"{given.file} has names of its own; leave out --names")
    rows = _scaled(TrackTable.read_csv(given.file), given).rows
    rows = rows[rows["visibility"] != Visibility.ABSENT.label]
    visible = (rows["visibility"] == Visibility.VISIBLE.label) & (rows["player"] != "")
    visible &= rows["confidence"].notna()  # a box that was seen, not bridged
    confirmed = rows["evidence"] == Evidence.TOLD.label
    anchor = rows["evidence"] == Evidence.ANCHOR.label
    if not anchor.any():  # offline, whole pieces are judged by their own pictures: carried
        anchor = rows["evidence"] == Evidence.CARRIED.label
    if given.players:
        take = visible & rows["player"].isin(given.players)
    else:
        counts = rows.loc[visible & confirmed, "player"].value_counts()
        known_well = rows["player"].isin(counts.index[counts >= _ENOUGH_CONFIRMED])
        anchor &= (rows["player_confidence"] >= given.sure) & ~known_well
        take = visible & (confirmed | anchor)
    known = sorted(set(rows.loc[visible, "player"]))
    if not take.any() and not given.players:
        raise AnnotationError(
            f"{given.file}: nobody is an anchor at {given.sure:g} or more; take a smaller --sure, "
            "or --player for somebody you have looked at"
        )
    ids = rows["player"].map({name: n for n, name in enumerate(known, 1)}).where(take, -1)
    boxes = TruthBoxes(
        str(given.file), rows["frame"].to_numpy(), ids.to_numpy(np.int64), rows[BOX].to_numpy()
    )
    return boxes, {n: name_at(str(given.file), name) for n, name in enumerate(known, 1)}


def _scaled(table: TrackTable, given: Annotation) -> TrackTable:
    """Its boxes in pixels of this video, where the run's receipt tells that its own was larger or
    smaller."""
    from tracker.output.resizing import resized
    from tracker.output.video_facts import about

    was = about(table, given.file).size
    return table if was is None else resized(table, was, given.size, str(given.file))


READERS: dict[str, Callable[[Annotation], Found]] = {
    ".txt": mot,
    ".zip": cvat,
    ".json": label_studio,
    ".csv": tracks,
}
"""Ending of a file to what reads it. A new format is one line here."""


def _near(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
