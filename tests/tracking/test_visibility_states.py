"""Visible, occluded or absent: who is missed in the open is soon gone, who is hidden is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.settings import PermanenceSettings
from tracker.tracking import visibility_states
from tracker.tracking.visibility_states import Event
from tracker.types import Doubles, Visibility

LIMITS = PermanenceSettings()
SIZE = (1000, 600)
share = st.floats(0, 1)


def after(seconds: float, occlusion: float, fps: float = 25) -> float:
    """Existence of somebody who was just seen, after this long without a detection."""
    there = np.array([visibility_states.SURE])
    for _ in range(round(seconds * fps)):
        rate = visibility_states.detection_rate(np.array([occlusion]), LIMITS.gone_s)
        chance = visibility_states.detection_probability(rate, 1 / fps)
        there = visibility_states.existence_after_miss(there, chance)
    return float(there[0])


def test_missed_in_the_open_they_are_gone_in_half_a_second() -> None:
    assert after(0.08, 0.0) > LIMITS.hidden_at
    assert after(0.5, 0.0) < LIMITS.hidden_at


def test_behind_somebody_they_are_there_for_ever() -> None:
    assert after(60, 1.0) == pytest.approx(visibility_states.SURE)


def test_the_more_is_hidden_the_longer_they_are_believed_in() -> None:
    believed = [after(1.0, occlusion) for occlusion in (0.0, 0.3, 0.6, 0.9, 1.0)]
    assert believed == sorted(believed)
    assert believed[0] < LIMITS.hidden_at < believed[-1]


@pytest.mark.parametrize("occlusion", [0.0, 0.7])
def test_the_frame_rate_does_not_change_how_long(occlusion: float) -> None:
    rates = [after(0.4, occlusion, fps) for fps in (10, 25, 60)]
    np.testing.assert_allclose(rates, rates[0], rtol=1e-6)


@given(r=share, p=share)
def test_a_miss_is_bayes_and_never_raises_existence(r: float, p: float) -> None:
    there = float(visibility_states.existence_after_miss(np.array([r]), np.array([p]))[0])
    assert 0 <= there <= r + 1e-12
    if 1 - r * p > 1e-6:
        assert there == pytest.approx(r * (1 - p) / (1 - r * p), abs=1e-9)


@given(occlusion=share, dt_s=st.floats(0, 1000))
def test_a_chance_of_detection_is_a_chance(occlusion: float, dt_s: float) -> None:
    rate = visibility_states.detection_rate(np.array([occlusion]), LIMITS.gone_s)
    chance = visibility_states.detection_probability(rate, dt_s)
    assert 0 <= chance[0] <= 1


def is_outside(x: float, y: float, std: float = 10.0) -> bool:
    place, spread = np.array([[x, y]]), np.full((1, 2), std)
    return bool(visibility_states.outside(place, spread, SIZE, LIMITS.outside_std)[0])


@pytest.mark.parametrize(("x", "y"), [(-40, 300), (1040, 300), (500, -40), (500, 640)])
def test_past_any_border_is_outside(x: float, y: float) -> None:
    assert is_outside(x, y)


def test_within_the_picture_and_within_doubt_of_its_border_is_not() -> None:
    assert not is_outside(500, 300)
    assert not is_outside(0, 0)
    assert not is_outside(-40, 300, std=100)


def test_total_doubt_still_has_an_outside() -> None:
    """Nobody two pictures away is in the picture because we know nothing about them."""
    assert is_outside(2500, 300, std=1e6)


def event_of(matched: bool, existence: float, outside: bool) -> Event:
    def one(value: bool) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([value])

    there: Doubles = np.array([existence])
    return Event(int(visibility_states.events(one(matched), there, one(outside), LIMITS)[0]))


def test_what_a_frame_says_of_a_track() -> None:
    assert event_of(matched=True, existence=0.0, outside=True) is Event.SEEN
    assert event_of(matched=False, existence=0.9, outside=False) is Event.HIDDEN
    assert event_of(matched=False, existence=0.1, outside=False) is Event.GONE
    assert event_of(matched=False, existence=0.9, outside=True) is Event.LEFT


@given(matched=st.booleans(), existence=share, outside=st.booleans())
def test_every_state_and_event_has_a_state_after(
    matched: bool, existence: float, outside: bool
) -> None:
    event = event_of(matched, existence, outside)
    for before in Visibility:
        after = Visibility(int(visibility_states.states(np.array([before]), np.array([event]))[0]))
        assert after is visibility_states.TRANSITIONS[before, event]
        assert (after is Visibility.VISIBLE) == matched
        assert after is Visibility.ABSENT or not outside or matched


def test_the_diagram_in_the_docs_is_that_of_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "permanence.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{visibility_states.diagram()}```" in page


def is_leaving(box: list[float], velocity: list[float]) -> bool:
    going, not_coming = visibility_states.leaving(np.array([box]), np.array([velocity]), SIZE)
    assert not_coming[0] or not going[0]
    return bool(not_coming[0])


def test_who_is_cut_by_the_border_has_left_unless_they_come_back_in() -> None:
    left_side = [0.0, 200.0, 30.0, 300.0]
    assert is_leaving(left_side, [-50, 0])
    assert is_leaving(left_side, [0, 0])
    assert not is_leaving(left_side, [80, 0])
    assert is_leaving([970, 200, 999, 300], [20, 0])
    assert is_leaving([400, 520, 440, 599], [0, 5])
    assert not is_leaving([400, 200, 440, 300], [-500, 0])
    assert not is_leaving([np.nan] * 4, [0, 0])  # after a cut nothing is known
