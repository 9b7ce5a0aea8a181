"""True boxes by frame: of a folder of pictures with a CSV each, or of a clip with a gt.txt."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from clips.folder import ClipError, open_clip
from clips.judge import judge_of

from tracker.types import Doubles

PLAYERS = frozenset({"player", "goalkeeper"})
_COLUMNS = ("class", "x", "y", "w", "h")


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at, and the truth of it.

    source: as `teamsheet track` takes it. truth: (N, 4) corners in pixels of the players in a
    frame, by its number from 1; only frames in it are scored, and every other box in them is false.
    stills: the pictures are of no one video.
    """

    name: str
    source: Path
    truth: Mapping[int, Doubles]
    stills: bool = False


def open_scene(folder: Path, work: Path) -> Scene:
    """A clip where a gt.txt is, else pictures with a CSV each.

    work: where a clip writes what it makes of its truth. Raises ClipError where it is neither,
    EvaluateError where a truth is broken.
    """
    if (folder / "gt.txt").is_file():
        return _of_clip(folder, work)
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise ClipError(f"{folder}: neither a gt.txt nor pictures with a .csv each; give such")
    name = folder.resolve().name
    name = folder.resolve().parent.name if name == "frames" else name
    return Scene(name, folder, _of_pictures(folder), stills=True)


def _of_clip(folder: Path, work: Path) -> Scene:
    """Everybody in gt.txt but the ball; frames without a row are taken for not annotated."""
    clip = open_clip(folder, work)
    rows = judge_of(clip, None, (1, 1), 25.0).reference.counted
    frames = {int(f): rows.corners[rows.frames == f] for f in np.unique(rows.frames)}
    return Scene(clip.name, clip.video, frames)


def _of_pictures(folder: Path) -> dict[int, Doubles]:
    """Frames are numbered as `open_source` numbers them: the pictures in natural order."""
    from tracker.video.open import open_source

    source = open_source(str(folder))
    pictures = getattr(source, "pictures", [])
    numbers = getattr(source, "numbers", None) or range(len(pictures))
    tables = [(n + 1, p.with_suffix(".csv")) for n, p in zip(numbers, pictures, strict=True)]
    return {number: _players(table) for number, table in tables if table.is_file()}


def _players(table: Path) -> Doubles:
    """(N, 4) corners of players and goalkeepers."""
    boxes: list[list[float]] = []
    with table.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not set(_COLUMNS) <= set(reader.fieldnames or ()):
            raise ClipError(f"{table}: the header must be {','.join(_COLUMNS)}")
        for row in reader:
            if row["class"] in PLAYERS:
                try:
                    x, y, w, h = (float(row[key]) for key in _COLUMNS[1:])
                except (TypeError, ValueError) as error:
                    message = f"{table}, line {reader.line_num}: x,y,w,h must be numbers"
                    raise ClipError(message) from error
                boxes.append([x, y, x + w, y + h])
    return np.array(boxes, np.float64).reshape(-1, 4)
