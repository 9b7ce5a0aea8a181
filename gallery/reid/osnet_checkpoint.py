"""OSNet checkpoints: run by OpenVINO on a CPU, which takes less than half of torch's time."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gallery.reid.base import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    CropEncoder,
    EncoderError,
    Floats,
    Pictures,
    fingerprint,
)
from gallery.reid.model_cache import Converted, converted, import_openvino, to_openvino
from gallery.reid.openvino import describe_by
from gallery.reid.osnet import OSNet, WrongStateError, build_osnet

SIZE = (256, 128)
TOLERANCE = 1e-4
"""A network whose unit vectors are further from torch's is not used."""


def open_checkpoint(path: Path, preprocessing: str, device: str) -> CropEncoder:
    """A .pth or .safetensors file. preprocessing: "" for `imagenet`. Raises EncoderError."""
    if device != "cpu":
        return by_torch(path, preprocessing, device)
    try:
        kept = converted("osnet", fingerprint(path, "raw"), lambda: _convert(path))
        return describe_by(kept.network, path, preprocessing or "imagenet")
    except EncoderError:
        raise
    except Exception:  # of torch or OpenVINO; the file itself can be read
        return by_torch(path, preprocessing, device)


def by_torch(path: Path, preprocessing: str, device: str, explicit: bool = False) -> CropEncoder:
    """The same, run by torch. explicit: the user wants it so. Raises EncoderError."""
    net = _read(path).to(device)
    mean = torch.tensor(IMAGENET_MEAN, device=device).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD, device=device).view(1, 3, 1, 1)

    def forward(pictures: Pictures) -> Floats:
        with torch.inference_mode():
            x = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float()
            if preprocessing != "raw":
                x = (x.flip(1) - mean) / std
            rows: Floats = net(x).cpu().numpy()
            return rows

    known = fingerprint(path, preprocessing, explicit)
    return CropEncoder(path.stem, net.dim, known, SIZE, forward, runtime="torch")


def _read(path: Path) -> OSNet:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about pickles
            return build_osnet(_state_of(path))
    except WrongStateError as error:
        raise EncoderError(
            f"encoder {path}: {error}; only OSNet is read from {path.suffix}"
        ) from error
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or ["empty"])[0][:160]
        raise EncoderError(f"encoder {path}: torch cannot load it safely ({reason})") from error


def _state_of(path: Path) -> object:
    if path.suffix.lower() == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _convert(path: Path) -> Converted:
    """Raises EncoderError where the file cannot be read, ValueError where the answers differ."""
    openvino, net = import_openvino(), _read(path)
    crop = np.random.default_rng(0).normal(size=(1, 3, *SIZE)).astype(np.float32)
    with torch.inference_mode():
        expected = net(torch.from_numpy(crop)).numpy()
    network = to_openvino(net, torch.zeros(1, 3, *SIZE))
    network.reshape([1, 3, *SIZE])
    compiled = openvino.Core().compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    off = np.abs(compiled([crop])[0] - expected).max() / np.linalg.norm(expected)
    if not off <= TOLERANCE:  # NaN is wrong too
        raise ValueError(f"{path}: off by {off:.1g}")
    return Converted(network, {})
