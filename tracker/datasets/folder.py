"""The folder of a data set in Ultralytics' layout: all of it or nothing, and what is in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import yaml

from gallery.atomic.lock import hold
from gallery.atomic.write import recover, staged
from gallery.io.disk import unwritten
from tracker.output.run_files import OutputError

INDEX = "export.json"
"""Says that the folder was written here, and of what."""
SPLITS = TRAIN, VAL = "train", "val"
DETECT, CLASSIFY = "yolo-detect", "yolo-cls"
_OWN = {INDEX, "data.yaml", "images", "labels", *SPLITS}
_EPOCHS = 100
_MAX_SIDE = 1280
_CROP_SIDE = 224


@dataclass(frozen=True, slots=True)
class ExportReport:
    """counts: boxes (crops) of each class by split. pictures: by split. notes: a line each of what
    was left out. side: the longer one of the pictures, pixels."""

    out: Path
    kind: str
    counts: Mapping[str, Counter[str]]
    pictures: Mapping[str, int]
    notes: Sequence[str]
    side: int

    def __str__(self) -> str:
        names = list(dict.fromkeys(name for split in SPLITS for name in self.counts[split]))
        width = max(map(len, names))
        what = "frames" if self.kind == DETECT else "pictures"
        numbers = " and ".join(f"{self.pictures[split]} {what} in {split}" for split in SPLITS)
        lines = [f"{numbers} of {self.out}:"]
        lines += [
            f"  {name:<{width}}  {self.counts[TRAIN][name]:>5} {self.counts[VAL][name]:>5}"
            for name in names
        ]
        return "\n".join([*lines, *self.notes, "train a model of it by:", f"  {self.command}"])

    @property
    def command(self) -> str:
        """As it can be copied into a shell where Ultralytics is installed."""
        if self.kind == CLASSIFY:
            model, data, side = "yolo11n-cls.pt", self.out, _CROP_SIDE
            task = "classify"
        else:
            model, data, side = "yolo11n.pt", self.out / "data.yaml", min(self.side, _MAX_SIDE)
            task = "detect"
        side = -(-side // 32) * 32
        return (
            f"yolo {task} train data={quote(str(data))} model={model} epochs={_EPOCHS} imgsz={side}"
        )


@contextmanager
def written(out: Path, overwrite: bool) -> Iterator[Path]:
    """A folder to write into that becomes `out` at the end, or vanishes when anything fails.

    Raises OutputError where `out` is there and may not be replaced, and OSError where the disk is
    full or forbids.
    """
    recover(out)
    check_folder(out, overwrite)
    try:
        with hold(out, "gallery export"):
            check_folder(out, overwrite)
            with staged(out, _OWN.__contains__) as draft:
                yield draft
    except OSError as error:
        raise unwritten(out, error, OutputError) from error


def check_folder(out: Path, overwrite: bool) -> None:
    """Raise OutputError unless `out` is not there, empty, or a data set of ours to replace."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; give a folder with -o")
    if not out.is_dir() or not any(entry.name != ".lock" for entry in out.iterdir()):
        return
    if not overwrite:
        raise OutputError(f"{out} exists; choose another folder with -o, or add --overwrite")
    if not (out / INDEX).is_file():
        raise OutputError(f"{out} exists and was not written by gallery export; choose another")


def write_index(draft: Path, source: str, report: ExportReport) -> None:
    """What the folder was made of, and how much of each class is in it."""
    tree = {
        "version": 1,
        "kind": report.kind,
        "source": source,
        "pictures": dict(report.pictures),
        "classes": {split: dict(report.counts[split]) for split in SPLITS},
        "notes": list(report.notes),
    }
    text = json.dumps(tree, ensure_ascii=False, indent=2) + "\n"
    (draft / INDEX).write_text(text, encoding="utf-8")


def write_data_yaml(draft: Path, classes: Sequence[str]) -> None:
    """data.yaml without a path: then it is the folder in which it lies, which may be moved."""
    tree = {
        "train": f"images/{TRAIN}",
        "val": f"images/{VAL}",
        "names": dict(enumerate(classes)),
    }
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=1000)
    (draft / "data.yaml").write_text(text, encoding="utf-8")
