"""Names on real footage under stress, and what each part is worth: `bench_names.py DATA WEIGHTS`.

DATA holds a clip with truth (clip*.mp4, gt.txt, gameinfo.ini, det_yolox.txt), WEIGHTS the encoders
and YOLO11n. The gallery is cut from the first half of the clip. Every case is followed online and
offline and scored against the truth; then the first case again, without one part of the method.
`--quick` leaves out what needs another detector or encoder.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from bench_main import BALL, FIRST, LAST, arguments, quiet
from rich.console import Console
from rich.table import Table

from tracker import boxes as bx
from tracker import config
from tracker.evaluation.options import Options, read_gallery
from tracker.evaluation.preprocessing import PreprocessingRules
from tracker.evaluation.readers import read_mot
from tracker.evaluation.scoring import evaluate
from tracker.evaluation.text_files import TextSource
from tracker.output.run_files import write_results
from tracker.runs import gallery_commands, pipeline
from tracker.runs.name_model import fit_names
from tracker.types import Mask, Observation

REID = "reid-omz/person-reidentification-retail-0277.xml"
THINNED, BURST_S = 0.3, (0.2, 1.0)
Seen = Sequence[Observation]

ABLATIONS: dict[str, list[str]] = {
    "without exclusion": ["follow.identity.exclusion=false"],
    "without unknown": ["follow.identity.unknown_prior=0.001"],
    "without correlated votes": ["follow.identity.vote_correlation=0"],
    "without the gallery's open-set bias": ["follow.identity.open_set_nats=0"],
    "without ambiguity windows": [
        "follow.association.ambiguous_nats=0",
        "follow.identity.cut_nats=0",
    ],
    "without refit": ["follow.identity.refit=false"],
    "without anchors": ["follow.identity.anchor_votes=1000000"],
    "without offsets": ["follow.offsets.enabled=false"],
    "without names in association": ["follow.association.name_nats=0"],
    "without looks in association": ["follow.association.look_nats=0"],
}
"""What is switched off, by settings that anybody can give."""


@dataclass(frozen=True, slots=True)
class Case:
    """seen: what was observed of the frames `frames`, by `run`, with this gallery. truth: where it
    is not the clip's own."""

    label: str
    run: pipeline.Session
    seen: Seen
    gallery: Path
    frames: tuple[int, int]
    truth: Path | None = None


def request_of(data: Path, gallery: Path, encoder: str, **extra: Any) -> pipeline.TrackRequest:
    return pipeline.TrackRequest(
        source=str(next(data.glob("clip*.mp4"))),
        out=Path("unused"),
        settings=config.load(None, extra.pop("sets", [])),
        gallery=gallery,
        encoder=encoder,
        frames=(1, LAST),
        **extra,
    )


def cut(data: Path, out: Path, pictures: int, frames: tuple[int, int] = (1, FIRST - 1)) -> Path:
    """A gallery from these frames of the clip, of whom has 12 clean pictures there."""
    gallery_commands.cut_gallery(
        str(next(data.glob("clip*.mp4"))), data / "gt.txt", data / "gameinfo.ini", out,
        frames, pictures, 12, False, quiet,
    )  # fmt: skip
    return out


def cases(data: Path, weights: Path, work: Path, few: bool) -> Iterator[Case]:
    gallery, boxes = cut(data, work / "12", 12), {"detections": data / "det_yolox.txt"}
    second = (FIRST, LAST)

    def observed(label: str, encoder: str, folder: Path = gallery, **extra: Any) -> Case:
        request = request_of(data, folder, encoder, **extra)
        run = pipeline.open_session(request)
        seen = list(pipeline.observe(request, run))
        return Case(label, run, seen, folder, (1, LAST))

    def half(case: Case, label: str) -> Case:
        return replace(case, label=label, seen=case.seen[FIRST - 1 :], frames=second)

    whole = observed("all frames", str(weights / REID), **boxes)
    first = half(whole, "second half")
    yield first
    yield whole
    three = cut(data, work / "3", 3)
    run = pipeline.open_session(request_of(data, three, str(weights / REID), **boxes))
    yield replace(first, label="3 pictures a player", run=run, gallery=three)
    blind = blindness(data)
    less = replace(first, label="30 % thinned in bursts", seen=thinned(first.seen, data, blind))
    yield less
    yield replace(less, label="the same, by what is left", truth=left(data, blind, work))
    if few:
        return
    yolo = {
        "detector": str(weights / "yolo11n_int8_openvino_model"),
        "sets": ["detect.tiles=2x1"],
    }
    yield half(observed("", str(weights / REID), **yolo), "YOLO11n 2x1")
    osnet = str(weights / "osnet_x0_25_msmt17.onnx")
    yield half(observed("", osnet, **boxes), "osnet x0.25")
    yield half(observed("", "stripes", **boxes), "stripes")


def blindness(data: Path) -> dict[int, Mask]:
    """In which frames (1-based) every person is overlooked: in bursts, 30 % of the time."""
    rng = np.random.default_rng(0)
    blind: dict[int, Mask] = {}
    for person in np.unique(read_mot(TextSource(data / "gt.txt")).ids).tolist():
        hidden = np.zeros(LAST + 1, bool)
        while hidden.mean() < THINNED:
            start, length = rng.integers(0, LAST), rng.uniform(*BURST_S) * 25
            hidden[start : start + round(length)] = True
        blind[person] = hidden
    return blind


def thinned(seen: Seen, data: Path, blind: dict[int, Mask]) -> list[Observation]:
    truth = read_mot(TextSource(data / "gt.txt"))
    rows = truth.by_frame(1, LAST)
    return [_without(one, truth, rows[one.index], blind) for one in seen]


def left(data: Path, blind: dict[int, Mask], work: Path) -> Path:
    """The truth without the boxes that the detector was made to overlook."""
    lines = (data / "gt.txt").read_text().splitlines()
    cells = [line.split(",") for line in lines]
    kept = [
        line
        for line, (frame, person, *_) in zip(lines, cells, strict=True)
        if int(frame) > LAST or not blind[int(person)][int(frame)]
    ]
    file = work / "left.txt"
    file.write_text("\n".join(kept) + "\n")
    return file


def _without(one: Observation, truth: Any, rows: Any, blind: dict[int, Mask]) -> Observation:
    if not len(one.boxes) or not len(truth.ids[rows]):
        return one
    iou = bx.iou(one.boxes.astype(np.float64), truth.corners[rows])
    who = truth.ids[rows][iou.argmax(axis=1)]
    lost = np.array([blind[int(i)][one.index + 1] for i in who]) & (iou.max(axis=1) > 0.3)
    return one.take(~lost)


def followed(case: Case, mode: str, sets: list[str], data: Path, out: Path) -> dict[str, Any]:
    """Scores of one case under these settings."""
    request = replace(
        request_of(data, case.gallery, "", sets=[*sets, f"mode={mode}"]), frames=case.frames
    )
    run = case.run
    assert run.names is not None  # every case has a gallery
    names = fit_names(run.names.roster, run.names.cache, request)
    run = replace(run, names=names)
    table = pipeline.follow(request, run, case.seen, quiet).table(run)
    out.mkdir(parents=True)
    write_results(table, out)
    options = Options(
        rules=PreprocessingRules(ignore_ids=frozenset({BALL})),
        frames=case.frames,
        gallery=read_gallery(case.gallery),
        names=data / "gameinfo.ini",
        jobs=1,
    )
    (tracker,) = evaluate(case.truth or data / "gt.txt", [out], options).trackers
    mot, names = tracker.combined.mot, tracker.combined.names
    assert names is not None  # a gallery was given
    return {
        "Name-P": names.precision,
        "Name-R": names.recall,
        "Name-F1": names.f1,
        "duplicate frames": names.duplicate_frames,
        "strangers named": names.unknown_named_share,
        "ECE": names.calibration_error,
        "HOTA": mot["HOTA"],
        "IDF1": mot["IDF1"],
    }


def measure(args: argparse.Namespace, work: Path) -> Iterator[dict[str, Any]]:
    for number, case in enumerate(cases(args.data, args.weights, work, args.quick)):
        todo: dict[str, list[str]] = {"": []}
        if number == 0 or case.label == "all frames":
            todo |= ABLATIONS
        for what, sets in todo.items():
            for mode in ("online", "offline"):
                out = work / str(number) / (what or "ours") / mode
                row = followed(case, mode, [*args.set, *sets], args.data, out)
                yield {"case": case.label, "what": what or "teamsheet", "mode": mode, **row}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="one detector, one encoder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measure(args, Path(folder)))
    table = Table(title=f"gallery from frames 1-{FIRST - 1}, ball left out")
    for column in rows[0]:
        table.add_column(column)
    rows.sort(key=lambda row: row["what"] != "teamsheet")
    for row in rows:
        table.add_row(*(f"{c:.3f}" if isinstance(c, float) else str(c) for c in row.values()))
    Console(width=150).print(table)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
