"""What the user asked for, and what becomes of it before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tracker.errors import TeamsheetError
from tracker.settings import Settings


class PipelineError(TeamsheetError):
    """The run cannot give a result; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class AnchorInput:
    """A file of named boxes. accuracy: share of them that is right, as its user states; None: it
    is learned from the run. live: they come while the run goes on, by stdin ("-") or a pipe."""

    path: Path
    accuracy: float | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class FieldInput:
    """corners: as `--field` takes them, or the path of a file, or `none`. frame: that they are of,
    from 1; None: the first that is tracked."""

    corners: str
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """What the user asked for. frames: (first, last), 1-based and inclusive; None = open end.

    describe: people are described without a gallery too, so that naming them later needs no second
    look at the video. new_players: who is in the anchors and not in the gallery is a player too.
    players_from_detector: the detector's classes are players, whatever they are called. roster: a
    team sheet, .csv or .xlsx, which needs no gallery. grow_gallery: folder to be made, of pictures
    of whom this run has surely named. field: where the game is, in one frame.
    """

    source: str
    out: Path
    settings: Settings
    gallery: Path | None = None
    roster: Path | None = None
    grow_gallery: Path | None = None
    detections: Path | None = None
    detector: str = "auto"
    encoder: str = "stripes"
    frames: tuple[int, int | None] = (1, None)
    device: str = "cpu"
    render: bool = False
    overwrite: bool = False
    resume: bool = False
    describe: bool = False
    anchors: tuple[AnchorInput, ...] = ()
    new_players: bool = False
    players_from_detector: bool = False
    field: FieldInput | None = None

    @property
    def hears(self) -> bool:
        """Whether anchors come while the run goes on."""
        return any(given.live for given in self.anchors)

    @property
    def describes(self) -> bool:
        """Whether an encoder is needed: `stripes` is the default, another one was asked for."""
        return self.gallery is not None or self.describe or self.encoder != "stripes"


def decided(request: TrackRequest, streamed: bool = False) -> TrackRequest:
    """The request with its mode: offline for what has an end, unless its rows are wanted before."""
    from tracker.video.open import is_live

    settings = request.settings
    if settings.mode != "auto":
        return request
    at_once = streamed or settings.lag_s is not None or request.hears or is_live(request.source)
    mode = "online" if at_once else "offline"
    return replace(request, settings=settings.model_copy(update={"mode": mode}))
