"""The kits of a run beside its roster: whose they are, and what they say of names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tracker.identity.roster_rules import RosterRules
from tracker.kits.binding import (
    BOUND_AT,
    Wearers,
    binding_of,
    bound,
    called,
    kit_nats,
    scores_of,
)
from tracker.kits.facts import KitFact, best_team, by_what, role_words, roles_of
from tracker.kits.kits import Kits
from tracker.kits.told import OTHER, PARTS_SAID, ToldKit, told_of_kits
from tracker.kits.track_colors import TrackColors
from tracker.kits.track_kits import TrackKits
from tracker.kits.words import kit_colors, kit_words
from tracker.log_odds import log_odds
from tracker.types import Doubles, Ints

_SURE = 1e-3  # nobody's name is surer


@dataclass(frozen=True, slots=True, eq=False)
class RunKits:
    """kits: that are worn. wearers: what the roster says of its players' teams. of_tracks: (T,
    K + 1) who wears which, by track id. told: what its user has said of kits."""

    kits: Kits
    wearers: Wearers
    of_tracks: Doubles = field(default_factory=lambda: np.zeros((0, 1)))
    told: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, colors: TrackColors, rules: RosterRules | None) -> RunKits | None:
        """None where nobody's colours are known, or the roster has no teams."""
        wearers = wearers_of(rules)
        kits = Kits.of(colors) if wearers is not None else None
        if kits is None or wearers is None:
            return None
        return cls(kits, wearers, kits.probabilities(colors.counts()))

    def said(self, told: Iterable[ToldKit]) -> RunKits:
        """With what its user has said, and nothing that was said before."""
        return replace(self, told=told_of_kits(told, self.of_tracks))

    def nats(self, worn: Doubles, nats: Doubles, limit: float) -> Doubles:
        """(N, P + 1) what (N, K + 1) kits say of names, of tracks of which nats (N, P + 1) speak
        otherwise."""
        if limit == 0 or not len(worn):
            return np.zeros_like(nats)
        binding = bound(worn, nats, self.wearers, self.kits, self.told)
        return kit_nats(worn, binding, self.wearers, self.kits, limit)


def wearers_of(rules: RosterRules | None) -> Wearers | None:
    """None where the roster has no teams."""
    if rules is None or rules.team.max(initial=-1) < 0:
        return None
    return Wearers(rules.team, rules.goalkeeper, rules.colors, rules.teams)


@dataclass(frozen=True, slots=True, eq=False)
class NamedTracks:
    """Who is called what in files. tracks, players, sure: (N,) of all rows with a name: track id,
    player, confidence. by: what gives names, `names` or `numbers` alone."""

    tracks: Ints
    players: Ints
    sure: Doubles
    by: str = "names"

    def once(self) -> NamedTracks:
        """Each track once with each of its names, which says what its likeliest row does."""
        both = np.column_stack([self.tracks, self.players])
        pairs, place = np.unique(both, axis=0, return_inverse=True)
        best = np.zeros(len(pairs))
        np.maximum.at(best, place.ravel(), self.sure)
        return NamedTracks(pairs[:, 0], pairs[:, 1], best, self.by)


def kits_of_names(
    colors: TrackColors,
    named: NamedTracks,
    rules: RosterRules | None,
    told: Iterable[ToldKit] = (),
) -> TrackKits:
    """What files say of the kits of a run whose names are given."""
    kits = Kits.of(colors)
    if kits is None:
        return TrackKits.none()
    named, of_tracks = named.once(), kits.probabilities(colors.counts())
    worn, said = of_tracks[named.tracks], told_of_kits(told, of_tracks)
    wearers = wearers_of(rules) or Wearers(np.zeros(0, np.int64), np.zeros(0, bool))
    nats = np.zeros((len(worn), len(wearers.team) + 1))
    if wearers.teams:
        odds = log_odds(named.sure, _SURE) + np.log(len(wearers.team))
        nats[np.arange(len(nats)), named.players] = odds
    scores = scores_of(worn, nats, wearers, kits) if wearers.teams else {}
    binding = binding_of(
        sum(scores.values(), np.zeros((len(kits), wearers.teams))), wearers, kits, said
    )
    roles = [""] * len(kits)
    if rules is not None:
        players = named.players
        roles = roles_of(worn, named.sure, rules.goalkeeper[players], rules.referee[players])
    words = role_words(kits.teams, said, roles)
    parts = [word if word in PARTS_SAID and word != OTHER else "" for word in words]
    names = called(kit_words(kits.counts), binding, wearers.names, parts)
    best, sure = best_team(binding)
    scores = {named.by if kind == "names" else kind: found for kind, found in scores.items()}
    facts = [
        KitFact(
            name, color, float(people), word,
            wearers.names[best[k]] if sure[k] >= BOUND_AT else "", float(sure[k]),
            by_what(k, int(best[k]), scores, k in said) if sure[k] >= BOUND_AT else
            (("answer",) if k in said else ()),
        )
        for k, (name, color, people, word) in enumerate(
            zip(names, kit_colors(kits.counts), kits.at_once, words, strict=True)
        )
    ]  # fmt: skip
    return TrackKits.of(kits, colors, names, facts)
