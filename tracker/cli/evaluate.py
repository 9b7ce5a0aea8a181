"""The `eval` command and its many options. No logic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.options import taking
from tracker.text import show

if TYPE_CHECKING:
    from tracker.evaluation.options import Options


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """What `teamsheet eval` takes."""

    truth: Annotated[
        Path, typer.Argument(metavar="TRUTH", help="gt.txt, CVAT zip, or a folder of sequences.")
    ]
    results: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RESULTS", help="Result files or folders, one per tracker."),
    ] = None
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for scores.csv and scores.json.")
    ] = None
    plots: Annotated[bool, typer.Option("--plots", help="Also draw pictures into the folder.")] = (
        False
    )
    names: Annotated[
        Path | None,
        typer.Option(help="names.csv (id,name) or gameinfo.ini; else what lies beside each truth."),
    ] = None
    gallery: Annotated[
        Path | None, typer.Option(help="Gallery folder or list of names: who may be named.")
    ] = None
    frames: Annotated[
        str, typer.Option(metavar="A:B", help="Only frames A to B, 1-based, both included.")
    ] = ""
    truth_frames: Annotated[
        bool,
        typer.Option("--truth-frames", help="Only frames with truth: others were not annotated."),
    ] = False
    sequences: Annotated[
        str, typer.Option(metavar="PATTERN,...", help="Only these sequences, e.g. SNMOT-11*.")
    ] = ""
    preprocess: Annotated[
        str, typer.Option(help="none, mot17 or mot20 (MOTChallenge's distractor classes).")
    ] = "none"
    ignore_ids: Annotated[
        str, typer.Option(metavar="ID,...", help="Truth ids that do not count, e.g. the ball.")
    ] = ""
    classes: Annotated[
        str,
        typer.Option(
            metavar="NAME,...", help="Classes of the truth that count; default all but the ball."
        ),
    ] = ""
    keep_flagged: Annotated[
        bool, typer.Option("--keep-flagged", help="Truth rows with flag 0 count too.")
    ] = False
    occluded: Annotated[
        bool, typer.Option("--occluded", help="Score predicted boxes of hidden players too.")
    ] = False
    hidden_at: Annotated[
        float | None,
        typer.Option(help="Truth rows with visibility at or below this are hidden (hockey: 0.5)."),
    ] = None
    blank: Annotated[
        str,
        typer.Option(
            metavar="SEED,SHARE", help="Hidden: this share of the truth, blanked out reproducibly."
        ),
    ] = ""
    write_detections: Annotated[
        Path | None,
        typer.Option(help="Only write the truth without its hidden boxes, as det.txt to track."),
    ] = None
    fps: Annotated[
        float | None, typer.Option(help="Frames a second, where no seqinfo.ini says it.")
    ] = None
    detections_note: Annotated[
        str, typer.Option(help="What the trackers were given, for the tables.")
    ] = ""
    jobs: Annotated[int | None, typer.Option(help="Processes; default one per core.")] = None
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 2 when a mistake in the files was found.")
    ] = False
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = (
        False
    )

    def scoring(self) -> Options:
        """How to score. Raises EvaluateError."""
        from tracker.evaluation.options import (
            Options,
            parse_blank,
            parse_frames,
            parse_ids,
            read_gallery,
            split_names,
        )
        from tracker.evaluation.preprocessing import PreprocessingRules

        classes, ids = frozenset(split_names(self.classes)), parse_ids(self.ignore_ids)
        return Options(
            rules=PreprocessingRules(self.preprocess, ids, classes, self.keep_flagged),
            frames=parse_frames(self.frames) if self.frames else None,
            truth_frames=self.truth_frames,
            sequences=split_names(self.sequences),
            names=self.names,
            gallery=read_gallery(self.gallery) if self.gallery else None,
            occluded=self.occluded,
            hidden_at=self.hidden_at,
            blank=parse_blank(self.blank) if self.blank else None,
            fps=self.fps,
            detections=self.detections_note,
            timelines=self.plots,
            jobs=self.jobs,
        )


@taking(EvalOptions)
def eval_command(given: EvalOptions) -> None:
    """Score tracking results: HOTA, MOTA, IDF1, names, permanence.

    Example: teamsheet eval gt/ bytetrack/ ours/ -o scores/ --plots
    """
    from gallery.io.terminal import console
    from tracker.evaluation.boxes import EvaluateError
    from tracker.evaluation.report import print_report
    from tracker.evaluation.save import check_output, write_output
    from tracker.evaluation.scoring import evaluate, write_blanked
    from tracker.output.run_folder import recover

    options, results, out = given.scoring(), given.results or [], given.out
    if given.write_detections:
        for file in write_blanked(given.truth, given.write_detections, options):
            show(f"wrote {file}")
        return
    if given.plots and out is None:
        raise EvaluateError("--plots needs a folder; add -o DIR")
    if out:
        check_output(out, given.overwrite)
    for place in results:
        recover(place.parent if place.is_file() else place)
    evaluation = evaluate(given.truth, results, options)
    print_report(evaluation, console())
    if out:
        write_output(evaluation, out, given.plots)
    if given.strict and evaluation.mistakes:
        raise typer.Exit(2)
