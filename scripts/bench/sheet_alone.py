"""Names by a team sheet alone: `sheet_alone.py CLIP... [--weights DIR] [--from-run DIR]`.

A CLIP is a folder with a video, gt.txt and who is who (names.csv, identities.csv or gameinfo.ini).
Who has a number there is written on a team sheet; the clip is named by it, offline, without a
picture of anybody, on all its frames; `--grow-gallery` takes pictures of whom the run surely names,
and the clip is named once more by them and the sheet. All frames are scored, on the truth's boxes,
on each det_*.txt, and on YOLO11n's if WEIGHTS has it. People who are not on the sheet count as
strangers. WEIGHTS holds YOLO11n and the Re-ID network 0277; without it looks are colour stripes.
`--from-run DIR` keeps what was observed, also by bench_clips.py.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from clips.folder import ClipError, open_clip
from clips.observed import REID, YOLO, labels_of
from clips.run_folder import measured_in
from clips.sheets import Row, SheetCase, observe, rows_of, write_sheet
from clips.table import print_rows

from tracker.evaluation.options import split_names


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("clips", type=Path, nargs="+", metavar="CLIP")
    add("--weights", type=Path, help="YOLO11n and reid-omz/; without: stripes, no YOLO11n")
    add("--from-run", type=Path, metavar="DIR", help="keep and use observations")
    add("--boxes", type=split_names, default=(), help="such as truth,yolox,yolo11n; default all")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of teamsheet")
    add("--json", type=Path)
    return parser.parse_args(argv)


def cases_of(args: argparse.Namespace, work: Path) -> list[SheetCase]:
    """Every clip with every kind of boxes."""
    encoder = str(args.weights / REID) if args.weights else "stripes"
    cases: list[SheetCase] = []
    for folder in args.clips:
        clip = open_clip(folder, work)
        sheet = write_sheet(clip)
        labels = [b for b in labels_of(clip, args.boxes) if args.weights or b != YOLO]
        cases += [SheetCase(clip, b, clip.work / b, sheet, encoder) for b in labels]
    if not cases:
        raise ClipError("--boxes: no clip has such; there are truth, those of det_*.txt and, with "
                        "--weights, yolo11n")  # fmt: skip
    return cases


def measure(args: argparse.Namespace, work: Path) -> None:
    rows: list[Row] = []
    for case in cases_of(args, work):
        observe(case, args.weights, args.set, print)
        rows += rows_of(case, args.set, print)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print_rows(rows, "a team sheet alone, all frames; pictured: players in the grown gallery")


def main(argv: Sequence[str] | None = None) -> None:
    args = parsed(argv)
    measured_in(args.from_run, "sheet_alone", partial(measure, args))


if __name__ == "__main__":
    main()
