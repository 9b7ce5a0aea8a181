"""Anchors while a run goes on: what they say of the tracks that their boxes were matched to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.identity.anchor_accuracy import SourceAccuracy
from tracker.identity.anchor_likelihood import AnchorChannel, own_log_odds
from tracker.identity.posterior import Beliefs
from tracker.settings import IdentitySettings
from tracker.types import Anchors, Doubles, Ints, Mask, Observation

NO_SOURCE = -1
_FREE = 1e-6  # that a name is not another track's, at the least


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Where a run's anchors come from. names: S of them. stated: (S,) True where the confidences
    are what is known of their accuracy, so that it is not learned."""

    names: tuple[str, ...] = ()
    stated: Mask = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.names)


class OnlineAnchors:
    """Hears the anchors of a run, and learns how reliable their sources are.

    channel: what an anchor is worth by now. players: how many names there are.
    """

    def __init__(self, sources: Sources, players: int, settings: IdentitySettings) -> None:
        self.channel = AnchorChannel.begun(len(sources), players)
        self.accuracy = SourceAccuracy.prior(sources.stated)
        self._players, self._settings = players, settings
        self.channel = self.channel.with_shift(self.accuracy.shift)

    def likelihoods(self, seen: Observation) -> Doubles | None:
        """(N, P + 1) nats of the anchors of a frame, zeros where nothing is said; None: nowhere."""
        anchors = seen.anchors
        if anchors is None or not len(anchors):
            return None
        log_likelihoods = np.zeros((len(seen.boxes), self._players + 1))
        np.add.at(log_likelihoods, anchors.detections, self.channel.log_likelihoods(anchors))
        return log_likelihoods

    def vote(
        self, beliefs: Beliefs, seen: Observation, rows: Ints, columns: Ints, here: Mask
    ) -> list[tuple[Ints, Doubles]]:
        """The anchors of a frame as (tracks, (M, P + 1) nats) of each source, for its stream.

        rows, columns: (M,) tracks and detections that belong together. here: (T,) who is in view.
        """
        anchors = seen.anchors
        empty = np.zeros(0, np.int64), np.zeros((0, self._players + 1))
        votes = [empty] * len(self.accuracy.fixed)
        if anchors is None or not len(anchors) or not len(columns):
            return votes
        anchors = anchors.among(columns)
        tracks = rows[anchors.detections]
        self._compare(beliefs, anchors, tracks, here, seen.time_s)
        nats = self.channel.log_likelihoods(anchors)
        for source in np.unique(anchors.sources).tolist():
            mine = anchors.sources == source
            votes[source] = tracks[mine], nats[mine]
        return votes

    def confirmed_by_hand(
        self, beliefs: Beliefs, seen: Observation, rows: Ints, columns: Ints
    ) -> Ints:
        """(K,) tracks of which a person says in this frame who they are believed to be."""
        anchors = seen.anchors
        if anchors is None or not anchors.human.any():
            return rows[:0]
        anchors = anchors.take(anchors.human).among(columns)
        tracks = rows[anchors.detections]
        believed = beliefs.current(self._settings)[tracks].argmax(axis=1)
        return np.asarray(tracks[believed == anchors.players.argmax(axis=1)])

    def _compare(
        self, beliefs: Beliefs, anchors: Anchors, tracks: Ints, here: Mask, time_s: float
    ) -> None:
        """Compare what is said with what was believed, once a vote."""
        begin = [stream.begins(tracks, time_s, self._settings) for stream in beliefs.streams[1:]]
        begins = np.array(begin)[anchors.sources, np.arange(len(anchors))] & ~anchors.human
        if not begins.any():
            return
        log = beliefs.current(self._settings)
        self.accuracy = self.accuracy.after_votes(
            anchors.sources[begins],
            own_log_odds(anchors)[begins],
            anchors.players[begins].astype(np.float64),
            _alone(log, here)[tracks[begins]],
        )
        self.channel = self.channel.with_shift(self.accuracy.shift)


def _alone(log: Doubles, here: Mask) -> Doubles:
    """(T, P + 1) probabilities of names, given that nobody is two of those in view."""
    free = np.log(np.maximum(1 - np.exp(log[:, :-1]), _FREE)) * here[:, None]
    joint = log.copy()
    joint[:, :-1] += free.sum(axis=0) - free
    joint -= np.logaddexp.reduce(joint, axis=1)[:, None]
    return np.asarray(np.exp(joint))
