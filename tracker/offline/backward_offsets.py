"""The offset net read backwards: from where a player was found again, to where they came from.

A second pass knows both ends of a gap. Told in reverse, the same net answers where they were before
they came out, from what the others did; nothing in it knows which way time runs.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from tracker import boxes as bx
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.history import History
from tracker.tracking.occlusion_net import HORIZON_S, OffsetNet
from tracker.types import Doubles, Ints, Mask, TrackedFrame, Visibility

Answers = dict[tuple[int, int], tuple[Doubles, Doubles]]
"""(place in the list of frames, track id) to place (4,) cx, cy, log w, log h, and its std (4,)."""

_KEPT_S = 2 * HORIZON_S  # a track is dropped from the window when unseen for this long


class BackwardOffsets:
    """Walks through the frames from the last to the first."""

    def __init__(self, net: OffsetNet) -> None:
        self._net = net
        self._names = np.zeros(0, np.int64)  # track ids of the rows below
        self._labels = np.zeros(0, np.int64)  # our own ids, rising with the rows
        self._next = 0
        self._seen_s = np.zeros(0)
        self._last = np.zeros((0, 4))
        self._visible = np.zeros(0, bool)
        self._history = History.fresh(0)
        self._hidden = HiddenTracks.empty()

    def step(
        self, frame: TrackedFrame, camera: Doubles, cut: bool
    ) -> dict[int, tuple[Doubles, Doubles]]:
        """The answers for one frame, by track id. camera: (2, 3) from the later frame to this."""
        time_s = -frame.time_s
        self._history.step(time_s, camera)
        self._hidden.move(camera)
        self._last = bx.carry(self._last, camera)
        if cut:
            self._history.forget()
            self._hidden, self._visible[:] = HiddenTracks.empty(), False
        seen = frame.visibility == Visibility.VISIBLE
        places = bx.to_states(frame.boxes[seen])
        rows = self._rows(frame.track_ids[seen])
        now = np.zeros(len(self._names), bool)
        now[rows] = True
        self._history.note(rows, places, seen=True)
        self._remember(now)
        self._last[rows], self._seen_s[rows] = places, time_s
        self._visible = now
        answers = self._answers(time_s)
        self._prune(time_s)
        return answers

    def _rows(self, names: Ints) -> Ints:
        """The rows of these tracks; new ones are added at the end."""
        fresh = np.setdiff1d(names, self._names)
        if len(fresh):
            n = len(fresh)
            self._names = np.append(self._names, fresh)
            self._labels = np.append(self._labels, np.arange(self._next, self._next + n))
            self._next += n
            self._seen_s = np.append(self._seen_s, np.full(n, np.inf))
            self._last = np.concatenate([self._last, np.full((n, 4), np.nan)])
            self._visible = np.append(self._visible, np.zeros(n, bool))
            self._history = self._history.join(History.fresh(n))
        order = np.argsort(self._names)
        return np.asarray(order[np.searchsorted(self._names, names, sorter=order)])

    def _remember(self, now: Mask) -> None:
        """Who was seen in the later frame and is not in this one has vanished."""
        found = np.isin(self._hidden.ids, self._labels[now])
        if found.any():
            self._hidden = self._hidden.pick(~found)
        fresh = np.flatnonzero(self._visible & ~now)
        if len(fresh):
            since_s, last = self._seen_s[fresh], self._last[fresh]
            new = HiddenTracks.of(fresh, last, since_s, self._history, self._labels, self._net)
            self._hidden = self._hidden.join(new)

    def _answers(self, time_s: float) -> dict[int, tuple[Doubles, Doubles]]:
        queried = self._hidden.pick(self._net.opens(time_s - self._hidden.since_s))
        if not len(queried.ids):
            return {}
        now = self._history.present
        place, std = queried.answer(self._net, time_s, self._labels, now, self._visible)
        names = self._names[np.searchsorted(self._labels, queried.ids)]
        return {int(n): (p, s) for n, p, s in zip(names, place, std, strict=True)}

    def _prune(self, time_s: float) -> None:
        old = time_s - self._seen_s > _KEPT_S
        if old.sum() < 16:
            return
        keep = ~old
        self._hidden = self._hidden.pick(np.isin(self._hidden.ids, self._labels[keep]))
        self._names, self._labels = self._names[keep], self._labels[keep]
        self._seen_s, self._last = self._seen_s[keep], self._last[keep]
        self._visible, self._history = self._visible[keep], self._history.pick(keep)


def backward_offsets(
    frames: Sequence[TrackedFrame],
    cameras: Sequence[Doubles],
    cuts: Sequence[bool],
    net: OffsetNet,
    wanted: Set[tuple[int, int]],
) -> Answers:
    """Where everybody unseen was, told from the later end of their gap, in pixels of each frame.

    cameras[i]: (2, 3) from frame i - 1 to frame i; cuts[i]: a shot begins with frame i. wanted:
    the keys that are kept, of all that could be asked.
    """
    walker, answers = BackwardOffsets(net), Answers()
    for i in range(len(frames) - 1, -1, -1):
        last = i + 1 == len(frames)
        camera = np.eye(2, 3) if last else bx.inverse(cameras[i + 1])
        found = walker.step(frames[i], camera, not last and bool(cuts[i + 1]))
        answers |= {(i, t): position for t, position in found.items() if (i, t) in wanted}
    return answers
