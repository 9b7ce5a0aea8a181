"""What every track is believed to be called, by votes: a posterior over the players and unknown.

A vote is the mean log-likelihood of the clean crops of `vote_s` seconds, because neighbouring
crops are the same picture. Which name a track is given by it is decided in `online_naming`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from tracker.identity.continuity import link_log_probabilities
from tracker.settings import IdentitySettings
from tracker.types import UNKNOWN, Doubles, Index, Ints, Mask

_REMEMBERED = 8  # votes: what was said long ago may have been of somebody else, unnoticed


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
