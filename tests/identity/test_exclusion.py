"""Who excludes whom: a player is in one place at a time."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.beliefs import LIMITS, everybody, log_of
from tracker.identity import posterior
from tracker.identity.exclusion import Exclusion, exclusive
from tracker.types import Doubles, Mask


def enumerated(log: Doubles, rivals: Mask) -> Doubles:
    """The same probabilities by going through every way to hand out the names."""
    tracks, names = log.shape
    pairs = [(i, j) for i in range(tracks) for j in range(i) if rivals[i, j]]
    total = np.zeros((tracks, names))
    for way in product(range(names), repeat=tracks):
        if not any(way[i] == way[j] != names - 1 for i, j in pairs):
            share = np.exp(sum(log[i, n] for i, n in enumerate(way)))
            total[np.arange(tracks), way] += share
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def drawn(seed: int) -> Doubles:
    """Beliefs of up to four tracks about up to three players."""
    rng = np.random.default_rng(seed)
    tracks, players = rng.integers(1, 5), rng.integers(1, 4)
    log = rng.normal(0, rng.choice([1.0, 3.0]), (tracks, players + 1))
    return posterior.bounded(log, LIMITS)


def test_exclusion_is_what_enumeration_says() -> None:
    """Belief propagation has loops, so a few tight cases are off; no clear case turns round."""
    errors, clear_cases = [], 0
    for seed in range(250):
        log = drawn(seed)
        rivals = everybody(len(log))
        exact, quick = enumerated(log, rivals), exclusive(log, rivals)
        best = np.sort(exact, axis=1)
        clear = best[:, -1] - best[:, -2] > 0.2
        np.testing.assert_array_equal(exact.argmax(axis=1)[clear], quick.argmax(axis=1)[clear])
        clear_cases += int(clear.sum())
        errors.append(float(abs(exact - quick).max()))
    assert clear_cases > 300
    assert np.quantile(errors, 0.95) < 0.05


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_a_player_is_shared_out_once_among_those_seen_together(seed: int) -> None:
    log = drawn(seed)
    rivals = everybody(len(log))
    shares = exclusive(log, rivals)
    assert ((shares >= 0) & (shares <= 1 + 1e-9)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares[:, :-1].sum(axis=0) <= 1.1).all()
    np.testing.assert_allclose(shares, exclusive(log[::-1], rivals)[::-1])


def test_two_paths_of_one_man_do_not_exclude_each_other() -> None:
    """They never were in one frame: the player left and came back."""
    log = log_of([0.95, 0.05], [0.95, 0.05])
    shares = exclusive(log, np.zeros((2, 2), bool))
    np.testing.assert_allclose(shares[:, 0], 0.95)


@pytest.mark.parametrize(("tracks", "players"), [(1, 1), (3, 5), (12, 8), (20, 13)])
def test_rounds_of_exclusion_that_change_nothing_are_left_out(tracks: int, players: int) -> None:
    """To the last bit what the formula gives in all its rounds."""
    rng = np.random.default_rng(players)
    for spread in (0.3, 3.0, 9.0):
        log = posterior.bounded(rng.normal(0, spread, (tracks, players + 1)), LIMITS)
        rivals = everybody(tracks)
        weight = np.exp(log)
        known, unknown, free = weight[:, :-1], weight[:, -1:], np.ones((tracks, players))
        for _ in range(12):
            left = known * free
            rest = unknown + left.sum(axis=1, keepdims=True) - left
            free = 1 / (1 + rivals.astype(float) @ (known / np.maximum(rest, 1e-12)))
        weight[:, :-1] = known * free
        whole = weight / weight.sum(axis=1, keepdims=True)
        np.testing.assert_array_equal(exclusive(log, rivals), whole)


def test_exclusion_is_worked_out_anew_as_soon_as_anything_has_changed() -> None:
    """It remembers what it said of the last frame, and says it of no other."""
    rng, remembering = np.random.default_rng(3), Exclusion()
    log = np.log(rng.dirichlet(np.ones(4), 5))
    together = ~np.eye(5, dtype=bool)
    for beliefs, rivals in (
        (log, together),
        (log.copy(), together.copy()),
        (log[::-1], together),
        (log[::-1], np.zeros((5, 5), bool)),
        (log[:3], np.zeros((3, 3), bool)),
    ):
        told = remembering(beliefs, rivals)
        np.testing.assert_array_equal(told, exclusive(beliefs, rivals))
