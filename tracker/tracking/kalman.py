"""Batched Kalman filter of all tracks at once, in camera-compensated pixels.

State: cx, cy, log w, log h and their velocities per second. Constant velocity with white noise
acceleration; noise in body heights, so that zoom and distance do not matter. Nothing ties the four
axes together, so every axis is a filter of its own with a 2 x 2 covariance and all is elementwise
arithmetic: equal to filterpy's KalmanFilter on the whole state, at a tenth of the time. A camera
that turns about its axis would mix x and y; what it mixes in the covariance is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.boxes import growth
from tracker.settings import MotionSettings
from tracker.types import Doubles, Index, Mask

_PLACE, _SPEED = np.arange(4), np.arange(4, 8)
_LEAN_S = 0.06  # the speed follows told steps within this time
_RE_UPDATES = 8  # points of a bridged path


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Gaussian states of T tracks.

    mean: (T, 8) places and speeds. spread: (T, 3, 4) for each of the four axes the variance of its
    place, the covariance of place and speed, the variance of its speed.
    """

    mean: Doubles
    spread: Doubles

    def __post_init__(self) -> None:
        t = len(self.mean)
        if self.mean.shape != (t, 8) or self.spread.shape != (t, 3, 4):
            raise ValueError(
                "Motion needs mean (T, 8) and spread (T, 3, 4), "
                f"got {self.mean.shape} and {self.spread.shape}"
            )

    def __len__(self) -> int:
        return len(self.mean)

    def pick(self, index: Index) -> Motion:
        """The tracks of an index or mask array."""
        return Motion(self.mean[index], self.spread[index])

    def replace(self, index: Index, part: Motion) -> Motion:
        """A copy with the tracks of `index` replaced by `part`."""
        mean, spread = self.mean.copy(), self.spread.copy()
        mean[index], spread[index] = part.mean, part.spread
        return Motion(mean, spread)

    def join(self, other: Motion) -> Motion:
        """These tracks, then those of `other`."""
        return Motion(
            np.concatenate([self.mean, other.mean]), np.concatenate([self.spread, other.spread])
        )

    @property
    def position_std(self) -> Doubles:
        """(T, 2) standard deviation of the centre, pixels."""
        return np.sqrt(self.spread[:, 0, :2])

    @property
    def covariance(self) -> Doubles:
        """(T, 8, 8) of the whole state."""
        covariance = np.zeros((len(self), 8, 8))
        covariance[:, _PLACE, _PLACE] = self.spread[:, 0]
        covariance[:, _PLACE, _SPEED] = covariance[:, _SPEED, _PLACE] = self.spread[:, 1]
        covariance[:, _SPEED, _SPEED] = self.spread[:, 2]
        return covariance


def initiate(measured: Doubles, settings: MotionSettings) -> Motion:
    """Tracks at their first measurement (N, 4): cx, cy, log w, log h; velocity unknown."""
    spread = np.zeros((len(measured), 3, 4))
    spread[:, 0] = measurement_variance(measured, settings)
    spread[:, 2] = _scaled(measured, settings.speed_std, settings.growth_std)
    return Motion(np.concatenate([measured, np.zeros((len(measured), 4))], axis=1), spread)


def measurement_variance(measured: Doubles, settings: MotionSettings) -> Doubles:
    """(N, 4) variance of cx, cy, log w, log h of a detected box."""
    return _scaled(measured, settings.place_std, settings.size_std)


def _scaled(states: Doubles, heights: float, size: float) -> Doubles:
    """(N, 4) variances: of the place, std in heights; of the size, std of its logarithm."""
    variance = np.empty((len(states), 4))
    variance[:, :2] = ((heights * np.exp(states[:, 3])) ** 2)[:, None]
    variance[:, 2:] = size**2
    return variance


def process_noise(mean: Doubles, dt_s: float, settings: MotionSettings) -> Doubles:
    """(T, 3, 4) spread that white noise acceleration adds in `dt_s` seconds."""
    density = _scaled(mean, settings.acceleration, settings.growth_change)
    steps = np.array([[dt_s**3 / 3], [dt_s**2 / 2], [dt_s]])
    return np.asarray(density[:, None] * steps)


def predict(motion: Motion, dt_s: float, settings: MotionSettings) -> Motion:
    """One step of `dt_s` seconds ahead."""
    mean, old = motion.mean.copy(), motion.spread
    spread = process_noise(mean, dt_s, settings)
    mean[:, :4] += dt_s * mean[:, 4:]
    spread += old
    carried = dt_s * old[:, 2]
    spread[:, 0] += dt_s * (2 * old[:, 1] + carried)
    spread[:, 1] += carried
    return Motion(mean, spread)


def decay(motion: Motion, unseen: Mask, dt_s: float, settings: MotionSettings) -> Motion:
    """Let the speed of unseen tracks decay: nobody runs straight on for long."""
    mean = motion.mean.copy()
    mean[unseen, 4:] *= np.exp(-dt_s / settings.coast_s)
    return Motion(mean, motion.spread)


def inflate(motion: Motion, size: tuple[int, int], share: float) -> Motion:
    """After a shot cut: stand still, with a std of `share` of the picture's (width, height)."""
    mean, spread = motion.mean.copy(), motion.spread.copy()
    mean[:, 4:] = 0
    spread[:, 0, :2] = (share * np.array(size, np.float64)) ** 2
    spread[:, 1] = 0
    return Motion(mean, spread)


def compensate(motion: Motion, affine: Doubles) -> Motion:
    """Carry the states along the camera: (2, 3) affine from the previous frame to this one."""
    linear = affine[:, :2]
    mean, spread = motion.mean.copy(), motion.spread.copy()
    mean[:, :2] = mean[:, :2] @ linear.T + affine[:, 2]
    mean[:, 4:6] = mean[:, 4:6] @ linear.T
    mean[:, 2:4] += growth(affine)
    spread[..., :2] = spread[..., :2] @ (linear**2).T
    return Motion(mean, spread)


def set_position(motion: Motion, place: Doubles, std: Doubles, dt_s: float) -> Motion:
    """Put unseen tracks where they were told to be: place (T, 4) and std (T, 4) of it.

    Their speed leans towards the step that this means, so that the next prediction goes on; their
    size does not go on changing by itself.
    """
    mean, spread = motion.mean.copy(), motion.spread.copy()
    lean = -np.expm1(-dt_s / _LEAN_S) / max(dt_s, 1e-9)
    mean[:, 4:6] += lean * (place[:, :2] - mean[:, :2])
    mean[:, 6:] = 0
    mean[:, :4] = place
    spread[:, 0], spread[:, 1] = std**2, 0
    return Motion(mean, spread)


def re_update(
    motion: Motion, since_s: float, times_s: Doubles, places: Doubles, settings: MotionSettings
) -> Motion:
    """Observation-centric re-update (OC-SORT, CVPR 2023) along a bridged path.

    motion: one track as it was at `since_s`, when last seen. times_s: (n,) and places: (n, 4) where
    they must have been since, the last of them found. A few points of a long path do.
    """
    for i in np.unique(np.linspace(0, len(times_s) - 1, _RE_UPDATES).round().astype(int)):
        motion = predict(motion, float(times_s[i]) - since_s, settings)
        motion = update(motion, places[i : i + 1], settings)
        since_s = float(times_s[i])
    return motion


def update(motion: Motion, measured: Doubles, settings: MotionSettings) -> Motion:
    """Take in one measurement (T, 4) per track: cx, cy, log w, log h."""
    noise = measurement_variance(measured, settings)
    place, both, speed = motion.spread[:, 0], motion.spread[:, 1], motion.spread[:, 2]
    total = place + noise
    residual = (measured - motion.mean[:, :4]) / total
    mean = motion.mean + np.concatenate([place * residual, both * residual], axis=1)
    kept = noise / total
    spread = np.empty_like(motion.spread)
    spread[:, 0], spread[:, 1] = place * kept, both * kept  # positive whatever is measured
    spread[:, 2] = speed - both * both / total
    return Motion(mean, spread)
