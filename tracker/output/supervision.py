"""Frames of a table as supervision's `Detections`, for its annotators and zones, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tracker.output.table import BOX, COLUMNS, TrackTable
from tracker.output.video_facts import InteropError
from tracker.types import Visibility

if TYPE_CHECKING:
    from supervision import Detections

_WORDS = ("player", "visibility", "evidence", "role", "kit")
_NUMBERS = (
    "time_s", "player_confidence", "predicted_x", "predicted_y", "std_x", "std_y",
    "kit_probability", "plays",
)  # fmt: skip


def to_detections(table: TrackTable) -> Iterator[tuple[int, Detections]]:
    """Every frame of the table, from 1, with its boxes; who is absent has none and is left out.

    tracker_id is the track; `data` holds the other columns of tracks.csv. Raises InteropError
    where supervision is not installed.
    """
    Detections = _detections()
    rows = table.rows[table.rows["x1"].notna()]
    for frame, here in rows.groupby("frame", sort=True):
        data: dict[str, Any] = {c: here[c].astype(object).to_numpy().astype(str) for c in _WORDS}
        data |= {c: here[c].to_numpy() for c in _NUMBERS}
        yield (
            int(str(frame)),
            Detections(
                xyxy=here[BOX].to_numpy(np.float64),
                confidence=here["confidence"].fillna(0.0).to_numpy(np.float64),
                class_id=np.zeros(len(here), np.int64),
                tracker_id=here["track_id"].to_numpy(),
                data=data,
            ),
        )


def from_detections(frames: Iterable[tuple[int, Detections]], fps: float) -> TrackTable:
    """A table of frames, numbered from 1, of any tracker that sets tracker_id.

    What `data` does not hold is made up: nobody has a name, all are visible, everybody is expected
    where their box is. Raises InteropError where there is no tracker_id, TableError where an id or
    a name stands twice in a frame.
    """
    parts = [_rows(frame, found, fps) for frame, found in frames if len(found)]
    if not parts:
        raise InteropError("not one detection in any frame; there is no table without rows")
    rows = pd.concat(parts, ignore_index=True).sort_values(["frame", "track_id"], kind="stable")
    kinds = {name: object if kind == "str" else kind for name, kind in COLUMNS.items()}
    return TrackTable.of(rows[list(COLUMNS)].astype(kinds).reset_index(drop=True))


def of_records(rows: Sequence[Mapping[str, Any]]) -> Detections:
    """Rows of a live tracker that have a box, as `to_detections` has them; `data` has `frame` too.

    Raises InteropError where supervision is not installed.
    """
    here = [row for row in rows if row["x1"] is not None]
    data: dict[str, Any] = {name: np.array([row[name] or "" for row in here]) for name in _WORDS}
    data |= {name: np.array([row[name] for row in here], np.float64) for name in _NUMBERS}
    data["frame"] = np.array([row["frame"] for row in here], np.int64)
    return _detections()(
        xyxy=np.array([[row[name] for name in BOX] for row in here], np.float64).reshape(-1, 4),
        confidence=np.array([row["confidence"] or 0.0 for row in here], np.float64),
        class_id=np.zeros(len(here), np.int64),
        tracker_id=np.array([row["track_id"] for row in here], np.int64),
        data=data,
    )


def anchors_of(found: Detections) -> list[tuple[int, str, float | None]]:
    """Who is named in `data["player"]`: place, name, and `data["player_confidence"]` if there is
    one. A name that is empty or None is nobody's."""
    names = found.data.get("player")
    if names is None:
        return []
    sure = found.data.get("player_confidence")
    return [
        (place, str(name), None if sure is None else float(sure[place]))
        for place, name in enumerate(names)
        if name is not None and str(name).strip()
    ]


def _rows(frame: int, found: Detections, fps: float) -> pd.DataFrame:
    if found.tracker_id is None:
        raise InteropError(f"frame {frame}: its detections have no tracker_id; track them first")
    boxes = np.asarray(found.xyxy, np.float64)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    placeholders: dict[str, Any] = {
        "time_s": (frame - 1) / fps, "player": "", "player_confidence": 0.0,
        "visibility": Visibility.VISIBLE.label, "evidence": "", "role": "",
        "kit": "", "kit_probability": np.nan, "plays": np.nan,
        "predicted_x": centre[:, 0], "predicted_y": centre[:, 1], "std_x": 0.0, "std_y": 0.0,
    }  # fmt: skip
    given = {name: np.asarray(found.data[name]) for name in placeholders if name in found.data}
    rows = pd.DataFrame(
        {
            "frame": frame,
            "track_id": found.tracker_id,
            **{name: boxes[:, i] for i, name in enumerate(BOX)},
            "confidence": np.nan if found.confidence is None else found.confidence,
        }
    ).assign(**{**placeholders, **given})
    hidden = rows["visibility"] != Visibility.VISIBLE.label
    return rows.assign(confidence=rows["confidence"].mask(hidden))


def _detections() -> type[Detections]:
    try:
        import supervision
    except ImportError as error:
        raise InteropError("supervision is not installed; pip install supervision") from error
    found: type[Detections] = supervision.Detections
    return found
