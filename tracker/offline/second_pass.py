"""The second pass over a whole run: names for all paths at once, knowing how everything ends.

Paths are cut wherever two players may have been mixed up, every piece is heard, and all names are
given together by an integer programme. Then the classifier learns from the pieces that are sure
and all is done once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.presence import Presence
from tracker.identity.roster_rules import Rules
from tracker.offline import jersey_votes
from tracker.offline.backfill import name_back
from tracker.offline.constraints import Law, Ruling, enact
from tracker.offline.crops import Crops
from tracker.offline.evidence_log import Hearing
from tracker.offline.first_pass import FirstNames
from tracker.offline.ilp import Task, solve
from tracker.offline.marginals import along, candidates, chances
from tracker.offline.refit import lessons, taught
from tracker.offline.relabel import Naming, rewritten
from tracker.offline.tracklet_graph import Ties, ties_of
from tracker.offline.tracklets import cut
from tracker.offline.votes import votes
from tracker.settings import FollowSettings, IdentitySettings
from tracker.tracking.traces import Classify, Piece, Trace
from tracker.types import (
    NO_PLAYER,
    Doubles,
    Floats,
    Ints,
    Mask,
    Observation,
    Readings,
    TrackedFrame,
)

Refit = Callable[[Floats, Ints], Classify]
"""Embeddings (N, D) of this very video and their players (N,) to a better classifier."""

_NAMED = 0.35  # half the F1 that is reached: the threshold that is best for it (Lipton 2014)
_ROUNDS = 4  # of expectation maximisation


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What names are given by, whatever a user says of them.

    frames: of the first pass, paths untangled. times_s, index: (F,) of them. first: the names that
    the first pass gave. read: shirt numbers of every frame, None where none were looked for.
    """

    frames: Sequence[TrackedFrame]
    times_s: Doubles
    index: Ints
    crops: Crops
    first: FirstNames
    read: Sequence[Readings | None]
    players: int
    settings: FollowSettings
    rules: Rules | None

    def bound(self, pieces: Sequence[Piece], law: Law) -> _Bound:
        ties = ties_of(pieces, law, self.frames, self.times_s, self.settings)
        told, read = self._by_roster(pieces)
        return _Bound(pieces, ties, told + self.first.nats(pieces, self.players), read)

    def _by_roster(self, pieces: Sequence[Piece]) -> tuple[Doubles, Ints]:
        """(N, P + 1) nats by the times and numbers of the roster, and (N,) readings."""
        rules, times_s = self.rules, self.times_s
        if rules is None:
            return np.zeros((len(pieces), self.players + 1)), np.zeros(len(pieces), np.int64)
        told, read = jersey_votes.votes(pieces, self.read, rules)
        first_s, last_s = (times_s[[getattr(p, end) for p in pieces]] for end in ("first", "last"))
        return told + rules.during(first_s, last_s), read

    def named(self, said: Doubles, of: _Bound) -> Naming:
        """said: (E, P + 1) of every crop."""
        total, count = votes(of.pieces, self.crops, said, self.times_s, self.settings.identity)
        settings = self.settings.identity
        return _name(total + of.told, count + of.read, of.ties, settings, self.rules)

    def learned(
        self, said: Doubles, result: Naming, of: _Bound, whom: Mask, refit: Refit | None
    ) -> tuple[Doubles, Naming]:
        """The same once more with a better classifier. whom: (P,) who may be learned of."""
        if refit is None or not whom.any():
            return said, result
        shown, labels = lessons(of.pieces, result, self.crops)
        learned_of = whom & np.isin(np.arange(self.players), labels)
        if not learned_of.any():
            return said, result
        said = taught(said, self.crops.heard(refit(shown, labels), self.players), learned_of)
        return said, self.named(said, of)


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Names of all pieces. said: (E, P + 1) nats of every crop, by which they are named."""

    pieces: Sequence[Piece]
    said: Doubles
    result: Naming


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """Pieces, how they bear on one another, and what is told of them besides their votes.

    told: (N, P + 1) nats by the roster and by the first pass. read: (N,) shirt numbers.
    """

    pieces: Sequence[Piece]
    ties: Ties
    told: Doubles
    read: Ints


def second_pass(
    frames: Sequence[TrackedFrame],
    traces: Sequence[Trace],
    seen: Sequence[Observation],
    players: int,
    classify: Classify,
    settings: FollowSettings,
    refit: Refit | None = None,
    hearing: Hearing | None = None,
    rules: Rules | None = None,
    rulings: Sequence[Ruling] = (),
) -> list[TrackedFrame]:
    """The frames with all names given anew. frames, traces, seen: of an OnlineTracker, in order.

    hearing: is told what the names went by in the end. rules: what the roster says. rulings: what
    the user says.
    """
    ground = ground_of(frames, seen, players, settings, rules)
    begun = begin(ground, traces, classify, refit)
    if begun is None:
        return list(frames)
    done = settle(ground, begun, rulings, refit)
    if hearing is not None:
        hearing.hear(done.pieces, ground.crops, done.said, done.result.chances)
    return rewritten(frames, done.pieces, done.result, settings.identity)


def ground_of(
    frames: Sequence[TrackedFrame],
    seen: Sequence[Observation],
    players: int,
    settings: FollowSettings,
    rules: Rules | None,
) -> Ground:
    """frames, seen, rules: as for `second_pass`."""
    first = name_back(frames, settings.identity.name_at, rules)
    return Ground(
        frames,
        np.array([frame.time_s for frame in frames]),
        np.array([frame.index for frame in frames], np.int64),
        Crops.of(seen),
        FirstNames.of(first) if first else FirstNames.none(),
        [one.readings for one in seen],
        players,
        settings,
        rules,
    )


def begin(
    ground: Ground, traces: Sequence[Trace], classify: Classify, refit: Refit | None
) -> Settled | None:
    """Names as they are where nobody says anything; None where there is nobody to name."""
    shots = np.array([frame.shot for frame in ground.frames])
    found = cut(traces, ground.times_s, shots)
    pieces, law = enact(found, (), ground.index, ground.players)
    if not pieces or ground.players == 0:
        return None
    whole, said = ground.bound(pieces, law), ground.crops.heard(classify, ground.players)
    result, everybody = ground.named(said, whole), np.ones(ground.players, bool)
    return Settled(pieces, *ground.learned(said, result, whole, everybody, refit))


def settle(
    ground: Ground, begun: Settled, rulings: Sequence[Ruling], refit: Refit | None
) -> Settled:
    """Names by what a user says too. It takes nothing but what is handed over: no frame is followed
    again, so that a run that keeps both gives the same names as one that begins anew."""
    if not rulings:
        return begun
    pieces, law = enact(begun.pieces, rulings, ground.index, ground.players)
    now = ground.bound(pieces, law.after(begun.result.names, begun.result.sure))
    result = ground.named(begun.said, now)
    return Settled(pieces, *ground.learned(begun.said, result, now, law.players, refit))


def _name(
    total: Doubles, count: Ints, ties: Ties, settings: IdentitySettings, rules: Rules | None
) -> Naming:
    """total: (N, P + 1) summed votes of every piece, count: (N,) how many."""
    total = ties.law.votes(total)
    presence = _presence(total, ties, settings)
    prior, total = presence.prior(total.shape[1] - 1), ties.missed(total, presence)
    worth = total[:, :-1] - total[:, -1:]
    log = along(total, prior, ties.links)
    worth, allowed = ties.law.prefer(worth, candidates(log, prior))
    names = solve(Task(worth, allowed, prior, ties.spans, ties.links, ties.apart, rules))
    names = ties.law.names_of(names)
    every = chances(log, ties.spans)
    sure = ties.law.sure(names, every[np.arange(len(total)), names])
    names = np.where((sure >= _NAMED) & ~ties.mixed, names, NO_PLAYER)
    return Naming(names, sure, count, every, ties.law.fixed)


def _presence(total: Doubles, ties: Ties, settings: IdentitySettings) -> Presence:
    """Who is in view in this video, by expectation maximisation. total: as in `_name`."""
    players = total.shape[1] - 1
    expected = now = Presence.expected(players, settings.unknown_prior)
    for _ in range(_ROUNDS):
        log = along(ties.missed(total, now), now.prior(players), ties.links)
        found = ties.shares @ chances(log, ties.spans)
        now = expected.after(float(found[:-1].sum()), float(found[-1]), players)
    return now
