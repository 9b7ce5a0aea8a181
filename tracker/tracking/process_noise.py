"""How restless the people of this video are: the acceleration of the motion filter, learned.

Marchers and basketball players differ fourfold, and a camera that is not told of adds its own
jerks. White noise acceleration of q body heights/s^1.5 gives the second difference x(t) - 2 x(t -
T) + x(t - 2 T) of a place, in heights, the variance 2/3 q^2 T^3, and measurements with errors of
variance r^2 add 6 r^2, whatever T. So the spreads at two T tell q without r, which differs from
detector to detector. The spreads are of medians: a mix-up of two people is a giant leap.
"""

from __future__ import annotations

import numpy as np

from tracker.settings import MotionSettings
from tracker.tracking.tracks import Tracks
from tracker.types import Doubles

_SPANS_S = np.array([0.4, 0.8])
_EVERY_S = 0.8
_KEPT = 300  # leaps, two a person: 12 s of 10 people; light and camera change over a match
_PRIOR = 30.0  # leaps that the configured acceleration is worth: 1.2 s of 10 people
_MIN, _MAX = 0.3, 4.0
"""The first is measured: PETS walks at .12, and followed at .12 it loses .05 HOTA against .3, for
who was calm until now may still turn (7 clips of PETS, basketball, volleyball, soccer and the demo,
4 draws each without 3 % of the boxes). So are the spans' medians without a factor for their tails:
twice and three times the spread gain nothing there and lose .01 on SportsMOT's boxes with gaps."""
_SIGMA = 1.4826  # of a normal distribution, in medians of its absolute values
_NOTICED = 0.05  # of the logarithm: smaller changes change nothing


class AdaptiveProcessNoise:
    """Of one run. settings: as configured; its acceleration is the prior, worth `_PRIOR`
    samples."""

    def __init__(self, settings: MotionSettings) -> None:
        self.settings = self._configured = settings
        self._next_s = -np.inf
        self._leaps: Doubles = np.zeros((0, len(_SPANS_S)))

    def step(self, tracks: Tracks, time_s: float) -> MotionSettings:
        """After a frame: the settings with the acceleration as it is known by now."""
        if time_s < self._next_s - 1e-9:
            return self.settings
        self._next_s = time_s + _EVERY_S
        new = leaps(tracks, time_s)
        if len(new):
            self._leaps = np.concatenate([self._leaps, new])[-_KEPT:]
            found = self.acceleration()
            if abs(np.log(found / self.settings.acceleration)) > _NOTICED:
                self.settings = self._configured.model_copy(update={"acceleration": found})
        return self.settings

    def acceleration(self) -> float:
        """Heights/s^1.5: the geometric mean of the prior and of what was seen."""
        n = len(self._leaps)
        prior = self._configured.acceleration
        if not n:
            return prior
        short, long = (_SIGMA * np.median(self._leaps, axis=0)) ** 2
        square = (long - short) / (2 / 3 * float(np.diff(_SPANS_S**3)[0]))
        seen = min(max(float(np.sqrt(max(square, 0.0))), _MIN), _MAX)
        share = n / (n + _PRIOR)
        return float(prior ** (1 - share) * seen**share)


def leaps(tracks: Tracks, time_s: float) -> Doubles:
    """(n, 2) how far second differences are off zero, heights, for both spans and each axis."""
    times_s = time_s - np.concatenate([[0.0], _SPANS_S, 2 * _SPANS_S[-1:]])
    now, near, middle, far = tracks.history.at(times_s)[..., :2]
    height = np.exp(tracks.history.present[:, 3:])
    both = np.stack([now - 2 * near + middle, now - 2 * middle + far]) / height
    known = np.isfinite(both).all(axis=(0, 2))
    return np.asarray(np.abs(both[:, known]).reshape(len(_SPANS_S), -1).T)
