"""Frames in which nobody looked for people: bridged from the two that were looked at.

A tracker that is given every n-th frame alone works as on a video of that frame rate, for it
reckons in seconds. So it never hears of the others; their rows are put back afterwards, on straight
lines between the rows of their neighbours. They are some hundredths of a second apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tracker import boxes as bx
from tracker.types import Evidence, Ints, Observation, TrackedFrame, Visibility


@dataclass(frozen=True, slots=True)
class _Skipped:
    index: int
    time_s: float


class Between:
    """Leaves out the frames in which nobody looked, and puts their rows back.

    What `looked` gives goes through a tracker one by one, and its frames through `filled`. Behind
    the last frame that was looked at nothing is known: all who were in it are absent.
    """

    def __init__(self) -> None:
        self._skipped: list[_Skipped] = []
        self._cuts: set[int] = set()  # of frames that were looked at: a shot begins there or before

    @property
    def any(self) -> bool:
        """Whether there is a frame in which nobody looked."""
        return bool(self._skipped)

    def looked(self, seen: Iterable[Observation]) -> Iterator[Observation]:
        """Those that were looked at; the camera's motion and cuts of the others are in them."""
        camera, cut, since = np.eye(2, 3), False, np.inf
        for one in seen:
            if one.mixed:
                since = min(since, one.index - one.mixed)
            if not one.looked:
                self._skipped.append(_Skipped(one.index, one.time_s))
                camera, cut = bx.chain(one.camera, camera), cut or one.cut
                continue
            if cut or not bx.is_still(camera):
                one = replace(one, camera=bx.chain(one.camera, camera), cut=one.cut or cut)
                camera, cut = np.eye(2, 3), False
            if np.isfinite(since):
                one, since = replace(one, mixed=one.index - int(since)), np.inf
            if one.cut:
                self._cuts.add(one.index)
            yield one

    def filled(self, frames: Iterable[TrackedFrame]) -> Iterator[TrackedFrame]:
        """The tracker's frames in order, those in between with them."""
        before: TrackedFrame | None = None
        at = 0  # the list grows while a live stream is read
        for frame in frames:
            begun = at
            while at < len(self._skipped) and self._skipped[at].index < frame.index:
                at += 1
            between = self._skipped[begun:at]
            if before is not None and between:
                cut = frame.index in self._cuts
                yield from _bridged(before, frame, between, cut)
            before = frame
            yield frame
        if before is not None:
            yield from _behind(before, self._skipped[at:])


def _bridged(
    before: TrackedFrame, after: TrackedFrame, between: list[_Skipped], cut: bool
) -> Iterator[TrackedFrame]:
    """The rows of all who are in both frames. Across a cut nobody is where he was: absent.

    A box is only as good as the worse of its two ends: visible where both are.
    """
    _, first, last = np.intersect1d(before.track_ids, after.track_ids, return_indices=True)
    order = np.argsort(first)
    old, new = before.take(first[order]), after.take(last[order])
    visibility = np.maximum(old.visibility, new.visibility)
    if cut:
        visibility = np.full(len(old), Visibility.ABSENT, np.int64)
    gone = visibility == Visibility.ABSENT
    for one in between:
        share = (one.time_s - before.time_s) / (after.time_s - before.time_s)
        yield replace(
            old,
            index=one.index,
            time_s=one.time_s,
            visibility=visibility,
            boxes=np.where(gone[:, None], np.nan, _mixed(old.boxes, new.boxes, share)),
            scores=np.full(len(old), np.nan),
            predicted=_mixed(old.predicted, new.predicted, share),
            std=_mixed(old.std, new.std, share),
            evidence=_carried(old),
        )


def _behind(last: TrackedFrame, skipped: list[_Skipped]) -> Iterator[TrackedFrame]:
    for one in skipped:
        yield replace(
            last,
            index=one.index,
            time_s=one.time_s,
            visibility=np.full(len(last), Visibility.ABSENT, np.int64),
            boxes=np.full((len(last), 4), np.nan),
            scores=np.full(len(last), np.nan),
            evidence=_carried(last),
        )


def _carried(frame: TrackedFrame) -> Ints:
    """Evidence without a picture of his own."""
    return np.where(frame.evidence == Evidence.ANCHOR, Evidence.CARRIED, frame.evidence)


def _mixed(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    return np.asarray(a + share * (b - a))
