"""MOTChallenge rows of a table, and the ids that they bear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.output.csv import Words, lines
from tracker.output.table import BOX, TrackTable
from tracker.types import Doubles, Ints, Mask, Visibility

_ROWS = 100_000  # written at once
_STEADY_S = 1.0
"""So long at least an unnamed stretch has one id, where the player whose id it would have is seen
elsewhere now and then. With .4 s soccer-snmot116 has two identity switches more, with 2 s as many.
"""


def mot_ids(table: TrackTable, shown: Mask | None = None) -> Ints:
    """(N,) ids for MOT files: a named player has one id in the whole file.

    That id is the first track that bore their name. A track's unnamed rows go with the name that it
    bears nearest in time, unless that player is in the same frame elsewhere, named or nearer to
    where they are. shown: (N,) rows of the file, None: all but the absent.
    """
    track, player = table.numbers["track_id"], table.words["player"].codes
    frame, time_s = table.numbers["frame"], table.numbers["time_s"]
    named = ~table.words["player"].are("")
    if shown is None:
        shown = ~table.words["visibility"].are(Visibility.ABSENT.label)
    ids, fresh = _ids_of_names(track, player, named)
    order = np.lexsort((time_s, track))
    near, apart_s = _nearest(order, track, time_s, named & shown)
    result = np.where(near >= 0, ids[player[near]], track)
    result[named] = ids[player[named]]
    seen = np.flatnonzero(shown)
    seen = seen[np.lexsort((apart_s[seen], ~named[seen]))]  # named first
    clash = np.zeros(len(track), bool)
    clash[seen[_repeated(frame[seen] * (fresh + 1) + result[seen])]] = True
    clash = _steady(clash, order, track, time_s, named)
    result[clash] = _spare_ids(track[clash], fresh)
    return result


def visible_ids(table: TrackTable) -> Ints:
    """(N,) ids in mot.txt, of its rows."""
    return mot_ids(table, table.words["visibility"].are(Visibility.VISIBLE.label))


def _ids_of_names(track: Ints, player: NDArray[Any], named: Mask) -> tuple[Ints, int]:
    """The id of each name by its code, and an id that nobody has."""
    # a track may be home to two names in turn; the second player then gets an id of their own
    taken: set[int] = set()
    fresh = int(track.max()) + 1 if len(track) else 1
    ids = np.zeros(int(player.max(initial=0)) + 1, np.int64)
    for name, home in _first(player[named], track[named]).items():
        unique = home not in taken
        ids[name] = home if unique else fresh
        fresh += not unique
        taken.add(int(ids[name]))
    return ids, fresh


def _nearest(order: Ints, track: Ints, time_s: Doubles, of: Mask) -> tuple[Ints, Doubles]:
    """(N,) the row among `of` of the same track that is nearest in time, -1 where there is none,
    and how many seconds it is away. order: of all rows, by track and time."""
    whose, when, chosen = track[order], time_s[order], of[order]
    place, last = np.arange(len(order)), len(order) - 1
    before = np.maximum.accumulate(np.where(chosen, place, -1))
    after = last - np.maximum.accumulate(np.where(chosen[::-1], place, -1))[::-1]
    away_s = np.full((2, len(order)), np.inf)
    for side, at in enumerate((before, np.minimum(after, last))):
        theirs = chosen[at] & (whose[at] == whose)
        away_s[side, theirs] = np.abs(when - when[at])[theirs]
    nearer = np.where(away_s[0] <= away_s[1], before, np.minimum(after, last))
    near, apart_s = np.full(len(order), -1), np.full(len(order), np.inf)
    found = np.isfinite(away_s).any(axis=0)
    near[order[found]], apart_s[order] = order[nearer[found]], away_s.min(axis=0)
    return near, apart_s


def _steady(clash: Mask, order: Ints, track: Ints, time_s: Doubles, named: Mask) -> Mask:
    """(N,) `clash` and what lies between two of the same stretch without a name that are close: an
    id that comes and goes follows nobody. order: as in `_nearest`."""
    whose, when, bare = track[order], time_s[order], ~named[order]
    changes = (np.diff(whose) != 0) | (np.diff(bare.astype(int)) != 0)
    stretch = np.append(0, np.cumsum(changes)) if len(order) else whose
    at = np.flatnonzero(clash[order] & bare)
    same = np.diff(stretch[at]) == 0
    close = same & (np.diff(when[at]) <= _STEADY_S)
    marks = np.zeros(len(order) + 1, np.int64)
    np.add.at(marks, at[:-1][close], 1)
    np.add.at(marks, at[1:][close], -1)
    steady = clash.copy()
    steady[order[np.cumsum(marks[:-1]) > 0]] = True
    return steady


def _first(keys: NDArray[Any], values: NDArray[Any]) -> dict[int, int]:
    """Key to its first value, in the order in which the keys first come."""
    _, at = np.unique(keys, return_index=True)
    at.sort()
    return dict(zip(keys[at].tolist(), values[at].tolist(), strict=True))


def _repeated(values: Ints) -> Mask:
    """Where a value stands that has stood before."""
    again = np.ones(len(values), bool)
    again[np.unique(values, return_index=True)[1]] = False
    return again


def _spare_ids(tracks: Ints, first: int) -> list[int]:
    """An unused id per track, for the rows that must not share one."""
    every = tracks.tolist()
    spare = {track: first + n for n, track in enumerate(dict.fromkeys(every))}
    return [spare[track] for track in every]


def write_mot(table: TrackTable, path: Path, *, full: bool = False, players: bool = False) -> None:
    """MOTChallenge rows of the visible boxes; with `full`, of the occluded ones too. players: of
    those who play alone, under the ids that they have beside the others."""
    state = table.words["visibility"]
    shown = state.are(Visibility.VISIBLE.label) | (state.are(Visibility.OCCLUDED.label) & full)
    ids = mot_ids(table, shown)
    chosen = np.flatnonzero(shown & table.playing if players else shown)
    order = chosen[np.lexsort((ids[chosen], table.numbers["frame"][chosen]))]
    decimals = dict.fromkeys(("x1", "y1", "width", "height"), 2)
    with path.open("wb") as file:
        for at in range(0, len(order), _ROWS):
            rows_of_block = order[at : at + _ROWS]
            rows = _mot_rows(table.numbers, ids, rows_of_block)
            for part in lines(rows, decimals, end=",-1,-1,-1\n"):
                file.write(part)


def _mot_rows(
    numbers: Mapping[str, NDArray[Any]], ids: Ints, rows: Ints
) -> dict[str, NDArray[Any] | Words]:
    """Frame, id, x, y, width, height and confidence as text, -1 where there is none."""
    x1, y1, x2, y2 = (numbers[name][rows] for name in BOX)
    confidence = np.nan_to_num(numbers["confidence"][rows], nan=-1)
    values, at = np.unique(confidence, return_inverse=True)
    cells = [f"{value:.4g}" for value in values.tolist()]
    place = {text: n for n, text in enumerate(dict.fromkeys(cells))}
    return {
        "frame": numbers["frame"][rows],
        "id": ids[rows],
        "x1": x1,
        "y1": y1,
        "width": x2 - x1,
        "height": y2 - y1,
        "confidence": Words(np.array([place[text] for text in cells], np.int64)[at], tuple(place)),
    }
