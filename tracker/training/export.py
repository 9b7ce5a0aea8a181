"""A trained net as an ONNX file that other programs run; checked before it is written."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gallery.io.files import read_bytes
from gallery.reid.model_cache import import_openvino
from tracker.errors import TeamsheetError
from tracker.limits import MAX_NET_BYTES
from tracker.tracking import occlusion_net
from tracker.tracking.occlusion_net import LAGS_S, OffsetNet, Scene, shipped
from tracker.training.network import INPUTS, OUTPUTS, Net, tensors
from tracker.training.outputs import refuse, write_whole
from tracker.types import Floats

TOLERANCE = 1e-5
"""A file whose answers are further than this from torch's is not written."""
NEEDS = ("onnx", "onnxscript")
"""Packages that only the export needs."""
_SCENES = ((6, 21), (3, 16), (1, 1), (2, 0))  # hidden players, others


class ExportError(TeamsheetError):
    """This cannot be exported; the message says why and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is exported.

    inputs, outputs: names of the net's arguments and results, in order. free: for each argument
    the axes that may have any length, by name. samples: arguments for which the file must agree
    with the net; the first traces it. card: what the file says of itself.
    """

    net: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    free: tuple[dict[int, str], ...]
    samples: list[list[Tensor]]
    card: str


def export(what: str, out: Path, weights: Path | None = None, overwrite: bool = False) -> float:
    """Write one of SUBJECTS as ONNX; returns how far its answers are from torch's, at most.

    weights: a file of your own; None: what comes with the package. Raises ExportError,
    OutputError, and what the subject raises on bad weights.
    """
    if what not in SUBJECTS:
        raise ExportError(f"{what}: cannot be exported; there is {', '.join(SUBJECTS)}")
    refuse(out, overwrite)
    if missing := [name for name in NEEDS if find_spec(name) is None]:
        raise ExportError(f'{" and ".join(missing)} missing; run: pip install "teamsheet[export]"')
    subject = SUBJECTS[what](weights)
    data = to_onnx(subject)
    off = difference(data, subject)
    if not off <= TOLERANCE:  # NaN is wrong too
        raise ExportError(
            f"{out}: not written, it would be off by {off:.1g}; try another version of torch"
        )
    write_whole(out, data)
    return off


def offsets(weights: Path | None) -> Subject:
    """The occlusion offsets: any number of hidden players and of others, NaN = not known."""
    trained = shipped()
    if weights is not None:
        trained = OffsetNet.from_bytes(read_bytes(weights, MAX_NET_BYTES), str(weights))
    net = Net().eval()
    net.load_state_dict({name: torch.from_numpy(w) for name, w in trained.weights.items()})
    rng = np.random.default_rng(0)
    samples = [tensors(drawn_scene(hidden, others, rng)) for hidden, others in _SCENES]
    single, both = {0: "hidden"}, {0: "hidden", 1: "others"}
    return Subject(
        net, INPUTS, OUTPUTS, (single, single, both, both), samples, json.dumps(trained.card)
    )


SUBJECTS: dict[str, Callable[[Path | None], Subject]] = {"offsets": offsets}


def drawn_scene(hidden: int, others: int, rng: np.random.Generator) -> Scene:
    """A pack that runs under a panning camera; some of it was not seen, one has no past."""
    lags = LAGS_S[:, None]
    pan = rng.normal(0, (2, 0.5), (hidden, 1, 2))
    speed = pan + rng.normal(0, 1, (hidden, others, 2))
    gap = np.exp(rng.uniform(np.log(0.04), np.log(occlusion_net.HORIZON_S), hidden))
    before = speed[:, :, None] * lags + rng.normal(0, 0.03, (hidden, others, len(lags), 2))
    before[rng.random((hidden, others, len(lags))) < 0.2] = np.nan
    there = rng.normal(0, (5, 2), (hidden, others, 2))
    size = rng.normal(0, 0.2, (2, hidden, others, 1))
    around = np.concatenate([there, size[0], before.reshape(hidden, others, 2 * len(lags))], axis=2)
    since = np.concatenate([size[1], speed * gap[:, None, None]], axis=2)
    since[rng.random((hidden, others)) < 0.2] = np.nan
    absent = rng.random((hidden, others)) < 0.1
    around[absent] = since[absent] = np.nan
    mine = (pan + rng.normal(0, 1, pan.shape)) * lags
    own = np.concatenate([mine, rng.normal(0, 0.05, (hidden, len(lags), 1))], axis=2)
    own[0] = np.nan
    return Scene(*(part.astype(np.float32) for part in (gap, own, around, since)))


def to_onnx(subject: Subject) -> bytes:
    """The net as the bytes of an ONNX file. The same net gives the same bytes."""
    axes = {name: torch.export.Dim(name, min=0) for free in subject.free for name in free.values()}
    shapes = tuple({axis: axes[name] for axis, name in free.items()} for free in subject.free)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about torch
        program = torch.onnx.export(
            subject.net, tuple(subject.samples[0]), dynamo=True, verbose=False,
            input_names=subject.inputs, output_names=subject.outputs, dynamic_shapes=shapes,
        )  # fmt: skip
    assert program is not None
    return _tidy(program.model_proto, subject.card)


def _tidy(model: Any, card: str) -> bytes:
    """Without the tracer's notes, which name the files of this machine; with the card."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        del part.metadata_props[:]
    del model.metadata_props[:]
    model.metadata_props.add(key="card", value=card)
    return bytes(model.SerializeToString(deterministic=True))


def difference(data: bytes, subject: Subject) -> float:
    """The largest difference between torch and the ONNX bytes, over all samples; NaN if any is."""
    openvino = import_openvino()

    core = openvino.Core()
    exact = {"INFERENCE_PRECISION_HINT": "f32"}  # some processors would round to bfloat16
    compiled = core.compile_model(core.read_model(data), "CPU", exact)
    off = []
    for sample in subject.samples:
        with torch.no_grad():
            wanted = subject.net(*sample)
        got = compiled([part.numpy() for part in sample])
        off += [_apart(got[name], want) for name, want in zip(subject.outputs, wanted, strict=True)]
    return float(np.max(off))


def _apart(got: Floats, want: Tensor) -> float:
    return float(np.abs(got - want.numpy()).max(initial=0.0))
