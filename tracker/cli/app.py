"""Commands: parse, call, turn named errors into one line. No logic."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from gallery.reid.time_limit import ends_abandoned
from tracker.cli.batch import batch_command
from tracker.cli.correct import correct_command
from tracker.cli.demo import demo_command
from tracker.cli.evaluate import eval_command
from tracker.cli.export import convert_command, tubelets_command
from tracker.cli.gallery import gallery_app
from tracker.cli.inspect import explain_command, report_command
from tracker.cli.options import ConfigFile, Overwrite, Set
from tracker.cli.progress import progress_bar
from tracker.cli.review import review_command
from tracker.cli.track import track_command
from tracker.cli.train import export_command, train_command
from tracker.cli.weights import weights_app
from tracker.runs import faults
from tracker.runs.endings import as_ctrl_c, close_streams, open_streams
from tracker.text import is_text, say, say_warnings, show
from tracker.version import __version__

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(gallery_app, name="gallery")
app.add_typer(weights_app, name="weights")
_UsageError: Any = typer.BadParameter.__base__
"""Of the click that is inside typer, which has no name for it of its own."""


@ends_abandoned
def main() -> None:
    """Entry point: a user's mistake is one line and exit 2, a fault of ours exit 1."""
    # The matrices of a frame are small: threads for them only wait for each other, and following
    # took twice as long. It must be said before NumPy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not sys.warnoptions:  # of NumPy and others, to whoever mends the code: python -W default
        warnings.showwarning = lambda *_, **__: None
    say_warnings()
    open_streams()
    as_ctrl_c()
    try:
        _run()
    except SystemExit as end:
        line, code = close_streams()
        if line:
            say(line)
        raise SystemExit(end.code or code) from None


def _run() -> None:
    """The command; raises SystemExit."""
    for word in sys.argv[1:]:
        if not is_text(word):  # it could not be written into run.json
            sys.exit(_mistake(f"{word}: a name that is no UTF-8 text; rename it"))
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except _UsageError as error:
        sys.exit(_misused(error.format_message()))
    except KeyboardInterrupt:
        say("stopped; no result was written")
        sys.exit(130)
    except Exception as error:
        code, line = faults.exit_of(error, resume=sys.argv[1:2] in (["track"], ["batch"]))
        say(line)
        sys.exit(code)


def _misused(message: str) -> int:
    """One line about the words of a command; with no word at all, typer gives the help."""
    if "\n" not in message:
        return _mistake(message)
    show(message, aside=True)
    return 2


def _mistake(message: str) -> int:
    say(" ".join(message.split()))
    return 2


def _version(wanted: bool) -> None:
    if wanted:
        show(f"teamsheet {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Track the players of a match in video and say who each of them is.

    Example: teamsheet track match.mp4 --gallery players/ -o out/ --render

    Begin with a gallery, a folder of pictures per player: teamsheet gallery people --help.
    Each command has a --help with an example. In a checkout, docs/quickstart.md leads through all.
    """


app.command("track", short_help="Track everybody in a video and name them.")(track_command)


@app.command()
def render(
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="The video that was tracked.")],
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="OUT/tracks.csv of the run.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .mp4 to write.")],
    gallery: Annotated[
        Path | None, typer.Option(help="The gallery, for the teams' colours.")
    ] = None,
    numbers: Annotated[
        bool,
        typer.Option("--numbers", help="The number read on the shirt beside the name or id."),
    ] = False,
    config: ConfigFile = None,
    set_: Set = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw a finished run into its video.

    Example: teamsheet render match.mp4 out/tracks.csv -o match_named.mp4
    """
    from tracker import config as settings
    from tracker.runs.rendering import render as render_run

    loaded = settings.load(config, set_ or [])
    with progress_bar() as progress:
        render_run(video, table, out, loaded, gallery, overwrite, progress, numbers)
    show(f"wrote {out}")


app.command("report", short_help="One HTML file to check a run with.")(report_command)
app.command("explain", short_help="Why a name stands where it stands.")(explain_command)
app.command("correct", short_help="Say who is who; the rest follows.")(correct_command)
app.command("review", short_help="A page that asks what is worth asking.")(review_command)
app.command("eval", short_help="Score results against a truth.")(eval_command)
app.command("tubelets", short_help="Clips of each player for action models.")(tubelets_command)
app.command("convert", short_help="Write tracks.csv as other tools read it.")(convert_command)
app.command("batch", short_help="Track many videos on a Ray cluster.")(batch_command)
app.command("demo", short_help="Draw a match, track it, score it.")(demo_command)
app.command("train-offsets", short_help="Learn where hidden players go.")(train_command)
app.command("export-onnx", short_help="Write a net as ONNX.")(export_command)
