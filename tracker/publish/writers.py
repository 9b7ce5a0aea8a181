"""What lies in OUT: tracks.csv, mot.txt, mot_full.txt, run.json. All of it, or nothing.

Beside them lies `observations/`, which a run fills as it goes and which outlives its results.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracker.publish.csv_lines import lines
from tracker.publish.table import BOX, TrackTable
from tracker.records import Ints, Visibility

RECEIPT = "run.json"
OBSERVATIONS = "observations"
"""The folder in OUT that is not written here, but kept."""
_MOT = ["frame", *BOX, "confidence"]
_ROWS = 100_000  # written at once


class OutputError(ValueError):
    """The output cannot be written where it was asked for; the message says what to do."""


def check_output(out: Path, overwrite: bool, resume: bool = False) -> None:
    """Raise OutputError unless `out` may be written. Call before the long work.

    An existing folder is only ever replaced with `overwrite`, and only when it is empty or a
    former run of ours: a slip of the finger must not cost somebody his home folder.
    resume: what is there is gone on with; where there is nothing, it is begun.
    """
    if overwrite and resume:
        raise OutputError("--resume goes on, --overwrite begins anew; leave one of them away")
    out = out.resolve()
    for place in (out, *out.parents):
        if place.is_file():
            raise OutputError(f"{place} is a file; give a folder with -o")
    if not out.exists() or not any(out.iterdir()):
        return
    if not overwrite and not resume:
        raise OutputError(
            f"{out} exists; add --resume to go on with what was observed there, or --overwrite to "
            "begin anew, or choose another folder with -o"
        )
    if not (out / RECEIPT).is_file() and not (out / OBSERVATIONS).is_dir():
        raise OutputError(f"{out} exists and is no run of teamsheet; choose another folder with -o")
    if resume and not any((place / OBSERVATIONS).is_dir() for place in (out, working(out))):
        raise OutputError(f"{out} holds no observations to --resume; begin anew by --overwrite")


def working(out: Path) -> Path:
    """Where a new run over a finished one works, until it replaces it."""
    out = out.resolve()
    return out.with_name(f".{out.name}.next")


def recover(out: Path) -> None:
    """Put `out` right where a run was killed in the moment of replacing it."""
    out = out.resolve()
    old = _old(out)
    if (old / OBSERVATIONS).is_dir():
        if not out.exists():
            os.replace(old, out)
        elif not (out / OBSERVATIONS).exists():
            os.replace(old / OBSERVATIONS, out / OBSERVATIONS)


def _old(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


@contextmanager
def staged(out: Path, keep: Path | None = None) -> Iterator[Path]:
    """A folder to write into that becomes `out` at the end, or vanishes when anything fails.

    keep: a folder, in the old `out` or elsewhere, that is moved into the new one.
    """
    out = out.resolve()
    staging, old = out.with_name(f".{out.name}.partial"), _old(out)
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be created ({error.strerror})") from error
    try:
        yield staging
        keep = keep and keep.resolve()
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(out, old)
        os.replace(staging, out)
        if keep is not None:
            inside = keep.is_relative_to(out)
            os.replace(old / keep.relative_to(out) if inside else keep, out / keep.name)
            shutil.rmtree(working(out), ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def mot_ids(table: TrackTable) -> pd.Series[int]:
    """Ids for MOT files, one per row of the table: a named player has one id in the whole file.

    That id is the first track that bore his name. A track's unnamed rows go with the first name
    it ever bears, unless that player is seen elsewhere in the same frame.
    """
    rows = table.rows[["frame", "track_id", "player", "visibility"]]
    named = rows.loc[rows["player"] != "", ["track_id", "player"]]
    named = named.assign(player=named["player"].astype(object))
    home = named.groupby("player", sort=False)["track_id"].first()
    # a track may be home to two names in turn; the second player then gets an id of his own
    taken: set[int] = set()
    fresh = int(rows["track_id"].max()) + 1 if len(rows) else 1
    ids: dict[str, int] = {}
    for player, track in home.items():
        unique = int(track) not in taken
        ids[str(player)] = int(track) if unique else fresh
        fresh += not unique
        taken.add(ids[str(player)])
    first_name = named.groupby("track_id", sort=False)["player"].first()
    by_track = rows["track_id"].map(first_name.map(ids)).astype("float64")
    names = rows["player"].astype("category")
    by_name = names.cat.rename_categories(str).map(ids).astype("float64")
    named_id = by_name.where(by_name.notna(), by_track)
    result = named_id.where(named_id.notna(), rows["track_id"]).astype("int64")
    seen = np.flatnonzero(rows["visibility"] != Visibility.ABSENT.label)
    seen = seen[np.argsort(by_name.isna().to_numpy()[seen], kind="stable")]  # named first
    frame = rows["frame"].to_numpy()[seen]
    twice = pd.Series(frame * (fresh + 1) + result.to_numpy()[seen]).duplicated().to_numpy()
    clash = rows.index[seen[twice]]
    result.loc[clash] = _spare_ids(rows.loc[clash, "track_id"], fresh)
    return result


def _spare_ids(tracks: pd.Series[int], first: int) -> Ints:
    """An unused id per track, for the rows that must not share one."""
    return first + pd.factorize(tracks)[0].astype("int64")


def write_mot(table: TrackTable, path: Path, *, full: bool) -> None:
    """MOTChallenge rows of the visible boxes; with `full`, of the occluded ones too."""
    states = [Visibility.VISIBLE.label] + [Visibility.OCCLUDED.label] * full
    ids = mot_ids(table)
    chosen = np.flatnonzero(table.rows["visibility"].isin(states).to_numpy())
    frame, track = (column.to_numpy()[chosen] for column in (table.rows["frame"], ids))
    order = chosen[np.lexsort((track, frame))]
    decimals = dict.fromkeys(("x1", "y1", "width", "height"), 2)
    with path.open("wb") as file:
        for at in range(0, len(order), _ROWS):
            some = order[at : at + _ROWS]
            rows = _mot_rows(table.rows[_MOT].iloc[some], ids.iloc[some])
            for part in lines(rows, decimals, end=",-1,-1,-1\n"):
                file.write(part)


def _mot_rows(rows: pd.DataFrame, ids: pd.Series[int]) -> pd.DataFrame:
    """Frame, id, x, y, width, height and confidence as text, -1 where there is none."""
    confidence = [f"{value:.4g}" for value in rows["confidence"].fillna(-1)]
    return pd.DataFrame(
        {
            "frame": rows["frame"],
            "id": ids,
            "x1": rows["x1"],
            "y1": rows["y1"],
            "width": rows["x2"] - rows["x1"],
            "height": rows["y2"] - rows["y1"],
            "confidence": np.array(confidence, object),
        }
    )


def write_receipt(receipt: Mapping[str, Any], path: Path) -> None:
    """run.json: everything that went into the run. Replaces an older one in one step."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(receipt, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


WRITERS: dict[str, Callable[[TrackTable, Path], None]] = {
    "tracks.csv": lambda table, path: table.to_csv(path),
    "mot.txt": lambda table, path: write_mot(table, path, full=False),
    "mot_full.txt": lambda table, path: write_mot(table, path, full=True),
}
"""File name in OUT to the function that writes it. A new output is one line here."""
