"""yolo-cls: a folder of pictures per player, from a gallery or cut from a clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import folder_names
from gallery.crop_selection import crop_of
from gallery.images import read_picture
from gallery.roster import Roster
from gallery.write import encode_jpeg
from tracker.datasets.folder import CLASSIFY, SPLITS, TRAIN, VAL, ExportReport, write_index, written
from tracker.datasets.frames import Amount, Progress, image_of, read_chosen
from tracker.datasets.labels import OTHER, OTHER_CLASS, UNSURE, DatasetError, Labelled
from tracker.datasets.split import split_by_time, split_in_order, spread
from tracker.types import Ints
from tracker.video.source import Source

_MIN_PICTURES = 2
"""One to learn from, one to check on."""


def write_gallery_crops(roster: Roster, folder: Path, out: Path, overwrite: bool) -> ExportReport:
    """Write train/PLAYER/*.jpg and val/PLAYER/*.jpg from a gallery; negatives are OTHER_CLASS.

    Of each folder the last fifth in order of file names, which is that of time, is val. Raises
    DatasetError, OutputError.
    """
    files: dict[str, list[Path]] = {p.name: list(p.pictures) for p in roster.players}
    for _, negatives in roster.negatives:
        files.setdefault(OTHER_CLASS, []).extend(negatives)
    notes = _too_few(str(folder), {name: len(pictures) for name, pictures in files.items()})
    files = {name: those for name, those in files.items() if len(those) >= _MIN_PICTURES}
    folders = folder_names(files)
    counts = {split: Counter(dict.fromkeys(files, 0)) for split in SPLITS}
    with written(out, overwrite) as draft:
        for name, pictures in files.items():
            # a split per folder of negatives: they are people of their own
            groups = _groups(pictures)
            for split, those in zip(SPLITS, _split_each(groups), strict=True):
                place = draft / split / folders[name]
                place.mkdir(parents=True, exist_ok=True)
                for k, file in enumerate(those):
                    _copy(file, place / f"{k:04d}_{folder_names([file.stem])[file.stem]}.jpg")
                    counts[split][name] += 1
        report = _report(out, counts, notes + _renamed(folders))
        write_index(draft, str(folder), report)
    return report


def _groups(pictures: Sequence[Path]) -> list[list[Path]]:
    """Pictures of one folder together, in their order."""
    groups: dict[Path, list[Path]] = {}
    for file in pictures:
        groups.setdefault(file.parent, []).append(file)
    return list(groups.values())


def _split_each(groups: Sequence[Sequence[Path]]) -> tuple[list[Path], list[Path]]:
    train: list[Path] = []
    val: list[Path] = []
    for group in groups:
        first, last = split_in_order(group)
        train += first
        val += last
    return train, val


def _copy(file: Path, place: Path) -> None:
    """As it is where it is a JPEG, else as one: `*.jpg` is what a reader of the layout expects."""
    if file.suffix.lower() in (".jpg", ".jpeg"):
        place.write_bytes(file.read_bytes())
        return
    picture = read_picture(file)
    if picture is None:
        raise DatasetError(f"{file}: cannot be read any more; check the gallery")
    place.write_bytes(encode_jpeg(picture))


def write_clip_crops(
    found: Labelled, source: Source, out: Path, amount: Amount, overwrite: bool, progress: Progress
) -> ExportReport:
    """The same from a clip: clean boxes (40 px tall, uncovered, inside the picture) of the sure.

    amount.pictures: of each player at most. Each player's own last fifth of the time is val.
    """
    rows = _clean_rows(found, source, amount)
    notes = _too_few(found.source, {name: len(r) for name, r in rows.items()})
    chosen = {
        row: (name, split)
        for name, those in rows.items()
        for split, part in zip(SPLITS, _parts(found, those, source.fps, amount), strict=True)
        for row in part.tolist()
        if len(those) >= _MIN_PICTURES
    }
    names = [name for name, those in rows.items() if len(those) >= _MIN_PICTURES]
    folders, counts = folder_names(names), {s: Counter(dict.fromkeys(names, 0)) for s in SPLITS}
    stem = folder_names([Path(source.name).stem])[Path(source.name).stem]
    with written(out, overwrite) as draft:
        for split in SPLITS:
            for folder in folders.values():
                (draft / split / folder).mkdir(parents=True)
        for row, jpeg in _cut(found, source, sorted(chosen), progress):
            name, split = chosen[row]
            file = f"{stem}_{found.frames[row]:06d}_{row}.jpg"
            (draft / split / folders[name] / file).write_bytes(jpeg)
            counts[split][name] += 1
        _check_cut(found, counts, names)
        report = _report(out, counts, notes + _renamed(folders))
        write_index(draft, source.name, report)
    return report


def _clean_rows(found: Labelled, source: Source, amount: Amount) -> dict[str, Ints]:
    """Rows of each class that show somebody well, every so-many-th frame."""
    truth = TruthBoxes(found.source, found.frames, found.labels, found.boxes)
    usable = truth.clean(source.width, source.height) & (found.labels != UNSURE)
    usable &= (found.frames - found.frames[0]) % amount.every == 0
    numbers = {name: k for k, name in enumerate(found.players)} | {OTHER_CLASS: OTHER}
    return {
        name: np.flatnonzero(usable & (found.labels == numbers[name])) for name in found.classes
    }


def _parts(found: Labelled, rows: Ints, fps: float, amount: Amount) -> tuple[Ints, Ints]:
    """A player's rows to learn from and to check on; in order where there is no time between."""
    if len(rows) < _MIN_PICTURES:
        return rows[:0], rows[:0]
    parts = split_by_time(found.frames[rows], fps)
    kept = [rows[np.isin(found.frames[rows], part)] for part in parts]
    train, val = kept if all(map(len, kept)) else map(np.array, split_in_order(rows.tolist()))
    held_out = max(1, amount.pictures // 5)
    return spread(train, max(1, amount.pictures - held_out)), spread(val, held_out)


def _cut(
    found: Labelled, source: Source, rows: Sequence[int], progress: Progress
) -> Iterator[tuple[int, bytes]]:
    by_frame: dict[int, list[int]] = {}
    for row in rows:
        by_frame.setdefault(int(found.frames[row]), []).append(row)
    for frame in read_chosen(source, sorted(by_frame), progress):
        picture = image_of(frame, source)
        for row in by_frame[frame.index + 1]:
            yield row, encode_jpeg(crop_of(picture, found.boxes[row]))


def _too_few(source: str, counts: Mapping[str, int]) -> list[str]:
    """A note of who has too few pictures. Raises DatasetError where no two classes have enough."""
    few = [name for name, count in counts.items() if count < _MIN_PICTURES]
    enough = [name for name in counts if name not in few]
    if not set(enough) - {OTHER_CLASS}:
        raise DatasetError(f"{source}: no player has {_MIN_PICTURES} clean pictures; add some")
    if len(enough) < 2:
        raise DatasetError(
            f"{source}: {enough[0]} is the only one with {_MIN_PICTURES} clean pictures, and a "
            "model needs somebody to tell them from; add another player"
        )
    return [f"left out, with fewer than {_MIN_PICTURES} pictures: {', '.join(few)}"] if few else []


def _renamed(folders: Mapping[str, str]) -> list[str]:
    """A note of each name that cannot be a folder's; the model will know the folder's."""
    return [
        f"{name} is the class {folder}: a folder cannot be called {name}"
        for name, folder in folders.items()
        if name != folder
    ]


def _check_cut(found: Labelled, counts: Mapping[str, Counter[str]], names: Sequence[str]) -> None:
    empty = [name for name in names if not (counts[TRAIN][name] and counts[VAL][name])]
    if empty:
        raise DatasetError(f"{found.source}: the video has no picture of {empty[0]} there")


def _report(out: Path, counts: Mapping[str, Counter[str]], notes: Sequence[str]) -> ExportReport:
    pictures = {split: counts[split].total() for split in SPLITS}
    return ExportReport(out, CLASSIFY, counts, pictures, notes, 0)
