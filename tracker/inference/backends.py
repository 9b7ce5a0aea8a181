"""Weight files made to run: Ultralytics' AutoBackend, and OpenVINO for ONNX.

Ultralytics models go through `AutoBackend`, never through `YOLO(...).predict()`, which imports
torchvision. ONNX and bare OpenVINO files need no second runtime beside OpenVINO.
"""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gallery.reid.model_cache import import_openvino
from gallery.reid.time_limit import PatienceError, check_size, within
from tracker.inference.ultralytics import DetectorError, first_line, import_ultralytics

if TYPE_CHECKING:
    import torch

_RUNTIMES = {"pt": "torch", "engine": "tensorrt"}  # by Ultralytics' names of formats
_HINT = "check the file, or use --detector efficientdet-lite0"


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded network, whatever runs it.

    run: (B, 3, H, W) float32 to its first raw output. names: class names by number, empty where
    unknown. size: (width, height) of a fixed input, None where it is free. stride: sides of a
    free input are multiples of it. batches: more than one picture per call gains time. runtime:
    what runs it, for the receipt.
    """

    run: Callable[[NDArray[np.float32]], torch.Tensor]
    names: dict[int, str]
    size: tuple[int, int] | None
    stride: int = 32
    batches: bool = False
    runtime: str = "openvino"


def open_ultralytics(path: Path, device: str) -> Model:
    """A .pt or .engine file or an OpenVINO folder of Ultralytics. Raises DetectorError."""
    import torch

    backend = load_ultralytics(path, device)
    free = backend.format == "pt" or backend.dynamic

    def run(inputs: NDArray[np.float32]) -> torch.Tensor:
        with torch.inference_mode():
            return first_output(backend(torch.from_numpy(inputs).to(backend.device))).float()

    size = None if free else (int(backend.imgsz[1]), int(backend.imgsz[0]))
    stride = max(32, int(backend.stride))
    batches = backend.format == "pt" and device != "cpu"
    runtime = _RUNTIMES.get(backend.format, backend.format)
    return Model(run, dict(backend.names), size, stride, batches=batches, runtime=runtime)


def load_ultralytics(path: Path, device: str) -> Any:
    """Ultralytics' AutoBackend for a file.

    A .pt file is a pickle, which could run any code when read. It is read with
    `torch.load(weights_only=True)` and Ultralytics' list of known layers; other files are refused.
    Raises DetectorError.
    """
    import torch

    check_readable(path, device)
    if path.is_dir():
        import_openvino()  # before Ultralytics does it in its way
    auto_backend = _autobackend()
    on_gpu = device.startswith("cuda")  # where half precision is twice as fast
    where: Any = device if device.startswith("intel") else _torch_device(device)
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about pickles
            backend = auto_backend(str(path), device=where, fp16=on_gpu, fuse=True, verbose=False)
    except ImportError as error:
        raise DetectorError(f"{path}: needs more software ({first_line(error)})") from error
    except Exception as error:  # every backend has errors of its own, few of them speak to users
        raise DetectorError(f"{path}: damaged, or no Ultralytics model; {_HINT}") from error
    backend.eval()
    if backend.task not in (None, "detect", "segment", "pose"):
        raise DetectorError(f"{path}: a model to {backend.task}, not to detect; {_HINT}")
    return backend


def read_checkpoint(path: Path) -> Any:
    """The network of a .pt file as it was trained, its layers not yet fused, read as safely as by
    `load_ultralytics`. Raises DetectorError."""
    check_readable(path, "cpu")
    tasks = _safe_tasks()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model, _ = tasks.load_checkpoint(str(path))
    except Exception as error:
        raise DetectorError(f"{path}: damaged, or no Ultralytics model; {_HINT}") from error
    return model


def check_readable(path: Path, device: str) -> None:
    """Raise DetectorError where Ultralytics would fail in a way nobody understands."""
    if "'" in str(path):  # it drops apostrophes from paths, then looks for the file on its hub
        raise DetectorError(f"{path}: Ultralytics reads no path with an apostrophe; move the file")
    if path.suffix.lower() == ".engine" and not device.startswith("cuda"):
        raise DetectorError(f"{path}: a TensorRT engine runs on an NVIDIA GPU; use --device cuda")


def open_openvino(path: Path, image_size_px: int) -> Model:
    """An ONNX file or OpenVINO's own .xml, on the CPU. Raises DetectorError.

    image_size_px: side of the input where the file leaves it free.
    """
    import torch

    with path.open("rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] != (b"<" if path.suffix.lower() == ".xml" else b"\x08"):
        raise DetectorError(f"{path}: damaged, or no {path.suffix} network; {_HINT}")
    try:
        core = import_openvino().Core()
        network = within(str(path), lambda: core.read_model(str(path)))
        free = -(-image_size_px // 32) * 32
        _, _, *sides = network.input().partial_shape
        height, width = (side.get_length() if side.is_static else free for side in sides)
        network.reshape({network.input(): [1, 3, height, width]})
        check_size(network, str(path))
        how = {"PERFORMANCE_HINT": "LATENCY"}
        compiled = within(str(path), lambda: core.compile_model(network, "CPU", how))
    except PatienceError:
        raise
    except (RuntimeError, ValueError) as error:
        raise DetectorError(
            f"{path}: damaged, or no detection model that OpenVINO can read; {_HINT}"
        ) from error

    def run(inputs: NDArray[np.float32]) -> torch.Tensor:
        return torch.from_numpy(within(str(path), lambda: np.array(compiled([inputs])[0])))

    return Model(run, _names(network), (width, height))


def _names(network: Any) -> dict[int, str]:
    """Class names as Ultralytics writes them into an ONNX file, {} where there are none."""
    where = ["framework", "names"]
    if not network.has_rt_info(where):
        return {}
    with contextlib.suppress(ValueError, SyntaxError, AttributeError):
        names = ast.literal_eval(network.get_rt_info(where).value)
        return {int(number): str(name) for number, name in names.items()}
    return {}


def first_output(output: Any) -> torch.Tensor:
    """The detections of a model that gives masks or training output beside them."""
    while isinstance(output, list | tuple):
        output = output[0]
    found: torch.Tensor = output
    return found


def _torch_device(device: str) -> torch.device:
    import torch

    try:
        chosen = torch.device(device)
        torch.zeros(1, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise DetectorError(
            f"device {device} cannot be used ({first_line(error)}); use --device cpu"
        ) from error
    return chosen


def _autobackend() -> Any:
    """AutoBackend, that reads no pickle but as plain weights of known layers."""
    _safe_tasks()
    return import_ultralytics("ultralytics.nn.autobackend").AutoBackend


def _safe_tasks() -> Any:
    """Ultralytics' module of networks, told to read pickles as plain weights of known layers.

    Raises DetectorError where the installed versions cannot do that.
    """
    tasks = import_ultralytics("ultralytics.nn.tasks")
    if not getattr(getattr(tasks, "_SafeLoad", None), "SUPPORTED", False):
        raise DetectorError(
            "the installed ultralytics or torch cannot read a .pt file safely; "
            "pip install -U 'ultralytics>=8.4.190' 'torch>=2.6'"
        )
    tasks.SAFE_LOAD = True
    return tasks
