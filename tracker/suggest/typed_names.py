"""Names that somebody has typed into OUT/people/names.csv, taken along when it is made anew.

A folder's places, frame and box, are kept in OUT/people/places.json; a new tracklet that has them
is who the folder showed. A folder whose places nobody has any more comes along whole.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import EnrollError, read_names, read_text
from gallery.roster import PEOPLE_NAMES
from tracker.boxes import iou
from tracker.suggest.clear_stretches import ClearStretch

PLACES = "places.json"
_PLACES_EACH = 24
_SAME_IOU = 0.5
_FILE = re.compile(r"_(\d{6,})_t(\d+)\.\w+$")
READ, PROPOSED = "read", "proposed"
"""Columns of names.csv: the number on the shirt, and who wears it."""
_OURS = {"id", "name", "track", "seconds", READ, PROPOSED}
_MAX_BYTES = 100_000_000

Place = tuple[int, tuple[float, float, float, float]]
"""Frame, from 1, and box."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A row of names.csv that has a name. cells: all of it. folder: of its pictures.

    tracks: (frame, track) of its pictures, where it is not known which boxes they are.
    """

    cells: Mapping[str, str]
    folder: Path
    places: tuple[Place, ...]
    tracks: tuple[tuple[int, int], ...]

    @property
    def extra(self) -> dict[str, str]:
        """What somebody has added: number, team, role."""
        return {key: cell for key, cell in self.cells.items() if key not in _OURS}


def read_typed(folder: Path, same_tracks: bool) -> list[Typed]:
    """Rows with a name, of a folder that `gallery people` has made.

    same_tracks: the tracks of the run are still those of its pictures. Raises EnrollError where
    names.csv cannot be read: it would be lost.
    """
    file = folder / PEOPLE_NAMES
    if not file.is_file():
        return []
    rows = _rows(file)
    if any(row.get("name") for row in rows):
        read_names(file, blanks=True)  # its checks
    places = _read_places(folder / PLACES)
    found = []
    for row in rows:
        pictures = folder / row["id"] if row["id"].isdecimal() else folder / "-"
        if not row.get("name"):
            continue
        tracks = _tracks(pictures) if same_tracks and row["id"] not in places else ()
        found.append(Typed(row, pictures, places.get(row["id"], ()), tracks))
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    lines = read_text(file).splitlines()
    comma = "," if not lines or "," in lines[0] else ";"
    try:
        rows = list(csv.DictReader(lines, skipinitialspace=True, delimiter=comma))
    except csv.Error as error:
        raise EnrollError(f"{file}: broken CSV ({error}); mend it, or move it away") from error
    plain = [{str(k).strip().lower(): str(v or "").strip() for k, v in r.items()} for r in rows]
    return [row for row in plain if row.get("id")]


def _tracks(folder: Path) -> tuple[tuple[int, int], ...]:
    names = sorted(f.name for f in folder.iterdir()) if folder.is_dir() else []
    found = [_FILE.search(name) for name in names]
    return tuple((int(m[1]), int(m[2])) for m in found if m)


def _read_places(file: Path) -> dict[str, tuple[Place, ...]]:
    try:
        if file.stat().st_size > _MAX_BYTES:
            return {}
        tree: dict[str, list[list[float]]] = json.loads(file.read_text(encoding="utf-8"))
        return {
            id_: tuple((int(f), (float(a), float(b), float(c), float(d))) for f, a, b, c, d in rows)
            for id_, rows in tree.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def write_places(stretches: Mapping[int, Sequence[Place]], file: Path) -> None:
    """tracklets: by the number of their folder."""
    tree: dict[str, Any] = {
        str(i): [[f, *box] for f, box in places] for i, places in stretches.items()
    }
    file.write_text(json.dumps(tree) + "\n", encoding="utf-8")


def places_of(stretch: ClearStretch, truth: TruthBoxes) -> list[Place]:
    """Some of the places at which a tracklet is seen well."""
    count = min(_PLACES_EACH, len(stretch.good))
    rows = stretch.good[np.unique(np.linspace(0, len(stretch.good) - 1, count).round().astype(int))]
    boxes = truth.boxes[rows].round(2).tolist()
    return [
        (int(f), (x1, y1, x2, y2))
        for f, (x1, y1, x2, y2) in zip(truth.frames[rows].tolist(), boxes, strict=True)
    ]


def given_back(
    typed: Sequence[Typed], stretches: Sequence[ClearStretch], truth: TruthBoxes
) -> tuple[dict[int, Typed], list[Typed]]:
    """Place of a tracklet to the row whose name it gets; and the rows that find no tracklet."""
    votes = [
        Counter({n: _common(row, stretch, truth) for n, stretch in enumerate(stretches)})
        for row in typed
    ]
    given: dict[int, Typed] = {}
    best: dict[int, int] = {}
    lost = []
    for n, count in enumerate(votes):
        mine = [stretch for stretch, seen in count.items() if seen]
        wins = False
        for stretch in mine:
            claims = [(votes[k][stretch], -k) for k in range(len(typed))]
            if max(claims) == (count[stretch], -n):
                given[stretch], best[stretch], wins = typed[n], n, True
        same = any(
            typed[best[p]].cells["name"] == typed[n].cells["name"] for p in mine if p in best
        )
        if not wins and not same:
            lost.append(typed[n])
    return given, lost


def _common(row: Typed, stretch: ClearStretch, truth: TruthBoxes) -> int:
    """In how many places both are."""
    frames, boxes = truth.frames[stretch.good], truth.boxes[stretch.good]
    seen = 0
    for frame, box in row.places:
        rows = np.flatnonzero(frames == frame)
        seen += bool(len(rows)) and bool(
            (iou(boxes[rows], np.array([box], np.float64)) >= _SAME_IOU).any()
        )
    first, last = stretch.frames
    return seen + sum(t == stretch.track and first <= f <= last for f, t in row.tracks)


def brought(lost: Sequence[Typed], draft: Path, first: int) -> list[tuple[int, Typed, list[Path]]]:
    """Folders that find no tracklet, copied into the draft under numbers from `first` on."""
    result = []
    for number, row in enumerate(lost, first):
        if row.folder.is_dir() and not row.folder.is_symlink():
            shutil.copytree(row.folder, draft / str(number), symlinks=True)
        else:
            (draft / str(number)).mkdir()
        files = sorted(
            f for f in (draft / str(number)).iterdir() if f.is_file() and not f.is_symlink()
        )
        result.append((number, row, files))
    return result
