"""A joint solution under what was answered: it names who has no name, and renames nobody.

What a person has seen stays as it was. Where solutions renamed others too, an answer of four runs
cost .01 Name-F1 once; where they only fill, none cost more than .001, and they are worth as much.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.review.ledger import FREE, Ledger
from tracker.types import UNKNOWN, Ints, Mask

_TRACKS = 1 << 31


def filled(ledger: Ledger, rows: RowArrays, solved: RowArrays) -> RowArrays:
    """The rows of a solution with the names of a ledger, and its own where that has none.

    rows: of the ledger. solved: the same boxes on the same tracks, named by the solution.
    """
    place = _places(rows, solved)
    there = place >= 0
    now = np.where(there, ledger.players[place], UNKNOWN)
    sure = np.where(there, ledger.sure[place], 0.0)
    free = (now == UNKNOWN) & ~(there & (ledger.pinned[place] != FREE))
    names = list(dict.fromkeys([*ledger.names, *solved.names]))
    code = np.array([*(names.index(name) for name in solved.names), UNKNOWN], np.int64)
    own = code[solved.players]
    gets = free & (own != UNKNOWN)
    players = _once(np.where(gets, own, now), gets, solved)
    sure = np.where(gets, solved.sure, sure)
    return replace(
        solved,
        names=names,
        players=players.astype(np.int32),
        sure=np.where(players == UNKNOWN, 0.0, sure).astype(np.float32),
    )


def _once(players: Ints, filled_in: Mask, rows: RowArrays) -> Ints:
    """Each name on one row of a frame: who is seen before who is hidden, then who had it."""
    named = np.flatnonzero(players != UNKNOWN)
    keys = (filled_in[named], rows.visibility[named], players[named], rows.frames[named])
    named = named[np.lexsort(keys)]
    again = (np.diff(rows.frames[named]) == 0) & (np.diff(players[named]) == 0)
    players = players.copy()
    players[named[1:][again]] = UNKNOWN
    return players


def _places(rows: RowArrays, of: RowArrays) -> Ints:
    """(N,) for each row of `of` the row of the same track and frame, -1 where there is none."""
    keys, wanted = (r.frames.astype(np.int64) * _TRACKS + r.tracks for r in (rows, of))
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[found] == wanted, found, -1)
