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
from tracker.kits.facts import TEAM, KitFact, best_team, by_what, role_words, roles_of
from tracker.kits.kits import Kits
from tracker.kits.stated_kits import GOALKEEPER, REFEREE, StatedKit, stated_by_kit
from tracker.kits.track_colors import TrackColors
from tracker.kits.track_kits import TrackKits
from tracker.kits.words import kit_colors, kit_words
from tracker.log_odds import log_odds
from tracker.types import Doubles, Ints

_SURE = 1e-3  # nobody's name is surer


@dataclass(frozen=True, slots=True, eq=False)
class RunKits:
    """kits: that are worn. wearers: what the roster says of its players' teams. of_tracks: (T,
    K + 1) who wears which, by track id. stated: what its user has said of kits."""

    kits: Kits
    wearers: Wearers
    of_tracks: Doubles = field(default_factory=lambda: np.zeros((0, 1)))
    stated: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, colors: TrackColors, rules: RosterRules | None) -> RunKits | None:
        """None where nobody's colours are known, or the roster has no teams."""
        wearers = wearers_of(rules)
        kits = Kits.of(colors) if wearers is not None else None
        if kits is None or wearers is None:
            return None
        return cls(kits, wearers, kits.probabilities(colors.counts()))

    def with_stated(self, stated: Iterable[StatedKit]) -> RunKits:
        """With what its user has said, and nothing that was said before."""
        return replace(self, stated=stated_by_kit(stated, self.of_tracks))

    def nats(self, worn: Doubles, nats: Doubles, limit: float) -> Doubles:
        """(N, P + 1) what (N, K + 1) kits say of names, of tracks of which nats (N, P + 1) speak
        otherwise."""
        if limit == 0 or not len(worn):
            return np.zeros_like(nats)
        binding = bound(worn, nats, self.wearers, self.kits, self.stated)
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
    stated: Iterable[StatedKit] = (),
) -> TrackKits:
    """What files say of the kits of a run whose names are given."""
    kits = Kits.of(colors)
    if kits is None:
        return TrackKits.none()
    of_tracks = kits.probabilities(colors.counts())
    facts = _facts(kits, of_tracks, named.once(), rules, stated_by_kit(stated, of_tracks))
    return TrackKits.of(kits, colors, [fact.name for fact in facts], facts)


def _facts(
    kits: Kits,
    of_tracks: Doubles,
    named: NamedTracks,
    rules: RosterRules | None,
    stated: Mapping[int, str],
) -> list[KitFact]:
    """(K,) in order."""
    wearers = wearers_of(rules) or Wearers(np.zeros(0, np.int64), np.zeros(0, bool))
    worn, scores = of_tracks[named.tracks], dict[str, Doubles]()
    total = np.zeros((len(kits), wearers.teams))
    if wearers.teams:
        nats = np.zeros((len(worn), len(wearers.team) + 1))
        odds = log_odds(named.sure, _SURE) + np.log(len(wearers.team))
        nats[np.arange(len(nats)), named.players] = odds
        found = scores_of(worn, nats, wearers, kits)
        scores = {named.by: found["names"], "color": found["color"]}
        total = found["names"] + found["color"]
    binding = binding_of(total, wearers, kits, stated)
    roles = _roles(kits, worn, named, rules, stated)
    parts = [role if role in (GOALKEEPER, REFEREE) else "" for role in roles]
    names = called(kit_words(kits.counts), binding, wearers.names, parts)
    columns = zip(names, kit_colors(kits.counts), kit_colors(kits.counts, 1), roles, strict=True)
    best, sure = best_team(binding)
    facts = []
    for kit, (name, color, shorts, role) in enumerate(columns):
        team = wearers.names[best[kit]] if sure[kit] >= BOUND_AT else ""
        by = by_what(kit, int(best[kit]), scores, kit in stated) if team else ()
        by = by or (("answer",) if kit in stated else ())
        people = float(kits.at_once[kit])
        role = TEAM if team else role
        facts.append(KitFact(name, color, shorts, people, role, team, float(sure[kit]), by))
    return facts


def _roles(
    kits: Kits,
    worn: Doubles,
    named: NamedTracks,
    rules: RosterRules | None,
    stated: Mapping[int, str],
) -> list[str]:
    """(K,)"""
    known = [""] * len(kits)
    if rules is not None:
        masks = rules.goalkeeper[named.players], rules.referee[named.players]
        known = roles_of(worn, named.sure, *masks)
    return role_words(kits.teams, stated, known)
