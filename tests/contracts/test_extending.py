"""Every example of docs/extending.md is run as it stands there, and keeps its contract."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

import tracker
from gallery.reid import encoder as encoders
from tests.worlds.gallery import SHIRTS, draw_clip, draw_gallery
from tracker.detection import detector as detectors
from tracker.observation import jersey_reader
from tracker.output import outputs
from tracker.runs import annotations
from tracker.settings import DetectSettings, EncodeSettings, MotionSettings
from tracker.tracking import kalman, motion_model, prediction
from tracker.types import Detections, Frame, Observation

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (An? [\w ]+)\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE))
REGISTRIES = (
    detectors.DETECTORS, encoders.ENCODERS, outputs.OUTPUTS,
    annotations.READERS, jersey_reader.READERS,
)  # fmt: skip
GRASS, RED, BLUE = (40, 120, 40), (10, 10, 200), (200, 60, 20)


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What an example registers is there for its own test only."""
    monkeypatch.setattr(prediction, "kalman", kalman)
    before = [dict(registry) for registry in REGISTRIES]
    yield
    for registry, entries in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(entries)  # type: ignore[arg-type]


def run_example(section: str) -> dict[str, Any]:
    """Its one block of code, run; the names that it made."""
    (code,) = re.findall(r"```python\n(.*?)```", SECTIONS[section], re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, f"extending.md, {section}", "exec"), names)
    return names


def _picture(*places: tuple[int, int, tuple[int, int, int]]) -> np.ndarray:
    image = np.full((200, 300, 3), GRASS, np.uint8)
    for x, y, shirt in places:
        image[y : y + 60, x : x + 20] = shirt
    return image


def test_there_is_an_example_of_each_kind() -> None:
    assert set(SECTIONS) == {
        "A detector", "An encoder", "A motion model", "An output", "A gallery source",
        "A number reader",
    }  # fmt: skip


def test_the_table_names_files_that_are_there() -> None:
    places = re.findall(r"`((?:tracker|gallery|tests)/[\w/]+\.py)` ", PAGE)
    assert len(places) > 2 * len(SECTIONS)
    assert not [place for place in places if not (ROOT / place).is_file()]


def test_the_detector(tmp_path: Path) -> None:
    run_example("A detector")
    (tmp_path / "red.shirt").write_text("10 10 200\n")
    found = detectors.load_detector(str(tmp_path / "red.shirt"), DetectSettings())
    frames = [
        Frame(0, 0.0, _picture((30, 50, RED), (200, 90, RED), (90, 20, BLUE))),
        Frame(1, 0.04, _picture()),
    ]
    first, second = found.detect(frames)
    assert sorted(first.boxes.tolist()) == [[30, 50, 50, 110], [200, 90, 220, 150]]
    assert first.boxes.dtype == first.scores.dtype == np.float32
    assert len(second) == 0
    _assert_equal(found.detect(frames[1:]), [second])
    assert detectors.identify(str(tmp_path / "red.shirt"))[1] == found.fingerprint


def test_the_detector_by_its_name_alone(tmp_path: Path) -> None:
    example = run_example("A detector")
    (tmp_path / "red.shirt").write_text("10 10 200\n")
    detectors.DETECTORS["shirt"] = detectors.DetectorKind(
        example["open_shirt"], weights=lambda: tmp_path / "red.shirt"
    )
    found = detectors.load_detector("shirt", DetectSettings())
    assert len(found.detect([Frame(0, 0.0, _picture((30, 50, RED)))])[0]) == 1
    assert detectors.identify("shirt") == ("shirt", found.fingerprint)


def _assert_equal(some: list[Detections], others: list[Detections]) -> None:
    for a, b in zip(some, others, strict=True):
        np.testing.assert_array_equal(a.boxes, b.boxes)


def test_a_run_with_the_detector(tmp_path: Path) -> None:
    run_example("A detector")
    (tmp_path / "red.shirt").write_text("10 10 200\n")
    (tmp_path / "seq").mkdir()
    for n in range(12):
        image = _picture((30 + 3 * n, 50, RED), (200 - 3 * n, 120, RED))
        cv2.imwrite(str(tmp_path / "seq" / f"{n + 1:03d}.png"), image)
    table = tracker.track(tmp_path / "seq", detector=str(tmp_path / "red.shirt"))
    assert table.visible.groupby("track_id").size().tolist() == [12, 12]


def test_the_encoder() -> None:
    run_example("An encoder")
    found = encoders.load_encoder("grid")
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 256, (40 + i, 20, 3)).astype(np.uint8) for i in range(5)]
    rows = found.encode([*crops, crops[0][:0]])
    assert rows.shape == (6, found.dim)
    np.testing.assert_allclose(np.linalg.norm(rows[:5], axis=1), 1, atol=1e-5)
    assert np.isnan(rows[5]).all()
    np.testing.assert_allclose(found.encode(crops[2:3]), rows[2:3], atol=1e-6)
    assert encoders.identify("grid") == ("grid", found.fingerprint)


def test_the_motion_model() -> None:
    names = run_example("A motion model")
    settings = MotionSettings()
    start = kalman.initiate(np.array([[50.0, 60, 3, 4], [90, 60, 3, 4]]), settings)
    start.mean[:, 4] = 30.0
    unseen = np.array([True, False])
    moved = names["StandStill"]().decay(start, unseen, 0.04, settings)
    assert moved.mean[:, 4].tolist() == [0.0, 30.0]
    assert start.mean[:, 4].tolist() == [30.0, 30.0], "the old one stays as it was"
    assert isinstance(prediction.kalman, names["StandStill"])


def test_the_contract_of_motion_models_is_what_is_called() -> None:
    called = set(re.findall(r"kalman\.(\w+)\(", inspect.getsource(prediction)))
    contract = {n for n in vars(motion_model.MotionModel) if not n.startswith("_")}
    assert contract == called | {"initiate"}
    for name in contract:
        wanted = inspect.signature(getattr(motion_model.MotionModel, name)).parameters
        has = inspect.signature(getattr(kalman, name)).parameters
        assert list(has) == list(wanted)[1:], name


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a short clip of three people, their gallery and their boxes."""
    draw_gallery(tmp_path / "players")
    draw_clip(tmp_path / "clip", 12)
    rows = [f"{f},-1,{50 + 150 * k},100,40,100,0.9\n" for f in range(1, 13) for k in range(3)]
    (tmp_path / "det.txt").write_text("".join(rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_output(named: Path) -> None:
    run_example("An output")
    tracker.track("clip", gallery="players", detections="det.txt", out="out")
    counts = pd.read_csv("out/frames_in_view.csv", index_col="player")["frame"]
    assert counts.to_dict() == dict.fromkeys(SHIRTS, 12)


def test_a_run_with_the_motion_model_and_the_encoder(named: Path) -> None:
    run_example("A motion model")
    run_example("An encoder")
    table = tracker.track("clip", gallery="players", detections="det.txt", encoder="grid")
    assert set(table.visible["player"]) == set(SHIRTS)
    assert table.visible["track_id"].nunique() == 3


def test_the_gallery_source(tmp_path: Path) -> None:
    run_example("A gallery source")
    lines = [
        {"frame": frame, "player": who, "box": [x, 40, x + 20, 100]}
        for frame in (2, 1)
        for who, x in (("Ada Novak", 10), ("_referee", 90))
    ]
    (tmp_path / "clip.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    given = annotations.Annotation(tmp_path / "clip.jsonl", "clip.mp4", (300, 200))
    boxes, names = annotations.read_annotation(given)
    assert boxes.frames.tolist() == [1, 1, 2, 2]
    assert [names[i].name for i in boxes.ids.tolist()] == ["Ada Novak", "_referee"] * 2
    assert boxes.boxes[0].tolist() == [10, 40, 30, 100]


def test_the_number_reader() -> None:
    run_example("A number reader")
    settings = EncodeSettings()
    reader = jersey_reader.JerseyNumbers(jersey_reader.open_reader("bright"), settings)
    image = _picture((30, 50, (250, 250, 250)), (200, 90, RED))
    boxes = np.array([[30, 50, 50, 110], [200, 90, 220, 150]], np.float32)
    nothing = np.zeros((2, 0), np.float32)
    seen = Observation(0, 0.0, boxes, np.ones(2, np.float32), nothing, np.eye(2, 3), False)
    readings = reader.read(Frame(0, 0.0, image), seen)
    assert readings is not None
    assert readings.numbers.tolist() == [7, -1]
