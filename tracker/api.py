"""teamsheet from Python: what `import tracker` offers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker import config
from tracker.output.run_folder import recover
from tracker.output.table import TrackTable
from tracker.runs import pipeline


def track(
    source: str | Path,
    gallery: str | Path | None = None,
    out: str | Path | None = None,
    *,
    settings: str | Path | None = None,
    set: Sequence[str] = (),
    **options: Any,
) -> TrackTable:
    """Track `source` as `teamsheet track` does, and give its table.

    out: folder for the results; without one nothing is kept. settings: a YAML file; set: as in
    `--set`, for example ["mode=online"]. options: the other fields of `pipeline.TrackRequest`,
    for example detections=, detector=, encoder=, frames=(1, 500), overwrite=True. Raises the
    errors of the command, all of them ValueErrors of one line.
    """
    chosen = config.load(None if settings is None else Path(settings), list(set))
    paths = {k: Path(v) for k, v in options.items() if k == "detections" and v is not None}
    with tempfile.TemporaryDirectory(prefix="teamsheet") as scratch:
        request = pipeline.TrackRequest(
            source=str(source),
            out=Path(scratch) / "out" if out is None else Path(out),
            settings=chosen,
            gallery=None if gallery is None else Path(gallery),
            **{**options, **paths},
        )
        return pipeline.track(request, _silent, _no_progress)


def read_table(path: str | Path) -> TrackTable:
    """The table of a finished run: its folder, or its tracks.csv. Raises TableError."""
    place = Path(path)
    recover(place if place.is_dir() or not place.suffix else place.parent)
    return TrackTable.read_csv(place / "tracks.csv" if place.is_dir() else place)


def _silent(line: str) -> None:
    return None


def _no_progress(
    stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
) -> None:
    return None
