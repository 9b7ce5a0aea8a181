"""What one frame's matching did, and stretches of tracks in which nothing speaks for a mix-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles, Floats, Ints, Mask

Classify = Callable[[Floats], Doubles]
"""(N, D) embeddings to (N, P + 1) log-likelihoods; a row of zeros where there is no evidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What one frame's matching did, for (M,) tracks that were seen.

    tracks: ids. detections: rows of the Observation. clean: whose picture may vote; shown: whose
    picture shows mostly themselves, which is enough to compare appearance. margins: nats by which
    each match beats swapping with the best rival; rivals: their track, -1: nobody.
    """

    tracks: Ints
    detections: Ints
    clean: Mask
    shown: Mask
    margins: Doubles
    rivals: Ints

    def ambiguous(self, threshold_nats: float) -> Ints:
        """(n,) rows of the matches that a swap with a rival would nearly have beaten."""
        return np.flatnonzero((self.margins < threshold_nats) & (self.rivals >= 0))

    @classmethod
    def empty(cls) -> Trace:
        none, none_clean = np.zeros(0, np.int64), np.zeros(0, bool)
        return cls(none, none, none_clean, none_clean, np.zeros(0), none)


@dataclass(frozen=True, slots=True, eq=False)
class Tracklet:
    """frames: (n,) places in the list of frames; detections: (n,) rows of each Observation.

    clean: (n,) whose picture may vote. link: log-odds of being the same person as the tracklet of
    the track before it.
    """

    track: int
    frames: Ints
    detections: Ints
    clean: Mask
    link: float

    @property
    def first(self) -> int:
        return int(self.frames[0])

    @property
    def last(self) -> int:
        return int(self.frames[-1])
