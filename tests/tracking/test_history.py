"""The rolling window: who was where, in the pixels of the picture that is shown now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.tracking.history import SLOT_S, History
from tracker.types import Doubles, Index

STILL = np.eye(2, 3)
BOX = np.array([500.0, 300.0, np.log(40), np.log(100)])
VELOCITY = np.array([50.0, -20.0, 0.1, 0.1])
WINDOW_S = 4.0
"""A second of past before a gap of three."""
RATES = [10, 25, 29.97, 30, 31, 50, 60, 120]


def walk(time_s: float) -> Doubles:
    return BOX + VELOCITY * time_s


def watched(fps: float, seconds: float, tracks: int = 1) -> History:
    """Everybody walks along and is seen in every frame."""
    history = History.fresh(tracks)
    for i in range(round(seconds * fps) + 1):
        history.step(i / fps, STILL)
        history.note(slice(None), np.tile(walk(i / fps), (tracks, 1)), seen=True)
    return history


def carried(places: Doubles, camera: Doubles) -> Doubles:
    """(n, 4) places one frame on, by hand."""
    grown = np.log(np.linalg.det(camera[:, :2])) / 2
    centres = [camera[:, :2] @ place[:2] + camera[:, 2] for place in places]
    return np.concatenate([np.array(centres), places[:, 2:] + grown], axis=1)


# ------------------------------------------------------------------ the window


@pytest.mark.parametrize("fps", RATES)
def test_the_window_is_long_enough_at_every_frame_rate(fps: float) -> None:
    history = watched(fps, 10)
    now_s = round(10 * fps) / fps
    assert history.times_s[-1] == pytest.approx(now_s)
    assert now_s - history.times_s[0] >= WINDOW_S
    np.testing.assert_allclose(history.at(np.array([now_s - WINDOW_S]))[0, 0], walk(now_s - 4.0))


@pytest.mark.parametrize(("fps", "apart_s"), [(25, 1 / 25), (30, 1 / 30), (60, 1 / 30)])
def test_frames_closer_than_a_slot_share_one(fps: float, apart_s: float) -> None:
    history = watched(fps, 10)
    np.testing.assert_allclose(np.diff(history.times_s[:-1]), apart_s, atol=1e-6)


@given(steps=st.lists(st.floats(1e-3, 0.5), min_size=1, max_size=150))
@settings(max_examples=30, deadline=None)
def test_whatever_the_times_of_the_frames_the_window_is_in_order(steps: list[float]) -> None:
    history = History.fresh(1)
    for time_s in np.cumsum(steps).tolist():
        history.step(time_s, STILL)
        history.note(slice(None), walk(time_s)[None], seen=True)
    times = history.times_s[history.seen[:, 0]]
    assert times[-1] == np.cumsum(steps)[-1]
    assert (np.diff(times) > 0).all()
    assert (np.diff(times[:-1]) >= SLOT_S - 1e-3).all()
    walked = np.array([walk(t) for t in times.tolist()])
    np.testing.assert_allclose(history.at(times)[:, 0], walked, atol=1e-6)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("ago_s", [0.0, 0.013, 0.04, 0.3141, 1.0, 2.71828])
def test_between_frames_they_are_on_the_line(fps: float, ago_s: float) -> None:
    history = watched(fps, 5)
    asked = history.times_s[-1] - ago_s
    np.testing.assert_allclose(history.at(np.array([asked]))[0, 0], walk(asked), atol=1e-9)


def test_any_shape_of_times_is_answered_for_every_track() -> None:
    history = watched(25, 2, tracks=3)
    history.places[:, :, 0] += np.array([0, 1000, 2000])
    asked = 2 - np.array([[0.0, 0.1], [0.2, 0.3], [0.4, 0.5]])
    places = history.at(asked)
    assert places.shape == (3, 2, 3, 4)
    for row, column, track in np.ndindex(3, 2, 3):
        expected = walk(float(asked[row, column])) + np.array([1000.0 * track, 0, 0, 0])
        np.testing.assert_allclose(places[row, column, track], expected)


# ------------------------------------------------------------- seen or not seen


def test_where_they_were_not_seen_there_is_no_place() -> None:
    history = History.fresh(1)
    for i in range(26):
        history.step(i / 25, STILL)
        missed = 10 <= i < 15
        history.note(slice(None), walk(i / 25)[None], seen=not missed)
    found = np.isfinite(history.at(np.arange(26) / 25)[:, 0, 0])
    assert np.flatnonzero(~found).tolist() == [10, 11, 12, 13, 14]
    between = history.at(np.array([9.5, 14.5, 15.5]) / 25)[:, 0, 0]
    assert np.isnan(between).tolist() == [True, True, False]


def test_a_frame_nobody_noted_is_unseen() -> None:
    history = watched(25, 1)
    history.step(1.04, STILL)
    assert np.isnan(history.at(np.array([1.04]))).all()


@pytest.mark.parametrize("ago_s", [1.01, 1.5, 100.0])
def test_before_the_first_frame_nobody_was_anywhere(ago_s: float) -> None:
    assert np.isnan(watched(25, 1).at(np.array([1.0 - ago_s]))).all()


def test_who_joins_was_not_there_before() -> None:
    old = watched(25, 1)
    both = old.join(History.fresh(2))
    both.note(slice(1, 3), np.stack([BOX, BOX + 1]), seen=True)
    assert np.isfinite(both.at(np.array([1.0]))[0, :, 0]).all()
    assert np.isfinite(both.at(np.array([0.96]))[0, :, 0]).tolist() == [True, False, False]


@pytest.mark.parametrize("index", [np.array([2, 0]), np.array([True, False, True])])
def test_a_pick_keeps_to_each_their_own(index: Index) -> None:
    history = History.fresh(3)
    for i in range(5):
        history.step(i / 25, STILL)
        history.note(slice(None), np.stack([BOX + 100 * k + i for k in range(3)]), seen=True)
        history.note(np.array([1]), BOX[None], seen=i > 2)
    times = np.arange(5) / 25
    picked = history.pick(index)
    np.testing.assert_array_equal(picked.at(times), history.at(times)[:, index])
    picked.step(0.2, STILL)  # and goes on
    picked.note(slice(None), np.stack([BOX, BOX]), seen=True)
    assert np.isfinite(picked.at(np.array([0.2]))).all()


# ------------------------------------------------------------------- the camera


CAMERAS = {
    "still": STILL,
    "pan": np.array([[1.0, 0.0, -15.0], [0.0, 1.0, 2.0]]),
    "zoom": np.array([[1.02, 0.0, -9.0], [0.0, 1.02, -5.0]]),
    "pan and zoom and a little turn": np.array([[0.99, -0.01, 12.0], [0.01, 0.99, -3.0]]),
}


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("fps", [25, 60])
def test_places_are_carried_as_by_hand_frame_by_frame(camera: str, fps: int) -> None:
    """The camera is still for a moment, then moves, then rests again."""
    history = History.fresh(2)
    hands: dict[float, Doubles] = {}
    for i in range(2 * fps):
        affine = CAMERAS[camera] if fps // 2 <= i < 3 * fps // 2 else STILL
        history.step(i / fps, affine)
        hands = {t: carried(places, affine) for t, places in hands.items()}
        hands[i / fps] = np.stack([walk(i / fps), BOX + i])
        history.note(slice(None), hands[i / fps], seen=True)
    for time_s in history.times_s[-50:].tolist():
        near = min(hands, key=lambda t: abs(t - time_s))
        np.testing.assert_allclose(history.at(np.array([time_s]))[0], hands[near], atol=1e-7)


@given(
    seed=st.integers(0, 2**32 - 1),
    fps=st.sampled_from([10, 25, 30, 60]),
    ago_s=st.floats(0, 1.5),
)
@settings(max_examples=50, deadline=None)
def test_who_stands_on_the_ground_is_where_the_ground_is_now(
    seed: int, fps: int, ago_s: float
) -> None:
    """Whenever they were seen, under whatever camera: their place then is their place now."""
    rng = np.random.default_rng(seed)
    history, place = History.fresh(1), BOX[None]
    for i in range(2 * fps + 1):
        linear = np.eye(2) * rng.uniform(0.97, 1.03) + rng.normal(0, 0.01, (2, 2))
        camera = np.column_stack([linear, rng.normal(0, 15, 2)])
        place = carried(place, camera) if i else place
        history.step(i / fps, camera)
        history.note(slice(None), place, seen=True)
    then = history.at(np.array([2.0 - ago_s]))[0]
    np.testing.assert_allclose(then, place, rtol=1e-7, atol=1e-6)


def test_after_a_cut_there_is_no_past_and_then_a_new_one() -> None:
    history = History.fresh(1)
    for i in range(20):
        history.step(i / 25, CAMERAS["zoom"])
        history.note(slice(None), BOX[None], seen=True)
    history.step(20 / 25, STILL)
    history.forget()
    assert np.isnan(history.at(np.arange(21) / 25)).all()
    history.note(slice(None), BOX[None], seen=True)
    history.step(21 / 25, CAMERAS["pan"])
    history.note(slice(None), BOX[None], seen=True)
    places = history.at(np.array([19, 20, 21]) / 25)[:, 0]
    assert np.isnan(places[0]).all()
    np.testing.assert_allclose(places[1], carried(BOX[None], CAMERAS["pan"])[0])
    np.testing.assert_allclose(places[2], BOX)


# --------------------------------------------------------------- found again


def guessed(camera: Doubles, fps: int = 25) -> History:
    """Seen for a second, then guessed to stand still for another; two tracks."""
    history, place = History.fresh(2), BOX[None]
    for i in range(2 * fps + 1):
        place = carried(place, camera) if i else place
        history.step(i / fps, camera)
        history.note(slice(None), np.tile(place, (2, 1)), seen=i <= fps)
    return history


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("fps", [25, 60])
def test_a_bridge_ends_where_they_were_found_and_bends_the_guesses_there(
    camera: str, fps: int
) -> None:
    history = guessed(CAMERAS[camera], fps)
    begin = history.at(np.array([1.0]))[0, 0]
    found = begin + np.array([60.0, -20.0, 0.1, 0.2])
    times, path = history.interpolate_gap(0, 1.0, found)
    assert times[0] > 1.0
    assert times[-1] == 2.0
    share = times - 1.0
    np.testing.assert_allclose(path[-1], found, rtol=1e-12)
    # the guess was "they stand", so the path is the straight line
    np.testing.assert_allclose(path, begin + share[:, None] * (found - begin), atol=1e-7)


def test_a_bridge_keeps_the_shape_of_the_guesses() -> None:
    """They were thought to run up and down; they are found a little to the right of that."""
    history = watched(25, 1)
    guesses = []
    for i in range(26, 51):
        history.step(i / 25, STILL)
        guesses.append(walk(1.0) + np.array([0, 30 * np.sin(i), 0, 0]))
        history.note(slice(None), guesses[-1][None], seen=False)
    right = np.array([10.0, 0, 0, 0])
    times, path = history.interpolate_gap(0, 1.0, guesses[-1] + right)
    np.testing.assert_allclose(path, guesses + (times - 1)[:, None] * right, atol=1e-9)


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_bridged_gap_counts_as_seen_for_that_track_alone(camera: str) -> None:
    history = guessed(CAMERAS[camera])
    kept = history.at(np.linspace(0, 1, 26))
    times, path = history.interpolate_gap(1, 1.0, BOX)
    places = history.at(times)
    np.testing.assert_allclose(places[:, 1], path, atol=1e-7)
    assert np.isnan(places[:, 0]).all()
    np.testing.assert_array_equal(history.at(np.linspace(0, 1, 26)), kept)


def test_a_bridged_path_stays_on_the_ground_when_the_camera_moves_on() -> None:
    history = guessed(CAMERAS["zoom"])
    times, path = history.interpolate_gap(0, 1.0, BOX)
    history.step(2.04, CAMERAS["pan"])
    np.testing.assert_allclose(history.at(times)[:, 0], carried(path, CAMERAS["pan"]), atol=1e-7)
