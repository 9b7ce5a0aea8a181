"""What every track is believed to be called, by votes: a posterior over the players and unknown.

A vote is the mean log-likelihood of the clean crops of `vote_s` seconds, because neighbouring
crops are the same picture (`vote_stream.py`). Which name a track is given by it is decided in
`online_naming`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from tracker.identity.continuity import link_log_probabilities
from tracker.identity.number_evidence import independent_share
from tracker.identity.vote_stream import VoteStream, limited
from tracker.settings import IdentitySettings
from tracker.types import UNKNOWN, Doubles, Index, Ints, Mask


@dataclass(slots=True, eq=False)
class Beliefs:
    """What T tracks are believed to be called; P players, the last column is "unknown".

    log: (T, P + 1) log-probabilities before the votes of the present stretch. A stretch ends where
    the track may have gone over to somebody else. unnumbered: (T, P + 1) the same without what
    shirt numbers said. streams: the votes of this stretch, of the pictures first, then of each
    source of anchors. votes: (T,) votes so far, of all streams.
    read_s, number_s: (T,) when a shirt number was read last, and when such a vote began.
    player: (T,) name given or UNKNOWN. last_player: (T,) the name borne when last in view.
    anchored: (T,) the track's own votes once made its name sure.
    """

    log: Doubles
    unnumbered: Doubles
    streams: tuple[VoteStream, ...]
    votes: Ints
    read_s: Doubles
    number_s: Doubles
    player: Ints
    last_player: Ints
    anchored: Mask

    @classmethod
    def fresh(
        cls, tracks: int, players: int, settings: IdentitySettings, sources: int = 0
    ) -> Beliefs:
        """New tracks: anybody, with the share of strangers as prior. sources: of anchors."""
        prior = prior_log(players, settings)
        return cls(
            log=np.tile(prior, (tracks, 1)),
            unnumbered=np.tile(prior, (tracks, 1)),
            streams=tuple(VoteStream.fresh(tracks, players) for _ in range(1 + sources)),
            votes=np.zeros(tracks, np.int64),
            read_s=np.full(tracks, -np.inf),
            number_s=np.full(tracks, -np.inf),
            player=np.full(tracks, UNKNOWN, np.int64),
            last_player=np.full(tracks, UNKNOWN, np.int64),
            anchored=np.zeros(tracks, bool),
        )

    def pick(self, index: Index) -> Beliefs:
        return Beliefs(
            self.log[index], self.unnumbered[index],
            tuple(stream.pick(index) for stream in self.streams),
            self.votes[index], self.read_s[index], self.number_s[index], self.player[index],
            self.last_player[index], self.anchored[index],
        )  # fmt: skip

    def join(self, other: Beliefs) -> Beliefs:
        streams = tuple(a.join(b) for a, b in zip(self.streams, other.streams, strict=True))
        columns = {
            f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
            for f in fields(self)
            if f.name != "streams"
        }
        return Beliefs(streams=streams, **columns)

    def current(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) log-probabilities with the open votes counted in."""
        return self._with_votes(self.log, settings)

    def finished(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) log-probabilities without the open votes."""
        return self._with_finished(self.log, settings)

    def without_numbers(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) the same without what shirt numbers said, for comparison with other pictures.

        A stranger in 33 of the other team looks like nobody's 33, before a gap and after it: their
        next picture is no sign that they are somebody else now.
        """
        return self._with_votes(self.unnumbered, settings)

    def _with_votes(self, log: Doubles, settings: IdentitySettings) -> Doubles:
        for stream in self.streams:
            log = log + stream.current(settings)
        return bounded(log, settings)

    def _with_finished(self, log: Doubles, settings: IdentitySettings) -> Doubles:
        for stream in self.streams:
            log = log + stream.finished(settings)
        return bounded(log, settings)

    def add_votes(
        self,
        tracks: Ints,
        likelihoods: Doubles,
        time_s: float,
        settings: IdentitySettings,
        stream: int = 0,
    ) -> None:
        """Let clean crops, or the anchors of a source, vote: (M,) tracks and their (M, P + 1)
        log-likelihoods.

        An anchor counts for as many pictures as make one (`anchor_votes`).
        """
        opened = self.streams[stream].add(tracks, likelihoods, time_s, settings)
        self.votes[opened] += settings.anchor_votes if stream else 1

    def add_readings(
        self, tracks: Ints, log_likelihoods: Doubles, time_s: float, settings: IdentitySettings
    ) -> None:
        """Let shirt numbers vote: (M,) tracks, (M, P + 1) nats.

        A reading is a vote of its own, or the part of one by which it is later than the one before.
        They may outweigh the votes of the present stretch: who wears 9 is not 33, however much they
        have looked like 33 all the time.
        """
        share = independent_share(time_s - self.read_s[tracks])[:, None]
        votes = np.zeros((len(tracks), self.log.shape[1]))
        for stream in self.streams:
            votes += stream.pick(tracks).current(settings)
        lowest = settings.belief_nats_max + np.ptp(votes, axis=1, keepdims=True)
        self.log[tracks] = _bounded(self.log[tracks] + share * log_likelihoods, lowest)
        self.read_s[tracks] = time_s
        begins = tracks[independent_share(time_s - self.number_s[tracks]) >= 1]
        self.number_s[begins] = time_s
        self.votes[begins] += 1

    def close(self, tracks: Ints) -> None:
        """End the open votes of these tracks."""
        for stream in self.streams:
            stream.close(tracks)

    def end_stretch(self, tracks: Ints, settings: IdentitySettings) -> None:
        """End the stretches of these tracks: what is believed stands, what comes is heard anew.

        A vote that is open goes on, for its crops are the same picture.
        """
        picked = self.pick(tracks)
        self.log[tracks] = picked._with_finished(picked.log, settings)
        self.unnumbered[tracks] = picked._with_finished(picked.unnumbered, settings)
        for stream in self.streams:
            stream.end(tracks)

    def weaken(self, tracks: Ints, log_odds: Doubles, settings: IdentitySettings) -> None:
        """With these (M,) log-odds they are who they were, else anybody."""
        self.close(tracks)
        self.end_stretch(tracks, settings)
        same, other = link_log_probabilities(log_odds)
        anybody = prior_log(self.log.shape[1] - 1, settings) + other[:, None]
        for log in (self.log, self.unnumbered):
            log[tracks] = np.logaddexp(log[tracks] + same[:, None], anybody)

    def mix(self, track: int, rival: int, share: float, settings: IdentitySettings) -> None:
        """The two may have swapped: each becomes a little of what the other was."""
        if share <= 0:
            return
        self.end_stretch(np.array([track, rival]), settings)
        keep, swapped = np.log1p(-share), np.log(share)
        for log in (self.log, self.unnumbered):
            mine, other = log[track].copy(), log[rival].copy()
            log[track] = np.logaddexp(mine + keep, other + swapped)
            log[rival] = np.logaddexp(other + keep, mine + swapped)


def prior_log(players: int, settings: IdentitySettings) -> Doubles:
    """(P + 1,) log-probabilities before any evidence."""
    return _prior_log(players, settings.unknown_prior)


@cache
def _prior_log(players: int, unknown: float) -> Doubles:
    known = np.full(players, np.log((1 - unknown) / max(players, 1)))
    prior = np.append(known, np.log(unknown)) if players else np.zeros(1)
    prior.flags.writeable = False
    return prior


def bounded(log: Doubles, settings: IdentitySettings) -> Doubles:
    """Normalised, and no surer than `belief_nats_max`, so that a belief can still turn."""
    return _bounded(log, settings.belief_nats_max)


def _bounded(log: Doubles, limit: Doubles | float) -> Doubles:
    relative = np.maximum(log - log.max(axis=1, keepdims=True), -limit)
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
