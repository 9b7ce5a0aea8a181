"""The occlusion bench: its windows and errors are what one counts by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import bench_occlusion
import numpy as np
import pytest
from safetensors.numpy import save

from tests.worlds.offsets import Crowd, pack_net, write_mot
from tracker.tracking.occlusion_net import BINS
from tracker.training.clips import TrainingClip

GUESSES = ["last box", "Kalman", "median of others", "offset net"]
WALKED = {5: 0.125, 10: 0.25, 25: 0.625, 50: 1.25}
"""Body heights in so many frames at 25 a second."""


def march(fps: float = 25.0, seconds: float = 4.0) -> TrainingClip:
    """Four, 80 px high, all walk to the right by 50 px a second."""
    still = Crowd(4).clip(seconds, fps, "march")
    walked = np.arange(len(still.places), dtype=np.float32)[:, None] * 50 / fps
    places = np.repeat(still.places[:1], len(still.places), axis=0)
    places[..., 0] += walked
    return replace(still, places=places)


def bench(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["bench_occlusion.py", *map(str, words)])
    return bench_occlusion.main()


def measured(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, Any]:
    file = folder / "numbers.json"
    assert bench(monkeypatch, folder / "truth", "--json", file, *words) == 0
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def by_guess(rows: list[dict[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
    return {(row["guess"], row["gap"]): row for row in rows}


@pytest.mark.parametrize("fps", [25.0, 50.0])
def test_errors_are_what_one_counts_by_hand(
    fps: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mot(tmp_path / "truth", march(fps))
    report = measured(tmp_path, monkeypatch)
    assert report["tables"].keys() == {"all"}  # nobody is hidden in this truth
    rows = by_guess(report["tables"]["all"])
    assert list(rows) == [(guess, gap) for gap in WALKED for guess in GUESSES]
    for gap, walked in WALKED.items():
        begins = range(round(fps), round(4 * fps - gap * fps / 25), 7)  # a second, then every 7th
        for guess in GUESSES:
            row = rows[guess, gap]
            assert row["windows"] == 4 * len(begins)
            assert row.keys() == {
                "gap", "guess", "windows", "mean", "median", "ratio", "in 50 %", "in 90 %",
            }  # fmt: skip
        assert rows["last box", gap]["mean"] == pytest.approx(walked, abs=1e-3)
        assert rows["last box", gap]["median"] == pytest.approx(walked, abs=1e-3)
        assert rows["median of others", gap]["mean"] == pytest.approx(0, abs=1e-3)
        assert rows["Kalman", gap]["mean"] < walked / 20
        assert rows["Kalman", gap]["ratio"] == 1
        said = {guess for guess in GUESSES if rows[guess, gap]["in 90 %"] is not None}
        assert said == {"Kalman", "offset net"}


def test_gaps_that_really_were_are_a_table_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is hidden for twelve frames, marked in truth."""
    clip = march()
    clip.hidden[50:62, 2] = True
    write_mot(tmp_path / "truth", clip)
    report = measured(tmp_path, monkeypatch)
    rows = by_guess(report["tables"]["all, truly hidden"])
    assert {gap for _, gap in rows} == {5, 10}
    for gap in (5, 10):
        assert rows["last box", gap]["windows"] == 1
        assert rows["last box", gap]["mean"] == pytest.approx(WALKED[gap], abs=1e-3)
    shown = capsys.readouterr().out
    assert "truly hidden" in shown
    assert all(guess in shown for guess in GUESSES)


def test_times_are_told_for_few_and_many_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mot(tmp_path / "truth", march())
    times = measured(tmp_path, monkeypatch)["ms_a_frame"]
    assert list(times) == [f"{n} of 22 hidden" for n in (1, 2, 4, 8, 16)]
    assert all(0 < ms < 1000 for ms in times.values())


@pytest.mark.parametrize("is_open", [True, False])
def test_weights_of_ones_own_speak_where_their_gate_is_open(
    is_open: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A net that follows the others is right here, to the pixel; a shut one is the filter."""
    clip = march()
    clip.places[..., 0] += 20 * np.sin(np.arange(100) / 3)[:, None]  # a camera that shakes
    write_mot(tmp_path / "truth", clip)
    card = {"card": json.dumps({"open": [is_open] * BINS})}
    weights = tmp_path / "pack.safetensors"
    weights.write_bytes(save(pack_net().weights, card))
    rows = by_guess(measured(tmp_path, monkeypatch, "--weights", str(weights))["tables"]["all"])
    for gap in WALKED:
        net, filtered = rows["offset net", gap], rows["Kalman", gap]
        if is_open:
            assert net["mean"] < 1e-3 < filtered["mean"]
        else:
            assert {**net, "guess": ""} == {**filtered, "guess": ""}


def test_sequences_are_sorted_into_sports_by_their_crowd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, people in (("a", 3), ("b", 11), ("c", 12), ("d", 14)):
        write_mot(tmp_path / "truth", Crowd(people).clip(2.0, name=name))
    tables = measured(tmp_path, monkeypatch, "--by-crowd")["tables"]
    assert tables.keys() == {"all", "basketball", "volleyball", "football"}
    windows = {sport: tables[sport][0]["windows"] for sport in tables}
    each = windows["basketball"] / 3
    assert windows == {
        "all": 40 * each, "basketball": 3 * each, "volleyball": 23 * each, "football": 14 * each,
    }  # fmt: skip


def test_a_mistake_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mot(tmp_path / "truth", march())
    write_mot(tmp_path / "brief", march(seconds=0.5))
    write_mot(tmp_path / "bare", march(), seqinfo=False)
    (tmp_path / "bad").write_text("no weights")
    truth = tmp_path / "truth"
    for words, hint in (
        ([tmp_path / "nowhere"], "not found"),
        ([tmp_path / "brief"], "nobody is seen for a second"),
        ([tmp_path / "bare"], "say --fps"),
        ([truth, "--weights", tmp_path / "bad"], "not an offset net"),
        ([truth, "--weights", tmp_path / "none"], "none"),
        ([truth, "--sequences", "x*"], "no sequence fits"),
    ):
        assert bench(monkeypatch, *words) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert hint in error
        assert len(error.splitlines()) == 1
