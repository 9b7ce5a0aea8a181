"""Where a finished run is unsure, for how long, and between whom."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tracker.output.evidence import BEST
from tracker.types import Ints, Visibility

UNKNOWN = "somebody who is not in the gallery"
AMBIGUOUS_MIN_S = 0.2
UNNAMED_MIN_S = 1.0
"""Shorter stretches of that, and shorter stays without a name, are not worth a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class AmbiguousStretch:
    """A stretch of a track that one player leads, or that has no name.

    rows: (N,) places of its visible rows in tracks.csv. player: who it may be, empty where the
    track looks like none of them. rival: the next likeliest, perhaps UNKNOWN. chance, rival_chance:
    mean over the rows. seconds: expected time named wrong or not at all; without a player the time
    without a name.
    """

    track: int
    rows: Ints
    player: str
    chance: float
    rival: str
    rival_chance: float
    seconds: float


def find_ambiguous(rows: pd.DataFrame, beliefs: pd.DataFrame, fps: float) -> list[AmbiguousStretch]:
    """The unsure stretches of a run, those that cost most time first; tracks of nobody after all
    others.

    rows: of tracks.csv. beliefs: of OUT/evidence. A row's belief is the last before it, or the
    track's first. Without a belief a track was never seen well: nobody leads it.
    """
    seen = rows[rows["visibility"] == Visibility.VISIBLE.label].reset_index(names="row")
    led = _leaders(seen, beliefs)
    unsure = np.where(led["player"] == "", 1.0 - led["nobody"], 1.0 - led["player_confidence"])
    led = led.assign(unsure=unsure / fps, unnamed=(led["player"] == "") / fps)
    found: list[AmbiguousStretch] = []
    for _, part in led.groupby(["track_id", "leader"], sort=True):
        track, leader = int(part["track_id"].iloc[0]), str(part["leader"].iloc[0])
        expected_s, unnamed_s = float(part["unsure"].sum()), float(part["unnamed"].sum())
        if leader and expected_s >= AMBIGUOUS_MIN_S:
            uncertain = part[part["unsure"] * fps >= 0.5 * (part["unsure"] * fps).max()]
            found.append(_stretch(track, leader, uncertain, expected_s))
        elif not leader and unnamed_s >= UNNAMED_MIN_S:
            found.append(_stretch(track, "", part[part["player"] == ""], unnamed_s))
    return sorted(found, key=lambda d: (d.player == "", -d.seconds, d.track))


def _stretch(track: int, leader: str, part: pd.DataFrame, seconds: float) -> AmbiguousStretch:
    rivals = part.groupby("rival")["rival_chance"].sum()
    rival = str(rivals.idxmax())
    return AmbiguousStretch(
        track,
        part["row"].to_numpy(np.int64),
        leader,
        float(part["leader_chance"].mean()),
        rival,
        float(part.loc[part["rival"] == rival, "rival_chance"].mean()),
        seconds,
    )


_LEADS = 0.05
"""A player of less chance than this is no suggestion for a track without a name."""


def _leaders(seen: pd.DataFrame, beliefs: pd.DataFrame) -> pd.DataFrame:
    """The visible rows with who leads, who is next, and the chance of unknown.

    The leader is the row's own name where it has one, else the likeliest of the belief; empty
    where that is nobody by far.
    """
    joined = _with_belief(seen, beliefs)
    spans = [f"{what}_{n}" for n in range(1, BEST + 1) for what in ("player", "chance")]
    kind = joined.groupby(["player", *spans], dropna=False, sort=False).ngroup()
    kinds = joined.loc[~kind.duplicated(), ["player", *spans]]  # few: a belief lasts for long
    leaders = [_leader(row["player"], _ranked(row)) for row in kinds.to_dict("records")]
    columns = ["leader", "leader_chance", "rival", "rival_chance", "nobody"]
    ranked = pd.DataFrame(leaders, columns=columns).iloc[kind.to_numpy()]
    return joined.assign(**{column: ranked[column].to_numpy() for column in columns})


def _ranked(row: Mapping[Hashable, Any]) -> list[tuple[str, float]]:
    """The names of a posterior and their probabilities; unknown for certain where there is none."""
    pairs = [(row[f"player_{n}"], row[f"chance_{n}"]) for n in range(1, BEST + 1)]
    known = [(str(name), float(chance)) for name, chance in pairs if chance == chance]
    return known or [("", 1.0)]


def _leader(own: str, ranked: list[tuple[str, float]]) -> tuple[str, float, str, float, float]:
    """(leader, their chance, rival, their chance, chance of unknown)."""
    unknown = sum(chance for name, chance in ranked if not name)
    people = [(name, chance) for name, chance in ranked if name and chance > 0]
    first = next((pair for pair in people if pair[0] == own), (own, 0.0))
    if not own and people and unknown <= 1.0 - _LEADS:
        first = people[0]
    others = [(name or UNKNOWN, chance) for name, chance in ranked if name != first[0]]
    second = max(others, key=lambda pair: pair[1], default=(UNKNOWN, 0.0))
    if not first[0] and people:
        second = people[0]
    return *first, *second, unknown


def _with_belief(seen: pd.DataFrame, beliefs: pd.DataFrame) -> pd.DataFrame:
    """Each row with the track's last belief up to it; before the first one, with that."""
    known = beliefs.sort_values(["first_frame", "track_id"], kind="stable")
    known = known.drop(columns="last_frame").astype({"track_id": "int64", "first_frame": "int64"})
    known = known.rename(columns={"first_frame": "frame"})
    ordered = seen.sort_values(["frame", "track_id"], kind="stable")
    before = pd.merge_asof(ordered, known, on="frame", by="track_id")
    after = pd.merge_asof(ordered, known, on="frame", by="track_id", direction="forward")
    columns = [c for c in known.columns if c not in ("frame", "track_id")]
    late = before["chance_1"].isna()
    before.loc[late, columns] = after.loc[late, columns]
    return before
