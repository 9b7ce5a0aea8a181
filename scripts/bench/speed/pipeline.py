"""The whole pipeline on a clip, beside its parts and beside plain loops with peers."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import numpy as np
from peers import boxmot_classes, peer_classes

from speed.alone import runners
from tracker import config
from tracker.settings import Settings
from tracker.types import Observation

SLOWEST = "its slowest stage"
STAGES = ("decode", "detect", "camera", "encode", "follow")


@dataclass(frozen=True)
class Asked:
    """What the pipeline is run on. last: frames of the clip."""

    clip: Path
    weights: Path
    encoder: str
    gallery: Path | None
    tiles: str
    last: int


def pipeline_rows(asked: Asked, rounds: int) -> list[dict[str, Any]]:
    """The whole pipeline beside its parts alone and plain loops, interleaved, a process each.

    Frames a second of the best round: a shared machine can only be slower than it is.
    """
    jobs: dict[str, tuple[str, str | None]] = {
        "teamsheet track": ("track", None),
        SLOWEST: ("track", None),
        "decode alone": ("decode", None),
        "decode, detect": ("detect", None),
    }
    if asked.gallery is not None:
        jobs["decode, detect, encode"] = ("encode", None)
    names = [*peer_classes(), *boxmot_classes()]
    jobs |= {f"decode, detect, {name}": ("peer", name) for name in names}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, (job, peer) in jobs.items():
            if name == SLOWEST:
                last = found["teamsheet track"][-1]
                found[name].append(last | {"wall": last["slowest"]})
                continue
            with ProcessPoolExecutor(1) as process:
                took = process.submit(run_job, job, asked, peer).result()
            print(f"{name}: {asked.last / took['wall']:.1f} frames/s", file=sys.stderr)
            found[name].append(took)
    return _beside([_best(name, times, asked.last) for name, times in found.items()])


def _best(name: str, times: list[dict[str, float]], frames: int) -> dict[str, Any]:
    """A row of the best of all rounds."""
    best = min(times, key=lambda one: one["wall"])
    return {
        "what": name,
        "frames/s": frames / best["wall"],
        "CPU, ms a frame": min(one["cpu"] for one in times) / frames * 1000,
        "peak, MB": max(one["peak"] for one in times),
    }


def _beside(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With how many times as quick teamsheet, the first, is."""
    for row in rows:
        row["teamsheet is"] = rows[0]["frames/s"] / row["frames/s"]
    rows[1] |= {"CPU, ms a frame": None, "peak, MB": None}
    return rows


def run_job(job: str, asked: Asked, peer: str | None) -> dict[str, float]:
    """Wall and CPU seconds once all is open, and MB; the second run of a process counts."""
    settings = config.load(None, [f"detect.tiles={asked.tiles}", "mode=online"])
    run = track if job == "track" else partial(plain_loop, job=job, peer=peer)
    run(replace(asked, last=5), settings)
    begun, slowest_s = run(asked, settings)
    return {
        "wall": perf_counter() - begun[0],
        "cpu": process_time() - begun[1],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "slowest": slowest_s,
    }


Begun = tuple[float, float]
"""Wall and CPU clock when all was open."""


def track(asked: Asked, settings: Settings) -> tuple[Begun, float]:
    """All of `teamsheet track`, tables written; with the busy seconds of its slowest stage."""
    from tracker.runs import pipeline

    begun: list[Begun] = []

    def opened(*given: Any) -> Any:
        run = open_session(*given)
        begun.append((perf_counter(), process_time()))
        return run

    open_session = pipeline.open_session
    with tempfile.TemporaryDirectory() as folder, patch.object(pipeline, "open_session", opened):
        out = Path(folder) / "out"
        request = pipeline.TrackRequest(
            str(asked.clip), out, settings, asked.gallery, detector=str(asked.weights),
            encoder=asked.encoder, frames=(1, asked.last),
        )  # fmt: skip
        pipeline.track(request, lambda *_: None, lambda *_: None)
        stages = json.loads((out / "run.json").read_text(encoding="utf-8"))["seconds"]
    return begun[0], max(stages.get(stage, 0.0) for stage in STAGES)


def plain_loop(asked: Asked, settings: Settings, job: str, peer: str | None) -> tuple[Begun, float]:
    """What one writes in an afternoon: no camera, no store, nobody hidden, one after another."""
    from gallery.reid.encoder import load_encoder
    from tracker.detection.detector import load_detector
    from tracker.video.open import open_source

    detector = load_detector(str(asked.weights), settings.detect, "cpu")
    encoder = load_encoder(asked.encoder) if job == "encode" else None
    begun = perf_counter(), process_time()
    seen = []
    for frame in open_source(str(asked.clip)).frames(0, asked.last):
        if job == "decode":
            continue
        found = detector.detect([frame])[0]
        if encoder is not None:
            assert frame.image is not None
            corners = found.boxes.round().astype(int).tolist()
            encoder.encode([frame.image[y1:y2, x1:x2] for x1, y1, x2, y2 in corners])
        looks, still = np.zeros((len(found), 0), np.float32), np.eye(2, 3)
        seen.append(
            Observation(frame.index, frame.time_s, found.boxes, found.scores, looks, still, False)
        )
    if peer is not None:
        runners()[peer](seen)
    return begun, 0.0
