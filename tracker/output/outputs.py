"""Outputs: the files of every run and those of `convert`, each a way to write a table."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tracker.output.csv_frame import write_csv
from tracker.output.mot import mot_ids, write_mot
from tracker.output.table import BOX, TrackTable
from tracker.output.video_facts import About, InteropError
from tracker.text import bare
from tracker.types import Visibility

if TYPE_CHECKING:
    import pandas as pd  # half a second, which a run need not wait

UNKNOWN = "unknown"
"""The label of whoever has no name, where a format wants one."""
_CATEGORY = {"id": 1, "name": "person"}
_MOT = ["frame", "id", *BOX, "confidence"]
_XYWH = ["x", "y", "width", "height"]
_DATE = (1980, 1, 1, 0, 0, 0)  # of every file in a zip, so that the same table gives the same bytes


@dataclass(frozen=True, slots=True)
class Held:
    """What a format keeps of a table, so that it can be read back.

    holds: that part, sorted, boxes to .01 px. read: gives what `holds` said before it was written.
    """

    holds: Callable[[TrackTable], pd.DataFrame]
    read: Callable[[Path], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Output:
    """ending: of its files. write: raises InteropError. file: in OUT, where every run writes it.

    held: None where it is no format of `convert`.
    """

    ending: str
    write: Callable[[TrackTable, Path, About], None]
    file: str = ""
    held: Held | None = None


def _boxed(table: TrackTable, *, hidden: bool, players: bool = False) -> pd.DataFrame:
    """Rows with a box, text as plain objects. hidden: predicted boxes too. players: of those who
    play alone."""
    states = [Visibility.VISIBLE.label] + [Visibility.OCCLUDED.label] * hidden
    shown = table.rows["visibility"].isin(states).to_numpy()
    rows = table.rows.assign(id=mot_ids(table, shown))
    rows = rows[shown & table.playing if players else shown]
    words = {c: rows[c].astype(object) for c in ("player", "visibility", "evidence")}
    return rows.assign(**words).round(dict.fromkeys(BOX, 2)).reset_index(drop=True)


# ------------------------------------------------------------------------------- mot.txt


def _mot_holds(table: TrackTable, players: bool = False) -> pd.DataFrame:
    rows = _boxed(table, hidden=False, players=players)[_MOT].sort_values(
        ["frame", "id"], ignore_index=True
    )
    return rows.assign(confidence=[float(f"{v:.4g}") for v in rows["confidence"].fillna(-1)])


def _mot_read(path: Path) -> pd.DataFrame:
    import pandas as pd

    rows = pd.read_csv(path, header=None, usecols=range(7))
    rows.columns = pd.Index(["frame", "id", *_XYWH, "confidence"])
    return _corners(rows)[_MOT].astype({"confidence": "float64"})


def _corners(rows: pd.DataFrame) -> pd.DataFrame:
    """x, y, width, height as x1, y1, x2, y2."""
    left, top, width, height = (rows[c].astype("float64") for c in _XYWH)
    boxes = {"x1": left, "y1": top, "x2": left + width, "y2": top + height}
    return rows.assign(**{name: values.round(2) for name, values in boxes.items()})


# -------------------------------------------------------------------------- CVAT, MOT 1.1


def _cvat_holds(table: TrackTable) -> pd.DataFrame:
    rows = _boxed(table, hidden=True)
    names = rows[rows["player"] != ""].groupby("id")["player"].first()
    rows["label"] = rows["id"].map(names).fillna(UNKNOWN).astype(object)  # one label to a track
    rows = rows.sort_values(["frame", "id"], ignore_index=True)
    return rows[["frame", "id", "label", *BOX, "visibility"]]


def _cvat_write(table: TrackTable, path: Path, about: About) -> None:
    rows = _cvat_holds(table)
    labels = sorted(set(rows["label"]))
    if any("\n" in label or "\r" in label for label in labels):
        raise InteropError(
            "a player's name holds a line break, which labels.txt cannot; rename them"
        )
    classes = rows["label"].map({label: n for n, label in enumerate(labels, 1)})
    seen = (rows["visibility"] == Visibility.VISIBLE.label).astype(int)
    columns = zip(
        rows["frame"], rows["id"], rows["x1"], rows["y1"], rows["x2"] - rows["x1"],
        rows["y2"] - rows["y1"], classes, seen, strict=True,
    )  # fmt: skip
    lines = [
        f"{frame},{id_},{x:.2f},{y:.2f},{w:.2f},{h:.2f},1,{class_},{visible}\n"
        for frame, id_, x, y, w, h, class_, visible in columns
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("gt/gt.txt", lines), ("gt/labels.txt", [f"{x}\n" for x in labels])):
            archive.writestr(zipfile.ZipInfo(name, _DATE), "".join(text), zipfile.ZIP_DEFLATED)


def _cvat_read(path: Path) -> pd.DataFrame:
    import pandas as pd

    with zipfile.ZipFile(path) as archive:
        labels = archive.read("gt/labels.txt").decode().splitlines()
        with archive.open("gt/gt.txt") as file:
            rows = pd.read_csv(file, header=None, usecols=range(9))
    rows.columns = pd.Index(["frame", "id", *_XYWH, "kept", "class", "seen"])
    rows["label"] = np.array(labels, object)[rows["class"] - 1]
    states = (Visibility.OCCLUDED.label, Visibility.VISIBLE.label)
    rows["visibility"] = np.array(states, object)[rows["seen"].astype(int)]
    return _corners(rows)[["frame", "id", "label", *BOX, "visibility"]]


# ------------------------------------------------------------------------------ COCO-VID

_COCO = ["frame", "track_id", "id", "player", "player_confidence", "visibility", *BOX, "confidence"]


def _coco_holds(table: TrackTable) -> pd.DataFrame:
    rows = _boxed(table, hidden=True)[_COCO].round(4)
    return rows.sort_values(["frame", "track_id"], ignore_index=True)


def _coco_write(table: TrackTable, path: Path, about: About) -> None:
    """The format of mmtracking's CocoVID: frame_id counts from 0, ids from 1."""
    if about.size is None:
        raise InteropError(
            "coco-vid needs the size of the pictures; convert tracks.csv with run.json beside it"
        )
    width, height = about.size
    frames = table.rows["frame"]
    size = {"width": width, "height": height}
    images = [
        {
            "id": f,
            "video_id": 1,
            "frame_id": f - 1,
            "file_name": f"{about.name}/{f:06d}.jpg",
            **size,
        }
        for f in range(int(frames.min()), int(frames.max()) + 1)
    ]
    rows = _coco_holds(table).to_dict("records")
    tree = {
        "info": {"description": "written by teamsheet"},
        "videos": [{"id": 1, "name": about.name, "fps": about.fps, **size}],
        "images": images,
        "categories": [_CATEGORY],
        "annotations": [_annotation(n, row) for n, row in enumerate(rows, 1)],
    }
    path.write_text(json.dumps(tree, ensure_ascii=False) + "\n", encoding="utf-8")


def _annotation(number: int, row: dict[Any, Any]) -> dict[str, Any]:
    width, height = (round(row[b] - row[a], 2) for a, b in (("x1", "x2"), ("y1", "y2")))
    return {
        "id": number,
        "image_id": row["frame"],
        "video_id": 1,
        "category_id": _CATEGORY["id"],
        "instance_id": row["id"],
        "track_id": row["track_id"],
        "bbox": [row["x1"], row["y1"], width, height],
        "area": round(width * height, 2),
        "iscrowd": 0,
        "occluded": row["visibility"] != Visibility.VISIBLE.label,
        "score": None if np.isnan(row["confidence"]) else row["confidence"],
        "player": row["player"],
        "player_confidence": row["player_confidence"],
    }


def _coco_read(path: Path) -> pd.DataFrame:
    import pandas as pd

    tree = json.loads(path.read_text(encoding="utf-8"))
    frames = {image["id"]: image["frame_id"] + 1 for image in tree["images"]}
    states = (Visibility.VISIBLE.label, Visibility.OCCLUDED.label)
    rows = pd.DataFrame(tree["annotations"])
    boxes = pd.DataFrame(rows["bbox"].tolist(), columns=_XYWH)
    rows = rows.drop(columns=["id"]).join(boxes).rename(columns={"instance_id": "id"})
    rows["frame"] = rows["image_id"].map(frames)
    rows["visibility"] = [states[hidden] for hidden in rows["occluded"]]
    rows["confidence"] = rows["score"].astype("float64")
    return _corners(rows)[_COCO].astype({"player": object, "visibility": object})


# --------------------------------------------------------------------------------- kloppy

_KLOPPY = ["frame_id", "timestamp", "period_id", "player_id", "x", "y", "visible"]


def _kloppy_holds(table: TrackTable) -> pd.DataFrame:
    """Where each stands: the middle of the lower edge of their box, in pixels of the picture."""
    import pandas as pd

    rows = _boxed(table, hidden=True)
    unnamed = "track_" + rows["track_id"].astype(str)
    data = {
        "frame_id": rows["frame"],
        "timestamp": rows["time_s"].round(4),
        "period_id": 1,
        "player_id": rows["player"].where(rows["player"] != "", unnamed).astype(object),
        "x": ((rows["x1"] + rows["x2"]) / 2).round(2),
        "y": rows["y2"],
        "visible": rows["visibility"] == Visibility.VISIBLE.label,
    }
    return pd.DataFrame(data).sort_values(["frame_id", "player_id"], ignore_index=True)


def _kloppy_write(table: TrackTable, path: Path, about: About) -> None:
    write_csv(_kloppy_holds(table), path)


def _kloppy_read(path: Path) -> pd.DataFrame:
    import pandas as pd

    rows = pd.read_csv(path, dtype={"player_id": object}, keep_default_na=False)
    rows = rows.assign(player_id=rows["player_id"].map(bare).astype(object))
    return rows[_KLOPPY].astype({"timestamp": "float64", "x": "float64", "y": "float64"})


OUTPUTS: dict[str, Output] = {
    "tracks": Output(".csv", lambda table, path, about: table.to_csv(path), "tracks.csv"),
    "mot": Output(
        ".txt",
        lambda table, path, about: write_mot(table, path),
        "mot.txt",
        Held(_mot_holds, _mot_read),
    ),
    "mot-players": Output(
        ".txt",
        lambda table, path, about: write_mot(table, path, players=True),
        "mot_players.txt",
        Held(lambda table: _mot_holds(table, players=True), _mot_read),
    ),
    "mot-full": Output(
        ".txt", lambda table, path, about: write_mot(table, path, full=True), "mot_full.txt"
    ),
    "cvat-mot": Output(".zip", _cvat_write, held=Held(_cvat_holds, _cvat_read)),
    "coco-vid": Output(".json", _coco_write, held=Held(_coco_holds, _coco_read)),
    "kloppy": Output(".csv", _kloppy_write, held=Held(_kloppy_holds, _kloppy_read)),
}
"""A new output is one line here. With a file, every run writes it; with `held`, its name is one for
`convert --to`, and the contract test runs over it."""


def convertible() -> dict[str, Held]:
    """Name for `--to` to what the format holds."""
    return {name: output.held for name, output in OUTPUTS.items() if output.held}
