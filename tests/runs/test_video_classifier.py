"""A classifier of those players of whom there are pictures; of the others nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.runs.video_classifier import learned, silent, widened

PLAYERS, DIM = 5, 12


def shown(players: list[int], count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows near an axis each."""
    rng = np.random.default_rng(2)
    labels = np.repeat(players, count)
    rows = np.eye(DIM)[labels] + rng.normal(0, 0.1, (len(labels), DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("players", [[1, 3], [0, 1, 2, 3, 4], [2]])
def test_who_was_shown_is_known_again(players: list[int]) -> None:
    rows, labels = shown(players)
    nats = learned(rows, labels, PLAYERS, 0.1, 0.0)(rows)
    assert nats.shape == (len(rows), PLAYERS + 1)
    assert np.isfinite(nats).all()
    if len(players) > 1:
        assert (nats.argmax(axis=1) == labels).all()


def test_the_others_look_like_anybody_unknown() -> None:
    rows, labels = shown([1, 3])
    nats = learned(rows, labels, PLAYERS, 0.1, 0.0)(rows)
    others = [0, 2, 4]
    assert (nats[:, others] == nats[:, -1:]).all()


def test_negatives_are_nobodys() -> None:
    rows, labels = shown([1, 3, 4])
    labels = np.where(labels == 4, -1, labels)
    nats = learned(rows, labels, PLAYERS, 0.1, 0.0)(rows)
    assert (nats[labels == 1].argmax(axis=1) == 1).all()
    assert (nats[labels == -1][:, [1, 3]] < nats[labels == -1][:, -1:]).all()


def test_who_knows_nobody_says_nothing() -> None:
    rows, _ = shown([1])
    nothing = learned(rows[:0], np.zeros(0, np.int64), PLAYERS, 0.1, 0.0)
    assert not nothing(rows).any()
    assert silent(PLAYERS)(rows).shape == (len(rows), PLAYERS + 1)


def test_all_players_known_need_no_more_columns() -> None:
    classify = silent(PLAYERS)
    assert widened(classify, np.arange(PLAYERS), PLAYERS) is classify
