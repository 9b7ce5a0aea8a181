"""The `explain` command. No logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explain_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run with --gallery.")],
    frame: Annotated[int, typer.Option(help="The frame, from 1 as in the files.")],
    player: Annotated[str | None, typer.Option(help="A player of the gallery.")] = None,
    track: Annotated[int | None, typer.Option(help="Or a track_id of tracks.csv.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
) -> None:
    """Why a name stands where it stands: votes, anchors, doubts, rejected alternatives.

    Example: teamsheet explain out/ --player "Ada Novak" --frame 240; or --track 15 --frame 240
    """
    from tracker.explain.question import answer
    from tracker.text import show

    show(answer(out, frame, player, track, as_json=json))
