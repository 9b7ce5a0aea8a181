"""Crops of people in, unit vectors out: pictures of one person point the same way.

Which preprocessing a network file gets is decided by its kind. OpenVINO IR (`.xml`) from the Open
Model Zoo carries its own normalisation, so it gets BGR 0-255 as it is (`raw`). ONNX files and OSNet
checkpoints (`.pth`) come from PyTorch training, so they get RGB with ImageNet's mean and deviation
(`imagenet`). `FILE@raw` or `FILE@imagenet` says otherwise.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from gallery import stripes

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float32]
Forward = Callable[[Pictures], Floats]
"""(N, H, W, 3) uint8 BGR -> (N, D) float32, each row from its own picture alone."""

PREPROCESSING = ("raw", "imagenet")
IMAGENET_MEAN = (123.675, 116.28, 103.53)  # RGB, 0-255
IMAGENET_STD = (58.395, 57.12, 57.375)
_CHUNK = 32  # crops held at network size at once


class EncoderError(ValueError):
    """An encoder is unknown, or its file is missing, broken or of another kind of network."""


class Encoder(Protocol):
    """Anything that turns crops into vectors.

    name: for the receipt. dim: length of a vector. fingerprint: changes when the vectors would.
    """

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...

    def encode(self, crops: Sequence[Pictures]) -> Floats:
        """N crops, (h, w, 3) uint8 BGR of any size -> (N, dim) unit rows; NaN for an empty crop.

        A crop's row does not depend on the crops beside it.
        """
        ...


@dataclass(frozen=True, eq=False)
class CropEncoder:
    """Resize, describe, normalise. size: (height, width) in pixels that `forward` expects."""

    name: str
    dim: int
    fingerprint: str
    size: tuple[int, int]
    forward: Forward

    def encode(self, crops: Sequence[Pictures]) -> Floats:
        rows = np.full((len(crops), self.dim), np.nan, np.float32)
        seen = [i for i, crop in enumerate(crops) if crop.size]
        for start in range(0, len(seen), _CHUNK):
            chunk = seen[start : start + _CHUNK]
            rows[chunk] = self.forward(np.stack([self._fit(crops[i]) for i in chunk]))
        length = np.sqrt((rows**2).sum(1, keepdims=True))
        length[length == 0] = np.nan
        unit: Floats = (rows / length).astype(np.float32, copy=False)
        return unit

    def _fit(self, crop: Pictures) -> Pictures:
        height, width = self.size
        shrinks = crop.shape[0] > height or crop.shape[1] > width
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return cv2.resize(crop, (width, height), interpolation=how).astype(np.uint8, copy=False)


def load_encoder(spec: str, device: str = "cpu") -> Encoder:
    """The encoder that `spec` names: `stripes`, or a network file (`.xml`, `.onnx`, `.pth`).

    device: torch's name of a device for `.pth`; the others always run on the CPU.
    Raises EncoderError.
    """
    name, preprocessing = _parts(spec)
    if name in ENCODERS and not name.startswith("."):
        return ENCODERS[name](Path(name), preprocessing, device)
    path = _network_file(spec, name)
    return ENCODERS[path.suffix.lower()](path, preprocessing, device)


def identify(spec: str) -> tuple[str, str]:
    """Name and fingerprint of the encoder that `load_encoder` would open, without opening it.

    Raises EncoderError.
    """
    name, preprocessing = _parts(spec)
    if name == "stripes":
        return name, stripes.VERSION
    path = _network_file(spec, name)
    ir = path.suffix.lower() == ".xml"
    files = (path, path.with_suffix(".bin")) if ir else (path,)
    try:
        return path.stem, _fingerprint(preprocessing or ("raw" if ir else "imagenet"), *files)
    except OSError as error:
        raise EncoderError(f"encoder {path}: cannot be read ({error.strerror})") from error


def _parts(spec: str) -> tuple[str, str]:
    """Name or file, and preprocessing or ""."""
    name, at, preprocessing = spec.rpartition("@")
    return (name, preprocessing) if at and preprocessing in PREPROCESSING else (spec, "")


def _network_file(spec: str, name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() not in ENCODERS:
        raise EncoderError(
            f"encoder {spec}: not known; use one of {', '.join(k for k in ENCODERS if k[0] != '.')}"
            f" or a network file ({', '.join(k for k in ENCODERS if k[0] == '.')})"
        )
    if not path.is_file():
        raise EncoderError(f"encoder {path}: no such file; check the path given to --encoder")
    return path


def _stripes(_path: Path, _preprocessing: str, _device: str) -> CropEncoder:
    return CropEncoder("stripes", stripes.DIM, stripes.VERSION, stripes.SIZE, stripes.describe)


def _fingerprint(preprocessing: str, *files: Path) -> str:
    digest = hashlib.sha256(preprocessing.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _openvino(path: Path, preprocessing: str, _device: str) -> CropEncoder:
    import openvino

    weights = path.with_suffix(".bin")
    if path.suffix.lower() == ".xml" and not weights.is_file():
        raise EncoderError(f"encoder {path}: its weights {weights.name} must lie beside it")
    _check_kind(path)
    preprocessing = preprocessing or ("raw" if path.suffix.lower() == ".xml" else "imagenet")
    core = openvino.Core()
    try:
        model = core.read_model(path)
        channels_first, size = _input_layout(model, path)
        model = _with_preprocessing(model, preprocessing == "imagenet", channels_first, size)
        dim = _vector_length(model, path)
        # One crop per request and one thread per stream: a crop's vector is the same to the last
        # bit whatever its company and the machine's load, and it was no slower than batches.
        threads = os.cpu_count() or 1
        compiled = core.compile_model(
            model,
            "CPU",
            {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads}
            | {"INFERENCE_PRECISION_HINT": "f32"},
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1][:160]
        raise EncoderError(f"encoder {path}: OpenVINO cannot read it ({reason})") from error
    files = (path, weights) if path.suffix.lower() == ".xml" else (path,)
    forward = _queue(openvino.AsyncInferQueue(compiled), dim)
    return CropEncoder(path.stem, dim, _fingerprint(preprocessing, *files), size, forward)


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


def _torch(path: Path, preprocessing: str, device: str) -> CropEncoder:
    import pickle

    import torch

    from gallery.osnet import WrongStateError, build_osnet

    preprocessing = preprocessing or "imagenet"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about pickles
            state = torch.load(path, map_location="cpu", weights_only=True)
        net = build_osnet(state).to(device)
    except WrongStateError as error:
        raise EncoderError(f"encoder {path}: {error}; only OSNet is read from .pth") from error
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError) as error:
        reason = (str(error).strip().splitlines() or ["empty"])[0][:160]
        raise EncoderError(f"encoder {path}: torch cannot load it safely ({reason})") from error
    mean = torch.tensor(IMAGENET_MEAN, device=device).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD, device=device).view(1, 3, 1, 1)

    def forward(pictures: Pictures) -> Floats:
        with torch.inference_mode():
            x = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float()
            if preprocessing == "imagenet":
                x = (x.flip(1) - mean) / std
            rows: Floats = net(x).cpu().numpy()
            return rows

    return CropEncoder(path.stem, net.dim, _fingerprint(preprocessing, path), (256, 128), forward)


ENCODERS: dict[str, Callable[[Path, str, str], CropEncoder]] = {
    "stripes": _stripes,
    ".xml": _openvino,
    ".onnx": _openvino,
    ".pth": _torch,
}
"""By name, or by the ending of a network file: (path, preprocessing, device) -> encoder."""
