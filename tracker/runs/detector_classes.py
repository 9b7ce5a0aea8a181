"""The classes of a run's detector, against the players of the run: names, roles, nobody of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tracker.anchors.class_anchors import ClassAnchors, ClassMeanings
from tracker.court.roles import NO_ROLE, ROLES
from tracker.detection.class_names import ClassKinds, folded
from tracker.detection.class_words import ClassKind, meaning
from tracker.tracking.track_roles import TrackRoles
from tracker.types import UNKNOWN, Ints

if TYPE_CHECKING:
    from gallery.roster import Player
    from tracker.observation.metadata import Metadata

NAMES_SOURCE, ROLES_SOURCE = "detector", "detector roles"
"""As `evidence` calls what the classes say."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectorClasses:
    """names: of the C columns of `Observation.classes`. kinds: what each is. players: (C,) of the
    run, UNKNOWN where a class is none. roles: (P,) of the run's players, as the roster has them."""

    names: tuple[str, ...]
    kinds: tuple[ClassKind, ...]
    players: tuple[int, ...]
    roles: tuple[str | None, ...]

    @classmethod
    def of(
        cls, kinds: ClassKinds, players: Sequence[str], rostered: Sequence[Player]
    ) -> DetectorClasses:
        """kinds: of the columns, by the roster. players: of the run, those `rostered` first."""
        index = {folded(name): i for i, name in reversed([*enumerate(players)])}
        index |= {name: i for i, name in reversed([*enumerate(players)])}
        whose = [kinds.roster[at] if at != UNKNOWN else "" for at in kinds.players]
        indices = tuple(index.get(name, index.get(folded(name), UNKNOWN)) for name in whose)
        return cls(kinds.names, kinds.kinds, indices, roles_of(rostered, players))

    @property
    def meanings(self) -> ClassMeanings:
        return ClassMeanings.of(self.players, self.kinds, self.names, self.roles)

    @property
    def sources(self) -> tuple[str, ...]:
        """Of the two those that have something to say of who it is."""
        if not self.roles:
            return ()
        meanings = self.meanings
        speaks = meanings.shares.any(axis=1)
        named = meanings.is_name.astype(bool)
        both = ((NAMES_SOURCE, named), (ROLES_SOURCE, ~named))
        return tuple(source for source, columns in both if (speaks & columns).any())

    def anchors(self, first: int) -> ClassAnchors:
        """first: number of the first of `sources` among those of the run."""
        place = {source: first + n for n, source in enumerate(self.sources)}
        return ClassAnchors(
            self.meanings, place.get(NAMES_SOURCE, first), place.get(ROLES_SOURCE, first)
        )

    @property
    def key(self) -> str:
        """Changes when they say something else."""
        return repr((self.names, [str(kind) for kind in self.kinds], self.players, self.roles))

    @property
    def votes_for(self) -> Ints:
        """(C,) role of each class, by its code in `track_roles.py`."""
        kinds = [
            (self.roles[at] or ClassKind.PLAYER) if at != UNKNOWN else kind
            for kind, at in zip(self.kinds, self.players, strict=True)
        ]
        return np.array([_code(kind) for kind in kinds], np.int64)


def track_roles(
    classes: DetectorClasses | None, rostered: Sequence[Player], players: Sequence[str]
) -> TrackRoles:
    """Who hears what tracks are, and has heard nothing yet. players: those `rostered` come
    first."""
    stated = np.array([_code(role) for role in roles_of(rostered, players)], np.int64)
    return TrackRoles(np.zeros(0, np.int64) if classes is None else classes.votes_for, stated)


def roles_of(rostered: Sequence[Player], players: Sequence[str]) -> tuple[str | None, ...]:
    """(P,) what the roster says of each, in words of ours."""
    roles = [_role(player.role) for player in rostered]
    return (*roles, *[None] * (len(players) - len(roles)))


def _role(text: str | None) -> str | None:
    kind = meaning(text).kind if text else None
    return str(kind) if kind in ROLES else None


def _code(kind: str | None) -> int:
    return ROLES.index(kind) if kind in ROLES else NO_ROLE


def classes_of(
    about: Metadata, roster: Sequence[str] | None, all_players: bool = False
) -> ClassKinds:
    """What the columns of a run's observations are, for this roster."""
    if not about.classes:
        return ClassKinds((), (), (), (), tuple(roster or ()))
    return ClassKinds.again(about.classes, about.class_kinds, roster, all_players)
