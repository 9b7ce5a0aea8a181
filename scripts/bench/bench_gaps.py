"""Tracking through gaps on true boxes, by motion alone, beside its peers: `bench_gaps.py MOT_DIR`.

MOT_DIR is any folder of MOT truth that the evaluator reads. Every tracker is given the same boxes,
with score 1, no pictures and no camera motion: all true boxes (whole), and the true boxes without
seeded bursts of 5 to 40 frames per person (gaps; `gaps/worlds.py`). Scores count the true rows
that were not blanked (`gaps/scores.py` says what each column is), pooled over the sequences.
teamsheet's rows are those of its mot.txt: visible boxes of tracks that are confirmed sooner or
later. Peers run at their defaults and the sequence's frame rate; they keep a lost track for 1 s,
ARC-SORT by its preset for SportsMOT for 1.2 s. Peers: `pip install trackers==2.6.1`, and
`pip install --no-deps arcsort==0.1.1`.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that a millisecond means the same everywhere

from gaps.scores import Counts, count, summary
from gaps.worlds import Burst, Clip, draw_bursts, hidden_rows, observe, read_clip
from mot_bench import CROWDS, over, parsed, sport_of, tracking_parser_of
from peers import Roboflow, arcsort_class, arcsort_tracks, boxes_of, peer_classes
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.inputs import Truth, find_truths
from tracker.evaluation.options import split_names
from tracker.evaluation.readers import boxes_of_table
from tracker.output.table import TrackTable
from tracker.settings import Settings
from tracker.tracking.online import OnlineTracker
from tracker.types import Observation

VARIANTS: dict[str, list[str]] = {
    "teamsheet": [],
    "teamsheet, Kalman only": ["follow.offsets.enabled=false"],
}
"""Settings of ours that are measured side by side, on top of those of --set."""

Runner = Callable[[Clip, list[Observation]], tuple[Boxes, float]]
"""A clip and what is seen of it, to a tracker's rows and the seconds spent in its update."""


class Timed:
    """A tracker, and the seconds spent in its update."""

    def __init__(self, tracker: Any) -> None:
        self._tracker, self.seconds = tracker, 0.0

    def update(self, seen: Any) -> Any:
        begun = perf_counter()
        done = self._tracker.update(seen)
        self.seconds += perf_counter() - begun
        return done


def run_teamsheet(clip: Clip, seen: list[Observation], settings: Settings) -> tuple[Boxes, float]:
    tracker = Timed(OnlineTracker(settings.follow, clip.size))
    table = TrackTable.from_frames([tracker.update(one) for one in seen], [])
    return boxes_of_table(table, "teamsheet"), tracker.seconds


def run_peer(clip: Clip, seen: list[Observation], make: Callable[..., Any]) -> tuple[Boxes, float]:
    timed = Timed(make(frame_rate=clip.fps))
    tracks = Roboflow(lambda frame_rate: timed, clip.fps).track(seen)
    return boxes_of(tracks), timed.seconds


def run_arcsort(clip: Clip, seen: list[Observation], make: Any) -> tuple[Boxes, float]:
    begun = perf_counter()
    tracks = arcsort_tracks(make, seen, clip.fps)
    return boxes_of(tracks), perf_counter() - begun


def runners(sets: Sequence[str]) -> dict[str, Runner]:
    """Every tracker of the bench. Raises ConfigError."""
    known = set(config.keys())
    found: dict[str, Runner] = {}
    for name, extra in VARIANTS.items():
        if {item.partition("=")[0] for item in extra} <= known:
            found[name] = partial(run_teamsheet, settings=config.load(None, [*sets, *extra]))
        else:
            print(f"left out: {name}, this version has no {', '.join(extra)}", file=sys.stderr)
    found |= {name: partial(run_peer, make=make) for name, make in peer_classes().items()}
    arcsort = arcsort_class(print)
    return found | ({"ARC-SORT": partial(run_arcsort, make=arcsort)} if arcsort else {})


@dataclass(frozen=True, slots=True)
class Measured:
    """One sequence: counts by (condition, tracker)."""

    crowd: int
    frames: int
    rows: int
    blanked: int
    bursts: int
    counts: dict[tuple[str, str], Counts]


def measure(truth: Truth, trackers: dict[str, Runner], most_frames: int | None) -> Measured:
    """Run everybody on one sequence under both conditions."""
    clip = read_clip(truth, most_frames)
    drawn = draw_bursts(clip)
    hidden = hidden_rows(clip.truth, drawn)
    conditions: dict[str, list[Burst]] = {"whole": [], "gaps": drawn}
    counts = {}
    for condition, bursts in conditions.items():
        seen = observe(clip, clip.truth.take(~hidden) if bursts else clip.truth)
        for name, run in trackers.items():
            counts[condition, name] = count(clip, bursts, *run(clip, seen))
    rows = len(clip.truth)
    return Measured(clip.crowd, clip.frames, rows, int(hidden.sum()), len(drawn), counts)


def measure_all(
    truths: Sequence[Truth], trackers: dict[str, Runner], most_frames: int | None, jobs: int
) -> Iterator[Measured]:
    work = partial(measure, trackers=trackers, most_frames=most_frames)
    return over(work, truths, jobs)


def pooled(parts: Sequence[Measured]) -> dict[str, Any]:
    """What is printed and written of one group of sequences."""
    totals = {k: sum(getattr(p, k) for p in parts) for k in ("frames", "rows", "blanked", "bursts")}
    scores = [
        {
            "condition": condition,
            "tracker": name,
            **summary([p.counts[condition, name] for p in parts]),
        }
        for condition, name in parts[0].counts
    ]
    return {"sequences": len(parts), **totals, "scores": scores}


def show(console: Console, group: str, found: dict[str, Any]) -> None:
    share = found["blanked"] / max(found["rows"], 1)
    table = Table(
        title=f"{group}: {found['sequences']} sequences, {found['frames']} frames, {found['rows']} "
        f"true boxes, {share:.1%} blanked in {found['bursts']} bursts"
    )
    columns = list(dict.fromkeys(key for row in found["scores"][::-1] for key in row))
    for column in columns:
        table.add_column(column)
    for row in found["scores"]:
        cells = [row.get(c, "") for c in columns]
        table.add_row(*(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells))
    console.print(table)


def main() -> int:
    """Exit code: 0 measured, 2 a mistake in the arguments or the truth."""
    parser = tracking_parser_of(__doc__)
    parser.add_argument("--by-crowd", action="store_true", help="also by sport of SportsMOT")
    args = parsed(parser)
    try:
        trackers = runners(args.set)
        truths = find_truths(args.data, split_names(args.sequences))
        parts = list(measure_all(truths, trackers, args.frames, args.jobs))
    except (EvaluateError, config.ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    groups = {"all": parts}
    if args.by_crowd:
        sports = defaultdict(list)
        for part in parts:
            sports[sport_of(part.crowd)].append(part)
        groups |= {sport: sports[sport] for sport, _ in CROWDS if sport in sports}
    report = {name: pooled(group) for name, group in groups.items()}
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    console = Console(width=150)
    for name, found in report.items():
        show(console, name, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
