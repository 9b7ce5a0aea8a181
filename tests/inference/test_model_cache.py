"""Networks of torch run by OpenVINO: the same answers, made once, whatever is in the cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gallery.reid import model_cache as kept_models
from gallery.reid.base import EncoderError
from gallery.reid.encoder import identify, load_encoder
from gallery.reid.model_cache import Converted, cache_folder, converted
from tests.detection.test_detector import ALL, photo
from tests.gallery.test_encoder import noise, save_osnet
from tests.observation.test_store import meta
from tracker import config
from tracker.detection.detector import Detector, load_detector
from tracker.inference import model_cache
from tracker.inference.ultralytics import import_ultralytics
from tracker.runs import pipeline
from tracker.runs.open_session import check_begun
from tracker.types import Detections, Frame

BY_TORCH = ALL.model_copy(update={"runtime": "torch"})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "teamsheet" / "converted"


class Maker:
    """Makes a network that adds `by`, and counts how often."""

    def __init__(self, by: float = 1.0) -> None:
        self.by, self.made = by, 0

    def __call__(self) -> Converted:
        import openvino
        from openvino import opset13 as ops

        self.made += 1
        x = ops.parameter([2], np.float32)
        return Converted(openvino.Model([ops.add(x, np.float32(self.by))], [x]), {"names": ["é"]})


def answer(made: Converted) -> list[float]:
    import openvino

    run = openvino.Core().compile_model(made.network, "CPU")
    return [float(value) for value in run([np.zeros(2, np.float32)])[0]]


def test_a_network_is_made_once(cache: Path) -> None:
    make = Maker()
    first, second = converted("net", "a", make), converted("net", "a", make)
    assert make.made == 1
    assert answer(first) == answer(second) == [1, 1]
    assert first.about == second.about == {"names": ["é"]}
    converted("net", "b", make)
    assert make.made == 2
    assert len([*cache.iterdir()]) == 2, "no half-written folder is left"
    assert cache_folder() == cache.parent


DAMAGE = {
    "cut short": lambda folder: (folder / "model.bin").write_bytes(b""),
    "another network": lambda folder: (folder / "model.xml").write_text("<net/>"),
    "changed names": lambda folder: (folder / "about.json").write_text(
        (folder / "about.json").read_text().replace("00e9", "00e8")
    ),
    "no JSON": lambda folder: (folder / "about.json").write_bytes(b"\xff{"),
    "a file missing": lambda folder: (folder / "model.xml").unlink(),
    "a file in its place": lambda folder: (shutil.rmtree(folder), folder.write_text("x")),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_network_is_made_anew(cache: Path, damage: str) -> None:
    converted("net", "a", Maker())
    [folder] = cache.iterdir()
    DAMAGE[damage](folder)
    make = Maker()
    made = converted("net", "a", make)
    assert make.made == 1
    assert (answer(made), made.about) == ([1, 1], {"names": ["é"]})
    if damage != "a file in its place":  # that is not ours to delete
        assert converted("net", "a", make).about == made.about
        assert make.made == 1, "and kept"


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    make = Maker()
    assert [answer(converted("net", "a", make)) for _ in range(2)] == [[1, 1]] * 2
    assert make.made == 2


def test_other_versions_make_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    converted("net", "a", make)
    monkeypatch.setattr(kept_models, "versions", lambda: "openvino2030")
    converted("net", "a", make)
    assert make.made == 2


# --- detectors ----------------------------------------------------------------------------------


TINY = {
    "nc": 1,
    "backbone": [[-1, 1, "Conv", [c, 3, 2]] for c in (8, 16, 32, 32, 32)],
    "head": [[[2, 3, 4], 1, "Detect", ["nc"]]],
}


def living(path: Path, model: str | dict[str, Any]) -> Path:
    """An untrained model whose layers know what comes in, so that its answers differ by picture."""
    import torch

    torch.manual_seed(0)
    net = import_ultralytics("ultralytics.nn.tasks").DetectionModel(model, nc=1, verbose=False)
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = None
            part.reset_running_stats()
    with torch.no_grad():
        net.train()(torch.rand(2, 3, 160, 160))
    net.names = {0: "person"}
    net.end2end = "26" in str(model)
    torch.save({"model": net.eval(), "train_args": {}}, path)
    return path


def looked(detector: Detector) -> list[Detections]:
    """Pictures of three shapes, so of three input sizes."""
    sizes = [(120, 200), (200, 120), (160, 160), (120, 200)]
    return detector.detect([Frame(i, 0.0, photo(i, size)) for i, size in enumerate(sizes)])


@pytest.mark.parametrize("model", ["yolo26n.yaml", TINY], ids=["26", "tiny"])
def test_a_pt_file_is_found_the_same_by_both(tmp_path: Path, model: str | dict[str, Any]) -> None:
    path = living(tmp_path / "model.pt", model)
    ours, theirs = (load_detector(str(path), settings) for settings in (ALL, BY_TORCH))
    assert (ours.runtime, theirs.runtime) == ("openvino", "torch")  # type: ignore[attr-defined]
    assert ours.fingerprint == theirs.fingerprint
    for mine, its in zip(looked(ours), looked(theirs), strict=True):
        assert len(its) > 0
        near = np.abs(mine.boxes[:, None] - its.boxes[None]).max(axis=-1).min(axis=1)
        assert np.quantile(near, 0.9) < 0.3, "pixels; ties may be suppressed the other way round"
        assert mine.scores[0] == pytest.approx(its.scores[0], abs=1e-4)
    assert "torchvision" not in sys.modules


def test_fresh_kept_and_unkept_networks_give_the_same_bytes(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(living(tmp_path / "model.pt", TINY))
    fresh = looked(load_detector(path, ALL))
    assert len([*cache.iterdir()]) == 1
    monkeypatch.setattr(model_cache, "convert", None)  # not to be called
    kept = looked(load_detector(path, ALL))
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    unkept = looked(load_detector(path, ALL))
    for some in (kept, unkept):
        for a, b in zip(fresh, some, strict=True):
            assert a.boxes.tobytes() == b.boxes.tobytes()
            assert a.scores.tobytes() == b.scores.tobytes()


def test_torch_runs_what_openvino_answers_otherwise(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    living(tmp_path / "model.pt", TINY)
    monkeypatch.setattr(model_cache, "deviation", lambda *_: float("nan"))
    detector = load_detector(str(tmp_path / "model.pt"), ALL)
    assert detector.runtime == "torch"  # type: ignore[attr-defined]
    assert not cache.exists(), "a wrong one is not kept"


def test_converting_asks_no_server_and_leaves_no_trace(tmp_path: Path) -> None:
    """`import openvino` would send usage statistics and keep an id in ~/intel."""
    path = save_osnet(tmp_path)
    code = (
        "import socket, sys\n"
        "def never(*_): raise SystemExit('asked a server')\n"
        "socket.socket.connect = socket.getaddrinfo = never\n"
        "from gallery.reid.encoder import load_encoder\n"
        f"encoder = load_encoder({str(path)!r})\n"
        "print(encoder.runtime, {'openvino_telemetry', 'torchvision'} & set(sys.modules))\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    wishes = {"HOME": str(home), "USERPROFILE": str(home), "CI": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | wishes
    )
    assert done.stdout.strip() == "openvino set()"
    assert done.stderr == ""
    assert not (home / "intel").exists()


def test_openvino_is_imported_in_one_place_alone() -> None:
    root = Path(kept_models.__file__).parents[2]
    files = [*root.glob("tracker/**/*.py"), *root.glob("gallery/**/*.py")]
    lines = [line.strip() for file in files for line in file.read_text("utf-8").splitlines()]
    assert not [line for line in lines if line.startswith(("import openvino", "import rapidocr"))]
    froms = [file.name for file in files if "    from openvino" in file.read_text("utf-8")]
    assert sorted(froms) == ["model_cache.py", "openvino.py"], "behind import_openvino()"


# --- encoders -----------------------------------------------------------------------------------


def test_a_checkpoint_is_described_the_same_by_both(tmp_path: Path, cache: Path) -> None:
    rng, path = np.random.default_rng(0), str(save_osnet(tmp_path))
    crops = [noise(rng, 30 + 40 * i, 20 + 9 * i) for i in range(5)]
    for how in ("", "@raw"):
        ours, theirs = load_encoder(path + how), load_encoder(f"{path}{how}@torch")
        assert (ours.runtime, theirs.runtime) == ("openvino", "torch")  # type: ignore[attr-defined]
        np.testing.assert_allclose(ours.encode(crops), theirs.encode(crops), atol=1e-5)
        assert ours.fingerprint != theirs.fingerprint
        for spec, encoder in ((path + how, ours), (f"{path}{how}@torch", theirs)):
            assert identify(spec) == (encoder.name, encoder.fingerprint)
    assert len([*cache.iterdir()]) == 1, "one network, whatever is done to the crops before"


def test_a_checkpoint_by_openvino_gives_one_answer_to_the_bit(tmp_path: Path) -> None:
    rng, path = np.random.default_rng(1), str(save_osnet(tmp_path))
    crops = [noise(rng, 60, 30) for _ in range(40)]
    encoder, again = load_encoder(path), load_encoder(path)
    together = encoder.encode(crops)
    alone = np.concatenate([again.encode([crop]) for crop in crops])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("why", ["not there", "of another kind"])
def test_only_checkpoints_are_run_by_torch(tmp_path: Path, why: str) -> None:
    path = tmp_path / "net.onnx"
    if why == "of another kind":
        path.write_bytes(b"\x08")
    with pytest.raises(EncoderError, match=r"no such file|leave out @torch"):
        load_encoder(f"{path}@torch")


def test_torch_runs_a_checkpoint_that_cannot_be_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("no such operation")

    monkeypatch.setattr("gallery.reid.osnet_checkpoint.to_openvino", broken)
    encoder = load_encoder(str(save_osnet(tmp_path)))
    assert encoder.runtime == "torch"  # type: ignore[attr-defined]
    assert encoder.encode([noise(np.random.default_rng(2), 50, 20)]).shape == (1, 20)


# --- runs ---------------------------------------------------------------------------------------


def test_the_receipt_says_what_ran_the_networks(tmp_path: Path) -> None:
    import cv2

    weights = living(tmp_path / "model.pt", TINY)
    (tmp_path / "pictures").mkdir()
    for i in range(6):
        cv2.imwrite(str(tmp_path / "pictures" / f"{i}.png"), photo(0, (96, 160)))
    said = {}
    for runtime in ("auto", "torch"):
        wishes = [f"detect.runtime={runtime}", "detect.score_min=0.001", "follow.confirm_s=0"]
        wishes += ["follow.association.high_score=0"]
        request = pipeline.TrackRequest(
            str(tmp_path / "pictures"),
            tmp_path / runtime,
            config.load(None, wishes),
            detector=str(weights),
        )
        pipeline.track(request, lambda *_: None, lambda *_: None)
        said[runtime] = json.loads((tmp_path / runtime / "run.json").read_text())["detector"]
    assert said["auto"]["runtime"] == "openvino"
    assert said["torch"] == said["auto"] | {"runtime": "torch"}


def test_a_run_is_not_gone_on_with_by_another_runtime() -> None:
    folder, began = Path("out"), meta(runtimes={"detector": "torch"})
    store: Any = SimpleNamespace(folder=folder, metadata=began)
    made = {"detector": began.detector, "encoder": began.encoder, "numbers": None}
    check_begun(store, began, made, "a.mp4")
    with pytest.raises(pipeline.PipelineError, match=r"begun with its detector run by torch.*over"):
        check_begun(store, meta(runtimes={"detector": "openvino"}), made, "a.mp4")
