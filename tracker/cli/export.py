"""Commands that write a run for other programs: convert, tubelets. No logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.progress import counting_bar
from tracker.text import say, show


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


def tubelets_command(
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="The video that was tracked.")],
    run: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of the run.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to make.")],
    size: Annotated[int, typer.Option(help="Side of the clips in pixels.")] = 224,
    frames: Annotated[int, typer.Option(help="Pictures in a clip.")] = 16,
    stride: Annotated[int, typer.Option(help="Frames of the video from one to the next.")] = 4,
    player: Annotated[
        list[str] | None, typer.Option(help="Only this player; may be repeated.")
    ] = None,
    format_: Annotated[
        list[str] | None, typer.Option("--format", help="mp4, npy or pt; may be repeated [mp4].")
    ] = None,
    visible: Annotated[
        float, typer.Option(help="Least share of pictures in which the player is seen.")
    ] = 0.5,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output.")
    ] = False,
) -> None:
    """Short steady square clips of each player, as action models take them.

    Example: teamsheet tubelets match.mp4 out/ -o clips/ --size 224 --frames 16 --stride 4
    """
    from tracker.tubelets.create import Wish, make_tubelets

    wish = Wish(size, frames, stride, visible, player or (), format_ or ("mp4",))
    with counting_bar("frames") as progress:
        report = make_tubelets(video, run, out, wish, overwrite, progress)
    for note in report.notes:
        say(note)
    for why, count in report.left_out.items():
        show(f"left out: {count} {why}")
    show(f"{report.clips.total()} clips of {len(report.clips)} players in {out}")
