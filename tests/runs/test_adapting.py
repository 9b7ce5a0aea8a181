"""`track --adapt`: a detector learns a video from its own tracks, and is used where that helped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.worlds import two_halls
from tests.worlds.bad_inputs import Ended, command
from tests.worlds.two_halls import AWAY, FPS, boxes_at, network, video
from tracker.boxes import iou
from tracker.inference.ultralytics import digest
from tracker.output.table import TrackTable
from tracker.runs import adapting
from tracker.training.agreement import Agreement
from tracker.training.fine_tune import FineTuning

FRAMES = 120


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return network(tmp_path_factory.mktemp("net") / "home.pt")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return video(tmp_path_factory.mktemp("away") / "hall", AWAY, FRAMES)


def track(source: Path, out: Path, net: Path | str, *more: str) -> Ended:
    settings = f"detect.image_size_px={two_halls.WIDTH}", "detect.runtime=torch"
    sets = [word for setting in settings for word in ("--set", setting)]
    return command(["track", str(source), "-o", str(out), "--detector", str(net), *sets, *more])


def receipt(out: Path) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((out / "run.json").read_text())
    return tree


def found(out: Path) -> tuple[float, float]:
    """Share of the people who have a box, and mean score of the boxes."""
    table = TrackTable.read_csv(out / "tracks.csv").rows
    seen = table[table["visibility"] == "visible"]
    right = 0
    for frame, rows in seen.groupby("frame"):
        boxes = rows[["x1", "y1", "x2", "y2"]].to_numpy(np.float64)
        right += int((iou(boxes_at(int(frame) - 1), boxes).max(axis=1) >= 0.5).sum())
    return right / (4 * FRAMES), float(seen["confidence"].mean())


@pytest.fixture(scope="module")
def few_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapting, "FineTuning", partial(FineTuning, steps=40))
        yield


@pytest.fixture(scope="module")
def adapted(
    net: Path, hall: Path, few_steps: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Ended]:
    out = tmp_path_factory.mktemp("runs") / "adapted"
    return out, track(hall, out, net, "--adapt")


def test_a_detector_finds_more_in_a_hall_that_it_has_learned(
    net: Path, hall: Path, adapted: tuple[Path, Ended], tmp_path: Path
) -> None:
    out, ended = adapted
    assert ended.code == 0, ended.lines
    plain = track(hall, tmp_path / "plain", net)
    assert plain.code == 0, plain.lines
    before, after = found(tmp_path / "plain"), found(out)
    print(before, after, ended.lines)
    assert after[0] >= before[0]
    assert after[1] > before[1] + 0.1
