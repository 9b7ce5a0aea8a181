"""What formats say of the video beside the rows of tracks.csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.errors import TeamsheetError
from tracker.output.run_record import RunRecord, RunRecordError
from tracker.output.table import TrackTable


class InteropError(TeamsheetError):
    """A table cannot be converted, or a file cannot be read back; one line that says why."""


@dataclass(frozen=True, slots=True)
class About:
    """name: of the video. fps: None where the table is too short to tell. size: width and height
    in pixels, None where no receipt tells it."""

    name: str
    fps: float | None = None
    size: tuple[int, int] | None = None


def about(table: TrackTable, path: Path) -> About:
    """What run.json beside the table says; without one, what the table itself does."""
    try:
        record = RunRecord.read(path.parent)
        return About(Path(record.spec).name, record.fps, record.size)
    except RunRecordError:
        return About(path.parent.resolve().name, _fps(table))


def _fps(table: TrackTable) -> float | None:
    known = table.rows[["frame", "time_s"]].drop_duplicates("frame")
    frames, seconds = (np.ptp(known[c].to_numpy()) if len(known) else 0 for c in known.columns)
    return float(frames / seconds) if seconds > 0 else None
