"""`tiles: auto` on drawn recordings: looked at once, said in a line, the same ever after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from tracker import config
from tracker.detection.auto_tiles import Eye
from tracker.detection.detector import TiledDetector
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.runs import pipeline
from tracker.runs.batch import is_finished
from tracker.runs.fitted_tiles import fitted
from tracker.settings import DetectSettings
from tracker.types import Detections, Image
from tracker.video.open import open_source

WIDTH, HEIGHT, COUNT = 320, 180, 40


class Painted:
    """Every colour but black is a person. On its input, half as wide as the picture, people must be
    20 px high."""

    name, tiles, fingerprint, runtime = "painted", "1x1", "0", "paint"
    eye = Eye(160, 160, 20.0)

    def __init__(self) -> None:
        self.calls = 0

    def find(self, pictures: Sequence[Image]) -> list[Detections]:
        self.calls += len(pictures)
        return [self._one(picture[..., 0]) for picture in pictures]

    def _one(self, picture: Image) -> Detections:
        boxes = []
        for colour in np.unique(picture[picture > 0]):
            rows, columns = np.nonzero(picture == colour)
            boxes.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        scores = np.full(len(boxes), 0.9, np.float32)
        return Detections(np.array(boxes, np.float32).reshape(-1, 4), scores)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Painted:
    painted = Painted()

    def load(spec: str, settings: DetectSettings, *_: object) -> TiledDetector:
        return TiledDetector(painted, settings)

    monkeypatch.setattr("tracker.detection.detector.load_detector", load)
    monkeypatch.setattr("tracker.detection.detector.identify", lambda spec: ("painted", "0"))
    return painted


def draw(
    folder: Path, tall: int, count: int = COUNT, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Path:
    """Four people of that height who walk; nobody where it is 0."""
    folder.mkdir()
    for index in range(count):
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        for who in range(4 if tall else 0):
            x, y = 10 + size[0] // 4 * who + index // 2, (size[1] - tall) // 2
            picture[y : y + tall, x : x + max(tall // 3, 4)] = 50 * (who + 1)
        cv2.imwrite(str(folder / f"{index + 1:04d}.png"), picture)
    return folder


def request_of(folder: Path, out: Path, *sets: str, **more: Any) -> pipeline.TrackRequest:
    settings = config.load(None, ["follow.confirm_s=0.08", "mode=online", *sets])
    return pipeline.TrackRequest(str(folder), out, settings, detector="painted.onnx", **more)


def quiet(*_: object) -> None:
    return None


def chosen(folder: Path, **more: Any) -> tuple[str, list[str]]:
    """The grid of a run that begins, and what is said of it."""
    request = request_of(folder, folder / "out", **more)
    detector = TiledDetector(Painted(), request.settings.detect)
    now, looks, said = fitted(request, open_source(str(folder)), detector)
    if said:
        assert isinstance(looks, TiledDetector)
        assert looks.tiles == now.settings.detect.tiles
    return now.settings.detect.tiles, said


@pytest.mark.parametrize(
    ("tall", "size", "grid"),
    [
        (100, (320, 180), "1x1"),  # 100 px are 50 on the input
        (170, (320, 180), "1x1"),  # close up
        (30, (320, 180), "2x1"),  # whole they would be 15
        (12, (320, 180), "4x2"),
        (30, (180, 320), "1x2"),
        (12, (180, 320), "2x4"),
    ],
)
def test_small_people_are_looked_at_in_tiles(
    tmp_path: Path, tall: int, size: Any, grid: str
) -> None:
    tiles, said = chosen(draw(tmp_path / "seq", tall, size=size))
    assert tiles == grid
    assert len(said) == 1
    assert said[0].startswith(f"tiles: {grid}, for people are about {tall} px tall")


@pytest.mark.parametrize("count", [1, 3, 7])
def test_a_few_frames_are_enough(tmp_path: Path, count: int) -> None:
    assert chosen(draw(tmp_path / "seq", 30, count))[0] == "2x1"


def test_only_frames_that_are_tracked_are_looked_at(tmp_path: Path) -> None:
    folder = draw(tmp_path / "seq", 30)
    for index in range(20, COUNT):
        (folder / f"{index + 1:04d}.png").unlink()
    far = draw(tmp_path / "far", 100)
    for index in range(20, COUNT):
        (far / f"{index + 1:04d}.png").rename(folder / f"{index + 1:04d}.png")
    assert chosen(folder, frames=(1, 20))[0] == "2x1"
    assert chosen(folder, frames=(21, None))[0] == "1x1"


def test_where_nobody_is_found_the_detector_looks_as_ever(tmp_path: Path) -> None:
    assert chosen(draw(tmp_path / "seq", 0)) == ("auto", [])


def test_a_source_that_cannot_be_read_twice_is_not_looked_at(tmp_path: Path) -> None:
    request = request_of(draw(tmp_path / "seq", 12), tmp_path / "out")
    network = Painted()
    detector = TiledDetector(network, request.settings.detect)
    live: Any = SimpleNamespace(live=True, has_images=True)
    assert fitted(request, live, detector) == (request, detector, [])
    assert network.calls == 0


def test_a_network_that_does_not_say_what_it_sees_looks_as_ever(tmp_path: Path) -> None:
    folder, network = draw(tmp_path / "seq", 12), Painted()
    network.eye = None  # type: ignore[assignment]
    request = request_of(folder, tmp_path / "out")
    detector = TiledDetector(network, request.settings.detect)
    assert fitted(request, open_source(str(folder)), detector) == (request, detector, [])


def test_the_choice_is_said_recorded_and_held_to(tmp_path: Path, network: Painted) -> None:
    out, said = tmp_path / "out", list[str]()
    request = request_of(draw(tmp_path / "seq", 30), out)
    pipeline.track(request, said.append, quiet)
    line = "tiles: 2x1, for people are about 30 px tall (--tiles 1x1 is 2 times as fast)"
    assert line in said
    receipt = json.loads((out / "run.json").read_text())
    assert receipt["settings"]["detect"]["tiles"] == "2x1"
    assert line in receipt["notes"]
    store = Store.open(out / OBSERVATIONS)
    assert store is not None
    assert store.metadata.settings["detect"]["tiles"] == "2x1"
    assert is_finished(request)
    before, calls = (out / "tracks.csv").read_bytes(), network.calls
    pipeline.track(replace(request, resume=True), quiet, quiet)
    assert (out / "tracks.csv").read_bytes() == before
    assert network.calls == calls
    with pytest.raises(Exception, match=r"detect.tiles=2x1, and it is 3x2 now"):
        pipeline.track(
            request_of(tmp_path / "seq", out, "detect.tiles=3x2", resume=True), quiet, quiet
        )


def test_a_run_goes_on_with_the_grid_it_was_begun_with(
    tmp_path: Path, network: Painted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.observation.metadata.CHUNK_S", 0.4)
    folder, whole, out = draw(tmp_path / "seq", 30), tmp_path / "whole", tmp_path / "out"
    pipeline.track(request_of(folder, whole), quiet, quiet)

    def stop(stage: str, done: int, *_: object) -> None:
        if done == 25:
            raise KeyboardInterrupt

    with pytest.raises(pipeline.Stopped):
        pipeline.track(request_of(folder, out), quiet, stop)
    monkeypatch.setattr(
        "tracker.runs.fitted_tiles.sampled_frames", lambda _: pytest.fail("looked again")
    )
    pipeline.track(request_of(folder, out, resume=True), quiet, quiet)
    assert (out / "tracks.csv").read_bytes() == (whole / "tracks.csv").read_bytes()


def test_a_grid_that_is_asked_for_is_taken(tmp_path: Path, network: Painted) -> None:
    said: list[str] = []
    pipeline.track(
        request_of(draw(tmp_path / "seq", 30), tmp_path / "out", "detect.tiles=1x1"),
        said.append,
        quiet,
    )
    assert not [line for line in said if line.startswith("tiles")]
    assert network.calls == COUNT
