"""The second pass over a whole run: names for all paths at once, knowing how everything ends.

Paths are cut wherever two players may have been mixed up, every piece is heard, and all names are
given together by an integer programme. Then the classifier learns from the pieces that are sure
and all is done once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.follow import numbers
from tracker.follow.chain import along, candidates, chances
from tracker.follow.first_pass import first_names
from tracker.follow.hindsight import name_back
from tracker.follow.lessons import lessons, taught
from tracker.follow.pieces import Classify, Piece, Trace, cut, votes
from tracker.follow.presence import Presence
from tracker.follow.programme import Task, solve
from tracker.follow.rewriting import Naming, rewritten
from tracker.follow.rules import Rules
from tracker.follow.rulings import Law, Ruling, enact
from tracker.follow.testimony import Hearing
from tracker.follow.ties import Ties, ties_of
from tracker.records import (
    NO_PLAYER,
    Doubles,
    Floats,
    Ints,
    Mask,
    Observation,
    TrackedFrame,
)
from tracker.settings import FollowSettings, IdentitySettings

Refit = Callable[[Floats, Ints], Classify]
"""Embeddings (N, D) of this very video and their players (N,) to a better classifier."""

_NAMED = 0.35  # half the F1 that is reached: the threshold that is best for it (Lipton 2014)
_ROUNDS = 4  # of expectation maximisation


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
    times_s = np.array([frame.time_s for frame in frames])
    index = np.array([frame.index for frame in frames])
    shots = np.array([frame.shot for frame in frames])
    pieces, law = enact(cut(traces, times_s, shots), (), index, players)
    if not pieces or players == 0:
        return list(frames)

    first = name_back(frames, settings.identity.name_at, rules)

    def bound(pieces: Sequence[Piece], law: Law) -> _Bound:
        ties = ties_of(pieces, law, frames, times_s, settings)
        told, read = _by_roster(rules, pieces, seen, times_s, players)
        return _Bound(pieces, ties, told + first_names(pieces, first, players), read)

    whole = bound(pieces, law)

    def heard(classify: Classify) -> list[Doubles]:
        return [classify(one.embeddings) for one in seen]

    def named(likelihoods: Sequence[Doubles], of: _Bound) -> Naming:
        total, count = votes(of.pieces, likelihoods, times_s, settings.identity)
        return _name(total + of.told, count + of.read, of.ties, settings.identity, rules)

    def learned(
        likelihoods: list[Doubles], result: Naming, of: _Bound, whom: Mask
    ) -> tuple[list[Doubles], Naming]:
        """The same once more with a better classifier. whom: (P,) who may be learned of."""
        shown, labels = lessons(of.pieces, result, seen)
        learned_of = whom & np.isin(np.arange(players), labels)
        if refit is None or not learned_of.any():
            return likelihoods, result
        likelihoods = taught(likelihoods, heard(refit(shown, labels)), learned_of)
        return likelihoods, named(likelihoods, of)

    likelihoods = heard(classify)
    now, result = whole, named(likelihoods, whole)
    likelihoods, result = learned(likelihoods, result, whole, np.ones(players, bool))
    if rulings:
        pieces, law = enact(pieces, rulings, index, players)
        now = bound(pieces, law.after(result.names, result.sure))
        result = named(likelihoods, now)
        likelihoods, result = learned(likelihoods, result, now, law.players)
    if hearing is not None:
        hearing.hear(now.pieces, likelihoods, result.chances)
    return rewritten(frames, now.pieces, result, settings.identity)


def _by_roster(
    rules: Rules | None,
    pieces: Sequence[Piece],
    seen: Sequence[Observation],
    times_s: Doubles,
    players: int,
) -> tuple[Doubles, Ints]:
    """(N, P + 1) nats of every piece by the times and numbers of the roster, and (N,) readings."""
    if rules is None:
        return np.zeros((len(pieces), players + 1)), np.zeros(len(pieces), np.int64)
    told, read = numbers.votes(pieces, seen, rules)
    first_s, last_s = (times_s[[getattr(p, end) for p in pieces]] for end in ("first", "last"))
    return told + rules.during(first_s, last_s), read


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
