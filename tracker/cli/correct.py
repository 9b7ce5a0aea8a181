"""The `correct` command. No logic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.progress import progress_bar
from tracker.text import one_line, say, show

if TYPE_CHECKING:
    from tracker.corrections.record import StoredCorrection


def correct_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run with --gallery.")],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SENTENCE",
            help='"player P is Q from frame A to B", "track 17 is nobody", "track 17 is not Q", '
            '"kit red is TEAM"; may be repeated.',
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="CSV: player, track_id or kit, is, first, last; or answers.jsonl of a review.",
        ),
    ] = None,
    undo: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Take back correction N of --list.")
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Only show the corrections that the run keeps.")
    ] = False,
) -> None:
    """Say who is who; all names are given anew, in seconds and without the video.

    What you say is certain, everybody else is named by it. The run keeps its corrections.

    Example: teamsheet correct out/ --set "player Ada Novak is Bea Roth from frame 240 to 600"
    """
    from tracker.runs.correct import CorrectionRequest, correct, corrections

    if list_:
        kept = corrections(out)
    else:
        with progress_bar() as progress:
            done = correct(out, CorrectionRequest(set_ or (), file, undo or ()), progress)
        for note in done.notes:
            say(note)
        show(f"{done.changed} visible boxes have another name than before; results in {out}")
        kept = done.kept
    _list(kept)


def _list(kept: Sequence[StoredCorrection]) -> None:
    from tracker.corrections.in_force import in_force

    overruled: dict[int, str] = {}
    for other in in_force(kept).overruled:
        by = f"  (overruled by {other.newer + 1} in frames {other.frames})"
        overruled[other.older] = overruled.get(other.older, "") + by
    for n, correction in enumerate(kept):
        nowhere = "" if correction.found else "  (finds nobody now)"
        show(f"{n + 1}  {one_line(correction.text)}{nowhere}{overruled.get(n, '')}")
    if not kept:
        show("no corrections")
