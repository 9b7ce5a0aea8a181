"""OSNet, a small network that tells people apart (Zhou et al., ICCV 2019).

Only what inference needs, with the parameter names of torchreid's checkpoints, so that they load
as they are. How they are run: `gallery/reid/osnet_checkpoint.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from gallery.errors import TeamsheetError


class WrongStateError(TeamsheetError):
    """The state dict does not belong to an OSNet."""


class _Conv(nn.Module):
    """Convolution and batch norm, then ReLU unless `linear`."""

    def __init__(
        self, inside: int, outside: int, kernel: int = 1, stride: int = 1, linear: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outside)
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return x if self.linear else torch.relu(x)


class _Light(nn.Module):
    """A 1x1 and a depthwise 3x3 convolution: the paper's Lite 3x3."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv2(self.conv1(x))))


class _Gate(nn.Module):
    """One weight per channel, from the channel means: the paper's aggregation gate."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, max(width // 16, 1), 1)
        self.fc2 = nn.Conv2d(max(width // 16, 1), width, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(mean))))


class _Block(nn.Module):
    """Four streams of growing receptive field, gated and added: the paper's OSBlock."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        width = outside // 4
        self.conv1 = _Conv(inside, width)
        self.conv2a = _Light(width)
        self.conv2b = nn.Sequential(*[_Light(width) for _ in range(2)])
        self.conv2c = nn.Sequential(*[_Light(width) for _ in range(3)])
        self.conv2d = nn.Sequential(*[_Light(width) for _ in range(4)])
        self.gate = _Gate(width)
        self.conv3 = _Conv(width, outside, linear=True)
        self.downsample = _Conv(inside, outside, linear=True) if inside != outside else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(x)
        streams = (self.conv2a, self.conv2b, self.conv2c, self.conv2d)
        y = self.conv3(torch.stack([self.gate(stream(y)) for stream in streams]).sum(0))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class OSNet(nn.Module):
    """(N, 3, 256, 128) RGB with ImageNet mean and deviation -> (N, dim) features.

    channels: of the four stages; (64, 256, 384, 512) is width 1.0, a quarter of it 0.25.
    """

    def __init__(self, channels: tuple[int, int, int, int], dim: int) -> None:
        super().__init__()
        a, b, c, d = channels
        self.dim = dim
        self.conv1 = _Conv(3, a, kernel=7, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.conv2 = self._stage(a, b, shrink=True)
        self.conv3 = self._stage(b, c, shrink=True)
        self.conv4 = self._stage(c, d, shrink=False)
        self.conv5 = _Conv(d, d)
        self.fc = nn.Sequential(nn.Linear(d, dim), nn.BatchNorm1d(dim), nn.ReLU())

    @staticmethod
    def _stage(inside: int, outside: int, shrink: bool) -> nn.Sequential:
        stage = nn.Sequential(_Block(inside, outside), _Block(outside, outside))
        if shrink:
            stage.append(nn.Sequential(_Conv(outside, outside), nn.AvgPool2d(2, stride=2)))
        return stage

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.conv1(x))
        x = self.conv5(self.conv4(self.conv3(self.conv2(x))))
        features: Tensor = self.fc(x.mean((2, 3)))
        return features


def build_osnet(saved: object) -> OSNet:
    """The network that a torchreid checkpoint or plain state dict describes, in eval mode.

    The width is read from the weights' shapes. Raises WrongStateError for anything else.
    """
    state = _state(saved)
    try:
        stages = ("conv1.conv", "conv2.0.conv3.conv", "conv3.0.conv3.conv", "conv4.0.conv3.conv")
        a, b, c, d = (len(state[f"{stage}.weight"]) for stage in stages)
        dim = len(state["fc.0.weight"])
    except (KeyError, TypeError) as error:
        raise WrongStateError(f"it has no {error} of an OSNet") from error
    net = OSNet((a, b, c, d), dim)
    try:
        net.load_state_dict(state)
    except RuntimeError as error:
        first = [line.strip() for line in str(error).splitlines() if line.strip()][1:2]
        raise WrongStateError(f"its layers are not OSNet's ({' '.join(first)[:120]})") from error
    return net.eval().requires_grad_(False)


def _state(saved: object) -> Mapping[str, Any]:
    """The weights alone: no training wrapper, no `module.` prefix, no classifier."""
    if isinstance(saved, Mapping) and isinstance(saved.get("state_dict"), Mapping):
        saved = saved["state_dict"]
    if not isinstance(saved, Mapping):
        raise WrongStateError(f"it holds a {type(saved).__name__}, not a state dict")
    state = {str(key).removeprefix("module."): value for key, value in saved.items()}
    return {key: value for key, value in state.items() if not key.startswith("classifier.")}
