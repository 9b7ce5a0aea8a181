"""The kits of a run beside its roster: whose they are, and what they say of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.roster_rules import RosterRules
from tracker.kits.binding import Wearers, bound, called, kit_nats
from tracker.kits.kits import Kits
from tracker.kits.track_colors import TrackColors
from tracker.kits.track_kits import TrackKits
from tracker.kits.words import kit_words
from tracker.log_odds import log_odds
from tracker.types import Doubles, Ints

_SURE = 1e-3  # nobody's name is surer


@dataclass(frozen=True, slots=True, eq=False)
class RunKits:
    """kits: that are worn. wearers: what the roster says of its players' teams."""

    kits: Kits
    wearers: Wearers

    @classmethod
    def of(cls, colors: TrackColors, rules: RosterRules | None) -> RunKits | None:
        """None where nobody's colours are known, or the roster has no teams."""
        wearers = wearers_of(rules)
        kits = Kits.of(colors) if wearers is not None else None
        return None if kits is None or wearers is None else cls(kits, wearers)

    def nats(self, worn: Doubles, nats: Doubles, limit: float) -> Doubles:
        """(N, P + 1) what (N, K + 1) kits say of names, of tracks of which nats (N, P + 1) speak
        otherwise."""
        if limit == 0 or not len(worn):
            return np.zeros_like(nats)
        binding = bound(worn, nats, self.wearers, self.kits)
        return kit_nats(worn, binding, self.wearers, self.kits, limit)


def wearers_of(rules: RosterRules | None) -> Wearers | None:
    """None where the roster has no teams."""
    if rules is None or rules.team.max(initial=-1) < 0:
        return None
    return Wearers(rules.team, rules.goalkeeper, rules.colors)


def kits_of_names(
    colors: TrackColors, tracks: Ints, players: Ints, sure: Doubles, rules: RosterRules | None
) -> TrackKits:
    """What files say of the kits of a run whose names are given.

    tracks, players, sure: (N,) of all rows with a name: track id, player, confidence.
    """
    kits = Kits.of(colors)
    if kits is None:
        return TrackKits.none()
    words, wearers = kit_words(kits.counts), wearers_of(rules)
    if wearers is None or rules is None:
        return TrackKits.of(kits, colors, words)
    # each track once with each of its names, which says what its likeliest row does
    pairs, place = np.unique(np.column_stack([tracks, players]), axis=0, return_inverse=True)
    best = np.zeros(len(pairs))
    np.maximum.at(best, place.ravel(), sure)
    nats = np.zeros((len(pairs), len(wearers.team) + 1))
    nats[np.arange(len(pairs)), pairs[:, 1]] = log_odds(best, _SURE) + np.log(len(wearers.team))
    worn = kits.probabilities(colors.counts()[pairs[:, 0]])
    return TrackKits.of(kits, colors, _called(words, worn, nats, wearers, kits, rules.teams))


def _called(
    words: list[str], worn: Doubles, nats: Doubles, wearers: Wearers, kits: Kits,
    teams: Sequence[str],
) -> list[str]:  # fmt: skip
    return called(words, bound(worn, nats, wearers, kits), list(teams))
