"""What kit a track shows from moment to moment, for it may go over to somebody else.

A hidden Markov model: the kit is the state, colours of a span are what is seen of it, and now and
then a track goes over to anybody (forward-backward, Rabiner, Proceedings of the IEEE, 1989).
"""

from __future__ import annotations

import numpy as np

from tracker.types import Doubles, Ints

_GOES_OVER = 0.005
"""Chance from one half second to the next; .002 to .01 do the same."""


def smoothed(nats: Doubles, places: Ints, share: Doubles) -> Doubles:
    """(W, K) probability of each of K states in each of W spans, given all spans of its track.

    nats: (W, K) log-likelihoods. places: (W, 2) track and number of the span, in order. share: (K,)
    of the states, of all people; sums to 1.
    """
    if not len(nats):
        return np.zeros_like(nats)
    seen = np.exp(nats - nats.max(axis=1, keepdims=True))
    firsts = np.flatnonzero(np.diff(places[:, 0], prepend=places[0, 0] - 1))
    lengths = np.diff(firsts, append=len(places))
    order = np.argsort(-lengths, kind="stable")
    firsts, lengths = firsts[order], lengths[order]
    stays = (1 - _GOES_OVER) ** np.diff(places[:, 1], prepend=0).clip(1)[:, None]
    forward, backward = seen * share, np.ones_like(seen)
    forward /= forward.sum(axis=1, keepdims=True)
    for step in range(1, int(lengths[0])):  # all tracks at once
        now = firsts[lengths > step] + step
        went = stays[now] * forward[now - 1] + (1 - stays[now]) * share
        forward[now] = _normalized(went * seen[now])
    for step in range(int(lengths[0]) - 1, 0, -1):
        now = firsts[lengths > step] + step
        comes = backward[now] * seen[now]
        left = stays[now] * comes + (1 - stays[now]) * (comes @ share)[:, None]
        backward[now - 1] = _normalized(left)
    return _normalized(forward * backward)


def _normalized(rows: Doubles) -> Doubles:
    return np.asarray(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-300))
