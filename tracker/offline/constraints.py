"""What a user has said of who is who: hard facts for the second pass.

A track of which something is said is cut at the first and last frame of it. What lies outside is
named as if it had been another path: it hangs together over the gap, and not with what is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Doubles, Ints, Mask

FREE = -2
"""Stands for a tracklet whose name is for the integer program to find."""
_SAME_NATS = 10.0  # two parts of one tracklet: nothing but the user's word lies between them
_NEVER_NATS = 1000.0
_HELD_NATS = 50.0
_KEPT_NATS = 4.0  # what was named before bears the same name, if nothing that is said forbids it
_NEARLY = 1 - 1e-9  # nothing is as sure as what was said


@dataclass(frozen=True, slots=True)
class UserConstraint:
    """From frame `first` to `last` (Frame.index) a track is this player, or UNKNOWN.

    holds: False where it is said that they are anybody but this player.
    """

    track: int
    first: int
    last: int
    player: int
    holds: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Constraints:
    """What is said of N tracklets. names: (N,) players, UNKNOWN or FREE. never: (N, P) names that
    they have not. groups: (N,) 0, or another number for each set of constraints.

    parts: (N,) row of the tracklet that each is a part of. before, before_confidence: (N,) the
    names that were given without all this, and how sure.
    """

    names: Ints
    never: Mask
    groups: Ints
    parts: Ints
    before: Ints
    before_confidence: Doubles

    @property
    def fixed(self) -> Mask:
        return np.asarray(self.names != FREE)

    @property
    def players(self) -> Mask:
        """(P,) of whom it is said where they are."""
        return np.isin(np.arange(self.never.shape[1]), self.names)

    def with_previous(self, names: Ints, sure: Doubles) -> Constraints:
        """The constraints where the uncut tracklets bore these (M,) names, so (M,) surely."""
        return replace(self, before=names[self.parts], before_confidence=sure[self.parts])

    def with_exclusion(self, spans: Ints) -> Constraints:
        """These, with the names of fixed tracklets forbidden to all that are seen meanwhile.

        spans: (N, 2) first and last frame of every tracklet.
        """
        never = self.never.copy()
        for row in np.flatnonzero(self.names >= 0):
            together = (spans[:, 0] <= spans[row, 1]) & (spans[:, 1] >= spans[row, 0])
            never[together & ~self.fixed, self.names[row]] = True
        return replace(self, never=never)

    def votes(self, total: Doubles) -> Doubles:
        """(N, P + 1) summed votes, what was said counted in."""
        result = total.copy()
        result[:, :-1][self.never] -= _NEVER_NATS
        for row in np.flatnonzero(self.fixed):
            result[row] = -_NEVER_NATS
            result[row, self.names[row]] = 0.0  # UNKNOWN is the last column
        return result

    def names_of(self, solved: Ints) -> Ints:
        """(N,) names of an integer program, which may have failed."""
        return np.where(self.fixed, self.names, solved)

    def prefer(self, worth: Doubles, allowed: Mask) -> tuple[Doubles, Mask]:
        """(N, P) both as in `ilp.AssignmentProblem`: all else is as it was before, if it can be.

        What lies on in a tracklet that was cut was one track with it, and is held to its name.
        """
        rows = np.flatnonzero((self.before >= 0) & ~self.fixed)
        rows = rows[~self.never[rows, self.before[rows]]]
        worth, allowed = worth.copy(), allowed.copy()
        cut_up = np.bincount(self.parts)[self.parts[rows]] > 1
        worth[rows, self.before[rows]] += np.where(cut_up, _HELD_NATS, _KEPT_NATS)
        allowed[rows, self.before[rows]] = True
        return worth, allowed

    def confidence(self, names: Ints, probabilities: Doubles) -> Doubles:
        """(N,) how sure names are: what was said is certain, and nothing else."""
        if not self.groups.any():
            return probabilities
        same = (names == self.before) & (names >= 0)
        kept = np.where(same, np.maximum(probabilities, self.before_confidence), probabilities)
        return np.where(self.fixed, 1.0, np.minimum(kept, _NEARLY))

    def cannot_link(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs too far apart for one runner, but for those of which something is said: where a
        name changes tracks in the middle, it leaps from one to the other."""
        return [(a, b) for a, b in pairs if not (self.groups[a] or self.groups[b])]

    def links(self, tracklets: Sequence[Tracklet]) -> list[tuple[int, int, float]]:
        """Each tracklet with the next one of its track of which the same was said."""
        latest: dict[int, dict[int, tuple[int, float]]] = {}
        found = []
        for row, (tracklet, group) in enumerate(zip(tracklets, self.groups.tolist(), strict=True)):
            mine = latest.setdefault(tracklet.track, {})
            for key, (before, odds) in mine.items():
                mine[key] = before, min(odds, tracklet.link)
            if group in mine:
                found.append((mine[group][0], row, mine[group][1]))
            mine[group] = row, _SAME_NATS
        return found


def apply_constraints(
    tracklets: Sequence[Tracklet],
    user_constraints: Sequence[UserConstraint],
    index: Ints,
    players: int,
) -> tuple[list[Tracklet], Constraints]:
    """The tracklets, cut where constraints begin and end, and what these say of them.

    index: Frame.index of the frames that tracklets count by. Of two constraints on one tracklet the
    last counts that says a name.
    """
    done = sorted(
        _cut(tracklets, user_constraints, index),
        key=lambda part: (part.tracklet.first, part.tracklet.track),
    )
    names, never = np.full(len(done), FREE), np.zeros((len(done), players), bool)
    for row, part in enumerate(done):
        for n in part.applying:
            if user_constraints[n].holds:
                names[row] = user_constraints[n].player
            elif user_constraints[n].player != UNKNOWN:
                never[row, user_constraints[n].player] = True
    known = dict.fromkeys([(), *(part.applying for part in done)])
    number = {applying: group for group, applying in enumerate(known)}
    groups = np.array([number[part.applying] for part in done], np.int64)
    parts = np.array([part.origin for part in done], np.int64)
    unnamed = np.full(len(done), UNKNOWN), np.zeros(len(done))
    return [part.tracklet for part in done], Constraints(names, never, groups, parts, *unnamed)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a tracklet, numbers of the constraints that apply to it, the row it was cut of."""

    tracklet: Tracklet
    applying: tuple[int, ...]
    origin: int


def _cut(
    tracklets: Sequence[Tracklet], user_constraints: Sequence[UserConstraint], index: Ints
) -> Iterator[_Part]:
    by_track: dict[int, list[int]] = {}
    for number, constraint in enumerate(user_constraints):
        by_track.setdefault(constraint.track, []).append(number)
    for origin, tracklet in enumerate(tracklets):
        numbers = by_track.get(tracklet.track, [])
        for part in _parts(tracklet, [user_constraints[n] for n in numbers], index):
            here = index[part.first]
            applying = tuple(
                n for n in numbers if user_constraints[n].first <= here <= user_constraints[n].last
            )
            yield _Part(part, applying, origin)


def _parts(
    tracklet: Tracklet, user_constraints: Sequence[UserConstraint], index: Ints
) -> list[Tracklet]:
    here = index[tracklet.frames]
    places = {int(np.searchsorted(here, r.first)) for r in user_constraints}
    places |= {int(np.searchsorted(here, r.last, side="right")) for r in user_constraints}
    edges = [0, *sorted(places - {0, len(here)}), len(here)]
    return [
        replace(
            tracklet,
            frames=tracklet.frames[a:b],
            detections=tracklet.detections[a:b],
            clean=tracklet.clean[a:b],
            link=tracklet.link if a == 0 else _SAME_NATS,
        )
        for a, b in pairwise(edges)
    ]
