"""Which detection is which track: the best assignment, what a look is worth, when it is open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from tracker import assignment
from tracker.assignment import assign
from tracker.settings import AssociationSettings
from tracker.tracking import association
from tracker.tracking.association import AppearanceModel, swap_margins
from tracker.types import Doubles

LIMITS = AssociationSettings()
NO = -np.inf


def best_total(scores: Doubles, least: float) -> float:
    """The most that one-to-one pairs can be worth above `least`, by scipy."""
    worth = np.maximum(np.where(np.isfinite(scores), scores - least, 0.0), 0.0)
    return float(worth[linear_sum_assignment(worth, maximize=True)].sum())


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    least=st.floats(-5, 5),
    forbidden=st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_assignment_is_as_good_as_scipys(
    seed: int, shape: tuple[int, int], least: float, forbidden: float
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 5, shape)
    scores[rng.random(shape) < forbidden] = NO
    rows, columns = assign(scores, least)
    assert len(set(rows.tolist())) == len(rows) == len(columns) == len(set(columns.tolist()))
    assert (scores[rows, columns] >= least).all()
    total = float((scores[rows, columns] - least).sum())
    assert total == pytest.approx(best_total(scores, least), abs=1e-6)


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    levels=st.sampled_from([2, 4, 1000]),
)
@settings(max_examples=200, deadline=None)
def test_the_plain_assignment_is_laps_own(seed: int, shape: tuple[int, int], levels: int) -> None:
    """Where lap is not asked it would have said the same; scores that tie are left to it."""
    rng = np.random.default_rng(seed)
    scores = np.where(rng.random(shape) < 0.7, NO, rng.integers(0, levels, shape) / levels)
    scores[rng.random(shape) < 0.02] = np.nan
    plain = assign(scores, 0.25)
    by_lap = assignment.by_lap(scores, 0.25)
    for mine, theirs in zip(plain, by_lap, strict=True):
        assert mine.tolist() == theirs.tolist()
        assert mine.dtype == theirs.dtype


@pytest.mark.parametrize("seed", range(20))
def test_a_dispute_in_a_crowd_ends_as_if_all_were_asked(seed: int) -> None:
    """Whoever is drawn in by others gives way where that is best for all."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(60, 120))
    scores = np.where(rng.random((count, count)) < 0.02, rng.uniform(0, 5, (count, count)), NO)
    np.fill_diagonal(scores, rng.uniform(0, 5, count))
    crowd, by_lap = assign(scores, 0.3), assignment.by_lap(scores, 0.3)
    assert len(set(scores.argmax(axis=1).tolist())) < count
    for mine, theirs in zip(crowd, by_lap, strict=True):
        assert mine.tolist() == theirs.tolist()


def test_the_sum_counts_and_not_the_best_pair() -> None:
    scores = np.array([[9.0, 8.0], [8.0, 1.0]])
    rows, columns = assign(scores, 0.0)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_a_pair_that_only_just_reaches_the_threshold_is_a_pair() -> None:
    """A look that is worth all it may be worth has to be enough where that much is asked."""
    for scores in ([[2.0]], [[2.0, 1.0]], [[2.0, NO], [NO, 7.0]]):
        assert 0 in assign(np.array(scores), 2.0)[0]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_where_nothing_is_allowed_nothing_is_paired(shape: tuple[int, int]) -> None:
    rows, columns = assign(np.full(shape, NO), 0.0)
    assert (len(rows), len(columns)) == (0, 0)
    assert rows.dtype == columns.dtype == np.int64


def test_a_forbidden_pair_stays_open_even_if_both_sides_do() -> None:
    rows, columns = assign(np.array([[5.0, 4.0], [5.0, NO]]), 0.0)
    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {0: 1, 1: 0}
    rows, _ = assign(np.array([[5.0], [4.0]]), 0.0)
    assert rows.tolist() == [0]


def learned(same: float, other: float, spread: float = 0.05) -> AppearanceModel:
    rng = np.random.default_rng(0)
    return AppearanceModel().update(rng.normal(same, spread, 200), rng.normal(other, spread, 200))


def test_a_new_video_gives_looks_no_weight() -> None:
    assert not AppearanceModel().log_likelihood_ratio(np.array([[0.9, -0.2]]), 2.0).any()
    few = AppearanceModel().update(np.full(3, 0.9), np.full(3, 0.1))
    assert not few.log_likelihood_ratio(np.array([[0.9, 0.1]]), 2.0).any()


@pytest.mark.parametrize(("same", "other"), [(0.9, 0.1), (0.95, 0.85), (0.3, -0.2)])
def test_what_a_cosine_is_worth_is_learned_from_the_video(same: float, other: float) -> None:
    """Encoders differ in scale: .85 is a likeness for one and a stranger for another."""
    nats = learned(same, other, 0.02).log_likelihood_ratio(np.array([same, other]), 2.0)
    assert nats[0] > 1
    assert nats[1] < -1


@given(
    cosines=st.lists(st.floats(-1, 1), min_size=2, max_size=20),
    same=st.floats(0.1, 0.9),
    other=st.floats(0.1, 0.9),
    spread=st.floats(0.01, 0.3),
)
@settings(deadline=None)
def test_more_alike_is_never_worse_whatever_the_encoder(
    cosines: list[float], same: float, other: float, spread: float
) -> None:
    nats = learned(same, other, spread).log_likelihood_ratio(np.sort(cosines), 5.0)
    assert (np.diff(nats) >= -1e-9).all()
    assert (abs(nats) <= 5.0).all()


def test_a_look_that_was_not_taken_says_nothing() -> None:
    nats = learned(0.8, 0.2).log_likelihood_ratio(np.array([np.nan, 0.8]), 2.0)
    assert nats[0] == 0
    assert nats[1] > 0
    before = learned(0.8, 0.2)
    assert before.update(np.array([np.nan]), np.zeros(0)) == before


def test_old_looks_fade() -> None:
    """Light changes over a match: what was long seen is outweighed by what is seen now."""
    looks, other = AppearanceModel(), np.full(200, 0.1)
    for same, times in ((0.9, 600), (0.5, 400)):
        for _ in range(times):
            looks = looks.update(np.full(200, same), other)
    assert looks.same[1] == pytest.approx(0.5, abs=0.05)


def test_cosines_are_unknown_without_an_encoder_or_a_crop() -> None:
    none = association.cosines(np.zeros((2, 0), np.float32), np.zeros((3, 0), np.float32))
    assert none.shape == (2, 3)
    assert np.isnan(none).all()
    one = np.array([[1, 0]], np.float32)
    half = association.cosines(one, np.array([[0.6, 0.8], [np.nan, np.nan]], np.float32))
    assert half[0, 0] == pytest.approx(0.6)
    assert np.isnan(half[0, 1])


def test_the_less_certain_the_wider_the_search_up_to_a_limit() -> None:
    growth = association.expansion(np.array([0.0, 50, 5000]), np.full(3, 100.0), LIMITS)
    assert growth[0] == pytest.approx(LIMITS.expand_min)
    assert growth[0] < growth[1] < growth[2] == pytest.approx(LIMITS.expand_max)


def test_either_the_predicted_or_the_last_seen_box_will_do() -> None:
    here, far = np.array([[0.0, 0, 40, 100]]), np.array([[500.0, 0, 540, 100]])
    growth = np.array([0.3])
    for predicted, last in ((here, far), (far, here)):
        assert association.overlaps(predicted, last, here, growth, 0.3)[0, 0] == pytest.approx(1)
    assert association.overlaps(far, far, here, growth, 0.3)[0, 0] == 0


def test_the_margin_is_what_trading_with_the_best_rival_would_cost() -> None:
    scores = np.array([[6.0, 5.0, 0.0], [5.5, 6.0, 1.0], [0.0, 2.0, 7.0]])
    every = np.arange(3)
    margins, rivals = swap_margins(scores, every, every)
    np.testing.assert_allclose(margins, [1.5, 1.5, 10.0])
    assert rivals.tolist() == [1, 0, 1]


def test_people_apart_have_no_rival() -> None:
    apart = np.array([[6.0, NO], [NO, 6.0]])
    margins, rivals = swap_margins(apart, np.arange(2), np.arange(2))
    assert (margins > LIMITS.ambiguous_nats).all()
    assert rivals.tolist() == [-1, -1]
    margins, rivals = swap_margins(np.array([[3.0]]), np.zeros(1, int), np.zeros(1, int))
    assert margins[0] > LIMITS.ambiguous_nats
    assert rivals.tolist() == [-1]


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 6))
@settings(deadline=None)
def test_no_best_assignment_has_a_negative_margin(seed: int, n: int) -> None:
    scores = np.random.default_rng(seed).normal(0, 5, (n, n))
    margins, rivals = swap_margins(scores, *assign(scores, -100.0))
    assert (margins >= -1e-9).all()
    assert (rivals != np.arange(n)).all()
