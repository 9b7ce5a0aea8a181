"""The court while a video is followed: fitted again as more is seen, or known from a first pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tracker.court.court import Court, WholeCourt, fit_court, moving
from tracker.court.ground import fit_ground
from tracker.court.heights import Heights, fit_heights
from tracker.court.sightings import SightingLog, Sightings
from tracker.court.track_context import TrackContext
from tracker.court.track_plays import TrackPlays
from tracker.types import Doubles, Ints, Observation

_SHOT_S, _WINDOW_S = 20.0, 4.0  # of the past, by which heights go
_PRIOR_WEIGHT = 30.0
_EVERY_S = 1.0  # heights are fitted
_FIRST_S, _LATER_SHARE = 2.0, 0.25
"""The ground is looked for after so many seconds, then after a further quarter of the time."""


class LiveCourt:
    """Owns what is known of the court. height_px: of the picture. whole: as a first pass has found
    it; then nothing is fitted. enabled: False where nothing is to be known of it.

    court: as known now. context: of all tracks so far.
    """

    def __init__(
        self, height_px: float, whole: WholeCourt | None = None, enabled: bool = True
    ) -> None:
        self.court = Court(height_px)
        self.context = TrackContext()
        self._whole, self._enabled = whole, enabled
        self._log = SightingLog()
        self._shot = 0
        self._begun_s: float | None = None
        self._heights_s = self._ground_s = -np.inf

    def add(self, seen: Observation, tracks: Ints, detections: Ints) -> None:
        """The next frame, of which (M,) tracks have these (M,) detections."""
        if not (self._enabled and seen.looked):
            return
        if seen.cut:
            self._shot += 1
            self.court = replace(self.court, heights=None)
        if self._whole is not None:
            self.court = self._whole.at(self._shot, seen.time_s)
        self.context.add(self.court, seen, tracks, detections)
        if self._whole is not None or not self._log.due(seen.time_s):
            return
        speed = np.full(len(seen.boxes), np.nan)
        speed[detections] = self.context.speed(tracks)
        self._log.add(Sightings.of(seen, self._shot, speed), seen.time_s)
        self._fit(seen.time_s)

    def again(
        self, traces: Iterable[tuple[Ints, Ints]], seen: Iterable[Observation], whole: WholeCourt
    ) -> LiveCourt:
        """When it is known better which boxes are whose, and where the game is. traces: of every
        frame, tracks and their detections."""
        fresh = LiveCourt(self.court.height_px, whole, self._enabled)
        for (tracks, detections), observation in zip(traces, seen, strict=True):
            fresh.add(observation, tracks, detections)
        return fresh

    def track_plays(self, team: Doubles) -> TrackPlays:
        """Of all tracks so far. team: (T,) probability that each wears the kit of a team, NaN where
        it is not known."""
        return self.context.plays(self.court, team)

    def whole(self) -> WholeCourt | None:
        """As it is known in the end; None where nothing is to be known of it."""
        if self._whole is not None:
            return self._whole
        if not self._enabled:
            return None
        return fit_court(self._log.since(-np.inf), self.court.height_px)

    def _fit(self, time_s: float) -> None:
        if self._begun_s is None:
            self._begun_s = time_s
            self._heights_s, self._ground_s = time_s + _EVERY_S, time_s + _FIRST_S
        if time_s >= self._heights_s:
            self._heights_s = time_s + _EVERY_S
            self.court = replace(self.court, heights=self._fitted_heights(time_s))
        if time_s >= self._ground_s:
            self._ground_s = time_s + max(_FIRST_S, _LATER_SHARE * (time_s - self._begun_s))
            seen = self._log.since(-np.inf)
            size = self._size_nats(seen)
            ground = fit_ground(seen.ground, seen.scores, size, moving(seen.speed))
            self.court = replace(self.court, ground=ground)

    def _fitted_heights(self, time_s: float) -> Heights | None:
        past = self._log.since(time_s - _SHOT_S)
        height_px, here = self.court.height_px, past.shot == self._shot
        shot = fit_heights(past.boxes[here], past.scores[here], height_px)
        near = here & (past.time_s >= time_s - _WINDOW_S)
        return fit_heights(past.boxes[near], past.scores[near], height_px, shot, _PRIOR_WEIGHT)

    def _size_nats(self, seen: Sightings) -> Doubles:
        """(N,) by the heights of each shot as a whole."""
        size = np.zeros(len(seen))
        for shot in np.unique(seen.shot).tolist():
            mine = seen.shot == shot
            found = fit_heights(seen.boxes[mine], seen.scores[mine], self.court.height_px)
            if found is not None:
                size[mine] = found.nats(seen.boxes[mine], self.court.height_px)
        return size
