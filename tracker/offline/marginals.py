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

    votes: (N, P + 1) nats; the rest as in `ilp.AssignmentProblem`. Sum-product along the chains.
    """
    forward, backward = np.tile(prior, (len(votes), 1)), np.zeros(votes.shape)
    for a, b, log_odds in links:
        forward[b] = _forward(votes[a] + forward[a], prior, log_odds)
    for a, b, log_odds in links[::-1]:
        backward[a] = _backward(votes[b] + backward[b], prior, log_odds)
    log = votes + forward + backward
    return np.asarray(log - np.logaddexp.reduce(log, axis=1)[:, None])


def candidates(log: Doubles, prior: Doubles) -> Mask:
    """(N, P) names that may be a tracklet's in the end. log: as `forward_backward` gives it.

    A name that is no likelier than before all evidence, or has less than a chance in 200, does not
    become the best by what is excluded.
    """
    known = log[:, :-1]
    return np.asarray((known > prior[:-1] + _MIN_GAIN) & (known > np.log(_MIN_PROBABILITY)))


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


def _forward(log: Doubles, prior: Doubles, log_odds: float) -> Doubles:
    """Who the next tracklet is before its own votes: the same, or somebody by the prior."""
    same, other = link_log_probabilities(log_odds)
    return np.asarray(np.logaddexp(log - np.logaddexp.reduce(log) + same, prior + other))


def _backward(log: Doubles, prior: Doubles, log_odds: float) -> Doubles:
    """How likely what follows is, for each name of the tracklet before."""
    same, other = link_log_probabilities(log_odds)
    return np.asarray(np.logaddexp(log + same, np.logaddexp.reduce(log + prior) + other))
