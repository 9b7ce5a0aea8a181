"""Make the report of a finished run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tracker.errors import TeamsheetError
from tracker.output.row_arrays import RowArrays
from tracker.output.stale import freshened
from tracker.report.finished import open_finished
from tracker.report.html_file import check_page, write_page
from tracker.report.kits_worn import kit_thumbs
from tracker.report.page import page_of
from tracker.report.pictures import Album, Progress, open_video, take_pictures
from tracker.report.run_facts import RunFacts
from tracker.report.shirt_numbers import pictures_of
from tracker.report.thumbnails import plan_thumbnails
from tracker.video.source import Source

REPORT = "report.html"
MeasureTiles = Callable[[RunFacts, RowArrays, Source], str]


def make_report(
    out: Path,
    file: Path | None,
    video: str | None,
    overwrite: bool,
    say: Callable[[str], None],
    progress: Progress,
    measure: MeasureTiles | None = None,
) -> Path:
    """Write the HTML of the run in `out`; returns the file, OUT/report.html unless `file` is given.

    measure: takes a second look at some frames, and says what it found.

    video: where the pictures are, by default what run.json says; a report without pictures is made
    where that is gone. Raises OutputError, ReportError and what the files' readers raise.
    """
    file = out / REPORT if file is None else file
    facts = RunFacts.read(out)
    check_page(file, REPORT, overwrite)
    source, notes = open_video(facts, video)
    run = open_finished(out, facts)
    album, closer = Album(), None
    if source is not None:
        closer = _closer_line(measure, facts, run.rows, source, say)
        shirts = [pictures_of(shirt) for shirt in run.shirts]
        plan = plan_thumbnails(run.rows, run.track_index, run.people, run.review_items, shirts)
        plan = replace(plan, thumbs=[*plan.thumbs, *kit_thumbs(run.kits)])
        album = take_pictures(source, plan, progress)
    notes = [*run.notes, *notes, *album.notes]
    for note in notes:
        say(note)
    write_page(file, page_of(run, album, notes, closer), REPORT, overwrite, "report")
    if file == out / REPORT:
        freshened(out, REPORT)
    return file


def _closer_line(
    measure: MeasureTiles | None,
    facts: RunFacts,
    rows: RowArrays,
    source: Source,
    say: Callable[[str], None],
) -> str | None:
    """What a closer look found; None where none was asked for, or none can be taken."""
    try:
        return None if measure is None else measure(facts, rows, source)
    except TeamsheetError as error:  # all that it raises; the report is made without
        say(f"no closer look: {error}")
        return None
