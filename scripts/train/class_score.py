"""How many people a model with classes finds, and how many of them it calls by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from labelled_sets import LabelledFile, read_pixels
from scipy.optimize import linear_sum_assignment

from tracker.boxes import iou
from tracker.detection.network import letterboxed
from tracker.inference.ultralytics import import_ultralytics
from tracker.training.labelled_pictures import canvas_size

SCORE_MIN, NMS_IOU, MATCH_IOU = 0.25, 0.6, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class ClassScore:
    """boxes: true ones; found: matched at IoU .5; right: of these with their own class; extra:
    boxes of nobody. confused: (true name, given name) and how often."""

    pictures: int
    boxes: int
    found: int
    right: int
    extra: int
    confused: Counter[tuple[str, str]]

    def line(self, name: str) -> str:
        """For people to read."""
        worst = ", ".join(f"{a} as {b} {n}" for (a, b), n in self.confused.most_common(3))
        return (
            f"{name}: {self.pictures} pictures, {self.boxes} boxes, "
            f"recall {self.found / max(self.boxes, 1):.3f}, "
            f"right class {self.right / max(self.found, 1):.3f} of those, {self.extra} extra boxes"
            f"{f' ({worst})' if worst else ''}"
        )


def score(
    model: Any, pictures: Sequence[LabelledFile], names: Sequence[str], long_side: int
) -> ClassScore:
    """Run the model over pictures that it has not learnt from."""
    suppress = import_ultralytics("ultralytics.utils.nms").non_max_suppression
    boxes, found, right, extra = 0, 0, 0, 0
    confused: Counter[tuple[str, str]] = Counter()
    model.eval()
    for picture in pictures:
        pixels = read_pixels(picture)
        canvas, placement = letterboxed(pixels, *canvas_size(pixels.shape, long_side))
        inputs = np.ascontiguousarray(canvas[..., ::-1].transpose(2, 0, 1)[None], np.float32)
        with torch.inference_mode():
            output = model(torch.from_numpy(inputs / 255))
        rows = suppress(output, SCORE_MIN, NMS_IOU, agnostic=True, max_time_img=1e9)[0].numpy()
        true = picture.boxes * np.tile(pixels.shape[1::-1], 2)
        overlap = iou(true, placement.back(rows[:, :4]).astype(np.float64))
        mine, its = linear_sum_assignment(-overlap)
        good = overlap[mine, its] >= MATCH_IOU
        true_of, given = picture.classes[mine[good]], rows[its[good], 5].astype(int)
        boxes, found, extra = boxes + len(true), found + good.sum(), extra + len(rows) - good.sum()
        right += (true_of == given).sum()
        pairs = zip(true_of.tolist(), given.tolist(), strict=True)
        confused.update((names[a], names[b]) for a, b in pairs if a != b)
    return ClassScore(len(pictures), boxes, int(found), int(right), int(extra), confused)
