"""The loop in which a network of Ultralytics learns, with Ultralytics' own loss.

Ultralytics' trainer is not used: it needs a torchvision that can be imported.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.inference.ultralytics import import_ultralytics

_DECAY, _MAX_GRADIENT = 5e-4, 10.0
_WARM_UP = 0.05
"""Share of the time in which the rate rises."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of learning: the first after a short rise, then half a cosine down to the last."""

    first: float
    last: float

    def at(self, done: float) -> float:
        """done: share of the time."""
        falling = self.last + (self.first - self.last) * (1 + math.cos(math.pi * done)) / 2
        return falling * min(1.0, 0.05 + done / _WARM_UP)


def average_of(model: Any, decay: float, over_steps: float) -> Any:
    """Ultralytics' moving average of the weights; `.ema` is the model to keep."""
    utils = import_ultralytics("ultralytics.utils.torch_utils")
    return utils.ModelEMA(model, decay=decay, tau=over_steps)


def fit(
    model: Any,
    average: Any,
    batch: Callable[[], tuple[dict[str, Any], int]],
    done: Callable[[int], float],
    rates: Rates,
) -> Iterator[float]:
    """Learn step by step; gives the loss per picture of each.

    model: a DetectionModel in training mode; what needs no gradient stays as it is. batch: what the
    loss takes, and of how many pictures. done: the share of the time that is over before a step, by
    its number from 0; 1 ends it.
    """
    import torch

    learning = [p for p in model.parameters() if p.requires_grad]
    chosen = torch.optim.AdamW(_groups(learning), lr=rates.first, betas=(0.9, 0.999))
    step = 0
    while (share := done(step)) < 1:
        for group in chosen.param_groups:
            group["lr"] = rates.at(share)
        inputs, count = batch()
        loss = model(inputs)[0].sum()
        chosen.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, _MAX_GRADIENT)
        chosen.step()
        average.update(model)
        step += 1
        yield float(loss.detach()) / count


def _groups(learning: list[Any]) -> list[dict[str, Any]]:
    """Weights with decay, norms and biases without."""
    weights = [p for p in learning if p.ndim > 1]
    others = [p for p in learning if p.ndim <= 1]
    return [{"params": weights, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}]


def save_model(model: Any, out: Path) -> None:
    """A checkpoint that YOLO(...), AutoBackend and `teamsheet track --detector` open."""
    import torch

    kept = copy.deepcopy(model).eval().float()
    kept.args, kept.criterion = dict(vars(model.args)), None
    for weight in kept.parameters():
        weight.requires_grad = False
    torch.save({"model": kept, "train_args": kept.args, "epoch": -1}, out)
