"""What anybody could say about a hidden player: they stay, or they go on as they went."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tracker.types import Doubles, Ints

POSITION_SHARE = 1 / 20  # of the body height, per frame at 25 a second; DeepSORT's constants
VELOCITY_SHARE = 1 / 160
Guess = tuple[Doubles, Doubles]
"""(M, 2) centres in pixels, (M, 2) their standard deviations (NaN: does not say)."""


def last_box(frames: Ints, boxes: Doubles, query: Ints, fps: float) -> Guess:
    """They stand where they were last seen. Arguments as in BASELINES."""
    centre = (boxes[-1, :2] + boxes[-1, 2:]) / 2
    return np.tile(centre, (len(query), 1)), np.full((len(query), 2), np.nan)


def constant_velocity(frames: Ints, boxes: Doubles, query: Ints, fps: float) -> Guess:
    """Kalman filter over centre and velocity, with DeepSORT's noise (Wojke et al., ICIP 2017)."""
    from filterpy.kalman import KalmanFilter

    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    heights = boxes[:, 3] - boxes[:, 1]
    walker = KalmanFilter(dim_x=4, dim_z=2)
    walker.F, walker.H = np.eye(4) + np.eye(4, k=2), np.eye(2, 4)
    walker.x = np.concatenate([centres[0], [0, 0]])
    scale = np.repeat([POSITION_SHARE, VELOCITY_SHARE], 2)
    walker.P = np.diag((heights[0] * scale * [2, 2, 10, 10]) ** 2)
    seen = dict(zip(frames.tolist(), range(len(frames)), strict=True))
    wanted = {frame: i for i, frame in enumerate(query.tolist())}
    guess, std = np.zeros((len(query), 2)), np.zeros((len(query), 2))
    height = heights[0]
    for frame in range(int(frames[0]) + 1, int(query[-1]) + 1):
        walker.predict(Q=np.diag((height * scale) ** 2 * 25 / fps))
        at = seen.get(frame)
        if at is not None:
            height = heights[at]
            walker.update(centres[at], R=np.eye(2) * (height * POSITION_SHARE) ** 2)
        if frame in wanted:
            guess[wanted[frame]] = walker.x[:2]
            std[wanted[frame]] = np.sqrt(np.diag(walker.P)[:2])
    return guess, std


BASELINES: dict[str, Callable[[Ints, Doubles, Ints, float], Guess]] = {
    # (frames (N,) and boxes (N, 4) while they were seen, frames (M,) asked for, fps) -> Guess
    "last box": last_box,
    "constant velocity": constant_velocity,
}
