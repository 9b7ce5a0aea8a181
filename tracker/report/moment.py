"""What a doubtful moment is, and what moments are found in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.publish.evidence import EvidenceTables
from tracker.report.ballots import Ballots
from tracker.report.meetings import Meetings
from tracker.report.paths import Paths
from tracker.report.rows import Rows

WORTH_S = 0.04
"""Moments with fewer wrong seconds than a frame has are not told."""
_SUREST = 20.0


@dataclass(frozen=True, slots=True)
class Moment:
    """frames from 1. wrong_s: seconds likely to be wrong. rival: a second track, or None.

    player, rival_player: the names there, "" none. also: titles of lesser doubts about the same.
    """

    kind: str
    title: str
    reasons: list[str]
    wrong_s: float
    track: int
    player: str
    first_frame: int
    focus_frame: int
    last_frame: int
    rival: int | None = None
    rival_player: str = ""
    also: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Inquiry:
    """All that moments are found in. told, meetings, ballots: None for a run without evidence."""

    rows: Rows
    paths: Paths
    told: EvidenceTables | None
    meetings: Meetings | None
    ballots: Ballots | None
    anchor_nats: float


def chance(log_odds: float) -> float:
    """The probability that odds say, nats."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -_SUREST, _SUREST))))
