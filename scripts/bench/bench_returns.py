"""Is a person the same after a gap? Ids and names through gaps of up to 20 s: MOT_DIR.

MOT_DIR is any folder of MOT truth that the evaluator reads. People are blanked for 0.2 to 20 s,
lengths even in the logarithm, a second in view before and after (`returns/worlds.py`). Everybody
is given the other true boxes with score 1, and crops of 2 % of them of which 95 % look like the one
who is there (`identity/looks.py`). Counted is who they are taken for a second after their return
(`returns/scores.py`); teamsheet's ids are those of mot.txt, where a named player has one. The
claim that is checked: never a new id when a crop of the player follows within that second.
Peers keep a lost track for 1 s, by motion alone; those that vote hear all crops of a finished
track. `pip install trackers==2.6.1`, `pip install --no-deps boxmot==25.0.0`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from identity.followers import Scene, follow, votes
from identity.looks import Point, classifier, draw_looks, observations
from identity.truth import Clip, read_clip
from mot_bench import over, parsed, tracking_parser_of
from peers import Boxmot, Roboflow, Tracks, boxes_of, boxmot_classes, peer_classes
from returns.scores import BECAME, SAME, Return, returns, summary, within
from returns.worlds import draw_gaps, true_boxes, without
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.inputs import Truth, find_truths
from tracker.evaluation.options import split_names
from tracker.evaluation.readers import boxes_of_table
from tracker.output.mot import mot_ids
from tracker.output.table import TrackTable
from tracker.settings import FollowSettings
from tracker.types import Observation, TrackedFrame, Visibility

POINT = Point(0.02, 0.95)
VOTE = "ByteTrack + vote + exclusion"
ROBOFLOW = ("ByteTrack", "OC-SORT")
TABLES = [
    ("same id, all gaps", "gaps", ["same id"]),
    ("same name / right name, all gaps of players", "gaps", ["same name", "right name"]),
    *(
        table
        for what in ("both sides", "anchored")
        for table in (
            (f"same id, {what}", what, [f"same id, {what}"]),
            (
                f"same name / right name, {what}",
                what,
                [f"same name, {what}", f"right name, {what}"],
            ),
            (
                f"a new / an older own / another's / no id, {what}",
                what,
                [f"{b} id, {what}" for b in BECAME],
            ),
        )
    ),
]
"""Title, what is counted, and the columns of a row of scores."""


@dataclass(frozen=True, slots=True)
class Result:
    """What somebody made of a clip. named: it gives names."""

    boxes: Boxes
    named: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """One sequence: its gaps by tracker."""

    name: str
    frames: int
    rows: int
    blanked: int
    returns: dict[str, list[Return]]


def measure(truth: Truth, settings: FollowSettings, most_frames: int | None, seed: int) -> Measured:
    """Everybody on one sequence."""
    whole = read_clip(truth, most_frames, seed)
    gaps = draw_gaps(whole, seed)
    clip = without(whole, gaps)
    found = true_boxes(clip)
    looks = draw_looks(clip, found, POINT, seed)
    scene = Scene(clip, observations(clip, found, looks), classifier(clip, POINT, seed))
    done = {n: of_mot(frames, clip) for n, frames in follow(scene, settings).items()}
    everybody = {n: Result(boxes, True) for n, boxes in done.items()} | peers(scene)
    counted = {
        name: returns(clip, gaps, found, looks, made.boxes, made.named)
        for name, made in everybody.items()
    }
    rows = len(whole.seen)
    return Measured(truth.name, clip.frames, rows, rows - len(clip.seen), counted)


def of_mot(frames: Sequence[TrackedFrame], clip: Clip) -> Boxes:
    """The rows of mot.txt, with the names of tracks.csv."""
    table = TrackTable.from_frames(frames, clip.roster)
    visible = (table.rows["visibility"] == Visibility.VISIBLE.label).to_numpy()
    return replace(boxes_of_table(table, "teamsheet"), ids=mot_ids(table, visible)[visible])


def peers(scene: Scene) -> dict[str, Result]:
    """Those that are installed."""
    fps, size = scene.clip.fps, scene.clip.size
    blind = [
        replace(one, embeddings=np.zeros((len(one.boxes), 0), np.float32)) for one in scene.seen
    ]
    tracks = {n: _roboflow(m, blind, fps) for n, m in peer_classes().items() if n in ROBOFLOW}
    tracks |= {n: Boxmot(m, fps, size).track(blind) for n, m in boxmot_classes().items()}
    found = {name: Result(boxes_of(rows), False) for name, rows in tracks.items()}
    if "ByteTrack" in tracks:
        found[VOTE] = Result(votes(scene, tracks["ByteTrack"])[VOTE].boxes, True)
    return found


def _roboflow(make: Any, seen: Sequence[Observation], fps: float) -> Tracks:
    return Roboflow(make, fps).track(seen)


def measure_all(
    truths: Sequence[Truth], settings: FollowSettings, frames: int | None, seed: int, jobs: int
) -> Iterator[Measured]:
    work = partial(measure, settings=settings, most_frames=frames, seed=seed)
    return over(work, truths, jobs)


def report_of(parts: Sequence[Measured]) -> dict[str, Any]:
    """What is printed and written. not the same: ours, every anchored gap that lost its id."""
    pooled = {n: [r for p in parts for r in p.returns[n]] for n in parts[0].returns}
    scores = [
        {"gap": length, "tracker": name, **summary(some)}
        for name, all_ in pooled.items()
        for length, some in within(all_)
    ]
    order = {length: i for i, (length, _) in enumerate(within(next(iter(pooled.values()))))}
    lost = [
        {"sequence": p.name, "tracker": name, **asdict(one)}
        for p in parts
        for name, some in p.returns.items()
        for one in some
        if name.startswith("teamsheet") and one.anchored and one.became != SAME
    ]
    return {
        "totals": {k: sum(getattr(p, k) for p in parts) for k in ("frames", "rows", "blanked")},
        "scores": sorted(scores, key=lambda row: order[row["gap"]]),
        "not the same": lost,
    }


def show(console: Console, report: dict[str, Any], sequences: int) -> None:
    """A table for every number, lengths of gaps across."""
    totals, rows = report["totals"], report["scores"]
    share = totals["blanked"] / max(totals["rows"], 1)
    console.print(
        f"{sequences} sequences, {totals['frames']} frames, {totals['rows']} true boxes, "
        f"{share:.1%} blanked; crops on {POINT}"
    )
    lengths = list(dict.fromkeys(row["gap"] for row in rows))
    at = {(row["tracker"], row["gap"]): row for row in rows}
    trackers = list(dict.fromkeys(row["tracker"] for row in rows))
    for title, of, keys in TABLES:
        heads = [f"{length} ({at[trackers[0], length][of]})" for length in lengths]
        table = Table("tracker", *heads, title=title)
        for name in trackers:
            cells = [" ".join(_cell(at[name, n][k]) for k in keys) for n in lengths]
            if any(cell.strip() for cell in cells):
                table.add_row(name, *cells)
        console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> int:
    """Exit code: 0 measured, 2 a mistake in the arguments or the truth."""
    parser = tracking_parser_of(__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn")
    args = parsed(parser)
    try:
        settings = config.load(None, args.set).follow
        truths = find_truths(args.data, split_names(args.sequences))
        parts = list(measure_all(truths, settings, args.frames, args.seed, args.jobs))
    except (EvaluateError, config.ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    report = report_of(parts)
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    show(Console(width=150), report, len(truths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
