"""The anchors of a whole run as votes on tracklets, and how reliable their sources prove to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.anchor_accuracy import SourceAccuracy
from tracker.identity.anchor_likelihood import AnchorChannel, log_odds
from tracker.identity.vote_stream import limited, vote_weight
from tracker.offline.constraints import UserConstraint
from tracker.settings import IdentitySettings
from tracker.tracking.online_anchors import Sources
from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Anchors, Doubles, Floats, Ints

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
        each = limited(channel.log_likelihoods(self.run.anchors.take(self.rows)), settings)
        total = np.zeros((len(self.tracklet), each.shape[1]))
        np.add.at(total, self.votes, each)
        return total / self._sizes[:, None]

    @property
    def _sizes(self) -> Ints:
        return np.bincount(self.votes, minlength=len(self.tracklet))

    def summed(
        self, count: int, channel: AnchorChannel, settings: IdentitySettings
    ) -> tuple[Doubles, Ints]:
        """(N, P + 1) nats for `count` tracklets, and (N,) for how many pictures they count."""
        sources = len(self.run.sources)
        groups = self.tracklet * sources + self.source  # votes that err alike
        per = np.bincount(groups, minlength=count * sources)
        nats = self.nats(channel, settings) * vote_weight(per[groups], settings)[:, None]
        total = np.zeros((count, nats.shape[1]))
        np.add.at(total, self.tracklet, nats)
        votes = np.bincount(self.tracklet, minlength=count)
        return total, settings.anchor_votes * votes

    def channel(self, probabilities: Doubles) -> AnchorChannel:
        """How reliable the sources are if tracklets are whom (N, P + 1) `probabilities` say.

        The M step of Dawid and Skene (1979), with one number for how right a source is.
        """
        anchors = self.run.anchors.take(self.rows)
        worth = 1 / self._sizes[self.votes]
        chance = probabilities[self.tracklet[self.votes]]
        right = (chance * anchors.players).sum(axis=1)
        judged = ~anchors.human
        accuracy = SourceAccuracy.prior(self.run.sources.stated).after_pass(
            anchors.sources[judged],
            log_odds(anchors.confidence[judged]),
            right[judged],
            worth[judged],
        )
        names = anchors.players.shape[1]
        begun = AnchorChannel.begun(len(self.run.sources), names - 1)
        counts = _TAKEN_FOR * begun.confusion
        taken = (worth * judged)[:, None, None] * chance[:, :, None] * anchors.players[:, None, :]
        np.add.at(counts, anchors.sources, taken)
        counts[:, np.arange(names), np.arange(names)] = 0
        shares = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1e-12)
        return AnchorChannel(accuracy.shift, shares)
