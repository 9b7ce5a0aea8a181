"""Options that commands share, and those of a command as a dataclass."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Frames = Annotated[
    str, typer.Option("--frames", metavar="A:B", help="Only frames A to B, 1-based, both included.")
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings of yours, or of a sport: basketball, hockey, soccer, volleyball.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting; may be repeated."),
]
Gallery = Annotated[
    Path | None, typer.Option("--gallery", help="Folder with a folder of pictures per player.")
]
TeamSheet = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="FILE",
        help="Team sheet, .csv or .xlsx: name, number, team, perhaps role, color. It needs no "
        "gallery: numbers are read on the shirts.",
    ),
]
Anchors = Annotated[
    list[Path] | None,
    typer.Option(
        "--anchors",
        metavar="FILE",
        help="Boxes of which it is known who they are, from a model of yours or by hand: CSV, "
        "JSON, MOT, CVAT, ...; - or a named pipe: JSON lines as they come. May be repeated.",
    ),
]
AnchorAccuracy = Annotated[
    list[str] | None,
    typer.Option(
        "--anchor-accuracy",
        metavar="SHARE",
        help="How many of the anchors are right, 0.95 or 95; auto: learned. For all, or for each.",
    ),
]
NewPlayers = Annotated[
    bool,
    typer.Option("--new-players", help="Who is in the anchors and not in the gallery plays too."),
]
FieldCorners = Annotated[
    str | None,
    typer.Option(
        "--field",
        metavar="CORNERS",
        help='Where the game is: "x,y x,y x,y x,y", pixels of one frame in order around it, or a '
        "file with one x,y a line. The camera's motion carries it.",
    ),
]
FieldFrame = Annotated[
    int | None,
    typer.Option(
        "--field-frame", metavar="N", min=1, help="The frame of --field. Default: the first."
    ),
]
PlayersFromDetector = Annotated[
    bool,
    typer.Option(
        "--players-from-detector",
        help="The detector's classes are players, but for roles, person and things.",
    ),
]

T = TypeVar("T", bound="DataclassInstance")


def taking(options: type[T]) -> Callable[[Callable[[T], None]], Callable[..., None]]:
    """A command of typer with an option for each field; it is given all of them as one object.

    options: a dataclass whose fields are annotated as typer wants the parameters of a command.
    """

    def decorate(command: Callable[[T], None]) -> Callable[..., None]:
        def called(**given: Any) -> None:
            command(options(**given))

        hints = get_type_hints(options, include_extras=True)
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        called.__annotations__ = hints
        called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [_parameter(field, hints[field.name]) for field in fields(options)]
        )
        return called

    return decorate


def _parameter(field: Field[Any], hint: Any) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field.name, kind, default=default, annotation=hint)
