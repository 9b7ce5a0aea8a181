"""How sure the names of tracklets are: what the whole track says, then exclusion among rivals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.identity.continuity import link_log_probabilities
from tracker.identity.exclusion import exclusive
from tracker.offline.ilp import WINDOW
from tracker.types import Doubles, Ints, Mask

_MIN_GAIN = 0.05  # nats
_MIN_PROBABILITY = 0.005


def forward_backward(
    votes: Doubles, prior: Doubles, links: Sequence[tuple[int, int, float]]
) -> Doubles:
    """(N, P + 1) log-probabilities of every tracklet's names, by all votes of its track.

    votes: (N, P + 1) nats; the rest as in `ilp.AssignmentProblem`. Sum-product along the chains,
    in all of them at a time: no tracklet is the first of two links, or the second.
    """
    forward, backward = np.tile(prior, (len(votes), 1)), np.zeros(votes.shape)
    ends = np.array([(a, b) for a, b, _ in links], np.int64).reshape(-1, 2)
    nats = link_log_probabilities(np.array([log_odds for *_, log_odds in links]))
    behind, ahead = _depths(len(votes), ends)
    for at in _groups(behind[ends[:, 1]]):
        a, b = ends[at].T
        forward[b] = _forward(votes[a] + forward[a], prior, *(each[at, None] for each in nats))
    for at in _groups(ahead[ends[:, 0]]):
        a, b = ends[at].T
        backward[a] = _backward(votes[b] + backward[b], prior, *(each[at, None] for each in nats))
    log = votes + forward + backward
    return np.asarray(log - np.logaddexp.reduce(log, axis=1)[:, None])


def candidates(log: Doubles, prior: Doubles, unseen: Mask | None = None) -> Mask:
    """(N, P) names that may be a tracklet's in the end. log: as `forward_backward` gives it.

    A name that is no likelier than before all evidence, or has less than a chance in 200, does not
    become the best by what is excluded. unseen: (P,) players without pictures: a number has to
    speak for them against unknown alone, for a team mate of whom there are pictures may look like
    everybody in the shirt.
    """
    known = log[:, :-1]
    found = (known > prior[:-1] + _MIN_GAIN) & (known > np.log(_MIN_PROBABILITY))
    if unseen is not None:
        odds, before = known - log[:, -1:], prior[:-1] - prior[-1]
        found |= unseen & (odds > before + _MIN_GAIN)
    return np.asarray(found)


def exclusive_marginals(log: Doubles, spans: Ints) -> Doubles:
    """(N, P + 1) probabilities, given that nobody is in two places.

    log: as `forward_backward` gives it. spans: as in `ilp.AssignmentProblem`. Belief propagation
    between tracklets that are seen at the same time, in windows.
    """
    marginals = np.exp(log)
    for start in range(0, len(log), WINDOW // 2):
        rows = np.arange(start, min(start + WINDOW, len(log)))
        first, last = spans[rows].T
        cannot_link = (first[:, None] <= last[None]) & (first[None] <= last[:, None])
        np.fill_diagonal(cannot_link, False)
        marginals[rows] = exclusive(log[rows], cannot_link)
    return marginals


def _depths(count: int, ends: Ints) -> tuple[Ints, Ints]:
    """(N,) links before each tracklet in its chain, and (N,) links behind it."""
    behind, ahead = [0] * count, [0] * count
    for a, b in ends.tolist():
        behind[b] = behind[a] + 1
    for a, b in reversed(ends.tolist()):
        ahead[a] = ahead[b] + 1
    return np.array(behind, np.int64), np.array(ahead, np.int64)


def _groups(depths: Ints) -> list[Ints]:
    """Places of equal depth together, the least deep first: one of each chain."""
    order = np.argsort(depths, kind="stable")
    edges = np.flatnonzero(np.diff(depths[order])) + 1
    return np.split(order, edges) if len(order) else []


def _forward(log: Doubles, prior: Doubles, same: Doubles, other: Doubles) -> Doubles:
    """(n, P + 1) who the next tracklets are before their own votes: the same, or somebody by the
    prior. same, other: (n, 1), see `link_log_probabilities`."""
    whole = np.logaddexp.reduce(log, axis=1)[:, None]
    return np.asarray(np.logaddexp(log - whole + same, prior + other))


def _backward(log: Doubles, prior: Doubles, same: Doubles, other: Doubles) -> Doubles:
    """(n, P + 1) how likely what follows is, for each name of the tracklets before."""
    whole = np.logaddexp.reduce(log + prior, axis=1)[:, None]
    return np.asarray(np.logaddexp(log + same, whole + other))
