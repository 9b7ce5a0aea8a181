"""Crops of people in, unit vectors out: pictures of one person point the same way.

Which preprocessing a network file gets is decided by its kind. OpenVINO IR (`.xml`) from the Open
Model Zoo carries its own normalisation, so it gets BGR 0-255 as it is (`raw`). ONNX files and OSNet
checkpoints (`.pth`) come from PyTorch training, so they get RGB with ImageNet's mean and deviation
(`imagenet`). `FILE@raw` or `FILE@imagenet` says otherwise.

All of them are run by OpenVINO on a CPU, `.pth` too; `FILE.pth@torch` asks for torch. A name of
`gallery.weights.table` stands for its file in the cache; nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gallery.reid import color_stripes
from gallery.reid.base import _TORCH, CropEncoder, Encoder, EncoderError, fingerprint
from gallery.weights.cached import WeightsError, by_hand, find
from gallery.weights.table import Weights, known

PREPROCESSING = ("raw", "imagenet")
_CHECKPOINTS = (".pth", ".safetensors")


def load_encoder(spec: str, device: str = "cpu") -> Encoder:
    """The encoder that `spec` names: `stripes`, a network file (`.xml`, `.onnx`, `.pth`,
    `.safetensors`), or a name of the table of weights.

    device: torch's name of a device for `.pth`; the others always run on the CPU.
    Raises EncoderError.
    """
    parsed = _parse(spec)
    if _has_a_name(parsed):
        if spec != parsed.name:
            raise EncoderError(f"encoder {spec}: {parsed.name} is no network; leave the @ away")
        return ENCODERS[parsed.name](Path(parsed.name), parsed.preprocessing, device)
    path = _network_file(spec, parsed)
    if parsed.by_torch:
        from gallery.reid.osnet_checkpoint import by_torch

        return by_torch(path, parsed.preprocessing, device, explicit=True)
    return ENCODERS[path.suffix.lower()](path, parsed.preprocessing, device)


def identify(spec: str) -> tuple[str, str]:
    """Name and fingerprint of the encoder that `load_encoder` would open, without opening it.

    Raises EncoderError.
    """
    parsed = _parse(spec)
    if _has_a_name(parsed):  # and no file, so that opening it costs nothing
        return parsed.name, ENCODERS[parsed.name](Path(parsed.name), "", "cpu").fingerprint
    path = _network_file(spec, parsed)
    try:
        return path.stem, fingerprint(path, parsed.preprocessing, parsed.by_torch)
    except OSError as error:
        raise EncoderError(f"encoder {path}: cannot be read ({error.strerror})") from error


@dataclass(frozen=True, slots=True)
class _EncoderSpec:
    """A spec in its parts. name: or file. preprocessing: "" for that of the kind of file."""

    name: str
    preprocessing: str = ""
    by_torch: bool = False


def _parse(spec: str) -> _EncoderSpec:
    parsed = _EncoderSpec(spec)
    while (parts := parsed.name.rpartition("@"))[0] and parts[2] in (*PREPROCESSING, _TORCH):
        how = {"by_torch": True} if parts[2] == _TORCH else {"preprocessing": parts[2]}
        parsed = replace(parsed, name=parts[0], **how)
    weights = known(parsed.name)
    if weights is None or weights.purpose != "encoder":
        return parsed
    return replace(parsed, name=str(_at_hand(weights)))


def _at_hand(weights: Weights) -> Path:
    try:
        found = find(weights)
    except WeightsError as error:
        raise EncoderError(f"encoder {error}") from error
    if found is None:
        raise EncoderError(
            f"encoder {weights.name}: not at hand; teamsheet weights get {weights.name}; "
            f"{by_hand(weights)}"
        )
    return found


def _has_a_name(parsed: _EncoderSpec) -> bool:
    """Of its own, and is not the file of a network."""
    return parsed.name in ENCODERS and not parsed.name.startswith(".")


def _network_file(spec: str, parsed: _EncoderSpec) -> Path:
    path = Path(parsed.name)
    if path.suffix.lower() not in ENCODERS:
        raise EncoderError(
            f"encoder {spec}: not known; use one of {', '.join(k for k in ENCODERS if k[0] != '.')}"
            f" or a network file ({', '.join(k for k in ENCODERS if k[0] == '.')})"
        )
    if not path.is_file():
        raise EncoderError(f"encoder {path}: no such file; check the path given to --encoder")
    if parsed.by_torch and path.suffix.lower() not in _CHECKPOINTS:
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
    ".safetensors": _checkpoint,
}
"""By name, or by the ending of a network file: (path, preprocessing, device) -> encoder."""
