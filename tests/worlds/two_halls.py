"""Drawn people who run in one hall, a small network that knows them, and another, darker hall."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from tracker.training.labelled_pictures import Labelled, batch_of
from tracker.training.yolo_loop import Rates, average_of, fit, save_model

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "train"
WIDTH, HEIGHT, FPS = 256, 128, 10
TALL, WIDE = 40, 16
COLOUR = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Hall:
    """ground, kits: BGR; everybody wears one of the kits. dim: of how much light is left in every
    third frame, where a lamp flickers."""

    ground: COLOUR
    kits: tuple[COLOUR, ...]
    dim: float = 1.0


HOME = Hall((90, 140, 90), ((30, 30, 220), (220, 60, 30)))
AWAY = Hall((75, 110, 90), ((30, 30, 170), (120, 70, 60)), dim=0.25)


def boxes_at(frame: int) -> np.ndarray:
    """(4, 4) x1 y1 x2 y2 in pixels: four people on ellipses of their own."""
    phase = frame / 20 + np.arange(4) * np.pi / 2
    x = 40 + 55 * np.arange(4) + 22 * np.cos(phase)
    y = 64 + 18 * np.sin(phase + np.arange(4))
    return np.stack([x - WIDE / 2, y - TALL / 2, x + WIDE / 2, y + TALL / 2], axis=1)


def picture(hall: Hall, frame: int) -> np.ndarray:
    """(HEIGHT, WIDTH, 3) uint8 BGR, with the noise of a camera."""
    rng = np.random.default_rng(frame)
    pixels = np.full((HEIGHT, WIDTH, 3), hall.ground, np.int16)
    for number, (x1, y1, x2, y2) in enumerate(boxes_at(frame).round().astype(int)):
        neck, waist = y1 + TALL // 5, y1 + 3 * TALL // 5
        pixels[y1:neck, x1 + 4 : x2 - 4] = 150, 180, 220
        pixels[neck:waist, x1:x2] = hall.kits[number % len(hall.kits)]
        pixels[waist:y2, x1 + 2 : x2 - 2] = 40, 40, 40
    light = hall.dim if frame % 3 == 0 else 1.0
    return np.asarray((pixels * light + rng.normal(0, 6, pixels.shape)).clip(0, 255), np.uint8)


def video(folder: Path, hall: Hall, frames: int) -> Path:
    """A folder of pictures, FPS a second."""
    images = folder / "img1"
    images.mkdir(parents=True)
    for number in range(frames):
        cv2.imwrite(str(images / f"{number + 1:06d}.png"), picture(hall, number))
    lines = [
        "[Sequence]", "name=hall", "imDir=img1", f"frameRate={FPS}", f"seqLength={frames}",
        f"imWidth={WIDTH}", f"imHeight={HEIGHT}", "imExt=.png",
    ]  # fmt: skip
    (folder / "seqinfo.ini").write_text("\n".join(lines) + "\n")
    return folder


def network(file: Path, steps: int = 150) -> Path:
    """A detector that has seen HOME alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        small_yolo = importlib.import_module("train_gallery_model").small_yolo
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    classes, shares = np.zeros(4, np.int64), np.tile([WIDTH, HEIGHT], 2)
    known = [Labelled(picture(HOME, i), classes, boxes_at(i) / shares) for i in range(0, 120, 5)]
    model: Any = small_yolo(("person",), 0.125)
    average = average_of(model, 0.95, 10)

    def batch() -> tuple[dict[str, Any], int]:
        return batch_of([known[i] for i in rng.choice(len(known), 4, False)], WIDTH, rng), 4

    model.train()
    for _ in fit(model, average, batch, lambda step: step / steps, Rates(1e-2, 1e-4)):
        pass
    average.ema.args = model.args
    save_model(average.ema, file)
    return file
