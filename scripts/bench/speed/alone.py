"""Following alone, on drawn people: by their number, beside peers, and by the length of a run."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from peers import Boxmot, Roboflow, boxmot_classes, peer_classes

from tracker import config
from tracker.tracking.online import OnlineTracker
from tracker.types import Doubles, Observation

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


def length_row(minutes: int, people: int = 22) -> dict[str, Any]:
    """One long run in this process. grown: past what the libraries took."""
    loaded_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tracker, frames = OnlineTracker(config.load().follow, SIZE), minutes * 60 * FPS
    spent: Doubles = np.zeros(frames)
    for i, one in enumerate(drawn(people, frames)):
        begun = process_time()
        tracker.update(one)
        spent[i] = process_time() - begun
    minute = 60 * FPS
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first, last = (part.mean() * 1000 for part in (spent[:minute], spent[-minute:]))
    return {
        "minutes": minutes,
        "first, ms": first,
        "last, ms": last,
        "peak, MB": peak_mb,
        "grown, MB": peak_mb - loaded_mb,
    }


def length_rows(minutes: list[int]) -> list[dict[str, Any]]:
    with ProcessPoolExecutor(1, max_tasks_per_child=1) as processes:
        return list(processes.map(length_row, minutes))


def people_rows(counts: list[int], minutes: int = 1) -> list[dict[str, Any]]:
    """What a minute of so many people costs, each in a fresh process."""
    with ProcessPoolExecutor(1, max_tasks_per_child=1) as processes:
        rows = list(processes.map(length_row, [minutes] * len(counts), counts))
    return [
        {"people": n, "ms": row["last, ms"], "ms a person": row["last, ms"] / n}
        for n, row in zip(counts, rows, strict=True)
    ]
