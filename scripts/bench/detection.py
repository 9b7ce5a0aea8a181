"""How well people are found, box by box: `detection.py FRAMES_DIR|CLIP... --weights DIR`.

A FRAMES_DIR holds pictures with a CSV each (`class,x,y,w,h`, pixels): players and goalkeepers are
to be found, a box on a referee is false, the ball is nobody. A CLIP is a folder with a video and
gt.txt: everybody in it but the ball is to be found; only frames with a row are scored. Each is
looked at as `teamsheet track` would, with YOLO11n and YOLOX-nano of WEIGHTS and with
efficientdet-lite0. ap50 and recall at 80 % precision pool the boxes of all frames, IoU 0.5.
`--sizes` makes of a FRAMES_DIR others, of pictures 240 to 2160 px high and of parts of them.
`--from-run DIR` keeps what was seen, so that the table is made again without looking at a picture.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from clips.run_folder import measured_in
from detecting.by_court import by_court
from detecting.looked import EFFICIENTDET, FILES, look
from detecting.scores import Row, scored
from detecting.sizes import in_sizes
from detecting.truth import open_scene
from rich.console import Console
from rich.table import Table

from tracker.evaluation.options import split_names
from tracker.types import Observation

Rescore = Callable[[Sequence[Observation], tuple[int, int], bool], Sequence[Observation]]
"""Observations of a video, its width and height, and whether they are pictures that are no video ->
the same with other scores."""

RESCORED: dict[str, Rescore] = {"court": by_court}
"""By the words that stand before its columns."""

Tree = dict[str, dict[str, dict[str, float | str]]]
SHOWN = ("tiles", "ap50", "recall_at_p80", "recall_50", "false_50", "ms")


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("folders", type=Path, nargs="+", metavar="FRAMES_DIR|CLIP")
    add("--weights", type=Path, required=True, help="YOLO11n and YOLOX-nano")
    add("--detectors", type=split_names, default=(*FILES, EFFICIENTDET), help="names or paths")
    add("--tiles", default="auto", help="as of `teamsheet track`")
    add("--every", type=int, default=1, metavar="N", help="look at each n-th frame only")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of teamsheet")
    add("--sizes", action="store_true", help="in sizes from 240 to 2160 px, and parts of them")
    add("--from-run", type=Path, metavar="DIR", help="keep and use what was seen")
    add("--json", type=Path)
    args = parser.parse_args(argv)
    if args.every < 1:
        parser.error("--every must be at least 1")
    return args


def measure(args: argparse.Namespace, work: Path) -> None:
    tree: Tree = {}
    folders, every = args.folders, args.every
    if args.sizes:
        folders = [f for one in folders for f in in_sizes(one, work / "sizes", every)]
        every = 1
    sets = (*args.set, f"detect.tiles={args.tiles}", f"detect.every_n={every}")
    for folder in folders:
        scene = open_scene(folder, work)
        for detector in args.detectors:
            out = work / scene.name / f"{Path(detector).name}-{args.tiles}-{every}"
            seen = look(scene, detector, args.weights, sets, out)
            row: dict[str, float | str] = {"tiles": seen.tiles, "ms": seen.ms}
            row |= scored(scene.truth, seen.seen)
            for name, rescore in RESCORED.items():
                row |= named(name, scored(scene.truth, rescore(seen.seen, seen.size, scene.stills)))
            tree.setdefault(scene.name, {})[detector] = row
    if args.json:
        args.json.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8")
    print_tree(tree)


def named(name: str, row: Row) -> Row:
    """The columns of boxes with other scores."""
    return {f"{name} {column}": value for column, value in row.items() if column in SHOWN}


def print_tree(tree: Tree) -> None:
    columns = [*SHOWN[:-1], *(f"{n} {c}" for n in RESCORED for c in SHOWN[1:-1]), SHOWN[-1]]
    table = Table(title="boxes at IoU 0.5; _50: of score .5 and more; ms: a frame")
    for column in ("folder", "detector", *columns):
        table.add_column(column.replace("_", " "), no_wrap=column == "folder")
    for folder, rows in tree.items():
        for detector, row in rows.items():
            table.add_row(folder, Path(detector).name, *(shown(c, row[c]) for c in columns))
        table.add_section()
    Console(width=160).print(table)


def shown(column: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    return (
        f"{value:.1f}"
        if column == "ms"
        else f"{value:.0f}"
        if "false" in column
        else f"{value:.3f}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    measured_in(args.from_run, "detection", partial(measure, args))


if __name__ == "__main__":
    main()
