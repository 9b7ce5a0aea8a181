"""What formats say of the video beside the rows of tracks.csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gallery.io.files import read_json
from tracker.errors import TeamsheetError
from tracker.output.run_files import RECEIPT
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
        source = read_json(path.parent / RECEIPT)["source"]
        width, height = (int(side) for side in source["size"])
        return About(Path(str(source["spec"])).name, float(source["fps"]), (width, height))
    except (OSError, ValueError, KeyError, TypeError):
        return About(path.parent.resolve().name, _fps(table))


def _fps(table: TrackTable) -> float | None:
    known = table.rows[["frame", "time_s"]].drop_duplicates("frame")
    frames, seconds = (np.ptp(known[c].to_numpy()) if len(known) else 0 for c in known.columns)
    return float(frames / seconds) if seconds > 0 else None
