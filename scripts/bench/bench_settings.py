"""What the advice of docs/tuning.md is worth: `bench_settings.py DATA WEIGHTS OUT`.

DATA holds soccer-snmot116, WEIGHTS reid-omz. The gallery is cut from frames 1-175; frames 176-350
are tracked with the YOLOX boxes, observed once per way of observing and followed once per setting.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

REID = "reid-omz/person-reidentification-retail-0277.xml"
FRAMES = ["--frames", "176:350"]
COLUMNS = ["HOTA", "IDF1", "Name-F1", "Name-P", "Name-R"]
FOLLOW = [
    "identity.name_at=0.3", "identity.name_at=0.8", "identity.keep_at=0.01", "identity.keep_at=0.3",
    "identity.unknown_prior=0.15", "identity.unknown_prior=0.5", "identity.vote_nats_max=2",
    "permanence.gone_s=0.1", "permanence.gone_s=1", "confirm_s=0.3", "association.high_score=0.6",
    "association.expand_min=0.3", "association.expand_min=0.6", "identity.crop_height_min_px=30",
    "identity.crop_height_min_px=60", "max_absent_s=30", "association.reach=8",
]  # fmt: skip


def teamsheet(*words: str | Path) -> None:
    start = "from tracker.cli.app import main; main()"
    subprocess.run([sys.executable, "-c", start, *map(str, words)], check=True, capture_output=True)


def score(run: Path, data: Path, gallery: Path) -> None:
    out = run.with_name(f"{run.name}_scores")
    teamsheet(
        "eval", data / "gt.txt", run, "--names", data / "gameinfo.ini", "--gallery", gallery,
        *FRAMES, "-o", out,
    )  # fmt: skip
    row = pd.read_csv(out / "scores.csv").iloc[-1]
    figures = "  ".join(f"{column} {row[column] / 100:.3f}" for column in COLUMNS)
    print(f"{run.name:<40}{figures}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "weights", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--follow", nargs="*", default=FOLLOW, help="settings of follow to try")
    args = parser.parse_args()
    data, gallery = args.data / "soccer-snmot116", args.out / "players"
    video, reid = data / "clip_f001-350.mp4", ["--encoder", args.weights / REID]
    teamsheet(
        "gallery", "cut", video, "--boxes", data / "gt.txt", "--names", data / "gameinfo.ini",
        "--frames", "1:175", "-o", gallery,
    )  # fmt: skip
    given = [video, "--detections", data / "det_yolox.txt", *FRAMES, "--gallery", gallery]
    base = args.out / "reid"
    always, seldom = (["--set", f"encode.{s}"] for s in ("every_s=0", "moments=false"))
    fresh = {
        "reid": reid,
        "every_s=0": reid + always,
        "moments=false": reid + seldom,
        "stripes": [],
    }
    for name, words in fresh.items():
        teamsheet("track", *given, *words, "-o", args.out / name)
        score(args.out / name, data, gallery)
    tried = {s: ["--set", f"follow.{s}"] for s in args.follow}
    for name, words in {"offline": ["--mode", "offline"], **tried}.items():
        shutil.copytree(base, args.out / name)
        teamsheet("track", *given, *reid, "-o", args.out / name, "--resume", *words)
        score(args.out / name, data, gallery)
    return 0


if __name__ == "__main__":
    sys.exit(main())
