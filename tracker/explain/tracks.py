"""A track in the rows of a run: where it runs, whose name it bears, where they are seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracker.explain.run import RunEvidence
from tracker.output.evidence_words import kind_of
from tracker.types import Evidence, Visibility


@dataclass(frozen=True, slots=True)
class Row:
    """A row of tracks.csv. confidence: of the name; online and without a name, of nobody."""

    visibility: str
    player: str
    confidence: float
    evidence: str
    x: float
    y: float
    std_x: float
    std_y: float


@dataclass(frozen=True, slots=True)
class TrackSpan:
    """A track's first and last frame, and the stretch around the frame with one name or none.

    earned_frame: where the name is first more than written back; None offline or without a name.
    names: all that the track ever bears, in order.
    """

    first_frame: int
    last_frame: int
    name_first: int | None
    name_last: int | None
    earned_frame: int | None
    names: list[str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A visible row; x, y: the centre, pixels."""

    frame: int
    time_s: float
    track: int
    x: float
    y: float


def row_at(rows: pd.DataFrame, frame: int) -> pd.Series | None:
    """The row of a frame, of rows that have one a frame at most."""
    here = rows[rows["frame"] == frame]
    return here.iloc[0] if len(here) else None


def row_of(row: pd.Series) -> Row:
    """A row of the table, typed."""
    return Row(
        visibility=str(row["visibility"]),
        player=str(row["player"]),
        confidence=float(row["player_confidence"]),
        evidence=str(row["evidence"]),
        x=float(row["predicted_x"]),
        y=float(row["predicted_y"]),
        std_x=float(row["std_x"]),
        std_y=float(row["std_y"]),
    )


def track_span(case: RunEvidence, track: int, frame: int) -> TrackSpan:
    """The track of a track that has rows, as seen from a frame."""
    rows = case.rows[case.rows["track_id"] == track]
    ends = int(rows["frame"].iloc[0]), int(rows["frame"].iloc[-1])
    stretch = (rows["player"] != rows["player"].shift()).cumsum()
    names = [name for name in rows["player"].drop_duplicates() if name]
    here = rows["frame"] == frame
    if not here.any():
        return TrackSpan(*ends, None, None, None, names)
    same = rows[stretch == stretch[here].iloc[0]]
    return TrackSpan(
        *ends,
        name_first=int(same["frame"].iloc[0]),
        name_last=int(same["frame"].iloc[-1]),
        earned_frame=None if case.offline else _earned(same),
        names=names,
    )


def _earned(same: pd.DataFrame) -> int | None:
    """same: rows with one name, online. Those that are written back are `carried`."""
    words = same["evidence"].unique()
    by = [word for word in words if kind_of(word) in (Evidence.ANCHOR, Evidence.SOLVED)]
    earned = same.loc[same["evidence"].isin(by), "frame"]
    return int(earned.iloc[0]) if len(earned) else None


def tracklet_rows(case: RunEvidence, track: int, frame: int) -> pd.DataFrame:
    """Offline: the tracklet that a frame is in, one row or none; between two, the first."""
    tracklets = case.evidence.beliefs
    tracklets = tracklets[tracklets["track_id"] == track]
    begun = int((tracklets["first_frame"] <= frame).sum())
    here = max(begun - 1, 0)  # what is before the first tracklet is named like it
    return tracklets.iloc[here : here + 1]


def scope(case: RunEvidence, track: int, frame: int) -> tuple[int, int]:
    """First and last frame of the votes that count for the name of a track in a frame.

    Online those up to the frame, or where the name was earned later and written back, to the end
    of that vote; offline those of the tracklet that the frame is in.
    """
    if case.offline:
        for tracklet in tracklet_rows(case, track, frame).to_dict("records"):
            return int(tracklet["first_frame"]), int(tracklet["last_frame"])
        return frame, frame
    span = track_span(case, track, frame)
    if span.earned_frame is None:
        return span.first_frame, frame
    votes = case.evidence.votes
    mine = votes[(votes["track_id"] == track) & (votes["first_frame"] <= span.earned_frame)]
    decided = mine.loc[mine["last_frame"] >= span.earned_frame, "last_frame"].tolist()
    return span.first_frame, max([frame, span.earned_frame, *decided])


def visible(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the rows in which somebody is seen."""
    return rows[rows["visibility"] == Visibility.VISIBLE.label]


def gaps_of(case: RunEvidence, track: int, frame: int) -> list[tuple[int, int]]:
    """First and last frame of every stretch up to a frame in which a track was lost from sight.

    Shorter misses than `gone_s` are left out: they are the detector's.
    """
    seen = visible(case.rows[case.rows["track_id"] == track])
    at = seen.loc[seen["frame"] <= frame, "frame"].to_numpy()
    after = np.flatnonzero(np.diff(at) > case.settings.permanence.gone_s * case.fps)
    return [(int(at[i]) + 1, int(at[i + 1]) - 1) for i in after]


def sightings(rows: pd.DataFrame, frame: int) -> tuple[Sighting | None, Sighting | None]:
    """The last visible row before a frame and the first one after it."""
    seen = visible(rows)
    before, after = seen[seen["frame"] < frame], seen[seen["frame"] > frame]
    return _sighting(before.tail(1)), _sighting(after.head(1))


def _sighting(rows: pd.DataFrame) -> Sighting | None:
    for row in rows.to_dict("records"):
        frame, track = int(row["frame"]), int(row["track_id"])
        x, y = (row["x1"] + row["x2"]) / 2, (row["y1"] + row["y2"]) / 2
        return Sighting(frame, float(row["time_s"]), track, float(x), float(y))
    return None
