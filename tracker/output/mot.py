"""MOTChallenge rows of a table, and the ids that they bear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.output.csv import Words, lines
from tracker.output.table import BOX, TrackTable
from tracker.types import Ints, Mask, Visibility

_ROWS = 100_000  # written at once


def mot_ids(table: TrackTable) -> Ints:
    """(N,) ids for MOT files: a named player has one id in the whole file.

    That id is the first track that bore their name. A track's unnamed rows go with the first name
    it ever bears, unless that player is seen elsewhere in the same frame.
    """
    track, player = table.numbers["track_id"], table.words["player"].codes
    named = ~table.words["player"].are("")
    # a track may be home to two names in turn; the second player then gets an id of their own
    taken: set[int] = set()
    fresh = int(track.max()) + 1 if len(track) else 1
    ids: dict[int, int] = {}
    for name, home in _first(player[named], track[named]).items():
        unique = home not in taken
        ids[name] = home if unique else fresh
        fresh += not unique
        taken.add(ids[name])
    name_of = _first(track[named], player[named])
    tracks, place = np.unique(track, return_inverse=True)
    by_track = [ids[name_of[t]] if t in name_of else t for t in tracks.tolist()]
    result = np.array(by_track, np.int64)[place]
    names, place = np.unique(player[named], return_inverse=True)
    result[named] = np.array([ids[name] for name in names.tolist()], np.int64)[place]
    seen = np.flatnonzero(~table.words["visibility"].are(Visibility.ABSENT.label))
    seen = seen[np.argsort(~named[seen], kind="stable")]  # named first
    clash = seen[_repeated(table.numbers["frame"][seen] * (fresh + 1) + result[seen])]
    result[clash] = _spare_ids(track[clash], fresh)
    return result


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


def write_mot(table: TrackTable, path: Path, *, full: bool) -> None:
    """MOTChallenge rows of the visible boxes; with `full`, of the occluded ones too."""
    ids = mot_ids(table)
    state = table.words["visibility"]
    shown = state.are(Visibility.VISIBLE.label) | (state.are(Visibility.OCCLUDED.label) & full)
    chosen = np.flatnonzero(shown)
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
