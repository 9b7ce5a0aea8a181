"""What cards are dealt from: the boxes of a run, what they look like, numbers read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from tracker.boxes import heights
from tracker.review.card_embeddings import Embeddings, Numbers, as_few, clean, directions
from tracker.review.card_players import Bearing, bearing
from tracker.review.card_tracklets import Sightings, Tracklets, cut_tracklets, longest_tracks
from tracker.types import Doubles, Floats, Ints, Mask

SAME_PRIOR_NATS = 0.0
"""Of two tracklets about which nothing is known, that they are one person. This and the next two:
the best mean of 18 sets on three clips, true boxes and YOLO11n (`scripts/bench/review_cards.py
--leave-out`: set on the other clips, each clip still takes under two answers a player)."""
NAMED_PRIOR_NATS = 0.0
"""Of a tracklet and somebody who has a name."""
GOES_ON_NATS = 1.0
"""For the tracklet that goes on where another was cut; of those with YOLO11n's boxes .85 are of the
same person, on each of the three clips."""
MOST_TRACKLETS = 6000
"""Put together at once: longer stretches of tracks are taken where there would be more."""


@dataclass(frozen=True, slots=True)
class CardPriors:
    """Log-odds that hold before anything is looked at; see the constants."""

    same: float = SAME_PRIOR_NATS
    named: float = NAMED_PRIOR_NATS
    goes_on: float = GOES_ON_NATS


@dataclass(frozen=True, eq=False)
class CardCase:
    """What cards are dealt from. embeddings, numbers: of sightings; may be of none."""

    seen: Sightings
    embeddings: Embeddings
    numbers: Numbers | None = None
    priors: CardPriors = field(default_factory=CardPriors)

    @classmethod
    def of(
        cls, seen: Sightings, embeddings: Embeddings, numbers: Numbers | None = None
    ) -> CardCase:
        """Without the shortest tracks, where a run has more than can be put together."""
        kept = longest_tracks(seen, MOST_TRACKLETS)
        if kept.all():
            return cls(seen, embeddings, numbers)
        row = np.cumsum(kept) - 1
        seen = replace(
            seen, frames=seen.frames[kept], tracks=seen.tracks[kept], boxes=seen.boxes[kept]
        )
        mine = kept[embeddings.rows]
        embeddings = Embeddings(row[embeddings.rows[mine]], embeddings.vectors[mine])
        if numbers is not None:
            mine = kept[numbers.rows]
            numbers = Numbers(
                row[numbers.rows[mine]], numbers.numbers[mine], numbers.confidence[mine]
            )
        return cls(seen, embeddings, numbers)

    @cached_property
    def tracklets(self) -> Tracklets:
        return as_few(cut_tracklets(self.seen), self.embeddings, MOST_TRACKLETS)

    @cached_property
    def good(self) -> Embeddings:
        """Those of clean pictures."""
        return clean(self.embeddings, self.tracklets)

    @cached_property
    def by_tracks(self) -> tuple[Floats, Ints]:
        """`directions` of the tracklets, as long as a track is taken for one person."""
        return directions(self.good, self.tracklets, self.tracklets.tracks)

    @cached_property
    def stands(self) -> Bearing:
        return bearing(self.seen, self.tracklets)

    @cached_property
    def at_once(self) -> Mask:
        """(T, T) which tracklets are seen at one time, so that they are two people."""
        firsts, lasts = self.tracklets.firsts, self.tracklets.lasts
        return np.asarray((firsts[:, None] <= lasts) & (firsts <= lasts[:, None]))

    @cached_property
    def sharpest(self) -> Ints:
        """(T,) the sighting that shows each tracklet best: uncovered, large, described."""
        score = heights(self.seen.boxes) * np.clip(1 - self.tracklets.covered, 0, None) ** 2
        described = np.zeros(len(self.seen))
        described[self.embeddings.rows] = 1
        order = np.lexsort((score + described * score, self.tracklets.of))
        last = np.searchsorted(self.tracklets.of[order], np.arange(len(self.tracklets)), "right")
        return np.asarray(order[last - 1])

    @cached_property
    def seconds(self) -> Doubles:
        """(T,) for how long each is seen."""
        return np.asarray(self.tracklets.counts / self.seen.fps)
