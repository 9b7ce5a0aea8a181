"""The net that reads shirt numbers, as it is taught."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTHS, BLOCKS = (24, 48, 96), (1, 2, 3)
HEADS = 2  # attention maps of each question
TENS, UNITS, LEGIBLE, PLACE = 11, 10, 1, 6
NOISE = 0.03


class NumberNet(nn.Module):
    """(N, 3, 64, 64) pictures in [0, 1] to (N, 28): logits of the tens (none, 0 to 9), the units
    and of being legible; where the number is, as shares of the window: centre x and y, and the
    vectors of its height along the cloth, to the right and down.

    The mean colour is taken away and the contrast evened (what instance norm does), for the light
    of a hall says nothing of a digit. Residual convolutions down to a map of 8 x 8; each question
    looks at it through attention of its own (a softmax over the map), so that the number is found
    where it is.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for width, blocks in zip(WIDTHS, BLOCKS, strict=True):
            layers += [Down(before, width), *(Residual(width) for _ in range(blocks))]
            before = width
        self.body = nn.Sequential(*layers)
        self.where = nn.Parameter(torch.zeros(1, before, 8, 8))
        self.attention = nn.Conv2d(before, 3 * HEADS, 1)
        self.tens = nn.Linear(before * HEADS, TENS)
        self.units = nn.Linear(before * HEADS, UNITS)
        self.rest = nn.Linear(before * HEADS, LEGIBLE + PLACE)

    def forward(self, pictures: Tensor) -> Tensor:
        found = self.body(evened(pictures)) + self.where
        maps = self.attention(found).flatten(2).float().softmax(dim=2)
        pooled = torch.einsum("nqk,nck->nqc", maps, found.flatten(2).float())
        tens, units, rest = pooled.reshape(len(pooled), 3, -1).unbind(1)
        return torch.cat([self.tens(tens), self.units(units), self.rest(rest)], dim=1)


def evened(pictures: Tensor) -> Tensor:
    centred = pictures - pictures.mean(dim=(2, 3), keepdim=True)
    spread = centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return centred / (spread + NOISE)


class Down(nn.Module):
    """Half the size."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, width, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(self.conv(x)))


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(x + self.second_norm(self.second(inner)))
