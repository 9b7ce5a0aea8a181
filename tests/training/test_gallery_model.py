"""A small YOLO learns the players of a drawn match, and is a detector like any other."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.worlds.exported import LIVES, run_of
from tests.worlds.report import quiet
from tracker.boxes import iou
from tracker.detection.detector import load_detector
from tracker.runs.gallery_export import ExportWish, export
from tracker.settings import DetectSettings
from tracker.training.labelled_pictures import augmented
from tracker.video.open import open_source

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "train"
SIDE, STEPS = 320, 180
PEOPLE = LIVES[:2]

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("match")
    run = run_of(root, PEOPLE)
    export(ExportWish(str(run), "yolo-detect", root / "data"), quiet, quiet)
    return root / "data"


@pytest.fixture(scope="module")
def trained(data: Path) -> tuple[Any, list[float]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        import train_gallery_model as script

        plan = script.Plan(STEPS, batch=4, long_side=SIDE, width=0.125)
        return script, *script.train(script.read_set(data), plan)


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module that reads and augments."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("labelled_sets")


def test_boxes_stay_on_whom_they_show(data: Path, pictures: Any) -> None:
    rng, seen = np.random.default_rng(0), 0
    known = pictures.read_set(data)
    for picture in known.train[::8]:
        pixels, classes, boxes = augmented(pictures.opened(picture), SIDE, (256, 128), rng)
        assert pixels.shape == (128, 256, 3)
        for number, (x1, y1, x2, y2) in zip(classes, boxes.round().astype(int), strict=True):
            colour = np.median(pixels[y1:y2, x1:x2].reshape(-1, 3), axis=0)
            strongest = {"Ann": 2, "Bea": 0}[known.names[number]]  # red, blue
            assert colour.argmax() == strongest
            assert colour[strongest] > 120
            seen += 1
    assert seen > 10


def test_matches_of_other_players_are_not_joined(data: Path, pictures: Any) -> None:
    known = pictures.read_set(data)
    assert len(pictures.joined([known, known]).train) == 2 * len(known.train)
    with pytest.raises(ValueError, match="different classes: Bea, Cat"):
        pictures.joined([known, pictures.LabelledSet(("Ann", "Cat"), (), ())])


def test_the_loss_falls(trained: tuple[Any, Any, list[float]]) -> None:
    losses = trained[2]
    assert len(losses) == STEPS
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])


def test_the_same_seed_is_the_same_model(data: Path, trained: tuple[Any, Any, list[float]]) -> None:
    script = trained[0]
    known, few = script.read_set(data), script.Plan(4, batch=2, long_side=SIDE, width=0.125)
    assert script.train(known, few)[1] == script.train(known, few)[1]
    other = script.Plan(4, batch=2, long_side=SIDE, width=0.125, seed=1)
    assert script.train(known, few)[1] != script.train(known, other)[1]


@pytest.mark.parametrize("ending", ["pt", "onnx"])
def test_what_is_saved_is_a_detector(
    ending: str, data: Path, trained: tuple[Any, Any, list[float]], tmp_path: Path
) -> None:
    script, model, _ = trained
    file = tmp_path / f"model.{ending}"
    if ending == "pt":
        script.save_model(model, file)
    else:
        pytest.importorskip("onnx")
        script.save_onnx(model, (SIDE, 192), file)
    detector = load_detector(str(file), DetectSettings(image_size_px=SIDE))
    frames = list(open_source(str(data.parent / "video")).frames(180, 200))
    found = 0
    for frame, seen in zip(frames, detector.detect(frames), strict=True):
        true = np.array([life.box(frame.index + 1) for life in PEOPLE])
        sure = seen.boxes[seen.scores >= 0.25].astype(np.float64)
        found += int((iou(true, sure).max(axis=1, initial=0) >= 0.5).sum())
    assert found >= 0.9 * len(frames) * len(PEOPLE)


def test_most_are_called_by_their_names(data: Path, trained: tuple[Any, Any, list[float]]) -> None:
    script, model, _ = trained
    known = script.read_set(data)
    measured = script.score(model, known.val, known.names, SIDE)
    assert measured.boxes == len(PEOPLE) * len(known.val)
    assert measured.right >= 0.9 * measured.boxes


def test_a_folder_that_is_no_data_set_is_one_line(tmp_path: Path) -> None:
    words = [str(SCRIPTS / "train_gallery_model.py"), str(tmp_path), "-o", str(tmp_path / "m.pt")]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "m.pt").exists()
