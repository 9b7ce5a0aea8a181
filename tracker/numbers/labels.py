"""The number that stands beside somebody in a drawn video."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tracker.numbers.track_numbers import TrackNumbers
from tracker.numbers.worn import contradicts
from tracker.output.row_arrays import RowArrays
from tracker.output.track_index import TrackIndex
from tracker.types import NO_NUMBER, UNKNOWN, number_text


def number_labels(found: TrackNumbers, rows: RowArrays, worn: Mapping[str, int]) -> list[str]:
    """(N,) of each row, "" where nothing was read: what all readings of its track under its name,
    or under none, say together; with a question mark where that is not settled, and with what
    should be worn where it is another number.

    found: in these rows. worn: by player.
    """
    labels = np.full(len(rows), "", object)
    index = TrackIndex(rows)
    for stretch in index.stretches:
        read = found.of_track(stretch.track, stretch.first_frame, stretch.last_frame)
        if len(read):
            name = "" if stretch.player == UNKNOWN else rows.names[stretch.player]
            label = _label(read, worn.get(name, NO_NUMBER))
            where = index.rows_of(stretch.track, stretch.first_frame, stretch.last_frame)
            labels[where] = label
    return [str(label) for label in labels]


def _label(read: TrackNumbers, worn: int) -> str:
    if contradicts(read, worn):
        return f"#{number_text(read.settled)} (wears {number_text(worn)})"
    number = read.likely
    if number == NO_NUMBER:
        return ""
    return f"#{number_text(number)}" + ("" if read.settled == number else "?")
