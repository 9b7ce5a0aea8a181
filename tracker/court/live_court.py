"""The court while a video is followed: fitted again as more is seen, or known from a first pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.court.carried_field import CarriedField, KnownField
from tracker.court.court import PRIOR_WEIGHT, WINDOW_S, Court, WholeCourt, find_ground, fit_court
from tracker.court.field import Field
from tracker.court.heights import Heights, fit_heights
from tracker.court.sightings import SightingLog, Sightings
from tracker.court.track_context import TrackContext
from tracker.court.track_plays import TrackPlays
from tracker.types import Ints, Mask, Observation

_SHOT_S = 20.0  # of the past, by which heights go
_EVERY_S = 1.0  # heights are fitted
_FIRST_S, _LATER_SHARE = 2.0, 0.25
"""The ground is looked for after so many seconds, then after a further quarter of the time."""


class LiveCourt:
    """Owns what is known of the court. height_px: of the picture. field: as a user has drawn it.
    enabled: False where nothing is to be known.

    court: as known now. context: of all tracks so far.
    """

    def __init__(self, height_px: float, field: Field | None = None, enabled: bool = True) -> None:
        self.court = Court(height_px)
        self.context = TrackContext()
        self._field, self._enabled = field, enabled
        self._carried = CarriedField(field)
        self._whole: WholeCourt | None = None
        self._log = SightingLog()
        self._shot = 0
        self._begun_s: float | None = None
        self._heights_s = self._ground_s = -np.inf
        self._plays: TrackPlays | None = None

    def add(self, seen: Observation, tracks: Ints, detections: Ints) -> None:
        """The next frame, of which (M,) tracks have these (M,) detections."""
        if not (self._enabled and seen.looked):
            return
        self._go_on(seen)
        drawn = self._carried.nats(seen.boxes.astype(np.float64))
        mine = None if drawn is None else drawn[detections]
        self.context.add(self.court, seen, tracks, detections, mine)
        self._plays = None
        if self._whole is not None or not self._log.due(seen.time_s):
            return
        speed = np.full(len(seen.boxes), np.nan)
        speed[detections] = self.context.speed(tracks)
        self._log.add(Sightings.of(seen, self._shot, speed, drawn), seen.time_s)
        self._fit(seen.time_s)

    def again(self, matches: Sequence[tuple[Ints, Ints]], seen: Sequence[Observation]) -> LiveCourt:
        """When all was seen, and it is known better which boxes are whose. matches: of every frame,
        tracks and their detections."""
        fresh = LiveCourt(self.court.height_px, self._field, self._enabled)
        if not self._enabled:
            return fresh
        if self._field is not None:
            fresh._carried = KnownField.of(self._field, seen)
        fresh._whole = fit_court(self._log.since(-np.inf), self.court.height_px)
        for (tracks, detections), observation in zip(matches, seen, strict=True):
            fresh.add(observation, tracks, detections)
        return fresh

    @property
    def whole(self) -> WholeCourt:
        """As it is known in the end."""
        return self._whole or fit_court(self._log.since(-np.inf), self.court.height_px)

    @property
    def plays(self) -> TrackPlays:
        """Of all tracks so far, by all but what they wear."""
        if self._plays is None:
            self._plays = self.context.plays(self.court)
        return self._plays

    def idle(self, tracks: Ints, plays_min: float) -> Mask | None:
        """(M,) which of these tracks play less likely than that; None where all may."""
        if plays_min <= 0:
            return None
        return np.asarray(self.plays.of(tracks) < plays_min)

    def _go_on(self, seen: Observation) -> None:
        if seen.cut:
            self._shot += 1
            self.court = replace(self.court, heights=None)
        if self._whole is not None:
            self.court = self._whole.at(self._shot, seen.time_s)
        self._carried.move(seen.index, seen.camera, seen.cut)

    def _fit(self, time_s: float) -> None:
        if self._begun_s is None:
            self._begun_s = time_s
            self._heights_s, self._ground_s = time_s + _EVERY_S, time_s + _FIRST_S
        if time_s >= self._heights_s:
            self._heights_s = time_s + _EVERY_S
            self.court = replace(self.court, heights=self._fitted_heights(time_s))
        if time_s >= self._ground_s:
            self._ground_s = time_s + max(_FIRST_S, _LATER_SHARE * (time_s - self._begun_s))
            ground = find_ground(self._log.since(-np.inf), self.court.height_px)
            self.court = replace(self.court, ground=ground)

    def _fitted_heights(self, time_s: float) -> Heights | None:
        past = self._log.since(time_s - _SHOT_S)
        height_px, here = self.court.height_px, past.shot == self._shot
        shot = fit_heights(past.boxes[here], past.scores[here], height_px)
        near = here & (past.time_s >= time_s - WINDOW_S)
        return fit_heights(past.boxes[near], past.scores[near], height_px, shot, PRIOR_WEIGHT)
