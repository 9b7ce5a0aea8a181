"""What the benches on MOT truth share: their arguments, the sports, the size of the picture."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from configparser import ConfigParser
from pathlib import Path
from typing import TypeVar

import numpy as np

from tracker.evaluation.boxes import Boxes
from tracker.evaluation.inputs import Truth
from tracker.evaluation.mistakes import count_from_one
from tracker.evaluation.readers import read_mot

T = TypeVar("T")

CROWDS = (("football", 12), ("volleyball", 10), ("basketball", 0))
"""Sports of SportsMOT by the most boxes in one frame: more than this."""


def sport_of(crowd: int) -> str:
    """The sport of a sequence with at most `crowd` boxes in a frame."""
    return next(sport for sport, above in CROWDS if crowd > above)


def parser_of(doc: str) -> argparse.ArgumentParser:
    """The truth, where to write the numbers, which sequences; doc: the script's, for its help."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="MOT_DIR")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    parser.add_argument("--sequences", default="", help="names, with * and ?, between commas")
    return parser


def tracking_parser_of(doc: str) -> argparse.ArgumentParser:
    """The same, for benches that run trackers."""
    parser = parser_of(doc)
    parser.add_argument("--frames", type=int, help="only the first N frames of every sequence")
    parser.add_argument("--set", action="append", default=[], help="a setting of teamsheet")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments of a tracking bench. Exits with 2 on a mistake."""
    args = parser.parse_args()
    if args.frames is not None and args.frames < 1:
        parser.error(f"--frames {args.frames}: must be at least 1")
    return args


def picture_size(truth: Truth, boxes: Boxes) -> tuple[int, int]:
    """Width and height from seqinfo.ini, else as far as the boxes reach."""
    ini = ConfigParser(interpolation=None)
    if truth.seqinfo is not None:
        ini.read_string(truth.seqinfo.text())
    width, height = (ini.getint("Sequence", k, fallback=0) for k in ("imWidth", "imHeight"))
    if width > 0 and height > 0:
        return width, height
    right, bottom = np.ceil(boxes.corners[:, 2:].max(axis=0, initial=1)).astype(int).tolist()
    return right, bottom


def over(work: Callable[[Truth], T], truths: Sequence[Truth], jobs: int) -> Iterator[T]:
    """What `work`, a function that can be sent to a process, makes of each sequence, in order."""
    if jobs == 1:
        yield from map(work, truths)
        return
    with ProcessPoolExecutor(jobs) as processes:
        yield from processes.map(work, truths)


def forgiving(truth: Truth) -> Boxes:
    """All rows of a sequence, read without complaint.

    Rows with flag 0 are people like others, of two rows for one person in one frame the last
    stays, rows without an area go. Raises EvaluateError on files that cannot be read.
    """
    boxes, _ = count_from_one(read_mot(truth.boxes))
    boxes = boxes.take(np.flatnonzero((boxes.corners[:, 2:] > boxes.corners[:, :2]).all(axis=1)))
    keys = np.stack([boxes.frames, boxes.ids], axis=1)[::-1]
    _, latest = np.unique(keys, axis=0, return_index=True)
    return boxes.take(np.sort(len(boxes) - 1 - latest))
