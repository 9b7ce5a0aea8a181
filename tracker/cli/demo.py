"""The `demo` command: a drawn match, tracked and scored by the commands that a user would type."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tracker.text import show


def demo_command(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What is drawn, and the results.")
    ] = Path("demo"),
    seconds: Annotated[float, typer.Option(min=0.2, max=3600, help="Length of the match.")] = 20.0,
) -> None:
    """Draw a match with full truth, track it, name the players, count the right names.

    Needs no network and no file: FOLDER/world is drawn, FOLDER/out holds the results. What was
    drawn before is used again.

    Example: teamsheet demo
    """
    from tracker.demo.files import write_world
    from tracker.demo.world import demo_world
    from tracker.detection.efficientdet import find_weights

    find_weights()  # before minutes of drawing
    world, out = folder / "world", folder / "out"
    if not world.exists():
        show(f"drawing {seconds:g} s into {world}", aside=True)
        write_world(demo_world(seconds), world, jobs=os.cpu_count() or 1)
    _run(
        context, "track", world / "match.mp4", "--gallery", world / "gallery", "-o", out,
        "--detector", "efficientdet-lite0", "--encoder", "stripes", "--render", "--overwrite",
    )  # fmt: skip
    _run(
        context, "eval", world / "gt" / "gt.txt", out,
        "--names", world / "names.csv", "--gallery", world / "gallery",
    )  # fmt: skip
    show(f"\nthe table:  {out / 'tracks.csv'}\nthe video:  {out / 'video.mp4'}")
    show(
        f"\nby the boxes that a model has named, without pictures:\n  teamsheet track "
        f"{world / 'match.mp4'} --anchors {world / 'anchors.csv'} --detector efficientdet-lite0 "
        f"-o {folder / 'anchored'}"
    )


def _run(context: typer.Context, *words: str | Path) -> None:
    """Show a command and carry it out."""
    spelt = [str(word) for word in words]
    show("$ teamsheet " + " ".join(spelt))
    if code := context.find_root().command.main(spelt, "teamsheet", standalone_mode=False):
        raise typer.Exit(code)
