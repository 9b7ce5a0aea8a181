"""Where players end and strangers begin is learned from the video."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.follow.level import raised, stranger_level
from tracker.follow.links import after_doubt, after_gap, stay


def two_groups(players: float, strangers: float, count: int = 30) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.append(rng.normal(players, 0.7, count), rng.normal(strangers, 0.7, count // 2))


@pytest.mark.parametrize("shift", [-1.5, 0.0, 1.5])
def test_the_level_lies_between_the_groups_wherever_they_are(shift: float) -> None:
    fits = two_groups(2 + shift, -2 + shift)
    level = stranger_level(fits, np.full(len(fits), 5.0), 0.7)
    assert level == pytest.approx(shift, abs=0.4)


def test_the_gallery_stands_while_the_video_has_shown_little() -> None:
    assert stranger_level(np.zeros(0), np.zeros(0), 0.7) == 0.0
    few = stranger_level(np.array([-1.0]), np.array([2.0]), 0.7)
    assert abs(few) < 0.3


def test_a_video_without_strangers_makes_none() -> None:
    fits = np.random.default_rng(1).normal(3, 0.7, 40)
    assert (fits > stranger_level(fits, np.full(40, 5.0), 0.7)).mean() > 0.95


@given(st.lists(st.floats(-20, 20), max_size=40))
def test_the_gallery_is_never_contradicted_by_much(fits: list[float]) -> None:
    assert abs(stranger_level(np.array(fits), np.full(len(fits), 5.0), 0.7)) <= 2.0


def test_only_crops_with_evidence_are_raised() -> None:
    before = [np.array([[1.0, 0.0, -1.0], [0.0, 0.0, 0.0]])]
    (after,) = raised(before, 0.5)
    np.testing.assert_array_equal(after, [[1.0, 0.0, -0.5], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(before[0][0], [1.0, 0.0, -1.0])


def test_a_longer_gap_and_a_smaller_margin_are_worse() -> None:
    assert (np.diff(after_gap(np.linspace(0.4, 5, 30))) <= 0).all()
    assert (np.diff(after_doubt(np.linspace(0, 2, 30))) > 0).all()


@given(st.floats(-30, 30))
def test_a_link_holds_or_it_does_not(nats: float) -> None:
    same, other = stay(nats)
    assert np.exp(same) + np.exp(other) == pytest.approx(1)
    assert same - other == pytest.approx(nats, abs=1e-6)
