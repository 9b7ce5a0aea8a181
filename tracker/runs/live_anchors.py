"""Anchors that come while a run goes on: put on the frames that they name, also when they are late.

What comes before its frame is followed waits for it. What comes after votes for the track that had
the detection, if that was no longer ago than the lag (`tracking/late_anchors.py`).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from tracker.anchors.rows import AnchorRows
from tracker.runs.anchor_pipe import AnchorPipe
from tracker.runs.anchor_sources import AnchorSources, RunAttacher
from tracker.tracking.late_anchors import LateAnchors
from tracker.tracking.online import OnlineTracker
from tracker.types import Mask, Observation

_NEAR_S = 1e-9


class LivePipes:
    """The pipes of a run by number of their source. As a context: outside of it nothing is read.

    tell: takes what there is to say at once. notes: all of it.
    """

    def __init__(self, files: AnchorSources, tell: Callable[[str], None]) -> None:
        self.notes: list[str] = []
        self.fps = files.given.fps
        self._tell = tell
        self.pipes = {
            number: AnchorPipe(given.path, rows.source, files.players, self.fps)
            for number, (given, rows) in enumerate(
                zip(files.given.inputs, files.given.rows, strict=True)
            )
            if given.live
        }

    def __enter__(self) -> LivePipes:
        for pipe in self.pipes.values():
            pipe.start()
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self.pipes.values():
            pipe.close()

    def attacher(self, tracker: OnlineTracker, attacher: RunAttacher, lag_s: float) -> LiveAttacher:
        """For a tracker; attacher: of all sources."""
        return LiveAttacher(self, attacher, LateAnchors(tracker, attacher.files, lag_s), lag_s)

    def say(self, line: str) -> None:
        self.notes.append(line)
        self._tell(line)


@dataclass(slots=True, eq=False)
class _Waiting:
    """Anchors of one source for frames to come: by frame, from 1, and by time."""

    frames: dict[int, list[AnchorRows]] = field(default_factory=dict)
    timed: list[AnchorRows] = field(default_factory=list)

    def __len__(self) -> int:
        framed = (len(rows) for every in self.frames.values() for rows in every)
        return sum(framed) + sum(map(len, self.timed))

    def take_due(self, due: Callable[[AnchorRows], Mask]) -> list[AnchorRows]:
        """Of those with a time, these, which wait no more."""
        found = [rows.take(due(rows)) for rows in self.timed]
        left = [rows.take(~due(rows)) for rows in self.timed]
        self.timed = [rows for rows in left if len(rows)]
        return [rows for rows in found if len(rows)]


class LiveAttacher:
    """Puts the anchors of all sources on frames, those of pipes as they come.

    pipes: that are open. attacher: of all sources. late: takes what comes after its frame. lag_s:
    for how long.
    """

    def __init__(
        self, pipes: LivePipes, attacher: RunAttacher, late: LateAnchors, lag_s: float
    ) -> None:
        self.late = late
        self._pipes, self._attacher, self._lag_s = pipes, attacher, lag_s
        self._waiting = {number: _Waiting() for number in pipes.pipes}
        self._half_s = 0.5 / pipes.fps if pipes.fps > 0 else 0.0
        self._times: deque[tuple[int, float]] = deque()  # frames that are over, from 0, and when

    def attach(self, seen: Observation) -> Observation:
        """A frame with its anchors, before it is followed; what is late votes."""
        here = {}
        for number, pipe in self._pipes.pipes.items():
            for rows in pipe.taken(seen.index + 1):
                self._sort(number, rows, seen.index + 1)
            parts = self._of_frame(number, seen)
            if parts:
                here[number] = AnchorRows.joined(parts).surest(self._pipes.fps)
            self._say(pipe)
        self._times.append((seen.index, seen.time_s))
        while self._times[0][1] < seen.time_s - self._lag_s - _NEAR_S:
            self._times.popleft()
        return self._attacher.attach(seen, here)

    def finish(self) -> None:
        """The run is over: count and say what was of no use."""
        for number, pipe in self._pipes.pipes.items():
            counts = self._attacher.counts[number]
            for rows in pipe.taken(0):
                counts["beyond"] += len(rows)
            counts["beyond"] += len(self._waiting[number])
            counts.update(pipe.counts)
            self._say(pipe)
            for line in _summed_up(pipe.source, counts):
                self._pipes.say(line)

    def _sort(self, number: int, rows: AnchorRows, now: int) -> None:
        """What is for later waits, what is late votes. now: the frame that comes, from 1."""
        timed = rows.frames == 0
        if timed.any():
            self._waiting[number].timed.append(rows.take(timed))
        framed = rows.take(~timed)
        for frame in np.unique(framed.frames).tolist():
            part = framed.take(framed.frames == frame)
            if frame >= now:
                self._waiting[number].frames.setdefault(frame, []).append(part)
            else:
                self._add_late(number, frame - 1, part)

    def _of_frame(self, number: int, seen: Observation) -> list[AnchorRows]:
        """What waits for this frame, by its number or because no other is nearer in time."""
        waiting = self._waiting[number]
        before = self._times[-1] if self._times else None
        for frame in range(before[0] + 2 if before else seen.index + 1, seen.index + 1):
            for rows in waiting.frames.pop(frame, []):  # a camera's frame that was dropped
                self._attacher.counts[number]["not looked at"] += len(rows)
        since_s = seen.time_s - self._half_s
        if before is not None:
            since_s = (before[1] + seen.time_s) / 2
        for rows in waiting.take_due(lambda rows: rows.times_s < since_s - _NEAR_S):
            for time_s in np.unique(rows.times_s).tolist():
                part = rows.take(rows.times_s == time_s)
                self._add_late(number, self._nearest(time_s), part)
        until_s = seen.time_s + self._half_s
        timed = waiting.take_due(lambda rows: rows.times_s <= until_s + _NEAR_S)
        return waiting.frames.pop(seen.index + 1, []) + timed

    def _nearest(self, time_s: float) -> int:
        """Index of the frame at this time; -1 where that is no longer known."""
        if not self._times or time_s < self._times[0][1] - self._half_s - _NEAR_S:
            return -1
        return min(self._times, key=lambda frame: abs(frame[1] - time_s))[0]

    def _add_late(self, number: int, index: int, rows: AnchorRows) -> None:
        if self.late.knows(index):
            self.late.vote(number, index, rows)
            return
        known = bool(self._times) and index >= self._times[0][0]
        self._attacher.counts[number]["not looked at" if known else "too late"] += len(rows)

    def _say(self, pipe: AnchorPipe) -> None:
        while pipe.notes:
            self._pipes.say(pipe.notes.popleft())


def _summed_up(source: str, counts: Counter[str]) -> Iterator[str]:
    """Lines for the end of a run."""
    if late := counts["too late"]:
        yield f"{source}: {late} anchors came too late and were left out; a longer --lag waits"
    if wrong := counts["no anchor"]:
        yield f"{source}: {wrong} of {counts['lines']} lines were no anchors"
    if unknown := counts["unknown"]:
        yield f"{source}: {unknown} anchors named somebody who is no player"
