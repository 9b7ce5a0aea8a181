"""Boxes annotated in CVAT, from its exports "CVAT for video 1.1" and "CVAT for images 1.1".

The XML is read as it streams by, entities and document types refused (defusedxml).
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from gallery.annotations.boxes import MAX_BOXES, TruthBoxes, check_box, scale_of
from gallery.annotations.names import EnrollError, Name, labelled
from gallery.classifier.lda import Doubles
from gallery.io.files import check_regular
from gallery.io.text_files import ReadingWarning

FILE = "annotations.xml"
"""In a zip of CVAT."""
MAX_BYTES = 100_000_000
_MAX_FRAME = 100_000_000
_MAX_DEPTH = 30
_MAX_PARTS, _MAX_ALL = 2_000_000, 4_000_000  # of one track or image, and of the file
_NOT_READ = ("polygon", "polyline", "points", "ellipse", "cuboid", "skeleton", "mask")
_SIDES = ("xtl", "ytl", "xbr", "ybr")


@dataclass(slots=True)
class _Seen:
    """What has streamed by. rows: (n, 6) frame from 1, id, x1, y1, x2, y2 of boxes. size: of the
    annotated pictures, 0 where not said. ids: by name, of boxes without a track."""

    source: str
    attribute: str
    rows: list[Doubles] = field(default_factory=list)
    count: int = 0
    names: dict[int, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    size: list[int] = field(default_factory=lambda: [0, 0])
    tasks: set[str] = field(default_factory=set)
    others: Counter[str] = field(default_factory=Counter)


def read_cvat_xml(
    path: Path, size: tuple[int, int], attribute: str = ""
) -> tuple[TruthBoxes, dict[int, Name]]:
    """As `parse`, of a file."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return parse(file, str(path), size, attribute)
    except OSError as error:
        raise EnrollError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def parse(
    file: IO[bytes], source: str, size: tuple[int, int], attribute: str = ""
) -> tuple[TruthBoxes, dict[int, Name]]:
    """The boxes and who they are: ids are those of the tracks, or one per name of boxes of images.

    size: width and height of the video, to which boxes of another size are scaled. attribute: that
    holds a player's name; without it the name is the label. A track is joined by straight lines
    where frames between two of its boxes are not in the file; boxes that are `outside` end it, and
    boxes marked `occluded` are nobody's. Raises EnrollError.
    """
    seen = _Seen(source, attribute)
    try:
        for part in _parts(file, source):
            if part.tag in _TAKE:
                _TAKE[part.tag](seen, part)
    except (ParseError, DefusedXmlException, LookupError, UnicodeError) as error:
        why = "a document type" if isinstance(error, DefusedXmlException) else error
        raise EnrollError(f"{source}: not readable as XML ({why}); export it again") from error
    return _whole(seen, size)


def _parts(file: IO[bytes], source: str) -> Iterator[Element]:
    """Whole tracks, images and what else lies in the root, one at a time. Raises EnrollError."""
    root, depth, count, every = None, 0, 0, 0
    for event, element in iterparse(_Bounded(file, source), ("start", "end"), forbid_dtd=True):
        if event == "start":
            root = element if root is None else root
            depth, count, every = depth + 1, count + 1, every + 1
            if depth > _MAX_DEPTH or count > _MAX_PARTS or every > _MAX_ALL:
                raise EnrollError(
                    f"{source}: no export of CVAT, it is nested too deep or too large"
                )
            continue
        depth -= 1
        if depth == 1 and root is not None:
            yield element
            root.clear()
            count = 0


def _whole(seen: _Seen, size: tuple[int, int]) -> tuple[TruthBoxes, dict[int, Name]]:
    source = seen.source
    if len(seen.tasks) > 1:
        raise EnrollError(f"{source}: of {len(seen.tasks)} tasks; export the task of this video")
    if seen.others:
        listed = ", ".join(f"{count} {what}" for what, count in sorted(seen.others.items()))
        warnings.warn(f"{source}: {listed} not read, only boxes are", ReadingWarning, stacklevel=2)
    if not seen.count:
        raise EnrollError(f"{source}: no box in it; expected <track> or <image> with <box>")
    table = np.concatenate(seen.rows)
    seen.rows.clear()  # there may be millions
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    known = table[:, 1] >= 0
    again = np.flatnonzero((np.diff(table[:, :2], axis=0) == 0).all(axis=1) & known[1:])
    frames, ids = table[:, :2].astype(np.int64).T
    if len(again):
        name = seen.names[int(ids[again[0]])]
        raise EnrollError(
            f"{source}: {name} is twice in frame {frames[again[0]]}; label each box by its player, "
            "or give --attribute"
        )
    across, down = scale_of(seen.size[0], seen.size[1], size, source)
    boxes = TruthBoxes(source, frames, ids, table[:, 2:] * [across, down, across, down])
    return boxes, {number: labelled(source, name) for number, name in seen.names.items()}


def _take_header(seen: _Seen, header: Element) -> None:
    for original in header.iter("original_size"):
        for n, side in enumerate(("width", "height")):
            text = (original.findtext(side) or "").strip()
            seen.size[n] = int(text) if text.isdecimal() and len(text) < 9 else 0


def _take_image(seen: _Seen, image: Element) -> None:
    """The boxes of one picture; `id` is its frame, from 0."""
    where = f"{seen.source}: image {(image.get('id') or '')[:40]}"
    frame = _frame(image.get("id"), where)
    seen.tasks.add(image.get("task_id") or "")
    seen.others.update(part.tag for part in image if part.tag in _NOT_READ)
    for n, side in enumerate(("width", "height")):
        text = image.get(side) or ""
        seen.size[n] = int(text) if text.isdecimal() and len(text) < 9 else seen.size[n]
    rows = []
    for box in image.iter("box"):
        name = _name(seen, box, box.get("label") or "", where)
        number = seen.ids.setdefault(name, len(seen.ids) + 1)
        seen.names[number] = name
        shown = box.get("occluded") != "1"
        rows.append((frame, number if shown else -1, *_corners(box, where)))
    if rows:
        _add(seen, len(rows))
        seen.rows.append(np.array(rows))


def _take_track(seen: _Seen, track: Element) -> None:
    text = track.get("id") or ""
    where = f"{seen.source}: track {text[:40]}"
    if not text.isdecimal() or len(text) > 15:
        raise EnrollError(f"{where}: its id is no number; export it again")
    seen.tasks.add(track.get("task_id") or "")
    seen.others.update(part.tag for part in track if part.tag in _NOT_READ)
    keys = []
    name = ""
    for box in track.iter("box"):
        frame, there = _frame(box.get("frame"), where), box.get("outside") != "1"
        keys.append((frame, there, box.get("occluded") != "1", _corners(box, where)))
        if not there:
            continue
        called = _name(seen, box, track.get("label") or "", where)
        if name and called != name:
            raise EnrollError(f"{where}: is both {name} and {called}; mend it")
        name = called
    if not name:
        return
    number = int(text)
    if number in seen.names:
        raise EnrollError(f"{where}: stands twice; export one task")
    seen.names[number] = name
    keys.sort(key=lambda key: key[0])
    _add(seen, keys[-1][0] - keys[0][0] + 1)
    seen.rows += _between(keys, number)


def _between(
    keys: list[tuple[int, bool, bool, tuple[float, ...]]], number: int
) -> Iterator[Doubles]:
    """(n, 6) rows of all frames of a track, in straight lines from box to box.

    keys: frame, inside, shown and corners, in order of time."""
    for n, (frame, there, shown, corners) in enumerate(keys):
        if not there:
            continue
        now = np.array(corners)
        goal, stop = now, frame + 1
        if n + 1 < len(keys):
            stop, goes_on = keys[n + 1][0], keys[n + 1][1]
            goal = np.array(keys[n + 1][3]) if goes_on else now
        frames = np.arange(frame, stop)[:, None]
        ids = np.full(frames.shape, number if shown else -1)
        yield np.hstack([frames, ids, now + (goal - now) * ((frames - frame) / (stop - frame))])


def _add(seen: _Seen, boxes: int) -> None:
    seen.count += boxes
    if seen.count > MAX_BOXES:
        raise EnrollError(f"{seen.source}: more than {MAX_BOXES} boxes; are its frames right?")


def _name(seen: _Seen, box: Element, label: str, where: str) -> str:
    if not seen.attribute:
        if not label.strip():
            raise EnrollError(f"{where}: has no label; who is it?")
        return label.strip()
    for part in box.iter("attribute"):
        if part.get("name") == seen.attribute and (part.text or "").strip():
            return (part.text or "").strip()
    raise EnrollError(f"{where}: says nothing for {seen.attribute}; who is it?")


def _frame(text: str | None, where: str) -> int:
    """From 1; CVAT counts from 0."""
    if not text or not text.isdecimal() or len(text) > 9 or int(text) >= _MAX_FRAME:
        raise EnrollError(f"{where}: {(text or '')[:40]!r} is no frame; export it again")
    return int(text) + 1


def _corners(box: Element, where: str) -> tuple[float, ...]:
    try:
        x1, y1, x2, y2 = (float(box.attrib[side]) for side in _SIDES)
        turned = float(box.get("rotation", "0"))
    except (KeyError, ValueError) as error:
        raise EnrollError(f"{where}: a box without {', '.join(_SIDES)}") from error
    check_box((x1, y1), (x2 - x1, y2 - y1), where, turned)
    return x1, y1, x2, y2


class _Bounded:
    """A file of which no more than MAX_BYTES are read, whatever it states. Raises EnrollError."""

    def __init__(self, file: IO[bytes], source: str) -> None:
        self._file, self._source, self._left = file, source, MAX_BYTES

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(part)
        if self._left < 0:
            raise EnrollError(
                f"{self._source}: larger than {MAX_BYTES} bytes; export a shorter clip"
            )
        return part


_TAKE = {"meta": _take_header, "image": _take_image, "track": _take_track}
