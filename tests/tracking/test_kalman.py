"""The batched Kalman filter is filterpy's, many at a time."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.settings import MotionSettings
from tracker.tracking import kalman, prediction, tracks
from tracker.tracking.motion_model import MotionModel
from tracker.types import Doubles

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


def as_covariance(spread: Doubles) -> Doubles:
    return kalman.Motion(np.zeros((len(spread), 8)), spread).covariance


@pytest.mark.parametrize("dt_s", [1 / 60, 0.04, 0.5])
def test_equals_filterpy_over_a_track(dt_s: float) -> None:
    rng = np.random.default_rng(1)
    measured = _boxes(rng, 5)
    batch = kalman.initiate(measured, LIMITS)
    peers = [_filterpy(m, c) for m, c in zip(batch.mean, batch.covariance, strict=True)]
    for _ in range(50):
        measured = measured + rng.normal(0, [3, 3, 0.02, 0.02], (5, 4))
        noise = as_covariance(kalman.process_noise(batch.mean, dt_s, LIMITS))
        batch = kalman.predict(batch, dt_s, LIMITS)
        variance = kalman.measurement_variance(measured, LIMITS)
        batch = kalman.update(batch, measured, LIMITS)
        for i, kf in enumerate(peers):
            kf.predict(F=np.eye(8) + dt_s * np.eye(8, k=4), Q=noise[i])
            kf.update(measured[i], R=np.diag(variance[i]))
            np.testing.assert_allclose(batch.mean[i], kf.x, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(batch.covariance[i], kf.P, rtol=1e-9, atol=1e-9)


def test_camera_moves_a_track_as_filterpy_does_with_the_affine_as_transition() -> None:
    """But for what a turn of the camera ties together."""
    start = kalman.initiate(_boxes(np.random.default_rng(2), 3), LIMITS)
    moved = kalman.compensate(start, PAN)
    matrix = np.eye(8)
    matrix[:2, :2] = matrix[4:6, 4:6] = PAN[:, :2]
    shift = np.zeros(8)
    shift[:2] = PAN[:, 2]
    shift[2:4] = np.log(np.sqrt(np.linalg.det(PAN[:, :2])))
    for i in range(3):
        kf = _filterpy(start.mean[i], start.covariance[i])
        kf.predict(u=shift, B=np.eye(8), F=matrix, Q=np.zeros((8, 8)))
        np.testing.assert_allclose(moved.mean[i], kf.x, rtol=1e-9, atol=1e-9)
        tied = moved.covariance[i] != 0
        np.testing.assert_allclose(moved.covariance[i][tied], kf.P[tied], rtol=1e-9, atol=1e-9)
        dropped = kf.P[0, 1] / np.sqrt(kf.P[0, 0] * kf.P[1, 1])
        assert abs(dropped) < 1e-3


def test_a_still_player_under_a_pan_has_no_speed() -> None:
    """A camera that moves 10 px a frame must not look like a running player."""
    pan = np.array([[1.0, 0, -10], [0, 1, 0]])
    place = np.array([[500.0, 300, np.log(40), np.log(100)]])
    track = kalman.initiate(place, LIMITS)
    for _ in range(25):
        place = place - np.array([10.0, 0, 0, 0])
        track = kalman.predict(kalman.compensate(track, pan), 0.04, LIMITS)
        track = kalman.update(track, place, LIMITS)
    assert abs(track.mean[0, 4]) < 1.0
    assert track.mean[0, 0] == pytest.approx(place[0, 0], abs=0.5)


def test_frame_rate_does_not_change_the_prediction() -> None:
    """One step of a second and 50 of 20 ms end at the same place, equally unsure."""
    track = kalman.initiate(_boxes(np.random.default_rng(3), 4), LIMITS)
    track.mean[:, 4:6] = 40.0
    once = kalman.predict(track, 1.0, LIMITS)
    many = track
    for _ in range(50):
        many = kalman.predict(many, 0.02, LIMITS)
    np.testing.assert_allclose(once.mean, many.mean, rtol=1e-9)
    np.testing.assert_allclose(once.covariance, many.covariance, rtol=1e-6)


def test_unseen_tracks_slow_down_and_seen_ones_do_not() -> None:
    track = kalman.initiate(_boxes(np.random.default_rng(4), 2), LIMITS)
    track.mean[:, 4] = 100.0
    slower = kalman.decay(track, np.array([True, False]), LIMITS.coast_s, LIMITS)
    assert slower.mean[0, 4] == pytest.approx(100 / np.e)
    assert slower.mean[1, 4] == 100


def test_after_a_cut_a_track_may_be_anywhere() -> None:
    track = kalman.inflate(
        kalman.initiate(_boxes(np.random.default_rng(5), 2), LIMITS), (800, 600), 0.5
    )
    np.testing.assert_allclose(track.position_std, [[400, 300]] * 2)
    assert (np.linalg.eigvalsh(track.covariance) > 0).all()


# ------------------------------------------------------- told where to be, found again


def test_the_told_are_where_they_are_told_to_be_and_as_unsure() -> None:
    rng = np.random.default_rng(6)
    track = kalman.predict(kalman.initiate(_boxes(rng, 3), LIMITS), 0.04, LIMITS)
    place, std = _boxes(rng, 3), rng.uniform([1, 1, 0.01, 0.01], [50, 50, 0.3, 0.3], (3, 4))
    told = kalman.set_position(track, place, std, 0.04)
    np.testing.assert_array_equal(told.mean[:, :4], place)
    np.testing.assert_allclose(told.covariance[:, :4, :4], [np.diag(s**2) for s in std])
    np.testing.assert_array_equal(told.mean[:, 6:], 0)  # nobody goes on growing unseen
    later = kalman.predict(told, 1.0, LIMITS)
    np.testing.assert_allclose(later.mean[:, 2:4], place[:, 2:])


def led(fps: int, seconds: float) -> Doubles:
    """(2,) the speed of one who stood, after being led along at (100, -40) px/s."""
    start = np.array([[500.0, 300, np.log(40), np.log(100)]])
    track, std = kalman.initiate(start, LIMITS), np.full((1, 4), 0.1)
    for i in range(1, round(seconds * fps) + 1):
        track = kalman.predict(track, 1 / fps, LIMITS)
        place = start + np.array([100.0, -40, 0, 0]) * i / fps
        track = kalman.set_position(track, place, std, 1 / fps)
    return track.mean[0, 4:6]


def test_the_speed_leans_to_the_way_they_are_led() -> None:
    way = np.array([100.0, -40])
    once, soon, late = (led(25, s) / way for s in (0.04, 0.2, 2.0))
    assert (once > 0).all()
    assert (once < soon).all()
    assert (soon < late).all()
    np.testing.assert_allclose(late, 1, atol=0.02)


@pytest.mark.parametrize("fps", [10, 50, 100])
def test_the_frame_rate_does_not_change_how_soon_the_speed_follows(fps: int) -> None:
    np.testing.assert_allclose(led(fps, 0.2), led(25, 0.2), rtol=1e-6)


def test_nobody_turns_when_no_time_has_passed() -> None:
    track = kalman.initiate(_boxes(np.random.default_rng(7), 1), LIMITS)
    track.mean[:, 4] = 50.0
    told = kalman.set_position(track, track.mean[:, :4] + 1, np.ones((1, 4)), 0.0)
    assert np.isfinite(told.mean).all()
    assert abs(told.mean[0, 4] - 50) < 20


def path_of(count: int) -> tuple[kalman.Motion, Doubles, Doubles]:
    """A track that was seen for a second; then times and places of a way it must have gone."""
    rng = np.random.default_rng(8)
    place = _boxes(rng, 1)
    track = kalman.initiate(place, LIMITS)
    for _ in range(25):
        place = place + np.array([[2.0, 1, 0, 0]])
        track = kalman.update(kalman.predict(track, 0.04, LIMITS), place, LIMITS)
    times = np.linspace(1.04, 1.0 + 0.04 * count, count)
    path = place + np.array([3.0, -1, 0.001, 0.002]) * np.arange(1, count + 1)[:, None]
    path[:, 1] -= 100 * np.sin(times - 1.0)  # they turn
    return track, times, path


def fed(track: kalman.Motion, times: Doubles, path: Doubles) -> kalman.Motion:
    before = 1.0
    for time_s, place in zip(times.tolist(), path, strict=True):
        track = kalman.predict(track, time_s - before, LIMITS)
        track = kalman.update(track, place[None], LIMITS)
        before = time_s
    return track


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_a_retraced_track_is_one_that_was_seen_all_the_way(count: int) -> None:
    track, times, path = path_of(count)
    again, wanted = kalman.re_update(track, 1.0, times, path, LIMITS), fed(track, times, path)
    np.testing.assert_allclose(again.mean, wanted.mean, rtol=1e-12)
    np.testing.assert_allclose(again.covariance, wanted.covariance, rtol=1e-9, atol=1e-15)


def test_a_long_way_is_retraced_at_a_few_points_with_nearly_the_same_end() -> None:
    track, times, path = path_of(75)
    again, wanted = kalman.re_update(track, 1.0, times, path, LIMITS), fed(track, times, path)
    height = np.exp(path[-1, 3])
    assert (np.abs(again.mean - wanted.mean)[0, :2] < 0.02 * height).all()
    assert (np.abs(again.mean - wanted.mean)[0, 4:6] < 0.1 * height).all()


def test_the_shape_got_is_named() -> None:
    with pytest.raises(ValueError, match=r"got \(2, 7\)"):
        kalman.Motion(np.zeros((2, 7)), np.zeros((2, 3, 4)))


@given(
    seed=st.integers(0, 2**32 - 1), steps=st.lists(st.floats(1e-3, 2.0), min_size=1, max_size=30)
)
@settings(max_examples=40, deadline=None)
def test_covariance_stays_positive_whatever_happens(seed: int, steps: list[float]) -> None:
    rng = np.random.default_rng(seed)
    measured = _boxes(rng, 3)
    track = kalman.initiate(measured, LIMITS)
    for dt_s in steps:
        track = kalman.predict(kalman.compensate(track, PAN), dt_s, LIMITS)
        if rng.random() < 0.5:
            track = kalman.update(track, measured + rng.normal(0, 0.5, (3, 4)), LIMITS)
        assert np.isfinite(track.mean).all()
        assert (np.linalg.eigvalsh(track.covariance) > 0).all()


@given(seed=st.integers(0, 2**32 - 1), gaps=st.lists(st.integers(1, 100), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_covariance_stays_positive_when_told_and_when_found_again(
    seed: int, gaps: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    track, now_s = kalman.initiate(_boxes(rng, 1), LIMITS), 0.0
    for gap in gaps:
        sighted, since_s = track, now_s
        for _ in range(gap):
            track = kalman.predict(kalman.compensate(track, PAN), 0.04, LIMITS)
            std = np.exp(rng.uniform(np.log(1e-3), np.log(1e3), (1, 4)))
            track = kalman.set_position(track, _boxes(rng, 1), std, 0.04)
            assert (np.linalg.eigvalsh(track.covariance) > 0).all()
        times = since_s + np.linspace(0.04, 0.04 * gap, gap)
        track = kalman.re_update(sighted, since_s, times, _boxes(rng, gap), LIMITS)
        now_s = float(times[-1])
        assert np.isfinite(track.mean).all()
        assert (np.linalg.eigvalsh(track.covariance) > 0).all()


CONTRACT = {name for name in vars(MotionModel) if not name.startswith("_")}


@pytest.mark.parametrize("module", [prediction, tracks])
def test_following_asks_nothing_of_the_filter_that_the_contract_does_not_have(
    module: ModuleType,
) -> None:
    tree = ast.walk(ast.parse(inspect.getsource(module)))
    asked = {
        node.attr
        for node in tree
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "kalman"
    }
    assert asked
    assert asked <= CONTRACT


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_the_filter_is_a_motion_model(name: str) -> None:
    wanted = inspect.signature(getattr(MotionModel, name)).parameters
    assert list(inspect.signature(getattr(kalman, name)).parameters) == list(wanted)[1:]


@pytest.mark.parametrize("count", [0, 3])
def test_a_motion_model_changes_nothing_that_it_is_given(count: int) -> None:
    rng = np.random.default_rng(4)
    measured, unseen = _boxes(rng, count), np.arange(count) > 0
    motion = kalman.initiate(measured, LIMITS)
    before = motion.mean.copy(), motion.spread.copy()
    for after in (
        kalman.predict(motion, 0.1, LIMITS),
        kalman.update(motion, measured + 1, LIMITS),
        kalman.decay(motion, unseen, 0.1, LIMITS),
        kalman.inflate(motion, (800, 600), 0.5),
        kalman.compensate(motion, PAN),
        kalman.set_position(motion, measured + 1, np.ones((count, 4)), 0.1),
    ):
        assert len(after) == count
        np.testing.assert_array_equal(motion.mean, before[0])
        np.testing.assert_array_equal(motion.spread, before[1])
