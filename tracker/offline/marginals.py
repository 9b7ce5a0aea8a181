"""How sure the names of pieces are: what the whole path says, then exclusion among rivals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.identity import posterior
from tracker.identity.continuity import stay
from tracker.offline.ilp import WINDOW
from tracker.types import Doubles, Ints, Mask

_ABOVE = 0.05  # nats
_CHANCE = 0.005


def along(votes: Doubles, prior: Doubles, links: Sequence[tuple[int, int, float]]) -> Doubles:
    """(N, P + 1) log-probabilities of every piece's names, by all votes of its path.

    votes: (N, P + 1) nats; the rest as in `programme.Task`. Sum-product along the chains.
    """
    expected, heard = np.tile(prior, (len(votes), 1)), np.zeros(votes.shape)
    for a, b, nats in links:
        expected[b] = _ahead(votes[a] + expected[a], prior, nats)
    for a, b, nats in links[::-1]:
        heard[a] = _behind(votes[b] + heard[b], prior, nats)
    log = votes + expected + heard
    return np.asarray(log - np.logaddexp.reduce(log, axis=1)[:, None])


def candidates(log: Doubles, prior: Doubles) -> Mask:
    """(N, P) names that may be a piece's in the end. log: as `along` gives it.

    A name that is no likelier than before all evidence, or has less than a chance in 200, does not
    become the best by what is excluded.
    """
    known = log[:, :-1]
    return np.asarray((known > prior[:-1] + _ABOVE) & (known > np.log(_CHANCE)))


def chances(log: Doubles, spans: Ints) -> Doubles:
    """(N, P + 1) probabilities, given that nobody is in two places.

    log: as `along` gives it. spans: as in `programme.Task`. Belief propagation between pieces that
    are seen at the same time, in windows.
    """
    chances = np.exp(log)
    for start in range(0, len(log), WINDOW // 2):
        rows = np.arange(start, min(start + WINDOW, len(log)))
        first, last = spans[rows].T
        rivals = (first[:, None] <= last[None]) & (first[None] <= last[:, None])
        np.fill_diagonal(rivals, False)
        chances[rows] = posterior.exclusive(log[rows], rivals)
    return chances


def _ahead(log: Doubles, prior: Doubles, nats: float) -> Doubles:
    """Who the next piece is before its own votes: the same, or somebody by the prior."""
    same, other = stay(nats)
    return np.asarray(np.logaddexp(log - np.logaddexp.reduce(log) + same, prior + other))


def _behind(log: Doubles, prior: Doubles, nats: float) -> Doubles:
    """How likely what follows is, for each name of the piece before."""
    same, other = stay(nats)
    return np.asarray(np.logaddexp(log + same, np.logaddexp.reduce(log + prior) + other))
