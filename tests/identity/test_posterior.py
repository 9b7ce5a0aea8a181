"""What a vote is, and what many of them make of a belief."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.beliefs import LIMITS, ONLY, PLAYERS, beliefs_of, log_of
from tracker.identity import posterior
from tracker.identity.posterior import Beliefs
from tracker.types import Doubles


def says(player: int, nats: float = 2.0) -> Doubles:
    """One crop that speaks for a player."""
    likely = np.zeros((1, PLAYERS + 1))
    likely[0, player] = nats
    return likely


def told(*crops: tuple[float, int]) -> Beliefs:
    """The belief of one track after crops of (time, player)."""
    beliefs = Beliefs.fresh(1, PLAYERS, LIMITS)
    for time_s, player in crops:
        beliefs.add_votes(ONLY, says(player), time_s, LIMITS)
    return beliefs


def chance(beliefs: Beliefs, player: int) -> float:
    return float(np.exp(beliefs.current(LIMITS)[0, player]))


def meet(pair: Beliefs, share: float) -> None:
    pair.mix(0, 1, share, LIMITS)


def test_neighbouring_crops_are_one_vote() -> None:
    burst = told(*[(i * LIMITS.vote_s / 11, 0) for i in range(10)])
    assert burst.votes[0] == 1
    assert chance(burst, 0) == pytest.approx(chance(told((0.0, 0)), 0))


def test_separate_votes_add_up() -> None:
    chances = [chance(told(*[(i * LIMITS.vote_s, 0) for i in range(n)]), 0) for n in range(1, 5)]
    assert chances == sorted(chances)
    assert chances[0] < 0.9 < chances[-1]


def test_one_crop_decides_nothing_however_sure_it_is() -> None:
    mild, wild = Beliefs.fresh(1, PLAYERS, LIMITS), Beliefs.fresh(1, PLAYERS, LIMITS)
    mild.add_votes(ONLY, says(0, LIMITS.vote_nats_max), 0.0, LIMITS)
    wild.add_votes(ONLY, says(0, 500.0), 0.0, LIMITS)
    assert chance(wild, 0) == pytest.approx(chance(mild, 0))


def test_a_belief_of_an_hour_still_turns_within_seconds() -> None:
    hour = told(*[(float(t), 0) for t in range(3600)])
    assert chance(hour, 0) > 0.99
    for i in range(11):  # 4.4 s
        hour.add_votes(ONLY, says(1), 3600 + i * LIMITS.vote_s, LIMITS)
    assert chance(hour, 1) > 0.9


def test_the_frame_rate_does_not_change_how_fast_evidence_grows() -> None:
    slow = told(*[(i / 10, 0) for i in range(20)])
    fast = told(*[(i / 60, 0) for i in range(120)])
    assert slow.votes[0] == pytest.approx(fast.votes[0], abs=1)
    assert chance(slow, 0) == pytest.approx(chance(fast, 0), abs=0.02)


def test_a_meeting_makes_two_paths_a_little_of_each_other() -> None:
    pair = beliefs_of([0.9, 0.05, 0.05], [0.05, 0.9, 0.05])
    meet(pair, 0.2)
    mixed = np.exp(pair.log)
    np.testing.assert_allclose(mixed[0], [0.73, 0.22, 0.05], atol=1e-9)
    np.testing.assert_allclose(mixed.sum(axis=0), [0.95, 0.95, 0.1], atol=1e-9)


def test_who_is_found_after_a_gap_may_be_somebody_else() -> None:
    beliefs = Beliefs.fresh(1, 2, LIMITS)
    beliefs.log[0] = np.log([0.98, 0.01, 0.01])
    before = np.exp(beliefs.log[0])
    beliefs.weaken(np.array([0]), np.array([0.0]), LIMITS)
    prior = np.exp(posterior.prior_log(2, LIMITS))
    half = (before + prior) / 2
    np.testing.assert_allclose(np.exp(beliefs.log[0]), half)
    beliefs.weaken(np.array([0]), np.array([50.0]), LIMITS)  # as good as sure: nothing changes
    np.testing.assert_allclose(np.exp(beliefs.log[0]), half)


def test_a_meeting_does_not_multiply_votes() -> None:
    """Crops of one instant are one picture, also where a rival walks in and out between them."""
    pair = Beliefs.fresh(2, PLAYERS, LIMITS)
    for i in range(10):
        pair.add_votes(ONLY, says(0), i / 25, LIMITS)
        meet(pair, 1e-6)
    assert pair.votes[0] <= 2
    assert chance(pair, 0) <= chance(told((0.0, 0), (LIMITS.vote_s, 0)), 0) + 1e-3


def test_names_that_fit_raise_a_pair_and_names_that_clash_lower_it() -> None:
    log = log_of([0.9, 0.03, 0.03, 0.04], [0.03, 0.9, 0.03, 0.04])
    fits = posterior.fit(log, np.concatenate([says(0), np.zeros((1, PLAYERS + 1))]), LIMITS)
    assert fits[0, 0] > 0 > fits[1, 0]
    np.testing.assert_allclose(fits[:, 1], 0, atol=1e-9)
