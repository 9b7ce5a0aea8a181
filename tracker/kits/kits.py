"""The kits of a match, and who wears which, softly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.kits.clusters import clusters_of, log_evidence, predictive, prior_of
from tracker.kits.over_time import smoothed
from tracker.kits.track_colors import TrackColors
from tracker.types import Doubles, Ints, Mask

NO_KIT = -1
_TRACKS_MAX = 120  # that kits are looked for in, those that were seen best
_SEEN_MIN = 3.0  # counts; of whom less is seen, nothing is said
TEAM_MIN = 1.5  # people at once, of a team
_NONE = 0.02  # share of people who wear none of the kits
_TEMPER = 0.5
"""Colours are no independent draws: nats count this much (docs/roster.md: how right that is)."""


@dataclass(frozen=True, slots=True, eq=False)
class Kits:
    """K kits, those of most people first.

    counts: (K, PARTS, COLORS) of all who wear them. prior: as `clusters.prior_of`. at_once: (K,) of
    how many people a frame shows them on average.
    """

    counts: Doubles
    prior: Doubles
    at_once: Doubles

    def __post_init__(self) -> None:
        if self.counts.shape[1:] != self.prior.shape or len(self.at_once) != len(self.counts):
            shapes = self.counts.shape, self.prior.shape, self.at_once.shape
            raise ValueError(f"Kits must be of one number and width, got {shapes}")

    def __len__(self) -> int:
        return len(self.counts)

    @classmethod
    def of(cls, colors: TrackColors) -> Kits | None:
        """Of all tracks so far; None where nobody's colours are known."""
        counts = colors.counts()
        weight = counts.sum(axis=(1, 2))
        order = np.argsort(-weight, kind="stable")[:_TRACKS_MAX]
        best = np.sort(order[weight[order] >= _SEEN_MIN])
        if not len(best):
            return None
        prior = prior_of(counts[best])
        kit = clusters_of(counts[best], prior)
        held = np.array([counts[best[kit == k]].sum(axis=0) for k in range(kit.max() + 1)])
        people = np.bincount(kit, colors.frames[best]) / max(colors.looked, 1)
        most = np.lexsort((held[:, 0].argmax(axis=1), -people))  # the order of tracks never matters
        return cls(held[most], prior, people[most])

    def probabilities(self, counts: Doubles) -> Doubles:
        """(N, K + 1) who wears which, given (N, PARTS, COLORS) of their colours; the last: none of
        them. A row of zeros where nothing was seen."""
        log = self._nats(counts) + np.log(self._share)
        log -= np.logaddexp.reduce(log, axis=1, keepdims=True)
        seen = counts.sum(axis=(1, 2)) >= _SEEN_MIN
        return np.asarray(np.exp(log) * seen[:, None])

    def over_time(self, places: Ints, counts: Doubles) -> Doubles:
        """(W, K + 1) the same of spans of tracks, each given those before and behind it. places:
        (W, 2) track and number of the span, in order."""
        return smoothed(self._nats(counts), places, self._share)

    def _nats(self, counts: Doubles) -> Doubles:
        """(N, K + 1)"""
        return _TEMPER * np.column_stack(
            [predictive(counts, self.counts, self.prior), log_evidence(counts, self.prior)]
        )

    @property
    def _share(self) -> Doubles:
        """(K + 1,) of people, and of those who wear none of the kits."""
        share = np.append((1 - _NONE) * self.at_once / max(self.at_once.sum(), 1e-9) + 1e-6, _NONE)
        return np.asarray(share / share.sum())

    @property
    def teams(self) -> Mask:
        """(K,) which are worn by teams: the two of most people, if they are worn by several."""
        return (np.arange(len(self)) < 2) & (self.at_once >= TEAM_MIN)


def likeliest(probabilities: Doubles) -> tuple[Ints, Doubles]:
    """(N,) kit and its probability, NO_KIT and 0 where it is none, or not known.

    probabilities: (N, K + 1)."""
    best = probabilities.argmax(axis=1)
    sure = probabilities[np.arange(len(best)), best]
    wears = (best < probabilities.shape[1] - 1) & (sure > 0)
    return np.where(wears, best, NO_KIT), np.where(wears, sure, 0.0)
