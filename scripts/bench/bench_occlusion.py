"""Where a hidden player is: four guesses beside each other: `bench_occlusion.py MOT_DIR`.

MOT_DIR is any folder of MOT truth that the evaluator reads. Everybody who was seen for a second is
hidden for 5, 10, 25 and 50 frames (at 25 a second: 0.2 to 2 s) from every 7th frame on, while the
others stay visible; errors are distances of the centre in body heights. Guesses: the last box; a
constant-velocity Kalman filter (the tracker's own); "they move with the median of the others"; the
learned offsets. Where truth marks boxes as hidden (column 9 at most 0.5, hockey), the gaps that
really were are a table of their own. The last lines time the offsets for 22 tracks.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that a millisecond means the same everywhere

import numpy as np
from mot_bench import parser_of, sport_of
from rich.console import Console
from rich.table import Table

from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.inputs import find_truths
from tracker.evaluation.options import split_names
from tracker.settings import MotionSettings
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.history import History
from tracker.tracking.occlusion_net import OffsetError, OffsetNet, shipped
from tracker.training.clips import TrainingClip, TrainingError, read_clip
from tracker.training.validation import HALF, NINE_TENTHS
from tracker.training.windows import Choice, Windows, build, every, hidden_gaps, kalman
from tracker.types import Doubles, Floats

GAPS = (5, 10, 25, 50)
"""Frames at 25 a second."""
_AT_ONCE = 40  # frames timed together
BEST = "offset net"
RIVAL = "Kalman"

Guess = tuple[Doubles, Doubles | None]
"""(B, 2) moved and std in body heights; None: it does not say how sure it is."""


def guesses(
    clip: TrainingClip, choice: Choice, windows: Windows, net: OffsetNet
) -> dict[str, Guess]:
    """Every guess for the windows of one clip."""
    said = net.predict(windows.scene)
    moved, std = kalman(clip, choice, MotionSettings())
    shut = ~net.opens(choice.gap / clip.fps)[:, None]
    return {
        "last box": (np.zeros_like(moved), None),
        RIVAL: (moved, std),
        "median of others": (_median(windows.scene.since), None),
        BEST: (np.where(shut, moved, said.moved[:, :2]), np.where(shut, std, said.std[:, :2])),
    }


def _median(since: Floats) -> Doubles:
    """(B, 2) median motion over the gap; nobody there: they stand."""
    moved = np.ma.masked_invalid(since[..., 1:].astype(np.float64))
    return np.asarray(np.ma.median(moved, axis=1).filled(0.0))


Errors = dict[tuple[str, int], list[tuple[Doubles, Doubles]]]
"""(guess, gap) to errors and squared distances in standard deviations (NaN: not said)."""


def measure(clips: Sequence[TrainingClip], net: OffsetNet) -> tuple[Errors, Errors]:
    """Errors over blanked windows, and over gaps that were real."""
    blanked: Errors = defaultdict(list)
    real: Errors = defaultdict(list)
    for clip in clips:
        for gap in GAPS:
            frames = max(1, round(gap / 25 * clip.fps))
            for found, choice in (
                (blanked, every(clip, frames)),
                (real, hidden_gaps(clip, frames)),
            ):
                if not len(choice):
                    continue
                windows = build(clip, choice)
                for name, (moved, std) in guesses(clip, choice, windows, net).items():
                    off = moved - windows.target[:, :2]
                    far = np.full(len(off), np.nan) if std is None else ((off / std) ** 2).sum(1)
                    found[name, gap].append((np.hypot(*off.T), far))
    return blanked, real


def summary(found: Errors) -> list[dict[str, Any]]:
    """One row per guess and gap."""
    rows = []
    for (name, gap), parts in found.items():
        error, far = (np.concatenate(part) for part in zip(*parts, strict=True))
        rival = np.concatenate([e for e, _ in found[RIVAL, gap]])
        sure = np.isfinite(far).all()
        rows.append(
            {
                "gap": gap, "guess": name, "windows": len(error), "mean": float(error.mean()),
                "median": float(np.median(error)), "ratio": float(error.mean() / rival.mean()),
                "in 50 %": float((far <= HALF).mean()) if sure else None,
                "in 90 %": float((far <= NINE_TENTHS).mean()) if sure else None,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: row["gap"])


def show(console: Console, title: str, rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column, justify="left" if column == "guess" else "right")
    for row in rows:
        cells = ("" if v is None else v for v in row.values())
        table.add_row(
            *(f"{v:.3f}" if isinstance(v, float) else str(v) for v in cells),
            style="bold" if row["guess"] == BEST else None,
            end_section=row["guess"] == BEST,
        )
    console.print(table)


def milliseconds(net: OffsetNet, hidden: int, tracks: int = 22, rounds: int = 20) -> float:
    """One frame's work for `hidden` of `tracks`: where the others are now, and asking the net.

    The best of some rounds, so that other work on the machine does not count.
    """
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.uniform(0, 1000, (tracks, 2)), np.full((tracks, 2), 4.5)], axis=1)
    history, rows, ids = History.fresh(tracks), np.arange(hidden), np.arange(tracks)
    for frame in range(50):
        history.step(frame / 25, np.eye(2, 3))
        history.note(ids, places, seen=True)
        places[:, :2] += rng.normal(0, 3, (tracks, 2))
    last = history.places[rows, -1]
    memory = HiddenTracks.of(rows, last, np.full(hidden, 49 / 25), history, ids, net)
    seen = ids >= hidden
    best = np.inf
    for _ in range(rounds):
        begun = perf_counter()
        for _ in range(_AT_ONCE):
            memory.answer(net, 2.8, ids, places, seen)
        best = min(best, (perf_counter() - begun) / _AT_ONCE)
    return float(best) * 1000


def by_sport(clips: Sequence[Sequence[TrainingClip]]) -> dict[str, list[TrainingClip]]:
    sports: dict[str, list[TrainingClip]] = defaultdict(list)
    for sequence in clips:
        crowd = max(int(np.isfinite(c.places[..., 0]).sum(axis=1).max()) for c in sequence)
        sports[sport_of(crowd)] += sequence
    return sports


def main() -> int:
    """Exit code: 0 measured, 2 a mistake in the arguments or the truth."""
    parser = parser_of(__doc__)
    parser.add_argument("--weights", type=Path, help="an offset net; default the shipped one")
    parser.add_argument("--fps", type=float, help="frames a second, where no seqinfo.ini says it")
    parser.add_argument("--by-crowd", action="store_true", help="also by sport of SportsMOT")
    args = parser.parse_args()
    try:
        net = shipped()
        if args.weights:
            net = OffsetNet.from_bytes(args.weights.read_bytes(), str(args.weights))
        truths = find_truths(args.data, split_names(args.sequences))
        sequences = [clips for t in truths if (clips := read_clip(t, args.fps))]
    except (EvaluateError, TrainingError, OffsetError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    groups = {"all": [clip for sequence in sequences for clip in sequence]}
    groups |= by_sport(sequences) if args.by_crowd else {}
    report: dict[str, Any] = {}
    for name, clips in groups.items():
        for title, found in zip((name, f"{name}, truly hidden"), measure(clips, net), strict=True):
            if found:
                report[title] = summary(found)
    if "all" not in report:
        print(f"error: {args.data}: nobody is seen for a second and then on", file=sys.stderr)
        return 2
    times = {f"{n} of 22 hidden": milliseconds(net, n) for n in (1, 2, 4, 8, 16)}
    console = Console(width=110)
    for name, rows in report.items():
        show(console, f"{name}: centre error in body heights", rows)
    console.print("ms a frame: " + ", ".join(f"{k} {v:.3f}" for k, v in times.items()))
    if args.json:
        told = {"tables": report, "ms_a_frame": times}
        args.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
