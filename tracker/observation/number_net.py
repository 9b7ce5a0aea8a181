"""The net that reads shirt numbers, as OpenVINO runs it: built from the weights in the package.

A picture without its mean colour and of even contrast, residual convolutions down to a map of
8 x 8, of which each of three questions (tens, units, legible) takes a mean by attention of its own.
`scripts/train/shirts/net.py` is its twin in torch.
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load

from gallery.reid.model_cache import import_openvino
from tracker.observation.jersey_protocol import NumberError
from tracker.observation.number_windows import WINDOW_PX
from tracker.types import Floats, Image

SHIPPED = "number_net.safetensors"
OUTPUTS = 28
"""Logits of 11 tens, 10 units and of being legible; where the number is: centre x and y, and the
vectors of its height along the cloth, to the right and down, shares of the window."""
_NOISE = 0.03  # added to the contrast of a picture, so that nothing is not made something
_QUESTIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class NumberNet:
    """compiled: an `openvino.CompiledModel` of one picture. fingerprint: of the weights.
    temperature: of the digits' logits; legible: (2,) factor and shift of that logit."""

    compiled: Any
    fingerprint: str
    temperature: float
    legible: tuple[float, float]

    @classmethod
    def shipped(cls) -> NumberNet:
        """The one in the package. Raises NumberError where it is missing or broken."""
        file = resources.files("tracker.observation") / SHIPPED
        try:
            with resources.as_file(file) as path:
                raw = path.read_bytes()
                with safe_open(path, "np") as opened:
                    about = opened.metadata() or {}
            weights = {k: v.astype(np.float32) for k, v in load(raw).items()}
            mark = hashlib.sha256(raw).hexdigest()[:16]
            calibration = [float(about[key]) for key in ("temperature", "factor", "shift")]
        except (OSError, SafetensorError, KeyError, ValueError) as problem:
            raise NumberError(
                f"{file}: the number net is missing or broken; reinstall"
            ) from problem
        temperature, factor, shift = calibration
        return cls(compiled(weights), mark, temperature, (factor, shift))

    def __call__(self, pictures: Image) -> Floats:
        """(N, 28) of (N, 64, 64, 3) BGR pictures, one by one: the same whatever the company."""
        rows = np.empty((len(pictures), OUTPUTS), np.float32)
        for n in range(len(pictures)):
            rows[n] = self.compiled(pictures[n : n + 1])[0]
        return rows


def compiled(weights: dict[str, Floats]) -> Any:
    """An `openvino.CompiledModel` from (1, 64, 64, 3) uint8 BGR to (1, 28), on one thread."""
    openvino = import_openvino()
    wishes = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    return openvino.Core().compile_model(_graph(weights), "CPU", wishes)


def _graph(weights: dict[str, Floats]) -> Any:
    openvino = import_openvino()
    ops = importlib.import_module("openvino.opset13")

    def conv(x: Any, name: str, stride: int, pad: int) -> Any:
        found = ops.convolution(
            x, weights[f"{name}.weight"], [stride] * 2, [pad] * 2, [pad] * 2, [1, 1]
        )
        return ops.add(found, weights[f"{name}.bias"].reshape(1, -1, 1, 1))

    def linear(x: Any, name: str) -> Any:
        found = ops.matmul(x, weights[f"{name}.weight"], False, True)
        return ops.add(found, weights[f"{name}.bias"].reshape(1, -1))

    picture = ops.parameter([1, WINDOW_PX, WINDOW_PX, 3], np.uint8)
    x = ops.transpose(ops.convert(picture, "f32"), [0, 3, 1, 2])
    x = ops.multiply(x, np.float32(1 / 255))
    x = ops.subtract(x, ops.reduce_mean(x, [2, 3], True))
    spread = ops.sqrt(ops.reduce_mean(ops.multiply(x, x), [1, 2, 3], True))
    x = ops.divide(x, ops.add(spread, np.float32(_NOISE)))
    for layer in range(sum(name.startswith("body.") for name in weights)):
        if f"body.{layer}.conv.weight" in weights:
            x = ops.relu(conv(x, f"body.{layer}.conv", 2, 1))
        elif f"body.{layer}.first.weight" in weights:
            inner = ops.relu(conv(x, f"body.{layer}.first", 1, 1))
            x = ops.relu(ops.add(x, conv(inner, f"body.{layer}.second", 1, 1)))
    x = ops.add(x, weights["where"])
    width, cells = weights["where"].shape[1], int(np.prod(weights["where"].shape[2:]))
    maps = conv(x, "attention", 1, 0)
    maps = ops.softmax(ops.reshape(maps, [-1, cells], False), 1)
    pooled = ops.matmul(maps, ops.reshape(x, [width, cells], False), False, True)
    parts = ops.split(ops.reshape(pooled, [_QUESTIONS, -1], False), 0, _QUESTIONS)
    names = ("tens", "units", "rest")
    answers = [linear(parts.output(n), name) for n, name in enumerate(names)]
    return openvino.Model([ops.concat(answers, 1)], [picture], "number_net")
