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
    """The rows of a solution under the names of `rows`, and its own for who has none after answers.

    Answers are to be stated on them again. ledger: of `rows` and the answers. solved: the same
    boxes on the same tracks, named by the solution.
    """
    place = _places(rows, solved)
    there = place >= 0
    names = list(dict.fromkeys([*ledger.names, *solved.names]))
    before, own = np.where(there, _codes(names, rows)[place], UNKNOWN), _codes(names, solved)
    now = np.where(there, ledger.players[place], UNKNOWN)
    stated = there & (ledger.pinned[place] != FREE)
    gets = _free((now == UNKNOWN) & ~stated & (own != UNKNOWN), now, own, solved)
    players = np.where(gets, own, before)
    players[_borne(players, gets, solved)] = UNKNOWN
    sure = np.where(gets, solved.sure, np.where(there, rows.sure[place], 0.0))
    return replace(
        solved,
        names=names,
        players=players.astype(np.int32),
        sure=np.where(players == UNKNOWN, 0.0, sure).astype(np.float32),
    )


def _codes(names: list[str], rows: RowArrays) -> Ints:
    """(N,) places in names of whom rows are."""
    return np.array([*(names.index(name) for name in rows.names), UNKNOWN], np.int64)[rows.players]


def _free(wanting: Mask, now: Ints, own: Ints, rows: RowArrays) -> Mask:
    """(N,) of those who want their own name, who get it: each name is on one row of a frame, before
    all of whoever has it, then of who is seen."""
    named = np.flatnonzero((now != UNKNOWN) | wanting)
    player = np.where(wanting, own, now)[named]
    order = np.lexsort((rows.visibility[named], wanting[named], player, rows.frames[named]))
    named, player = named[order], player[order]
    again = (np.diff(rows.frames[named]) == 0) & (np.diff(player) == 0)
    gets = wanting.copy()
    gets[named[1:][again]] = False
    return gets


def _borne(players: Ints, gets: Mask, rows: RowArrays) -> Ints:
    """Rows whose name somebody gets who is in the frame with them: an answer has taken it away."""
    keys = rows.frames.astype(np.int64) * (int(players.max(initial=0)) + 2) + players
    mine = np.flatnonzero(~gets & (players != UNKNOWN))
    return mine[np.isin(keys[mine], keys[gets])]


def _places(rows: RowArrays, of: RowArrays) -> Ints:
    """(N,) for each row of `of` the row of the same track and frame, -1 where there is none."""
    keys, wanted = (r.frames.astype(np.int64) * _TRACKS + r.tracks for r in (rows, of))
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[found] == wanted, found, -1)
