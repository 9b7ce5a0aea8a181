"""Encounters: moments in which a swap of two tracks was considered and rejected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracker.explain.evidence import ENCOUNTER_GAP_S
from tracker.types import Doubles, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Encounters:
    """One entry per encounter of two tracks, in order of time; frames from 1, both ends included.

    pairs: (M, 2) the tracks, lower id first. first, last: (M,). worst: (M,) the frame in which the
    margin was least. margins: (M,) nats by which staying beat swapping in it.
    """

    pairs: Ints
    first: Ints
    last: Ints
    worst: Ints
    margins: Doubles

    def __len__(self) -> int:
        return len(self.pairs)

    def of(self, track: int) -> Ints:
        """The encounters of a track, in order of time."""
        return np.flatnonzero((self.pairs == track).any(axis=1))


def encounters_of(ambiguous: pd.DataFrame, rate: float) -> Encounters:
    """Ambiguous matches of the same two tracks, closer together than `explain` allows, are one."""
    both = np.sort(ambiguous[["track_id", "rival_id"]].to_numpy(np.int64), axis=1)
    frames, margins = (
        ambiguous["frame"].to_numpy(np.int64),
        ambiguous["margin"].to_numpy(np.float64),
    )
    order = np.lexsort((frames, both[:, 1], both[:, 0]))
    both, frames, margins = both[order], frames[order], margins[order]
    new = np.ones(len(frames), bool)
    new[1:] = (np.diff(both, axis=0) != 0).any(axis=1) | (np.diff(frames) > ENCOUNTER_GAP_S * rate)
    encounter = np.cumsum(new) - 1
    start = np.flatnonzero(new)
    end = np.append(start[1:], len(frames))[: len(start)] - 1
    worst = np.lexsort((frames, margins, encounter))[start]  # the first of each encounter
    found = Encounters(both[start], frames[start], frames[end], frames[worst], margins[worst])
    order = np.lexsort((found.pairs[:, 1], found.pairs[:, 0], found.first))
    return Encounters(
        found.pairs[order], found.first[order], found.last[order],
        found.worst[order], found.margins[order],
    )  # fmt: skip
