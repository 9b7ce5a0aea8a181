"""Beliefs about names: what a vote is, who excludes whom, when a name is given, kept and lost."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.identity import posterior
from tracker.identity.posterior import Beliefs
from tracker.settings import IdentitySettings
from tracker.types import UNKNOWN, Doubles, Evidence, Ints, Mask

LIMITS = IdentitySettings()
PLAYERS = 3
ONLY = np.zeros(1, np.int64)


def log_of(*rows: list[float]) -> Doubles:
    """Log-probabilities of shares; the last column is "unknown"."""
    shares = np.array(rows, dtype=np.float64)
    return np.asarray(np.log(shares / shares.sum(axis=1, keepdims=True)))


def everybody(tracks: int) -> Mask:
    return ~np.eye(tracks, dtype=bool)


def beliefs_of(*rows: list[float]) -> Beliefs:
    log = log_of(*rows)
    made = Beliefs.fresh(len(log), log.shape[1] - 1, LIMITS)
    made.log[:] = log
    made.votes[:] = 1
    return made


def names_of(
    beliefs: Beliefs,
    live: list[bool] | None = None,
    rivals: Mask | None = None,
    seen_s: list[float] | None = None,
) -> list[int]:
    count = len(beliefs.log)
    names, confidence = posterior.give_names(
        beliefs,
        beliefs.current(LIMITS),
        np.array(live if live is not None else [True] * count, dtype=bool),
        everybody(count) if rivals is None else rivals,
        np.array(seen_s if seen_s is not None else [0.0] * count),
        LIMITS,
    )
    assert ((confidence >= 0) & (confidence <= 1)).all()
    return [int(n) for n in names]


def says(player: int, nats: float = 2.0) -> Doubles:
    """One crop that speaks for a player."""
    likely = np.zeros((1, PLAYERS + 1))
    likely[0, player] = nats
    return likely


def told(*crops: tuple[float, int]) -> Beliefs:
    """The belief of one track after crops of (time, player)."""
    beliefs = Beliefs.fresh(1, PLAYERS, LIMITS)
    for time_s, player in crops:
        beliefs.add_crops(ONLY, says(player), time_s, LIMITS)
    return beliefs


def chance(beliefs: Beliefs, player: int) -> float:
    return float(np.exp(beliefs.current(LIMITS)[0, player]))


def meet(pair: Beliefs, share: float) -> None:
    pair.mix(0, 1, share, LIMITS)


# ------------------------------------------------------------------ votes


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
    mild.add_crops(ONLY, says(0, LIMITS.vote_nats_max), 0.0, LIMITS)
    wild.add_crops(ONLY, says(0, 500.0), 0.0, LIMITS)
    assert chance(wild, 0) == pytest.approx(chance(mild, 0))


def test_a_belief_of_an_hour_still_turns_within_seconds() -> None:
    hour = told(*[(float(t), 0) for t in range(3600)])
    assert chance(hour, 0) > 0.99
    for i in range(11):  # 4.4 s
        hour.add_crops(ONLY, says(1), 3600 + i * LIMITS.vote_s, LIMITS)
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
        pair.add_crops(ONLY, says(0), i / 25, LIMITS)
        meet(pair, 1e-6)
    assert pair.votes[0] <= 2
    assert chance(pair, 0) <= chance(told((0.0, 0), (LIMITS.vote_s, 0)), 0) + 1e-3


def test_names_that_fit_raise_a_pair_and_names_that_clash_lower_it() -> None:
    log = log_of([0.9, 0.03, 0.03, 0.04], [0.03, 0.9, 0.03, 0.04])
    fits = posterior.fit(log, np.concatenate([says(0), np.zeros((1, PLAYERS + 1))]), LIMITS)
    assert fits[0, 0] > 0 > fits[1, 0]
    np.testing.assert_allclose(fits[:, 1], 0, atol=1e-9)


# -------------------------------------------------------------- exclusion


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
        exact, quick = enumerated(log, rivals), posterior.exclusive(log, rivals)
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
    shares = posterior.exclusive(log, rivals)
    assert ((shares >= 0) & (shares <= 1 + 1e-9)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares[:, :-1].sum(axis=0) <= 1.1).all()
    np.testing.assert_allclose(shares, posterior.exclusive(log[::-1], rivals)[::-1])


def test_two_paths_of_one_man_do_not_exclude_each_other() -> None:
    """They never were in one frame: the first left, the second came."""
    log = log_of([0.95, 0.05], [0.95, 0.05])
    shares = posterior.exclusive(log, np.zeros((2, 2), bool))
    np.testing.assert_allclose(shares[:, 0], 0.95)


def test_a_track_seen_beside_a_player_is_not_them_when_they_have_gone() -> None:
    beliefs = beliefs_of([0.999, 0.001], [0.95, 0.05])
    beliefs.player[:] = beliefs.last_player[:] = [0, UNKNOWN]
    assert names_of(beliefs, live=[False, True]) == [0, UNKNOWN]


def test_who_comes_back_is_named_although_a_look_alike_stayed() -> None:
    """Player 0 left. The look-alike was seen beside them, the newcomer was not: it is player 0."""
    gone, alike, back = 0, 1, 2
    beliefs = beliefs_of([0.999, 0.001], [0.999, 0.001], [0.999, 0.001])
    beliefs.player[:] = beliefs.last_player[:] = [0, UNKNOWN, UNKNOWN]
    rivals = np.zeros((3, 3), bool)
    for one, other in ((gone, alike), (alike, back)):
        rivals[one, other] = rivals[other, one] = True
    names = names_of(beliefs, live=[False, True, True], rivals=rivals, seen_s=[1, 5, 5])
    assert names[alike] == UNKNOWN
    assert names[back] == 0


# ------------------------------------------------------------------ names


def test_nobody_is_named_without_a_vote_however_short_the_roster() -> None:
    easy = LIMITS.model_copy(update={"name_at": 0.5, "unknown_prior": 0.3})
    beliefs = Beliefs.fresh(1, 1, easy)
    args = (np.ones(1, bool), np.zeros((1, 1), bool), np.zeros(1), easy)
    assert np.exp(beliefs.log[0, 0]) > easy.name_at
    assert posterior.give_names(beliefs, beliefs.current(easy), *args)[0].tolist() == [UNKNOWN]
    beliefs.add_crops(np.array([0]), np.array([[3.0, 0.0]]), 0.0, LIMITS)
    assert posterior.give_names(beliefs, beliefs.current(easy), *args)[0].tolist() == [0]


def test_the_surest_of_two_who_claim_a_name_has_it() -> None:
    assert names_of(beliefs_of([0.9, 0.05, 0.05], [0.998, 0.001, 0.001])) == [UNKNOWN, 0]


def test_names_are_given_jointly() -> None:
    """Both are most like player 0; the second can only be player 0, so the first is player 1."""
    assert names_of(beliefs_of([0.6, 0.399, 0.001], [0.998, 0.001, 0.001])) == [1, 0]


def test_a_name_is_kept_longer_than_it_is_given() -> None:
    between = (LIMITS.name_at + LIMITS.keep_at) / 2
    beliefs = beliefs_of([between, 1 - between])
    assert names_of(beliefs) == [UNKNOWN]
    beliefs.player[:] = 0
    assert names_of(beliefs) == [0]
    beliefs.log[:] = log_of([LIMITS.keep_at / 2, 1 - LIMITS.keep_at / 2])
    assert names_of(beliefs) == [UNKNOWN]


def test_a_player_out_of_sight_keeps_their_name_until_seen_elsewhere() -> None:
    beliefs = beliefs_of([0.5, 0.5], [0.99, 0.01])
    beliefs.player[:] = beliefs.last_player[:] = [0, UNKNOWN]
    apart = np.zeros((2, 2), bool)
    assert names_of(beliefs, live=[False, False], rivals=apart) == [0, UNKNOWN]
    assert names_of(beliefs, live=[False, True], rivals=apart) == [UNKNOWN, 0]


@pytest.mark.parametrize("seen_s", [[1.0, 2.0], [2.0, 1.0]])
def test_of_two_waiting_paths_the_later_seen_keeps_the_name(seen_s: list[float]) -> None:
    beliefs = beliefs_of([0.9, 0.1], [0.9, 0.1])
    beliefs.last_player[:] = 0
    names = names_of(beliefs, [False, False], np.zeros((2, 2), bool), seen_s)
    assert names[int(np.argmax(seen_s))] == 0
    assert names[int(np.argmin(seen_s))] == UNKNOWN


def test_without_players_nobody_is_named() -> None:
    assert names_of(Beliefs.fresh(3, 0, LIMITS)) == [UNKNOWN] * 3
    assert names_of(Beliefs.fresh(0, 4, LIMITS)) == []


def anchored(votes: int, shares: list[float]) -> bool:
    beliefs = beliefs_of(shares)
    beliefs.votes[:] = votes
    return bool(posterior.anchors(beliefs, beliefs.current(LIMITS), ONLY, LIMITS)[0])


def test_an_anchor_needs_several_votes_and_a_margin() -> None:
    sure, even = [0.98, 0.01, 0.01], [0.5, 0.49, 0.01]
    assert anchored(LIMITS.anchor_votes, sure)
    assert not anchored(LIMITS.anchor_votes - 1, sure)
    assert not anchored(LIMITS.anchor_votes, even)


def test_evidence_says_why_a_name_stands() -> None:
    beliefs = Beliefs.fresh(4, PLAYERS, LIMITS)
    beliefs.player[:] = [0, 1, 2, UNKNOWN]
    beliefs.anchored[:] = [True, True, False, False]
    why: Ints = posterior.evidence(beliefs, np.array([True, False, True, True]))
    assert why.tolist() == [Evidence.ANCHOR, Evidence.CARRIED, Evidence.SOLVED, Evidence.NONE]


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
        np.testing.assert_array_equal(posterior.exclusive(log, rivals), whole)


def test_exclusion_is_worked_out_anew_as_soon_as_anything_has_changed() -> None:
    """It remembers what it said of the last frame, and says it of no other."""
    rng, remembering = np.random.default_rng(3), posterior.Exclusion()
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
        np.testing.assert_array_equal(told, posterior.exclusive(beliefs, rivals))
