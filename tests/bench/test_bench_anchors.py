"""The bench of anchors: it draws what it says, and goes through the same files as a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bench_anchors
import numpy as np
import pytest
from anchors.draw import ONE_WRONG, SWAPPED, Drawn, Model, draw
from anchors.rivals import named_by_anchors

from tests.bench.test_bench_clips import draw_clip, observations
from tracker.anchors.readers import AnchorVideo, read_anchors
from tracker.evaluation.boxes import Boxes
from tracker.output.id_gaps import BINS
from tracker.types import Anchors

FRAMES = 4000


def crowd() -> Boxes:
    """Three players and a referee over some minutes."""
    names = np.tile(np.array(["A", "B", "C", "referee"], object), FRAMES)
    corners = np.tile([[0, 0, 40, 80.5]], (len(names), 1))
    return Boxes.of("truth", np.repeat(np.arange(1, FRAMES + 1), 4), np.arange(4 * FRAMES) % 4,
                    corners, names=names)  # fmt: skip


def drawn(model: Model) -> Drawn:
    return draw(crowd(), "ABC", model, 25.0, ("clip", 0))


@pytest.mark.parametrize(("rate", "accuracy"), [(0.02, 0.95), (0.2, 0.5), (0.5, 1.0)])
def test_as_many_anchors_as_said_and_so_many_right(rate: float, accuracy: float) -> None:
    some = drawn(Model(rate, accuracy))
    assert len(some.rows) == pytest.approx(rate * 3 * FRAMES, rel=0.1)
    assert some.right.mean() == pytest.approx(accuracy, abs=0.03)
    said = some.said[some.truth.names[some.rows] == "referee"]
    assert (len(said) > 0) == (accuracy < 1)


def test_fewer_anchors_are_among_more() -> None:
    few, many = drawn(Model(0.01, 0.9)), drawn(Model(0.05, 0.9))
    among = np.isin(many.rows, few.rows)
    assert (many.said[among] == few.said).all()


def test_faults_spoil_what_they_say() -> None:
    good, swapped, wrong = (drawn(Model(0.1, 1.0, fault=f)) for f in ("", SWAPPED, ONE_WRONG))
    changed = np.flatnonzero(good.said != swapped.said)
    frames = good.truth.frames[good.rows[changed]]
    assert np.ptp(frames) <= 3 * 25
    assert len({*good.said[changed].tolist()}) == 2
    assert (swapped.said[changed] != good.said[changed]).all()
    victim = set(good.said[good.said != wrong.said].tolist())
    assert len(victim) == 1
    assert not (wrong.right & (good.said == victim.pop())).any()


def test_a_file_of_them_is_read_as_any(tmp_path: Path) -> None:
    some = drawn(Model(0.02, 0.95))
    file = some.write(tmp_path / "model.csv")
    rows = read_anchors(file, video=AnchorVideo("clip", 640, 360, 25.0, FRAMES))
    assert len(rows) == len(some.rows) - sum(  # a name stands once in a frame
        n - 1
        for n in np.unique(some.truth.frames[some.rows] * 3 + some.said, return_counts=True)[1]
    )
    assert rows.boxes[0].tolist() == [0, 0, 40, 80.5]


def test_ids_are_right_anchors() -> None:
    some = drawn(Model(0.02, 0.95))
    assert sum(map(len, some.ids.values())) == some.right.sum()


def test_a_peers_track_has_the_name_that_its_anchors_say_most() -> None:
    seen = observations(6)

    def said(of: Sequence[int], players: Sequence[int]) -> Anchors:
        shares = np.eye(3, dtype=np.float32)[list(players)]
        n = len(of)
        return Anchors(np.array(of), shares, np.full(n, 0.9), np.zeros(n, int), np.zeros(n, bool))

    seen[1] = replace(seen[1], anchors=said([0, 1], [0, 0]))
    seen[3] = replace(seen[3], anchors=said([0], [0]))
    tracks = [(one.index, np.array([7, 8]), one.boxes) for one in seen]
    boxes = named_by_anchors(tracks, seen, ["A", "B"], 1)
    assert boxes.names.tolist() == ["A", ""] * 6, (
        "two say 7 is A, one that 8 is; a name is there once"
    )


# the whole bench


def run(folder: Path, *more: str) -> list[dict[str, Any]]:
    out = folder / "scores.json"
    bench_anchors.main([
        str(folder / "walk"), "--weights", str(folder), "--encoder", "stripes", "--boxes",
        "truth,weak", "--no-peers", "--jobs", "1", "--from-run", str(folder / "run"), "--json",
        str(out), "--quick", "--at", ".3,.9", *more,
    ])  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(out.read_text())
    return rows


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn clip, observed."""
    folder = tmp_path_factory.mktemp("anchors")
    draw_clip(folder / "walk")
    run(folder)
    return folder


def test_anchors_alone_name_a_drawn_clip(bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run(bench, "--score-from", "walk=20", "--means", "motion")
    assert [(r["boxes"], r["tracker"], r["means"]) for r in rows] == [
        (boxes, mode, "motion") for boxes in ("truth", "weak") for mode in ("online", "offline")
    ]
    assert all(row["anchors"] == "30 % of boxes, 90 % right" for row in rows)
    assert rows[1]["Name-F1"] > 0.8
    assert rows[1]["ceiling"] == rows[1]["ceiling_cut"] == 1
    assert len(rows[1]["Name-F1 by gap"]) == len(BINS)
    assert sum(rows[1]["boxes by gap"]) == 2 * 26, "of two players in the frames that are scored"
    assert "by the gap" in capsys.readouterr().out


def test_pictures_and_wrong_anchors_have_their_parts(bench: Path) -> None:
    rows = run(bench, "--boxes", "truth", "--pictures", "--wrong", "--means", "looks")
    by = {(r["part"], r["anchors"], r["tracker"], r["means"]): r for r in rows}
    alone = by["pictures", "", "offline", "pictures alone"]
    assert alone["drawn"] == []
    both = by["pictures", "30 % of boxes, 90 % right", "offline", "pictures and anchors"]
    assert both["Name-F1"] >= alone["Name-F1"] - 0.003
    told, auto = (
        by["wrong on purpose", f"half wrong, beside a good one; {how}", "offline", "motion"]
        for how in ("told", "auto")
    )
    assert len(told["learned"]) == len(auto["drawn"]) == 2
    assert auto["learned"][1] < auto["learned"][0]


def test_a_mistake_is_one_line(bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="score-from"):
        run(bench, "--score-from", "nobody=20")
    with pytest.raises(SystemExit):
        run(bench, "--rates", "2")
    assert "--rates" in capsys.readouterr().err
