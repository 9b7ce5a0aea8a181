"""A finished run as questions are found in it: rows by track, votes, ambiguous matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tracker.output.evidence import EvidenceTables
from tracker.output.row_arrays import RowArrays
from tracker.output.vote_table import VoteTable
from tracker.review.shirt_reasons import NO_SHIRTS, Shirts
from tracker.types import UNKNOWN, Doubles, Ints, Mask

_SUREST = 20.0
_TRACKS = 1 << 31


@dataclass(frozen=True, eq=False)
class ReviewCase:
    """rows: N of tracks.csv. players: who may be named, of the gallery or named so far.

    order: (N,) rows by track, then frame; all below are in this order. track, frame: (N,). visible:
    (N,). swap: (N,) chance that a swap with a neighbour was missed here, summed over its ambiguous
    matches. inside: (N,) the feet are no higher and no lower in the picture than those of all named
    players of the frame. starts: (T + 1,) where each track begins, and the end. first: of the run.
    shirts: the numbers that were read.
    """

    rows: RowArrays
    votes: VoteTable | None
    players: Sequence[str]
    order: Ints
    track: Ints
    frame: Ints
    visible: Mask
    swap: Doubles
    inside: Mask
    starts: Ints
    shirts: Shirts = NO_SHIRTS

    @classmethod
    def of(
        cls,
        rows: RowArrays,
        evidence: EvidenceTables | None,
        players: Sequence[str],
        shirts: Shirts = NO_SHIRTS,
    ) -> ReviewCase:
        """evidence: None for a run without names. shirts: what was read on them."""
        order = np.argsort(rows.tracks, kind="stable")  # they are in order of frames
        track, frame = rows.tracks[order].astype(np.int64), rows.frames[order].astype(np.int64)
        every = [*players, *(name for name in rows.names if name not in set(players))]
        starts = np.flatnonzero(np.diff(track, prepend=track[:1] - 1, append=track[-1:] + 1))
        return cls(
            rows,
            None if evidence is None else VoteTable(evidence),
            every,
            order,
            track,
            frame,
            rows.visible[order],
            _swaps(evidence, track, frame),
            _inside(rows)[order],
            starts,
            shirts,
        )

    @cached_property
    def rate(self) -> float:
        """Frames a second."""
        return self.rows.rate

    @property
    def named(self) -> Ints:
        """(N,) by row of `rows`: the names that it has, as index into players."""
        place = {name: n for n, name in enumerate(self.players)}
        codes = np.array([*(place[name] for name in self.rows.names), UNKNOWN], np.int64)
        return codes[self.rows.players]

    def span_of(self, track: int) -> slice:
        """Where the rows of a track lie in `order`; empty where there is no such track."""
        low, high = np.searchsorted(self.track, [track, track + 1]).tolist()
        return slice(low, high)

    def within(self, track: int, first: int, last: int) -> slice:
        """Where those of some frames lie, from 1, both included."""
        span = self.span_of(track)
        low, high = np.searchsorted(self.frame[span], [first, last + 1]).tolist()
        return slice(span.start + low, span.start + max(low, high))


def _swaps(evidence: EvidenceTables | None, track: Ints, frame: Ints) -> Doubles:
    found = np.zeros(len(track))
    if evidence is None or not len(evidence.doubts):
        return found
    table = evidence.doubts
    keys = track * _TRACKS + frame
    margins = table["margin"].to_numpy(np.float64)
    chance = 1 / (1 + np.exp(np.clip(margins, -_SUREST, _SUREST)))
    for side in ("track_id", "rival_id"):
        mine = table[side].to_numpy(np.int64) * _TRACKS + table["frame"].to_numpy(np.int64)
        place = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
        there = keys[place] == mine
        np.add.at(found, place[there], chance[there])
    return found


def _inside(rows: RowArrays) -> Mask:
    """(N,) by row: where the game is, as far as the named players tell."""
    feet = rows.boxes[:, 3].astype(np.float64)
    low, high = np.full(len(rows.numbers), np.inf), np.full(len(rows.numbers), -np.inf)
    named = np.flatnonzero(rows.visible & (rows.players != UNKNOWN))
    np.minimum.at(low, rows.place[named], feet[named])
    np.maximum.at(high, rows.place[named], feet[named])
    with np.errstate(invalid="ignore"):
        return np.asarray((feet >= low[rows.place]) & (feet <= high[rows.place]))
