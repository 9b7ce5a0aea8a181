"""Beliefs about names: evidence by votes, exclusion between tracks, names given and kept.

A vote is the mean log-likelihood of the clean crops of `vote_s` seconds, because neighbouring
crops are the same picture. Names are given jointly: a player is in one place at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from tracker.assignment import assign
from tracker.identity.continuity import link_log_probabilities
from tracker.identity.roster_rules import RosterRules
from tracker.settings import IdentitySettings
from tracker.types import UNKNOWN, Doubles, Evidence, Index, Ints, Mask

_EXCLUSION_ROUNDS = 12
_REMEMBERED = 8  # votes: what was said long ago may have been of somebody else, unnoticed
_NEVER = 1e-12  # a chance that is as good as none


@dataclass(slots=True, eq=False)
class Beliefs:
    """What T tracks are believed to be called; P players, the last column is "unknown".

    log: (T, P + 1) log-probabilities before the votes of the present stretch, `vote_sum` (T, P + 1)
    their sum so far and `stretch` (T,) how many. A stretch ends where the track may have gone over
    to somebody else. vote: (T, P + 1) sum over the crops of the vote that is still open, `crops`
    (T,) of them, begun at `vote_start_s` (T,). votes: (T,) votes so far. player: (T,) name given or
    UNKNOWN. last_player: (T,) the name borne when last in view. anchored: (T,) the track's own
    votes once made its name sure.
    """

    log: Doubles
    vote_sum: Doubles
    stretch: Ints
    vote: Doubles
    crops: Ints
    vote_start_s: Doubles
    votes: Ints
    player: Ints
    last_player: Ints
    anchored: Mask

    @classmethod
    def fresh(cls, tracks: int, players: int, settings: IdentitySettings) -> Beliefs:
        """New tracks: anybody, with the share of strangers as prior."""
        prior = prior_log(players, settings)
        return cls(
            log=np.tile(prior, (tracks, 1)),
            vote_sum=np.zeros((tracks, players + 1)),
            stretch=np.zeros(tracks, np.int64),
            vote=np.zeros((tracks, players + 1)),
            crops=np.zeros(tracks, np.int64),
            vote_start_s=np.zeros(tracks),
            votes=np.zeros(tracks, np.int64),
            player=np.full(tracks, UNKNOWN, np.int64),
            last_player=np.full(tracks, UNKNOWN, np.int64),
            anchored=np.zeros(tracks, bool),
        )

    def pick(self, index: Index) -> Beliefs:
        return Beliefs(
            self.log[index], self.vote_sum[index], self.stretch[index], self.vote[index],
            self.crops[index], self.vote_start_s[index], self.votes[index], self.player[index],
            self.last_player[index], self.anchored[index],
        )  # fmt: skip

    def join(self, other: Beliefs) -> Beliefs:
        both = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Beliefs(*(np.concatenate(pair) for pair in both))

    def current(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) log-probabilities with the open vote counted in."""
        votes = self.vote_sum + self.vote / np.maximum(self.crops, 1)[:, None]
        count = self.stretch + (self.crops > 0)
        return bounded(self.log + vote_weight(count, settings)[:, None] * votes, settings)

    def finished(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) log-probabilities without the open vote."""
        return bounded(
            self.log + vote_weight(self.stretch, settings)[:, None] * self.vote_sum, settings
        )

    def add_crops(
        self, tracks: Ints, likelihoods: Doubles, time_s: float, settings: IdentitySettings
    ) -> None:
        """Let clean crops vote: (M,) tracks and their (M, P + 1) log-likelihoods."""
        due = tracks[
            (self.crops[tracks] > 0) & (time_s - self.vote_start_s[tracks] >= settings.vote_s)
        ]
        self.close(due, settings)
        first = tracks[self.crops[tracks] == 0]
        self.vote_start_s[first] = time_s
        self.votes[first] += 1
        self.vote[tracks] += limited(likelihoods, settings)
        self.crops[tracks] += 1

    def add_readings(
        self, tracks: Ints, log_likelihoods: Doubles, settings: IdentitySettings
    ) -> None:
        """Let shirt numbers vote: (M,) tracks, (M, P + 1) nats; each reading is a whole vote."""
        self.log[tracks] = bounded(self.log[tracks] + log_likelihoods, settings)
        self.votes[tracks] += 1

    def close(self, tracks: Ints, settings: IdentitySettings) -> None:
        """End the open votes of these tracks."""
        had = tracks[self.crops[tracks] > 0]
        self.vote_sum[had] += self.vote[had] / self.crops[had, None]
        self.stretch[had] += 1
        long = had[self.stretch[had] > _REMEMBERED]
        self.vote_sum[long] *= _REMEMBERED / (_REMEMBERED + 1)
        self.stretch[long] = _REMEMBERED
        self.vote[had] = 0
        self.crops[had] = 0

    def end_stretch(self, tracks: Ints, settings: IdentitySettings) -> None:
        """End the stretches of these tracks: what is believed stands, what comes is heard anew.

        A vote that is open goes on, for its crops are the same picture.
        """
        self.log[tracks] = self.pick(tracks).finished(settings)
        self.vote_sum[tracks], self.stretch[tracks] = 0, 0

    def weaken(self, tracks: Ints, log_odds: Doubles, settings: IdentitySettings) -> None:
        """With these (M,) log-odds they are who they were, else anybody."""
        self.close(tracks, settings)
        self.end_stretch(tracks, settings)
        same, other = link_log_probabilities(log_odds)
        anybody = prior_log(self.log.shape[1] - 1, settings) + other[:, None]
        self.log[tracks] = np.logaddexp(self.log[tracks] + same[:, None], anybody)

    def mix(self, track: int, rival: int, share: float, settings: IdentitySettings) -> None:
        """The two may have swapped: each becomes a little of what the other was."""
        if share <= 0:
            return
        self.end_stretch(np.array([track, rival]), settings)
        mine, other = self.log[track].copy(), self.log[rival].copy()
        keep, swapped = np.log1p(-share), np.log(share)
        self.log[track] = np.logaddexp(mine + keep, other + swapped)
        self.log[rival] = np.logaddexp(other + keep, mine + swapped)


def prior_log(players: int, settings: IdentitySettings) -> Doubles:
    """(P + 1,) log-probabilities before any evidence."""
    return _prior_log(players, settings.unknown_prior)


@cache
def _prior_log(players: int, unknown: float) -> Doubles:
    known = np.full(players, np.log((1 - unknown) / max(players, 1)))
    prior = np.append(known, np.log(unknown)) if players else np.zeros(1)
    prior.flags.writeable = False
    return prior


def vote_weight(votes: Ints, settings: IdentitySettings) -> Doubles:
    """How much each of so many votes of one stretch counts, any shape.

    Votes of one person in one stretch err alike, by the light, the pose, the side that is seen: of
    n with correlation r, n / (1 + (n - 1) r) are independent (the design effect, Kish 1965).
    """
    return np.asarray(1 / (1 + np.maximum(votes - 1, 0) * settings.vote_correlation))


def limited(likelihoods: Doubles, settings: IdentitySettings) -> Doubles:
    """(N, P + 1) relative to the best and bounded below: one crop decides nothing."""
    relative = likelihoods - likelihoods.max(axis=1, keepdims=True)
    return np.asarray(np.maximum(relative, -settings.vote_nats_max))


def bounded(log: Doubles, settings: IdentitySettings) -> Doubles:
    """Normalised, and no surer than `belief_nats_max`, so that a belief can still turn."""
    relative = np.maximum(log - log.max(axis=1, keepdims=True), -settings.belief_nats_max)
    return np.asarray(relative - np.log(np.exp(relative).sum(axis=1, keepdims=True)))


def fit(log: Doubles, likelihoods: Doubles, settings: IdentitySettings) -> Doubles:
    """(T, N) log of p(crop | the track's belief) / p(crop): how well the names fit."""
    players = log.shape[1] - 1
    if players == 0 or not len(log) or not len(likelihoods):
        return np.zeros((len(log), len(likelihoods)))
    votes = limited(likelihoods, settings)
    top = votes.max(axis=1)
    # log-sum-exp as one matrix product: beliefs and votes are both bounded below
    fitting = np.exp(log) @ np.exp(votes - top[:, None]).T
    alone = np.exp(prior_log(players, settings)) @ np.exp(votes - top[:, None]).T
    return np.asarray(np.log(fitting) - np.log(alone)[None, :])


def exclusive(log: Doubles, cannot_link: Mask) -> Doubles:
    """(T, P + 1) probabilities when no player can be two tracks that were seen together.

    cannot_link: (T, T) symmetric; True where the two were once in one frame, so that they are two
    people for ever: a track that ran beside player 5 is not 5 after they have left the picture.

    Loopy belief propagation over the assignment (Williams and Lau, IEEE TAES 2014): it always
    converges, and four look-alikes who all claim one player leave them to the surest of them.
    """
    weight = np.exp(log)
    known, unknown = weight[:, :-1], weight[:, -1:]
    together = cannot_link.astype(np.float64)
    free = np.ones_like(known)  # how likely it is, for each track, that no other is the player
    for _ in range(_EXCLUSION_ROUNDS):
        left = known * free
        rest = unknown + left.sum(axis=1, keepdims=True)
        rest = np.maximum(np.subtract(rest, left, out=left), 1e-12, out=left)
        others = together @ np.divide(known, rest, out=rest)
        others += 1
        before, free = free, np.divide(1, others, out=others)
        if (free == before).all():  # to the last bit: another round would say the same
            break
    weight[:, :-1] = known * free
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


class Exclusion:
    """`exclusive`, not worked out again for the same beliefs: most frames bring no vote."""

    def __init__(self) -> None:
        self._inputs: tuple[Doubles, Mask] | None = None
        self._probabilities: Doubles = np.zeros((0, 1))

    def __call__(self, log: Doubles, cannot_link: Mask) -> Doubles:
        inputs = (log, cannot_link)
        if self._inputs is None or not all(map(np.array_equal, inputs, self._inputs)):
            self._inputs, self._probabilities = inputs, exclusive(log, cannot_link)
        return self._probabilities


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
        stands = rules.kept(_log_odds(probabilities[chosen, players]) - _log_odds(needed), players)
        chosen, players = chosen[stands], players[stands]
    names[rows[chosen]] = players
    taken = set(players.tolist())
    if len(waiting):
        for place in sorted(waiting[names[waiting] != UNKNOWN], key=lambda i: -seen_s[i]):
            if names[place] in taken:
                names[place] = UNKNOWN
            taken.add(int(names[place]))
    confidence = np.exp(log[np.arange(len(log)), names])  # UNKNOWN picks "unknown", the last
    confidence[rows] = probabilities[np.arange(len(rows)), names[rows]]
    return names, confidence


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


def _log_odds(probability: Doubles) -> Doubles:
    """Log-odds."""
    inside = np.minimum(np.maximum(probability, _NEVER), 1 - _NEVER)
    return np.asarray(np.log(inside) - np.log1p(-inside))


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


def evidence(beliefs: Beliefs, voted: Mask) -> Ints:
    """(T,) Evidence codes of the names the tracks bear; voted: (T,) a clean crop spoke just now."""
    if beliefs.log.shape[1] == 1:
        return np.zeros(len(voted), np.int64)  # there are no names
    why = np.full(len(voted), int(Evidence.SOLVED))
    why[beliefs.anchored] = Evidence.CARRIED
    why[beliefs.anchored & voted] = Evidence.ANCHOR
    why[beliefs.player == UNKNOWN] = Evidence.NONE
    return why
