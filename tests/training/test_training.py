"""Learning from MOT truth: what is read, what is asked of the net, and that it can be put down.

Training is tried on crowds drawn here, for a few steps; how good the shipped weights are is told
by their card and by scripts/bench/bench_occlusion.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.worlds.offsets import Crowd, pack_net, write_mot
from tracker.cli import app
from tracker.settings import MotionSettings
from tracker.tracking.occlusion_net import BINS, GAP_BINS_S, LAGS_S, OffsetNet
from tracker.training import train as training
from tracker.training.augmentation import Batch, augment
from tracker.training.calibrate import best_scale, settle
from tracker.training.clips import TrainingClip, TrainingError, read_clips
from tracker.training.model_card import table
from tracker.training.network import Net, tensors, weights_of
from tracker.training.train import TrainingPlan, train
from tracker.training.validation import GapBinScore, check, open_bins
from tracker.training.windows import Choice, build, choose, every, hidden_gaps, kalman

torch.set_num_threads(1)


def quiet(done: int, total: int) -> None:
    """A progress bar that nobody sees."""


# -------------------------------------------------------------------- reading


def test_truth_is_read_to_the_pixel(tmp_path: Path) -> None:
    clip = Crowd(3).clip(1.0)
    clip.places[5:9, 1] = np.nan
    clip.hidden[3, 2] = True
    write_mot(tmp_path, clip)
    ((read,),) = read_clips(tmp_path)
    assert (read.name, read.fps) == ("drawn", 25)
    np.testing.assert_allclose(read.places, clip.places, atol=1e-3)
    np.testing.assert_array_equal(read.hidden, clip.hidden)
    assert read.seen.sum() == 3 * 25 - 4 - 1


def test_a_person_in_two_places_is_in_the_last(tmp_path: Path) -> None:
    file = write_mot(tmp_path, Crowd(2).clip(1.0))
    file.write_text(file.read_text() + "3,1,700,100,40,80,1,1,1\n")
    ((clip,),) = read_clips(tmp_path)
    np.testing.assert_allclose(clip.places[2, 0, :2], [720, 140])


@pytest.mark.parametrize("size", ["0,80", "40,0", "-4,80"])
def test_a_box_without_a_size_is_nobody(size: str, tmp_path: Path) -> None:
    file = write_mot(tmp_path, Crowd(2).clip(1.0))
    file.write_text(file.read_text() + f"30,1,700,100,{size},1,1,1\n")
    ((clip,),) = read_clips(tmp_path)
    assert len(clip.places) == 25
    file.write_text(f"30,1,700,100,{size},1,1,1\n")
    assert read_clips(tmp_path) == [[]]


@pytest.mark.parametrize(
    ("tail", "hidden"), [("1,1,0.5", True), ("1,1,0.51", False), ("1,1,-1", False), ("1", False)]
)
def test_only_a_low_visibility_says_hidden(tail: str, hidden: bool, tmp_path: Path) -> None:
    file = write_mot(tmp_path, Crowd(1).clip(0.2))
    file.write_text(f"1,1,10,10,40,80,{tail}\n")
    ((clip,),) = read_clips(tmp_path)
    assert clip.hidden.tolist() == [[hidden]]


def test_without_a_seqinfo_the_rate_has_to_be_said(tmp_path: Path) -> None:
    file = write_mot(tmp_path, Crowd(2).clip(1.0), seqinfo=False)
    with pytest.raises(TrainingError) as caught:
        read_clips(tmp_path)
    assert str(caught.value) == f"{file}: no seqinfo.ini beside it; say --fps"
    ((clip,),) = read_clips(tmp_path, 50.0)
    assert clip.fps == 50


def test_a_seqinfo_is_believed_more_than_the_rate_said(tmp_path: Path) -> None:
    write_mot(tmp_path, Crowd(2).clip(1.0))
    ((clip,),) = read_clips(tmp_path, 50.0)
    assert clip.fps == 25


def test_a_long_match_is_cut_into_minutes_of_their_own_people(tmp_path: Path) -> None:
    """One from the beginning, one who comes after two minutes; nobody in the minute between."""
    folder = tmp_path / "long" / "gt"
    folder.mkdir(parents=True)
    frames = [*range(1, 61), *range(121, 140)]
    rows = [f"{f},{1 if f < 100 else 2},10,10,40,80,1\n" for f in frames]
    (folder / "gt.txt").write_text("".join(rows))
    ((first, last),) = read_clips(tmp_path, fps=1.0)
    assert first.places.shape == (60, 1, 4)
    assert last.places.shape == (19, 1, 4)


# -------------------------------------------------------------------- windows


def walkers() -> TrainingClip:
    """Three at 25 frames a second: A and B walk by 1 and 2 px a frame to the right, C by 3 px
    down; A is 100 px high, B 50, C 200, each half as wide. Their places in frame 0 are below."""
    start = np.array([[100.0, 100], [300, 200], [500, 0]])
    step = np.array([[1.0, 0], [2, 0], [0, 3]])
    centres = start + step * np.arange(60)[:, None, None]
    size = np.log(np.array([[50.0, 100], [25, 50], [100, 200]]))
    places = np.concatenate([centres, np.tile(size, (60, 1, 1))], axis=2).astype(np.float32)
    return TrainingClip("walkers", 25, places, np.zeros((60, 3), bool))


A_FOR_TEN = Choice(np.array([0]), np.array([30]), np.array([10]))


def test_a_window_says_what_was_known_and_where_they_went() -> None:
    """A is hidden after frame 30 for ten frames. Lengths are in heights of A, 100 px."""
    windows = build(walkers(), A_FOR_TEN)
    scene = windows.scene
    np.testing.assert_allclose(windows.height, [100])
    np.testing.assert_allclose(windows.target, [[0.1, 0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(scene.gap_s, [0.4])
    past = LAGS_S * 25 / 100  # heights that one goes who walks by a pixel a frame
    np.testing.assert_allclose(scene.own[0], np.outer(past, [1, 0, 0]), atol=1e-5)
    b, c, nobody = scene.others[0]
    np.testing.assert_allclose(b[:3], [(360 - 130) / 100, 1, np.log(0.5)], atol=1e-5)
    np.testing.assert_allclose(b[3:].reshape(-1, 2), np.outer(past, [2, 0]), atol=1e-5)
    np.testing.assert_allclose(c[:3], [(500 - 130) / 100, -0.1, np.log(2)], atol=1e-5)
    np.testing.assert_allclose(c[3:].reshape(-1, 2), np.outer(past, [0, 3]), atol=1e-5)
    np.testing.assert_allclose(scene.since[0, :2], [[0, 0.2, 0], [0, 0, 0.3]], atol=1e-6)
    assert np.isnan(nobody).all()


def test_what_was_not_seen_is_not_known() -> None:
    clip = walkers()
    clip.hidden[40, 1] = True  # B at the end: B says nothing of the gap
    clip.hidden[29, 2] = True  # C in the past: the lags of .04 s and (between frames) none other
    clip.places[:25, 0] = np.nan  # A came late
    scene = build(clip, A_FOR_TEN).scene
    c, nobody, same = scene.others[0]
    assert np.isfinite(c[:3]).all()
    known = np.isfinite(c[3:].reshape(-1, 2)[:, 0])
    assert known.tolist() == [False, True, True, True, True, True]
    assert np.isnan(nobody).all()
    assert np.isnan(same).all()
    had = np.isfinite(scene.own[0, :, 0])
    assert had.tolist() == [True, True, True, False, False, False]


def test_where_they_were_hidden_in_truth_the_target_is_still_known() -> None:
    clip = walkers()
    clip.hidden[31:45, 0] = True
    np.testing.assert_allclose(build(clip, A_FOR_TEN).target[0, 0], 0.1, atol=1e-6)
    assert hidden_gaps(clip, 14).person.tolist() == [0]
    assert hidden_gaps(clip, 14).frame.tolist() == [30]
    assert not len(hidden_gaps(clip, 15))
    assert not len(hidden_gaps(walkers(), 5))


def test_every_seventh_frame_of_who_was_seen_for_a_second() -> None:
    clip = walkers()
    clip.hidden[27, 1] = True
    choice = every(clip, 10)
    asked = sorted(zip(choice.person.tolist(), choice.frame.tolist(), strict=True))
    assert asked == [(p, f) for p in (0, 1, 2) for f in (25, 32, 39, 46) if p != 1 or f == 25]
    assert not len(every(clip, 40))


def test_a_window_begins_and_ends_with_the_player() -> None:
    clip = Crowd(5).clip(4.0)
    clip.hidden[::5] = True
    clip.places[70:80, 1] = np.nan
    choice = choose(clip, 200, np.random.default_rng(0))
    assert len(choice) == 200
    end = choice.frame + choice.gap
    assert (end < 100).all()
    assert clip.seen[choice.frame, choice.person].all()
    assert clip.seen[choice.frame - 1, choice.person].all()
    assert np.isfinite(clip.places[end, choice.person, 0]).all()
    assert choice.gap.min() == 1
    assert 50 < choice.gap.max() <= 75


def cut(clip: TrainingClip, frames: int) -> TrainingClip:
    return replace(clip, places=clip.places[:frames], hidden=clip.hidden[:frames])


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_a_clip_that_is_too_short_has_no_windows(frames: int) -> None:
    clip = cut(Crowd(3).clip(1.0), frames)
    assert not len(choose(clip, 10, np.random.default_rng(0)))


def test_the_filter_goes_straight_on() -> None:
    moved, std = kalman(walkers(), A_FOR_TEN, MotionSettings())
    np.testing.assert_allclose(moved, [[0.1, 0]], atol=0.02)
    assert (std > 0).all()


def test_disturbed_windows_keep_what_is_true_of_all() -> None:
    """One who goes as all others go still does: whatever camera, mirror or blur."""
    still = Crowd(6).clip(4.0)
    places = still.places[:1] + np.array([2, 0, 0, 0], np.float32) * np.arange(100)[:, None, None]
    clip = replace(still, places=places)
    windows = build(clip, choose(clip, 300, np.random.default_rng(0)))
    gap_s, own, others, since = tensors(windows.scene)
    batch = Batch(gap_s, own, others, since, torch.from_numpy(windows.target))
    new = augment(batch, torch.Generator().manual_seed(0))
    away = new.since[..., 1:].nanmean(1) - new.target[:, :2]
    known = torch.isfinite(away[:, 0])
    assert known.sum() > 250
    assert away[known].abs().max() < 0.5  # noise of boxes; the pan alone is up to ten heights
    assert new.target[:, 0].abs().max() > 2
    assert torch.equal(new.target[:, 2:], batch.target[:, 2:])
    assert torch.equal(batch.gap_s, new.gap_s)


# ------------------------------------------------------------------- the check


def straight(seconds: float) -> TrainingClip:
    """All walk straight on, each their own way: a filter cannot be beaten there."""
    rng = np.random.default_rng(3)
    start, speed = rng.uniform(0, 500, (8, 2)), rng.normal(0, 80, (8, 2))
    centres = start + speed * np.arange(round(seconds * 25))[:, None, None] / 25
    size = np.broadcast_to(np.log([32.0, 80]), centres.shape)
    places = np.concatenate([centres, size], axis=2).astype(np.float32)
    return TrainingClip("straight", 25, places, np.zeros(places.shape[:2], bool))


def panned(seconds: float) -> TrainingClip:
    """All stand under a camera that swings to and fro: the others tell all."""
    frames = np.arange(round(seconds * 25))[:, None]
    clip = replace(straight(seconds), name="panned")
    places = np.broadcast_to(clip.places[:1], clip.places.shape).copy()
    places[..., 0] += 200 * np.sin(frames / 8)
    return replace(clip, places=places)


def test_the_gate_shuts_where_the_filter_is_better() -> None:
    torch.manual_seed(0)
    untrained = OffsetNet(weights_of(Net()), {}, np.ones(BINS, bool))
    rows = check(untrained, [straight(20)], 0, MotionSettings())
    assert [row.from_s for row in rows] == list(GAP_BINS_S[:-1])
    assert not open_bins(rows).any()


def test_the_gate_opens_where_the_net_is_better() -> None:
    rows = check(pack_net(), [panned(20)], 0, MotionSettings())
    assert open_bins(rows)[1:].all()
    assert all(row.net < 0.01 < row.kalman for row in rows[1:])


def test_a_gap_that_nobody_had_stays_shut() -> None:
    rows = check(pack_net(), [panned(1.0)], 0, MotionSettings())
    assert rows[-1].to_s == 1.5
    assert open_bins(rows)[-2:].tolist() == [True, False]


@pytest.mark.parametrize(("net", "is_open"), [(0.98, True), (0.995, False), (1.2, False)])
def test_a_draw_is_no_win(net: float, is_open: bool) -> None:
    row = GapBinScore(0.3, 0.7, 100, net, 1.0, 0.5, 0.9)
    assert open_bins([row]).tolist() == [False, False, is_open, False, False]


def test_ellipses_are_scaled_until_they_hold_what_they_say() -> None:
    """The net is off by 0.5 heights a second and believes in less than half of that."""
    net = pack_net(0.2)
    net.weights["out.bias"][-8] = 0.5
    clips = [panned(20)]
    wider = OffsetNet(settle(net.weights, clips, 0), {}, net.is_open)
    before, after = (check(n, clips, 0, MotionSettings()) for n in (net, wider))
    assert np.mean([row.covered_90 for row in before]) < np.mean([r.covered_90 for r in after])
    np.testing.assert_array_equal([row.net for row in before], [row.net for row in after])


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.5])
def test_the_best_scale_is_that_of_the_errors(factor: float) -> None:
    errors = np.random.default_rng(0).normal(0, factor, (20_000, 2))
    found = best_scale(np.log(np.hypot(*errors.T)))
    assert found == pytest.approx(np.log(factor), abs=0.02)


def test_the_table_of_the_card_has_a_line_per_gap() -> None:
    rows = check(pack_net(), [panned(20)], 0, MotionSettings())
    lines = table(rows).splitlines()
    assert len(lines) == 1 + len(rows)
    assert "Kalman" in lines[0]
    assert "0.70-1.50" in lines[4]


def test_ellipses_are_counted_as_they_are_drawn() -> None:
    """Errors of exactly one standard deviation in x: inside both ellipses, at twice in one."""
    clip = panned(20)
    for std, inside in ((1.0, (1.0, 1.0)), (0.35, (0.0, 1.0)), (0.1, (0.0, 0.0))):
        net = pack_net(std)
        net.weights["out.bias"][-8] = 0.6 / 1.0  # off by .6 heights a second
        row = check(net, [clip], 0, MotionSettings())[3]
        assert 0.3 < row.net < 0.9
        if std != 0.35:
            assert (row.covered_50, row.covered_90) == inside
        else:
            assert row.covered_50 < row.covered_90


# -------------------------------------------------------------------- training


@pytest.fixture(scope="module")
def sequences() -> list[list[TrainingClip]]:
    return [[Crowd(8, seed=k).clip(6.0, name=f"s{k}")] for k in range(5)]


def trained(
    sequences: Sequence[Sequence[TrainingClip]],
    file: Path,
    plan: TrainingPlan,
    resume: bool = False,
) -> bytes:
    train(sequences, file, plan, resume, quiet)
    return file.read_bytes()


PLAN = TrainingPlan(steps=40, note="drawn, free")


@pytest.fixture(scope="module")
def whole(sequences: list[list[TrainingClip]], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An uninterrupted training."""
    return trained(sequences, tmp_path_factory.mktemp("whole") / "net", PLAN)


def test_the_same_training_gives_the_same_bytes(
    whole: bytes, sequences: list[list[TrainingClip]], tmp_path: Path
) -> None:
    again = trained(sequences, tmp_path / "net", PLAN)
    assert again == whole
    assert [f.name for f in tmp_path.iterdir()] == ["net"]
    assert trained(sequences, tmp_path / "net", replace(PLAN, seed=1)) != whole


def test_the_file_is_a_net_whose_card_says_what_it_is(whole: bytes) -> None:
    net = OffsetNet.from_bytes(whole, "net")
    card = json.loads(json.dumps(net.card))
    assert card["note"] == "drawn, free"
    assert (card["steps"], card["seed"]) == (40, 0)
    assert card["learned_from"] == 4
    assert card["checked_on"] == ["s4"]
    assert card["windows"] > 512
    assert [row["to_s"] for row in card["table"]] == list(GAP_BINS_S[1:])
    assert all(isinstance(is_open, bool) for is_open in card["open"])


def test_training_makes_it_better(whole: bytes) -> None:
    torch.manual_seed(0)
    fresh = OffsetNet(weights_of(Net()), {}, np.ones(BINS, bool))
    clips = [panned(20)]
    before, after = (
        np.array([row.net for row in check(net, clips, 0, MotionSettings())])
        for net in (fresh, OffsetNet.from_bytes(whole, "net"))
    )
    assert after.mean() < before.mean()


def kill(
    at: int, sequences: list[list[TrainingClip]], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that is stopped after so many steps."""

    def stop(done: int, total: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "STEPS_A_TURN", 10)
    with pytest.raises(KeyboardInterrupt):
        train(sequences, file, PLAN, False, stop)
    assert not file.exists()


def test_a_killed_training_goes_on_to_the_same_bytes(
    whole: bytes,
    sequences: list[list[TrainingClip]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "net"
    kill(20, sequences, file, monkeypatch)
    steps: list[int] = []
    train(sequences, file, PLAN, True, lambda done, total: steps.append(done))
    assert steps == [30, 40]
    assert file.read_bytes() == whole
    assert [f.name for f in tmp_path.iterdir()] == ["net"]


def test_a_training_of_something_else_is_not_gone_on_with(
    sequences: list[list[TrainingClip]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "net"
    kill(10, sequences, file, monkeypatch)
    left = tmp_path / "net.unfinished"
    faster = [[replace(clip, fps=30.0) for clip in sequence] for sequence in sequences]
    shorter = [[cut(clip, 100) for clip in sequence] for sequence in sequences]
    for plan, data in (
        (replace(PLAN, seed=7), sequences),
        (replace(PLAN, steps=50), sequences),
        (PLAN, sequences[::-1]),
        (PLAN, faster),
        (PLAN, shorter),
    ):
        with pytest.raises(TrainingError) as caught:
            train(data, file, plan, True, quiet)
        assert str(caught.value).startswith(f"{left}: another data, seed or length; delete it")
    left.write_bytes(b"no training")
    with pytest.raises(TrainingError, match="no training to go on with; delete it"):
        train(sequences, file, PLAN, True, quiet)
    assert not file.exists()


def test_without_anything_to_go_on_with_it_begins_anew(
    whole: bytes, sequences: list[list[TrainingClip]], tmp_path: Path
) -> None:
    assert trained(sequences, tmp_path / "net", PLAN, resume=True) == whole


def test_too_little_is_said_before_any_work(
    sequences: list[list[TrainingClip]], tmp_path: Path
) -> None:
    def never(done: int, total: int) -> None:
        raise AssertionError("it worked")

    short, shorter = ([cut(sequences[4][0], frames)] for frames in (5, 4))
    for data, hint in (
        (sequences[:4], "give at least 5"),
        ([short] * 5, "longer sequences"),
        ([*sequences[:4], shorter], "s4: too short to check on"),
        ([], "give at least 5"),
    ):
        with pytest.raises(TrainingError, match=hint) as caught:
            train(data, tmp_path / "net", PLAN, False, never)
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("steps", [20, 21])
def test_the_shortest_training_there_is(
    steps: int, sequences: list[list[TrainingClip]], tmp_path: Path
) -> None:
    net = trained(sequences, tmp_path / "net", TrainingPlan(steps=steps))
    assert OffsetNet.from_bytes(net, "net").card["steps"] == steps


# ---------------------------------------------------------------- the command


def teamsheet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str | Path
) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of a command."""
    monkeypatch.setattr(sys, "argv", ["teamsheet", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        app.main()
    out = capsys.readouterr()
    return int(caught.value.code or 0), out.out, out.err


@pytest.fixture
def truths(sequences: list[list[TrainingClip]], tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    for (clip,) in sequences:
        write_mot(folder, clip)
    return folder


def test_the_command_trains_and_keeps_what_is_there(
    truths: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = truths.parent / "mine.safetensors"
    words = ("train-offsets", truths, "-o", out, "--steps", "22")
    code, said, _ = teamsheet(capsys, monkeypatch, *words)
    assert code == 0
    assert "gap s" in said
    assert f"--set follow.offsets.weights={out}" in said
    before = out.read_bytes()
    assert OffsetNet.from_bytes(before, "mine").card["steps"] == 22
    code, said, error = teamsheet(capsys, monkeypatch, *words, "--seed", "1")
    assert (code, said) == (2, "")
    assert error == f"teamsheet: {out} exists; choose another file with -o, or add --overwrite\n"
    assert out.read_bytes() == before
    code, _, _ = teamsheet(capsys, monkeypatch, *words, "--seed", "1", "--overwrite")
    assert code == 0
    assert out.read_bytes() != before
    assert out.stat().st_mode & 0o777 == truths.joinpath("s0/seqinfo.ini").stat().st_mode & 0o777


WRONG: dict[str, tuple[list[str], str]] = {
    "no such folder": (["nowhere", "-o", "net"], "nowhere: not found"),
    "nothing inside": (["empty", "-o", "net"], "no truth inside"),
    "output is a folder": (["truth", "-o", "empty", "--overwrite"], "empty is a folder"),
    "no folder for it": (["truth", "-o", "deep/er/net"], "deep/er: no such folder"),
    "no rate": (["bare", "-o", "net"], "say --fps"),
    "too few": (["bare", "-o", "net", "--fps", "25"], "give at least 5"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_line_and_exit_two(
    case: str, truths: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, hint = WRONG[case]
    (truths.parent / "empty").mkdir()
    write_mot(truths.parent / "bare", Crowd(2).clip(1.0), seqinfo=False)
    monkeypatch.chdir(truths.parent)
    code, said, error = teamsheet(capsys, monkeypatch, "train-offsets", *words)
    assert (code, said) == (2, "")
    assert hint in error
    assert len(error.splitlines()) == 1
    assert not Path("net").exists()
