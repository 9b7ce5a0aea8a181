"""The batched Kalman filter is filterpy's, many at a time."""

from __future__ import annotations

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.config import MotionSettings
from tracker.follow import motion
from tracker.records import Doubles

LIMITS = MotionSettings()
PAN = np.array([[1.02, 0.01, -14.0], [-0.01, 1.02, 3.0]])


def _boxes(rng: np.random.Generator, n: int) -> Doubles:
    place = rng.uniform(0, 1000, (n, 2))
    size = np.log(rng.uniform(20, 200, (n, 2)))
    return np.concatenate([place, size], axis=1)


def _filterpy(mean: Doubles, covariance: Doubles) -> KalmanFilter:
    kf = KalmanFilter(dim_x=8, dim_z=4)
    kf.x, kf.P = mean.copy(), covariance.copy()
    kf.H = np.eye(4, 8)
    return kf


@pytest.mark.parametrize("dt_s", [1 / 60, 0.04, 0.5])
def test_equals_filterpy_over_a_track(dt_s: float) -> None:
    rng = np.random.default_rng(1)
    measured = _boxes(rng, 5)
    batch = motion.start(measured, LIMITS)
    peers = [_filterpy(m, c) for m, c in zip(batch.mean, batch.covariance, strict=True)]
    for _ in range(50):
        measured = measured + rng.normal(0, [3, 3, 0.02, 0.02], (5, 4))
        noise = motion.process_noise(batch.mean, dt_s, LIMITS)
        batch = motion.predict(batch, dt_s, LIMITS)
        variance = motion.measurement_variance(measured, LIMITS)
        batch = motion.update(batch, measured, LIMITS)
        for i, kf in enumerate(peers):
            kf.predict(F=motion.transition(dt_s), Q=noise[i])
            kf.update(measured[i], R=np.diag(variance[i]))
            np.testing.assert_allclose(batch.mean[i], kf.x, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(batch.covariance[i], kf.P, rtol=1e-9, atol=1e-9)


def test_camera_moves_a_track_as_filterpy_does_with_the_affine_as_transition() -> None:
    start = motion.start(_boxes(np.random.default_rng(2), 3), LIMITS)
    moved = motion.compensate(start, PAN)
    matrix = np.eye(8)
    matrix[:2, :2] = matrix[4:6, 4:6] = PAN[:, :2]
    shift = np.zeros(8)
    shift[:2] = PAN[:, 2]
    shift[2:4] = np.log(np.sqrt(np.linalg.det(PAN[:, :2])))
    for i in range(3):
        kf = _filterpy(start.mean[i], start.covariance[i])
        kf.predict(u=shift, B=np.eye(8), F=matrix, Q=np.zeros((8, 8)))
        np.testing.assert_allclose(moved.mean[i], kf.x, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(moved.covariance[i], kf.P, rtol=1e-9, atol=1e-9)


def test_a_still_player_under_a_pan_has_no_speed() -> None:
    """A camera that moves 10 px a frame must not look like a running player."""
    pan = np.array([[1.0, 0, -10], [0, 1, 0]])
    place = np.array([[500.0, 300, np.log(40), np.log(100)]])
    track = motion.start(place, LIMITS)
    for _ in range(25):
        place = place - np.array([10.0, 0, 0, 0])
        track = motion.predict(motion.compensate(track, pan), 0.04, LIMITS)
        track = motion.update(track, place, LIMITS)
    assert abs(track.mean[0, 4]) < 1.0
    assert track.mean[0, 0] == pytest.approx(place[0, 0], abs=0.5)


def test_frame_rate_does_not_change_the_prediction() -> None:
    """One step of a second and 50 of 20 ms end at the same place, equally unsure."""
    track = motion.start(_boxes(np.random.default_rng(3), 4), LIMITS)
    track.mean[:, 4:6] = 40.0
    once = motion.predict(track, 1.0, LIMITS)
    many = track
    for _ in range(50):
        many = motion.predict(many, 0.02, LIMITS)
    np.testing.assert_allclose(once.mean, many.mean, rtol=1e-9)
    np.testing.assert_allclose(once.covariance, many.covariance, rtol=1e-6)


def test_unseen_tracks_slow_down_and_seen_ones_do_not() -> None:
    track = motion.start(_boxes(np.random.default_rng(4), 2), LIMITS)
    track.mean[:, 4] = 100.0
    slower = motion.coast(track, np.array([True, False]), LIMITS.coast_s, LIMITS)
    assert slower.mean[0, 4] == pytest.approx(100 / np.e)
    assert slower.mean[1, 4] == 100


def test_after_a_cut_a_track_may_be_anywhere() -> None:
    track = motion.lose(motion.start(_boxes(np.random.default_rng(5), 2), LIMITS), (800, 600), 0.5)
    np.testing.assert_allclose(track.position_std, [[400, 300]] * 2)
    assert (np.linalg.eigvalsh(track.covariance) > 0).all()


def test_the_shape_got_is_named() -> None:
    with pytest.raises(ValueError, match=r"got \(2, 7\)"):
        motion.Motion(np.zeros((2, 7)), np.zeros((2, 8, 8)))


@given(
    seed=st.integers(0, 2**32 - 1), steps=st.lists(st.floats(1e-3, 2.0), min_size=1, max_size=30)
)
@settings(max_examples=40, deadline=None)
def test_covariance_stays_positive_whatever_happens(seed: int, steps: list[float]) -> None:
    rng = np.random.default_rng(seed)
    measured = _boxes(rng, 3)
    track = motion.start(measured, LIMITS)
    for dt_s in steps:
        track = motion.predict(motion.compensate(track, PAN), dt_s, LIMITS)
        if rng.random() < 0.5:
            track = motion.update(track, measured + rng.normal(0, 0.5, (3, 4)), LIMITS)
        assert np.isfinite(track.mean).all()
        assert (np.linalg.eigvalsh(track.covariance) > 0).all()
