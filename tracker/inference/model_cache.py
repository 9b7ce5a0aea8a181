"""Ultralytics' .pt files on a CPU: run by OpenVINO, which takes about half of torch's time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gallery.reid.model_cache import Converted, converted, import_openvino, to_openvino
from tracker.inference.backends import Model, check_readable, first_output, load_ultralytics
from tracker.inference.ultralytics import DetectorError, digest
from tracker.types import Floats

if TYPE_CHECKING:
    import torch

TOLERANCE = 5e-4
"""A network is not used whose answers are further from torch's, as a share of the largest."""
_TRACED, _CHECKED = (160, 160), (192, 256)  # rows, columns
_SIZES_AT_ONCE = 8  # a network of a fixed input size is faster, so there is one for each


def open_converted(path: Path) -> Model | None:
    """A .pt file by OpenVINO; None where it cannot be converted. Raises DetectorError."""
    check_readable(path, "cpu")
    try:
        kept = converted("ultralytics", digest([path]), lambda: convert(path))
    except DetectorError:
        raise
    except Exception:  # of torch, of Ultralytics or OpenVINO; the file itself can be read
        return None
    names = dict(enumerate(kept.about["names"]))
    stride = max(32, kept.about["stride"])
    return Model(_runner(kept.network), names, None, stride, runtime="openvino")


def _runner(network: Any) -> Callable[[NDArray[np.float32]], torch.Tensor]:
    """Runs pictures of any size, one at a time."""
    import torch

    core = import_openvino().Core()

    @functools.lru_cache(_SIZES_AT_ONCE)
    def compiled(shape: tuple[int, ...]) -> Any:
        fixed = network.clone()
        fixed.reshape([*shape])
        # bfloat16, the default where the CPU has it, would move boxes by pixels
        wishes = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        return core.compile_model(fixed, "CPU", wishes)

    def run(inputs: NDArray[np.float32]) -> torch.Tensor:
        return torch.from_numpy(np.array(compiled(inputs.shape)([inputs])[0]))

    return run


def convert(path: Path) -> Converted:
    """Raises DetectorError where the file cannot be read, ValueError where the answers differ."""
    import torch

    backend = load_ultralytics(path, "cpu")
    net, rng = backend.backend.model, np.random.default_rng(0)
    inputs = [rng.random((1, 3, *size), np.float32) for size in (_TRACED, _CHECKED)]
    with torch.inference_mode():
        answers = [first_output(backend(torch.from_numpy(array))).numpy() for array in inputs]
    for part in net.modules():
        if hasattr(part, "export"):  # a head: gives its boxes alone, on any size of input
            part.export, part.dynamic, part.format = True, True, "openvino"
    network = to_openvino(net, torch.zeros(1, 3, *_TRACED))
    network.reshape([1, 3, -1, -1])
    run = _runner(network)
    off = max(deviation(run(array).numpy(), a) for array, a in zip(inputs, answers, strict=True))
    if not off <= TOLERANCE:  # NaN is wrong too
        raise ValueError(f"{path}: off by {off:.1g}")
    names = [str(backend.names[number]) for number in range(len(backend.names))]
    return Converted(network, {"names": names, "stride": int(backend.stride)})


def deviation(ours: Floats, theirs: Floats) -> float:
    """How far apart two answers are, as a share of the largest value.

    What is sorted by score already, (B, N, values), may differ in the order of equals and in who
    is the last, so there nine of ten rows must have their equal.
    """
    scale = max(1.0, float(np.abs(theirs).max()))
    if ours.shape[1] < ours.shape[2]:
        return float(np.abs(ours - theirs).max()) / scale
    nearest = np.abs(ours[0][:, None] - theirs[0][None]).max(axis=-1).min(axis=1)
    return float(np.quantile(nearest, 0.9)) / scale
