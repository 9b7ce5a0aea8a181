"""What an anchor is worth, and how the reliability of its source is learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.identity.anchor_accuracy import SourceAccuracy
from tracker.identity.anchor_likelihood import AnchorChannel, log_odds
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


def after(right: float, votes: int, stated: bool = False) -> float:
    """What is believed of a source's accuracy that says .9, after so many votes."""
    learned = SourceAccuracy.prior(np.array([stated]))
    rng = np.random.default_rng(0)
    good = rng.random(votes) < right
    odds = log_odds(np.full(votes, 0.9))
    learned = learned.after_votes(np.zeros(votes, int), odds, np.where(good, 0.97, 0.01), PLAYERS)
    return float(1 / (1 + np.exp(-(odds[0] + learned.shift[0])))) if votes else 0.9


def test_a_handful_of_votes_moves_a_source_little_and_many_move_it_to_what_it_is() -> None:
    assert after(0.5, 0) == 0.9
    assert 0.7 < after(0.5, 3) < 0.95
    assert after(0.5, 300) == pytest.approx(0.5, abs=0.08)
    assert after(0.97, 300) == pytest.approx(0.97, abs=0.03)


def test_a_stated_accuracy_is_not_learned() -> None:
    learned = SourceAccuracy.prior(np.array([True])).after_votes(
        np.zeros(50, int), log_odds(np.full(50, 0.9)), np.full(50, 0.01), PLAYERS
    )
    assert learned.shift.tolist() == [0.0]


def test_votes_on_tracks_of_which_nothing_is_known_teach_nothing() -> None:
    begun = SourceAccuracy.prior(np.array([False]))
    flat = np.full(200, 1 / (PLAYERS + 1))
    learned = begun.after_votes(np.zeros(200, int), log_odds(np.full(200, 0.9)), flat, PLAYERS)
    assert learned.shift[0] == pytest.approx(begun.shift[0], abs=0.02)


def test_anchors_follow_their_detections_into_another_order() -> None:
    anchors = says(0, 1, 2)
    kept = anchors.among(np.array([2, 0]))
    assert kept.detections.tolist() == [1, 0]
    assert kept.players.argmax(axis=1).tolist() == [0, 2]
