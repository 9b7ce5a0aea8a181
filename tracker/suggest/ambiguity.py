"""Where a finished run is in doubt, for how long, and between whom."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tracker.output.evidence import BEST
from tracker.types import Ints, Visibility

NOBODY = "nobody of the gallery"
DOUBT_MIN_S = 0.2
UNNAMED_MIN_S = 1.0
"""Shorter doubts, and shorter stays without a name, are not worth a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """A stretch of a path that one player leads, or that has no name.

    rows: (N,) places of its visible rows in tracks.csv. player: who it may be, empty where the
    path looks like nobody. rival: the next likeliest, perhaps NOBODY. chance, rival_chance: mean
    over the rows. seconds: expected time named wrong or not at all; without a player the time
    without a name.
    """

    track: int
    rows: Ints
    player: str
    chance: float
    rival: str
    rival_chance: float
    seconds: float


def find_doubts(rows: pd.DataFrame, beliefs: pd.DataFrame, fps: float) -> list[Doubt]:
    """The doubts of a run, those that cost most time first; paths of nobody after all others.

    rows: of tracks.csv. beliefs: of OUT/evidence. A row's belief is the last before it, or the
    path's first. Without a belief a path was never seen well: nobody leads it.
    """
    seen = rows[rows["visibility"] == Visibility.VISIBLE.label].reset_index(names="row")
    told = _leaders(seen, beliefs)
    unsure = np.where(told["player"] == "", 1.0 - told["nobody"], 1.0 - told["player_confidence"])
    told = told.assign(unsure=unsure / fps, unnamed=(told["player"] == "") / fps)
    found: list[Doubt] = []
    for _, part in told.groupby(["track_id", "leader"], sort=True):
        track, leader = int(part["track_id"].iloc[0]), str(part["leader"].iloc[0])
        in_doubt, unnamed_s = float(part["unsure"].sum()), float(part["unnamed"].sum())
        if leader and in_doubt >= DOUBT_MIN_S:
            asked = part[part["unsure"] * fps >= 0.5 * (part["unsure"] * fps).max()]
            found.append(_doubt(track, leader, asked, in_doubt))
        elif not leader and unnamed_s >= UNNAMED_MIN_S:
            found.append(_doubt(track, "", part[part["player"] == ""], unnamed_s))
    return sorted(found, key=lambda d: (d.player == "", -d.seconds, d.track))


def _doubt(track: int, leader: str, part: pd.DataFrame, seconds: float) -> Doubt:
    rivals = part.groupby("rival")["rival_chance"].sum()
    rival = str(rivals.idxmax())
    return Doubt(
        track,
        part["row"].to_numpy(np.int64),
        leader,
        float(part["leader_chance"].mean()),
        rival,
        float(part.loc[part["rival"] == rival, "rival_chance"].mean()),
        seconds,
    )


_LEADS = 0.05
"""A player of less chance than this is no suggestion for a path without a name."""


def _leaders(seen: pd.DataFrame, beliefs: pd.DataFrame) -> pd.DataFrame:
    """The visible rows with who leads, who is next, and the chance of nobody.

    The leader is the row's own name where it has one, else the likeliest of the belief; empty
    where that is nobody by far.
    """
    joined = _with_belief(seen, beliefs)
    spans = [f"{what}_{n}" for n in range(1, BEST + 1) for what in ("player", "chance")]
    kind = joined.groupby(["player", *spans], dropna=False, sort=False).ngroup()
    kinds = joined.loc[~kind.duplicated(), ["player", *spans]]  # few: a belief lasts for long
    judged = [_leader(row["player"], _ranked(row)) for row in kinds.to_dict("records")]
    columns = ["leader", "leader_chance", "rival", "rival_chance", "nobody"]
    said = pd.DataFrame(judged, columns=columns).iloc[kind.to_numpy()]
    return joined.assign(**{column: said[column].to_numpy() for column in columns})


def _ranked(row: Mapping[Hashable, Any]) -> list[tuple[str, float]]:
    """The names of a belief and their chances; nobody for certain where there is no belief."""
    pairs = [(row[f"player_{n}"], row[f"chance_{n}"]) for n in range(1, BEST + 1)]
    known = [(str(name), float(chance)) for name, chance in pairs if chance == chance]
    return known or [("", 1.0)]


def _leader(own: str, ranked: list[tuple[str, float]]) -> tuple[str, float, str, float, float]:
    """(leader, his chance, rival, his chance, chance of nobody)."""
    nobody = sum(chance for name, chance in ranked if not name)
    people = [(name, chance) for name, chance in ranked if name and chance > 0]
    first = next((pair for pair in people if pair[0] == own), (own, 0.0))
    if not own and people and nobody <= 1.0 - _LEADS:
        first = people[0]
    others = [(name or NOBODY, chance) for name, chance in ranked if name != first[0]]
    second = max(others, key=lambda pair: pair[1], default=(NOBODY, 0.0))
    if not first[0] and people:
        second = people[0]
    return *first, *second, nobody


def _with_belief(seen: pd.DataFrame, beliefs: pd.DataFrame) -> pd.DataFrame:
    """Each row with the path's last belief up to it; before the first one, with that."""
    told = beliefs.sort_values(["first_frame", "track_id"], kind="stable")
    told = told.drop(columns="last_frame").astype({"track_id": "int64", "first_frame": "int64"})
    told = told.rename(columns={"first_frame": "frame"})
    ordered = seen.sort_values(["frame", "track_id"], kind="stable")
    before = pd.merge_asof(ordered, told, on="frame", by="track_id")
    after = pd.merge_asof(ordered, told, on="frame", by="track_id", direction="forward")
    columns = [c for c in told.columns if c not in ("frame", "track_id")]
    late = before["chance_1"].isna()
    before.loc[late, columns] = after.loc[late, columns]
    return before
