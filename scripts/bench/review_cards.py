"""How many answers name a run from nothing: `review_cards.py CLIP... --weights DIR`.

Clips as for `bench_clips.py`. Each is followed without a gallery; its tracklets are dealt as cards,
and somebody who knows everybody names them in the order in which they are shown. Printed: Name-F1
after so many answers a player as share of ceiling_cut, answers to .9 of both ceilings, cards and
their purity. `--from-run DIR` takes what was observed before. `--encoder` encodes a few crops a
tracklet instead of taking the embeddings of the store; `none` makes a card of every track.
`--leave-out` sets the constants of the cards on the other clips.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from cards.analyst import Course, perfect
from cards.run import CardRun, card_run, with_priors
from clips.folder import open_clip
from clips.jobs import MODES
from clips.observed import PER_PLAYER, REID, Case, cut, labels_of, observe
from clips.run_folder import measured_in
from clips.table import print_rows

from tracker.evaluation.options import split_names
from tracker.review.card_case import CardPriors

PER_PLAYER_SHOWN = (0.5, 1, 1.5, 2, 3)
SHARE = 0.9
GRID = {"same": (-1.0, -0.5, 0.0), "named": (0.0, 0.5), "goes_on": (0.7, 1.0, 1.2)}
"""Tried: named is on top of same."""
Tree = dict[str, dict[str, dict[str, dict[str, Any]]]]


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("clips", type=Path, nargs="+", metavar="CLIP")
    add("--weights", type=Path, required=True, help="YOLO11n and reid-omz/")
    add("--from-run", type=Path, metavar="DIR", help="keep and use observations and galleries")
    add("--boxes", type=split_names, default=("truth", "yolo11n"), help="default truth,yolo11n")
    add("--mode", choices=MODES, default="online")
    add("--encoder", help="a few crops a tracklet by: stripes, a network file; none")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of teamsheet")
    add("--leave-out", action="store_true", help="constants set again on the other clips")
    add("--json", type=Path)
    return parser.parse_args(argv)


def cases_of(args: argparse.Namespace, work: Path) -> list[Case]:
    """Every clip with every kind of boxes, observed, people described."""
    cases = []
    for folder in args.clips:
        clip = open_clip(folder, work)
        gallery, rest = cut(clip, None, PER_PLAYER, print)
        for boxes in labels_of(clip, args.boxes):
            case = Case(clip, boxes, clip.work / boxes, gallery, args.weights / REID, (1, rest[1]))
            observe(case, args.weights, tuple(args.set), print)
            cases.append(case)
    return cases


def row_of(run: CardRun, course: Course) -> dict[str, Any]:
    """What is printed and written of one course."""
    players = len(run.present)
    shares = {
        f"at {per:g}": course.after(round(per * players)) / run.ceiling_cut
        for per in PER_PLAYER_SHOWN
    }
    return {
        "players": players, "tracklets": len(run.cards.tracklets), "cards": course.cards,
        "purity": course.purity, "ceiling": run.ceiling, "ceiling_cut": run.ceiling_cut, **shares,
        "end": course.f1[-1] / run.ceiling_cut, "answers": len(course.f1) - 1,
        "clicks": course.clicks, "to .9 cut": course.to_reach(SHARE * run.ceiling_cut),
        "clicks free": course.to_reach(SHARE * run.ceiling_cut, named=True),
        "to .9 ceiling": course.to_reach(SHARE * run.ceiling),
    }  # fmt: skip


def measure(args: argparse.Namespace, work: Path) -> None:
    cases = cases_of(args, work)
    runs = [card_run(case, args.mode, args.encoder, tuple(args.set)) for case in cases]
    if args.leave_out:
        leave_out(args, cases, runs)
        return
    tree: Tree = {}
    rows = []
    for case, run in zip(cases, runs, strict=True):
        course = perfect(run)
        row = row_of(run, course)
        rows.append({"clip": case.clip.name, "boxes": case.boxes, **row})
        kept = {**row, "answers": list(range(len(course.f1))), "name_f1": course.f1}
        tree.setdefault(case.clip.name, {}).setdefault(case.boxes, {})[args.mode] = kept
    write(args.json, tree)
    shown = "columns `at N`: share of ceiling_cut after N answers a player"
    print_rows([printed(row) for row in rows], f"from nothing, {args.mode}; {shown}")


def leave_out(args: argparse.Namespace, cases: Sequence[Case], runs: Sequence[CardRun]) -> None:
    """Every clip with the constants that are best on the others, beside those shipped."""
    shipped = CardPriors()
    tried = [CardPriors(s, s + n, g) for s, n, g in product(*GRID.values())]
    tried = [shipped, *(priors for priors in tried if priors != shipped)]
    worth: dict[CardPriors, list[float]] = {}
    courses: dict[CardPriors, list[Course]] = {}
    for done, priors in enumerate(tried, 1):
        found = [perfect(with_priors(run, priors), 2 * len(run.present)) for run in runs]
        worth[priors] = [area(run, course) for run, course in zip(runs, found, strict=True)]
        courses[priors] = found
        print(f"\r{done} of {len(tried)} tried", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rows = []
    for n, (case, run) in enumerate(zip(cases, runs, strict=True)):
        others = [k for k, other in enumerate(cases) if other.clip.name != case.clip.name]
        best = max(tried, key=lambda p: float(np.mean([worth[p][k] for k in others])))
        for how, priors in (("shipped", shipped), ("left out", best)):
            row = row_of(run, courses[priors][n])
            about = {"priors": f"{priors.same:g} {priors.named:g} {priors.goes_on:g}", "set": how}
            rows.append({"clip": case.clip.name, "boxes": case.boxes, **about, **row})
    means = {f"{p.same:g} {p.named:g} {p.goes_on:g}": float(np.mean(v)) for p, v in worth.items()}
    write(args.json, {"rows": rows, "means": means})
    best_all = max(means, key=lambda k: means[k])
    print(f"mean share over 0 to 2 answers a player: best {best_all} {means[best_all]:.4f}")
    print_rows([printed(row) for row in rows], "constants as shipped, and set on the other clips")


def area(run: CardRun, course: Course) -> float:
    """Mean share of ceiling_cut over 0 to 2 answers a player."""
    last = 2 * len(run.present)
    return float(np.mean([course.after(n) for n in range(last + 1)])) / run.ceiling_cut


def printed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "-" if value is None else value for key, value in row.items()}


def write(file: Path | None, what: object) -> None:
    if file:
        file.write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    measured_in(args.from_run, "review_cards", partial(measure, args))


if __name__ == "__main__":
    main()
