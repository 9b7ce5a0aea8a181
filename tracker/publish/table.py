"""The product: one row per live track and frame, with declared columns, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracker.records import NO_PLAYER, Evidence, TrackedFrame, Visibility

COLUMNS: dict[str, str] = {
    "frame": "int64",  # 1-based, as in MOT
    "time_s": "float64",
    "track_id": "int64",
    "player": "str",  # "" when unknown
    "player_confidence": "float64",
    "visibility": "str",  # visible | occluded | absent
    "x1": "float64",  # the box, pixels; empty when absent
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "confidence": "float64",  # the detection's; empty unless visible
    "predicted_x": "float64",  # expected centre, pixels, in every row
    "predicted_y": "float64",
    "std_x": "float64",  # its standard deviation, pixels
    "std_y": "float64",
    "evidence": "str",  # anchor | carried | solved | ""
}
BOX = ["x1", "y1", "x2", "y2"]
VISIBILITIES = tuple(v.label for v in Visibility)
EVIDENCES = tuple(e.label for e in Evidence)
_DECIMALS = {"time_s": 4, "player_confidence": 4, "confidence": 4}


class TableError(ValueError):
    """A file or frame of rows is no track table; the message names the file, row and column."""


@dataclass(frozen=True, eq=False)
class TrackTable:
    """A whole run. Keys: (frame, track_id) unique; (frame, player) unique when named.

    rows: DataFrame with exactly COLUMNS, sorted by frame, then track id.
    Raises TableError where a column is missing or a key stands twice.
    """

    rows: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [c for c in COLUMNS if c not in self.rows.columns]
        if missing:
            raise TableError(f"columns missing: {', '.join(missing)}")
        for column, allowed in (("visibility", VISIBILITIES), ("evidence", EVIDENCES)):
            odd = ~self.rows[column].isin(allowed)
            if odd.any():
                where = self.rows[odd].iloc[0]
                raise TableError(
                    f"frame {where['frame']}: {column} {where[column]!r} is none of "
                    f"{', '.join(a or 'empty' for a in allowed)}"
                )
        named = self.rows[self.rows["player"] != ""]
        for rows, key in ((self.rows, "track_id"), (named, "player")):
            twice = rows.duplicated(["frame", key])
            if twice.any():
                where = rows[twice].iloc[0]
                raise TableError(f"frame {where['frame']}: {key} {where[key]} stands twice")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def visible(self) -> pd.DataFrame:
        return self.rows[self.rows["visibility"] == Visibility.VISIBLE.label]

    @classmethod
    def from_frames(cls, frames: Sequence[TrackedFrame], players: Sequence[str]) -> TrackTable:
        """Collect the rows of every track that is ever confirmed, its first frames included."""
        confirmed: set[int] = set()
        for f in frames:
            confirmed.update(f.track_ids[f.confirmed].tolist())
        keep = [np.isin(f.track_ids, list(confirmed)) for f in frames]
        names = np.array([*players, ""], dtype=object)  # NO_PLAYER = -1 picks the last
        assert NO_PLAYER == -1

        def column(attribute: str) -> np.ndarray:
            parts = [getattr(f, attribute)[k] for f, k in zip(frames, keep, strict=True)]
            return np.concatenate(parts) if parts else np.zeros(0)

        counts = [int(k.sum()) for k in keep]
        boxes = column("boxes").reshape(-1, 4)
        predicted, std = column("predicted").reshape(-1, 2), column("std").reshape(-1, 2)
        data = {
            "frame": np.repeat([f.index + 1 for f in frames], counts),
            "time_s": np.repeat([f.time_s for f in frames], counts),
            "track_id": column("track_ids"),
            "player": names[column("players").astype(int)],
            "player_confidence": column("player_confidence"),
            "visibility": np.array(VISIBILITIES, object)[column("visibility").astype(int)],
            **{name: boxes[:, i] for i, name in enumerate(BOX)},
            "confidence": column("scores"),
            "predicted_x": predicted[:, 0],
            "predicted_y": predicted[:, 1],
            "std_x": std[:, 0],
            "std_y": std[:, 1],
            "evidence": np.array(EVIDENCES, object)[column("evidence").astype(int)],
        }
        return cls(_typed(pd.DataFrame(data)))

    @classmethod
    def read_csv(cls, path: Path) -> TrackTable:
        """Read a tracks.csv. Raises TableError that names the file when it is none."""
        try:
            raw = pd.read_csv(
                path,
                dtype={name: object if kind == "str" else kind for name, kind in COLUMNS.items()},
                keep_default_na=False,  # a player may be called "NA"
                na_values={name: [""] for name, kind in COLUMNS.items() if kind == "float64"},
            )
            missing = [c for c in COLUMNS if c not in raw.columns]
            if missing:
                raise TableError(f"columns missing: {', '.join(missing)}")
            return cls(_typed(raw))
        except (ValueError, OSError, pd.errors.ParserError) as error:
            why = " ".join(str(error).split())
            raise TableError(f"{path}: not a tracks.csv ({why})") from error

    def to_csv(self, path: Path) -> None:
        """Write with a fixed number of decimals, so that the same run gives the same bytes."""
        rows = self.rows.copy()
        for name, kind in COLUMNS.items():
            if kind == "float64":
                digits = _DECIMALS.get(name, 2)
                rows[name] = [
                    "" if np.isnan(v) else f"{v:.{digits}f}" for v in rows[name].to_numpy()
                ]
        rows.to_csv(path, index=False, lineterminator="\n")


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    kinds: dict[str, Any] = {n: object if kind == "str" else kind for n, kind in COLUMNS.items()}
    typed = rows[list(COLUMNS)].astype(kinds)
    return typed.sort_values(["frame", "track_id"], kind="stable", ignore_index=True)
