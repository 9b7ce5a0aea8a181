"""When a name is given, kept and lost while a run goes on, and what it stands on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.beliefs import LIMITS, ONLY, PLAYERS, beliefs_of, everybody, log_of
from tracker.identity import online_naming
from tracker.identity.posterior import Beliefs
from tracker.types import UNKNOWN, Evidence, Ints, Mask


def names_of(
    beliefs: Beliefs,
    live: list[bool] | None = None,
    rivals: Mask | None = None,
    seen_s: list[float] | None = None,
) -> list[int]:
    count = len(beliefs.log)
    names, confidence = online_naming.give_names(
        beliefs,
        beliefs.current(LIMITS),
        np.array(live if live is not None else [True] * count, dtype=bool),
        everybody(count) if rivals is None else rivals,
        np.array(seen_s if seen_s is not None else [0.0] * count),
        LIMITS,
    )
    assert ((confidence >= 0) & (confidence <= 1)).all()
    return [int(n) for n in names]


def test_a_path_seen_beside_a_player_is_not_him_when_he_has_gone() -> None:
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


def test_nobody_is_named_without_a_vote_however_short_the_roster() -> None:
    easy = LIMITS.model_copy(update={"name_at": 0.5, "unknown_prior": 0.3})
    beliefs = Beliefs.fresh(1, 1, easy)
    args = (np.ones(1, bool), np.zeros((1, 1), bool), np.zeros(1), easy)
    assert np.exp(beliefs.log[0, 0]) > easy.name_at
    assert online_naming.give_names(beliefs, beliefs.current(easy), *args)[0].tolist() == [UNKNOWN]
    beliefs.add_votes(np.array([0]), np.array([[3.0, 0.0]]), 0.0, LIMITS)
    assert online_naming.give_names(beliefs, beliefs.current(easy), *args)[0].tolist() == [0]


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


def test_a_player_out_of_sight_keeps_his_name_until_he_is_seen_elsewhere() -> None:
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
    return bool(online_naming.anchors(beliefs, beliefs.current(LIMITS), ONLY, LIMITS)[0])


def test_an_anchor_needs_several_votes_and_a_margin() -> None:
    sure, even = [0.98, 0.01, 0.01], [0.5, 0.49, 0.01]
    assert anchored(LIMITS.anchor_votes, sure)
    assert not anchored(LIMITS.anchor_votes - 1, sure)
    assert not anchored(LIMITS.anchor_votes, even)


def test_evidence_says_why_a_name_stands() -> None:
    beliefs = Beliefs.fresh(4, PLAYERS, LIMITS)
    beliefs.player[:] = [0, 1, 2, UNKNOWN]
    beliefs.anchored[:] = [True, True, False, False]
    why: Ints = online_naming.evidence(beliefs, np.array([0, -1, 0, 0]))
    assert why.tolist() == [Evidence.ANCHOR, Evidence.CARRIED, Evidence.SOLVED, Evidence.NONE]
