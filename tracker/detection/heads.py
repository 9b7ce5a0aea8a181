"""What the raw outputs of detection networks mean: which kind of head it is, and its people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tracker.detection.network import MAX_PEOPLE
from tracker.inference.ultralytics import DetectorError, import_ultralytics
from tracker.types import Detections

if TYPE_CHECKING:
    import torch

_STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to keep.

    classes: numbers of the classes that are people, of `class_count`.
    score_min, nms_iou: as in `DetectSettings`.
    """

    classes: Sequence[int]
    class_count: int
    score_min: float
    nms_iou: float


Head = Callable[["torch.Tensor", tuple[int, int], Wanted], "torch.Tensor"]
"""Raw output (B, ...) and the input's (width, height) to what `non_max_suppression` takes."""


def recognise(output: torch.Tensor, size: tuple[int, int], class_count: int | None) -> str:
    """The key in HEADS of a network with that output for an input of `size` (width, height).

    class_count: None where the model does not say. Raises DetectorError for no known shape.
    """
    _, rows, columns = output.shape if output.ndim == 3 else (0, 0, 0)
    if rows == _places(size) and rows > columns > 5 and class_count in (None, columns - 5):
        return "yolox"
    if 4 + (class_count or 1) <= rows < columns:
        return "yolo"
    if rows > columns >= 6:
        # RT-DETR gives shares of the picture, the others pixels of the input
        shares = float(output[..., :4].max()) <= 2.0
        numbered = columns == 6 and bool((output[..., 5] % 1 == 0).all())
        if shares and not numbered and class_count in (None, columns - 4):
            return "rtdetr_scores"
        return "rtdetr" if shares else "end2end"
    raise DetectorError(
        f"its output has shape {tuple(output.shape)}, which is no known detection head; use a "
        "YOLOv8 or later, RT-DETR or YOLOX detection model"
    )


def class_count_of(shape: Sequence[int], size: tuple[int, int]) -> int:
    """How many classes an output has whose model does not say."""
    _, rows, columns = shape
    if rows == _places(size):
        return columns - 5
    return (columns if rows > columns else rows) - 4


def people(
    output: torch.Tensor, head: str, size: tuple[int, int], wanted: Wanted
) -> list[Detections]:
    """People in each picture of a batch, in pixels of the network's input.

    The suppression is Ultralytics' own, over all classes of people at once: a goalkeeper is not
    a player too.
    """
    suppress = import_ultralytics("ultralytics.utils.nms").non_max_suppression
    found = suppress(
        HEADS[head](output, size, wanted),
        conf_thres=wanted.score_min,
        iou_thres=wanted.nms_iou,
        classes=list(wanted.classes),
        agnostic=True,
        max_det=MAX_PEOPLE,
        max_time_img=1e9,  # a slow machine must not find fewer people
        nc=wanted.class_count,
        end2end=head in _END_TO_END,
    )
    arrays = [f.detach().cpu().numpy().astype(np.float32) for f in found]
    return [Detections(a[:, :4], a[:, 4]) for a in arrays]


def _yolo(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """YOLOv8 and later, (B, 4 + classes + extra, N): centre, size, scores."""
    return output


def _end2end(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """YOLO26 and YOLOv10, (B, 300, 6 + extra): corners, score, class; duplicates are gone."""
    return output[..., :6]


def _rtdetr(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """RT-DETR, (B, 300, 6): centre and size as shares of the input, score, class."""
    import torch

    sides = output.new_tensor(size)
    centre, half = output[..., :2] * sides, output[..., 2:4] * sides / 2
    return torch.cat([centre - half, centre + half, output[..., 4:6]], dim=-1)


def _rtdetr_scores(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """RT-DETR as exported before Ultralytics 8.4, (B, 300, 4 + classes)."""
    import torch

    best, number = output[..., 4:].max(dim=-1, keepdim=True)
    return _rtdetr(torch.cat([output[..., :4], best, number.to(best)], dim=-1), size, wanted)


def _yolox(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """YOLOX, (B, N, 5 + classes): offsets in cells, log sizes, objectness, scores.

    Ge et al.: YOLOX: Exceeding YOLO Series in 2021, arXiv 2107.08430.
    """
    import torch

    cells, strides = [], []
    for stride in _STRIDES:
        y, x = np.mgrid[: size[1] // stride, : size[0] // stride]
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((y.size, 1), stride))
    cell, stride_of = (output.new_tensor(np.concatenate(a)) for a in (cells, strides))
    centre = (output[..., :2] + cell) * stride_of
    sides = output[..., 2:4].exp() * stride_of
    scores = output[..., 5:] * output[..., 4:5]
    return torch.cat([centre, sides, scores], dim=-1).transpose(1, 2)


def _places(size: tuple[int, int]) -> int:
    """Cells of a three-level grid over an input of (width, height)."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in _STRIDES)


HEADS: dict[str, Head] = {
    "yolo": _yolo,
    "end2end": _end2end,
    "rtdetr": _rtdetr,
    "rtdetr_scores": _rtdetr_scores,
    "yolox": _yolox,
}
_END_TO_END = {"end2end", "rtdetr", "rtdetr_scores"}
