"""teamsheet from Python: what `import tracker` offers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker import config
from tracker.anchors.rows import AnchorError
from tracker.output.run_folder import recover
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.anchor_files import inputs_of
from tracker.runs.given_field import field_input
from tracker.runs.live_tracker import LiveTracker, LiveTrackerError
from tracker.runs.request import AnchorInput
from tracker.settings import by_anchors

_PATHS = ("detections", "roster", "grow_gallery")
"""Options of `track` that are paths."""

__all__ = ["LiveTracker", "LiveTrackerError", "live_tracker", "read_table", "track"]


def track(
    source: str | Path,
    gallery: str | Path | None = None,
    out: str | Path | None = None,
    *,
    settings: str | Path | None = None,
    set: Sequence[str] = (),
    anchors: Any = (),
    anchor_accuracy: Any = (),
    field: str | Path | Sequence[tuple[float, float]] | None = None,
    field_frame: int | None = None,
    **options: Any,
) -> TrackTable:
    """Track `source` as `teamsheet track` does, and give its table.

    out: folder for the results; without one nothing is kept. settings: a YAML file; set: as in
    `--set`, for example ["mode=online"]. anchors: who some boxes are: a file, a DataFrame with the
    columns of such a CSV (`frame` or `time_s`; `x1, y1, x2, y2` or `x, y, w, h`, pixels; `player`;
    perhaps `confidence`), dicts as in JSON lines, or a list of files and DataFrames; see
    docs/anchors.md. anchor_accuracy: how many of them are right, a share or "auto", or a list of
    these. field: where the game is, corners (x, y) in pixels of one frame, or as `--field` takes
    them; field_frame: which frame, from 1. options: the other fields of `pipeline.TrackRequest`,
    for example roster= (a team sheet), detections=, detector=, encoder=, frames=(1, 500),
    new_players=True, overwrite=True. Raises the errors of the command, all of them ValueErrors of
    one line. A run whose anchors were a DataFrame cannot be corrected
    later: give a file for that.
    """
    chosen = config.load(None if settings is None else Path(settings), list(set))
    paths = {k: Path(v) for k, v in options.items() if k in _PATHS and v is not None}
    with tempfile.TemporaryDirectory(prefix="teamsheet") as scratch:
        request = pipeline.TrackRequest(
            source=str(source),
            out=Path(scratch) / "out" if out is None else Path(out),
            settings=chosen,
            gallery=None if gallery is None else Path(gallery),
            anchors=_anchors(anchors, anchor_accuracy, Path(scratch)),
            field=field_input(_corners(field), field_frame),
            **{**options, **paths},
        )
        try:
            return pipeline.track(request, _silent, _no_progress)
        except AnchorError as error:  # without the name of a file that the user has not written
            raise AnchorError(str(error).replace(f"{scratch}/", "")) from error


def live_tracker(
    size: tuple[int, int],
    fps: float = 25.0,
    players: Sequence[str] = (),
    *,
    lag_s: float = 0.0,
    anchor_accuracy: float | None = None,
    settings: str | Path | None = None,
    set: Sequence[str] = (),
) -> LiveTracker:
    """A tracker that your program feeds frame by frame: boxes, and anchors where it has some.

    size: (width, height) of the picture, pixels. fps: frames a second. players: who may be named.
    lag_s: so many seconds are rows held back, and anchors may be late. anchor_accuracy: share of
    the anchors that is right; None: it is learned. settings, set: as of `track`; those of `follow`
    count. Raises LiveTrackerError, and ConfigError of settings.
    """
    chosen = config.load(None if settings is None else Path(settings), list(set))
    follow = by_anchors(chosen).follow  # as of a run without pictures of its players
    return LiveTracker(size, fps, players, follow, lag_s, anchor_accuracy)


def read_table(path: str | Path) -> TrackTable:
    """The table of a finished run: its folder, or its tracks.csv. Raises TableError."""
    place = Path(path)
    recover(place if place.is_dir() or not place.suffix else place.parent)
    return TrackTable.read_csv(place / "tracks.csv" if place.is_dir() else place)


def _corners(given: str | Path | Sequence[tuple[float, float]] | None) -> str | None:
    """As `--field` takes them."""
    if given is None or isinstance(given, str | Path):
        return None if given is None else str(given)
    return " ".join(",".join(str(number) for number in corner) for corner in given)


def _anchors(given: Any, accuracy: Any, scratch: Path) -> tuple[AnchorInput, ...]:
    """What is given as files. Raises AnchorError."""
    if given is None:
        return ()
    every = list(given) if isinstance(given, list | tuple) else [given]
    if every and all(isinstance(each, Mapping) for each in every):
        every = [every]
    if every and all(isinstance(each, AnchorInput) for each in every):
        return tuple(every)
    files = [_file(each, scratch, number) for number, each in enumerate(every, 1)]
    stated = list(accuracy) if isinstance(accuracy, list | tuple) else [accuracy]
    return inputs_of(files, ["auto" if each is None else str(each) for each in stated])


def _file(given: Any, scratch: Path, number: int) -> Path:
    stem = scratch / ("anchors" if number == 1 else f"anchors-{number}")
    if isinstance(given, str | Path):
        return Path(given)
    if hasattr(given, "to_csv"):
        file = stem.with_suffix(".csv")
        given.to_csv(file, index=False)
        return file
    if isinstance(given, list) and all(isinstance(each, Mapping) for each in given):
        file = stem.with_suffix(".jsonl")
        lines = (json.dumps(dict(each), default=_plain) for each in given)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file
    kind = type(given).__name__
    raise AnchorError(f"anchors= takes files, DataFrames and dicts, not a {kind}")


def _plain(value: Any) -> Any:
    """A number or an array of NumPy as Python's own."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _silent(line: str) -> None:
    return None


def _no_progress(
    stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
) -> None:
    return None
