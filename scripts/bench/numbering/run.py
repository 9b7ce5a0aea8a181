"""`numbers.py`, but for its name."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import cv2
from clips.folder import open_clip
from rich.console import Console
from rich.table import Table

from numbering.scores import Read, crop_scores, shirt_scores, track_scores
from numbering.sheet import draw
from numbering.shirts import Shirt, crops_of, is_crops, shirts_of
from tracker.evaluation.options import split_names
from tracker.observation.jersey_reader import open_reader

Row = dict[str, float]


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="How many shirt numbers are read, and how many rightly."
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="CROPS_DIR|CLIP")
    parser.add_argument("--readers", type=split_names, default=("net",), help="default net")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args(argv)


def read(shirts: Sequence[Shirt], name: str, tight: bool) -> tuple[Read, float]:
    """What a reader says of them, and its seconds of the processor."""
    reader = open_reader(name)
    images = [shirt.image for shirt in shirts]
    look = reader.read_numbers if tight else reader.read
    look(images[:1])
    begun = process_time()
    digits = look(images)
    return Read.of(shirts, digits), process_time() - begun


def measured(
    folder: Path, readers: Sequence[str], work: Path
) -> tuple[dict[str, Row], Sequence[Shirt], Read]:
    """A row for each reader; the shirts, and what the first reader says of them."""
    tight = is_crops(folder)
    shirts = crops_of(folder) if tight else shirts_of(open_clip(folder, work))
    rows: dict[str, Row] = {}
    every: list[Read] = []
    for name in readers:
        found, seconds = read(shirts, name, tight)
        scores = crop_scores(found) if tight else shirt_scores(found) | track_scores(found)
        rows[name] = scores | {"ms": 1e3 * seconds / len(shirts)}
        rows[name]["times as long"] = rows[name]["ms"] / rows[readers[0]]["ms"]
        every.append(found)
    return rows, shirts, every[0]


def print_rows(tree: dict[str, dict[str, Row]]) -> None:
    for title, wanted in (("numbers cut out", True), ("people", False)):
        found = {k: v for k, v in tree.items() if ("exact" in next(iter(v.values()))) == wanted}
        if not found:
            continue
        columns = list(next(iter(next(iter(found.values())).values())))
        table = Table("folder", "reader", *columns, title=title)
        for folder, readers in found.items():
            for name, row in readers.items():
                cells = [f"{v:.0f}" if float(v).is_integer() else f"{v:.3f}" for v in row.values()]
                table.add_row(folder, name, *cells)
        Console(width=200).print(table)


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    cv2.setNumThreads(1)
    tree: dict[str, dict[str, Row]] = {}
    with TemporaryDirectory() as work:
        for folder in args.folders:
            rows, shirts, found = measured(folder, args.readers, Path(work))
            tree[folder.resolve().name] = rows
    if args.sheet:
        cv2.imwrite(str(args.sheet), draw(shirts, found))
    if args.json:
        args.json.write_text(json.dumps(tree, indent=1) + "\n")
    print_rows(tree)
