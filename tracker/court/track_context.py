"""What each track was seen to stand on, how tall it looked, and how fast it went: running sums."""

from __future__ import annotations

import dataclasses

import numpy as np

from tracker.court.court import Court
from tracker.court.track_plays import PRIOR_NATS, TrackPlays
from tracker.types import GROUND_WIDTH, Doubles, Ints, Observation

_STEP_S = 0.5  # a speed is measured over so long


@dataclasses.dataclass(slots=True, eq=False)
class TrackContext:
    """By track id. ground: (T, GROUND_WIDTH) sums over (T,) `grounded` boxes. size: (T,) sums of
    nats over `sized` boxes; field: of nats by a field that is drawn, over `fielded`. run: (T,)
    heights gone in `run_s` seconds. mark: (T, 2) where their feet were at `mark_s`, in pixels of
    the current frame, NaN in another shot.
    """

    ground: Doubles = dataclasses.field(default_factory=lambda: np.zeros((0, GROUND_WIDTH)))
    grounded: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    size: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    sized: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    field: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    fielded: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    run: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    run_s: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))
    mark: Doubles = dataclasses.field(default_factory=lambda: np.zeros((0, 2)))
    mark_s: Doubles = dataclasses.field(default_factory=lambda: np.zeros(0))

    def add(
        self, court: Court, seen: Observation, tracks: Ints, detections: Ints, drawn: Doubles | None
    ) -> None:
        """One frame: (M,) tracks have these (M,) detections. drawn: (M,) nats by the field; None
        where it is not known where it is."""
        self._make_room(int(tracks.max(initial=-1)) + 1)
        self._carry(seen)
        if not len(tracks):
            return
        boxes = seen.boxes[detections].astype(np.float64)
        if seen.ground is not None:
            self.ground[tracks] += seen.ground[detections]  # no track is seen twice in a frame
            self.grounded[tracks] += seen.ground[detections].any(axis=1)
        if drawn is not None:
            self.field[tracks] += drawn
            self.fielded[tracks] += 1
        if court.heights is not None:
            self.size[tracks] += court.size_nats(boxes)
            self.sized[tracks] += 1
        self._go(tracks, boxes, seen.time_s)

    def _make_room(self, count: int) -> None:
        missing = count - len(self.size)
        if missing <= 0:
            return
        room = max(missing, len(self.size))
        for each in dataclasses.fields(self):
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

    def plays(self, court: Court) -> TrackPlays:
        """By all but what they wear."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ground, size = self.ground / self.grounded[:, None], self.size / self.sized
            drawn = self.field / self.fielded
        known = (self.grounded > 0) & (court.ground is not None) | (self.fielded > 0)
        size, place = np.nan_to_num(size), np.nan_to_num(drawn)
        if court.ground is not None:
            place = place + court.ground.nats(np.nan_to_num(ground))
        nats = np.where(known, place + size + PRIOR_NATS, np.nan)
        return TrackPlays(nats, place, size, self.speed(np.arange(len(size))))
