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
from tracker.types import ANCHORED_BY, Evidence, Ints, Observation, TrackedFrame, Visibility


@dataclass(frozen=True, slots=True)
class _Skipped:
    index: int
    time_s: float


class FrameInterpolator:
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
        for observation in seen:
            if observation.mixed:
                since = min(since, observation.index - observation.mixed)
            if not observation.looked:
                self._skipped.append(_Skipped(observation.index, observation.time_s))
                camera, cut = bx.chain(observation.camera, camera), cut or observation.cut
                continue
            if cut or not bx.is_still(camera):
                observation = replace(
                    observation,
                    camera=bx.chain(observation.camera, camera),
                    cut=observation.cut or cut,
                )
                camera, cut = np.eye(2, 3), False
            if np.isfinite(since):
                observation, since = (
                    replace(observation, mixed=observation.index - int(since)),
                    np.inf,
                )
            if observation.cut:
                self._cuts.add(observation.index)
            yield observation

    def filled(self, frames: Iterable[TrackedFrame]) -> Iterator[TrackedFrame]:
        """The tracker's frames in order, those in between with them."""
        before: TrackedFrame | None = None
        at = 0  # the list grows while a live stream is read
        for frame in frames:
            begun = at
            while at < len(self._skipped) and self._skipped[at].index < frame.index:
                at += 1
            skipped = self._skipped[begun:at]
            if before is not None and skipped:
                cut = frame.index in self._cuts
                yield from _interpolated(before, frame, skipped, cut)
            before = frame
            yield frame
        if before is not None:
            yield from _behind(before, self._skipped[at:])


def _interpolated(
    before: TrackedFrame, after: TrackedFrame, skipped: list[_Skipped], cut: bool
) -> Iterator[TrackedFrame]:
    """The rows of all who are in both frames. Across a cut nobody is where they were: absent.

    A box is only as good as the worse of its two ends: visible where both are.
    """
    _, first, last = np.intersect1d(before.track_ids, after.track_ids, return_indices=True)
    order = np.argsort(first)
    old, new = before.take(first[order]), after.take(last[order])
    visibility = np.maximum(old.visibility, new.visibility)
    if cut:
        visibility = np.full(len(old), Visibility.ABSENT, np.int64)
    gone = visibility == Visibility.ABSENT
    for frame in skipped:
        share = (frame.time_s - before.time_s) / (after.time_s - before.time_s)
        yield replace(
            old,
            index=frame.index,
            time_s=frame.time_s,
            visibility=visibility,
            boxes=np.where(gone[:, None], np.nan, _lerp(old.boxes, new.boxes, share)),
            scores=np.full(len(old), np.nan),
            predicted=_lerp(old.predicted, new.predicted, share),
            std=_lerp(old.std, new.std, share),
            evidence=_carried(old),
        )


def _behind(last: TrackedFrame, skipped: list[_Skipped]) -> Iterator[TrackedFrame]:
    for frame in skipped:
        yield replace(
            last,
            index=frame.index,
            time_s=frame.time_s,
            visibility=np.full(len(last), Visibility.ABSENT, np.int64),
            boxes=np.full((len(last), 4), np.nan),
            scores=np.full(len(last), np.nan),
            evidence=_carried(last),
        )


def _carried(frame: TrackedFrame) -> Ints:
    """Evidence without a picture of their own."""
    anchors = (frame.evidence == Evidence.ANCHOR) | (frame.evidence >= ANCHORED_BY)
    return np.where(anchors, Evidence.CARRIED, frame.evidence)


def _lerp(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    return np.asarray(a + share * (b - a))
