"""The bench of encoders: a line each, over clips and triplets."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import encoders
import pytest

from tests.bench.test_bench_clips import draw_clip
from tests.gallery.test_encoder import BLUE, RED, person, save_mean_network


def draw_triplets(folder: Path) -> Path:
    (folder / "crops").mkdir(parents=True)
    rows = ["query,role,crop"]
    shown = [("anchor", "a", RED), ("positive", "b", RED), ("negative", "c", BLUE)]
    for role, name, shirt in shown:
        cv2.imwrite(str(folder / "crops" / f"{name}.png"), person(shirt))
        rows.append(f"0,{role},{name}.png")
    rows += [f"1,{role},{name}.png" for role, name, _ in shown]
    (folder / "triplets.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_the_table_has_every_encoder_on_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "weights" / "reid-omz").mkdir(parents=True)
    save_mean_network(tmp_path / "weights" / "reid-omz")
    out = tmp_path / "scores.json"
    folders = [draw_clip(tmp_path / "walk"), draw_triplets(tmp_path / "kit")]
    encoders.main([
        *map(str, folders), "--weights", str(tmp_path / "weights"), "--json", str(out),
    ])  # fmt: skip
    tree = json.loads(out.read_text())
    assert list(tree) == ["walk", "kit"]
    for folder, columns in (("walk", ["rank1", "name_f1", "ms"]), ("kit", ["rank1", "ms"])):
        assert list(tree[folder]) == ["stripes", "mean-chw.xml"]
        assert all(list(row) == columns for row in tree[folder].values())
        assert tree[folder]["stripes"]["rank1"] == 1
    assert tree["walk"]["stripes"]["name_f1"] > 0.9
    assert all(row["ms"] > 0 for rows in tree.values() for row in rows.values())
    last = capsys.readouterr().out.splitlines()[-4:]
    assert any("stripes" in line for line in last), "the table comes last"


def test_an_encoder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="encoders: --encoders: no reid-9; there are stripes"):
        encoders.main([str(tmp_path), "--weights", str(tmp_path), "--encoders", "reid-9"])


def test_boxes_that_a_clip_does_not_have_are_one_line(tmp_path: Path) -> None:
    words = [str(draw_clip(tmp_path / "walk")), "--weights", str(tmp_path), "--boxes", "yolox"]
    with pytest.raises(SystemExit, match="walk: it has no boxes yolox"):
        encoders.main(words)
