"""What training windows are put through, so that the net meets every camera and detector."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from tracker.tracking.occlusion_net import LAGS_S

LONELY = 0.3  # share of windows in which some of the others are not there
FORGETFUL = 0.2  # share of windows in which the past is short
PAN = 0.7  # heights per second, a standard deviation; a third of it up and down
NOISE = 0.035  # heights; most detectors are below
NOISY = 0.8  # share of windows with noise
_ACROSS = (1.0, 0.3)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Tensors of B windows; see `Windows`."""

    gap_s: Tensor
    own: Tensor
    others: Tensor
    since: Tensor
    target: Tensor


def augment(batch: Batch, random: Generator) -> Batch:
    """Mirror, pan, blur, forget and thin out a batch of windows; returns a new one."""
    b, k = batch.others.shape[:2]

    def draw(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    new = Batch(
        batch.gap_s, batch.own.clone(), batch.others.clone(), batch.since.clone(),
        batch.target.clone(),
    )  # fmt: skip
    mirror = torch.where(draw(b) < 0.5, -1.0, 1.0)
    new.others[..., 0] *= mirror[:, None]
    new.others[..., 3::2] *= mirror[:, None, None]
    new.since[..., 1] *= mirror[:, None]
    new.own[..., 0] *= mirror[:, None]
    new.target[:, 0] *= mirror
    _pan(new, random)
    _blur(new, random)
    thin = torch.where(draw(b) < LONELY, draw(b), torch.ones(b))
    alone = draw(b, k) >= thin[:, None]
    new.others[alone] = torch.nan
    new.since[alone] = torch.nan
    lags = new.own.shape[1]
    left = torch.where(
        draw(b) < FORGETFUL, (draw(b) * (lags + 1)).floor(), torch.tensor(lags + 0.0)
    )
    new.own[torch.arange(lags)[None] >= left[:, None]] = torch.nan
    return new


def _pan(new: Batch, random: Generator) -> None:
    """A camera with a steady speed and one change of it moves everybody alike."""
    across, gap = torch.tensor(_ACROSS) * PAN, new.gap_s[:, None]
    speed = torch.randn(len(gap), 2, generator=random) * across
    change = torch.randn(len(gap), 2, generator=random) * across * 0.7 * gap.sqrt()
    moved = (speed + change) * gap
    past = speed[:, None] * torch.tensor(LAGS_S, dtype=torch.float32)[None, :, None]
    new.since[..., 1:] += moved[:, None]
    new.others[..., 3:] += past.flatten(1)[:, None]
    new.own[..., :2] += past
    new.target[:, :2] += moved


def _blur(new: Batch, random: Generator) -> None:
    """Every box is a little off, in each frame anew; how much differs from window to window."""
    b, k = new.others.shape[:2]
    lags = new.own.shape[1]
    noisy = torch.rand(b, generator=random) < NOISY
    std = torch.rand(b, generator=random) * NOISE * noisy

    def blur(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random) * std.reshape(-1, *[1] * (len(shape) - 1))

    last = blur(b, 2)
    new.own[..., :2] += last[:, None] - blur(b, lags, 2)
    new.target[:, :2] += blur(b, 2) - last
    size = torch.nan_to_num(new.others[..., 2:3]).exp()  # noise goes with each one's own size
    then = blur(b, k, 2) * size
    new.others[..., :2] += then - last[:, None]
    new.since[..., 1:] += blur(b, k, 2) * size - then
    new.others[..., 3:] += then.repeat(1, 1, lags) - blur(b, k, 2 * lags) * size
