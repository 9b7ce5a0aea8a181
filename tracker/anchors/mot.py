"""Anchors in MOT rows, whose ids a names.csv beside them translates; and tables of that ending."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gallery.annotations.names import read_names
from gallery.io.mot_rows import RowError, parse_rows
from tracker.anchors.draft import Draft, checked
from tracker.anchors.file import AnchorFile
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.anchors.table import is_table, read_table
from tracker.types import UNKNOWN, Doubles, Ints

NAMES = "names.csv"
_COLUMNS = "frame, id, x, y, width, height, confidence"
_HEAD = 4096


def read_rows(given: AnchorFile) -> AnchorRows:
    """A table where the first line is a header, else MOT rows; the ending does not tell.

    Raises AnchorError.
    """
    raw = given.text_bytes()
    lines = raw[:_HEAD].decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if line.strip() and line.lstrip()[0] != "#"), "")
    return read_table(given, raw) if is_table(first) else _read_mot(given, raw)


def _read_mot(given: AnchorFile, raw: bytes) -> AnchorRows:
    names = _names_file(given)
    people = {id_: person.shown for id_, person in read_names(names).items()}
    try:
        read = parse_rows(given.decoded(raw), 7)
    except RowError as error:
        fault = f"{error.columns} columns" if error.columns else f"{error.cell[:40]!r} is no number"
        raise AnchorError(
            f"{given.path}, line {error.line}: {fault}; expected {_COLUMNS}, or a header"
        ) from error
    values = np.where(np.isfinite(read.values), read.values, np.inf)
    confidence = np.where(read.cells > 6, values[:, 6], -1.0) if values.shape[1] > 6 else None
    n = len(values)
    stated = np.full(n, np.nan) if confidence is None else np.where(
        confidence == -1, np.nan, confidence
    )  # fmt: skip
    draft = Draft(
        values[:, 0], np.full(n, np.nan),
        np.column_stack([values[:, 2:4], values[:, 2:4] + values[:, 4:6]]), np.full((n, 2), np.nan),
        _players(values[:, 1], list(people)), tuple(people.values()), stated,
        np.zeros(n, bool), np.arange(n),
    )  # fmt: skip

    def where(row: int) -> str:
        return f"{given.path}, line {read.lines[row]}" if row >= 0 else str(given.path)

    rows = checked(draft, given.source, given.video.fps, where)
    if not len(rows):
        raise AnchorError(f"{given.path}: none of its ids is in {names}; do they belong together?")
    return rows


def _names_file(given: AnchorFile) -> Path:
    """Raises AnchorError where there is none."""
    if given.names is not None:
        return given.names
    beside = given.path.with_name(NAMES)
    if not beside.is_file():
        raise AnchorError(
            f"{given.path}: MOT rows name nobody; put a {NAMES} (id,name) beside it, or a header "
            "with a column player above it"
        )
    return beside


def _players(ids: Doubles, known: list[int]) -> Ints:
    """(N,) the place of each id among the known ones, UNKNOWN of others."""
    each, inverse = np.unique(ids, return_inverse=True)
    place = {id_: n for n, id_ in enumerate(known)}
    found = [place.get(int(id_), UNKNOWN) if np.isfinite(id_) else UNKNOWN for id_ in each]
    return np.array(found, np.int64)[inverse]
