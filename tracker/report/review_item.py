"""What an ambiguous moment is, and what moments are found in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.output.evidence import EvidenceTables
from tracker.output.row_arrays import RowArrays
from tracker.output.track_index import TrackIndex
from tracker.output.vote_table import VoteTable
from tracker.report.encounters import Encounters

WORTH_S = 0.04
"""Moments with fewer wrong seconds than a frame has are not told."""
_SUREST = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """when: in which case it is right. sentences: for `correct --set`, all of them together."""

    when: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """frames from 1. wrong_s: seconds that an answer is expected to change. rival: a second track.

    player, rival_player: the names there, "" none. also: titles of lesser ambiguous matches about
    the same. answers: what may be true, and the sentences for `correct` that say so. whole: the
    moment is a stretch of a track and not a place in it.
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
    answers: list[Answer] = field(default_factory=list)
    whole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ReviewInputs:
    """All that moments are found in. evidence, encounters, votes: None for a run without
    evidence."""

    rows: RowArrays
    track_index: TrackIndex
    evidence: EvidenceTables | None
    encounters: Encounters | None
    votes: VoteTable | None
    anchor_nats: float


def sentence(track: int, player: str, first: int, last: int) -> str:
    """What `correct` is told: this track is that player, "" for unknown."""
    return f"track {track} is {player or 'nobody'} from frame {first} to {last}"


def chance(log_odds: float) -> float:
    """The probability that odds say, nats."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -_SUREST, _SUREST))))
