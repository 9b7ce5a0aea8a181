"""What each track was seen to stand on, how tall it looked, and how fast it went: running sums."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from tracker.court.court import Court
from tracker.court.track_plays import TrackPlays
from tracker.types import GROUND_WIDTH, Doubles, Observation
from tracker.types import Ints as Ints

_STEP_S = 0.5  # a speed is measured over so long
_PRIOR_NATS = 1.0
"""Of a track that is in the files: who a detector is sure of for long plays rather than not."""
_KIT_NATS = 2.5
"""Against who wears the kit of no team."""


@dataclass(slots=True, eq=False)
class TrackContext:
    """By track id. ground: (T, GROUND_WIDTH) sums over (T,) `grounded` boxes. size: (T,) sums of
    nats over `sized` boxes. run: (T,) heights gone in `run_s` seconds. mark: (T, 2) where their
    feet were at `mark_s`, in pixels of the current frame, NaN in another shot.
    """

    ground: Doubles = field(default_factory=lambda: np.zeros((0, GROUND_WIDTH)))
    grounded: Doubles = field(default_factory=lambda: np.zeros(0))
    size: Doubles = field(default_factory=lambda: np.zeros(0))
    sized: Doubles = field(default_factory=lambda: np.zeros(0))
    run: Doubles = field(default_factory=lambda: np.zeros(0))
    run_s: Doubles = field(default_factory=lambda: np.zeros(0))
    mark: Doubles = field(default_factory=lambda: np.zeros((0, 2)))
    mark_s: Doubles = field(default_factory=lambda: np.zeros(0))

    def add(self, court: Court, seen: Observation, tracks: Ints, detections: Ints) -> None:
        """One frame: (M,) tracks have these (M,) detections."""
        self._make_room(int(tracks.max(initial=-1)) + 1)
        self._carry(seen)
        if not len(tracks):
            return
        boxes = seen.boxes[detections].astype(np.float64)
        if seen.ground is not None:
            self.ground[tracks] += seen.ground[detections]  # no track is seen twice in a frame
            self.grounded[tracks] += seen.ground[detections].any(axis=1)
        if court.heights is not None:
            self.size[tracks] += court.size_nats(boxes)
            self.sized[tracks] += 1
        self._go(tracks, boxes, seen.time_s)

    def _make_room(self, count: int) -> None:
        missing = count - len(self.size)
        if missing <= 0:
            return
        room = max(missing, len(self.size))
        for each in fields(self):
            old = getattr(self, each.name)
            empty = np.full((room, *old.shape[1:]), np.nan if "mark" in each.name else 0.0)
            setattr(self, each.name, np.concatenate([old, empty]))

    def _carry(self, seen: Observation) -> None:
        """Marks go with the camera."""
        if seen.cut:
            self.mark[:] = np.nan
            return
        self.mark = self.mark @ seen.camera[:, :2].T + seen.camera[:, 2]

    def _go(self, tracks: Ints, boxes: Doubles, time_s: float) -> None:
        feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
        known = np.isfinite(self.mark[tracks, 0])
        gone_s = np.where(known, time_s - self.mark_s[tracks], np.inf)
        due = gone_s >= _STEP_S - 1e-6
        measured = due & known & (gone_s <= 2 * _STEP_S)
        gone = np.hypot(*(feet - self.mark[tracks]).T) / np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
        self.run[tracks[measured]] += gone[measured]
        self.run_s[tracks[measured]] += gone_s[measured]
        self.mark[tracks[due]] = feet[due]
        self.mark_s[tracks[due]] = time_s

    def speed(self, tracks: Ints) -> Doubles:
        """(M,) mean heights a second of tracks, NaN where it is not known yet."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.run[tracks] / self.run_s[tracks])

    def plays(self, court: Court, team: Doubles) -> TrackPlays:
        """team: (T,) probability that each wears the kit of a team, NaN where it is not known."""
        count = len(self.size)
        with np.errstate(invalid="ignore", divide="ignore"):
            ground, size = self.ground / self.grounded[:, None], self.size / self.sized
        place = np.zeros(count) if court.ground is None else court.ground.nats(np.nan_to_num(ground))
        kit = np.full(count, np.nan)
        kit[: len(team)] = team[:count]
        nats = place + np.nan_to_num(size) + _KIT_NATS * np.nan_to_num(kit - 1) + _PRIOR_NATS
        known = (self.grounded > 0) | (self.sized > 0) | np.isfinite(kit)
        return TrackPlays(
            np.where(known, nats, np.nan), place, np.nan_to_num(size), self.speed(np.arange(count))
        )
