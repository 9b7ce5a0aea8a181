"""Names and tracks on many clips at once, beside peers: `bench_clips.py CLIP... --weights DIR`.

A CLIP is a folder with a video, gt.txt, who is who (names.csv, identities.csv or gameinfo.ini;
without one only tracking is scored) and perhaps det_*.txt. A gallery is cut from its first third,
the clip is tracked whole, and what follows the gallery is scored: on the truth's boxes, on each
det_*.txt and on YOLO11n's. Beside every score stands what perfect names would get on the same
boxes. WEIGHTS holds YOLO11n and the Re-ID network 0277. `--from-run DIR` keeps what was observed,
so that the table is made again without looking at a picture. `--constants` lists what was set
where.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from clips.constants import listed
from clips.folder import ClipError, open_clip
from clips.jobs import MODES, Job, run_all
from clips.judge import Row
from clips.leave_out import FITTED, Sets, leave_out
from clips.observed import PER_PLAYER, REID, Case, cut, labels_of, observe
from clips.rivals import installed
from clips.run_folder import measured_in
from clips.table import print_rows, print_tree, tree_of

from tracker.evaluation.options import parse_frames, split_names


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("clips", type=Path, nargs="*", metavar="CLIP")
    add("--weights", type=Path, help="YOLO11n and reid-omz/")
    add("--encoder", type=Path, help="default: Re-ID network 0277 of --weights; or stripes")
    add("--from-run", type=Path, metavar="DIR", help="keep and use observations and galleries")
    add("--boxes", type=split_names, default=(), help="such as truth,yolox,yolo11n; default all")
    add("--mode", choices=MODES, help="only this of ours; default both")
    add("--no-peers", action="store_true")
    add("--gallery-frames", type=parse_frames, metavar="A:B", help="default: the first third")
    add("--pictures", type=int, default=PER_PLAYER, help="of each player in the gallery")
    add("--score", choices=("rest", "all"), default="rest", help="rest: behind the gallery")
    add("--every", type=int, default=1, metavar="N", help="only each n-th frame")
    add("--players", action="store_true", help="score mot_players.txt, not mot.txt")
    add("--double", action="store_true", help="every detection twice")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of teamsheet")
    add("--leave-out", action="store_true", help="fitted constants set again on the other clips")
    add("--constants", action="store_true", help="list constants and where they were set")
    add("--jobs", type=int, default=2, help="processes")
    add("--json", type=Path)
    args = parser.parse_args(argv)
    if not args.constants and not (args.clips and args.weights):
        parser.error("give clips and --weights, or --constants")
    if min(args.every, args.pictures, args.jobs) < 1:
        parser.error("--every, --pictures and --jobs must be at least 1")
    return args


def cases_of(args: argparse.Namespace, work: Path) -> list[Case]:
    """Every clip with every kind of boxes, observed."""
    cases, encoder = [], args.encoder or args.weights / REID
    for folder in args.clips:
        clip = open_clip(folder, work)
        gallery, rest = cut(clip, args.gallery_frames, args.pictures, print)
        frames = rest if args.score == "rest" else (1, rest[1])
        for boxes in labels_of(clip, args.boxes):
            case = Case(clip, boxes, clip.work / boxes, gallery, encoder, frames)
            observe(case, args.weights, tuple(args.set), print)
            cases.append(case)
    if not cases:
        raise ClipError(
            "--boxes: no clip has such; there are truth, yolo11n and those of det_*.txt"
        )
    return cases


def mean_f1(
    args: argparse.Namespace, cases: Sequence[Case], asked: Sequence[tuple[str, Sets]]
) -> list[float]:
    """For each (clip, settings) the mean Name-F1 over its boxes, and over our modes."""
    jobs = [
        Job(case, mode, (*args.set, *sets), args.every, args.double)
        for clip, sets in asked
        for case in cases
        if case.clip.name == clip
        for mode in ([args.mode] if args.mode else MODES)
    ]
    f1: dict[tuple[str, Sets], list[float]] = {}
    for job, row in zip(jobs, followed(args, jobs), strict=True):
        key = (job.case.clip.name, job.sets[len(args.set) :])
        f1.setdefault(key, []).append(row["Name-F1"] or 0.0)
    return [float(np.mean(f1[key])) for key in asked]


def followed(args: argparse.Namespace, jobs: Sequence[Job]) -> Iterator[Row]:
    """The rows of the jobs; says on stderr how many are done."""
    for done, row in enumerate(run_all(jobs, args.jobs), start=1):
        print(f"\r{done} of {len(jobs)} followed", end="", file=sys.stderr, flush=True)
        yield row
    print(file=sys.stderr)


def measure(args: argparse.Namespace, work: Path) -> None:
    cases = cases_of(args, work)
    if args.leave_out:
        clips = list(dict.fromkeys(c.clip.name for c in cases if c.gallery))
        rows = [asdict(r) for r in leave_out(clips, FITTED, partial(mean_f1, args, cases))]
        write(args.json, rows)
        print_rows(rows, "mean Name-F1 as shipped, and set on the other clips")
        return
    ours = [args.mode] if args.mode else list(MODES)
    trackers = [*ours, *([] if args.no_peers else installed(print))]
    jobs = [
        Job(c, t, tuple(args.set), args.every, args.double, args.players)
        for c in cases
        for t in trackers
    ]
    tree = tree_of(jobs, followed(args, jobs))
    write(args.json, tree)
    what = "behind the gallery's frames" if args.score == "rest" else "all frames"
    print_tree(tree, f"{what}; ball left out; peers: a vote per track, each name to one track")


def write(file: Path | None, what: object) -> None:
    if file:
        file.write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    if args.constants:
        rows = listed()
        write(args.json, rows)
        print_rows(rows, "constants of identity and association, and where they were set")
    if not args.clips:
        return
    measured_in(args.from_run, "bench_clips", partial(measure, args))


if __name__ == "__main__":
    main()
