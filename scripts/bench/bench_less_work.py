"""What less work costs in accuracy: `bench_less_work.py DATA_DIR WEIGHTS_DIR [--mot MOT_DIR]`.

DATA_DIR holds a clip with truth (clip*.mp4, gt.txt, gameinfo.ini, det_yolox.txt). Each half of it
is tracked with a gallery from the other half: people described every so often, with and without
the moments besides (`encode.moments`), on the given detections; and every n-th frame looked at,
with YOLO11n in two tiles. Scores are means over both halves. With --mot, true boxes of every n-th
frame of that truth are followed by motion alone, and all frames scored, pooled over the sequences.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that a second means the same

import numpy as np
from bench_names import REID, Case, cut, followed, request_of
from gaps.scores import count, summary
from gaps.worlds import observe, read_clip
from mot_bench import over
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.evaluation.inputs import Truth, find_truths
from tracker.evaluation.readers import boxes_of_table
from tracker.offline.interpolation import FrameInterpolator
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.tracking.online import OnlineTracker

HALVES = ((1, 175), (176, 350))
DESCRIBED = [
    ("0", "false"), ("0.2", "false"), ("0.2", "true"), ("0.4", "false"), ("0.4", "true"),
    ("0.8", "false"), ("0.8", "true"), ("1000", "true"),
]  # fmt: skip
LOOKED = (1, 2, 3, 5)
MODES = ("online", "offline")


def one_half(
    half: int, extra: dict[str, Any], sets: list[str], data: Path, weights: Path, work: Path
) -> dict[str, float]:
    """Observe and follow a half as the settings say; its scores and what it took."""
    gallery, frames = work / f"gallery{half}", HALVES[half]
    plain = request_of(data, gallery, str(weights / REID), sets=sets, **extra)
    request = replace(plain, frames=frames)
    run = pipeline.open_session(request)
    seen = list(pipeline.observe(request, run))
    row = {stage: run.log.seconds[stage] for stage in ("detect", "encode")}
    row["described"] = float(np.concatenate([one.described for one in seen]).mean())
    case, out = Case("", run, seen, gallery, frames), Path(tempfile.mkdtemp(dir=work))
    for mode in MODES:
        scores = followed(case, mode, sets, data, out / mode)
        row |= {f"{mode} {score}": scores[score] for score in ("HOTA", "IDF1", "Name-F1")}
    return row


def on_footage(data: Path, weights: Path, work: Path) -> Iterator[dict[str, Any]]:
    """Rows of both tables on the clip."""
    for half, frames in enumerate(HALVES[::-1]):
        cut(data, work / f"gallery{half}", 12, frames)
    yolo = str(weights / "yolo11n_int8_openvino_model")
    given = {"detections": data / "det_yolox.txt"}
    cases: list[tuple[str, dict[str, Any], list[str]]] = []
    for every_s, moments in DESCRIBED:
        label = f"described every {every_s} s{' + moments' if moments == 'true' else ''}"
        cases.append((label, given, [f"encode.every_s={every_s}", f"encode.moments={moments}"]))
    for n in LOOKED:
        sets = ["detect.tiles=2x1", f"detect.every_n={n}"]
        cases.append((f"YOLO11n, every {n}. frame", {"detector": yolo}, sets))
    for label, extra, sets in cases:
        halves = [one_half(half, extra, sets, data, weights, work) for half in range(len(HALVES))]
        print(label, file=sys.stderr)
        yield {"case": label, **{k: float(np.mean([h[k] for h in halves])) for k in halves[0]}}


def on_truth(truth: Truth, frames: int | None) -> dict[int, Any]:
    """One sequence of true boxes, of which every n-th frame is looked at."""
    clip = read_clip(truth, frames)
    seen = observe(clip, clip.truth)
    counts = {}
    for n in LOOKED:
        between, tracker = FrameInterpolator(), OnlineTracker(config.load().follow, clip.size)
        some = between.looked(blind(one) if one.index % n else one for one in seen)
        rows = between.filled([tracker.update(one) for one in some])
        found = boxes_of_table(TrackTable.from_frames(rows, []), "teamsheet")
        counts[n] = count(clip, [], found, 0.0)
    return counts


def blind(one: Any) -> Any:
    """A frame in which nobody looked."""
    nothing = {name: getattr(one, name)[:0] for name in ("boxes", "scores", "embeddings")}
    return type(one)(one.index, one.time_s, *nothing.values(), one.camera, one.cut, None, False)


def show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()))
    Console(width=160).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--mot", type=Path, help="also on the truth in this folder")
    parser.add_argument("--frames", type=int, help="of each sequence of --mot")
    parser.add_argument("--jobs", type=int, default=2, help="processes for --mot")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {"footage": list(on_footage(args.data, args.weights, Path(folder)))}
    if args.mot:
        truths = find_truths(args.mot, None)
        parts = list(over(partial(on_truth, frames=args.frames), truths, args.jobs))
        found["truth"] = [
            {"every n-th frame": n, **summary([part[n] for part in parts])} for n in LOOKED
        ]
    if args.json:
        args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for title, rows in found.items():
        show(title, rows)


if __name__ == "__main__":
    main()
