"""Names by anchors alone, beside peers with the same: `bench_anchors.py CLIP... --weights DIR`.

A CLIP is as of bench_clips, and is observed as there; `--from-run DIR` keeps that. Anchors are
drawn from the truth by lot, as a model would name people: a share of its boxes (--rates), of which
a share has the right name (--accuracies); so they are of the frames that are scored. They go
through a file as `track --anchors` reads it, with its accuracy told. Ours without any picture of a
player, by boxes alone (motion) and with the encoder's embeddings too (looks); peers with a vote of
those anchors per track, each name once in a frame. --pictures: beside a gallery's pictures.
--wrong: anchors that are wrong on purpose, told how right they are, faults aside, and not told.
At --at, scores by the gap between a player's right anchors too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from anchors.jobs import LOOKS, MOTION, Outcome, run_all
from anchors.plan import Asked, Plan
from anchors.table import Record, print_parts, records
from clips.folder import ClipError, open_clip
from clips.observed import PER_PLAYER, REID, Case, cut, labels_of, observe
from clips.rivals import installed
from clips.run_folder import measured_in

from tracker.evaluation.options import split_names

ALONE = (MOTION, LOOKS)
RATES, ACCURACIES, AT = (0.005, 0.01, 0.02, 0.05), (0.8, 0.9, 0.95, 0.99), (0.02, 0.95)


def shares(text: str) -> tuple[float, ...]:
    """Of `.02,.05`. Raises ValueError, which argparse tells."""
    values = tuple(float(part) for part in text.split(","))
    if not all(0 < value <= 1 for value in values):
        raise ValueError(text)
    return values


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("clips", type=Path, nargs="+", metavar="CLIP")
    add("--weights", type=Path, required=True, help="YOLO11n and reid-omz/")
    add("--encoder", type=Path, help="default: Re-ID network 0277 of --weights; or stripes")
    add("--from-run", type=Path, metavar="DIR", help="keep and use observations and galleries")
    add("--boxes", type=split_names, default=("truth", "yolo11n"), help="default truth,yolo11n")
    add("--rates", type=shares, default=RATES, help="share of true boxes with an anchor")
    add("--accuracies", type=shares, default=ACCURACIES, help="share of anchors that are right")
    add("--means", type=split_names, default=ALONE, help="of ours alone; default motion,looks")
    add("--at", type=shares, default=AT, metavar="RATE,ACCURACY", help="default .02,.95")
    add("--seeds", type=int, default=1, metavar="N", help="draws; scores are their means")
    add("--score-from", action="append", default=[], metavar="CLIP=FRAME", help="default: as cut")
    add("--quick", action="store_true", help="the point of --at alone")
    add("--pictures", action="store_true", help="pictures, anchors, and both")
    add("--wrong", action="store_true", help="anchors that are wrong on purpose")
    add("--no-peers", action="store_true")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of teamsheet")
    add("--jobs", type=int, default=2, help="processes")
    add("--json", type=Path)
    args = parser.parse_args(argv)
    if not set(args.means) <= set(ALONE):
        parser.error(f"--means knows {' and '.join(ALONE)}")
    if min(args.seeds, args.jobs) < 1 or len(args.at) != 2:
        parser.error("--seeds and --jobs must be at least 1, --at is RATE,ACCURACY")
    return args


def cases_of(args: argparse.Namespace, work: Path) -> list[Case]:
    """Every clip with every kind of boxes, observed. Raises ClipError and the rooms' errors."""
    cases, begins = [], dict(text.split("=", 1) for text in args.score_from)
    for folder in args.clips:
        clip = open_clip(folder, work)
        gallery, (first, last) = cut(clip, None, PER_PLAYER, print)
        if gallery is None:
            raise ClipError(f"{clip.name}: nobody says who is who, so no anchors can be drawn")
        first = int(begins.pop(clip.name, first))
        for boxes in labels_of(clip, args.boxes):
            encoder = args.encoder or args.weights / REID
            case = Case(clip, boxes, clip.work / boxes, gallery, encoder, (first, last))
            observe(case, args.weights, tuple(args.set), print)
            cases.append(case)
    if begins or not cases:
        raise ClipError("--score-from and --boxes must be of clips that are given")
    return cases


def asked_of(args: argparse.Namespace, cases: Sequence[Case]) -> list[Asked]:
    plan = Plan(cases, args.seeds, tuple(args.set), tuple(args.at), args.means)
    if args.quick:
        args.rates, args.accuracies = (args.at[:1], args.at[1:])
    peers = [] if args.no_peers else list(installed(print))
    asked = list(plan.grid(args.rates, args.accuracies, peers))
    asked += plan.pictures() if args.pictures else []
    asked += plan.wrong() if args.wrong else []
    place = {id(case): n for n, case in enumerate(cases)}
    return sorted(asked, key=lambda one: place[id(one.job.case)])  # a case is read once


def followed(args: argparse.Namespace, asked: Sequence[Asked]) -> Iterator[Outcome]:
    """What came of each; says on stderr how many are done."""
    jobs = [one.job for one in asked]
    for done, outcome in enumerate(run_all(jobs, args.jobs), start=1):
        print(f"\r{done} of {len(jobs)} followed", end="", file=sys.stderr, flush=True)
        yield outcome
    print(file=sys.stderr)


def measure(args: argparse.Namespace, work: Path) -> list[Record]:
    asked = asked_of(args, cases_of(args, work))
    rows = records(asked, followed(args, asked))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print_parts(rows)
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    measured_in(args.from_run, "bench_anchors", partial(measure, args))


if __name__ == "__main__":
    main()
