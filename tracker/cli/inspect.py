"""Commands that look into a finished run: explain, report. No logic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.progress import counting_bar
from tracker.text import say, show

if TYPE_CHECKING:
    from tracker.report.create import MeasureTiles


def explain_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run with --gallery.")],
    frame: Annotated[int, typer.Option(help="The frame, from 1 as in the files.")],
    player: Annotated[str | None, typer.Option(help="A player of the gallery.")] = None,
    track: Annotated[int | None, typer.Option(help="Or a track_id of tracks.csv.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Also write this .html, with the shirts that were read."),
    ] = None,
    video: Annotated[
        str | None, typer.Option(help="With -o: the video, where it has moved.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output.")
    ] = False,
) -> None:
    """Why a name stands where it stands: its evidence, and what spoke against the others.

    Example: teamsheet explain out/ --player "Ada Novak" --frame 240; or --track 15 --frame 240
    """
    from tracker.explain.question import explanation_of, worded

    explanation = explanation_of(out, frame, player, track)
    if file is not None:
        from tracker.report.explained import write_explanation

        with counting_bar("pictures") as progress:
            write_explanation(out, explanation, file, video, overwrite, progress)
        say(f"wrote {file}; open it in a browser")
    show(worded(explanation, as_json=json))


def report_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run.")],
    file: Annotated[
        Path | None, typer.Option("-o", "--out", help="The .html to write [OUT/report.html].")
    ] = None,
    video: Annotated[
        str | None, typer.Option(help="The video that was tracked, where it has moved.")
    ] = None,
    measure_finer_tiles: Annotated[
        bool,
        typer.Option(
            "--look-closer",
            help="Run the run's detector on 8 frames in smaller tiles, and say what more it finds.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output.")
    ] = False,
) -> None:
    """One HTML file to check a run with: timelines, minutes, who to check first, with pictures.

    Example: teamsheet report out/ -o match.html
    """
    from tracker.report.create import make_report

    measure = _measure() if measure_finer_tiles else None
    with counting_bar("pictures") as progress:
        written = make_report(out, file, video, overwrite, say, progress, measure)
    size = written.stat().st_size / 1e6
    show(f"wrote {written} ({size:.1f} MB); open it in a browser")


def _measure() -> MeasureTiles:
    from tracker.runs.finer_tiles import measure_finer_tiles

    return measure_finer_tiles
