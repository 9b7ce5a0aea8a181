"""Networks that never end, or would fill the memory, are one line and exit 2."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from gallery.reid import time_limit
from gallery.reid.encoder import load_encoder
from gallery.reid.time_limit import PatienceError, within
from tests.worlds.bad_inputs import command, draw_world
from tracker.inference.backends import open_openvino


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_world(tmp_path_factory.mktemp("patience"))


def _saved(path: Path, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> Path:
    """A network for crops: the mean colour of one, and what `nodes` make of it."""
    picture = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 64, 32])
    answer = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    first = [
        helper.make_node("GlobalAveragePool", ["x"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
    ]
    graph = helper.make_graph([*first, *nodes], "g", [picture], [answer], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


def _bomb(path: Path) -> Path:
    """2.4 GB of ones in 300 bytes."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["c"]),
        helper.make_node("ReduceMean", ["c"], ["m"]),
        helper.make_node("Add", ["f", "m"], ["y"]),
    ]
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [20_000, 30_000])
    return _saved(path, nodes, [shape])


def _endless(path: Path) -> Path:
    """Adds a little to a vector, 4,611,686,018,427,387,904 times."""
    yes, vector = TensorProto.BOOL, TensorProto.FLOAT
    body = helper.make_graph(
        [helper.make_node("Add", ["a", "one"], ["b"]), helper.make_node("Identity", ["c"], ["d"])],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []),
         helper.make_tensor_value_info("c", yes, []),
         helper.make_tensor_value_info("a", vector, [1, 3])],
        [helper.make_tensor_value_info("d", yes, []),
         helper.make_tensor_value_info("b", vector, [1, 3])],
        [helper.make_tensor("one", vector, [1], [1e-30])],
    )  # fmt: skip
    constants = [
        helper.make_tensor("times", TensorProto.INT64, [], [2**62]),
        helper.make_tensor("go", yes, [], [True]),
    ]
    return _saved(
        path, [helper.make_node("Loop", ["times", "go", "f"], ["y"], body=body)], constants
    )


@pytest.mark.parametrize("what", ["encoder", "detector"])
def test_a_constant_that_would_fill_the_memory_is_refused(
    what: str, world: Path, tmp_path: Path
) -> None:
    model = _bomb(tmp_path / "bomb.onnx")
    assert model.stat().st_size < 500
    words = ["track", str(world / "seq"), "--gallery", str(world / "gallery")]
    ended = command([*words, f"--{what}", str(model), "-o", str(tmp_path / "out")])
    assert (ended.code, len(ended.lines)) == (2, 1), ended
    assert "bomb.onnx: holds a tensor of 600,000,000 numbers" in ended.lines[0]
    assert not (tmp_path / "out").exists()


SHORT = """
import sys
from gallery.reid import time_limit as patience
from tracker.cli.app import main
patience.LIMIT_S = 3.0
main()
"""


def test_a_network_that_never_ends_is_left_with_a_line(world: Path, tmp_path: Path) -> None:
    words = ["track", world / "seq", "--detections", world / "seq/det/det.txt", "--gallery",
             world / "gallery", "--encoder", _endless(tmp_path / "loop.onnx")]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SHORT, *map(str, words), "-o", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "loop.onnx: no answer in 3 s; a network that never ends" in line
    assert not (tmp_path / "out").exists()


def test_what_ends_in_time_is_given_and_what_fails_is_raised() -> None:
    assert within("x", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within("x", lambda: 1 / 0)


def test_what_does_not_end_in_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "abandoned", threading.Event())
    end = threading.Event()
    with pytest.raises(PatienceError, match=r"net: no answer in 0.05 s"):
        within("net", end.wait, 0.05)
    end.set()
    assert time_limit.abandoned.is_set()


@pytest.mark.shared
def test_networks_of_use_are_not_refused(shared: Path) -> None:
    encoder = load_encoder(str(shared / "weights/osnet_x0_25_msmt17.onnx"))
    assert encoder.encode([np.zeros((60, 20, 3), np.uint8)]).shape == (1, encoder.dim)
    detector = open_openvino(shared / "weights/yolo11n_int8_openvino_model/yolo11n.xml", 640)
    assert detector.run(np.zeros((1, 3, 640, 640), np.float32)).shape[0] == 1
