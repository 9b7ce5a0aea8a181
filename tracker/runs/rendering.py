"""A finished run drawn into its video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.output.run_files import OBSERVATIONS, OutputError
from tracker.output.run_folder import recover
from tracker.output.run_record import RunRecord
from tracker.output.stale import freshened
from tracker.output.table import BOX, TrackTable
from tracker.runs.kit_colours import kits_of
from tracker.settings import Settings
from tracker.source_match import Film, misfits
from tracker.text import say

if TYPE_CHECKING:
    from tracker.runs.online_pass import Progress
    from tracker.video.source import Source


def render(
    video: str,
    table: Path,
    out: Path,
    settings: Settings,
    gallery: Path | None,
    overwrite: bool,
    progress: Progress,
    numbers: bool = False,
) -> None:
    """Draw tracks.csv into its video. numbers: those read on the shirts too, which the run beside
    the table has. Raises the rooms' named errors."""
    from tracker.render.lettering import undrawn
    from tracker.render.video import render_video
    from tracker.video.open import open_source

    if out.exists() and not overwrite:
        raise OutputError(f"{out} exists; choose another file with -o, or add --overwrite")
    recover(table.parent)
    rows = TrackTable.read_csv(table)
    if not len(rows):
        raise OutputError(f"{table}: not one row; there is nothing to draw")
    source = open_source(video)
    if not source.has_images:
        raise OutputError(f"{video} has no pictures to draw into; give the video")
    if out.exists() and source_is(video, out):
        raise OutputError(f"{out} is the video itself; choose another file with -o")
    labels = _labels(rows, table) if numbers else []
    rows = _fitted(rows, table, source)
    if boxes := undrawn(rows.rows["player"]):
        say(boxes)
    first, last = int(rows.rows["frame"].min()), int(rows.rows["frame"].max())
    render_video(
        source,
        rows,
        out,
        settings.render,
        teams=teams_of(gallery),
        numbers=labels,
        kits=kits_of(table.parent),
        frames=(first - 1, last),
        progress=lambda done: progress("render", done, last - first + 1),
    )
    freshened(out.parent, out.name)


def _labels(rows: TrackTable, table: Path) -> list[str]:
    """The shirt numbers of the rows. Raises OutputError where the run has none."""
    from tracker.numbers.labels import number_labels
    from tracker.numbers.stored import read_numbers
    from tracker.output.row_arrays import rows_of
    from tracker.output.video_facts import about

    arrays = rows_of(rows, about(rows, table).fps or 1.0)
    found = read_numbers(table.parent / OBSERVATIONS, arrays)
    if found is None:
        raise OutputError(
            f"{table.parent}: no shirt numbers were read in this run, or its {OBSERVATIONS}/ is "
            "gone; leave --numbers out"
        )
    record = RunRecord.find(table.parent)
    return number_labels(found, arrays, {} if record is None else record.worn)


def source_is(video: str, out: Path) -> bool:
    """Whether a source is this very file."""
    return Path(video).exists() and Path(video).samefile(out)


def _fitted(rows: TrackTable, table: Path, source: Source) -> TrackTable:
    """The rows for this video: scaled where the receipt beside the table says that it is of a
    larger or smaller one. Raises OutputError where none of frames or boxes fit."""
    from tracker.output.resizing import resized
    from tracker.output.video_facts import about

    size = (source.width, source.height)
    was = about(rows, table).size
    rows = rows if was is None else resized(rows, was, size, str(table))
    boxed = rows.rows[rows.rows["x1"].notna()]
    film = Film(source.name, *size, source.frame_count, source.fps)
    found = misfits(
        str(table), boxed["frame"].to_numpy(np.int64), boxed[BOX].to_numpy(np.float64), film
    )
    for misfit in found:
        if misfit.sure:
            raise OutputError(f"{misfit}; give the video that was tracked")
        say(f"{misfit}{'; is it the video that was tracked?' if misfit.of_frames else ''}")
    return rows


def teams_of(gallery: Path | None) -> dict[str, str]:
    """Player to team, as far as the gallery says."""
    if gallery is None:
        return {}
    from gallery.roster import read_roster

    return {p.name: p.team for p in read_roster(gallery).players if p.team}
