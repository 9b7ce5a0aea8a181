"""How long names are unsure because two may have swapped unnoticed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.output.track_index import TrackIndex
from tracker.output.vote_table import VoteTable
from tracker.report.encounters import Encounters
from tracker.types import UNKNOWN, Ints

_SUREST = 20.0


def chance(log_odds: float) -> float:
    """The probability that odds say, nats."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -_SUREST, _SUREST))))


def swap_seconds(
    names: Sequence[str], track_index: TrackIndex, encounters: Encounters, vote_table: VoteTable
) -> dict[str, float]:
    """Of every player the seconds that swaps make unsure, times the chance of each. names: of the
    rows' players."""
    next_first, last = _next_encounters(encounters), encounters.last
    sides = [track_index.players_at(encounters.pairs[:, n], last).tolist() for n in (0, 1)]
    found: dict[str, float] = {}
    for m in range(len(encounters)):
        for n in (0, 1):
            if sides[n][m] == UNKNOWN:
                continue
            name = names[sides[n][m]]
            found[name] = found.get(name, 0.0) + _side(
                track_index, vote_table, int(encounters.pairs[m, n]), name, int(last[m]),
                float(encounters.margins[m]), int(next_first[m, n]),
            )  # fmt: skip
    return found


def _next_encounters(encounters: Encounters) -> Ints:
    """(M, 2) for either track the first frame of its next encounter; a huge one after the last."""
    following: dict[int, int] = {}
    found = np.empty((len(encounters), 2), np.int64)
    for m in range(len(encounters) - 1, -1, -1):
        for n, track in enumerate(encounters.pairs[m].tolist()):
            later = following.get(track, np.iinfo(np.int32).max)
            found[m, n] = later if later > encounters.last[m] else encounters.last[m]
        for track in encounters.pairs[m].tolist():
            following[track] = int(encounters.first[m])
    return found


def _side(
    track_index: TrackIndex, vote_table: VoteTable, track: int, name: str, last: int,
    margin: float, following: int,
) -> float:  # fmt: skip
    """Seconds likely to be wrong on one side of an encounter: until the next one."""
    stretch = track_index.stretch_at(track, last)
    assert stretch is not None  # it bears the name there
    end = min(stretch.last_frame, following)
    votes = vote_table.rows(track, last, end)
    over = float(vote_table.over(votes, name).sum()) if name in vote_table.names else 0.0
    return chance(-margin - over) * track_index.seen_s(track, last + 1, end)
