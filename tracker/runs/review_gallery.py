"""A gallery out of what a person has said of a run: pictures of the very boxes that were named.

Pictures that an earlier call has put there are taken back, where nobody has changed them: what was
said may have changed since. The gallery changes in one step, or not at all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from gallery.add import AddReport, add_folder
from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import EnrollError, name_at
from gallery.atomic.lock import hold
from gallery.atomic.write import staged, whole
from gallery.crop_selection import CropWish, choose, cut, wishes
from gallery.io.disk import line_of
from gallery.io.files import read_json
from gallery.io.spelling import alike, plain
from gallery.write import Crop, write_gallery
from tracker.corrections.statements import Correction
from tracker.output.run_folder import recover
from tracker.output.table import TrackTable
from tracker.suggest.clear_stretches import sure_detections
from tracker.suggest.create import open_video, read_facts
from tracker.suggest.crop_selection import boxes_of, pictures_at
from tracker.types import Ints, Mask, Visibility
from tracker.video.source import Source

LISTED = "pictures.json"
"""In OUT/review: what was put into which gallery."""
PER_PLAYER, _ENOUGH = 12, 4


def fill_gallery(
    out: Path, video: str | None, statements: Sequence[Correction], folder: Path
) -> dict[str, int]:
    """Put pictures of everybody who was named into the gallery `folder`; how many of each.

    out: of the run. video: where it is now, None: where it was. statements: of tracks; the newer
    ones win, and of two spellings of one name the older. A name without a clean picture has 0.
    Raises SuggestError, VideoError, TableError, EnrollError; then the gallery is as it was.
    """
    recover(out)
    facts = read_facts(out)
    rows = TrackTable.read_csv(out / "tracks.csv").rows.reset_index(drop=True)
    truth, names, sure = named_boxes(rows, _one_spelling(statements), facts.fps)
    source = open_video(facts, video)
    stem = Path(video or facts.spec).stem or "video"
    crops = _crops(source, truth, names, sure)
    counts = {name: len(crops.get(name, ())) for name in names.values()}
    kept = {name: found for name, found in crops.items() if found}
    if kept or folder.is_dir():
        _exchange(out, folder, kept, stem)
    return counts


def named_boxes(
    rows: pd.DataFrame, statements: Sequence[Correction], fps: float
) -> tuple[TruthBoxes, dict[int, str], Mask]:
    """All boxes of tracks.csv, the name of each id (-1 where nobody was named), and which boxes are
    surely of a whole person. rows: numbered from 0.

    Boxes that were not detected are nobody's; others are covered by them all the same.
    """
    detected = (rows["visibility"] == Visibility.VISIBLE.label) & rows["confidence"].notna()
    sure = np.zeros(len(rows), bool)
    sure[np.flatnonzero(detected)] = sure_detections(rows[detected], fps)
    named = names_of(rows, statements)
    names = dict(enumerate(sorted({*named.tolist()} - {""})))
    named = np.where(detected, named, "")
    number = {name: n for n, name in names.items()} | {"": -1}
    boxes, place = boxes_of(rows)
    from_row = np.fromiter(place, np.int64, len(place))
    at = np.fromiter(place.values(), np.int64, len(place))
    ids, whole_person = np.full(len(place), -1, np.int64), np.zeros(len(place), bool)
    ids[at] = [number[name] for name in named[from_row].tolist()]
    whole_person[at] = sure[from_row]
    return TruthBoxes("tracks.csv", boxes.frames, ids, boxes.boxes), names, whole_person


def names_of(rows: pd.DataFrame, statements: Sequence[Correction]) -> np.ndarray:
    """(N,) of each row of tracks.csv the name that was said, "" where none; a player is in one
    place at a time, and the newer statement wins."""
    frames, tracks = rows["frame"].to_numpy(), rows["track_id"].to_numpy()
    players = rows["player"].astype(object).to_numpy()
    named = np.full(len(rows), "", object)
    for statement in statements:
        by_name = statement.track is None
        meant = (players == statement.player) if by_name else (tracks == statement.track)
        meant &= frames >= (statement.first or 1)
        if statement.last is not None:
            meant &= frames <= statement.last
        if statement.is_:
            elsewhere = (named == statement.is_) & ~meant
            named[elsewhere & np.isin(frames, frames[meant])] = ""
        named[meant] = statement.is_ or statement.negative
    return named


def _crops(
    source: Source, truth: TruthBoxes, names: Mapping[int, str], sure: Mask
) -> dict[str, list[Crop]]:
    """The pictures of everybody; of those who are detected weakly all along, weak ones too."""
    clean = truth.clean(source.width, source.height)
    wanted: list[CropWish] = []
    for id_, name in names.items():
        mine = clean & (truth.ids == id_)
        best = np.flatnonzero(mine & sure)
        rows: Ints = best if len(best) >= _ENOUGH else np.flatnonzero(mine)
        if len(rows):
            wanted += wishes(name, rows.tolist(), truth, PER_PLAYER)
    frames = sorted({int(truth.frames[wish.row]) for wish in wanted})
    found = cut(pictures_at(source, frames), truth, wanted)
    return {name: choose(candidates, _ENOUGH)[0] for name, candidates in found.items()}


def _one_spelling(statements: Iterable[Correction]) -> list[Correction]:
    spelled: dict[str, str] = {}

    def first(name: str) -> str:
        return spelled.setdefault(alike(name), name)

    return [replace(s, is_=first(s.is_), negative=first(s.negative)) for s in statements]


def _exchange(out: Path, folder: Path, people: Mapping[str, list[Crop]], stem: str) -> None:
    """The gallery without what an earlier call has put there, and with these, as a whole."""
    try:
        with tempfile.TemporaryDirectory() as place, hold(folder, "review"):
            new = Path(place) / folder.name
            if folder.is_dir():
                shutil.copytree(folder, new, symlinks=True)
            _take_back(out, folder, new)
            added = _added(out, people, new, stem) if people else None
            with staged(folder) as draft:
                shutil.copytree(new, draft, symlinks=True, dirs_exist_ok=True)
            _list(out, folder, new, added)
    except OSError as error:
        raise EnrollError(line_of(error)) from error


def _added(out: Path, people: Mapping[str, list[Crop]], folder: Path, stem: str) -> AddReport:
    """Whom the gallery has is called as there."""
    known = {alike(e.name): plain(e.name) for e in folder.iterdir()} if folder.is_dir() else {}
    named = {name_at(str(out), known.get(alike(name), name)): people[name] for name in people}
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place) / "players"
        write_gallery(draft, named, stem)
        return add_folder(folder, draft, new=True)


def _list(out: Path, folder: Path, new: Path, report: AddReport | None) -> None:
    """Write down what was added, so that it can be taken back. new: a copy of the gallery."""
    place = out / "review" / LISTED
    place.parent.mkdir(exist_ok=True)
    added = report.added if report is not None else ()
    files = {str(file.relative_to(new)): _digest(file) for _, file in added}
    tree = {"gallery": str(folder.resolve()), "files": files}
    with whole(place) as draft:
        draft.write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")


def _take_back(out: Path, folder: Path, new: Path) -> None:
    """Remove from a copy of the gallery what an earlier call has put there and nobody has
    changed."""
    try:
        tree = read_json(out / "review" / LISTED)
        files = dict(tree["files"]) if tree["gallery"] == str(folder.resolve()) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name, digest in files.items():
        file = new / name
        inside = file.resolve().is_relative_to(new.resolve()) and not file.is_symlink()
        if inside and file.is_file() and _digest(file) == digest:
            file.unlink()
            if not any(file.parent.iterdir()):
                file.parent.rmdir()


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def summary(counts: Mapping[str, int]) -> str:
    """A line of what `fill_gallery` has done."""
    players = Counter({name: n for name, n in counts.items() if not name.startswith("_")})
    without = [name for name, n in players.items() if not n]
    line = f"{sum(counts.values())} pictures of {len(players) - len(without)} players"
    return f"{line}; none is clean of {', '.join(without)}" if without else line
