"""The main job on real footage, beside its peers: `bench_main.py DATA_DIR WEIGHTS_DIR`.

DATA_DIR holds a clip with truth (clip*.mp4, gt.txt, gameinfo.ini, det_yolox.txt). A gallery is cut
from its first half, the second half is tracked with the given detections and with YOLO11n in two
tiles, and everything is scored beside roboflow's ByteTrack and SORT on the same boxes, and beside
ByteTrack + a vote per track with the same classifier. Peers: `pip install trackers==2.6.1`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that a millisecond means the same

import numpy as np
from peers import peer_trackers, vote_per_track, write_tracks
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.evaluation.options import Options, read_gallery
from tracker.evaluation.preprocessing import PreprocessingRules
from tracker.evaluation.scoring import evaluate
from tracker.output.run_files import write_results
from tracker.runs import gallery_commands, pipeline
from tracker.tracking.online import OnlineTracker
from tracker.types import Observation

FIRST, LAST = 176, 350
BALL = 20


def quiet(*_: object) -> None:
    """No progress, no notes."""


def arguments(doc: str) -> argparse.ArgumentParser:
    """What every bench of one clip is told. doc: of the bench."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--set", action="append", default=[], help="a setting of teamsheet")
    return parser


def follow_ms(seen: list[Observation], run: Any, peers: dict[str, Any]) -> dict[str, float]:
    """Milliseconds per frame of association alone, each the best of three, one process."""
    size = (run.inputs.source.width, run.inputs.source.height)
    classify = run.names.classifier.log_likelihood

    def ours(named: bool) -> float:
        players = len(run.players) if named else 0
        tracker = OnlineTracker(config.load().follow, size, players, classify if named else None)
        begun = perf_counter()
        for one in seen:
            tracker.update(one)
        return perf_counter() - begun

    rows = {
        "teamsheet, looks and names": lambda: ours(True),
        "teamsheet, looks": lambda: ours(False),
    }
    for name, peer in peers.items():
        rows[name] = lambda peer=peer: peer.seconds(seen)
    best = {name: min(run_once() for _ in range(3)) for name, run_once in rows.items()}
    return {name: 1e3 * seconds / len(seen) for name, seconds in best.items()}


def score(truth: Path, gallery: Path, results: list[Path]) -> Iterator[dict[str, Any]]:
    options = Options(
        rules=PreprocessingRules(ignore_ids=frozenset({BALL})),
        frames=(FIRST, LAST),
        gallery=read_gallery(gallery),
        names=truth.with_name("gameinfo.ini"),
        jobs=1,
    )
    for tracker in evaluate(truth, results, options).trackers:
        mot, names = tracker.combined.mot, tracker.combined.names
        row: dict[str, Any] = {"tracker": tracker.tracker, "HOTA": mot["HOTA"], "IDF1": mot["IDF1"]}
        if names and names.named:
            row |= {
                "Name-P": names.precision,
                "Name-R": names.recall,
                "Name-F1": names.f1,
                "duplicate frames": names.duplicate_frames,
                "strangers named": names.unknown_named_share,
            }
        yield row


def one_case(
    label: str, extra: dict[str, Any], sets: list[str], data: Path, weights: Path, work: Path
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Track with teamsheet and with every peer on the same detections; scored rows and speeds."""
    request = pipeline.TrackRequest(
        source=str(next(data.glob("clip*.mp4"))),
        out=work / "unused",
        settings=config.load(None, sets),
        gallery=work.parent / "gallery",
        encoder=str(weights / "reid-omz" / "person-reidentification-retail-0277.xml"),
        frames=(FIRST, LAST),
        **extra,
    )
    run = pipeline.open_session(request)
    seen = list(pipeline.observe(request, run))  # the same for everybody
    results = []
    for mode in ("online", "offline"):
        under = replace(request, settings=config.load(None, [*sets, f"mode={mode}"]))
        results.append(work / f"teamsheet {mode}")
        results[-1].mkdir()
        write_results(pipeline.follow(under, run, seen, quiet).table(run), results[-1])
    peers = peer_trackers()
    for name, peer in peers.items():
        tracks = peer.track(seen)
        results.append(write_tracks(tracks, None, work / f"{name}.txt"))
        if name == "ByteTrack":
            for exclusive in (False, True):
                what = f"{name} + vote" + " + exclusion" * exclusive
                named = vote_per_track(tracks, seen, run, exclusive)
                results.append(write_tracks(tracks, named, work / f"{what}.csv"))
    rows = list(score(data / "gt.txt", work.parent / "gallery", results))
    return [{"detections": label, **row} for row in rows], follow_ms(seen, run, peers)


def main() -> None:
    args = arguments(__doc__).parse_args()
    yolo = args.weights / "yolo11n_int8_openvino_model"
    cases = {
        "det_yolox": ({"detections": args.data / "det_yolox.txt"}, args.set),
        "YOLO11n 2x1": ({"detector": str(yolo)}, [*args.set, "detect.tiles=2x1"]),
    }
    rows: list[dict[str, Any]] = []
    speed: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        clip = str(next(args.data.glob("clip*.mp4")))
        print(
            gallery_commands.cut_gallery(
                clip, args.data / "gt.txt", args.data / "gameinfo.ini", work / "gallery",
                (1, FIRST - 1), 12, 12, False, quiet,
            )
        )  # fmt: skip
        for label, (extra, sets) in cases.items():
            place = work / label
            place.mkdir()
            found, ms = one_case(label, extra, sets, args.data, args.weights, place)
            rows += found
            speed = speed or ms
    report(rows, speed)
    if args.json:
        args.json.write_text(json.dumps({"scores": rows, "follow_ms": speed}, indent=2) + "\n")


def report(rows: list[dict[str, Any]], speed: dict[str, float]) -> None:
    console = Console(width=140)
    table = Table(title=f"frames {FIRST}-{LAST}, ball left out")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    for column in columns:
        table.add_column(column)
    for row in rows:
        cells = [row.get(c, "") for c in columns]
        table.add_row(*(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells))
    console.print(table)
    base = speed.get("ByteTrack", np.nan)
    for name, ms in speed.items():
        console.print(f"follow, ms a frame: {name:28s} {ms:6.2f}   x ByteTrack {ms / base:.2f}")


if __name__ == "__main__":
    main()
