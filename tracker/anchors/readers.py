"""Anchor files by what wrote them: the one door through which they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tracker.anchors import annotated, mot, objects
from tracker.anchors.file import AnchorFile, AnchorVideo
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.errors import TeamsheetError
from tracker.source_match import Film, misfits

__all__ = ["ANCHOR_READERS", "AnchorFile", "AnchorVideo", "Reader", "read_anchors"]

Reader = Callable[[AnchorFile], AnchorRows]
"""Raises AnchorError, or another TeamsheetError."""
ANCHOR_READERS: dict[str, Reader] = {
    ".csv": mot.read_rows, ".tsv": mot.read_rows, ".txt": mot.read_rows,
    ".jsonl": objects.read_lines, ".ndjson": objects.read_lines, ".json": annotated.read_json,
    ".xml": annotated.read_xml, ".zip": annotated.read_zip,
}  # fmt: skip
"""Ending of a file to what reads it. A new format is one line here."""


def read_anchors(path: Path, *, video: AnchorVideo, names: Path | None = None) -> AnchorRows:
    """The named boxes of a file, checked against the video they are of.

    names: who the ids of MOT rows are; without it names.csv beside the file. Rows beyond the end
    of the video are left out, which is a warning. Raises AnchorError: one line that says where and
    what to do.
    """
    read = ANCHOR_READERS.get(path.suffix.lower())
    if read is None:
        raise AnchorError(
            f"{path}: anchors are one of {', '.join(ANCHOR_READERS)}; "
            f"{f'{path.suffix} is not read' if path.suffix else 'it has no ending'}"
        )
    given = AnchorFile(path, video, names)
    try:
        rows = read(given)
    except AnchorError:
        raise
    except TeamsheetError as error:
        raise AnchorError(str(error)) from error
    if not len(rows):
        raise AnchorError(f"{path}: no row in it names a player{_why(rows)}")
    return _within(rows, video, path)


def _why(rows: AnchorRows) -> str:
    return f" ({rows.warnings[0].partition(': ')[2]})" if rows.warnings else ""


def _within(rows: AnchorRows, video: AnchorVideo, path: Path) -> AnchorRows:
    """The rows that lie in the video. Raises AnchorError where it is another one."""
    film = Film(video.name, video.width, video.height, video.frames, video.fps)
    frames = rows.nearest_frames(video.fps)
    points = np.where(np.isnan(rows.boxes), np.tile(rows.points, 2), rows.boxes)
    for misfit in misfits(path.name, frames, points, film):
        if misfit.sure:
            raise AnchorError(str(misfit))
        if misfit.of_frames and video.frames:
            inside = frames <= video.frames
            beyond = f"; {int((~inside).sum())} rows beyond are left out: do they belong together?"
            rows = replace(
                rows.take(inside).with_warning(f"{misfit}{beyond}"), beyond=int((~inside).sum())
            )
        else:
            rows = rows.with_warning(str(misfit))
    return rows
