"""What files say of each kit: whose it is, by what, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tracker.kits.stated_kits import GOALKEEPER, OTHER, REFEREE
from tracker.types import Doubles, Ints, Mask

TEAM = "team"
_ROLE_AT = 0.9  # share of those who wear a kit, and how much of somebody there is
_COUNTS = 0.5  # nats; less says nothing of whose a kit is


@dataclass(frozen=True, slots=True)
class KitFact:
    """name: as in the column `kit`. color, shorts: #rrggbb. at_once: people who wear it in a
    frame on average. role: `team` of the two kits of most people, else `goalkeeper`, `referee` or
    `other`. team: whose it is, "" where that is not sure; probability: of the likeliest team. by:
    what binds them: `answer`, `names`, `numbers`, `color`, `the other kit`."""

    name: str
    color: str
    shorts: str
    at_once: float
    role: str
    team: str
    probability: float
    by: tuple[str, ...]

    def tree(self) -> dict[str, Any]:
        """As run.json has it."""
        tree = asdict(self) | {"at_once": round(self.at_once, 2), "by": list(self.by)}
        return tree | {"team": self.team or None, "probability": round(self.probability, 4)}


def by_what(kit: int, team: int, scores: Mapping[str, Doubles], stated: bool) -> tuple[str, ...]:
    """What binds a kit to a team. scores: (K, T) nats of each kind of evidence."""
    found = [*(["answer"] if stated else [])]
    found += [kind for kind, nats in scores.items() if nats[kit, team] > _COUNTS]
    return tuple(found) or ("the other kit",)


def roles_of(worn: Doubles, sure: Doubles, goalkeeper: Mask, referee: Mask) -> list[str]:
    """(K,) `goalkeeper` or `referee` where nearly all who wear a kit are that, else "".

    worn: (N, K + 1) kits of N named or classed people. sure, goalkeeper, referee: (N,) of them.
    """
    weight = worn[:, :-1] * sure[:, None]
    whole = weight.sum(axis=0)
    found = [""] * weight.shape[1]
    for role, mine in ((GOALKEEPER, goalkeeper), (REFEREE, referee)):
        share = weight[mine].sum(axis=0)
        for kit in np.flatnonzero((share >= _ROLE_AT * whole) & (whole >= _ROLE_AT)).tolist():
            found[kit] = role
    return found


def role_words(main: Mask, stated: Mapping[int, str], roles: Sequence[str]) -> list[str]:
    """(K,) the role of each kit. main: of the two teams. stated, roles: as `stated_by_kit` and
    `roles_of`."""
    parts = (GOALKEEPER, REFEREE, OTHER)
    return [
        (stated[kit] if stated[kit] in parts else TEAM)
        if kit in stated
        else roles[kit] or (TEAM if is_main else OTHER)
        for kit, is_main in enumerate(main.tolist())
    ]


def best_team(binding: Doubles) -> tuple[Ints, Doubles]:
    """(K,) the likeliest team, -1 where there are none, and its probability. binding: (K, T + 1)"""
    if binding.shape[1] < 2:
        return np.full(len(binding), -1), np.zeros(len(binding))
    teams = binding[:, :-1]
    return teams.argmax(axis=1), teams.max(axis=1)


def unbound_line(facts: Sequence[KitFact], teams: Sequence[str]) -> str:
    """A line where teams of the roster bind to no kit, and how to say it; "" else, and where no
    kits are known."""
    left = [team for team in teams if team not in {fact.team for fact in facts}]
    main = [fact for fact in facts if fact.role == TEAM]
    if not left or not main:
        return ""
    if len(main) == 1 and len(teams) > 1:
        return (
            f"the roster has {len(teams)} teams ({', '.join(teams)}), and one kit is seen, "
            f"{main[0].name}: kits do not tell them apart"
        )
    free = next((fact.name for fact in main if not fact.team), main[0].name)
    return (
        f"no kit is surely that of {' or '.join(left)}: teamsheet review asks it, or say it by "
        f'teamsheet correct OUT --set "kit {free} is {left[0]}"'
    )
