"""What the roster says of a match, as arrays: teams and how many play at once, who is on when.

All of it is soft, its worths are in nats, because a roster may be wrong; that a player is in one
place at a time is no rule of the roster and always holds. With nothing to say there are no
`RosterRules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gallery.shirt_numbers import LARGEST, number_meant
from tracker.settings import RosterSettings
from tracker.types import DOUBLE_ZERO, NO_NUMBER, Doubles, Ints, Mask

NO_TEAM = -1
_REFEREES = ("referee", "referees", "official", "umpire")
_GOALKEEPERS = ("goalkeeper", "goalkeepers", "goalie", "keeper", "gk")
_INSTANT_S = 1e-3  # a tracklet seen in one frame only has some length too


@dataclass(frozen=True, slots=True, eq=False)
class Quota:
    """Of the players `members` (P,) bool at most `most` are on the field at once."""

    members: Mask
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class RosterRules:
    """team: (P,) index or NO_TEAM. goalkeeper: (P,) bool. number: (P,) on the shirt, or NO_NUMBER.

    on_s, off_s: (P,) when they come on and go off, seconds of the video; infinite: all along.
    settings: the limits and what a breach of them costs. teams: their names, by number. colors: of
    the shirts of each team, #rrggbb, as most of its players but the goalkeepers have them. referee:
    (P,) bool, none where that is not said.
    quotas: the limits that can be broken at all.
    """

    team: Ints
    goalkeeper: Mask
    number: Ints
    on_s: Doubles
    off_s: Doubles
    settings: RosterSettings
    teams: tuple[str, ...] = ()
    colors: tuple[tuple[str, ...], ...] = ()
    referee: Mask = field(default_factory=lambda: np.zeros(0, bool))
    quotas: tuple[Quota, ...] = field(init=False)

    def __post_init__(self) -> None:
        columns = (self.goalkeeper, self.number, self.on_s, self.off_s)
        if self.team.ndim != 1 or any(c.shape != self.team.shape for c in columns):
            shapes = [c.shape for c in (self.team, *columns)]
            raise ValueError(f"Rules must have one entry per player, got {shapes}")
        if not len(self.referee):
            object.__setattr__(self, "referee", np.zeros(len(self.team), bool))
        object.__setattr__(self, "quotas", tuple(self._quotas()))

    @classmethod
    def of(
        cls,
        teams: Sequence[str | None],
        roles: Sequence[str | None],
        numbers: Sequence[str | None],
        times_s: Sequence[tuple[float | None, float | None]],
        settings: RosterSettings,
        colors: Sequence[tuple[str, ...]] = (),
    ) -> RosterRules | None:
        """From what a roster says of each player; None where it says nothing that matters.

        A referee belongs to no team and is not counted, nor is a player whose team is not known.
        """
        role = [_plain(r) for r in roles]
        sides = sides_of(teams, roles)
        known = sorted({t for t in sides if t})
        on_s = [-np.inf if on is None else on for on, _ in times_s]
        off_s = [np.inf if off is None else off for _, off in times_s]
        rules = cls(
            team=np.array([known.index(t) if t else NO_TEAM for t in sides], np.int64),
            goalkeeper=np.array([r in _GOALKEEPERS for r in role], bool),
            number=np.array([number_of(n) for n in numbers], np.int64),
            on_s=np.array(on_s, np.float64),
            off_s=np.array(off_s, np.float64),
            settings=settings,
            teams=tuple(known),
            colors=tuple(_color_of(team, sides, role, colors) for team in known),
            referee=np.array([r in _REFEREES for r in role], bool),
        )
        speaks = rules.quotas or rules.timed or rules.numbered or known
        return rules if speaks else None

    def _quotas(self) -> list[Quota]:
        found = []
        for team in np.unique(self.team[self.team != NO_TEAM]):
            side, settings = self.team == team, self.settings
            found.append(Quota(side, settings.field_max))
            found.append(Quota(side & self.goalkeeper, settings.goalkeepers_max))
        return [q for q in found if 0 < q.most < q.members.sum()]

    @property
    def timed(self) -> bool:
        """Somebody is not there all along."""
        return bool((np.isfinite(self.on_s) | np.isfinite(self.off_s)).any())

    @property
    def numbered(self) -> bool:
        """Somebody's shirt number is known."""
        return bool((self.number != NO_NUMBER).any())

    def at(self, log: Doubles, time_s: float) -> Doubles:
        """(T, P + 1) log-probabilities of names, given who should be on the field now."""
        away = (time_s < self.on_s) | (time_s > self.off_s)
        if not away.any():
            return log
        shifted = log - self.settings.away_nats * np.append(away, False)
        return np.asarray(shifted - np.logaddexp.reduce(shifted, axis=1)[:, None])

    def interval_log_prior(self, first_s: Doubles, last_s: Doubles) -> Doubles:
        """(N, P + 1) nats for each name of tracklets seen from first_s to last_s, (N,) each.

        A tracklet that lies partly in a player's time costs the share that lies outside it.
        """
        begin, end = first_s[:, None], np.maximum(last_s, first_s + _INSTANT_S)[:, None]
        inside = np.minimum(end, self.off_s) - np.maximum(begin, self.on_s)
        share = 1 - np.clip(inside / (end - begin), 0, 1)
        unknown = np.zeros((len(first_s), 1))
        return np.concatenate([-self.settings.away_nats * share, unknown], axis=1)

    def kept(self, strength: Doubles, players: Ints) -> Mask:
        """(C,) bool: which claims to a name stand, of (C,) players, each named once.

        strength: (C,) nats by which each claim is surer than it needs to be. Where a quota is
        exceeded the weakest claims are given up, if they are weaker than `excess_nats`.
        """
        stands = np.ones(len(players), bool)
        for quota in self.quotas:
            mine = np.flatnonzero(stands & quota.members[players])
            excess = len(mine) - quota.most
            if excess > 0:
                weakest = mine[np.argsort(strength[mine], kind="stable")[:excess]]
                stands[weakest[strength[weakest] < self.settings.excess_nats]] = False
        return stands

    def allows(self, player: int, time_s: float, others: Ints) -> bool:
        """Whether a name breaks no rule at this time, beside the players `others` (UNKNOWN too).

        Asked where there is no new evidence: when a name is written back.
        """
        if not self.on_s[player] <= time_s <= self.off_s[player]:
            return False
        there = others[others >= 0]
        return all(not q.members[player] or q.members[there].sum() < q.most for q in self.quotas)


def _color_of(
    team: str, sides: Sequence[str | None], roles: Sequence[str], colors: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    """What most of a team's players wear who are no goalkeepers; nothing where that is not said."""
    players = zip(sides, roles, colors, strict=False)
    worn = [color for t, r, color in players if t == team and color and r not in _GOALKEEPERS]
    return max(sorted(set(worn)), key=worn.count, default=())


def sides_of(teams: Iterable[str | None], roles: Iterable[str | None]) -> list[str | None]:
    """The team of each player; a referee belongs to none."""
    return [
        None if _plain(role) in _REFEREES else team for team, role in zip(teams, roles, strict=True)
    ]


def _plain(role: str | None) -> str:
    return (role or "").strip().lower()


def number_of(text: str | None) -> int:
    """A shirt number as a roster has it, 07 is 7 and 00 DOUBLE_ZERO; NO_NUMBER where it is none."""
    meant = number_meant(text or "")
    if meant == "00":
        return DOUBLE_ZERO
    return int(meant) if meant and int(meant) <= LARGEST else NO_NUMBER
