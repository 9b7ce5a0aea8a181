"""Shirts with a known number: cut out of a clip with truth, or a folder of crops per number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from clips.folder import Clip

from gallery.annotations.names import BALL, REFEREE, Name, read_names
from gallery.create import read_boxes
from gallery.images import ENDINGS, read_picture
from tracker.boxes import areas, intersections
from tracker.observation.number_windows import number_crops
from tracker.types import DOUBLE_ZERO, NO_NUMBER, Doubles, Frame, Image, Mask
from tracker.video.open import open_source

EVERY = 5  # frames
ALONE = 0.2  # share of a box that any other may overlap


@dataclass(frozen=True, slots=True, eq=False)
class Shirt:
    """number: NO_NUMBER where nobody knows it. track: who wears it, -1 in a folder of crops."""

    image: Image
    number: int
    track: int = -1
    time_s: float = 0.0
    is_referee: bool = False


def number_of(text: str) -> int:
    if text == "00":
        return DOUBLE_ZERO
    return int(text) if text.isdecimal() and int(text) < 100 else NO_NUMBER


def is_crops(folder: Path) -> bool:
    """A folder of pictures per number, maybe one level down."""
    return not (folder / "gt.txt").is_file()


def crops_of(folder: Path) -> list[Shirt]:
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in ENDINGS)
    found = [(read_picture(f), number_of(f.parent.name)) for f in files]
    shirts = [Shirt(picture, n) for picture, n in found if picture is not None and n != NO_NUMBER]
    if not shirts:
        raise SystemExit(f"{folder}: no pictures in folders that are called by a number")
    return shirts


def shirts_of(clip: Clip) -> list[Shirt]:
    """Everybody but the ball, in the truth's boxes, whom nobody overlaps."""
    assert clip.names is not None
    names = {i: n for i, n in read_names(clip.names).items() if n.role != BALL}
    truth = read_boxes(clip.truth)
    found: list[Shirt] = []
    for frame in open_source(str(clip.video)).frames(0, None):
        if frame.index % EVERY:
            continue
        rows = np.flatnonzero((truth.frames == frame.index + 1) & np.isin(truth.ids, [*names]))
        boxes = truth.boxes[rows].astype(np.float64)
        rows = rows[alone(boxes)]
        who = [(int(i), names[int(i)]) for i in truth.ids[rows]]
        found += _cut(frame, truth.boxes[rows].astype(np.float64), who)
    return found


def _cut(frame: Frame, boxes: Doubles, who: list[tuple[int, Name]]) -> Iterator[Shirt]:
    assert frame.image is not None
    images = number_crops(frame.image, boxes.astype(np.float32))
    for image, (track, name) in zip(images, who, strict=True):
        number = NO_NUMBER if name.role == REFEREE else number_of(name.number)
        yield Shirt(image.copy(), number, track, frame.time_s, name.role == REFEREE)


def alone(boxes: Doubles) -> Mask:
    """(N,) whom no other overlaps by more than ALONE, be they nearer or not."""
    shared = intersections(boxes, boxes)
    np.fill_diagonal(shared, 0)
    most = shared.max(axis=1, initial=0)
    return np.asarray(most <= ALONE * np.maximum(areas(boxes), 1e-9))
