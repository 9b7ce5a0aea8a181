"""How many shirt numbers are read, and how many of them right: `bench_numbers.py DATA_DIR`.

DATA_DIR holds a clip with truth (clip*.mp4, gt.txt, gameinfo.ini). The shirts of everybody but the
ball are read every half second in the truth boxes; who is covered by a nearer one by a fifth or
more is counted apart, because they do not vote. `--sheet FILE.png` draws all that was read.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from gallery.annotations.names import BALL, Name, read_names
from gallery.create import read_boxes
from tracker.boxes import covered
from tracker.identity.number_evidence import readings_of
from tracker.observation.crops import crop, number_boxes
from tracker.observation.jersey_protocol import NumberReader
from tracker.observation.jersey_reader import READERS, open_reader
from tracker.settings import IdentitySettings
from tracker.types import Doubles, Frame, Image, number_text
from tracker.video.open import open_source

EVERY_S = 0.5
TILE_PX, TEXT_PX, COLUMNS = 96, 16, 14
BINS = (0.0, 0.5, 0.8, 1.0)


@dataclass(frozen=True)
class Crop:
    """One shirt: what it bears, what was read, and how sure the reader said it was."""

    image: Image
    who: Name
    hidden: bool
    text: str
    sure: float

    @property
    def right(self) -> bool:
        return self.text == self.who.number


def read_frame(
    frame: Frame, boxes: Doubles, who: Sequence[Name], reader: NumberReader
) -> list[Crop]:
    """The shirts of one frame."""
    assert frame.image is not None
    images = crop(frame.image, number_boxes(boxes.astype(np.float32)))
    hidden = covered(boxes, boxes) >= IdentitySettings().crop_covered_max
    read = readings_of(reader.read(images))
    texts = map(number_text, read.numbers.tolist())
    rows = zip(images, who, hidden.tolist(), texts, read.confidence.tolist(), strict=True)
    return [Crop(*row) for row in rows]


def read_clip(data: Path, reader: NumberReader) -> tuple[list[Crop], float]:
    """All shirts, and the seconds spent on reading them."""
    names = read_names(data / "gameinfo.ini")
    truth = read_boxes(data / "gt.txt")
    people = [i for i, name in names.items() if name.role != BALL]
    source = open_source(str(next(data.glob("clip*.mp4"))))
    found: list[Crop] = []
    spent, next_s = 0.0, 0.0
    for frame in source.frames(0, None):
        if frame.time_s < next_s - 5e-4:
            continue
        there = np.flatnonzero((truth.frames == frame.index + 1) & np.isin(truth.ids, people))
        next_s = frame.time_s + EVERY_S
        begun = perf_counter()
        who = [names[i] for i in truth.ids[there].tolist()]
        found += read_frame(frame, truth.boxes[there], who, reader)
        spent += perf_counter() - begun
    return found, spent


def table_of(found: list[Crop]) -> Table:
    table = Table("shirts", "count", "read", "right", "right of read", "stated", title="numbers")
    free = [c for c in found if not c.hidden]
    groups = {"all": found, "not covered": free}
    for low, high in pairwise(BINS):
        sure = [c for c in free if c.text and low < c.sure <= high]
        groups[f"not covered, {low}-{high} sure"] = sure
    for label, part in groups.items():
        read = [c for c in part if c.text]
        right = sum(c.right for c in read)
        shares = (right / len(read), np.mean([c.sure for c in read])) if read else (0.0, 0.0)
        counts = (str(n) for n in (len(part), len(read), right))
        table.add_row(label, *counts, *(f"{share:.3f}" for share in shares))
    return table


def draw(found: list[Crop]) -> Image:
    """A sheet of all shirts on which something was read: read/true."""
    read = [c for c in found if c.text]
    lines = -(-len(read) // COLUMNS)
    sheet = np.zeros((lines * (TILE_PX + TEXT_PX), COLUMNS * TILE_PX, 3), np.uint8)
    for i, one in enumerate(read):
        y, x = (i // COLUMNS) * (TILE_PX + TEXT_PX), (i % COLUMNS) * TILE_PX
        scale = TILE_PX / max(one.image.shape[:2])
        tile = cv2.resize(one.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile[:TILE_PX, :TILE_PX]
        colour = (0, 255, 0) if one.right else (0, 0, 255)
        text, place = f"{one.text}/{one.who.number} {one.sure:.2f}", (x + 2, y + TILE_PX + 12)
        cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1)
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", choices=list(READERS), default="rapidocr")
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    found, spent = read_clip(args.data, open_reader(args.reader))
    Console().print(table_of(found))
    print(f"{1e3 * spent / len(found):.0f} ms a shirt")
    if args.sheet:
        cv2.imwrite(str(args.sheet), draw(found))


if __name__ == "__main__":
    main()
