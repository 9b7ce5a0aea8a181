"""How right a source is, as a run finds while it goes on."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.identity.posterior import Beliefs
from tracker.settings import IdentitySettings
from tracker.tracking.online_anchors import OnlineAnchors, Sources
from tracker.types import Anchors, Observation

SETTINGS = IdentitySettings()
PLAYERS, FPS = 3, 10


def seen(frame: int, player: int) -> Observation:
    """One box, of which one source says who it is."""
    named = np.zeros((1, PLAYERS + 1), np.float32)
    named[0, player] = 1
    anchors = Anchors(np.zeros(1, np.int64), named, np.array([0.9]), np.zeros(1, np.int64),
                      np.zeros(1, bool))  # fmt: skip
    box, score, nothing = np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros((1, 0))
    return Observation(
        frame, frame / FPS, box, score, nothing, np.eye(2, 3), False, anchors=anchors
    )


def accuracy(players: list[int]) -> float:
    """Of a source that says these of one track, frame after frame."""
    anchors = OnlineAnchors(Sources(("a",), np.zeros(1, bool)), PLAYERS, SETTINGS)
    beliefs = Beliefs.fresh(1, PLAYERS, SETTINGS, 1)
    row = np.zeros(1, np.int64)
    for frame, player in enumerate(players):
        now = seen(frame, player)
        for source, (rows, nats) in enumerate(
            anchors.vote(beliefs, now, row, row, np.ones(1, bool))
        ):
            beliefs.add_votes(rows, nats, now.time_s, SETTINGS, 1 + source)
    found = anchors.channel.accuracy(now.anchors)  # type: ignore[arg-type]
    return float(found[0])


def test_every_vote_on_a_track_tells_and_not_the_first_alone() -> None:
    second, ten_seconds = accuracy([0] * FPS), accuracy([0] * 10 * FPS)
    assert ten_seconds > second
    assert ten_seconds > 0.95


def test_votes_that_contradict_each_other_tell_too() -> None:
    turns = [(frame // 4) % PLAYERS for frame in range(10 * FPS)]
    assert accuracy(turns) < 0.8


@pytest.mark.parametrize(("after_s", "begins"), [(0.0, False), (0.39, False), (0.4, True)])
def test_a_vote_is_over_after_a_while(after_s: float, begins: bool) -> None:
    stream = Beliefs.fresh(1, PLAYERS, SETTINGS, 1).streams[1]
    row = np.zeros(1, np.int64)
    assert stream.begins(row, 5.0, SETTINGS)
    stream.add(row, np.zeros((1, PLAYERS + 1)), 5.0, SETTINGS)
    assert bool(stream.begins(row, 5.0 + after_s, SETTINGS)) is begins
