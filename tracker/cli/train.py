"""The commands that train and export: `train-offsets` and `export-onnx`. No logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.progress import counting_bar
from tracker.text import show


def train_command(
    truths: Annotated[
        list[Path],
        typer.Argument(metavar="TRUTHS", help="Folders of MOT truth, one per data set."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .safetensors file to write.")],
    fps: Annotated[
        float | None, typer.Option(min=1, help="Frames a second, where no seqinfo.ini says it.")
    ] = None,
    steps: Annotated[
        int, typer.Option(min=20, help="Steps of training; 15000 take minutes.")
    ] = 15000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a killed run was.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output.")
    ] = False,
) -> None:
    """Train the occlusion offsets on your own sport, from MOT truth.

    Example: teamsheet train-offsets handball/train -o handball.safetensors; then
    teamsheet track match.mp4 -o out --set follow.offsets.weights=handball.safetensors
    """
    from tracker.training.clips import read_clips
    from tracker.training.model_card import table
    from tracker.training.outputs import refuse
    from tracker.training.train import TrainingPlan, train

    refuse(out, overwrite)
    sequences = [sequence for folder in truths for sequence in read_clips(folder, fps)]
    with counting_bar("train") as progress:
        rows = train(sequences, out, TrainingPlan(steps, seed), resume, progress)
    show(table(rows))
    show(f"wrote {out}; use it with --set follow.offsets.weights={out}")


def export_command(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="offsets: where hidden players go.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .onnx file to write.")],
    weights: Annotated[
        Path | None, typer.Option(help="Weights of your own; default those of the package.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output.")
    ] = False,
) -> None:
    """Write a net as ONNX, for other programs.

    Example: teamsheet export-onnx offsets -o offsets.onnx
    """
    from tracker.training.export import export

    off = export(what, out, weights, overwrite)
    show(f"wrote {out}; it answers as torch does, to within {off:.1g}")
