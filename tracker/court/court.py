"""Where the game is, and how tall who plays looks there: what a box is worth because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tracker.court.ground import Ground, fit_ground
from tracker.court.heights import Heights, cut_off, fit_heights
from tracker.court.sightings import Sightings
from tracker.types import Doubles, Floats

WINDOW_S, _HOP_S = 4.0, 2.0  # a camera that zooms changes how tall people look
PRIOR_WEIGHT = 30.0  # boxes' worth of the whole shot in a window
_RUN = 0.3  # heights a second, of who moves with the game


@dataclass(frozen=True, slots=True)
class Court:
    """What is known at one moment. None: not known."""

    height_px: float
    heights: Heights | None = None
    ground: Ground | None = None

    def size_nats(self, boxes: Doubles) -> Doubles:
        """(N,) by their height; 0 where it says nothing."""
        if self.heights is None or not len(boxes):
            return np.zeros(len(boxes))
        return self.heights.nats(boxes, self.height_px)

    def place_nats(self, boxes: Doubles, ground: Floats | None) -> Doubles:
        """(N,) by what they stand on; 0 where that is not seen."""
        if self.ground is None or ground is None:
            return np.zeros(len(boxes))
        return np.where(cut_off(boxes, self.height_px), 0.0, self.ground.nats(ground))


@dataclass(frozen=True, slots=True, eq=False)
class WholeCourt:
    """Of a whole video: heights of each stretch of each shot, one ground.

    windows: by shot and number of the stretch.
    """

    height_px: float
    windows: dict[tuple[int, int], Heights]
    shots: dict[int, Heights]
    ground: Ground | None

    def at(self, shot: int, time_s: float) -> Court:
        heights = self.windows.get((shot, int(time_s // _HOP_S)), self.shots.get(shot))
        return Court(self.height_px, heights, self.ground)


def fit_court(seen: Sightings, height_px: float) -> WholeCourt:
    """What is known of a court when all has been seen."""
    shots = _shot_heights(seen, height_px)
    windows: dict[tuple[int, int], Heights] = {}
    for shot, whole in shots.items():
        mine = np.flatnonzero(seen.shot == shot)
        times = seen.time_s[mine]
        for number in np.unique(times // _HOP_S).astype(np.int64).tolist():
            middle = (number + 0.5) * _HOP_S
            near = mine[np.abs(times - middle) <= WINDOW_S / 2]
            window = fit_heights(
                seen.boxes[near], seen.scores[near], height_px, whole, PRIOR_WEIGHT
            )
            windows[shot, number] = window or whole
    return WholeCourt(height_px, windows, shots, _ground_of(seen, shots, height_px))


def find_ground(seen: Sightings, height_px: float) -> Ground | None:
    """The ground alone, as `fit_court` finds it."""
    return _ground_of(seen, _shot_heights(seen, height_px), height_px)


def _shot_heights(seen: Sightings, height_px: float) -> dict[int, Heights]:
    """Of each shot as a whole; those that tell nothing are left out."""
    found: dict[int, Heights] = {}
    for shot in np.unique(seen.shot).tolist():
        mine = seen.shot == shot
        heights = fit_heights(seen.boxes[mine], seen.scores[mine], height_px)
        if heights is not None:
            found[shot] = heights
    return found


def _ground_of(seen: Sightings, shots: Mapping[int, Heights], height_px: float) -> Ground | None:
    nats = seen.field_nats.copy()
    for shot, heights in shots.items():
        mine = seen.shot == shot
        nats[mine] += heights.nats(seen.boxes[mine], height_px)
    return fit_ground(seen.ground, seen.scores, nats, moving(seen.speed))


def moving(speed: Doubles) -> Doubles:
    """(N,) 0 to 1, how surely somebody of that speed moves with the game; 0 where it is NaN."""
    return np.asarray(1 - np.exp(-np.nan_to_num(speed) / _RUN))
