"""Crops of people in, unit vectors out: pictures of one person point the same way.

Which preprocessing a network file gets is decided by its kind. OpenVINO IR (`.xml`) from the Open
Model Zoo carries its own normalisation, so it gets BGR 0-255 as it is (`raw`). ONNX files and OSNet
checkpoints (`.pth`) come from PyTorch training, so they get RGB with ImageNet's mean and deviation
(`imagenet`). `FILE@raw` or `FILE@imagenet` says otherwise.

All of them are run by OpenVINO on a CPU, `.pth` too; `FILE.pth@torch` asks for torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gallery.reid import color_stripes
from gallery.reid.base import _TORCH, CropEncoder, Encoder, EncoderError, fingerprint

PREPROCESSING = ("raw", "imagenet")


def load_encoder(spec: str, device: str = "cpu") -> Encoder:
    """The encoder that `spec` names: `stripes`, or a network file (`.xml`, `.onnx`, `.pth`).

    device: torch's name of a device for `.pth`; the others always run on the CPU.
    Raises EncoderError.
    """
    spec_ = _parse(spec)
    if _has_a_name(spec_):
        if spec != spec_.name:
            raise EncoderError(f"encoder {spec}: {spec_.name} is no network; leave the @ away")
        return ENCODERS[spec_.name](Path(spec_.name), spec_.preprocessing, device)
    path = _network_file(spec, spec_)
    if spec_.by_torch:
        from gallery.reid.osnet_checkpoint import by_torch

        return by_torch(path, spec_.preprocessing, device, explicit=True)
    return ENCODERS[path.suffix.lower()](path, spec_.preprocessing, device)


def identify(spec: str) -> tuple[str, str]:
    """Name and fingerprint of the encoder that `load_encoder` would open, without opening it.

    Raises EncoderError.
    """
    spec_ = _parse(spec)
    if _has_a_name(spec_):  # and no file, so that opening it costs nothing
        return spec_.name, ENCODERS[spec_.name](Path(spec_.name), "", "cpu").fingerprint
    path = _network_file(spec, spec_)
    try:
        return path.stem, fingerprint(path, spec_.preprocessing, spec_.by_torch)
    except OSError as error:
        raise EncoderError(f"encoder {path}: cannot be read ({error.strerror})") from error


@dataclass(frozen=True, slots=True)
class _EncoderSpec:
    """A spec in its parts. name: or file. preprocessing: "" for that of the kind of file."""

    name: str
    preprocessing: str = ""
    by_torch: bool = False


def _parse(spec: str) -> _EncoderSpec:
    spec_ = _EncoderSpec(spec)
    while (parts := spec_.name.rpartition("@"))[0] and parts[2] in (*PREPROCESSING, _TORCH):
        how = {"by_torch": True} if parts[2] == _TORCH else {"preprocessing": parts[2]}
        spec_ = replace(spec_, name=parts[0], **how)
    return spec_


def _has_a_name(spec_: _EncoderSpec) -> bool:
    """Of its own, and is not the file of a network."""
    return spec_.name in ENCODERS and not spec_.name.startswith(".")


def _network_file(spec: str, spec_: _EncoderSpec) -> Path:
    path = Path(spec_.name)
    if path.suffix.lower() not in ENCODERS:
        raise EncoderError(
            f"encoder {spec}: not known; use one of {', '.join(k for k in ENCODERS if k[0] != '.')}"
            f" or a network file ({', '.join(k for k in ENCODERS if k[0] == '.')})"
        )
    if not path.is_file():
        raise EncoderError(f"encoder {path}: no such file; check the path given to --encoder")
    if spec_.by_torch and path.suffix.lower() != ".pth":
        raise EncoderError(f"encoder {spec}: torch runs .pth files only; leave out @{_TORCH}")
    return path


def _stripes(_path: Path, _preprocessing: str, _device: str) -> CropEncoder:
    return CropEncoder(
        "stripes",
        color_stripes.DIM,
        color_stripes.VERSION,
        color_stripes.SIZE,
        color_stripes.describe,
    )


def _network(path: Path, preprocessing: str, _device: str) -> CropEncoder:
    from gallery.reid.openvino import open_network

    return open_network(path, preprocessing)


def _checkpoint(path: Path, preprocessing: str, device: str) -> CropEncoder:
    from gallery.reid.osnet_checkpoint import open_checkpoint

    return open_checkpoint(path, preprocessing, device)


ENCODERS: dict[str, Callable[[Path, str, str], CropEncoder]] = {
    "stripes": _stripes,
    ".xml": _network,
    ".onnx": _network,
    ".pth": _checkpoint,
}
"""By name, or by the ending of a network file: (path, preprocessing, device) -> encoder."""
