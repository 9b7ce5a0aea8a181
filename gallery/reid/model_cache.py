"""Networks of torch made into OpenVINO's, which a CPU runs faster; each is made once and kept.

Kept in the user's cache: a folder per network, named by its weights and by the versions that made
it. It holds OpenVINO's own files and a JSON file, no pickle, and may be deleted at any time.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_FORMAT = 1  # raised when other files, or other networks, are made of the same weights
_FILES = ("model.xml", "model.bin")
_ABOUT = "about.json"


_STATISTICS = "openvino_telemetry"


def import_openvino() -> Any:
    """OpenVINO, imported so that nobody is told.

    It sends usage statistics when it is imported and when it converts, unless its package for
    that is missing; so it finds none. Nothing of ours imports it in another way first.
    """
    if "openvino" not in sys.modules:
        hidden = sys.modules.get(_STATISTICS)
        sys.modules[_STATISTICS] = None  # type: ignore[assignment]  # an ImportError
        try:
            importlib.import_module("openvino")
        finally:
            del sys.modules[_STATISTICS]
            if hidden is not None:
                sys.modules[_STATISTICS] = hidden
    return importlib.import_module("openvino")


@dataclass(frozen=True, slots=True)
class Converted:
    """network: an `openvino.Model`. about: what else must be known to run it, by JSON's types."""

    network: Any
    about: dict[str, Any]


def cache_folder() -> Path:
    """What need not be had or made twice: $XDG_CACHE_HOME/teamsheet or ~/.cache/teamsheet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "teamsheet"


def converted(name: str, fingerprint: str, make: Callable[[], Converted]) -> Converted:
    """The network that `make` gives, out of the cache where it lies there whole.

    name, fingerprint: tell it from others, and go into a file name. A damaged one is made anew; a
    cache that cannot be written costs only time. Raises what `make` raises.
    """
    folder = cache_folder() / "converted" / f"{name}-{fingerprint}-{versions()}"
    kept = _read(folder)
    if kept is None:
        fresh = make()
        kept = _keep(fresh, folder) or fresh
    return kept


def to_openvino(net: torch.nn.Module, example: torch.Tensor) -> Any:
    """The `openvino.Model` of a network, traced by one input; float32. Raises a library's error."""
    import torch

    import_openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's: sizes that it takes for constants
        traced: Any = torch.jit.trace(net, example, strict=False, check_trace=False)  # type: ignore[no-untyped-call]
        decoder = TorchScriptPythonDecoder(traced, example_input=example)
    frontend = FrontEndManager().load_by_framework("pytorch")
    return frontend.convert(frontend.load(decoder))


@functools.cache
def versions() -> str:
    """Of all that has a say in what is made."""
    found = {}
    for package in ("openvino", "torch", "ultralytics", "teamsheet"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = ""
    known = hashlib.sha256(json.dumps([_FORMAT, found]).encode()).hexdigest()[:8]
    return f"openvino{found['openvino']}-teamsheet{found['teamsheet']}-{known}"


def _read(folder: Path) -> Converted | None:
    openvino = import_openvino()

    try:
        kept = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if kept["sha256"] != _digest(folder, kept["about"]):
            return None
        return Converted(openvino.Core().read_model(folder / _FILES[0]), kept["about"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def _keep(fresh: Converted, folder: Path) -> Converted | None:
    """Write it under another name, rename it, read it; None where that cannot be done."""
    openvino = import_openvino()

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    except OSError:
        return None
    try:
        openvino.save_model(fresh.network, part / _FILES[0], compress_to_fp16=False)
        about = {"sha256": _digest(part, fresh.about), "about": fresh.about}
        (part / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        if _read(folder) is None:  # else another process was faster
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
    except (OSError, RuntimeError):
        return _read(folder)  # perhaps of a process that was faster
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return _read(folder)


def _digest(folder: Path, about: dict[str, Any]) -> str:
    total = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for file in _FILES:
        total.update((folder / file).read_bytes())
    return total.hexdigest()
