"""What an anchor is worth, and how the reliability of its source is learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.identity.anchor_accuracy import SourceAccuracy
from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.log_odds import log_odds
from tracker.types import Anchors, Doubles

PLAYERS = 4


def says(*players: int, confidence: float = 0.9, source: int = 0, human: bool = False) -> Anchors:
    """An anchor for each of these players; PLAYERS is nobody of them."""
    n = len(players)
    return Anchors(
        np.arange(n), np.eye(PLAYERS + 1, dtype=np.float32)[list(players)], np.full(n, confidence),
        np.full(n, source), np.full(n, human),
    )  # fmt: skip


def likelihoods(channel: AnchorChannel, anchors: Anchors) -> Doubles:
    return np.exp(channel.log_likelihoods(anchors))


def test_who_is_named_is_likeliest_by_the_accuracy_of_the_source() -> None:
    channel = AnchorChannel.begun(1, PLAYERS)
    said = likelihoods(channel, says(2))[0]
    assert said[2] == pytest.approx(0.9)
    assert said.tolist() == pytest.approx([0.025, 0.025, 0.9, 0.025, 0.025])


@given(st.integers(0, PLAYERS), st.floats(0.01, 0.99), st.floats(-3, 3))
def test_what_a_source_may_say_of_somebody_sums_to_one(
    true: int, confidence: float, shift: float
) -> None:
    channel = AnchorChannel.begun(1, PLAYERS).with_shift(np.array([shift]))
    every = likelihoods(channel, says(*range(PLAYERS + 1), confidence=confidence))
    assert every[:, true].sum() == pytest.approx(1)


def test_look_alikes_of_a_source_weigh_less_against_each_other() -> None:
    begun = AnchorChannel.begun(1, PLAYERS)
    confusion = begun.confusion.copy()
    confusion[0, 1] = np.eye(PLAYERS + 1)[0]  # who is 1 is taken for 0, and for nobody else
    knows = likelihoods(AnchorChannel(begun.shift, confusion), says(0))[0]
    assert knows[1] == pytest.approx(0.1)
    assert knows[1] > 3 * knows[2]


def test_a_persons_word_is_certain_whatever_is_known_of_the_source() -> None:
    channel = AnchorChannel.begun(1, PLAYERS).with_shift(np.array([-6.0]))
    assert likelihoods(channel, says(1, human=True))[0, 1] == pytest.approx(1, abs=1e-5)


def beliefs(*of_player: float) -> Doubles:
    """(V, P + 1) tracks that are player 0 by so much, and else anybody, or nobody, alike."""
    rest = (1 - np.array(of_player))[:, None] / PLAYERS
    return np.column_stack([np.array(of_player)[:, None], np.repeat(rest, PLAYERS, axis=1)])


def learned(believed: Doubles, stated: bool = False, said: int = 0) -> float:
    """What a source that says .9 is taken for, after so many votes for player 0."""
    votes = len(believed)
    labels = np.tile(np.eye(PLAYERS + 1)[said], (votes, 1))
    odds = log_odds(np.full(votes, 0.9), 1e-6)
    accuracy = SourceAccuracy.prior(np.array([stated]))
    after = accuracy.after_votes(np.zeros(votes, np.int64), odds, labels, believed)
    return float(1 / (1 + np.exp(-(log_odds(np.array([0.9]), 1e-6)[0] + after.shift[0]))))


def mixed(right: float, votes: int) -> Doubles:
    good = np.random.default_rng(0).random(votes) < right
    return beliefs(*np.where(good, 0.97, 0.01))


def test_a_handful_of_votes_moves_a_source_little_and_many_move_it_to_what_it_is() -> None:
    assert 0.6 < learned(mixed(0.5, 3)) < 0.95
    assert learned(mixed(0.5, 300)) == pytest.approx(0.5, abs=0.08)
    assert learned(mixed(0.97, 300)) == pytest.approx(0.97, abs=0.03)


def test_a_stated_accuracy_is_not_learned() -> None:
    assert learned(mixed(0.1, 50), stated=True) == pytest.approx(0.9)


@given(st.floats(0.01, 0.95))
def test_votes_on_tracks_of_which_nothing_is_known_teach_nothing(unknown: float) -> None:
    row = np.append(np.full(PLAYERS, (1 - unknown) / PLAYERS), unknown)
    assert learned(np.tile(row, (200, 1))) == pytest.approx(learned(np.zeros((0, PLAYERS + 1))))


def test_a_source_that_says_nobody_of_a_player_errs() -> None:
    assert learned(mixed(0.97, 100), said=PLAYERS) < 0.3


def test_anchors_follow_their_detections_into_another_order() -> None:
    anchors = says(0, 1, 2)
    kept = anchors.among(np.array([2, 0]))
    assert kept.detections.tolist() == [1, 0]
    assert kept.players.argmax(axis=1).tolist() == [0, 2]
