"""How fast is it? `bench_speed.py [CLIP_DIR] [--weights FILE]`.

Follow alone: drawn people (15, 25, 50, 100) on smooth paths, a few missed in every frame, the same
boxes for roboflow's and boxmot's trackers; CPU milliseconds a frame, the rounds interleaved in one
process, ratio to roboflow's ByteTrack of the same round. Length: 22 drawn people for 1, 10 and 60
minutes, each in a fresh process: milliseconds in the first and in the last minute, peak memory.
With CLIP_DIR (clip*.mp4) and a detector's --weights: the whole pipeline, stored and named by
nobody, beside its slowest stage and beside the same detector with ByteTrack in a plain loop.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("YOLO_OFFLINE", "1")

import numpy as np
from peers import Boxmot, Roboflow, boxmot_classes, peer_classes
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.follow.online import OnlineTracker
from tracker.records import Doubles, Observation

SIZE, FPS = (1920, 1080), 25
MISSED = 0.02
BYTETRACK = "ByteTrack"


def drawn(people: int, frames: int, seed: int = 0) -> Iterator[Observation]:
    """Everybody walks on two slow waves across the picture, so that paths cross."""
    rng = np.random.default_rng(seed)
    period_s, phase = rng.uniform(8, 25, (people, 2)), rng.uniform(0, 2 * np.pi, (people, 2))
    height = rng.uniform(70, 130, (people, 1))
    middle, reach = np.array(SIZE) / 2, np.array(SIZE) * 0.42
    for index in range(frames):
        turn = 2 * np.pi * index / FPS / period_s + phase
        centre = middle + reach * np.sin(turn) + rng.normal(0, 1, (people, 2))
        half = height * np.array([0.2, 0.5])
        boxes = np.concatenate([centre - half, centre + half], axis=1)
        boxes = boxes[rng.random(people) >= MISSED].astype(np.float32)
        looks = np.zeros((len(boxes), 0), np.float32)
        scores = np.full(len(boxes), 0.9, np.float32)
        yield Observation(index, index / FPS, boxes, scores, looks, np.eye(2, 3), False)


def ours(seen: list[Observation]) -> None:
    tracker = OnlineTracker(config.load().follow, SIZE)
    for one in seen:
        tracker.update(one)


def runners() -> dict[str, Callable[[list[Observation]], object]]:
    """Ours and every peer that is installed, by name."""
    found: dict[str, Callable[[list[Observation]], object]] = {"teamsheet": ours}
    found |= {name: Roboflow(make, FPS).track for name, make in peer_classes().items()}
    return found | {n: Boxmot(make, FPS, SIZE).track for n, make in boxmot_classes().items()}


def follow_rows(counts: list[int], frames: int, rounds: int) -> list[dict[str, Any]]:
    """CPU milliseconds a frame: the least of the rounds, and the median ratio to ByteTrack."""
    rows = []
    every = runners()
    for people in counts:
        seen = list(drawn(people, frames))
        spent: dict[str, list[float]] = {name: [] for name in every}
        for _ in range(rounds):
            for name, run in every.items():
                begun = process_time()
                run(seen)
                spent[name].append((process_time() - begun) / frames * 1000)
        for name, times in spent.items():
            peer = spent.get(BYTETRACK)
            ratio = median(a / b for a, b in zip(times, peer, strict=True)) if peer else None
            rows.append({"boxes": people, "tracker": name, "ms": min(times), "ratio": ratio})
    return rows


def length_row(minutes: int) -> dict[str, Any]:
    """One long run in this process."""
    tracker, frames = OnlineTracker(config.load().follow, SIZE), minutes * 60 * FPS
    spent: Doubles = np.zeros(frames)
    for i, one in enumerate(drawn(22, frames)):
        begun = process_time()
        tracker.update(one)
        spent[i] = process_time() - begun
    minute = 60 * FPS
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first, last = (part.mean() * 1000 for part in (spent[:minute], spent[-minute:]))
    return {"minutes": minutes, "first, ms": first, "last, ms": last, "peak, MB": peak_mb}


def length_rows(minutes: list[int]) -> list[dict[str, Any]]:
    with ProcessPoolExecutor(1, max_tasks_per_child=1) as processes:
        return list(processes.map(length_row, minutes))


def pipeline_rows(clip: Path, weights: Path, tiles: str, last: int) -> list[dict[str, Any]]:
    """The whole pipeline beside its slowest stage, and beside a plain loop of detector and peer."""
    from tracker import pipeline

    settings = config.load(None, [f"detect.tiles={tiles}"])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        request = pipeline.TrackRequest(
            str(clip), out, settings, detector=str(weights), frames=(1, last)
        )
        begun = perf_counter()
        pipeline.track(request, lambda *_: None, lambda *_: None)
        wall_s = perf_counter() - begun
        stages = json.loads((out / "run.json").read_text(encoding="utf-8"))["seconds"]
    slowest = max(
        ("decode", "detect", "camera", "encode", "follow"), key=lambda s: stages.get(s, 0)
    )
    rows = [{"what": "teamsheet track", "frames/s": last / wall_s}]
    rows.append({"what": f"its slowest stage ({slowest})", "frames/s": last / stages[slowest]})
    for name, make in peer_classes().items():
        spent_s = plain_loop(clip, weights, settings, Roboflow(make, FPS), last)
        rows.append(
            {"what": f"decode, detect, {name}, one after another", "frames/s": last / spent_s}
        )
    for row in rows:
        row["teamsheet is"] = rows[0]["frames/s"] / row["frames/s"]
    return rows


def plain_loop(
    clip: Path, weights: Path, settings: config.Settings, peer: Roboflow, last: int
) -> float:
    """Seconds of what one writes in an afternoon: no camera, no store, nobody hidden."""
    from tracker.observe.detector import load_detector
    from tracker.observe.video import open_source

    detector = load_detector(str(weights), settings.detect, "cpu")
    begun = perf_counter()
    seen = []
    for frame in open_source(str(clip)).frames(0, last):
        found = detector.detect([frame])[0]
        looks = np.zeros((len(found), 0), np.float32)
        seen.append(
            Observation(
                frame.index, frame.time_s, found.boxes, found.scores, looks, np.eye(2, 3), False
            )
        )
    peer.track(seen)
    return perf_counter() - begun


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
    parser.add_argument("--boxes", type=int, nargs="+", default=[15, 25, 50, 100])
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--minutes", type=int, nargs="*", default=[1, 10, 60])
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    args = parser.parse_args()
    tables = {"follow alone, CPU ms a frame": follow_rows(args.boxes, args.frames, args.rounds)}
    if args.minutes:
        tables["22 people, by length"] = length_rows(args.minutes)
    if args.data and args.weights:
        clip = sorted(args.data.glob("clip*.mp4"))[0]
        tables["the whole pipeline"] = pipeline_rows(clip, args.weights, args.tiles, 100)
    if args.json:
        args.json.write_text(json.dumps(tables, indent=2) + "\n", encoding="utf-8")
    for title, rows in tables.items():
        show(Console(width=120), title, rows)


if __name__ == "__main__":
    main()
