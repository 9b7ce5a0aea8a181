"""A user's own Ultralytics detector learns a match: a few careful steps on labels of tracks.

The backbone stays as it is, and so do the statistics of all norms: a match is one scene, from which
nothing general can be learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from tracker.inference.backends import read_checkpoint
from tracker.inference.ultralytics import DetectorError, import_ultralytics
from tracker.training.labelled_pictures import PAD, Labelled, batch_of, cut_off
from tracker.training.pseudo_labels import FrameLabels
from tracker.training.yolo_loop import Rates, average_of, fit, save_model
from tracker.types import Image

MEASURED_STEPS = 5
"""After so many it is known how long the rest takes."""
_RATES = Rates(first=5e-4, last=5e-6)
_SPARE = 1.3
"""A picture is kept so much larger than the network sees it, for views from nearer."""


@dataclass(frozen=True, slots=True)
class FineTuning:
    """How much is learned: steps of so many pictures. long_side: the network's input, pixels."""

    steps: int = 150
    batch: int = 4
    rates: Rates = _RATES
    long_side: int = 640
    seed: int = 0


def trainable(path: Path) -> Any:
    """The network of a .pt file, ready to learn. Raises DetectorError where it cannot."""
    tasks = import_ultralytics("ultralytics.nn.tasks")
    model = read_checkpoint(path)
    if type(model) is not tasks.DetectionModel:
        raise DetectorError(
            f"{path}: --adapt teaches Ultralytics' YOLO networks that detect, not a "
            f"{type(model).__name__}; leave out --adapt"
        )
    return model


def taught(picture: Image, labels: FrameLabels, tile: Sequence[int], side: int) -> Labelled:
    """What is learned from a tile (x1 y1 x2 y2, pixels) of a frame.

    side: the longer one of the network's input. Who may be there is painted over, so that nothing
    is learned of them; what no track took is background. classes are those of `labels`.
    """
    pixels: np.ndarray = picture.copy()
    for x1, y1, x2, y2 in _pixels(labels.perhaps):
        pixels[y1:y2, x1:x2] = PAD
    for x1, y1, x2, y2 in _pixels(labels.boxes) if len(labels.perhaps) else ():
        pixels[y1:y2, x1:x2] = picture[y1:y2, x1:x2]
    left, top, right, bottom = tile
    pixels = pixels[top:bottom, left:right]
    size = right - left, bottom - top
    boxes = labels.boxes - np.tile([left, top], 2)
    inside, kept = cut_off(boxes, size)
    cut = ~kept & (inside[:, 2:] > inside[:, :2]).all(axis=1)
    for x1, y1, x2, y2 in _pixels(inside[cut]):
        pixels[y1:y2, x1:x2] = PAD
    scale = min(1.0, _SPARE * side / max(size))
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    shares = inside[kept] / np.tile(size, 2)
    return Labelled(np.ascontiguousarray(pixels), labels.classes[kept], shares)


def _pixels(boxes: np.ndarray) -> list[list[int]]:
    """Corners in whole pixels, none before the picture."""
    found: list[list[int]] = np.maximum(boxes.round(), 0).astype(int).tolist()
    return found


def fine_tune(
    model: Any,
    pictures: Sequence[Labelled],
    plan: FineTuning,
    device: str,
    progress: Callable[[int, int], None],
    say_minutes: Callable[[float], None],
) -> Any:
    """The network with what it has learned; the same bytes for the same input and machine.

    pictures: of one size, classes are numbers of the network. progress: steps done, of how many.
    say_minutes: told once how long all takes, as the first steps show. Raises DetectorError where
    learning leads nowhere.
    """
    import torch

    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    model.args = import_ultralytics("ultralytics.cfg").get_cfg()
    model.to(device=device, memory_format=torch.channels_last)
    _freeze(model)
    average = average_of(model, decay=0.99, over_steps=plan.steps / 10)

    def batch() -> tuple[dict[str, Any], int]:
        picked = rng.choice(len(pictures), min(plan.batch, len(pictures)), replace=False)
        inputs = batch_of([pictures[i] for i in picked], plan.long_side, rng)
        return {name: tensor.to(device) for name, tensor in inputs.items()}, len(picked)

    begun = perf_counter()
    losses = fit(model, average, batch, lambda step: step / plan.steps, plan.rates)
    for step, loss in enumerate(losses, start=1):
        if not np.isfinite(loss):
            raise DetectorError("learning led nowhere (the loss is no number); leave out --adapt")
        if step == min(MEASURED_STEPS, plan.steps):
            say_minutes((perf_counter() - begun) / step * plan.steps / 60)
        progress(step, plan.steps)
    average.ema.args = model.args
    return average.ema.to("cpu")


def _freeze(model: Any) -> None:
    """Only neck and head learn; norms keep their statistics."""
    import torch

    behind = len(model.yaml["backbone"])
    model.train()
    for number, layer in enumerate(model.model):
        for name, weight in layer.named_parameters():
            weight.requires_grad = number >= behind and ".dfl" not in f".{name}"
        for part in layer.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.eval()


__all__ = ["FineTuning", "fine_tune", "save_model", "taught", "trainable"]
