"""How far a run is to be trusted: who is in view and who is found, and what is likely wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.report.camera import Views
from tracker.report.minutes import PlayerMinutes, minutes_of
from tracker.report.wrong import Wrong, shared_boxes, wrong_of
from tracker.types import UNKNOWN, Ints

_JOIN_S = 0.3  # moments in a shared box that are closer together are one
_SHORT_S = 0.2


@dataclass(frozen=True, slots=True)
class Honesty:
    """minutes, wrong: by player, of those who are ever named.

    expected, found: players in view per frame, and boxes with a name per frame. shared: (first,
    last) frames in which several people are in one box, the longest first; shared_s: all of them.
    """

    minutes: Mapping[str, PlayerMinutes]
    wrong: Mapping[str, Wrong]
    expected: float
    found: float
    shared: list[tuple[int, int]]
    shared_s: float

    @property
    def total(self) -> Wrong:
        """Of all players together."""
        every = list(self.wrong.values())
        return Wrong(
            sum(w.other_s for w in every),
            sum(w.loose_s for w in every),
            sum(w.missing_s for w in every),
        )


def honesty_of(
    rows: RowArrays, size: tuple[int, int], views: Views | None, swap_s: Mapping[str, float]
) -> Honesty:
    """swap_s: of each player, seconds that swaps make unsure times the chance of each."""
    minutes = minutes_of(rows, size, views)
    order = np.argsort(rows.players, kind="stable")
    ends = np.searchsorted(rows.players[order], np.arange(len(rows.names) + 1))
    mine = [order[ends[n] : ends[n + 1]] for n in range(len(rows.names))]
    missing = [m.expected_s - m.seen_s for m in minutes]
    wrong = wrong_of(rows, mine, [swap_s.get(name, 0.0) for name in rows.names], missing)
    length = float(rows.steps_s.sum())
    shared, shared_s = _shared(rows)
    return Honesty(
        dict(zip(rows.names, minutes, strict=True)),
        dict(zip(rows.names, wrong, strict=True)),
        sum(m.expected_s for m in minutes) / length,
        sum(m.seen_s for m in minutes) / length,
        shared,
        shared_s,
    )


def _shared(rows: RowArrays) -> tuple[list[tuple[int, int]], float]:
    """Spans of frames in which a named box holds somebody hidden too, and their seconds."""
    held = shared_boxes(rows) & (rows.players != UNKNOWN)
    places: Ints = np.unique(rows.place[held]).astype(np.int64)
    if not len(places):
        return [], 0.0
    numbers = rows.numbers[places]
    starts = np.flatnonzero(np.append(True, np.diff(numbers) > _JOIN_S * rows.rate))
    ends = np.append(starts[1:], len(places)) - 1
    spans = list(zip(numbers[starts].tolist(), numbers[ends].tolist(), strict=True))
    long = [s for s in spans if s[1] - s[0] + 1 >= _SHORT_S * rows.rate]
    long.sort(key=lambda s: (s[0] - s[1], s[0]))
    return long, float(rows.steps_s[places].sum())
