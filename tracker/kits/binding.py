"""Whose kit is whose: teams of the roster bound to the kits that are seen, softly.

What else speaks for the name of somebody (pictures, shirt numbers, anchors) speaks for a team, and
who wears a kit is mostly of one. The two kits of most people are the teams', not both of one team;
of the others, goalkeepers' and referees', anything may be true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from tracker.kits.kits import Kits
from tracker.kits.stated_colors import color_weights, stated_nats
from tracker.log_odds import probabilities
from tracker.types import Doubles, Ints, Mask

_TRACK_NATS = 3.0  # what one track says of a team, at most; its evidence errs as a whole
_MAIN_NOBODYS, _MAIN_ALIKE = 0.04, 0.02
"""Prior chance that a kit of most people is no team's of the roster, and both are one team's: where
one of two teams is sure, the other is bound too."""
_OTHER_NOBODYS = 0.6
BOUND_AT = 0.9  # a kit is called by its team from here
_STATED_NATS = 20.0  # of what a user has said of a kit
_NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Wearers:
    """Who of P players wears what, as far as the roster knows. team: (P,) number of T teams, below
    0 where it says none. own_kit: (P,) who wears another kit than their team: goalkeepers. colors:
    (T,) of shirts as the roster states them, #rrggbb; empty where it states none. names: (T,) of
    the teams."""

    team: Ints
    own_kit: Mask
    colors: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()

    @property
    def teams(self) -> int:
        return int(self.team.max(initial=-1)) + 1


def scores_of(worn: Doubles, nats: Doubles, wearers: Wearers, kits: Kits) -> dict[str, Doubles]:
    """(K, T) nats for each team in each kit, by the names of who wears it and by stated colors.

    worn: (N, K + 1) as `Kits.probabilities`, of tracks of which nats: (N, P + 1) speak otherwise.
    """
    names, colors = np.zeros((2, len(kits), wearers.teams))
    if len(nats):
        votes = np.clip(_of_teams(nats, wearers), -_TRACK_NATS, _TRACK_NATS)
        names = worn[:, : len(kits)].T @ votes
    if any(wearers.colors):
        colors = stated_nats(kits.counts, color_weights(wearers.colors))
    return {"names": names, "color": colors}


def bound(
    worn: Doubles, nats: Doubles, wearers: Wearers, kits: Kits, stated: Mapping[int, str] = _NOTHING
) -> Doubles:
    """(K, T + 1) how likely each kit is worn by each team, and by nobody of them; rows sum to 1.

    worn, nats: as in `scores_of`. stated: as `stated_by_kit`.
    """
    scores = scores_of(worn, nats, wearers, kits)
    return binding_of(scores["names"] + scores["color"], wearers, kits, stated)


def binding_of(
    nats: Doubles, wearers: Wearers, kits: Kits, stated: Mapping[int, str] = _NOTHING
) -> Doubles:
    """(K, T + 1), see `bound`, of (K, T) nats for each team in each kit."""
    scores = np.column_stack([nats, np.zeros(len(kits))])
    for kit, wears in stated.items():
        place = wearers.names.index(wears) if wears in wearers.names else wearers.teams
        scores[kit, place] += _STATED_NATS
    teams, main = wearers.teams, np.flatnonzero(kits.teams)
    prior = np.full(teams + 1, np.log((1 - _OTHER_NOBODYS) / max(teams, 1)))
    prior[-1] = np.log(_OTHER_NOBODYS)
    log = scores + prior
    if len(main):
        log[main] = scores[main]
        log[main, :-1] += np.log((1 - _MAIN_NOBODYS) / max(teams, 1))
        log[main, -1] += np.log(_MAIN_NOBODYS)
    if len(main) == 2 and teams:
        together = log[main[0]][:, None] + log[main[1]][None]
        together[np.arange(teams), np.arange(teams)] += np.log(_MAIN_ALIKE)
        log[main[0]] = np.logaddexp.reduce(together, axis=1)
        log[main[1]] = np.logaddexp.reduce(together, axis=0)
    return np.asarray(np.exp(log - np.logaddexp.reduce(log, axis=1, keepdims=True)))


def _of_teams(nats: Doubles, wearers: Wearers) -> Doubles:
    """(N, T) nats for somebody of each team, whoever it is, against any of all teams.

    Of people of whom it is likelier that they are no player there is the less to say: the roster
    leaves out players of both teams.
    """
    found = np.full((len(nats), wearers.teams), -np.inf)
    for team in range(wearers.teams):
        players = np.flatnonzero((wearers.team == team) & ~wearers.own_kit)
        if len(players):
            total = np.logaddexp.reduce(nats[:, players], axis=1)
            found[:, team] = total - np.log(len(players))
    anybody = np.logaddexp.reduce(found, axis=1) - np.log(max(np.isfinite(found[0]).sum(), 1))
    known = probabilities(nats[:, :-1].max(axis=1) - nats[:, -1])
    return np.asarray((found - anybody[:, None]) * known[:, None])


def kit_nats(
    worn: Doubles, binding: Doubles, wearers: Wearers, kits: Kits, limit: float
) -> Doubles:
    """(N, P + 1) nats against each name by what a track wears, `limit` at most; 0 for unknown, for
    players without a team, and where nothing was seen.

    The likelihood of the kit for a player of a team, against its share of all people, where it is
    less. That somebody wears a team's kit speaks for none of its players: those whom the roster
    leaves out wear it too.
    """
    found = np.zeros((len(worn), len(wearers.team) + 1))
    share = kits.at_once / max(kits.at_once.sum(), 1e-9)
    seen = np.asarray(worn.any(axis=1))
    for team in range(wearers.teams):
        ours = binding[:, team]
        usual = np.flatnonzero((wearers.team == team) & ~wearers.own_kit)
        found[:, usual] = _ratio(worn, ours, share, limit)[:, None]
        other = np.flatnonzero((wearers.team == team) & wearers.own_kit)
        found[:, other] = _ratio(worn, (~kits.teams).astype(float), share, limit)[:, None]
    return np.asarray(found * seen[:, None])


def _ratio(worn: Doubles, theirs: Doubles, share: Doubles, limit: float) -> Doubles:
    """(N,) nats. theirs: (K,) how likely each kit is one of these people's."""
    usual = float(share @ theirs)
    if usual <= 0.02:  # none that is seen
        return np.zeros(len(worn))
    odds = (worn[:, :-1] @ theirs + worn[:, -1] * usual) / usual
    return np.asarray(np.clip(np.log(np.maximum(odds, 1e-9)), -limit, 0.0))


def called(
    words: Sequence[str], binding: Doubles, teams: Sequence[str], parts: Sequence[str] = ()
) -> list[str]:
    """(K,) names of kits, no two alike: that of the team that wears it, or the part in the match of
    those who do, with its colour if another is called so too; else the colour.

    binding: (K, T + 1). parts: (K,) such as `referee`, "" where it is not known.
    """
    best = binding.argmax(axis=1)
    parts = parts or [""] * len(words)
    sure = np.asarray((best < len(teams)) & (binding.max(axis=1) >= BOUND_AT))
    names: list[str] = [""] * len(words)
    for kit in [*np.flatnonzero(sure).tolist(), *np.flatnonzero(~sure).tolist()]:
        team = teams[best[kit]] if sure[kit] else parts[kit] or words[kit]
        options = (
            team,
            f"{team} ({words[kit]})",
            *(f"{team} {n}" for n in range(2, len(words) + 3)),
        )
        names[kit] = next(name for name in options if name not in names)
    return names
