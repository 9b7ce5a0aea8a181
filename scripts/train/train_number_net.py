"""Teach the net that reads shirt numbers, from drawn shirts alone: `train_number_net.py OUT`.

    npm install --ignore-scripts --prefix scripts/train/shirts      # the fonts, 330 MB
    python scripts/train/train_number_net.py number_net.pt

The same command gives the same net on the same machine: every batch is drawn from its own number.
One process draws, one teaches. `export_number_net.py` makes the file of the package.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from shirts.faces import Face, block_faces, font_faces
from shirts.net import NumberNet
from shirts.sample import Sample, drawn_samples
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

SHIRTS = Path(__file__).parent / "shirts"
SCENES = 32  # a batch, two windows each
STEPS, RATE, DECAY = 24_000, 2.5e-3, 0.02
WARM_UP = 300
EASY = 0.4  # share of the steps in which drawings become as hard as they get
AVERAGED = 0.999
SMOOTHING = 0.03
HELD_OUT = 10  # every so many faces none is taught
SEED = 20


class Batches(Dataset[dict[str, Tensor]]):
    """Batch `n` is the same whoever draws it."""

    def __init__(self, faces: list[Face], steps: int) -> None:
        self._faces, self._steps = faces, steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, n: int) -> dict[str, Tensor]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([SEED, n])
        hardest = 0.3 + 0.7 * min(1.0, n / (EASY * self._steps))
        samples: list[Sample] = []
        for _ in range(SCENES):
            samples += drawn_samples(rng, self._faces, hardest * rng.random() ** 0.7)
        return tensors(samples)


def tensors(samples: list[Sample]) -> dict[str, Tensor]:
    pictures = np.stack([s.picture for s in samples]).transpose(0, 3, 1, 2)
    return {
        "pictures": torch.from_numpy(np.ascontiguousarray(pictures)),
        "tens": torch.tensor([s.tens for s in samples]),
        "units": torch.tensor([s.units for s in samples]),
        "legible": torch.tensor([s.legible for s in samples]),
        "place": torch.tensor(np.stack([s.place for s in samples]), dtype=torch.float32),
        "has_number": torch.tensor([s.has_number for s in samples], dtype=torch.float32),
    }


def split(faces: list[Face]) -> tuple[list[Face], list[Face]]:
    """Taught and held out."""
    return (
        [face for n, face in enumerate(faces) if n % HELD_OUT],
        [face for n, face in enumerate(faces) if n % HELD_OUT == 0],
    )


def loss_of(said: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Digits count where a number can be read, half where it nearly can."""
    legible = batch["legible"]
    weight = torch.where(legible == 0.5, 0.5, legible) * batch["has_number"]
    digits = sum(
        functional.cross_entropy(
            said[:, part], batch[name], reduction="none", label_smoothing=SMOOTHING
        )
        for name, part in (("tens", slice(0, 11)), ("units", slice(11, 21)))
    )
    read = functional.binary_cross_entropy_with_logits(said[:, 21], legible, reduction="none")
    sure = torch.where(legible == 0.5, 0.4, 1.0)
    place = functional.smooth_l1_loss(said[:, 22:], batch["place"], reduction="none", beta=0.05)
    per_number = weight.sum().clamp(min=1)
    return (
        (digits * weight).sum() / per_number
        + (read * sure).mean()
        + 2 * (place.sum(1) * weight).sum() / per_number
    )


def rate_at(step: int, steps: int) -> float:
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(steps - WARM_UP, 1)))


@torch.no_grad()
def average(into: nn.Module, net: nn.Module, keep: float) -> None:
    for kept, new in zip(into.state_dict().values(), net.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - keep)
        else:
            kept.copy_(new)


@torch.no_grad()
def validate(net: nn.Module, held_out: list[dict[str, Tensor]]) -> str:
    net.eval()
    right = seen = 0
    for batch in held_out:
        said = net(batch["pictures"].float() / 255)
        clear = (batch["legible"] == 1) & (batch["has_number"] == 1)
        same = (said[:, :11].argmax(1) == batch["tens"]) & (
            said[:, 11:21].argmax(1) == batch["units"]
        )
        right, seen = right + int((same & clear).sum()), seen + int(clear.sum())
    net.train()
    return f"exact on {seen} legible drawings of fonts not taught {right / max(seen, 1):.3f}"


def teach(faces: list[Face], steps: int, out: Path, start: dict[str, Any] | None = None) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    taught, unseen = split(faces)
    held_out = [held_out_batch(unseen, n) for n in range(16)]
    net = NumberNet().to(memory_format=torch.channels_last)
    if start:
        net.load_state_dict(start)
    averaged = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_at(step, steps))
    loader = DataLoader(Batches(taught, steps), batch_size=None, num_workers=1, prefetch_factor=8)
    began, mean = time.perf_counter(), 0.0
    for step, batch in enumerate(loader, 1):
        pictures = batch["pictures"].to(memory_format=torch.channels_last).float() / 255
        with torch.autocast("cpu", torch.bfloat16):
            said = net(pictures)
        loss = loss_of(said.float(), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        average(averaged, net, min(AVERAGED, step / (step + 20)))
        mean = 0.98 * mean + 0.02 * loss.item()
        if step % 500 == 0 or step == steps:
            spent_s, found = time.perf_counter() - began, validate(averaged, held_out)
            print(f"{step} {spent_s:.0f} s loss {mean:.3f} {found}", flush=True)
            torch.save(averaged.state_dict(), out)


def held_out_batch(faces: list[Face], n: int) -> dict[str, Tensor]:
    rng = np.random.default_rng([SEED + 1, n])
    samples: list[Sample] = []
    for _ in range(SCENES):
        samples += drawn_samples(rng, faces, rng.random() ** 0.7)
    return tensors(samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="file of the weights")
    parser.add_argument("--fonts", type=Path, default=SHIRTS, help="where npm has put the fonts")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--start", type=Path, help="weights to begin with")
    args = parser.parse_args()
    start = torch.load(args.start, weights_only=True) if args.start else None
    cv2.setNumThreads(1)  # a forked process cannot use the threads of its parent
    teach(font_faces(args.fonts) + block_faces(), args.steps, args.out, start)


if __name__ == "__main__":
    main()
