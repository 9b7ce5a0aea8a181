"""What the benches on MOT truth share: their arguments, the sports, the size of the picture."""

from __future__ import annotations

import argparse
from configparser import ConfigParser
from pathlib import Path

import numpy as np

from tracker.evaluate.boxes import Boxes
from tracker.evaluate.inputs import Truth

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
