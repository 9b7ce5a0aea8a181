"""Where the name of a track is decided while a run goes on: for all tracks of a frame together.

What is believed of each track alone is in `posterior`. A second pass decides once more, over whole
tracklets: `tracker.offline.offline_naming`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tracker.assignment import assign
from tracker.identity.exclusion import Exclusion, exclusive
from tracker.identity.posterior import Beliefs
from tracker.identity.roster_rules import RosterRules
from tracker.log_odds import log_odds
from tracker.settings import IdentitySettings
from tracker.types import (
    A_PERSON,
    ANCHORED_BY,
    FIRST_ANCHORS,
    UNKNOWN,
    Doubles,
    Evidence,
    Ints,
    Mask,
)

_NEVER = 1e-12  # a chance that is as good as none


def name_tracks(
    log: Doubles,
    beliefs: Beliefs,
    present: Mask,
    confirmed: Mask,
    cannot_link: Mask,
    seen_s: Doubles,
    settings: IdentitySettings,
    rules: RosterRules | None,
    time_s: float,
    excluding: Exclusion,
) -> Doubles:
    """Give the names of a frame: `player`, `last_player` and `anchored` of the beliefs.

    log: (T, P + 1) what is believed now. present: (T,) tracks that are somewhere, visible or
    occluded. The rest as in `give_names`. Returns (T,) how likely each name is.
    """
    # pictures that are sure of somebody speak of a body too, however close it keeps to others
    shown = confirmed
    if not shown.all():
        shown = shown | recognised(beliefs, log, settings)
    live = present & shown
    player, confidence = give_names(
        beliefs, log, live, cannot_link, seen_s, settings, rules, time_s, excluding
    )
    sure = anchors(beliefs, log, player, settings)
    kept = beliefs.anchored & (player == beliefs.player)
    beliefs.anchored = np.where(live, sure | kept, beliefs.anchored)
    beliefs.player = player
    beliefs.last_player = np.where(live, player, beliefs.last_player)
    return confidence


def give_names(
    beliefs: Beliefs,
    log: Doubles,
    live: Mask,
    cannot_link: Mask,
    seen_s: Doubles,
    settings: IdentitySettings,
    rules: RosterRules | None = None,
    time_s: float = 0.0,
    excluding: Callable[[Doubles, Mask], Doubles] = exclusive,
) -> tuple[Ints, Doubles]:
    """Joint names of all tracks: (T,) players or UNKNOWN, and (T,) their probability.

    log: (T, P + 1) what is believed now. live: (T,) tracks that are somewhere, visible or occluded;
    they compete for the names, with their `cannot_link` (T, T) of all times (see `exclusive`). A
    name is given at `name_at` and kept down to `keep_at`. The others wait: each keeps the name it
    bore unless a live track, or one seen later (`seen_s`), bears it. rules: what the roster says,
    at `time_s`. excluding: `exclusive`, or an `Exclusion` that remembers the last frame.
    """
    if rules is not None:
        log = rules.at(log, time_s)
    names = np.where(live, UNKNOWN, beliefs.last_player)
    rows, waiting = live.nonzero()[0], (~live).nonzero()[0]
    if settings.exclusion:
        probabilities = excluding(
            _given_absent(log, rows, waiting, cannot_link), cannot_link[rows[:, None], rows]
        )
    else:
        probabilities = np.exp(log[rows])
    thresholds = _thresholds(beliefs, rows, settings)
    chosen, players = _compete(probabilities[:, :-1], thresholds)
    if rules is not None:
        needed = thresholds[chosen, players]
        surplus = log_odds(probabilities[chosen, players], _NEVER) - log_odds(needed, _NEVER)
        stands = rules.kept(surplus, players)
        chosen, players = chosen[stands], players[stands]
    names[rows[chosen]] = players
    _leave_taken(names, waiting, set(players.tolist()), seen_s)
    confidence = np.exp(log[np.arange(len(log)), names])  # UNKNOWN picks "unknown", the last
    confidence[rows] = probabilities[np.arange(len(rows)), names[rows]]
    return names, confidence


def _given_absent(log: Doubles, live: Ints, waiting: Ints, cannot_link: Mask) -> Doubles:
    """(L, P + 1) beliefs of the (L,) live tracks, given whom the (W,) waiting were seen beside.

    A track that ran beside player 5 is not 5 when they have left; one that began after may be.
    """
    known = log[live]
    if not len(waiting):
        return known
    sure = np.minimum(np.exp(log[waiting, :-1]), 1 - 1e-6)
    known[:, :-1] += cannot_link[live[:, None], waiting].astype(np.float64) @ np.log1p(-sure)
    return known


def _thresholds(beliefs: Beliefs, live: Ints, settings: IdentitySettings) -> Doubles:
    """(L, P) the probability each name needs on each live track; without a vote none will do."""
    player, votes = beliefs.player[live], beliefs.votes[live]
    thresholds = np.full((len(live), beliefs.log.shape[1] - 1), settings.name_at)
    has = (player != UNKNOWN).nonzero()[0]
    thresholds[has, player[has]] = settings.keep_at
    thresholds[votes == 0] = np.inf  # what is likely by the roster alone is no name
    return thresholds


def _compete(probabilities: Doubles, thresholds: Doubles) -> tuple[Ints, Ints]:
    """Hungarian over (live tracks x players); pairs below their threshold stay unnamed."""
    return assign(np.where(probabilities >= thresholds, probabilities, -np.inf), 0.0)


def _leave_taken(names: Ints, waiting: Ints, taken: set[int], seen_s: Doubles) -> None:
    """Of the waiting only who was seen last keeps a name, and none that is taken."""
    for place in sorted(waiting[names[waiting] != UNKNOWN], key=lambda i: -seen_s[i]):
        if names[place] in taken:
            names[place] = UNKNOWN
        taken.add(int(names[place]))


def anchors(beliefs: Beliefs, log: Doubles, player: Ints, settings: IdentitySettings) -> Mask:
    """(T,) bool: the track's own votes are enough, by number and by margin, for this name.

    log: (T, P + 1) what is believed now.
    """
    rows = np.arange(len(log))
    own = log[rows, player]
    rest = log.copy()
    rest[rows, player] = -np.inf
    best_other = rest.max(axis=1, initial=-np.inf)
    sure = own - best_other >= settings.anchor_nats
    return np.asarray((player != UNKNOWN) & (beliefs.votes >= settings.anchor_votes) & sure)


def recognised(beliefs: Beliefs, log: Doubles, settings: IdentitySettings) -> Mask:
    """(T,) bool: the track's own votes are enough for somebody, whoever bears their name now.

    log: `beliefs.current`."""
    known = log.shape[1] - 1
    best = log[:, :known].argmax(axis=1) if known else beliefs.player
    return anchors(beliefs, log, best, settings)


def evidence(beliefs: Beliefs, voted: Ints) -> Ints:
    """(T,) Evidence codes of the names the tracks bear; voted: (T,) whose vote just spoke, as in
    EvidenceLog.sources, A_PERSON, or below 0 where nobody did."""
    if beliefs.log.shape[1] == 1:
        return np.zeros(len(voted), np.int64)  # there are no names
    why = np.full(len(voted), int(Evidence.SOLVED))
    why[beliefs.anchored] = Evidence.CARRIED
    why[beliefs.anchored & (voted >= 0)] = Evidence.ANCHOR
    foreign = beliefs.anchored & (voted >= FIRST_ANCHORS)
    why[foreign] = ANCHORED_BY + voted[foreign] - FIRST_ANCHORS
    why[voted == A_PERSON] = Evidence.TOLD
    why[beliefs.player == UNKNOWN] = Evidence.NONE
    return why
