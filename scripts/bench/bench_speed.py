"""How fast is it? `bench_speed.py [CLIP_DIR] [--weights FILE]`.

Follow alone: drawn people (15, 25, 50, 100) on smooth paths, a few missed in every frame, the same
boxes for roboflow's and boxmot's trackers; CPU milliseconds a frame, the rounds interleaved in one
process, ratio to roboflow's ByteTrack of the same round. Length: 22 drawn people for 1, 10 and 60
minutes, each in a fresh process: milliseconds in the first and in the last minute, peak memory.
People: a minute of 11 to 88. With CLIP_DIR (clip*.mp4) and a detector's --weights: the whole
pipeline, stored, named where there is a --gallery, beside its slowest stage, beside decoding,
detecting and encoding alone, and beside the same detector with peers in a plain loop; each in a
fresh process.
Every table says how busy the machine was: on a shared one trust CPU time and ratios.
`pip install trackers==2.6.1`, `pip install --no-deps boxmot==25.0.0`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("YOLO_OFFLINE", "1")

from rich.console import Console
from rich.table import Table
from speed.alone import follow_rows, length_rows, people_rows
from speed.pipeline import Asked, pipeline_rows


def show(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(f"{v:.2f}" if isinstance(v, float) else str(v) for v in row.values()))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", metavar="CLIP_DIR")
    parser.add_argument("--weights", type=Path, help="a detector's weights, for the pipeline")
    parser.add_argument("--tiles", default="2x1")
    parser.add_argument("--gallery", type=Path, help="also describe and name everybody")
    parser.add_argument("--encoder", default="stripes")
    parser.add_argument("--last", type=int, default=100, help="frames of the clip")
    parser.add_argument("--boxes", type=int, nargs="*", default=[15, 25, 50, 100])
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--minutes", type=int, nargs="*", default=[1, 10, 60])
    parser.add_argument("--people", type=int, nargs="*", default=[11, 22, 44, 88])
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    args = parser.parse_args()
    tables: dict[str, Callable[[], list[dict[str, Any]]]] = {}
    if args.boxes:
        tables["follow alone, CPU ms a frame"] = lambda: follow_rows(
            args.boxes, args.frames, args.rounds
        )
    if args.minutes:
        tables["22 people, by length"] = lambda: length_rows(args.minutes)
    if args.people:
        tables["a minute, by people"] = lambda: people_rows(args.people)
    if args.data and args.weights:
        asked = Asked(
            sorted(args.data.glob("clip*.mp4"))[0], args.weights, args.encoder, args.gallery,
            args.tiles, args.last,
        )  # fmt: skip
        tables["the whole pipeline"] = lambda: pipeline_rows(asked, args.rounds)
    done: dict[str, Any] = {}
    for title, rows in tables.items():
        found = rows()
        busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        done[title] = {"rows": found, "machine": busy}
        show(Console(width=120), f"{title} ({busy})", found)
        if args.json:  # after each, for the next takes minutes
            args.json.write_text(json.dumps(done, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
