"""Names from few and fallible pictures, simulated on truth: `bench_identity.py MOT_DIR`.

MOT_DIR is any folder of MOT truth that the evaluator reads; frame rates of hockey-mhptd, which has
no seqinfo.ini, are known (`identity/truth.py`). The truth becomes observations: jitter, misses in
bursts, false boxes (`identity/detector.py`); a few boxes, the anchors, carry a look that is read as
a name with a known accuracy (`identity/looks.py`). About 15 % of the people are strangers to the
gallery. Everybody is given the same boxes and the same crops, at every point of a grid: anchor
rates at 95 % accuracy, and accuracies at a rate of 2 %. Scores are pooled over the sequences
(`identity/scores.py`). For the point in the middle every box is counted by the cause of its name
(`identity/causes.py`). Peer: `pip install trackers==2.6.1`.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from identity.causes import GROUPS, causes
from identity.detector import Found, find_people
from identity.followers import LIVE, Follower, Scene, Tracks, teamsheet, votes
from identity.looks import Point, classifier, draw_looks, no_looks, observations
from identity.plot import draw
from identity.scores import Counts, count, found_players, summary
from identity.truth import Clip, read_clip
from mot_bench import over, parsed, tracking_parser_of
from peers import Roboflow, peer_classes
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.inputs import Truth, find_truths
from tracker.evaluation.options import split_names

CENTRE = Point(0.02, 0.95)
RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
ACCURACIES = (0.8, 0.9, 0.95, 0.99)
GRID = [Point(r, CENTRE.accuracy) for r in RATES] + [
    Point(CENTRE.rate, a) for a in ACCURACIES if a != CENTRE.accuracy
]
QUICK = [Point(0.005, 0.95), CENTRE, Point(0.02, 0.8)]
ABLATIONS: dict[str, list[str]] = {
    "without offsets": ["follow.offsets.enabled=false"],
    "without ambiguity mixing": ["follow.identity.swap_rate=0"],
    "without names in association": ["follow.association.name_nats=0"],
    "without looks in association": ["follow.association.look_nats=0"],
    "without unknown": ["follow.identity.unknown_prior=0.001"],
    "without keeping names": ["follow.identity.keep_at=0.7"],
    "without pooled votes": ["follow.identity.vote_s=0.001"],
    "without a limit per vote": ["follow.identity.vote_nats_max=100"],
}
"""Single settings of ours switched off."""


def ours(sets: Sequence[str]) -> Follower:
    """teamsheet under these settings. Raises ConfigError."""
    return partial(teamsheet, settings=config.load(None, sets).follow)


def ablations(sets: Sequence[str]) -> dict[str, Follower]:
    """teamsheet by what is switched off. Raises ConfigError."""
    known, found = set(config.keys()), {}
    for what, extra in ABLATIONS.items():
        if {item.partition("=")[0] for item in extra} <= known:
            found[what] = ours([*sets, *extra])
        else:
            print(f"left out: {what}, this version has no {', '.join(extra)}", file=sys.stderr)
    return found


@dataclass(frozen=True, slots=True)
class Task:
    """What is measured on every sequence."""

    points: list[Point]
    ours: Follower
    ablated: dict[str, Follower]
    frames: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One sequence: counts by (point, follower), and the centre's boxes by cause."""

    name: str
    totals: dict[str, int]
    counts: dict[tuple[Point, str], Counts]
    causes: dict[str, dict[str, Counter[str]]]


def measure(truth: Truth, task: Task) -> Measured:
    """Everybody at every point on one sequence."""
    clip = read_clip(truth, task.frames, task.seed)
    found = find_people(clip, task.seed)
    tracks = byte_tracks(clip, found)
    counts: dict[tuple[Point, str], Counts] = {}
    why: dict[str, dict[str, Counter[str]]] = {}
    for point in task.points:
        looks = draw_looks(clip, found, point, task.seed)
        seen = observations(clip, found, looks)
        scene = Scene(clip, seen, classifier(clip, point, task.seed))
        everybody = task.ours(scene) | (votes(scene, tracks) if tracks else {})
        if point == CENTRE:
            why = {n: causes(clip, found, looks, named) for n, named in everybody.items()}
            for what, follow in task.ablated.items():
                less = follow(scene)
                del less[LIVE]
                everybody |= {f"{n}, {what}": named for n, named in less.items()}
        counts |= {(point, n): count(clip, found, named) for n, named in everybody.items()}
    totals = {"frames": clip.frames, "boxes": len(clip.seen), "gallery": len(clip.players)}
    totals["players' boxes"] = int((clip.seen.names != "").sum())
    totals["players' boxes found"] = found_players(clip, found)
    return Measured(truth.name, totals, counts, why)


def byte_tracks(clip: Clip, found: Found) -> Tracks | None:
    """ByteTrack's paths, which depend on the boxes alone; None where it is not installed."""
    make = peer_classes().get("ByteTrack")
    blind = observations(clip, found, no_looks(found))
    return Roboflow(make, clip.fps).track(blind) if make else None


def measure_all(truths: Sequence[Truth], task: Task, jobs: int) -> Iterator[Measured]:
    work = partial(measure, task=task)
    return over(work, truths, jobs)


def report_of(parts: Sequence[Measured]) -> dict[str, Any]:
    """What is printed and written."""
    totals = {k: sum(p.totals[k] for p in parts) for k in parts[0].totals}
    rows = [
        {
            "rate": point.rate,
            "accuracy": point.accuracy,
            "tracker": name,
            **summary([p.counts[point, name] for p in parts]),
        }
        for point, name in parts[0].counts
    ]
    why = {
        name: {group: sum((p.causes[name][group] for p in parts), Counter()) for group in groups}
        for name, groups in parts[0].causes.items()
    }
    by_sequence = {
        p.name: {n: summary([c]) for (at, n), c in p.counts.items() if at == CENTRE} for p in parts
    }
    return {"totals": totals, "scores": rows, "causes": why, "by sequence": by_sequence}


def show(console: Console, report: dict[str, Any], sequences: int) -> None:
    """The causes first, the scores last."""
    for group in GROUPS:
        names = list(report["causes"])
        kinds = {kind for name in names for kind in report["causes"][name][group]}
        table = Table("cause", *names, title=f"{group}: boxes by cause, {CENTRE}")
        for kind in sorted(kinds):
            table.add_row(kind, *(str(report["causes"][n][group][kind]) for n in names))
        console.print(table)
    totals = report["totals"]
    players, reached = (totals[k] for k in ("players' boxes", "players' boxes found"))
    most = 2 * reached / max(reached + players, 1)
    table = Table(
        title=f"{sequences} sequences, {totals['frames']} frames, {totals['boxes']} true boxes; "
        f"Name-F1 of perfect names on the boxes found: {most:.3f}"
    )
    columns = [k for k in report["scores"][0] if k not in ("rate", "accuracy")]
    for column in ("crops", "right", *columns):
        table.add_column(column)
    for before, row in zip([None, *report["scores"]], report["scores"], strict=False):
        point = Point(row["rate"], row["accuracy"])
        if before and (before["rate"], before["accuracy"]) != point:
            table.add_section()
        cells = [f"{point.rate:.1%}", f"{point.accuracy:.0%}", *(row[c] for c in columns)]
        table.add_row(*(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells))
    console.print(table)


def main() -> int:
    """Exit code: 0 measured, 2 a mistake in the arguments or the truth."""
    parser = tracking_parser_of(__doc__)
    parser.add_argument("--plot", type=Path, help="also draw the curves here, PNG")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn")
    parser.add_argument("--quick", action="store_true", help="three points only")
    parser.add_argument(
        "--ablate",
        action="store_true",
        help=f"ours without this or that, {CENTRE}".replace("%", "%%"),
    )
    args = parsed(parser)
    try:
        ablated = ablations(args.set) if args.ablate else {}
        points = QUICK if args.quick else GRID
        task = Task(points, ours(args.set), ablated, args.frames, args.seed)
        truths = find_truths(args.data, split_names(args.sequences))
        report = report_of(list(measure_all(truths, task, args.jobs)))
    except (EvaluateError, config.ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if args.plot:
        draw(report["scores"], CENTRE._asdict(), args.plot)
    show(Console(width=165), report, len(truths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
