"""The shirt numbers read on the tracks of a run, and what those of one track say together.

One reading is a picture: it may show half of 33, or a sponsor. What counts is what all readings of
a person say together, see `tracker.identity.number_evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tracker.identity.number_evidence import joined_nats, settled_number
from tracker.types import DIGITS, NO_NUMBER, Doubles, Floats, Index, Ints, Mask

LIKELY = 0.5
"""A less likely one is not shown as the number of anybody."""
TOP = 3
"""So many numbers are told of a track."""


@dataclass(frozen=True, slots=True)
class NumberChance:
    """A number, 0 to 99 or DOUBLE_ZERO, and how likely it is the one that is worn."""

    number: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class TrackNumbers:
    """Q pictures of shirts that a reader has looked at, ordered by track, then frame.

    rows: (Q,) of the RowArrays they were found in. tracks, frames: (Q,) as in tracks.csv. times_s:
    (Q,). boxes: (Q, 4) pixels. numbers, confidence: (Q,) and digits: (Q, 22) as in Readings.
    """

    rows: Ints
    tracks: Ints
    frames: Ints
    times_s: Doubles
    boxes: Doubles
    numbers: Ints
    confidence: Floats
    digits: Floats

    def __post_init__(self) -> None:
        shapes = {f.name: getattr(self, f.name).shape for f in fields(self)}
        count, wide = len(self.rows), {"boxes": 4, "digits": DIGITS}
        if any(s != ((count, wide[k]) if k in wide else (count,)) for k, s in shapes.items()):
            raise ValueError(f"TrackNumbers must have an entry a picture, got {shapes}")

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Index) -> TrackNumbers:
        """Those of an index or mask array."""
        return TrackNumbers(*(getattr(self, f.name)[which] for f in fields(self)))

    def of_track(self, track: int, first: int, last: int) -> TrackNumbers:
        """Those of a track in these frames, from 1, both ends included."""
        low, high = np.searchsorted(self.tracks, [track, track + 1]).tolist()
        begin, end = np.searchsorted(self.frames[low:high], [first, last + 1]).tolist()
        return self.take(np.arange(low + begin, low + max(begin, end)))

    @property
    def legible(self) -> Mask:
        """(Q,) in which a number was read."""
        return np.asarray(self.numbers != NO_NUMBER)

    def likeliest(self) -> tuple[NumberChance, ...]:
        """The numbers that all of them together speak for, the likeliest first, TOP at most; none
        where not one was legible. Before any reading all numbers are alike."""
        if not self.legible.any():
            return ()
        order = np.argsort(self.times_s, kind="stable")
        nats = joined_nats(self.digits[order], self.times_s[order])
        probability = np.exp(nats - nats.max())
        probability /= probability.sum()
        best = np.argsort(-probability, kind="stable")[:TOP].tolist()
        return tuple(NumberChance(number, float(probability[number])) for number in best)

    @property
    def likely(self) -> int:
        """The likeliest number, NO_NUMBER where it is not LIKELY."""
        best = self.likeliest()[:1]
        return best[0].number if best and best[0].probability >= LIKELY else NO_NUMBER

    @property
    def settled(self) -> int:
        """The number of which they leave no doubt, NO_NUMBER where there is none."""
        order = np.argsort(self.times_s, kind="stable")
        return settled_number(self.digits[order], self.times_s[order])

    def clearest(self, count: int) -> Ints:
        """(C,) places of the legible ones, `count` at most: those of the likeliest number first,
        and of those the surest."""
        best = self.likeliest()
        legible = np.flatnonzero(self.legible)
        if not best:
            return legible
        other = self.numbers[legible] != best[0].number
        return legible[np.lexsort((-self.confidence[legible], other))[:count]]
