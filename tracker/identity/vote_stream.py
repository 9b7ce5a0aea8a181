"""The votes of one source on the names of tracks: pictures, or anchors from anywhere.

A vote is the mean log-likelihood of what a source says in `vote_s` seconds, because neighbouring
pictures are the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tracker.settings import IdentitySettings
from tracker.types import Doubles, Index, Ints, Mask

_REMEMBERED = 8  # votes: what was said long ago may have been of somebody else, unnoticed


@dataclass(slots=True, eq=False)
class VoteStream:
    """T tracks, P players, the last column is "unknown".

    total: (T, P + 1) sum of the votes of the present stretch, `stretch` (T,) how many. vote:
    (T, P + 1) sum over the crops of the vote that is still open, `crops` (T,) of them, begun at
    `start_s` (T,).
    """

    total: Doubles
    stretch: Ints
    vote: Doubles
    crops: Ints
    start_s: Doubles

    @classmethod
    def fresh(cls, tracks: int, players: int) -> VoteStream:
        return cls(
            total=np.zeros((tracks, players + 1)),
            stretch=np.zeros(tracks, np.int64),
            vote=np.zeros((tracks, players + 1)),
            crops=np.zeros(tracks, np.int64),
            start_s=np.zeros(tracks),
        )

    def pick(self, index: Index) -> VoteStream:
        return VoteStream(
            self.total[index], self.stretch[index], self.vote[index], self.crops[index],
            self.start_s[index],
        )  # fmt: skip

    def join(self, other: VoteStream) -> VoteStream:
        both = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return VoteStream(*(np.concatenate(pair) for pair in both))

    def current(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) nats, the open vote counted in."""
        votes = self.total + self.vote / np.maximum(self.crops, 1)[:, None]
        return vote_weight(self.stretch + (self.crops > 0), settings)[:, None] * votes

    def finished(self, settings: IdentitySettings) -> Doubles:
        """(T, P + 1) nats without the open vote."""
        return vote_weight(self.stretch, settings)[:, None] * self.total

    def add(
        self, tracks: Ints, likelihoods: Doubles, time_s: float, settings: IdentitySettings
    ) -> Ints:
        """Take in (M, P + 1) log-likelihoods on (M,) tracks. Returns those whose vote begins."""
        self.close(tracks[self.begins(tracks, time_s, settings)])
        first: Ints = tracks[self.crops[tracks] == 0]
        self.start_s[first] = time_s
        self.vote[tracks] += limited(likelihoods, settings)
        self.crops[tracks] += 1
        return first

    def begins(self, tracks: Ints, time_s: float, settings: IdentitySettings) -> Mask:
        """(M,) whether what is said now of these (M,) tracks is a vote of its own."""
        over = time_s - self.start_s[tracks] >= settings.vote_s
        return np.asarray((self.crops[tracks] == 0) | over)

    def close(self, tracks: Ints) -> None:
        """End the open votes of these tracks."""
        had = tracks[self.crops[tracks] > 0]
        self.total[had] += self.vote[had] / self.crops[had, None]
        self.stretch[had] += 1
        long = had[self.stretch[had] > _REMEMBERED]
        self.total[long] *= _REMEMBERED / (_REMEMBERED + 1)
        self.stretch[long] = _REMEMBERED
        self.vote[had] = 0
        self.crops[had] = 0

    def end(self, tracks: Ints) -> None:
        """The stretches of these tracks are over; a vote that is open goes on."""
        self.total[tracks], self.stretch[tracks] = 0, 0


def vote_weight(votes: Ints | Doubles, settings: IdentitySettings) -> Doubles:
    """How much each of so many votes of one stretch counts, any shape.

    Votes of one person in one stretch err alike, by the light, the pose, the side that is seen: of
    n with correlation r, n / (1 + (n - 1) r) are independent (the design effect, Kish 1965).
    """
    return np.asarray(1 / (1 + np.maximum(votes - 1, 0) * settings.vote_correlation))


def limited(likelihoods: Doubles, settings: IdentitySettings) -> Doubles:
    """(N, P + 1) relative to the best and bounded below: one crop decides nothing."""
    relative = likelihoods - likelihoods.max(axis=1, keepdims=True)
    return np.asarray(np.maximum(relative, -settings.vote_nats_max))
