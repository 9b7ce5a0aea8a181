"""Networks that describe crops, run by OpenVINO on the CPU."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from gallery.reid.base import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    CropEncoder,
    EncoderError,
    Floats,
    Forward,
    Pictures,
    fingerprint,
)
from gallery.reid.model_cache import import_openvino
from gallery.reid.time_limit import check_size, within


def open_network(path: Path, preprocessing: str) -> CropEncoder:
    """An OpenVINO IR or ONNX file. preprocessing: "" for that of its kind. Raises EncoderError."""
    openvino = import_openvino()

    weights = path.with_suffix(".bin")
    if path.suffix.lower() == ".xml" and not weights.is_file():
        raise EncoderError(f"encoder {path}: its weights {weights.name} must lie beside it")
    _check_kind(path)
    how = preprocessing or ("raw" if path.suffix.lower() == ".xml" else "imagenet")
    try:
        model = within(f"encoder {path}", lambda: openvino.Core().read_model(path))
        return describe_by(model, path, how)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1][:160]
        raise EncoderError(f"encoder {path}: OpenVINO cannot read it ({reason})") from error


def describe_by(model: Any, path: Path, preprocessing: str) -> CropEncoder:
    """An encoder by an `openvino.Model` that was made of the file.

    Raises EncoderError where it is no network for crops, RuntimeError where it cannot be compiled.
    """
    openvino = import_openvino()

    what = f"encoder {path}"
    check_size(model, what)
    channels_first, size = _input_layout(model, path)
    model = _with_preprocessing(model, preprocessing == "imagenet", channels_first, size)
    dim = _vector_length(model, path)
    # One crop per request and one thread per stream: a crop's vector is the same to the last
    # bit whatever its company and the machine's load, and it was no slower than batches.
    threads = os.cpu_count() or 1
    how: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads}
    how |= {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = within(what, lambda: openvino.Core().compile_model(model, "CPU", how))
    forward = _queue(openvino.AsyncInferQueue(compiled), dim)

    def in_time(pictures: Pictures) -> Floats:
        return within(what, lambda: forward(pictures))

    return CropEncoder(
        path.stem, dim, fingerprint(path, preprocessing), size, in_time, runtime="openvino"
    )


def _check_kind(path: Path) -> None:
    """OpenVINO tries a file of another kind as TensorFlow's, which talks on stderr."""
    with path.open("rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] != (b"<" if path.suffix.lower() == ".xml" else b"\x08"):
        raise EncoderError(f"encoder {path}: damaged, or no {path.suffix} network; check the file")


def _input_layout(model: Any, path: Path) -> tuple[bool, tuple[int, int]]:
    """Whether channels come before rows, and (height, width) of the input."""
    shapes = [port.get_partial_shape() for port in model.inputs]
    lengths = [d.get_length() if d.is_static else -1 for d in shapes[0]] if len(shapes) == 1 else []
    if len(lengths) == 4 and 3 in (lengths[1], lengths[3]):
        first = lengths[1] == 3
        height, width = lengths[2:] if first else lengths[1:3]
        if height > 0 and width > 0:
            return first, (height, width)
    raise EncoderError(
        f"encoder {path}: expected one input (N, 3, height, width), got "
        f"{', '.join(str(s) for s in shapes)}; is it a person re-identification network?"
    )


def _with_preprocessing(model: Any, imagenet: bool, first: bool, size: tuple[int, int]) -> Any:
    """The model for one (1, H, W, 3) uint8 BGR picture."""
    from openvino import Layout, Type
    from openvino.preprocess import ColorFormat, PrePostProcessor

    model.reshape([1, 3, *size] if first else [1, *size, 3])
    steps = PrePostProcessor(model)
    picture = steps.input()
    tensor = picture.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    tensor.set_color_format(ColorFormat.BGR)
    picture.model().set_layout(Layout("NCHW" if first else "NHWC"))
    as_float = picture.preprocess().convert_element_type(Type.f32)
    if imagenet:
        as_float.convert_color(ColorFormat.RGB).mean([*IMAGENET_MEAN]).scale([*IMAGENET_STD])
    return steps.build()


def _vector_length(model: Any, path: Path) -> int:
    shape = [d.get_length() if d.is_static else -1 for d in model.outputs[0].get_partial_shape()]
    if len(shape) < 2 or shape[0] != 1 or max(shape) != abs(int(np.prod(shape))):
        raise EncoderError(
            f"encoder {path}: gives {shape} for a crop, not one vector; "
            "is it a person re-identification network?"
        )
    return max(shape)


def _queue(queue: Any, dim: int) -> Forward:
    def forward(pictures: Pictures) -> Floats:
        rows = np.empty((len(pictures), dim), np.float32)

        def keep(request: Any, place: int) -> None:
            rows[place] = request.get_output_tensor(0).data.reshape(-1)

        queue.set_callback(keep)
        for place in range(len(pictures)):
            queue.start_async([pictures[place : place + 1]], place)
        queue.wait_all()
        return rows

    return forward
