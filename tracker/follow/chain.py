"""How sure the names of pieces are: what the whole path says, then exclusion among rivals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.follow import identity
from tracker.follow.links import stay
from tracker.follow.programme import WINDOW
from tracker.records import Doubles, Ints


def chances(
    votes: Doubles, prior: Doubles, links: Sequence[tuple[int, int, float]], spans: Ints
) -> Doubles:
    """(N, P + 1) probabilities. votes: (N, P + 1) nats; the rest as in `programme.Task`.

    Sum-product along each track's chain of pieces; then, in windows, belief propagation between
    pieces that are seen at the same time.
    """
    expected, heard = np.tile(prior, (len(votes), 1)), np.zeros(votes.shape)
    for a, b, nats in links:
        expected[b] = _ahead(votes[a] + expected[a], prior, nats)
    for a, b, nats in links[::-1]:
        heard[a] = _behind(votes[b] + heard[b], prior, nats)
    log = votes + expected + heard
    log -= np.logaddexp.reduce(log, axis=1)[:, None]
    chances = np.exp(log)
    for start in range(0, len(log), WINDOW // 2):
        rows = np.arange(start, min(start + WINDOW, len(log)))
        first, last = spans[rows].T
        rivals = (first[:, None] <= last[None]) & (first[None] <= last[:, None])
        np.fill_diagonal(rivals, False)
        chances[rows] = identity.exclusive(log[rows], rivals)
    return chances


def _ahead(log: Doubles, prior: Doubles, nats: float) -> Doubles:
    """Who the next piece is before its own votes: the same, or somebody by the prior."""
    same, other = stay(nats)
    return np.asarray(np.logaddexp(log - np.logaddexp.reduce(log) + same, prior + other))


def _behind(log: Doubles, prior: Doubles, nats: float) -> Doubles:
    """How likely what follows is, for each name of the piece before."""
    same, other = stay(nats)
    return np.asarray(np.logaddexp(log + same, np.logaddexp.reduce(log + prior) + other))
