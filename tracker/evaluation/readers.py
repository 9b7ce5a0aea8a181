"""Files to `Boxes`: MOTChallenge text, our tracks.csv, tables with a header that carry names."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gallery.io.mot_rows import COLUMNS as MOT_COLUMNS
from gallery.io.mot_rows import RowError, parse_rows
from gallery.io.tables import dialect_of, table_rows
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.inputs import Result
from tracker.evaluation.text_files import TextSource
from tracker.limits import MAX_FRAMES, MAX_PX
from tracker.output.table import BOX, COLUMNS, LATER, TableError, TrackTable
from tracker.text import bare
from tracker.types import Doubles, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ReadResult:
    """boxes: for HOTA, MOTA, IDF1; named: the same with names where known; table: tracks.csv."""

    boxes: Boxes
    named: Boxes
    table: TrackTable | None


_HEAD = 4000  # characters in which the header stands
_MAX_WHOLE = 2.0**53  # larger ones are not whole any more


def read_result(result: Result, occluded: bool = False) -> ReadResult:
    """Read one tracker's result: MOT rows, our tracks.csv, or a table with named columns.

    occluded: also take the boxes of a tracks.csv that are predicted behind somebody.
    Raises EvaluateError that names the file and line.
    """
    source = (result.full or result.table or result.boxes) if occluded else result.boxes
    text = source.text(western=True)
    table = source if _is_tracks(text) else result.table
    tracks = read_table(table) if table else None
    if tracks is None:
        alone = _parse_any(text, str(source))
        return ReadResult(alone, alone, None)
    named = boxes_of_table(tracks, str(table), occluded)
    return ReadResult(named if table == source else _parse_any(text, str(source)), named, tracks)


def _is_tracks(text: str) -> bool:
    header = next((cells for _, cells in table_rows(text[:_HEAD])), {}) if _is_table(text) else {}
    return set(COLUMNS) <= {*header, *LATER}


def _is_table(text: str) -> bool:
    """Whether a header stands in front, not a row of numbers."""
    return re.match(r'["A-Za-z]', text.lstrip()) is not None


def _parse_any(text: str, source: str) -> Boxes:
    parse = _parse_named if _is_table(text) else parse_mot
    return parse(text, source)


def read_mot(source: TextSource) -> Boxes:
    """Read MOTChallenge rows `frame,id,x,y,w,h[,conf[,class[,visibility]]]`."""
    return parse_mot(source.text(), str(source))


def read_table(source: TextSource) -> TrackTable:
    """Read a tracks.csv. Raises EvaluateError."""
    try:
        if source.member:
            return TrackTable.parse_csv(source.text(western=True), str(source))
        return TrackTable.read_csv(source.path)
    except TableError as error:
        raise EvaluateError(str(error)) from error


def parse_mot(text: str, source: str) -> Boxes:
    """`Boxes` of MOT rows separated by commas, semicolons, tabs or spaces."""
    rows, lines = _numbers(text, source)
    if not len(rows):
        return Boxes.of(source, [], [], np.zeros((0, 4)))
    frames = _whole(rows[:, 0], "frame", lines, source)
    ids = _whole(rows[:, 1], "id", lines, source)
    corners = rows[:, 2:6].copy()
    _bounded(frames, corners, lines, source)
    corners[:, 2:] += corners[:, :2]  # the same sum TrackEval forms, so that no score drifts
    optional: dict[str, Any] = {"lines": lines}
    if rows.shape[1] > 6:
        optional["confidence"] = np.nan_to_num(rows[:, 6], nan=1.0)
    if rows.shape[1] > 7:
        classes = np.nan_to_num(rows[:, 7], nan=-1.0)
        if (classes == np.round(classes)).all():  # else metres on the ground, as in MOT15
            optional["classes"] = classes.astype(np.int64)
            if rows.shape[1] > 8:
                optional["visibility"] = rows[:, 8]
    return Boxes.of(source, frames, ids, corners, **optional)


def boxes_of_table(table: TrackTable, source: str, occluded: bool = False) -> Boxes:
    """The visible boxes of a tracks.csv; one id for all rows of a player, else the track's own."""
    rows = table.rows
    keep = rows["visibility"].isin(["visible", "occluded"] if occluded else ["visible"])
    lines = np.flatnonzero(keep.to_numpy()) + 2
    rows = rows[keep]
    names = rows["player"].to_numpy(object)
    people = np.where(names == "", rows["track_id"].astype(str), "player " + names.astype(str))
    _, ids = np.unique(people.astype(str), return_inverse=True)
    return Boxes.of(
        source,
        rows["frame"].to_numpy(np.int64),
        ids + 1,
        rows[BOX].to_numpy(np.float64),
        confidence=rows["confidence"].fillna(1.0).to_numpy(np.float64),
        names=names,
        name_confidence=rows["player_confidence"].to_numpy(np.float64),
        lines=lines,
    )


def _parse_named(text: str, source: str) -> Boxes:
    """A table with a header: frame, id, x1 y1 x2 y2 or x y w h, name, name_confidence."""
    how = dialect_of(text)
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=how.separator, skiprows=how.skip, keep_default_na=False,
            dtype=str, skipinitialspace=True,
        )  # fmt: skip
    except ValueError as error:  # pandas' own kinds among them
        why = " ".join(str(error).split())[:160]
        raise EvaluateError(f"{source}: not a table ({why}); export it again") from error
    table.columns = [str(c).strip().lower() for c in table.columns]
    table = table.rename(columns={"track_id": "id", "player": "name"})
    table = table.rename(columns={"player_confidence": "name_confidence"})
    corner_columns = set(BOX) <= set(table.columns)
    box = BOX if corner_columns else ["x", "y", "w", "h"]
    missing = [c for c in ("frame", "id", *box) if c not in table.columns]
    if missing:
        raise EvaluateError(
            f"{source}, line 1: column {missing[0]} is missing; a table needs frame, id, "
            "x,y,w,h (or x1,y1,x2,y2) and may have name, name_confidence"
        )
    lines = np.arange(2, len(table) + 2) + how.skip
    optional: dict[str, Any] = {"lines": lines}
    numbers = [c for c in table.columns if c != "name"]
    if how.decimal == ",":
        table[numbers] = table[numbers].map(lambda cell: str(cell).replace(",", "."))
    if "name" in table:
        optional["names"] = table["name"].str.strip().map(bare).to_numpy(object)
    if "name_confidence" in table:
        optional["name_confidence"] = _column(table["name_confidence"], lines, source)
    corners = np.stack([_column(table[c], lines, source) for c in box], axis=1)
    _finite(corners, lines, source)
    if not corner_columns:
        corners[:, 2:] += corners[:, :2]
    frames = _whole(_column(table["frame"], lines, source), "frame", lines, source)
    _bounded(frames, corners, lines, source)
    ids = _whole(_column(table["id"], lines, source), "id", lines, source)
    return Boxes.of(source, frames, ids, corners, **optional)


def _column(column: pd.Series[Any], lines: Ints, source: str) -> Doubles:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    odd = np.isnan(numbers) & (column.str.strip() != "").to_numpy()
    if odd.any():
        at = int(np.flatnonzero(odd)[0])
        raise EvaluateError(
            f"{source}, line {lines[at]}: {column.iloc[at]!r} stands where {column.name} "
            "should be a number"
        )
    return np.asarray(numbers)


def _numbers(text: str, source: str) -> tuple[Doubles, Ints]:
    """(rows, line numbers); every row has at least the six MOT columns as finite numbers."""
    try:
        read = parse_rows(text, blanks=True)
    except RowError as error:
        where = f"{source}, line {error.line}"
        if error.columns:
            raise EvaluateError(
                f"{where}: {error.columns} columns; MOT rows have at least six, "
                f"{','.join(MOT_COLUMNS)}"
            ) from error
        raise EvaluateError(
            f"{where}: {error.cell!r} stands where a number is due; MOT rows are "
            f"{','.join(MOT_COLUMNS)},..."
        ) from error
    _finite(read.values[:, :6], read.lines, source)
    return read.values, read.lines


def _finite(rows: Doubles, lines: Ints, source: str) -> None:
    odd = ~np.isfinite(rows).all(axis=1)
    if odd.any():
        at = int(np.flatnonzero(odd)[0])
        raise EvaluateError(
            f"{source}, line {lines[at]}: fewer than six numbers; MOT rows are "
            f"{','.join(MOT_COLUMNS)},..."
        )


def _bounded(frames: Ints, boxes: Doubles, lines: Ints, source: str) -> None:
    odd = (frames > MAX_FRAMES) | (np.abs(boxes).max(axis=1, initial=0) > MAX_PX)
    if odd.any():
        at = int(np.flatnonzero(odd)[0])
        raise EvaluateError(
            f"{source}, line {lines[at]}: frame {frames[at]} or its box cannot be; at most "
            f"{MAX_FRAMES} frames and {MAX_PX:.0f} pixels are read"
        )


def _whole(values: Doubles, what: str, lines: Ints, source: str) -> Ints:
    odd = ~(np.abs(values) < _MAX_WHOLE) | (values != np.round(values))
    if odd.any():
        at = int(np.flatnonzero(odd)[0])
        raise EvaluateError(
            f"{source}, line {lines[at]}: {what} {values[at]:g} is no whole number; MOT rows are "
            f"{','.join(MOT_COLUMNS)},..."
        )
    return values.astype(np.int64)
