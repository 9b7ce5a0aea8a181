"""Where every player is in the whole run, as a page draws it: one lane each, and boxes by frame."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.review.ledger import FREE, Ledger
from tracker.types import UNKNOWN, Ints, Visibility

UNSURE = 0.7
"""A name less sure than this is drawn as unsure."""
STATES = ("", "a", "a?", "a!", "h", "h?", "h!", "v", "v?", "v!")
"""Absent, hidden, visible; unsure, or told by a person. Where several fall into one span of a lane,
the last of them here is drawn."""
_RANK = {Visibility.ABSENT: 1, Visibility.OCCLUDED: 4, Visibility.VISIBLE: 7}
MAX_FRAMES = 300
"""Of boxes, in one answer."""


class Lanes:
    """The state of every player in every frame, (P, F) places in STATES, kept up to date."""

    def __init__(self, rows: RowArrays, ledger: Ledger) -> None:
        self._rows = rows
        ranks = np.zeros(1 + max(_RANK), np.uint8)
        ranks[list(_RANK)] = list(_RANK.values())
        self._rank = ranks[rows.visibility]
        self._codes = np.zeros((0, len(rows.numbers)), np.uint8)
        self._players = np.full(len(rows), UNKNOWN)
        self._flags = np.zeros(len(rows), np.uint8)
        self.update(ledger)

    def update(self, ledger: Ledger) -> None:
        """After an answer; only rows that it has changed are drawn anew."""
        new = max(len(ledger.names) - len(self._codes), 0)
        self._codes = np.pad(self._codes, ((0, new), (0, 0)))
        flags = np.where(ledger.pinned != FREE, 2, ledger.sure < UNSURE).astype(np.uint8)
        changed = np.flatnonzero((ledger.players != self._players) | (flags != self._flags))
        place, was, now = self._rows.place[changed], self._players[changed], ledger.players[changed]
        old, new = was != UNKNOWN, now != UNKNOWN
        self._codes[was[old], place[old]] = 0
        self._codes[now[new], place[new]] = (self._rank[changed] + flags[changed])[new]
        self._players[changed], self._flags[changed] = now, flags[changed]
        self._codes = self._codes[: len(ledger.names)]  # who was new may be taken back

    def spans(self, first: int, last: int, bins: int) -> list[list[list[Any]]]:
        """Of each player, [first frame, last frame, state] in order, no more than `bins`."""
        numbers = self._rows.numbers
        low, high = np.searchsorted(numbers, [first, last + 1]).tolist()
        if low == high:
            return [[] for _ in self._codes]
        return [_spans(lane, numbers[low:high], max(bins, 1)) for lane in self._codes[:, low:high]]


def _spans(lane: Any, numbers: Any, bins: int) -> list[list[Any]]:
    edges = np.flatnonzero(np.diff(lane)) + 1
    starts, states = np.append(0, edges), lane[np.append(0, edges)]
    if len(starts) > bins:
        even = np.unique(np.linspace(0, len(lane), bins + 1).astype(np.int64)[:-1])
        binned = np.maximum.reduceat(lane, even)
        kept = np.append(0, np.flatnonzero(np.diff(binned)) + 1)
        starts, states = even[kept], binned[kept]
    ends = np.append(starts[1:], len(lane)) - 1
    there = np.flatnonzero(states)
    columns = numbers[starts[there]].tolist(), numbers[ends[there]].tolist(), states[there].tolist()
    return [[a, b, STATES[state]] for a, b, state in zip(*columns, strict=True)]


def boxes_of(rows: RowArrays, ledger: Ledger, first: int, last: int) -> dict[str, Any]:
    """The boxes of some frames: [track, player or -1, x1, y1, x2, y2, visibility, sure in percent,
    told], with no row for the absent, nor for a
    box that is no number. No more than MAX_FRAMES frames from the first."""
    last = max(first, min(last, first + MAX_FRAMES - 1))
    low, high = np.searchsorted(rows.frames, [first, last + 1]).tolist()
    finite = np.isfinite(rows.boxes[low:high]).all(axis=1)
    mine = low + np.flatnonzero((rows.visibility[low:high] != Visibility.ABSENT) & finite)
    named = ledger.players[mine] != UNKNOWN
    columns = [
        rows.tracks[mine],
        ledger.players[mine],
        *(np.round(rows.boxes[mine, side], 1).astype(np.float64).round(1) for side in range(4)),
        rows.visibility[mine],
        np.where(named, np.round(100 * ledger.sure[mine]), 0).astype(np.int64),
        (ledger.pinned[mine] != FREE).astype(np.int64),
    ]
    cells = list(map(list, zip(*(column.tolist() for column in columns), strict=True)))
    edges: Ints = np.searchsorted(rows.frames[mine], np.arange(first, last + 2))
    starts = edges.tolist()
    frames = [cells[a:b] for a, b in pairwise(starts)]
    tracks = np.unique(rows.tracks[mine]).tolist()
    return {"first": first, "last": last, "tracks": tracks, "frames": frames}
