"""Where the names of a whole run are decided: of all tracklets together, knowing how all ends.

What each tracklet was heard to be comes from `second_pass`. An integer program (`ilp`) gives the
names, marginals say how sure they are; who is not sure enough is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tracker.identity.presence import Presence
from tracker.identity.roster_rules import RosterRules
from tracker.offline.ilp import AssignmentProblem, solve
from tracker.offline.marginals import candidates, exclusive_marginals, forward_backward
from tracker.offline.tracklet_graph import TrackletGraph
from tracker.settings import IdentitySettings
from tracker.types import UNKNOWN, Doubles, Ints, Mask

_NAMED = 0.2, 0.35
"""Names below the first are never given, above the second always.

Between them: half the F1 that is expected, which is the threshold that is best for it (Lipton,
Elkan and Naryanaswamy, ECML 2014). The upper was measured on pictures, where .7 is reached; with
one anchor in 200 boxes, of which four in five are right, it left soccer with .18 that has .50.
"""
_ROUNDS = 4  # of expectation maximisation
_SUREST = 1 - 1e-6  # nobody is surely somewhere


@dataclass(frozen=True, slots=True, eq=False)
class TrackletNames:
    """Of every tracklet: player (N,) or UNKNOWN, how sure (N,), and by how many votes (N,).

    probabilities: (N, P + 1) of all names. fixed: (N,) a user has said so. expected_f1: how good
    they are, by what is believed of them.
    """

    names: Ints
    confidence: Doubles
    votes: Ints
    probabilities: Doubles
    fixed: Mask
    expected_f1: float


def name_tracklets(
    total: Doubles,
    count: Ints,
    graph: TrackletGraph,
    settings: IdentitySettings,
    rules: RosterRules | None,
    floors: Doubles | None = None,
) -> TrackletNames:
    """Names of all tracklets. total: (N, P + 1) their summed votes, count: (N,) how many. floors:
    (P,) how sure each name must be whatever the others are; None: no surer than those."""
    total = graph.constraints.votes(total)
    presence, believed = _presence(total, graph, settings)
    if floors is not None:
        total = _taken_elsewhere(total, believed, graph.spans)
    prior, total = presence.prior(total.shape[1] - 1), graph.with_missing_players(total, presence)
    worth = total[:, :-1] - total[:, -1:]
    log = forward_backward(total, prior, graph.links)
    unseen = None if floors is None else floors > 0
    worth, allowed = graph.constraints.prefer(worth, candidates(log, prior, unseen))
    links, apart, exclusion = graph.links, graph.cannot_link, settings.exclusion
    names = solve(
        AssignmentProblem(worth, allowed, prior, graph.spans, links, apart, rules, exclusion)
    )
    names = graph.constraints.names_of(names)
    every = _marginals(log, graph, settings)
    sure = graph.constraints.confidence(names, every[np.arange(len(total)), names])
    names = np.where(graph.mixed, UNKNOWN, names)
    expected = _expected_f1(names, sure, every, graph.shares)
    needed = np.full(len(names), np.clip(expected / 2, *_NAMED))
    if floors is not None:
        needed = np.maximum(needed, np.append(floors, 0.0)[names])  # UNKNOWN is the last
    names = np.where(sure >= needed, names, UNKNOWN)
    return TrackletNames(names, sure, count, every, graph.constraints.fixed, expected)


def _taken_elsewhere(total: Doubles, believed: Doubles, spans: Ints) -> Doubles:
    """(N, P + 1) votes for each name, less where somebody else surely has it meanwhile.

    Along a track names are weighed without regard to others. Who looks like a team mate of whom
    there are pictures would be them or nobody there, though that team mate is in view beside them;
    and the number that was read, of somebody without pictures, is worth nothing. believed: (N,
    P + 1) who each tracklet is. spans: as in `ilp.AssignmentProblem`.
    """
    left = np.log1p(-np.minimum(believed[:, :-1], _SUREST))
    begun, over = (_summed_until(left, spans[:, end]) for end in (0, 1))
    # of all that had begun when a tracklet ends those are there that were not over when it began
    others = begun(spans[:, 1], "right") - over(spans[:, 0], "left") - left
    result = total.copy()
    result[:, :-1] += np.minimum(others, 0)
    return result


def _summed_until(
    nats: Doubles, moments: Ints
) -> Callable[[Ints, Literal["left", "right"]], Doubles]:
    """Of (M,) frames, the sum of the rows of nats (N, P) whose moment (N,) is before them ("left"),
    or then or before ("right")."""
    order = np.argsort(moments, kind="stable")
    sums = np.concatenate([np.zeros((1, nats.shape[1])), np.cumsum(nats[order], axis=0)])
    return lambda frames, side: sums[np.searchsorted(moments[order], frames, side)]


def _expected_f1(names: Ints, sure: Doubles, every: Doubles, shares: Doubles) -> float:
    """Name-F1 by what is believed, of the surest names: as many of them as make it best."""
    named = np.flatnonzero(names != UNKNOWN)
    order = named[np.argsort(-sure[named], kind="stable")]
    right, given = np.cumsum(shares[order] * sure[order]), np.cumsum(shares[order])
    players = float(shares @ (1 - every[:, -1]))
    return float((2 * right / np.maximum(given + players, 1e-12)).max(initial=0.0))


def _marginals(log: Doubles, graph: TrackletGraph, settings: IdentitySettings) -> Doubles:
    """(N, P + 1) probabilities. log: as `forward_backward` gives it."""
    return exclusive_marginals(log, graph.spans) if settings.exclusion else np.exp(log)


def who_they_are(total: Doubles, graph: TrackletGraph, settings: IdentitySettings) -> Doubles:
    """(N, P + 1) who the tracklets are, before names are given. As in `name_tracklets`."""
    return _presence(graph.constraints.votes(total), graph, settings)[1]


def _presence(
    total: Doubles, graph: TrackletGraph, settings: IdentitySettings
) -> tuple[Presence, Doubles]:
    """Who is in view in this video, by expectation maximisation, and (N, P + 1) who each tracklet
    is by the last round. total: as in `name_tracklets`."""
    players = total.shape[1] - 1
    expected = now = Presence.expected(players, settings.unknown_prior)
    for _ in range(_ROUNDS):
        log = forward_backward(
            graph.with_missing_players(total, now), now.prior(players), graph.links
        )
        every = _marginals(log, graph, settings)
        found = graph.shares @ every
        now = expected.after(float(found[:-1].sum()), float(found[-1]), players)
    return now, every
