"""Commands for many files: parse, call. No logic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.options import FieldCorners, FieldFrame, Gallery, TeamSheet, taking
from tracker.cli.progress import no_bar, progress_bar
from tracker.text import say, show

if TYPE_CHECKING:
    from tracker.runs.request import TrackRequest


def track_all(
    files: list[str],
    request: TrackRequest,
    jobs: int,
    stream: bool,
    fetch: Callable[[], None] | None,
) -> int:
    """Track each file into a folder of OUT; the exit code. fetch: the encoder of `auto`."""
    from tracker.runs import batch, batch_processes
    from tracker.runs.encoder_choice import with_encoders

    if stream:
        raise batch.BatchError("--stream is of one source; give one, or leave it away")
    requests, lines = with_encoders(batch.requests_of(files, request), fetch)
    for line in lines:
        say(line)
    outcomes = batch_processes.track_batch(
        requests, jobs, say, progress_bar if jobs == 1 else no_bar
    )
    show(batch.table(outcomes))
    return batch.exit_code(outcomes)


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What `teamsheet batch` takes."""

    listed: Annotated[
        Path,
        typer.Argument(metavar="LIST", help="A video path per line, or CSV: video,gallery,roster."),
    ]
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")]
    gallery: Gallery = None
    roster: TeamSheet = None
    anchors: Annotated[
        list[Path] | None,
        typer.Option("--anchors", help="As of teamsheet track, {stem} for the name of each video."),
    ] = None
    anchor_accuracy: Annotated[
        list[str] | None, typer.Option("--anchor-accuracy", help="As of teamsheet track.")
    ] = None
    new_players: Annotated[bool, typer.Option("--new-players", help="As of teamsheet track.")] = (
        False
    )
    detector: Annotated[str, typer.Option(help="As of teamsheet track.")] = "auto"
    players_from_detector: Annotated[
        bool, typer.Option("--players-from-detector", help="As of teamsheet track.")
    ] = False
    encoder: Annotated[str, typer.Option(help="As of teamsheet track.")] = "auto"
    field: FieldCorners = None
    field_frame: FieldFrame = None
    config: Annotated[Path | None, typer.Option("--config", help="Settings.")] = None
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting; may be repeated."),
    ] = None
    device: Annotated[str, typer.Option(help="cpu, cuda, ...")] = "cpu"
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at once; all processors if not given.")
    ] = None
    address: Annotated[
        str | None, typer.Option(help="Of a Ray cluster; this machine if not given.")
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a stop.")] = False
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results.")] = False


@taking(BatchOptions)
def batch_command(given: BatchOptions) -> None:
    """Track a season: the videos of LIST in parts on a Ray cluster, each into a folder of OUT.

    The results are those of teamsheet track, byte for byte. Every machine must find the videos,
    the gallery, the models and OUT under the same paths. Needs: pip install "teamsheet[cluster]".

    Example: teamsheet batch season.csv -o out/ --gallery players/ --address auto
    """
    from tracker import config as settings
    from tracker.runs import batch, cluster, endings
    from tracker.runs.anchor_files import inputs_of
    from tracker.runs.encoder_choice import with_encoders
    from tracker.runs.given_field import field_input
    from tracker.runs.request import TrackRequest

    request = TrackRequest(
        source="",
        out=given.out,
        settings=settings.load(given.config, given.set_ or []),
        gallery=given.gallery,
        roster=given.roster,
        anchors=inputs_of(given.anchors or (), given.anchor_accuracy or ()),
        new_players=given.new_players,
        players_from_detector=given.players_from_detector,
        detector=given.detector,
        encoder=given.encoder,
        field=field_input(given.field, given.field_frame),
        device=given.device,
        resume=given.resume,
        overwrite=given.overwrite,
    )
    requests, lines = with_encoders(cluster.read_list(given.listed, request))
    for line in lines:
        say(line)
    try:
        outcomes = cluster.batch(requests, given.workers, given.address, say)
    except KeyboardInterrupt:
        say("stopped; the parts that were observed are kept, go on with --resume")
        endings.at_once(batch.STOPPED)
    show(batch.table(outcomes))
    raise typer.Exit(batch.exit_code(outcomes))
