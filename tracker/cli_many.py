"""Commands for many files: parse, call. No logic."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli_progress import no_bar, progress_bar

if TYPE_CHECKING:
    from tracker.opening import TrackRequest


def track_all(files: list[str], request: TrackRequest, jobs: int, stream: bool) -> int:
    """Track each file into a folder of OUT; the exit code."""
    from tracker import many, processes

    if stream:
        raise many.ManyError("--stream is of one source; give one, or leave it away")
    requests = many.requests_of(files, request)
    outcomes = processes.track_many(requests, jobs, _say, progress_bar if jobs == 1 else no_bar)
    print(many.table(outcomes))
    return many.exit_code(outcomes)


def _say(line: str) -> None:
    print(f"teamsheet: {line}", file=sys.stderr)


def batch_command(
    listed: Annotated[
        Path, typer.Argument(metavar="LIST", help="A video path per line, or a CSV file.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
) -> None:
    """TODO

    Example: teamsheet batch season.csv -o out/
    """
