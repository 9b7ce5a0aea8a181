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
from tracker.types import Doubles, Index, Ints

_PLACE, _SPEED = np.arange(4), np.arange(4, 8)
_LEAN_S = 0.06  # the speed follows told steps within this time
_RE_UPDATES = 8  # points of a bridged path


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Gaussian states of T tracks.

    mean: (T, 8) places and speeds. spread: (T, 3, 4) for each of the four axes the variance of its
    place, the covariance of place and speed, the variance of its speed. The filter works on
    `columns` of them, all tracks in a row, and so it lays them in memory.
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

    @property
    def columns(self) -> tuple[Doubles, Doubles]:
        """(8, T) mean and (3, 4, T) spread, the same numbers."""
        return self.mean.T, self.spread.transpose(1, 2, 0)

    def pick(self, index: Index) -> Motion:
        """The tracks of an index or mask array."""
        rows = index.nonzero()[0] if index.dtype == bool else index
        mean, spread = self.columns
        return _motion(mean.take(rows, axis=1), spread.take(rows, axis=2))

    def replace(self, index: Index, part: Motion) -> Motion:
        """A copy with the tracks of `index` replaced by `part`."""
        mean, spread = self._copies()
        mean[:, index], spread[..., index] = part.columns
        return _motion(mean, spread)

    def put(self, rows: Ints, other: Motion) -> None:
        """Give the tracks `rows` the states that they have in `other`."""
        for mine, theirs in zip(self.columns, other.columns, strict=True):
            mine[..., rows] = theirs.take(rows, axis=-1)

    def join(self, other: Motion) -> Motion:
        """These tracks, then those of `other`."""
        mean, spread = zip(self.columns, other.columns, strict=True)
        return _motion(np.concatenate(mean, axis=1), np.concatenate(spread, axis=2))

    def _copies(self) -> tuple[Doubles, Doubles]:
        mean, spread = self.columns
        return mean.copy(), spread.copy()

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


def _motion(mean: Doubles, spread: Doubles) -> Motion:
    """Of columns: mean (8, T), spread (3, 4, T)."""
    return Motion(mean.T, spread.transpose(2, 0, 1))


def initiate(measured: Doubles, settings: MotionSettings) -> Motion:
    """Tracks at their first measurement (N, 4): cx, cy, log w, log h; velocity unknown."""
    mean, spread = np.zeros((8, len(measured))), np.zeros((3, 4, len(measured)))
    mean[:4] = measured.T
    spread[0] = measurement_variance(measured, settings).T
    spread[2] = _scaled(measured, settings.speed_std, settings.growth_std).T
    return _motion(mean, spread)


def measurement_variance(measured: Doubles, settings: MotionSettings) -> Doubles:
    """(N, 4) variance of cx, cy, log w, log h of a detected box."""
    return _scaled(measured, settings.place_std, settings.size_std)


def _scaled(states: Doubles, heights: float, size: float) -> Doubles:
    """(N, 4) variances: of the place, std in heights; of the size, std of its logarithm."""
    variance = np.empty((4, len(states)))
    std = np.exp(states.T[3])
    std *= heights
    std *= std
    variance[:2] = std
    variance[2:] = size**2
    return variance.T


def process_noise(mean: Doubles, dt_s: float, settings: MotionSettings) -> Doubles:
    """(T, 3, 4) spread that white noise acceleration adds in `dt_s` seconds."""
    density = _scaled(mean, settings.acceleration, settings.growth_change)
    steps = np.array([dt_s**3 / 3, dt_s**2 / 2, dt_s]).reshape(3, 1, 1)
    return np.asarray((density.T * steps).transpose(2, 0, 1))


def predict(motion: Motion, dt_s: float, settings: MotionSettings) -> Motion:
    """One step of `dt_s` seconds ahead."""
    old_mean, old = motion.columns
    mean = old_mean.copy()
    mean[:4] += dt_s * old_mean[4:]
    spread = process_noise(motion.mean, dt_s, settings).transpose(1, 2, 0)
    spread += old
    carried, both = dt_s * old[2], 2 * old[1]
    both += carried
    both *= dt_s
    spread[0] += both
    spread[1] += carried
    return _motion(mean, spread)


def decay(motion: Motion, unseen: Index, dt_s: float, settings: MotionSettings) -> Motion:
    """Let the speed of unseen tracks decay: nobody runs straight on for long."""
    mean = motion.columns[0].copy()
    mean[4:, unseen] *= np.exp(-dt_s / settings.coast_s)
    return Motion(mean.T, motion.spread)


def inflate(motion: Motion, size: tuple[int, int], share: float) -> Motion:
    """After a shot cut: stand still, with a std of `share` of the picture's (width, height)."""
    mean, spread = motion._copies()
    mean[4:] = 0
    spread[0, :2] = ((share * np.array(size, np.float64)) ** 2)[:, None]
    spread[1] = 0
    return _motion(mean, spread)


def compensate(motion: Motion, affine: Doubles) -> Motion:
    """Carry the states along the camera: (2, 3) affine from the previous frame to this one."""
    linear = affine[:, :2]
    mean, spread = motion._copies()
    mean[:2] = (motion.mean[:, :2] @ linear.T + affine[:, 2]).T
    mean[4:6] = (motion.mean[:, 4:6] @ linear.T).T
    mean[2:4] += growth(affine)
    spread[:, :2] = (motion.spread[..., :2] @ (linear**2).T).transpose(1, 2, 0)
    return _motion(mean, spread)


def set_position(motion: Motion, place: Doubles, std: Doubles, dt_s: float) -> Motion:
    """Put unseen tracks where they were told to be: place (T, 4) and std (T, 4) of it.

    Their speed leans towards the step that this means, so that the next prediction goes on; their
    size does not go on changing by itself.
    """
    mean, spread = motion._copies()
    lean = -np.expm1(-dt_s / _LEAN_S) / max(dt_s, 1e-9)
    mean[4:6] += lean * (place.T[:2] - mean[:2])
    mean[6:] = 0
    mean[:4] = place.T
    spread[0], spread[1] = std.T**2, 0
    return _motion(mean, spread)


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
    mean, old = motion.columns
    noise = measurement_variance(measured, settings).T
    total = old[0] + noise
    residual = measured.T - mean[:4]
    residual /= total
    spread = np.empty(old.shape)
    np.multiply(old[:2], noise / total, out=spread[:2])  # positive whatever is measured
    np.subtract(old[2], old[1] * old[1] / total, out=spread[2])
    return _motion(mean + (old[:2] * residual).reshape(8, -1), spread)
