"""`track --adapt`: a detector learns a video from its own tracks, and is used where that helped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.worlds import two_halls
from tests.worlds.bad_inputs import Ended, command
from tests.worlds.two_halls import AWAY, boxes_at, network, video
from tracker.boxes import iou
from tracker.inference.ultralytics import digest
from tracker.output.table import TrackTable
from tracker.runs import adapt_teacher
from tracker.runs.adapt_inputs import class_numbers
from tracker.runs.adapt_record import Taught
from tracker.runs.adapt_teacher import pictures_of
from tracker.runs.request import TrackRequest
from tracker.settings import Settings
from tracker.training.agreement import Agreement
from tracker.training.fine_tune import FineTuning, fine_tune, save_model, trainable
from tracker.training.labelled_pictures import Labelled
from tracker.training.pseudo_labels import FrameLabels

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


def track(source: Path | str, out: Path, net: Path | str, *more: str) -> Ended:
    settings = (
        f"detect.image_size_px={two_halls.WIDTH}", "detect.runtime=torch", "detect.tiles=1x1",
    )  # fmt: skip
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
        patch.setattr(adapt_teacher, "FineTuning", partial(FineTuning, steps=40))
        yield


@pytest.fixture(scope="module")
def adapted(
    net: Path, hall: Path, few_steps: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Ended]:
    out = tmp_path_factory.mktemp("runs") / "adapted"
    return out, track(hall, out, net, "--adapt")


@pytest.fixture(scope="module")
def plain(net: Path, hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that adapts nothing."""
    out = tmp_path_factory.mktemp("runs") / "plain"
    ended = track(hall, out, net)
    assert ended.code == 0, ended.lines
    return out


def test_a_detector_finds_more_in_a_hall_that_it_has_learned(
    plain: Path, adapted: tuple[Path, Ended]
) -> None:
    out, ended = adapted
    assert ended.code == 0, ended.lines
    before, after = found(plain), found(out)
    assert after[0] >= before[0]
    assert after[1] > before[1] + 0.1


def test_the_receipt_says_what_was_learned(net: Path, adapted: tuple[Path, Ended]) -> None:
    out, ended = adapted
    told = receipt(out)
    assert told["adapted"]["kept"]
    assert told["adapted"]["from"] == {"name": "home.pt", "fingerprint": digest([net])}
    weights = {"name": "adapted.pt", "fingerprint": digest([out / "adapted.pt"])}
    assert told["adapted"]["weights"] == weights
    assert weights.items() <= told["detector"].items()
    asked = told["adapted"]["held_out"]
    assert asked["after"]["recall_of_missed"] > asked["before"]["recall_of_missed"]
    assert [line for line in ended.lines if "40 steps on 77 frames, about" in line]


def test_it_can_be_followed_again_and_keeps_what_was_learned(
    hall: Path, adapted: tuple[Path, Ended]
) -> None:
    out, _ = adapted
    before = receipt(out)["adapted"]
    ended = track(hall, out, out / "adapted.pt", "--resume")
    assert ended.code == 0, ended.lines
    assert receipt(out)["adapted"] == before


def test_the_same_pictures_teach_the_same_bytes(net: Path, tmp_path: Path) -> None:
    shares = np.tile([two_halls.WIDTH, two_halls.HEIGHT], 2)
    known = [
        Labelled(two_halls.picture(AWAY, i), np.zeros(4, np.int64), boxes_at(i) / shares)
        for i in range(8)
    ]
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        (tmp_path / folder).mkdir()
        plan = FineTuning(steps=4, batch=2, long_side=two_halls.WIDTH, seed=seed)
        model = fine_tune(trainable(net), known, plan, "cpu", lambda *_: None, lambda _: None)
        save_model(model, tmp_path / folder / "adapted.pt")
    first, again, other = ((tmp_path / f / "adapted.pt").read_bytes() for f in "abc")
    assert first == again
    assert first != other


def nothing_new(model: Any, *_: Any) -> Any:
    """A teacher who teaches nothing."""
    from tracker.inference.ultralytics import import_ultralytics

    model.args = import_ultralytics("ultralytics.cfg").get_cfg()
    return model


def test_a_detector_that_agrees_no_better_is_not_used(
    plain: Path, net: Path, hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapt_teacher, "fine_tune", nothing_new)
    ended = track(hall, tmp_path / "kept", net, "--adapt", "--render")
    assert ended.code == 0, ended.lines
    assert [line for line in ended.lines if line.endswith("the first pass stays")]
    assert (tmp_path / "kept" / "video.mp4").is_file()
    told = receipt(tmp_path / "kept")
    assert not told["adapted"]["kept"]
    assert told["adapted"]["held_out"]["before"] == told["adapted"]["held_out"]["after"]
    assert "weights" not in told["adapted"]
    assert not (tmp_path / "kept" / "adapted.pt").exists()
    for name in ("tracks.csv", "mot.txt"):
        assert (tmp_path / "kept" / name).read_bytes() == (plain / name).read_bytes()


def test_too_short_a_video_teaches_nothing(net: Path, tmp_path: Path) -> None:
    short = video(tmp_path / "short", two_halls.HOME, 25)
    ended = track(short, tmp_path / "out", net, "--adapt")
    assert ended.code == 0, ended.lines
    assert [line for line in ended.lines if "too little was surely seen" in line]
    assert receipt(tmp_path / "out")["adapted"]["kept"] is False


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        ((0.80, 0.9), (0.81, 0.9), True),
        ((0.80, 0.9), (0.802, 0.9), False),
        ((0.80, 0.9), (0.75, 0.95), False),
        ((0.80, 0.9), (0.90, 0.85), False),
    ],
)
def test_it_must_agree_better_and_lose_nobody(
    before: tuple[float, float], after: tuple[float, float], better: bool
) -> None:
    old, new = (Agreement(ap, 100, 5, found, 0.5) for ap, found in (before, after))
    assert Taught(Path("a.pt"), "", 1, 1, 1, 1, old, new, 1.0).better is better


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--stream", "--mode", "online"), "gives rows as they come"),
        (("--resume",), "goes on with what one detector saw"),
        (("--detections", "det.txt"), "has boxes of no detector"),
        (("--detector", "efficientdet-lite0"), "only an Ultralytics .pt file"),
        (("--detector", "net.onnx"), "only an Ultralytics .pt file"),
        (("--detector", "gone/net.pt"), "no such file"),
        (("--detector", "auto"), "needs an Ultralytics .pt file"),
        (("--detector", "damaged.pt"), "damaged, or no Ultralytics model"),
    ],
)
def test_what_cannot_be_adapted_is_one_line(
    words: tuple[str, ...],
    said: str,
    net: Path,
    hall: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("net.onnx", "damaged.pt"):
        Path(name).write_bytes(b"nothing")
    Path("det.txt").write_text("1,-1,1,1,9,9,1\n")
    ended = track(hall, tmp_path / "out", net, "--adapt", *words)
    assert ended.code == 2
    assert len(ended.lines) == 1
    assert said in ended.lines[0]
    assert not (tmp_path / "out" / "run.json").exists()


@pytest.mark.parametrize("source", ["0", "rtsp://camera/1"])
def test_a_camera_cannot_be_adapted_to(source: str, net: Path, tmp_path: Path) -> None:
    ended = track(source, tmp_path / "out", net, "--adapt")
    assert ended.code == 2
    assert "a camera cannot be looked at twice" in ended.lines[-1]


def test_several_videos_are_refused(net: Path, hall: Path, tmp_path: Path) -> None:
    ended = track(hall, tmp_path / "out", net, "--adapt", str(hall))
    assert ended.code == 2
    assert "give one file" in ended.lines[-1]


def test_its_own_result_is_not_overwritten(hall: Path, adapted: tuple[Path, Ended]) -> None:
    out, _ = adapted
    ended = track(hall, out, out / "adapted.pt", "--adapt", "--overwrite")
    assert ended.code == 2
    assert "copy it to another place first" in ended.lines[-1]


def test_players_as_classes_keep_their_classes(hall: Path) -> None:
    request = TrackRequest(str(hall), Path("out"), Settings())
    named = {0: "ball", 1: "Ada Novak", 2: "Bea", 3: "referee"}
    assert class_numbers(request, {0: "ball", 1: "person"}) == (1,)
    columns = class_numbers(replace(request, players_from_detector=True), named)
    assert columns == (1, 2, 3)
    known = FrameLabels(0, boxes_at(0), np.array([0, 1, 2, 1]), np.zeros(4, bool), boxes_at(0)[:0])
    (lesson,) = pictures_of(request, [known], columns, two_halls.WIDTH)
    assert lesson.classes.tolist() == [1, 2, 3, 2]
