"""What colours the people of tracks wear, added up over their boxes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from tracker.types import COLORS_WIDTH, Doubles, Floats, Ints

PARTS = 2
"""Shirt and shorts: half of what describes somebody's colours each."""
SPAN_S = 0.5
_COUNTS = 80.0
"""A track tells as much as so many pixels drawn at random. Set with `_HALF` on the tracks of soccer
SNMOT-116, basketball and volleyball: 60 to 80 find the kits that are worn, 2, 4 and 4."""
_HALF = 4.0  # sum of a part's shares over boxes, at which half of them are counted
_SHARES = np.array([0.55, 0.45])  # of them, for shirt and shorts


def colour_counts(sums: Doubles) -> Doubles:
    """(..., WIDTH) sums of colours over boxes, as (..., PARTS, COLORS) counts of a multinomial.

    Boxes of one person err alike: many count as `_COUNTS` pixels at most. What is added up are the
    rounds of `encode.every_s`: between them, in a crowd, a look is the one before once more.
    """
    parts = sums.reshape(*sums.shape[:-1], PARTS, COLORS_WIDTH // PARTS)
    mass = parts.sum(axis=-1, keepdims=True)
    return np.asarray(parts * (_COUNTS * _SHARES[:, None] / (mass + _HALF)))


def span_of(time_s: float) -> int:
    """The number of the span that a time lies in."""
    return math.floor(time_s / SPAN_S)


@dataclass(slots=True, eq=False)
class TrackColors:
    """Adds up the colours of each track, and in how many frames it was seen.

    sums: (T, WIDTH) by track id. frames: (T,). looked: frames with somebody in them. spans: sums of
    `SPAN_S` seconds each, by track id and number of the span: a track may go over to somebody else.
    """

    sums: Doubles = field(default_factory=lambda: np.zeros((0, COLORS_WIDTH)))
    frames: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    looked: int = 0
    spans: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def add(self, tracks: Ints, detections: Ints, colors: Floats | None, time_s: float) -> None:
        """One frame: (M,) tracks have these (M,) detections. colors: as in the Observation."""
        if not len(tracks):
            return
        missing = int(tracks.max()) + 1 - len(self.frames)
        if missing > 0:
            room = max(missing, len(self.frames))
            self.sums = np.pad(self.sums, ((0, room), (0, 0)))
            self.frames = np.pad(self.frames, (0, room))
        self.looked += 1
        self.frames[tracks] += 1
        if colors is None:
            return
        self.sums[tracks] += colors[detections]  # no track is seen twice in a frame
        span = span_of(time_s)
        for track, row in zip(tracks.tolist(), colors[detections], strict=True):
            held = self.spans.get((track, span))
            self.spans[track, span] = row if held is None else held + row

    def again(self, matches: Iterable[tuple[Ints, Ints, Floats | None, float]]) -> TrackColors:
        """When it is known better which boxes are whose: what `add` takes, of all frames."""
        fresh = replace(self, sums=self.sums[:0], frames=self.frames[:0], looked=0, spans={})
        for match in matches:
            fresh.add(*match)
        return fresh

    def at_once(self, count: int) -> Doubles:
        """(count,) in what share of the frames each track is seen."""
        found = np.zeros(count)
        found[: len(self.frames)] = self.frames[:count] / max(self.looked, 1)
        return found

    @property
    def known(self) -> bool:
        """Whether anybody's colours were seen."""
        return bool(self.sums.any())

    def counts(self) -> Doubles:
        """(T, PARTS, COLORS), see `colour_counts`."""
        return colour_counts(self.sums)

    def spanned(self) -> tuple[Ints, Doubles]:
        """(W, 2) track and span of each of W spans, in order, and (W, PARTS, COLORS) counts."""
        keys = sorted(self.spans)
        sums = np.array([self.spans[key] for key in keys], np.float64)
        return np.array(keys, np.int64).reshape(-1, 2), colour_counts(
            sums.reshape(-1, COLORS_WIDTH)
        )
