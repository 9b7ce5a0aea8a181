"""Who is in view at all: how many of the players, and how many people the gallery does not know.

Both are inferred from the video itself. A match of ten players who are all in the gallery has
nobody else in it, and the track for which everybody else's whereabouts leave one name is that
player; beside a bench and a crowd it may be anybody. In the words of multi-target filters (JIPDA,
Musicki and Evans 2004; Williams and Lau 2014) a track is player k against unknown by

    q p(x | k) / ((1 - q) u p(x | unknown)),

with q the chance that a player is in view and u the expected number of unknown people in view.
Of the 1 - q only the root is taken: a player may be in view and look like nobody of the gallery,
and then the whole of it would give their name to the next stranger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles

IN_VIEW = 0.75
"""Chance that a player of the gallery is in view, before anything is seen."""
_MIN_UNKNOWN = 0.25  # people: a referee may always come
_IN_VIEW_RANGE = 0.2, 0.95
_MISSED = 0.5
"""Power of 1 - q.

Name-F1 offline with 0, .5 and 1 of it, half of a lesson believed (`lessons`): soccer, second half,
3 pictures, true boxes .954, .954, .904, YOLOX .940, .940, .890; volleyball with YOLO11n .757, .766,
.766; soccer after a third, YOLOX .907, .895, .895. A soccer clip joined to a later moment by a cut:
.5 and 1 give .699 and .726, precision .874 and .799.
"""
_WORTH = 0.25  # share of the video that the expectation before it is worth


@dataclass(frozen=True, slots=True)
class Presence:
    """in_view: chance that a player is in view. unknown: expected number of others in view."""

    in_view: float
    unknown: float

    @classmethod
    def expected(cls, players: int, unknown_share: float) -> Presence:
        """Before anything is seen. unknown_share: of all people in view."""
        known = IN_VIEW * max(players, 1)
        return cls(IN_VIEW, known * unknown_share / (1 - unknown_share))

    def prior(self, players: int) -> Doubles:
        """(P + 1,) log-probabilities of who one track is, the last of unknown."""
        weight = np.append(np.full(players, self.in_view), self.unknown)
        return np.asarray(np.log(weight / weight.sum()))

    @property
    def missing_nats(self) -> float:
        """What a name is worth more than by the prior because its player would else be missing."""
        return float(-_MISSED * np.log1p(-self.in_view))

    def after(self, known: float, unknown: float, players: int) -> Presence:
        """This as the expectation, and the mean numbers of players and of others found in view."""
        low, high = _IN_VIEW_RANGE
        share = (known / max(players, 1) + _WORTH * self.in_view) / (1 + _WORTH)
        others = (unknown + _WORTH * self.unknown) / (1 + _WORTH)
        return Presence(float(np.clip(share, low, high)), max(others, _MIN_UNKNOWN))
