"""The anchors of a run as votes on tracklets."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.offline.anchor_votes import RunAnchors
from tracker.settings import IdentitySettings
from tracker.tracking.online_anchors import Sources
from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Anchors

PLAYERS, FPS, FRAMES = 3, 10.0, 100
SETTINGS = IdentitySettings()
TIMES_S = np.arange(FRAMES) / FPS


def tracklet(track: int, first: int, last: int) -> Tracklet:
    """Detection number `track` of every frame."""
    frames = np.arange(first, last + 1)
    n = len(frames)
    return Tracklet(track, frames, np.full(n, track), np.ones(n, bool), np.inf)


def run_of(*rows: tuple[int, int, int], sources: int = 1, human: bool = False) -> RunAnchors:
    """rows: (frame, detection, player), one source after the other."""
    frames: list[Anchors | None] = [None] * FRAMES
    for number, (frame, detection, player) in enumerate(rows):
        new = Anchors(
            np.array([detection]), np.eye(PLAYERS + 1, dtype=np.float32)[[player]],
            np.array([0.9]), np.array([number % sources]), np.array([human]),
        )  # fmt: skip
        before = frames[frame]
        frames[frame] = new if before is None else Anchors.joined([before, new])
    names = tuple("abc"[:sources])
    return RunAnchors.of(frames, Sources(names, np.zeros(sources, bool)), PLAYERS)


def test_anchors_lie_on_the_tracklet_that_has_their_detection() -> None:
    tracklets = [tracklet(0, 0, 49), tracklet(1, 0, 99), tracklet(0, 50, 99)]
    votes = run_of((10, 0, 2), (60, 0, 1), (99, 1, 0), (5, 7, 0)).on(tracklets, TIMES_S, SETTINGS)
    assert votes.tracklet.tolist() == [0, 1, 2]
    total, count = votes.summed(3, AnchorChannel.begun(1, PLAYERS), SETTINGS)
    assert total[:, :PLAYERS].argmax(axis=1).tolist() == [2, 0, 1]
    assert count.tolist() == [SETTINGS.anchor_votes] * 3


def test_neighbours_of_one_source_are_one_vote_and_of_two_sources_two() -> None:
    one = [tracklet(0, 0, 99)]
    alike = [(frame, 0, 1) for frame in (0, 1, 2, 3)]  # .4 s
    assert len(run_of(*alike).on(one, TIMES_S, SETTINGS).tracklet) == 1
    assert len(run_of(*alike, sources=2).on(one, TIMES_S, SETTINGS).tracklet) == 2
    apart = [(frame, 0, 1) for frame in (0, 10, 20)]
    assert len(run_of(*apart).on(one, TIMES_S, SETTINGS).tracklet) == 3


def test_a_source_that_contradicts_what_is_known_is_found_out() -> None:
    tracklets = [tracklet(0, 0, 99), tracklet(1, 0, 99)]
    rng = np.random.default_rng(0)
    good = [(f, d, d) for f in range(0, 100, 5) for d in (0, 1)]
    bad = [(f, d, int(rng.integers(PLAYERS))) for f, d, _ in good]
    rows = [row for pair in zip(good, bad, strict=True) for row in pair]
    votes = run_of(*rows, sources=2).on(tracklets, TIMES_S, SETTINGS)
    sure = np.eye(PLAYERS + 1)[[0, 1]]
    channel = votes.channel(sure, AnchorChannel.begun(2, PLAYERS), SETTINGS)
    every = votes.run.anchors
    accuracy = channel.accuracy(every)
    assert accuracy[every.sources == 0].mean() > 0.9
    assert accuracy[every.sources == 1].mean() < 0.6


def test_single_votes_on_tracks_of_which_nothing_else_is_known_keep_a_source_as_it_is() -> None:
    tracklets = [tracklet(n, 0, 99) for n in range(3)]
    votes = run_of(*((10, n, n) for n in range(3))).on(tracklets, TIMES_S, SETTINGS)
    channel = AnchorChannel.begun(1, PLAYERS)
    nats, _ = votes.summed(3, channel, SETTINGS)
    believed = np.exp(nats) * np.append(np.full(PLAYERS, 0.5 / PLAYERS), 0.5)
    believed /= believed.sum(axis=1, keepdims=True)
    after = votes.channel(believed, channel, SETTINGS)
    nothing = run_of().on(tracklets, TIMES_S, SETTINGS).channel(believed, channel, SETTINGS)
    assert after.shift[0] == pytest.approx(nothing.shift[0])


def test_whom_a_source_takes_a_player_for_is_learned() -> None:
    rows = [(f, 0, 1) for f in range(0, 100, 5)]  # player 0 is called 1
    votes = run_of(*rows).on([tracklet(0, 0, 99)], TIMES_S, SETTINGS)
    begun, sure = AnchorChannel.begun(1, PLAYERS), np.eye(PLAYERS + 1)[[0]]
    confusion = votes.channel(sure, begun, SETTINGS).confusion[0, 0]
    assert confusion.argmax() == 1
    assert confusion[1] > 0.8
    assert confusion.sum() == pytest.approx(1)
    right = run_of((0, 0, 0), (50, 0, 0)).on([tracklet(0, 0, 99)], TIMES_S, SETTINGS)
    assert right.channel(sure, begun, SETTINGS).confusion[0, 0, 0] == 0  # that is no mistake


@pytest.mark.parametrize("player", [0, PLAYERS])
def test_what_a_person_says_is_a_constraint(player: int) -> None:
    found = run_of((20, 0, player), human=True).constraints([tracklet(0, 0, 99)], np.arange(FRAMES))
    (only,) = found
    assert (only.track, only.first, only.last, only.holds) == (0, 20, 20, True)
    assert only.player == (UNKNOWN if player == PLAYERS else player)


def test_without_tracklets_nothing_is_heard() -> None:
    votes = run_of((3, 0, 1)).on([], TIMES_S, SETTINGS)
    assert len(votes.tracklet) == 0
