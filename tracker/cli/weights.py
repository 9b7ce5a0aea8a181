"""The `weights` commands, and the offer to fetch what another command was asked for. No logic."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.progress import download_bar
from tracker.text import show

if TYPE_CHECKING:
    from gallery.weights.table import Weights

weights_app = typer.Typer(
    help="Weights of detectors and encoders by name.\n\nExample: teamsheet weights get reid-0277",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As in teamsheet weights list.")]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Fetch weights that are not at hand without asking.")
]


@weights_app.command("list", short_help="What there is, and what is at hand.")
def weights_list(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Only these, with addresses and checksums."),
    ] = None,
) -> None:
    """What there is by name, under which licence, and what is at hand.

    Example: teamsheet weights list reid-0277

    On a machine without a network bring the files, under the names that are said, into the folder
    that is said. They are checked where their maker publishes a checksum.
    """
    from gallery.io.terminal import console
    from gallery.weights.listing import print_files, print_table

    if name is None:
        print_table(console())
    else:
        print_files(_known(name), console())


@weights_app.command("get", short_help="Fetch weights into the cache.")
def weights_get(name: Name, yes: Yes = False) -> None:
    """Fetch weights over HTTPS into the cache, check them, and say where they are.

    Example: teamsheet weights get reid-0277

    What breaks off goes on by the same command. Where the maker publishes no checksum, that of the
    first download is kept beside the file and holds from then on.
    """
    show(str(_got(_known(name), yes)))


@weights_app.command("path", short_help="Where weights are that are at hand.")
def weights_path(name: Name) -> None:
    """The file of weights that are at hand, checked; else exit code 2. Nothing is fetched.

    Example: teamsheet track match.mp4 -o out/ --detector "$(teamsheet weights path yolox-s)"
    """
    from gallery.weights.cached import WeightsError, by_hand, find

    weights = _known(name)
    found = find(weights)
    if found is None:
        raise WeightsError(
            f"weights {name}: not at hand; teamsheet weights get {name}; {by_hand(weights)}"
        )
    show(str(found))


def offer(spec: str, yes: bool) -> None:
    """Have weights at hand that are given by a name of the table: ask for them at a terminal.

    spec: as of --detector or --encoder; all else is left alone. Raises WeightsError.
    """
    from gallery.weights.cached import WeightsError, by_hand, find
    from gallery.weights.table import WEIGHTS

    name = spec.partition("@")[0]
    weights = WEIGHTS.get(name)
    if weights is None or Path(spec).exists() or find(weights) is not None:
        return
    if not (yes or at_a_terminal()):
        raise WeightsError(
            f"weights {name}: not at hand; teamsheet weights get {name}, or say --yes here; "
            f"{by_hand(weights)}"
        )
    if not (yes or weights.opt_in or weights.loader):  # else `_got` asks, or refuses
        _agreed(weights)
    _got(weights, yes)


def _known(name: str) -> Weights:
    from gallery.weights.cached import WeightsError
    from gallery.weights.table import WEIGHTS, known

    weights = known(name)
    if weights is None:
        raise WeightsError(f"weights {name}: not known; there are {', '.join(WEIGHTS)}")
    return weights


def _got(weights: Weights, yes: bool) -> Path:
    from gallery.weights.cached import WeightsError, find, get

    if weights.opt_in and not yes and find(weights) is None:
        if not at_a_terminal():
            raise WeightsError(
                f"weights {weights.name}: {weights.licence}; say --yes if that is fine with you"
            )
        _agreed(weights)
    return get(weights, download_bar)


def _agreed(weights: Weights) -> None:
    """Ask; raises WeightsError where the answer is no."""
    from gallery.weights.cached import WeightsError
    from gallery.weights.listing import size

    question = f"{weights.name} is not at hand (size {size(weights)}; {weights.licence}). Fetch it?"
    try:
        agreed = typer.confirm(question, default=True, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None
    if not agreed:
        raise WeightsError(f"weights {weights.name}: not fetched; choose others, or a file")


def at_a_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
