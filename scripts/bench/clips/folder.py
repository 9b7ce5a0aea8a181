"""A folder with a video and its truth, as the bench sees it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.evaluation.boxes import Boxes
from tracker.evaluation.readers import read_mot
from tracker.evaluation.text_files import TextSource

TRUTH, TRUTH_BOXES = "truth", "det_truth.txt"
_VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")
_SAME_PX = 0.02  # files round


class ClipError(ValueError):
    """A folder is no clip, or an option does not fit it; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Clip:
    """names: who the truth's ids are, None where nobody says. detections: files by their label,
    "truth" (the truth's boxes, ids taken away) first. seqinfo: None where there is none. work:
    where galleries and observations of this clip lie."""

    name: str
    video: Path
    truth: Path
    names: Path | None
    seqinfo: Path | None
    detections: Mapping[str, Path]
    work: Path


def open_clip(folder: Path, work: Path) -> Clip:
    """Read what lies in the folder; what has to be made of it is written into work/NAME.

    Raises ClipError where a video or the truth is missing, EvaluateError where the truth is broken.
    """
    truth = folder / "gt.txt"
    if not truth.is_file():
        raise ClipError(f"{folder}: no gt.txt inside; give a folder with a video and its truth")
    name = folder.resolve().name
    seqinfo = folder / "seqinfo.ini"
    mine = work / name
    mine.mkdir(parents=True, exist_ok=True)
    rows = read_mot(TextSource(truth))
    detections = {TRUTH: _truth_boxes(truth, rows, mine / TRUTH_BOXES)}
    for file in sorted(folder.glob("det_*.txt")):
        if not same_boxes(read_mot(TextSource(file)), rows):  # an oracle is the truth once more
            detections[file.stem.removeprefix("det_")] = file
    return Clip(
        name,
        _video(folder),
        truth,
        _names(folder, mine),
        seqinfo if seqinfo.is_file() else None,
        detections,
        mine,
    )


def same_boxes(a: Boxes, b: Boxes) -> bool:
    """Whether two files hold the same boxes in the same frames, whatever their ids and order."""
    if len(a) != len(b):
        return False
    one, other = (np.column_stack([x.frames, x.corners]).round(1) for x in (a, b))
    one, other = (x[np.lexsort(x.T[::-1])] for x in (one, other))
    return bool(np.abs(one - other).max(initial=0) <= _SAME_PX)


def _video(folder: Path) -> Path:
    """`clip*.mp4`, else the only video there is."""
    named = sorted(folder.glob("clip*.mp4"))
    every = named or sorted(p for p in folder.iterdir() if p.suffix.lower() in _VIDEOS)
    if len(every) != 1:
        said = ", ".join(p.name for p in every) or "none"
        raise ClipError(f"{folder}: one video is needed, there is {said}")
    return every[0]


def _names(folder: Path, work: Path) -> Path | None:
    for name in ("names.csv", "gameinfo.ini"):
        if (folder / name).is_file():
            return folder / name
    file = folder / "identities.csv"
    return _named(file, work / "names.csv") if file.is_file() else None


def _named(identities: Path, out: Path) -> Path:
    """names.csv of `id,team,number,role`: "TEAM NUMBER", or "TEAM idN" where no number is known."""
    with identities.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = ["id,name,number,team,role"]
    for row in rows:
        try:
            number, team, id_ = row["number"].strip(), row["team"].strip(), row["id"].strip()
        except (KeyError, AttributeError) as error:
            raise ClipError(f"{identities}: the header must be id,team,number,role") from error
        called = f"{team} {number}" if number else f"{team} id{id_}"
        role = (row.get("role") or "").strip()
        lines.append(f"{id_},{'ball' if role == 'ball' else called},{number},{team},{role}")
    write_if_new(out, "\n".join(lines) + "\n")
    return out


def _truth_boxes(truth: Path, rows: Boxes, out: Path) -> Path:
    """A det.txt of the truth's boxes; rows that do not count (flag 0, if not all are 0) are out."""
    cells = [line.split(",") for line in truth.read_text(encoding="utf-8-sig").splitlines()]
    counts = np.ones(len(rows), bool) if (rows.confidence == 0).all() else rows.confidence != 0
    wanted = set(rows.lines[counts].tolist())
    kept = [c for line, c in enumerate(cells, start=1) if line in wanted]
    text = [",".join([c[0], "-1", *c[2:6], "1", "-1", "-1", "-1"]) for c in kept]
    write_if_new(out, "\n".join(text) + "\n")
    return out


def write_if_new(path: Path, text: str) -> None:
    """Leave a file alone that says this already: others may be reading it."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
