"""The `track` command and its many options. No logic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.batch import track_all
from tracker.cli.options import (
    AnchorAccuracy,
    Anchors,
    ConfigFile,
    FieldCorners,
    FieldFrame,
    Frames,
    Gallery,
    NewPlayers,
    Overwrite,
    PlayersFromDetector,
    Set,
    TeamSheet,
    taking,
)
from tracker.cli.progress import announcing, progress_bar
from tracker.cli.weights import Yes, at_a_terminal, offer
from tracker.runs.endings import plain_stdout
from tracker.text import say, show

if TYPE_CHECKING:
    from tracker.runs.request import TrackRequest


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """What `teamsheet track` takes."""

    source: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Video file, folder of pictures, MOT sequence, webcam number, rtsp://; several "
            "files, or a folder of videos, are tracked one by one.",
        ),
    ]
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")]
    gallery: Gallery = None
    roster: TeamSheet = None
    grow_gallery: Annotated[
        Path | None,
        typer.Option(
            "--grow-gallery",
            metavar="DIR",
            help="Make a gallery of whom this run has surely named, for the next run.",
        ),
    ] = None
    anchors: Anchors = None
    anchor_accuracy: AnchorAccuracy = None
    new_players: NewPlayers = False
    detections: Annotated[
        Path | None, typer.Option(help="MOT det.txt to use instead of a detector.")
    ] = None
    detector: Annotated[
        str,
        typer.Option(
            help="auto, efficientdet-lite0, a name of teamsheet weights list or of Ultralytics, "
            "or a model file."
        ),
    ] = "auto"
    players_from_detector: PlayersFromDetector = False
    encoder: Annotated[
        str | None,
        typer.Option(
            help="auto (with a gallery the default: reid-0277 where it is at hand, else stripes), "
            "stripes, a name of teamsheet weights list, or a Re-ID model file (.onnx, .xml, .pth). "
            "Without --gallery: describe people, to be named later by --resume."
        ),
    ] = None
    tiles: Annotated[
        str | None, typer.Option(metavar="CxR", help="Detect in C x R overlapping tiles, e.g. 2x1.")
    ] = None
    numbers: Annotated[
        str | None,
        typer.Option(
            help="net, rapidocr, off: what reads shirt numbers. Default: auto, the net "
            "where roster.yaml has a number."
        ),
    ] = None
    field: FieldCorners = None
    field_frame: FieldFrame = None
    frames: Frames = ""
    mode: Annotated[
        str | None,
        typer.Option(
            help="online, or offline: a second pass. Default: offline, for cameras online."
        ),
    ] = None
    lag: Annotated[
        float | None,
        typer.Option(
            metavar="S", help="Online: names may wait S seconds to be surer; 0 = as if live."
        ),
    ] = None
    config: ConfigFile = None
    set_: Set = None
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:0, ...")] = "cpu"
    adapt: Annotated[
        bool,
        typer.Option(
            "--adapt",
            help="Teach the detector, an Ultralytics .pt file, this video; look again. Minutes.",
        ),
    ] = False
    render: Annotated[bool, typer.Option("--render", help="Also write video.mp4.")] = False
    stream: Annotated[
        bool, typer.Option("--stream", help="A line of JSON per frame to stdout, as they come.")
    ] = False
    jobs: Annotated[int, typer.Option(min=1, help="Of several files, so many at once.")] = 1
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on after a stop; after a finished run, only track and name again.",
        ),
    ] = False
    overwrite: Overwrite = False
    yes: Yes = False

    def request(self) -> TrackRequest:
        """What is asked for; `auto` is still to be decided. Raises ConfigError, AnchorError,
        FieldError."""
        from tracker import config as settings
        from tracker.runs.anchor_files import inputs_of
        from tracker.runs.given_field import field_input
        from tracker.runs.request import TrackRequest

        given = {
            "detect.tiles": self.tiles, "mode": self.mode, "lag_s": self.lag,
            "encode.numbers": self.numbers,
        }  # fmt: skip
        stated = (f"{key}={value}" for key, value in given.items() if value is not None)
        return TrackRequest(
            source=self.source[0],
            out=self.out,
            settings=settings.load(self.config, [*(self.set_ or []), *stated]),
            gallery=self.gallery,
            roster=self.roster,
            grow_gallery=self.grow_gallery,
            anchors=inputs_of(self.anchors or (), self.anchor_accuracy or ()),
            new_players=self.new_players,
            players_from_detector=self.players_from_detector,
            detections=self.detections,
            detector=self.detector,
            encoder=self.encoder or "auto",
            describe=self.encoder is not None,
            field=field_input(self.field, self.field_frame),
            frames=settings.frame_range(self.frames),
            device=self.device,
            render=self.render,
            overwrite=self.overwrite,
            resume=self.resume,
        )


@taking(TrackOptions)
def track_command(given: TrackOptions) -> None:
    """Track everybody in SOURCE, name the players of gallery or team sheet, write the tables.

    What is seen is kept in OUT/observations as it comes. After Ctrl-C or a crash the same command
    with --resume goes on. With another --gallery or other follow settings --resume takes seconds.

    Example: teamsheet track match.mp4 --gallery players/ -o out/ --render

    With no pictures of anybody: teamsheet track match.mp4 --roster sheet.csv -o out/
    """
    from tracker.runs import batch, live, pipeline
    from tracker.runs.encoder_choice import with_encoders
    from tracker.runs.receipt import summary

    request, fetch = given.request(), _offer_weights(given)
    if given.adapt:
        from tracker.runs.adapt_inputs import check_alone

        check_alone(given.source)
    if files := batch.files_of(given.source):
        raise typer.Exit(track_all(files, request, given.jobs, given.stream, fetch))
    [request], lines = with_encoders([request], fetch)
    try:
        with progress_bar() as progress:
            emit = live.JsonLines(plain_stdout(), say) if given.stream else None
            shown = announcing(lines, progress)
            if given.adapt:
                from tracker.runs.adapting import track_adapted

                table = track_adapted(request, say, shown, streamed=given.stream)
            else:
                table = pipeline.track(request, say, shown, emit)
    except pipeline.Stopped as stop:
        say(str(stop))
        raise typer.Exit(130) from None
    show(summary(table, given.out), aside=given.stream)


def _offer_weights(given: TrackOptions) -> Callable[[], None] | None:
    """Have at hand what is given by name; what fetches the encoder of `auto`, if that is wanted."""
    from tracker.runs.encoder_choice import AUTO, PREFERRED

    if given.detections is None:
        offer(given.detector, given.yes)
    offer(given.encoder or AUTO, given.yes)
    asks = given.yes or (given.encoder == AUTO and at_a_terminal())
    return partial(offer, PREFERRED, given.yes) if asks else None
