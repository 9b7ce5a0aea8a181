"""Who everybody is now: the names of a run, and on top of them what a person has answered.

A statement names the rows of a track and pins them. Its name is taken from whoever else bears it
meanwhile, for nobody is in two places; where the track is hidden, whoever is seen keeps it. The
newer word holds. It is bookkeeping: nothing is followed or solved again, so that names change at
once (on four clips within .02 Name-F1 of a joint solution after every answer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tracker.corrections.statements import Correction
from tracker.review.case import ReviewCase
from tracker.types import UNKNOWN, Floats, Ints, Visibility

FREE = -1
"""Stands for the number of an entry where nothing was stated."""


@dataclass(slots=True)
class Change:
    """What statements have changed. tracks: whose names are others, or pinned now. boxes: visible
    rows with another name. overruled: numbers of older entries that lost rows to them."""

    tracks: set[int] = field(default_factory=set)
    boxes: int = 0
    overruled: set[int] = field(default_factory=set)


class Ledger:
    """Names by row of `case.rows`: players (N,) codes into `names`, sure (N,) in [0, 1], pinned
    (N,) the number of the entry that states it, FREE where none does.

    seen: (P, F) who is visible in which frame. never: (track, first, last, player) that were ruled
    out.
    """

    def __init__(self, case: ReviewCase) -> None:
        self._case = case
        self.names = list(case.players)
        self.players: Ints = case.named
        self.sure: Floats = case.rows.sure.copy()
        self.pinned = np.full(len(self.players), FREE, np.int32)
        self.never: list[tuple[int, int, int, int]] = []
        self._ends = np.searchsorted(case.rows.frames, case.rows.numbers, side="right")
        self.seen = np.zeros((len(self.names), len(case.rows.numbers)), bool)
        named = np.flatnonzero(case.rows.visible & (self.players != UNKNOWN))
        self.seen[self.players[named], case.rows.place[named]] = True

    def code(self, name: str) -> int:
        """Of a player, who is new where nobody was called so; UNKNOWN of ""."""
        if not name:
            return UNKNOWN
        if name not in self.names:
            self.names.append(name)
            self.seen = np.vstack([self.seen, np.zeros((1, self.seen.shape[1]), bool)])
        return self.names.index(name)

    def state(self, statements: Sequence[Correction], entry: int) -> Change:
        """Apply statements about tracks; entry: their number."""
        change = Change()
        for statement in statements:
            if statement.track is None:
                raise ValueError(f"a statement about a track, got {statement.text!r}")
            last = statement.last or int(self._case.rows.numbers[-1])
            span = self._case.within(statement.track, statement.first or 1, last)
            mine = self._case.order[span]
            if not len(mine):
                continue
            change.tracks.add(statement.track)
            if statement.negated:
                self._rule_out(mine, self.code(statement.is_), statement, last, change)
            else:
                self._name(mine, self.code(statement.is_), entry, change)
        return change

    def _rule_out(
        self, mine: Ints, player: int, statement: Correction, last: int, change: Change
    ) -> None:
        assert statement.track is not None
        self.never.append((statement.track, statement.first or 1, last, player))
        self._write(mine[self.players[mine] == player], UNKNOWN, 0.0, FREE, change)

    def _name(self, mine: Ints, player: int, entry: int, change: Change) -> None:
        rows = self._case.rows
        if player != UNKNOWN:
            others = self._others(mine, player)
            seen = rows.visibility[others] == Visibility.VISIBLE
            in_view = mine[rows.visibility[mine] == Visibility.VISIBLE]
            met = np.isin(rows.place[others], rows.place[in_view])
            self._write(others[met | ~seen], UNKNOWN, 0.0, FREE, change)
            hidden = np.isin(rows.place[mine], rows.place[others[seen & ~met]])
            self._write(mine[hidden], UNKNOWN, 0.0, entry, change)
            mine = mine[~hidden]
        self._write(mine, player, 1.0 if player != UNKNOWN else 0.0, entry, change)

    def _others(self, mine: Ints, player: int) -> Ints:
        """Rows of other tracks that bear the name in the frames of these."""
        rows = self._case.rows
        first, last = int(rows.place[mine[0]]), int(rows.place[mine[-1]])
        low = int(self._ends[first - 1]) if first else 0
        bears = np.flatnonzero(self.players[low : int(self._ends[last])] == player) + low
        bears = bears[rows.tracks[bears] != rows.tracks[mine[0]]]
        found: Ints = bears[np.isin(rows.place[bears], rows.place[mine])]
        return found

    def _write(self, which: Ints, player: int, sure: float, entry: int, change: Change) -> None:
        if not len(which):
            return
        rows = self._case.rows
        was, pins = self.players[which], self.pinned[which]
        other = was != player
        in_view = rows.visibility[which] == Visibility.VISIBLE
        change.boxes += int(np.count_nonzero(other & in_view))
        change.overruled |= set(pins[other & (pins != FREE) & (pins != entry)].tolist())
        change.tracks |= set(rows.tracks[which].tolist())
        shown = rows.place[which[in_view]]
        gone = was[in_view]
        self.seen[gone[gone != UNKNOWN], shown[gone != UNKNOWN]] = False
        if player != UNKNOWN:
            self.seen[player, shown] = True
        self.players[which], self.sure[which], self.pinned[which] = player, sure, entry
