"""Batched Kalman filter of all tracks at once, in camera-compensated pixels.

State (T, 8): cx, cy, log w, log h and their velocities per second. Constant velocity with white
noise acceleration; noise in body heights, so that zoom and distance do not matter. The camera's
affine is applied to mean and covariance before prediction. Equal to filterpy's KalmanFilter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.config import MotionSettings
from tracker.follow.boxes import growth
from tracker.records import Doubles, Index, Mask

_POSITION = np.arange(4)
_VELOCITY = np.arange(4, 8)
_LEAN_S = 0.06  # the speed follows told steps within this time
_RETRACED = 8  # points of a bridged path


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Gaussian states of T tracks. mean: (T, 8); covariance: (T, 8, 8)."""

    mean: Doubles
    covariance: Doubles

    def __post_init__(self) -> None:
        t = len(self.mean)
        if self.mean.shape != (t, 8) or self.covariance.shape != (t, 8, 8):
            raise ValueError(
                "Motion needs mean (T, 8) and covariance (T, 8, 8), "
                f"got {self.mean.shape} and {self.covariance.shape}"
            )

    def __len__(self) -> int:
        return len(self.mean)

    def pick(self, index: Index) -> Motion:
        """The tracks of an index or mask array."""
        return Motion(self.mean[index], self.covariance[index])

    def replace(self, index: Index, part: Motion) -> Motion:
        """A copy with the tracks of `index` replaced by `part`."""
        mean, covariance = self.mean.copy(), self.covariance.copy()
        mean[index], covariance[index] = part.mean, part.covariance
        return Motion(mean, covariance)

    def join(self, other: Motion) -> Motion:
        """These tracks, then those of `other`."""
        return Motion(
            np.concatenate([self.mean, other.mean]),
            np.concatenate([self.covariance, other.covariance]),
        )

    @property
    def position_std(self) -> Doubles:
        """(T, 2) standard deviation of the centre, pixels."""
        return np.sqrt(self.covariance[:, [0, 1], [0, 1]])


def start(measured: Doubles, settings: MotionSettings) -> Motion:
    """Tracks at their first measurement (N, 4): cx, cy, log w, log h; velocity unknown."""
    n = len(measured)
    mean = np.concatenate([measured, np.zeros((n, 4))], axis=1)
    covariance = np.zeros((n, 8, 8))
    covariance[:, _POSITION, _POSITION] = measurement_variance(measured, settings)
    height = np.exp(measured[:, 3])[:, None]
    speed = np.broadcast_to(settings.speed_std * height, (n, 2))
    growth = np.full((n, 2), settings.growth_std)
    covariance[:, _VELOCITY, _VELOCITY] = np.concatenate([speed, growth], axis=1) ** 2
    return Motion(mean, covariance)


def measurement_variance(measured: Doubles, settings: MotionSettings) -> Doubles:
    """(N, 4) variance of cx, cy, log w, log h of a detected box."""
    height = np.exp(measured[:, 3])[:, None]
    place = np.broadcast_to(settings.place_std * height, (len(measured), 2))
    size = np.full((len(measured), 2), settings.size_std)
    return np.concatenate([place, size], axis=1) ** 2


def transition(dt_s: float) -> Doubles:
    """(8, 8) constant-velocity transition over `dt_s` seconds."""
    matrix = np.eye(8)
    matrix[_POSITION, _VELOCITY] = dt_s
    return matrix


def process_noise(mean: Doubles, dt_s: float, settings: MotionSettings) -> Doubles:
    """(T, 8, 8) covariance that white noise acceleration adds in `dt_s` seconds."""
    t = len(mean)
    height = np.exp(mean[:, 3])[:, None]
    pull = np.broadcast_to(settings.acceleration * height, (t, 2))
    stretch = np.full((t, 2), settings.growth_change)
    density = np.concatenate([pull, stretch], axis=1) ** 2
    noise = np.zeros((t, 8, 8))
    noise[:, _POSITION, _POSITION] = density * dt_s**3 / 3
    noise[:, _VELOCITY, _VELOCITY] = density * dt_s
    noise[:, _POSITION, _VELOCITY] = noise[:, _VELOCITY, _POSITION] = density * dt_s**2 / 2
    return noise


def predict(motion: Motion, dt_s: float, settings: MotionSettings) -> Motion:
    """One step of `dt_s` seconds ahead."""
    f = transition(dt_s)
    covariance = f @ motion.covariance @ f.T + process_noise(motion.mean, dt_s, settings)
    return Motion(motion.mean @ f.T, covariance)


def coast(motion: Motion, unseen: Mask, dt_s: float, settings: MotionSettings) -> Motion:
    """Let the speed of unseen tracks decay: nobody runs straight on for long."""
    mean = motion.mean.copy()
    mean[unseen, 4:] *= np.exp(-dt_s / settings.coast_s)
    return Motion(mean, motion.covariance)


def lose(motion: Motion, size: tuple[int, int], share: float) -> Motion:
    """After a shot cut: stand still, with a std of `share` of the picture's (width, height)."""
    mean, covariance = motion.mean.copy(), motion.covariance.copy()
    mean[:, 4:] = 0
    covariance[:, :2, :] = covariance[:, :, :2] = 0
    covariance[:, 4:, :4] = covariance[:, :4, 4:] = 0
    covariance[:, [0, 1], [0, 1]] = (share * np.array(size, np.float64)) ** 2
    return Motion(mean, covariance)


def compensate(motion: Motion, affine: Doubles) -> Motion:
    """Carry the states along the camera: (2, 3) affine from the previous frame to this one."""
    linear = affine[:, :2]
    matrix = np.eye(8)
    matrix[:2, :2] = matrix[4:6, 4:6] = linear
    mean = motion.mean @ matrix.T
    mean[:, :2] += affine[:, 2]
    mean[:, 2:4] += growth(affine)
    return Motion(mean, matrix @ motion.covariance @ matrix.T)


def redirect(motion: Motion, place: Doubles, std: Doubles, dt_s: float) -> Motion:
    """Put unseen tracks where they were told to be: place (T, 4) and std (T, 4) of it.

    Their speed leans towards the step that this means, so that the next prediction goes on; their
    size does not go on changing by itself.
    """
    mean, covariance = motion.mean.copy(), motion.covariance.copy()
    lean = -np.expm1(-dt_s / _LEAN_S) / max(dt_s, 1e-9)
    mean[:, 4:6] += lean * (place[:, :2] - mean[:, :2])
    mean[:, 6:] = 0
    mean[:, :4] = place
    covariance[:, :4, :] = covariance[:, :, :4] = 0
    covariance[:, _POSITION, _POSITION] = std**2
    return Motion(mean, covariance)


def retrace(
    motion: Motion, since_s: float, times_s: Doubles, path: Doubles, settings: MotionSettings
) -> Motion:
    """Observation-centric re-update (OC-SORT, CVPR 2023) along a bridged path.

    motion: one track as it was at `since_s`, when last seen. times_s: (n,) and path: (n, 4) where
    he must have been since, the last of them found. A few points of a long path do.
    """
    for i in np.unique(np.linspace(0, len(times_s) - 1, _RETRACED).round().astype(int)):
        motion = predict(motion, float(times_s[i]) - since_s, settings)
        motion = update(motion, path[i : i + 1], settings)
        since_s = float(times_s[i])
    return motion


def update(motion: Motion, measured: Doubles, settings: MotionSettings) -> Motion:
    """Take in one measurement (T, 4) per track: cx, cy, log w, log h."""
    if not len(motion):
        return motion
    variance = measurement_variance(measured, settings)
    innovation_covariance = motion.covariance[:, :4, :4].copy()
    innovation_covariance[:, _POSITION, _POSITION] += variance
    # K = P H' S^-1, as the solution of S K' = H P
    gain = np.linalg.solve(innovation_covariance, motion.covariance[:, :4, :]).transpose(0, 2, 1)
    residual = measured - motion.mean[:, :4]
    mean = motion.mean + (gain @ residual[..., None])[..., 0]
    # Joseph form, which stays positive definite over two hours of updates
    keep = np.eye(8) - np.concatenate([gain, np.zeros((len(gain), 8, 4))], axis=2)
    noise = (gain * variance[:, None, :]) @ gain.transpose(0, 2, 1)
    return Motion(mean, keep @ motion.covariance @ keep.transpose(0, 2, 1) + noise)
