"""The offset net: equal to its twin in torch, moved by a pan exactly, asked only where it may be.

What a trained net knows is tested on data (scripts/bench/bench_occlusion.py); here are the laws
that hold for any weights, the shipped ones and random ones.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from importlib import resources

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from tests.worlds.following import SIZE, Person, World, follow, play
from tests.worlds.offsets import Crowd, pack_net
from tracker.settings import FollowSettings
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.occlusion_net import (
    BINS,
    GAP_BINS_S,
    HORIZON_S,
    LAGS_S,
    SHAPES,
    SHIPPED,
    OffsetError,
    OffsetNet,
    Offsets,
    Prepared,
    Scene,
    nearest,
    shipped,
)
from tracker.tracking.online import OnlineTracker
from tracker.training.export import drawn_scene
from tracker.training.network import Net, tensors, weights_of
from tracker.types import Doubles, Floats, TrackedFrame

ALL_OPEN = np.ones(BINS, bool)


def random_net(seed: int) -> OffsetNet:
    torch.manual_seed(seed)
    return OffsetNet(weights_of(Net()), {}, ALL_OPEN)


NETS = {"shipped": replace(shipped(), is_open=ALL_OPEN), "random": random_net(1)}
nets = pytest.mark.parametrize("name", NETS)


def scene(hidden: int, others: int, seed: int = 0) -> Scene:
    return drawn_scene(hidden, others, np.random.default_rng(seed))


def whole_scene(hidden: int, others: int, seed: int = 0) -> Scene:
    """A scene in which nothing is unknown."""
    drawn = scene(hidden, others, seed)
    filled = (np.nan_to_num(getattr(drawn, f.name), nan=0.3) for f in fields(Scene))
    return Scene(*(part.astype(np.float32) for part in filled))


# ----------------------------------------------------------------- the two twins


def twins_agree(net: OffsetNet, asked: Scene) -> None:
    twin = Net()
    twin.load_state_dict({k: torch.from_numpy(v) for k, v in net.weights.items()})
    with torch.no_grad():
        mean, log_variance = (part.numpy() for part in twin(*tensors(asked)))
    said = net.predict(asked)
    assert np.isfinite(said.moved).all()
    np.testing.assert_allclose(said.moved, mean, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(2 * np.log(said.std), log_variance, atol=1e-5, rtol=1e-5)


@nets
@pytest.mark.parametrize("others", [0, 1, 5, 16, 40])
def test_numpy_and_torch_say_the_same(name: str, others: int) -> None:
    twins_agree(NETS[name], scene(7, others, seed=others))


@nets
@pytest.mark.parametrize("unknown", [f.name for f in fields(Scene)][1:])
def test_they_agree_where_nothing_is_known(name: str, unknown: str) -> None:
    drawn = scene(4, 6)
    nothing = np.full_like(getattr(drawn, unknown), np.nan)
    twins_agree(NETS[name], replace(drawn, **{unknown: nothing}))


@given(seed=st.integers(0, 2**32 - 1), hidden=st.integers(1, 9), others=st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_they_agree_on_any_scene_with_any_weights(seed: int, hidden: int, others: int) -> None:
    twins_agree(random_net(seed % 1000), scene(hidden, others, seed))


# ------------------------------------------------------------------------ laws


def same_answers(one: Offsets, other: Offsets, atol: float = 1e-5) -> None:
    np.testing.assert_allclose(one.moved, other.moved, atol=atol, rtol=1e-5)
    np.testing.assert_allclose(one.std, other.std, atol=atol, rtol=atol)


speeds = st.tuples(st.floats(-5, 5), st.floats(-5, 5))


def panned(asked: Scene, before: tuple[float, float], meanwhile: tuple[float, float]) -> Scene:
    """A camera that moved at `before` heights a second, and by `meanwhile` in the gap."""
    h, k = asked.others.shape[:2]
    passed = np.array(before) * LAGS_S[:, None]
    own, others, since = asked.own.copy(), asked.others.copy(), asked.since.copy()
    own[..., :2] += passed
    others[..., 3:] += np.tile(passed.ravel(), (h, k, 1))
    since[..., 1:] += meanwhile
    return Scene(asked.gap_s, own, others, since)


@nets
@given(seed=st.integers(0, 2**16), others=st.integers(1, 20), before=speeds, meanwhile=speeds)
@settings(max_examples=30, deadline=None)
def test_a_pan_moves_the_answer_by_the_pan_and_leaves_the_doubt(
    name: str,
    seed: int,
    others: int,
    before: tuple[float, float],
    meanwhile: tuple[float, float],
) -> None:
    asked = whole_scene(3, others, seed)
    still = NETS[name].predict(asked)
    moved = NETS[name].predict(panned(asked, before, meanwhile))
    shift = np.array([*meanwhile, 0, 0])
    np.testing.assert_allclose(moved.moved, still.moved + shift, atol=1e-4)
    np.testing.assert_allclose(moved.std, still.std, rtol=1e-4)


@nets
@given(seed=st.integers(0, 2**16), meanwhile=speeds)
@settings(max_examples=20, deadline=None)
def test_with_little_known_a_pan_still_moves_the_answer_by_the_pan(
    name: str, seed: int, meanwhile: tuple[float, float]
) -> None:
    """Some others are gone, some pasts are short: one who is seen is enough."""
    asked = scene(5, 12, seed)
    asked.since[:, 0] = 0.1
    asked.others[:, 0] = np.nan_to_num(asked.others[:, 0])
    still = NETS[name].predict(asked)
    moved = NETS[name].predict(panned(asked, (0, 0), meanwhile))
    shift = np.array([*meanwhile, 0, 0])
    np.testing.assert_allclose(moved.moved, still.moved + shift, atol=1e-4)
    np.testing.assert_allclose(moved.std, still.std, rtol=1e-4)


@nets
@given(seed=st.integers(0, 2**16), others=st.integers(1, 4), far=st.floats(1, 8))
@settings(max_examples=30, deadline=None)
def test_whoever_is_left_takes_them_along_however_odd_they_are(
    name: str, seed: int, others: int, far: float
) -> None:
    """Few others, far away and fast, and of one alone the past is known.

    Nobody is worth so little that the pan is lost.
    """
    near = whole_scene(6, others, seed)
    asked = Scene(near.gap_s, near.own, near.others * far, near.since * far)
    asked.others[:, 1:, 3:] = np.nan
    still = NETS[name].predict(asked)
    moved = NETS[name].predict(panned(asked, (3, 1), (4, -2)))
    inside = (np.abs([still.moved, moved.moved])[..., :2] < 60).all(axis=(0, 2))  # see Offsets
    shift = (moved.moved - still.moved)[inside]
    np.testing.assert_allclose(shift, np.tile([4, -2, 0, 0], (len(shift), 1)), atol=1e-3)


@nets
@given(seed=st.integers(0, 2**16), others=st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_others_never_matters(name: str, seed: int, others: int) -> None:
    asked = scene(4, others, seed)
    turn = np.random.default_rng(seed).permutation(others)
    turned = replace(asked, others=asked.others[:, turn], since=asked.since[:, turn])
    same_answers(NETS[name].predict(asked), NETS[name].predict(turned))


@nets
def test_empty_places_change_nothing(name: str) -> None:
    asked = scene(4, 5)
    empty = ((0, 0), (0, 11), (0, 0))
    wide = replace(
        asked,
        others=np.pad(asked.others, empty, constant_values=np.nan),
        since=np.pad(asked.since, empty, constant_values=np.nan),
    )
    same_answers(NETS[name].predict(asked), NETS[name].predict(wide))


@nets
def test_the_hidden_do_not_disturb_each_other(name: str) -> None:
    asked = scene(5, 9)
    together = NETS[name].predict(asked)
    for k in range(5):
        parts = (getattr(asked, f.name)[k : k + 1] for f in fields(Scene))
        alone = NETS[name].predict(Scene(*parts))
        np.testing.assert_allclose(alone.moved[0], together.moved[k], atol=1e-5)
        np.testing.assert_allclose(alone.std[0], together.std[k], rtol=1e-5)


@nets
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e9])
def test_whatever_the_boxes_say_the_answer_stays_in_reason(name: str, size: float) -> None:
    asked = scene(5, 9)
    wild = Scene(asked.gap_s, *(getattr(asked, f.name) * size for f in fields(Scene)[1:]))
    said = NETS[name].predict(wild)
    assert (np.abs(said.moved[:, :2]) <= 60).all()
    assert (np.abs(said.moved[:, 2:]) <= 1).all()
    assert ((said.std > 1e-3) & (said.std < 21)).all()


def test_the_nearest_are_looked_at_and_the_unknown_come_last() -> None:
    others = np.full((1, 30, 3 + 2 * len(LAGS_S)), np.nan, np.float32)
    others[0, 10:, 0] = np.arange(20, 0, -1)
    others[0, 10:, 1] = 0
    assert nearest(others)[0].tolist() == list(range(29, 13, -1))
    few = nearest(others[:, :12])[0].tolist()
    assert few[:2] == [11, 10]
    assert nearest(others[:, :0]).shape == (1, 0)


# ------------------------------------------------------------------ real pictures


def told(net: OffsetNet, crowd: Crowd, gap_s: float, fps: float = 25) -> tuple[Doubles, Doubles]:
    """Track 0 vanishes after two seconds: where they are thought to be `gap_s` later."""
    history = crowd.history(2.0, fps)
    history.step(2.0 + 1 / fps, np.eye(2, 3))
    others = np.arange(1, crowd.people)
    history.note(others, crowd.places(2.0 + 1 / fps)[others], seen=True)
    ids, last = np.arange(crowd.people), crowd.places(2.0)[:1]
    memory = HiddenTracks.of(np.array([0]), last, np.array([2.0]), history, ids, net)
    place, std = memory.answer(net, 2.0 + gap_s, ids, crowd.places(2.0 + gap_s), ids > 0)
    return place[0], std[0]


@nets
@pytest.mark.parametrize("gap_s", [0.04, 0.4, 2.0])
def test_in_pixels_twice_as_large_the_answer_is_twice_as_large(name: str, gap_s: float) -> None:
    net = NETS[name]
    (place, std), (large, wide) = (told(net, Crowd(8, scale=s), gap_s) for s in (1.0, 2.0))
    np.testing.assert_allclose(large[:2], 2 * place[:2], atol=0.05)
    np.testing.assert_allclose(large[2:], place[2:] + np.log(2), atol=1e-4)
    np.testing.assert_allclose(wide, std * [2, 2, 1, 1], rtol=1e-3)


@nets
@pytest.mark.parametrize("fps", [25, 30, 50])
def test_the_frame_rate_hardly_changes_the_answer(name: str, fps: float) -> None:
    crowd = Crowd(8)
    (place, std), (other, wide) = (told(NETS[name], crowd, 0.8, f) for f in (100, fps))
    np.testing.assert_allclose(other[:2], place[:2], atol=0.02 * crowd.height)
    np.testing.assert_allclose(other[2:], place[2:], atol=0.02)
    np.testing.assert_allclose(wide, std, rtol=0.05)


@nets
def test_an_untold_pan_in_the_picture_moves_them_along(name: str) -> None:
    still, moving = (told(NETS[name], Crowd(8, pan=pan), 0.8) for pan in ((0, 0), (300, -50)))
    shift = -2.8 * np.array([300, -50])  # since the beginning
    np.testing.assert_allclose(moving[0][:2], still[0][:2] + shift, atol=0.05)
    np.testing.assert_allclose(moving[1], still[1], rtol=1e-3)


# -------------------------------------------------------------- when it is asked

VANISHING = World(
    [
        Person({0: (300, 200), 6: (500, 200)}, missed=[(1.0, 5.0)]),
        Person({0: (500, 350), 6: (560, 420)}, missed=[(1.5, 1.9)]),
        Person({0: (700, 450), 6: (400, 400)}, missed=[(2.0, 2.04), (2.2, 3.0)]),
        Person({0: (200, 500), 6: (800, 500)}),
    ],
    seconds=6.0,
    pan=(40, 0),
    told=False,
)


def rows(net: OffsetNet | None, followed: FollowSettings) -> list[TrackedFrame]:
    tracker = OnlineTracker(followed, SIZE, offsets=net)
    return [tracker.update(shot.seen) for shot in play(VANISHING)]


def differ(one: list[TrackedFrame], other: list[TrackedFrame]) -> list[str]:
    """What differs in any row: names of the fields."""
    pairs = list(zip(one, other, strict=True))
    return [
        f.name
        for f in fields(TrackedFrame)
        if not all(np.array_equal(getattr(a, f.name), getattr(b, f.name), True) for a, b in pairs)
    ]


def test_a_shut_net_leaves_the_filter_as_it_is_without() -> None:
    off = FollowSettings.model_validate({"offsets": {"enabled": False}})
    without = rows(None, off)
    shut = replace(shipped(), is_open=np.zeros(BINS, bool))
    assert not differ(without, rows(shut, FollowSettings()))
    assert differ(without, rows(replace(shut, is_open=ALL_OPEN), FollowSettings()))


def test_a_shut_bin_leaves_the_filter_as_it_is_in_that_bin() -> None:
    """Open from 0.7 s on: the gaps of 0.4 s and one frame are the filter's."""
    late = replace(shipped(), is_open=np.array([s >= 0.7 for s in GAP_BINS_S[:-1]]))
    off = FollowSettings.model_validate({"offsets": {"enabled": False}})
    without, with_it = rows(None, off), rows(late, FollowSettings())
    opened = round(1.0 * 25 + 0.7 * 25)  # the first player's gap
    assert not differ(without[:opened], with_it[:opened])
    assert differ(without[opened : opened + 5], with_it[opened : opened + 5])
    track = follow(VANISHING).track(1, 1.0)  # missed for 0.4 s meanwhile
    for one, other in zip(without[:50], with_it[:50], strict=True):
        predicted = [f.predicted[f.track_ids == track] for f in (one, other)]
        np.testing.assert_array_equal(*predicted)


class Overheard(OffsetNet):
    """Notes for how long a gap it was asked."""

    asked: list[float]

    def answer(self, prepared: Prepared, gap_s: Floats, since: Floats) -> Offsets:
        Overheard.asked += gap_s.tolist()
        return super().answer(prepared, gap_s, since)


def test_it_is_not_asked_after_a_slip_of_a_frame_nor_beyond_what_it_learned() -> None:
    Overheard.asked = []
    pack = pack_net()
    rows(Overheard(pack.weights, {}, pack.is_open), FollowSettings())
    assert min(Overheard.asked) == pytest.approx(0.08)
    assert HORIZON_S - 0.1 < max(Overheard.asked) <= HORIZON_S + 1e-6


def test_the_gate_opens_bin_by_bin_and_shuts_at_the_horizon() -> None:
    net = replace(pack_net(), is_open=np.array([True, False, True, False, True]))
    edges = np.array(GAP_BINS_S)
    middles = (edges[:-1] + edges[1:]) / 2
    assert net.opens(middles).tolist() == net.is_open.tolist()
    assert net.opens(edges[1:]).tolist() == net.is_open.tolist()  # an edge belongs to its left
    after = np.nextafter(edges, np.inf)
    assert net.opens(after).tolist() == [*net.is_open.tolist(), False]
    assert net.opens(np.array([0.0, -1.0, 100.0])).tolist() == [False] * 3
    assert net.opens(np.zeros(0)).tolist() == []


# ------------------------------------------------------------------- the file


def test_the_shipped_file_is_small_and_says_what_it_is() -> None:
    data = resources.files("tracker.tracking").joinpath(SHIPPED).read_bytes()
    assert len(data) <= 300_000
    card = shipped().card
    note = str(card["note"])
    for said in ("MHPTD", "GPL-3.0", "DanceTrack", "CC BY 4.0", "TrackID3x3", "Apache-2.0"):
        assert said in note
    assert card["open"] == shipped().is_open.tolist()
    table = card["table"]
    assert isinstance(table, list)
    assert [row["to_s"] for row in table] == list(GAP_BINS_S[1:])
    for row, is_open in zip(table, shipped().is_open.tolist(), strict=True):
        assert row["windows"] > 1000
        assert (row["net"] < row["kalman"]) or not is_open


def test_the_card_travels_with_the_weights() -> None:
    net = pack_net()
    card = {"open": [True, False, True, False, True], "note": "drawn"}
    again = OffsetNet.from_bytes(save(net.weights, {"card": json.dumps(card)}), "x")
    assert again.card == card
    assert again.is_open.tolist() == card["open"]
    same_answers(again.predict(scene(3, 4)), net.predict(scene(3, 4)), atol=0)


GOOD = {"card": json.dumps({"open": [True] * BINS})}
WEIGHTS = pack_net().weights
LESS = {k: v for k, v in WEIGHTS.items() if k != "out.bias"}
NO_NET = {
    "nothing": b"",
    "text": b"these are no weights at all",
    "cut short": save(WEIGHTS, GOOD)[:-10],
    "pickle": b"\x80\x04" + bytes(64),
    "no card": save(WEIGHTS),
    "card is no JSON": save(WEIGHTS, {"card": "{"}),
    "card is a list": save(WEIGHTS, {"card": "[1]"}),
    "card without gate": save(WEIGHTS, {"card": "{}"}),
}
OTHER_VERSION = {
    "layer missing": save(LESS, GOOD),
    "layer too much": save({**WEIGHTS, "more": np.zeros(3, np.float32)}, GOOD),
    "another shape": save({**WEIGHTS, "out.bias": np.zeros(5, np.float32)}, GOOD),
    "gate is no list": save(WEIGHTS, {"card": '{"open": true}'}),
    "other bins": save(WEIGHTS, {"card": '{"open": [true]}'}),
}


@pytest.mark.parametrize("case", [*NO_NET, *OTHER_VERSION])
def test_another_file_is_refused_in_one_line(case: str) -> None:
    data = (NO_NET | OTHER_VERSION)[case]
    with pytest.raises(OffsetError) as caught:
        OffsetNet.from_bytes(data, "mine.safetensors")
    line = str(caught.value)
    assert line.startswith("mine.safetensors: ")
    assert "train-offsets" in line
    assert ("another version" in line) == (case in OTHER_VERSION)
    assert "\n" not in line


def test_the_twin_has_the_layers_of_the_file() -> None:
    assert {k: v.shape for k, v in weights_of(Net()).items()} == SHAPES


def test_the_world_of_the_gate_has_gaps() -> None:
    """Otherwise the tests above would say nothing."""
    story = follow(VANISHING)
    assert len(story.rows(0)) < len(story.rows(3)) == 150
