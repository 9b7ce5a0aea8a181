"""Anchors in the files of annotation programs, through the readers that galleries are cut with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gallery.annotations.label_studio import read_tree
from gallery.annotations.names import BALL, Name
from gallery.annotations.reader import Annotation, Found, of_tree, xml, zipped
from tracker.anchors.draft import Draft, checked
from tracker.anchors.file import AnchorFile
from tracker.anchors.names import is_kind
from tracker.anchors.objects import read_objects
from tracker.anchors.rows import AnchorRows
from tracker.anchors.vision_pipeline import is_pipeline, read_pipeline
from tracker.types import UNKNOWN


def read_json(given: AnchorFile) -> AnchorRows:
    """COCO, Label Studio, track-v1 or det-v1, or a list of anchors; told apart by what is in it.

    Raises AnchorError, and the errors of `gallery.annotations`.
    """
    given.check()
    tree = read_tree(given.path)
    if is_pipeline(tree):
        return read_pipeline(tree, given)
    objects = tree.get("anchors") if isinstance(tree, dict) else tree
    if isinstance(objects, list) and any(_is_anchor(item) for item in objects[:1]):
        given.no_names()
        return read_objects(enumerate(objects, 1), given)
    return _rows(of_tree(tree, _annotation(given)), given)


def read_xml(given: AnchorFile) -> AnchorRows:
    """CVAT's XML. Raises AnchorError, and the errors of `gallery.annotations`."""
    return _read(given, xml)


def read_zip(given: AnchorFile) -> AnchorRows:
    """CVAT's zip, with XML, COCO or MOT in it. Raises AnchorError, and the errors of
    `gallery.annotations`."""
    return _read(given, zipped)


def _read(given: AnchorFile, read: Callable[[Annotation], Found]) -> AnchorRows:
    given.check()
    return _rows(read(_annotation(given)), given)


def _annotation(given: AnchorFile) -> Annotation:
    video = given.video
    size = (video.width, video.height)
    return Annotation(
        given.path, video.name, size, given.names, frames=video.frames, fps=video.fps
    )  # fmt: skip


def _is_anchor(item: object) -> bool:
    return isinstance(item, dict) and ("frame" in item or "time_s" in item or "time" in item)


def _rows(found: Found, given: AnchorFile) -> AnchorRows:
    """Who is named, without the ball, referees and boxes that are a kind of people."""
    boxes, people = found
    ids = list(people)
    place = {id_: n for n, id_ in enumerate(ids) if _is_player(people[id_])}
    each, inverse = np.unique(boxes.ids, return_inverse=True)
    codes = np.array([place.get(int(id_), UNKNOWN) for id_ in each], np.int64)[inverse]
    n = len(boxes.frames)
    scores = np.full(n, np.nan) if boxes.scores is None else boxes.scores
    draft = Draft(
        boxes.frames.astype(np.float64), np.full(n, np.nan), boxes.boxes, np.full((n, 2), np.nan),
        codes, tuple(people[id_].name for id_ in ids), scores, np.zeros(n, bool), boxes.frames,
    )  # fmt: skip

    def where(frame: int) -> str:
        return f"{given.path}, frame {frame}" if frame >= 0 else str(given.path)

    return checked(draft, given.source, given.video.fps, where)


def _is_player(person: Name) -> bool:
    return person.role != BALL and not person.is_negative and not is_kind(person.name)
