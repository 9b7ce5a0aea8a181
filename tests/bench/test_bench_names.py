"""The ablations of scripts/bench/bench_names.py are settings, and switch off what they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bench_names
import numpy as np
import pytest
from bench_names import ABLATIONS

from gallery.classifier.calibration import OPEN_SET_BIAS
from tests.worlds.following import (
    LOOKS,
    Person,
    World,
    bearers,
    classifier,
    follow,
    play,
    second_pass,
    tracker_for,
)
from tests.worlds.gallery import draw_gallery
from tracker import config
from tracker.identity.continuity import no_swap_log_odds
from tracker.offline.ilp import AssignmentProblem, solve
from tracker.offline.tracklets import cut_tracklets
from tracker.runs.name_model import NameModel, fit_names, open_names
from tracker.runs.request import TrackRequest
from tracker.runs.run_players import roster_of
from tracker.settings import IdentitySettings, Settings
from tracker.tracking.traces import Trace
from tracker.types import UNKNOWN, Evidence

CROSSING = World(
    [Person({0: (60, 200), 3: (560, 200)}, 0), Person({0: (560, 210), 3: (60, 210)}, 1)],
    seconds=3,
    players=2,
)
ANCHORED = (Evidence.ANCHOR, Evidence.CARRIED)


def settings_of(what: str) -> Settings:
    return config.load(None, ABLATIONS[what])


@pytest.mark.parametrize("what", ABLATIONS)
def test_an_ablation_is_a_setting_that_anybody_can_give(what: str) -> None:
    assert settings_of(what) != Settings()


def test_the_bench_puts_nothing_in_the_place_of_a_function_of_ours() -> None:
    source = Path(bench_names.__file__).read_text(encoding="utf-8")
    assert "mock" not in source
    assert "setattr" not in source


@pytest.mark.parametrize("what", ABLATIONS)
def test_a_match_is_followed_without_it_online_and_offline(what: str) -> None:
    settings = settings_of(what).follow
    tracker, frames, traces = tracker_for(CROSSING, settings), [], []
    seen = [shot.seen for shot in play(CROSSING)]
    for one in seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
    done = second_pass(frames, traces, seen, 2, classifier(2), settings)
    for story in (frames, done):
        assert sum(len(frame.track_ids) for frame in story) > 100
        assert all(len(bearers(frame, player)) <= 1 for frame in story for player in (0, 1))


def test_without_exclusion_what_others_are_called_makes_no_name_less_likely() -> None:
    alike = World(
        [Person({0: (200, y), 2: (260, y)}, look={0: 1.0}) for y in (200, 500)],
        seconds=2,
        players=1,
    )
    sure = {}
    for exclusion in (True, False):
        settings = config.load(None, [f"follow.identity.exclusion={exclusion}"])
        last = follow(alike, settings.follow).frames[-1]
        sure[exclusion] = float(last.player_confidence[last.players == 0].max(initial=0.0))
    assert sure[True] < 0.7 < 0.99 < sure[False]


def test_without_exclusion_two_seen_at_once_may_be_one_player_of_the_programme() -> None:
    worth, even = np.array([[5.0, -1.0], [4.0, -1.0]]), np.log(np.full(3, 1 / 3))
    names = {
        exclusion: solve(
            AssignmentProblem(
                worth, np.ones((2, 2), bool), even, np.array([(0, 9), (0, 9)]), [], [(0, 1)],
                exclusion=exclusion,
            )
        ).tolist()
        for exclusion in (True, False)
    }  # fmt: skip
    assert names == {True: [0, UNKNOWN], False: [0, 0]}


@pytest.mark.parametrize("window", [2, 400])
def test_without_exclusion_names_of_earlier_windows_bind_nobody(window: int) -> None:
    worth, even = np.full((5, 1), 4.0), np.log(np.full(2, 1 / 2))
    spans = np.array([(0, 9)] * 5)
    task = AssignmentProblem(
        worth, np.ones((5, 1), bool), even, spans, [], [(0, 4)], exclusion=False
    )
    assert solve(task, window).tolist() == [0] * 5


def test_without_anchors_no_name_is_one() -> None:
    for what, expected in (("without unknown", True), ("without anchors", False)):
        frames = follow(CROSSING, settings_of(what).follow).frames
        named = [frame for frame in frames if (frame.players != UNKNOWN).any()]
        assert named
        assert any(np.isin(frame.evidence, ANCHORED).any() for frame in named) is expected


def test_without_ambiguity_windows_no_track_is_cut_where_two_met() -> None:
    margins = [[np.inf], [np.inf], [1.0], [np.inf], [np.inf]]
    one, yes, nobody = np.array([1]), np.ones(1, bool), np.full(1, -1)
    traces = [Trace(one, one - 1, yes, yes, np.array(m), nobody) for m in margins]
    times_s, shots = np.arange(5) / 25, np.zeros(5, np.int64)
    found = {
        nats: [(p.first, p.last, p.link) for p in cut_tracklets(traces, times_s, shots, nats)]
        for nats in (
            IdentitySettings().cut_nats,
            settings_of("without ambiguity windows").follow.identity.cut_nats,
        )
    }
    assert list(found.values()) == [
        [(0, 2, np.inf), (3, 4, float(no_swap_log_odds(np.array(1.0))))],
        [(0, 4, np.inf)],
    ]


def test_without_offsets_the_hidden_go_by_the_filter() -> None:
    assert tracker_for(CROSSING).offsets is not None
    assert tracker_for(CROSSING, settings_of("without offsets").follow).offsets is None


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run whose gallery is open, and the request of other settings."""
    gallery = draw_gallery(tmp_path_factory.mktemp("world") / "players")

    def request(*sets: str) -> TrackRequest:
        settings = config.load(None, sets)
        return TrackRequest("unused", Path("unused"), settings, gallery, encoder="stripes")

    wish = request()
    roster = roster_of(wish)
    assert roster is not None
    names, _ = open_names(wish, None, True, roster)
    return names, request


def _by(opened: Any, *sets: str) -> NameModel:
    names, request = opened
    return fit_names(names.roster, names.cache, request(*sets))


def test_without_the_bias_a_crop_says_as_much_for_unknown_as_the_gallery_does(opened: Any) -> None:
    rows = opened[0].cache.embeddings[:3]
    biased, plain = (
        _by(opened, *sets).classifier.log_likelihood(rows)
        for sets in ([], ABLATIONS["without the gallery's open-set bias"])
    )
    assert IdentitySettings().open_set_nats == OPEN_SET_BIAS
    np.testing.assert_allclose(plain[:, -1] - biased[:, -1], -OPEN_SET_BIAS)
    np.testing.assert_array_equal(plain[:, :-1], biased[:, :-1])


def test_without_refit_nothing_is_learned_from_the_video(opened: Any) -> None:
    names = _by(opened)
    dim = names.classifier.dim
    assert names.refit is not None
    again = names.refit(np.zeros((0, dim), np.float32), np.zeros(0, np.int64))
    assert again(np.eye(LOOKS, dim)[:1].astype(np.float32)).shape[1] > 1
    assert _by(opened, *ABLATIONS["without refit"]).refit is None
