"""What is remembered of the players who vanished: the rest comes from the others.

All that the offset net is told but the present places of the others is settled when somebody
vanishes. So the past is looked up once, half of the net is run once, and a frame costs no more
than where the others are now.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker import boxes as bx
from tracker.tracking import occlusion_net
from tracker.tracking.history import History
from tracker.tracking.occlusion_net import LAGS_S, OTHERS, SINCE, OffsetNet, Offsets, Prepared
from tracker.types import Doubles, Index, Ints, Mask

_NO_TRACK = -1


@dataclass(frozen=True, slots=True, eq=False)
class HiddenTracks:
    """M vanished tracks.

    ids: (M,) theirs. since_s: (M,) their last sightings; last: (M, 4) where that was; then:
    (M, K, 3) log h, cx, cy of the others at that moment; all in pixels of the present frame. whose:
    (M, K) the others' track ids. prepared: the settled half of the net's answer.
    """

    ids: Ints
    since_s: Doubles
    last: Doubles
    then: Doubles
    other_ids: Ints
    prepared: Prepared

    @classmethod
    def empty(cls) -> HiddenTracks:
        """Nobody has vanished."""
        prepared = Prepared(
            *(np.zeros((0, *shape), np.float32) for shape in occlusion_net.prepared_shapes(OTHERS))
        )
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        then, other_ids = np.zeros((0, OTHERS, 3)), np.zeros((0, OTHERS), np.int64)
        return cls(none, nothing, np.zeros((0, 4)), then, other_ids, prepared)

    @classmethod
    def of(
        cls,
        rows: Ints,
        last: Doubles,
        since_s: Doubles,
        history: History,
        ids: Ints,
        net: OffsetNet,
    ) -> HiddenTracks:
        """The tracks `rows` (M,) were last seen at `since_s` (M,) and are not seen now.

        last: (M, 4) where that was, in pixels of the present frame. ids: (T,) of all tracks.
        """
        times_s, whose_time = np.unique(since_s, return_inverse=True)
        query_s = np.concatenate([times_s[:, None], times_s[:, None] - LAGS_S], axis=1)
        places = history.at(query_s)[whose_time]  # (M, 1 + L, T, 4)
        every = np.arange(len(rows))
        mine = places[every, :, rows]
        places[every, 0, rows] = np.nan  # nobody is another to themselves
        short = OTHERS - places.shape[2]
        if short > 0:
            empty = np.full((*places.shape[:2], short, 4), np.nan)
            places = np.concatenate([places, empty], axis=2)
            ids = np.append(ids, np.full(short, _NO_TRACK))
        then, before = places[:, 0], np.moveaxis(places[:, 1:], 1, 2)
        others = occlusion_net.others_before(last, then, before)
        near = occlusion_net.nearest(others)
        others = np.take_along_axis(others, near[..., None], axis=1)
        then = np.take_along_axis(then[..., SINCE], near[..., None], axis=1)
        own = occlusion_net.own_before(last, mine[:, 1:])
        prepared = occlusion_net.prepare(net.weights, own, others)
        other_ids = np.where(np.isfinite(then[..., 0]), ids[near], _NO_TRACK)
        return cls(ids[rows], since_s, last, then, other_ids, prepared)

    def pick(self, index: Index) -> HiddenTracks:
        """Those of an index or mask array."""
        return HiddenTracks(
            self.ids[index], self.since_s[index], self.last[index], self.then[index],
            self.other_ids[index], self.prepared.pick(index),
        )  # fmt: skip

    def join(self, other: HiddenTracks) -> HiddenTracks:
        """These, then those of `other`."""
        return HiddenTracks(
            np.append(self.ids, other.ids), np.append(self.since_s, other.since_s),
            np.concatenate([self.last, other.last]), np.concatenate([self.then, other.then]),
            np.concatenate([self.other_ids, other.other_ids]), self.prepared.join(other.prepared),
        )  # fmt: skip

    def move(self, camera: Doubles) -> None:
        """Carry the places along the camera: (2, 3) affine to the new frame."""
        if not len(self.ids) or bx.is_still(camera):
            return
        self.last[:] = bx.carry(self.last, camera)
        self.then[..., 1:] = self.then[..., 1:] @ camera[:, :2].T + camera[:, 2]
        self.then[..., 0] += bx.growth(camera)

    def answer(
        self, net: OffsetNet, time_s: float, ids: Ints, now: Doubles, seen: Mask
    ) -> tuple[Doubles, Doubles]:
        """Where everybody is at `time_s`: (M, 4) places cx, cy, log w, log h and their stds.

        ids: (T,) of all tracks, rising; now: (T, 4) their places; seen: (T,) whose are seen.
        """
        row = np.minimum(np.searchsorted(ids, self.other_ids), len(ids) - 1)
        there = (ids[row] == self.other_ids) & seen[row]
        present = np.where(there[..., None], now[:, SINCE][row], np.nan)
        since = occlusion_net.moved_since(self.last, self.then, present)
        offsets = net.answer(self.prepared, (time_s - self.since_s).astype(np.float32), since)
        return self._in_pixels(offsets)

    def _in_pixels(self, offsets: Offsets) -> tuple[Doubles, Doubles]:
        scale = np.ones((len(self.ids), 4))
        scale[:, :2] = np.exp(self.last[:, 3:])
        return self.last + offsets.moved * scale, offsets.std * scale
