"""Which kits are worn: clusters of what tracks wear, as many as there are.

The colours of one kit are a multinomial, its parameters drawn from a Dirichlet around the colours
of everybody, and two groups are one kit where that explains them better (Bayesian hierarchical
clustering, Heller and Ghahramani, ICML 2005, with the counts integrated out). That a shirt is
white behind and has a red band in front costs little then, a colour that nobody else wears much:
in a volleyball clip a libero in white and blue is told from a team in white and red, and the
player of it who is seen from the front is not, at the same distance between histograms.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from tracker.types import Doubles, Ints

_SPREAD = 10.0  # the Dirichlet's weight: the smaller, the less a kit is like the mean of all
_FLAT = 0.1  # share of it that any colour has
_KIT_NATS = 1.0
"""By how much a further kit explains colours better: none is there for a back seen a few times."""
_ROUNDS = 20  # of moving single tracks; it ends by itself after a few


def prior_of(counts: Doubles) -> Doubles:
    """(PARTS, COLORS) parameters of the Dirichlet, from (T, PARTS, COLORS) counts of all tracks."""
    total = counts.sum(axis=0)
    mean = total / np.maximum(total.sum(axis=-1, keepdims=True), 1e-9)
    return np.asarray(_SPREAD * ((1 - _FLAT) * mean + _FLAT / counts.shape[-1]))


def log_evidence(counts: Doubles, prior: Doubles) -> Doubles:
    """(...,) nats of (..., PARTS, COLORS) counts as of one kit, whatever its colours are."""
    whole, weight = counts.sum(axis=-1), prior.sum(axis=-1)
    each = gammaln(prior + counts) - gammaln(prior)
    nats = gammaln(weight) - gammaln(weight + whole) + each.sum(axis=-1)
    return np.asarray(nats.sum(axis=-1))


def clusters_of(counts: Doubles, prior: Doubles) -> Ints:
    """(T,) number of the kit of each track, from 0. counts: (T, PARTS, COLORS)."""
    if not len(counts):
        return np.zeros(0, np.int64)
    kit = _merged(counts, prior)
    for _ in range(_ROUNDS):
        if not _moved(counts, prior, kit):
            break
    return np.asarray(np.unique(kit, return_inverse=True)[1], np.int64)


def _merged(counts: Doubles, prior: Doubles) -> Ints:
    """(T,) kits after the two groups that gain most by being one were joined until none gain."""
    held, kit = counts.copy(), np.arange(len(counts))
    alone = log_evidence(held, prior)
    gain = np.full((len(held), len(held)), -np.inf)
    for i in range(len(held) - 1):
        gain[i, i + 1 :] = _gain(held, alone, i, np.arange(i + 1, len(held)), prior)
    while gain.size and gain.max() > -_KIT_NATS:
        i, j = divmod(int(gain.argmax()), len(gain))
        kit[kit == kit[j]] = kit[i]
        held[i] += held[j]
        alone[i] = log_evidence(held[i], prior)
        gain[j, :] = gain[:, j] = -np.inf
        others = np.setdiff1d(np.unique(kit), [i])
        gains = _gain(held, alone, i, others, prior)
        gain[np.minimum(i, others), np.maximum(i, others)] = gains
    return kit


def _gain(held: Doubles, alone: Doubles, group: int, others: Ints, prior: Doubles) -> Doubles:
    """(N,) nats by which a group and each of these others are better one kit than two."""
    together = log_evidence(held[others] + held[group], prior)
    return np.asarray(together - alone[others] - alone[group])


def _moved(counts: Doubles, prior: Doubles, kit: Ints) -> bool:
    """Put each track where it fits best, given the others; whether any was moved."""
    moved = False
    for track in range(len(kit)):
        rest = kit.copy()
        rest[track] = -1
        names = np.unique(rest[rest >= 0])
        held = np.array([counts[rest == name].sum(axis=0) for name in names])
        fits = [log_evidence(counts[track], prior) - _KIT_NATS]  # a kit of its own
        if len(names):
            fits = [*predictive(counts[track][None], held, prior)[0], *fits]
        best = int(np.argmax(fits))
        now = names.tolist().index(kit[track]) if kit[track] in names else len(names)
        if best != now and fits[best] > fits[now] + 1e-9:
            kit[track] = names[best] if best < len(names) else kit.max() + 1
            moved = True
    return moved


def predictive(counts: Doubles, held: Doubles, prior: Doubles) -> Doubles:
    """(N, K) nats of (N, PARTS, COLORS) counts, for somebody more in kits of (K, PARTS, COLORS)."""
    together = log_evidence(counts[:, None] + held[None], prior)
    return np.asarray(together - log_evidence(held, prior))
