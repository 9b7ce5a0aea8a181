"""The anchors of a whole run as votes on tracklets, and how reliable their sources prove to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.anchor_accuracy import SourceAccuracy
from tracker.identity.anchor_likelihood import AnchorChannel, own_log_odds
from tracker.identity.vote_stream import limited, vote_weight
from tracker.offline.constraints import UserConstraint
from tracker.settings import IdentitySettings
from tracker.tracking.online_anchors import Sources
from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Anchors, Doubles, Floats, Ints

_FAINTEST = 1e-9  # what a belief is taken for at least
_TAKEN_FOR = 4.0  # votes that the confusion begins with, spread evenly


@dataclass(frozen=True, slots=True, eq=False)
class RunAnchors:
    """All A anchors of a run.

    places: (A,) frames that they are in, rising, of which `detections` are rows. sources: where
    they come from.
    """

    places: Ints
    anchors: Anchors
    sources: Sources

    @classmethod
    def of(cls, seen: Sequence[Anchors | None], sources: Sources, players: int) -> RunAnchors:
        """seen: anchors of every frame, in order."""
        frames = [(i, anchors) for i, anchors in enumerate(seen) if anchors is not None]
        places = [np.full(len(anchors), i) for i, anchors in frames]
        every = Anchors.joined([Anchors.none(players), *(anchors for _, anchors in frames)])
        return cls(np.concatenate([np.zeros(0, np.int64), *places]), every, sources)

    def __len__(self) -> int:
        return len(self.places)

    def on(
        self, tracklets: Sequence[Tracklet], times_s: Doubles, settings: IdentitySettings
    ) -> AnchorVotes:
        """Those on the sightings of some tracklets, as votes. times_s: (F,) of the frames."""
        whose, rows = self._sightings(tracklets)
        begun_s = times_s[[tracklet.first for tracklet in tracklets]]
        places, sources = self.places[rows], self.anchors.sources[rows]
        slot = np.floor((times_s[places] - begun_s[whose]) / settings.vote_s).astype(np.int64)
        order = np.lexsort((places, whose, sources))
        whose, rows, slot, sources = whose[order], rows[order], slot[order], sources[order]
        begins = np.ones(len(rows), bool)
        begins[1:] = (np.diff(whose) != 0) | (np.diff(slot) != 0) | (np.diff(sources) != 0)
        return AnchorVotes(self, rows, np.cumsum(begins) - 1, whose[begins], sources[begins])

    def constraints(self, tracklets: Sequence[Tracklet], index: Ints) -> list[UserConstraint]:
        """What people said, as facts. index: Frame.index of the frames."""
        whose, rows = self._sightings(tracklets)
        return [
            UserConstraint(
                tracklets[tracklet].track,
                int(index[self.places[row]]),
                int(index[self.places[row]]),
                _player(self.anchors.players[row]),
            )
            for tracklet, row in zip(whose.tolist(), rows.tolist(), strict=True)
            if self.anchors.human[row]
        ]

    def _sightings(self, tracklets: Sequence[Tracklet]) -> tuple[Ints, Ints]:
        """(M,) tracklets, and (M,) rows of the anchors that lie on them."""
        frames, detections = (
            np.concatenate([np.zeros(0, np.int64), *(getattr(t, name) for t in tracklets)])
            for name in ("frames", "detections")
        )
        if not len(self) or not len(frames):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        whose = np.repeat(np.arange(len(tracklets)), [len(t.frames) for t in tracklets])
        width = 1 + max(int(detections.max()), int(self.anchors.detections.max()))
        key, wanted = frames * width + detections, self.places * width + self.anchors.detections
        order = np.argsort(key, kind="stable")
        at = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
        found = np.flatnonzero(key[at] == wanted)
        return whose[at[found]], found


def _player(label: Floats) -> int:
    best = int(label.argmax())
    return best if best < len(label) - 1 else UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class AnchorVotes:
    """(M,) anchors of `run`, by `rows`, and the (M,) `votes` that they are part of, rising; V votes
    by (V,) `tracklet` and (V,) `source`: anchors of one source close together are one vote."""

    run: RunAnchors
    rows: Ints
    votes: Ints
    tracklet: Ints
    source: Ints

    def nats(self, channel: AnchorChannel, settings: IdentitySettings) -> Doubles:
        """(V, P + 1) what each vote says."""
        anchors = self.run.anchors.take(self.rows)
        return self._means(limited(channel.log_likelihoods(anchors), settings))

    def _weights(self, settings: IdentitySettings) -> Doubles:
        """(V,) how much each counts among the others of its source on its tracklet."""
        groups = self.tracklet * len(self.run.sources) + self.source
        return vote_weight(np.bincount(groups)[groups], settings)

    @property
    def _sizes(self) -> Ints:
        return np.bincount(self.votes, minlength=len(self.tracklet))

    def summed(
        self, count: int, channel: AnchorChannel, settings: IdentitySettings
    ) -> tuple[Doubles, Ints]:
        """(N, P + 1) nats for `count` tracklets, and (N,) for how many pictures they count."""
        nats = self.nats(channel, settings) * self._weights(settings)[:, None]
        total = np.zeros((count, nats.shape[1]))
        np.add.at(total, self.tracklet, nats)
        votes = np.bincount(self.tracklet, minlength=count)
        return total, settings.anchor_votes * votes

    def channel(
        self, probabilities: Doubles, channel: AnchorChannel, settings: IdentitySettings
    ) -> AnchorChannel:
        """How reliable the sources prove to be, by (N, P + 1) who the tracklets are with all votes
        counted in, these as the `channel` has them."""
        anchors = self.run.anchors.take(self.rows)
        judged = ~anchors.human
        worth = 1 / self._sizes[self.votes]
        labels = self._means(anchors.players.astype(np.float64))
        odds = self._means(own_log_odds(anchors)[:, None])[:, 0]
        believed = self._without(probabilities, channel, settings)
        by_hand = self._means(anchors.human[:, None].astype(np.float64))[:, 0] > 0
        accuracy = SourceAccuracy.prior(self.run.sources.stated).after_votes(
            self.source[~by_hand], odds[~by_hand], labels[~by_hand], believed[~by_hand]
        )
        names = labels.shape[1]
        counts = _TAKEN_FOR * AnchorChannel.begun(len(self.run.sources), names - 1).confusion
        chance = probabilities[self.tracklet[self.votes]]
        taken = (worth * judged)[:, None, None] * chance[:, :, None] * anchors.players[:, None, :]
        np.add.at(counts, anchors.sources, taken)
        counts[:, np.arange(names), np.arange(names)] = 0
        shares = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1e-12)
        return AnchorChannel(accuracy.shift, shares)

    def _means(self, each: Doubles) -> Doubles:
        """(V, n) of the votes, of the (M, n) of their anchors."""
        total = np.zeros((len(self.tracklet), each.shape[1]))
        np.add.at(total, self.votes, each)
        return total / self._sizes[:, None]

    def _without(
        self, probabilities: Doubles, channel: AnchorChannel, settings: IdentitySettings
    ) -> Doubles:
        """(V, P + 1) who the tracklets are, each vote taken out of its own."""
        log = np.log(np.maximum(probabilities[self.tracklet], _FAINTEST))
        log -= self._weights(settings)[:, None] * self.nats(channel, settings)
        log -= np.logaddexp.reduce(log, axis=1)[:, None]
        return np.asarray(np.exp(log))
