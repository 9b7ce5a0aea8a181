"""What the classes of a detector say of who its boxes are: "each player is a class of its own".

A class that is a player's name is an anchor in every frame. A class that is a role says less: a
goalkeeper is one of the roster's goalkeepers, a referee is none of the players.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.types import UNKNOWN, Anchors, Doubles, Ints, Observation

EVERY_S = 0.1
"""Anchors of all boxes come this often: a vote is the mean of some 0.4 s, and so of four."""
_NON_PLAYERS = ("referee", "staff", "crowd")
_SURE = 0.98  # what the best class's share of a box is taken for at most


@dataclass(frozen=True, slots=True, eq=False)
class ClassMeanings:
    """What each of C classes says.

    shares: (C, P + 1) of the players, and of nobody of them, summing to 1; zeros where it says
    nothing, as "player" does. is_name: (C,) it names one.
    """

    shares: Doubles
    is_name: Ints

    @classmethod
    def of(
        cls,
        players: Sequence[int],
        kinds: Sequence[str],
        names: Sequence[str],
        roles: Sequence[str | None],
    ) -> ClassMeanings:
        """players: (C,) index into the roster or UNKNOWN. kinds: (C,) role, "name" or else. names:
        (C,) of the classes; one that begins with _ is of people who are no players. roles: (P,) of
        the roster's players in words of kinds, None where it says none."""
        shares = np.zeros((len(kinds), len(roles) + 1))
        for row, (player, kind, name) in enumerate(zip(players, kinds, names, strict=True)):
            if name.startswith("_"):
                shares[row, -1] = 1
            elif player != UNKNOWN:
                shares[row, player] = 1
            elif kind in ("goalkeeper", *_NON_PLAYERS):
                same = [role == kind for role in roles]
                shares[row, :-1] = same
                shares[row, -1] = not any(same) and kind in _NON_PLAYERS
        total = shares.sum(axis=1, keepdims=True)
        named = [p != UNKNOWN or n.startswith("_") for p, n in zip(players, names, strict=True)]
        return cls(shares / np.maximum(total, 1), np.array(named, np.int64))


class ClassAnchors:
    """Makes anchors of the classes of a detector's boxes.

    names, roles: numbers of the two sources that they are, by what the best class of a box is.
    """

    def __init__(self, meanings: ClassMeanings, names: int, roles: int) -> None:
        self._meanings = meanings
        self._sources = np.array([roles, names])
        self._next_s = -np.inf

    def attach(self, seen: Observation) -> Observation:
        """The frame with its anchors, beside those that it has."""
        if seen.classes is None or not len(seen.boxes) or seen.time_s < self._next_s - 1e-6:
            return seen
        self._next_s = seen.time_s + EVERY_S
        scores = seen.classes.astype(np.float64)
        best = scores.argmax(axis=1)
        shares = scores @ self._meanings.shares
        weight = shares.sum(axis=1)
        speaks = self._meanings.shares[best].any(axis=1) & (weight > 0)
        rows = np.flatnonzero(speaks)
        if not len(rows):
            return seen
        top = scores[rows, best[rows]] / scores[rows].sum(axis=1)
        anchors = Anchors(
            rows,
            (shares[rows] / weight[rows, None]).astype(np.float32),
            np.minimum(top, _SURE),
            self._sources[self._meanings.is_name[best[rows]]],
            np.zeros(len(rows), bool),
        )
        parts = [anchors] if seen.anchors is None else [seen.anchors, anchors]
        return replace(seen, anchors=Anchors.joined(parts))
