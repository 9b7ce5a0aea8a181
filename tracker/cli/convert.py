"""The `convert` command. No logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.text import show


def convert_command(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="OUT/tracks.csv of a run.")],
    to: Annotated[str, typer.Option(help="mot, cvat-mot, coco-vid or kloppy.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output.")
    ] = False,
) -> None:
    """Write tracks.csv as other tools read it.

    Example: teamsheet convert out/tracks.csv --to cvat-mot -o boxes.zip
    """
    from tracker.output.convert import convert

    show(f"{convert(table, to, out, overwrite)} rows in {out}")
