"""How tall people are expected by where their feet are: drawn people on a drawn plane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.court.heights import Heights, fit_heights
from tracker.types import Doubles

HIGH = 720.0
TRUE = Heights(20.0, 0.25)


def people(feet: Doubles, tall: Doubles) -> Doubles:
    """Boxes with these feet and heights, a third as wide."""
    x = 300 + 40.0 * np.arange(len(feet))
    return np.column_stack([x, feet - tall, x + tall / 3, feet])


def crowd(seed: int, count: int = 60) -> Doubles:
    """People of one kind on the ground; some bend."""
    rng = np.random.default_rng(seed)
    feet = rng.uniform(250, 700, count)
    return people(feet, TRUE.expected_px(feet) * np.exp(rng.normal(0, 0.05, count)))


@given(seed=st.integers(0, 99), strays=st.integers(0, 12))
@settings(deadline=None, max_examples=30)
def test_the_line_is_found_whatever_strays_there_are(seed: int, strays: int) -> None:
    whole = crowd(seed)
    rng = np.random.default_rng(seed + 1)
    feet = rng.uniform(100, 700, strays)
    both = np.concatenate([whole, people(feet, np.exp(rng.uniform(2, 6, strays)))])
    found = fit_heights(both, np.full(len(both), 0.7), HIGH)
    assert found is not None
    for y in (300.0, 450.0, 650.0):
        expected = found.expected_px(np.array([y]))[0]
        assert abs(np.log(expected / TRUE.expected_px(np.array([y]))[0])) < 0.12


def test_order_does_not_matter() -> None:
    boxes, scores = crowd(4), np.linspace(0.2, 0.9, 60)
    a, b = fit_heights(boxes, scores, HIGH), fit_heights(boxes[::-1], scores[::-1], HIGH)
    assert a is not None
    assert b is not None
    assert (a.base_px, a.slope) == pytest.approx((b.base_px, b.slope))


def test_a_few_boxes_say_nothing_and_leave_what_is_known() -> None:
    few = crowd(1, 5)
    assert fit_heights(few, np.ones(5), HIGH) is None
    assert fit_heights(few, np.ones(5), HIGH, TRUE, 30.0) is TRUE
    assert fit_heights(np.zeros((0, 4)), np.zeros(0), HIGH) is None


def test_people_in_a_row_are_taken_to_be_equally_tall() -> None:
    feet = 400 + np.random.default_rng(3).normal(0, 2, 40)
    found = fit_heights(people(feet, np.full(40, 120.0)), np.ones(40), HIGH)
    assert found is not None
    assert abs(found.expected_px(np.array([500.0]))[0] - 120) < 30


def nats(factor: float, feet: float = 500.0) -> float:
    at = np.array([feet])
    return float(TRUE.nats(people(at, factor * TRUE.expected_px(at)), HIGH)[0])


def test_whole_people_lose_nothing_fragments_and_giants_do() -> None:
    assert nats(1.0) == nats(0.85) == nats(1.2) == 0
    assert nats(0.5) < -3
    assert nats(2.2) < -3
    assert nats(0.4) < nats(0.6) < nats(0.75) < 0


def test_who_is_cut_off_at_the_lower_border_may_be_smaller() -> None:
    assert nats(0.65, feet=HIGH) == 0 > nats(0.65)
    assert nats(0.3, feet=HIGH) < -3
