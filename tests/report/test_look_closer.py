"""A closer look at a finished run: at its own video, by its own detector, counted right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.report import FPS, SURE, Life, draw_video, write_run
from tracker.output.row_arrays import read_rows
from tracker.report.create import make_report
from tracker.report.run_facts import RunFacts
from tracker.runs import finer_tiles
from tracker.runs.finer_tiles import FinerTilesError, measure_finer_tiles
from tracker.settings import DetectSettings
from tracker.types import Detections, Frame
from tracker.video.open import open_source

LIVES = [Life(n, f"P{n}", [("visible", 40, SURE)], x=50 * n) for n in range(1, 5)]


@dataclass
class Drawn:
    """Finds what it is told: three people more than the run, one of them far too tall, one of a
    low score, and one who is there already."""

    tiles: str = "1x1"
    name: str = "drawn"
    fingerprint: str = "f"
    needs_images: bool = True

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        known = LIVES[0].box(frames[0].index + 1)
        between, beside = known[0] + 25, known[0] + 75
        boxes = [(between, 80, between + 20, 140), (20, 0, 60, 170),
                 (beside, 80, beside + 20, 138), known]  # fmt: skip
        scores = [0.8, 0.9, 0.2, 0.9]
        return [Detections(np.array(boxes, np.float32), np.array(scores, np.float32))] * len(frames)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    video = draw_video(tmp_path / "video", LIVES, 40)
    made = {"name": "drawn.onnx", "fingerprint": "f"}
    (tmp_path / "drawn.onnx").write_bytes(b"x")
    folder = write_run(
        tmp_path / "out", LIVES, [life.player for life in LIVES], spec=str(video), detector=made,
        command=["track", str(video), "--detector", str(tmp_path / "drawn.onnx")],
    )  # fmt: skip
    tree = json.loads((folder / "run.json").read_text())
    tree["source"]["fingerprint"] = open_source(str(video)).fingerprint()
    (folder / "run.json").write_text(json.dumps(tree))
    return folder


def look(out: Path, video: Path | None = None) -> str:
    receipt = RunFacts.read(out)
    rows = read_rows(out / "tracks.csv", FPS)
    return measure_finer_tiles(receipt, rows, open_source(str(video or receipt.spec)))


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(spec: str, settings: DetectSettings, *_: object) -> Drawn:
        return Drawn(tiles="1x1" if settings.tiles == "auto" else settings.tiles)

    monkeypatch.setattr(finer_tiles, "load_detector", load)
    monkeypatch.setattr(finer_tiles, "identify", lambda spec: (Path(spec).name, "f"))


def test_people_more_are_those_of_the_players_kind_who_have_no_box(out: Path) -> None:
    # of four finds one is clear, as tall as players, and has no box yet
    said = look(out)
    assert "8 frames" in said
    assert "--tiles 2x1" in said
    assert "1.0 people more in each, beside the 4.0 that have a box" in said


def test_it_stands_on_the_page_and_the_run_is_as_it_was(out: Path) -> None:
    before = {f.name: f.read_bytes() for f in out.glob("*.*")}
    page = make_report(out, None, None, False, lambda _: None, lambda *_: None, measure_finer_tiles)
    assert "1.0 people more in each" in page.read_text(encoding="utf-8")
    assert {f.name: f.read_bytes() for f in out.glob("*.*") if f != page} == before


def change(out: Path, **changed: object) -> None:
    tree = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(tree | changed))


def test_only_the_very_video_is_looked_at(out: Path, tmp_path: Path) -> None:
    other = draw_video(tmp_path / "other", LIVES[:2], 40)
    with pytest.raises(FinerTilesError, match="very video"):
        look(out, other)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["track", "v", "--detections", "det.txt"], "no detector of its own"),
        (["track", "v", "--detector", "no/such.onnx"], "is not there"),
        (["track", "v", "--detector=weights/evil.pt"], "could run code"),
    ],
)
def test_a_detector_of_a_receipt_is_not_trusted(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "evil.pt").write_bytes(b"x")
    change(out, command=command)
    with pytest.raises(FinerTilesError, match=says):
        look(out)


def test_another_detector_of_that_name_is_refused(out: Path) -> None:
    change(out, detector={"name": "drawn.onnx", "fingerprint": "another"})
    with pytest.raises(FinerTilesError, match="is not the detector of the run"):
        look(out)


def test_where_it_cannot_be_measured_the_report_is_made_and_says_why(out: Path) -> None:
    change(out, command=["track", "v", "--detections", "det.txt"])
    notes: list[str] = []
    page = make_report(out, None, None, False, notes.append, lambda *_: None, measure_finer_tiles)
    assert page.is_file()
    assert notes == ["no closer look: the run had no detector of its own"]
