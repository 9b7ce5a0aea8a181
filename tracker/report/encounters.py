"""Meetings: moments in which a trade of two paths was considered and rejected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracker.explain.evidence import ONE_MEETING_S
from tracker.types import Doubles, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """One entry per meeting of two tracks, in order of time; frames from 1, both ends included.

    pairs: (M, 2) the tracks, lower id first. first, last: (M,). worst: (M,) the frame in which the
    margin was least. margins: (M,) nats by which staying beat trading in it.
    """

    pairs: Ints
    first: Ints
    last: Ints
    worst: Ints
    margins: Doubles

    def __len__(self) -> int:
        return len(self.pairs)

    def of(self, track: int) -> Ints:
        """The meetings of a track, in order of time."""
        return np.flatnonzero((self.pairs == track).any(axis=1))


def meetings_of(doubts: pd.DataFrame, rate: float) -> Meetings:
    """Doubts of the same two paths closer together than `explain` allows are one meeting."""
    both = np.sort(doubts[["track_id", "rival_id"]].to_numpy(np.int64), axis=1)
    frames, margins = doubts["frame"].to_numpy(np.int64), doubts["margin"].to_numpy(np.float64)
    order = np.lexsort((frames, both[:, 1], both[:, 0]))
    both, frames, margins = both[order], frames[order], margins[order]
    new = np.ones(len(frames), bool)
    new[1:] = (np.diff(both, axis=0) != 0).any(axis=1) | (np.diff(frames) > ONE_MEETING_S * rate)
    meeting = np.cumsum(new) - 1
    start = np.flatnonzero(new)
    end = np.append(start[1:], len(frames))[: len(start)] - 1
    least = np.lexsort((frames, margins, meeting))[start]  # the first of each meeting
    found = Meetings(both[start], frames[start], frames[end], frames[least], margins[least])
    order = np.lexsort((found.pairs[:, 1], found.pairs[:, 0], found.first))
    return Meetings(
        found.pairs[order], found.first[order], found.last[order],
        found.worst[order], found.margins[order],
    )  # fmt: skip
