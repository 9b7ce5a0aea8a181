"""What the raw outputs of detection networks mean: which kind of head it is, and its people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tracker.boxes import iou
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
    score_min, nms_iou: as in `DetectSettings`. with_scores: whether the score of each of them is
    given too.
    """

    classes: Sequence[int]
    class_count: int
    score_min: float
    nms_iou: float
    with_scores: bool = False


Head = Callable[["torch.Tensor", tuple[int, int], Wanted], "torch.Tensor"]
"""Raw output (B, ...) and the input's (width, height) to what `non_max_suppression` takes.

Where people are told apart, the scores of their classes stand behind all else: of heads in
`_END_TO_END` as columns, of the others as rows. The suppression passes them on as they are.
"""


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
    a player too, nor is one body two players. `Detections.classes` are the scores that the network
    gave the box that is kept, in the order of `wanted.classes`. End-to-end heads do without, but
    for boxes of different classes.
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
    columns = len(wanted.classes) if wanted.with_scores else 0
    if not columns:
        return [Detections(a[:, :4], a[:, 4]) for a in arrays]
    classed = [Detections(a[:, :4], a[:, 4], a[:, -columns:].clip(0, 1)) for a in arrays]
    if head in _END_TO_END:
        return [_one_body_each(every, wanted.nms_iou) for every in classed]
    return classed


def _one_body_each(found: Detections, nms_iou: float) -> Detections:
    """Of boxes with different best classes that overlap more than that, the best one.

    An end-to-end head gives the best of all boxes and classes, so that one box may come twice, as
    two players. The box that is kept has the better score of each class. Two of one class are two
    people: that is what the head was trained for.
    """
    assert found.classes is not None
    boxes, classes = found.boxes.astype(np.float64), found.classes.copy()
    best = classes.argmax(axis=1)
    rivals = (iou(boxes, boxes) > nms_iou) & (best[:, None] != best)
    kept: list[int] = []
    for i in np.argsort(-found.scores, kind="stable").tolist():
        better = [k for k in kept if rivals[i, k]]
        if better:
            classes[better[0]] = np.maximum(classes[better[0]], classes[i])
        else:
            kept.append(i)
    return Detections(found.boxes[kept], found.scores[kept], classes[kept])


def _yolo(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """YOLOv8 and later, (B, 4 + classes + extra, N): centre, size, scores."""
    import torch

    if not wanted.with_scores:
        return output
    scores = output[:, [4 + number for number in wanted.classes]]
    return torch.cat([output[:, : 4 + wanted.class_count], scores], dim=1)


def _end2end(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """YOLO26 and YOLOv10, (B, 300, 6 + extra): corners, score, class; duplicates are gone.

    Of the classes only the best one is known: the others have the score 0.
    """
    import torch

    if not wanted.with_scores:
        return output[..., :6]
    classes = output.new_tensor(wanted.classes)
    scores = output[..., 4:5] * (output[..., 5:6] == classes)
    return torch.cat([output[..., :6], scores], dim=-1)


def _rtdetr(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """RT-DETR, (B, 300, 6): centre and size as shares of the input, score, class."""
    import torch

    sides = output.new_tensor(size)
    centre, half = output[..., :2] * sides, output[..., 2:4] * sides / 2
    corners = torch.cat([centre - half, centre + half, output[..., 4:6]], dim=-1)
    return _end2end(corners, size, wanted)


def _rtdetr_scores(output: torch.Tensor, size: tuple[int, int], wanted: Wanted) -> torch.Tensor:
    """RT-DETR as exported before Ultralytics 8.4, (B, 300, 4 + classes)."""
    import torch

    best, number = output[..., 4:].max(dim=-1, keepdim=True)
    rows = torch.cat([output[..., :4], best, number.to(best)], dim=-1)
    corners = _rtdetr(rows, size, replace(wanted, with_scores=False))
    if not wanted.with_scores:
        return corners
    return torch.cat([corners, output[..., [4 + n for n in wanted.classes]]], dim=-1)


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
    return _yolo(torch.cat([centre, sides, scores], dim=-1).transpose(1, 2), size, wanted)


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
