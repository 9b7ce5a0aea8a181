"""What questions are worth: `review.py CLIP... --weights DIR --json FILE`.

A perfect analyst answers what `teamsheet review` asks, from the truth; Name-F1 is taken after 0, 1,
2, 3, 5, 10 and 20 answers, beside its two ceilings: right names on all boxes, and right names on
the run's own tracks, cut where the person changes. Beside ours, other orders of questions, and
analysts who err or do not know. A CLIP is as of bench_clips; a folder gallery/ beside the video is
used where there is one, and all frames are scored then; else a gallery is cut from the first third.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from clips.folder import Clip, ClipError, open_clip
from clips.observed import PER_PLAYER, REID, Case, cut, labels_of, observe
from clips.run_folder import measured_in
from reviewing.jobs import Job, run_all
from reviewing.table import print_tables

from tracker.evaluation.options import split_names
from tracker.video.open import open_source

MODES = ("online", "offline")


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("clips", type=Path, nargs="+", metavar="CLIP")
    add("--weights", type=Path, required=True, help="YOLO11n and reid-omz/")
    add("--encoder", type=Path, help="default: Re-ID network 0277 of --weights; or stripes")
    add("--from-run", type=Path, metavar="DIR", help="keep and use observations and galleries")
    add("--boxes", type=split_names, default=(), help="such as truth,yolox,yolo11n; default all")
    add("--mode", choices=MODES, help="only this; default both")
    add("--ours", action="store_true", help="no other orders, no analyst who errs")
    add("--jobs", type=int, default=2, help="processes")
    add("--json", type=Path)
    return parser.parse_args(argv)


def gallery_of(clip: Clip) -> tuple[Path | None, tuple[int, int]]:
    """And the frames that are scored."""
    beside = clip.video.parent / "gallery"
    if beside.is_dir():
        return beside, (1, open_source(str(clip.video)).frame_count or 0)
    return cut(clip, None, PER_PLAYER, print)


def cases_of(args: argparse.Namespace, work: Path) -> list[Case]:
    """Every clip with every kind of boxes, observed. Raises ClipError and the rooms' errors."""
    cases, encoder = [], args.encoder or args.weights / REID
    for folder in args.clips:
        clip = open_clip(folder, work)
        gallery, frames = gallery_of(clip)
        if gallery is None:
            raise ClipError(f"{clip.name}: nobody says who is who, so nothing can be answered")
        for boxes in labels_of(clip, args.boxes):
            case = Case(clip, boxes, clip.work / boxes, gallery, encoder, frames)
            observe(case, args.weights, (), print)
            cases.append(case)
    return cases


def measure(args: argparse.Namespace, work: Path) -> None:
    modes = [args.mode] if args.mode else list(MODES)
    cases = cases_of(args, work)
    orders = {"orders": ()} if args.ours else {}
    jobs = [Job(case, args.weights, mode, **orders) for case in cases for mode in modes]
    tree: dict[str, dict[str, dict[str, dict[str, object]]]] = {}
    for done, (job, record) in enumerate(zip(jobs, run_all(jobs, args.jobs), strict=True), 1):
        kinds = tree.setdefault(job.case.clip.name, {})
        kinds.setdefault(job.case.boxes, {})[job.mode] = record
        print(f"\r{done} of {len(jobs)} reviewed", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if args.json:
        args.json.write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")
    print_tables(tree)


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    measured_in(args.from_run, "review", partial(measure, args))


if __name__ == "__main__":
    main()
