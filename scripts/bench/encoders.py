"""Every encoder on every clip: `encoders.py FOLDER... --weights DIR [--json F]`.

A FOLDER is a clip as bench_clips.py takes it, or holds triplets.csv of an anchor, the same person
in another picture and others beside them, with their crops/. DIR and the user's cache are searched
for encoders. Of a clip the gallery is cut from its first third, 12 pictures a player.

rank-1: of a clip, how many of the true boxes behind the gallery (each tenth frame, players of the
gallery) have a picture of their own player as the nearest of all; of triplets, how many anchors
have the same person nearer than the others. Name-F1: of `track --mode offline` behind the gallery,
on the true boxes, or those of --boxes. ms: of wall time a crop, all of a clip's crops in a row.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from clips.folder import TRUTH, Clip, ClipError, open_clip
from clips.jobs import Job, row_of
from clips.judge import judge_of
from clips.observed import PER_PLAYER, Case, cut, labels_of, observe
from clips.run_folder import measured_in
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from gallery.reid.base import Encoder
from gallery.reid.encoder import load_encoder
from gallery.roster import encode_gallery, read_roster
from gallery.weights.cached import find
from gallery.weights.table import WEIGHTS
from tracker.evaluation.options import read_gallery
from tracker.video.open import open_source

EVERY, TRIPLETS, ROLES = 10, "triplets.csv", ("anchor", "positive", "negative")
COLUMNS = ("rank1", "name_f1", "ms")
Picture = NDArray[np.uint8]
Row = dict[str, float]
Tree = dict[str, dict[str, Row]]


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("folders", type=Path, nargs="+", metavar="FOLDER")
    add("--weights", type=Path, required=True, help="encoders: .onnx, .pth, and .xml of reid-omz/")
    add("--encoders", nargs="+", metavar="NAME", help="only these; default all")
    add("--boxes", default=TRUTH, help="such as yolox of det_yolox.txt, or yolo11n; default truth")
    add("--from-run", type=Path, metavar="DIR", help="keep and use observations and galleries")
    add("--json", type=Path)
    return parser.parse_args(argv)


def encoders_in(weights: Path, wanted: Sequence[str] | None) -> dict[str, str]:
    """Name to spec: colours, what lies in the folder, and what is in the cache."""
    files = [*sorted(weights.glob("reid-omz/*.xml")), *sorted(weights.glob("osnet*.*"))]
    found = {"stripes": "stripes"} | {_called(file): str(file) for file in files}
    for name, entry in WEIGHTS.items():
        if entry.purpose == "encoder" and (path := find(entry)) is not None:
            found[name] = str(path)
    if unknown := set(wanted or ()) - set(found):
        raise ClipError(
            f"--encoders: no {', '.join(sorted(unknown))}; there are {', '.join(found)}"
        )
    return {name: found[name] for name in wanted or found}


def _called(file: Path) -> str:
    omz = "person-reidentification-retail-"
    return file.stem.replace(omz, "reid-") if omz in file.name else file.name


def timed(encoder: Encoder, crops: Sequence[Picture]) -> tuple[NDArray[np.float32], float]:
    """The rows, and milliseconds a crop."""
    encoder.encode(crops[:32])  # what is slow at first
    begun = perf_counter()
    rows = encoder.encode(crops)
    return rows, 1000 * (perf_counter() - begun) / len(crops)


def of_triplets(folder: Path, spec: str) -> Row:
    """The share of queries whose anchor is nearest to the positive."""
    with (folder / TRIPLETS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["crop"] for row in rows})
    crops = [_read(folder / "crops" / name) for name in names]
    vectors, ms = timed(load_encoder(spec), crops)
    of = dict(zip(names, vectors, strict=True))
    queries: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        roles = queries.setdefault(row["query"], {role: [] for role in ROLES})
        roles[row["role"]].append(row["crop"])
    right = [
        float(of[q["positive"][0]] @ of[q["anchor"][0]])
        > max(float(of[name] @ of[q["anchor"][0]]) for name in q["negative"])
        for q in queries.values()
    ]
    return {"rank1": float(np.mean(right)), "ms": ms}


def _read(file: Path) -> Picture:
    picture = cv2.imread(str(file))
    if picture is None:
        raise ClipError(f"{file}: no picture; is the folder whole?")
    return np.asarray(picture, np.uint8)


def of_clip(clip: Clip, name: str, spec: str, args: argparse.Namespace) -> Row:
    """rank-1 of single crops, and Name-F1 of the run that they make."""
    gallery, frames = cut(clip, None, PER_PLAYER, print)
    if not labels_of(clip, (args.boxes,)):
        raise ClipError(f"{clip.name}: it has no boxes {args.boxes}; give others by --boxes")
    if gallery is None:
        raise ClipError(f"{clip.name}: nobody says who is who; give a clip with names")
    encoder = load_encoder(spec)
    roster = read_roster(gallery)
    shown, labels, _ = encode_gallery(roster, encoder, mirror=False)
    known = [player.name for player in roster.players]
    crops, names = queries(clip, read_gallery(gallery), frames)
    rows, ms = timed(encoder, crops)
    players = labels >= 0
    nearest = (rows @ shown[players].T).argmax(axis=1)
    named = np.array([known[label] for label in labels[players]])[nearest]
    case = Case(clip, args.boxes, clip.work / f"{args.boxes}-{name}", gallery, Path(spec), frames)
    observe(case, args.weights, (), print)
    scores = row_of(Job(case, "offline"))
    return {"rank1": float(np.mean(named == names)), "name_f1": scores["Name-F1"] or 0.0, "ms": ms}


def queries(
    clip: Clip, players: frozenset[str], frames: tuple[int, int]
) -> tuple[list[Picture], NDArray[np.str_]]:
    """Crops of the true boxes of the players, and who they are."""
    truth = judge_of(clip, players, frames, 0.0).reference.counted.between(*frames)
    wanted = np.isin(truth.names.astype(str), sorted(players)) & (truth.frames % EVERY == 0)
    crops: list[Picture] = []
    names: list[str] = []
    for frame in open_source(str(clip.video)).frames(frames[0] - 1, frames[1]):
        for row in np.flatnonzero(wanted & (truth.frames == frame.index + 1)):
            assert frame.image is not None
            x1, y1, x2, y2 = np.maximum(truth.corners[row].round(), 0).astype(int)
            if (crop := frame.image[y1:y2, x1:x2]).size:
                crops.append(crop.copy())
                names.append(str(truth.names[row]))
    return crops, np.array(names)


def rows_of(args: argparse.Namespace, work: Path) -> Iterator[tuple[str, str, Row]]:
    """Folder, encoder, scores."""
    encoders = encoders_in(args.weights, args.encoders)
    for folder in args.folders:
        triplets = (folder / TRIPLETS).is_file()
        clip = None if triplets else open_clip(folder, work)
        for name, spec in encoders.items():
            row = of_triplets(folder, spec) if clip is None else of_clip(
                clip, name, spec, args
            )  # fmt: skip
            print(f"{folder.name}, {name}: {row}", flush=True)
            yield folder.name, name, row


def measure(args: argparse.Namespace, work: Path) -> None:
    tree: Tree = {}
    for folder, name, row in rows_of(args, work):
        tree.setdefault(folder, {})[name] = row
        if args.json:
            args.json.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8")
    print_tree(tree, args.boxes)


def print_tree(tree: Tree, boxes: str) -> None:
    """A line for each encoder; for each folder the columns that it has."""
    table = Table(title=f"rank-1 of crops, Name-F1 offline on boxes of {boxes}, ms a crop")
    table.add_column("encoder", no_wrap=True)
    columns = [
        (f, c) for f, rows in tree.items() for c in COLUMNS if c in next(iter(rows.values()))
    ]
    for folder, column in columns:
        table.add_column(f"{folder[:14]} {column}", justify="right")
    for name in next(iter(tree.values())):
        table.add_row(name, *(f"{tree[folder][name][column]:.3f}" for folder, column in columns))
    Console(width=200).print(table)


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    measured_in(args.from_run, "encoders", partial(measure, args))


if __name__ == "__main__":
    main()
