"""The offset net in torch, for training and ONNX: the twin of `tracker.tracking.occlusion_net`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from tracker.tracking import occlusion_net as oc
from tracker.tracking.occlusion_net import Scene
from tracker.types import Floats

INPUTS = ("gap_s", "own", "others", "since")
OUTPUTS = ("mean", "log_variance")


class Net(nn.Module):
    """See `tracker.tracking.occlusion_net`. The weights bear the names of `occlusion.SHAPES`."""

    lags: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Linear(oc.TOKEN_IN, oc.TOKEN)
        self.asked = nn.Linear(oc.QUERY_IN, oc.TOKEN, bias=False)
        self.mixed = nn.Linear(oc.TOKEN, oc.TOKEN)
        self.attend = nn.Linear(oc.TOKEN, oc.HEADS, bias=False)
        self.query = nn.Linear(oc.QUERY_IN + oc.HEADS * oc.TOKEN, oc.QUERY)
        self.deep = nn.Linear(oc.QUERY, oc.QUERY)
        self.out = nn.Linear(oc.QUERY, oc.OUT)
        self.register_buffer("lags", torch.tensor(oc.LAGS_S, dtype=torch.float32), persistent=False)
        self._begin()

    @torch.no_grad()
    def _begin(self) -> None:
        """First weights: motion against the others counts from the start, variances are sane."""
        self.asked.weight[:, : 3 * oc.LAGS] *= 3
        self.query.weight[:, : 3 * oc.LAGS] *= 3
        self.token.weight[:, :2] *= 0.3
        self.token.weight[:, 4 + oc.LAGS : oc.TOKEN_KNOWN] *= 3
        rest = oc.HEADS + oc.LAGS
        self.out.weight[rest + 2 : rest + 4] *= 0.2
        at_a_second = [0.3, 0.3, 0.1, 0.1]  # stds: heights, and of log width and log height
        self.out.bias[rest + 4 :] = 2 * torch.log(torch.tensor(at_a_second))

    def forward(
        self, gap_s: Tensor, own: Tensor, others: Tensor, since: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Means (H, 4) and log-variances (H, 4). Arguments: the fields of `Scene`."""
        gap = gap_s[:, None]
        own, had = _filled(own)
        had = had[..., 0]
        others, there = _filled(others)
        since, here = _filled(since)
        known, seen = there[..., 3::2], here[..., :1]
        channels = others[..., 3:].reshape(*others.shape[:2], oc.LAGS, 2)
        far = (others[..., :2] ** 2).sum(2, keepdim=True)
        near = there[..., :1] / (1 + float(oc.FALL) * far)
        pack = _mean(near * known, channels)
        apart = ((channels - pack[:, None]) * known[..., None]).flatten(2)
        against = torch.cat([own[..., :2] - pack, own[..., 2:]], 2) * had[..., None]
        moved = since[..., 1:]
        rate = seen / (gap + float(oc.TICK_S))[..., None]
        now = torch.cat([since[..., :1], moved - _mean(near * seen, moved[:, :, None])], 2) * rate
        tokens = torch.cat([others[..., :3], torch.log1p(far.sqrt()), known, apart, now], 2)
        log_gap = torch.log(gap + float(oc.SOON_S))
        count = torch.log1p(seen.sum(1))
        query = torch.cat([against.flatten(1), had, gap, gap.sqrt(), log_gap, count], 1)
        x = torch.relu(self.token(tokens) + self.asked(query)[:, None])
        x = torch.relu(self.mixed(x))
        score = self.attend(x).masked_fill(seen == 0, float(oc.UNSEEN))
        attention = torch.softmax(score, 1) * seen
        pooled = (attention.transpose(1, 2) @ x).flatten(1)
        x = torch.relu(self.query(torch.cat([query, pooled], 1)))
        out = self.out(torch.relu(self.deep(x)))
        weight = attention @ torch.softmax(out[:, : oc.HEADS], 1)[..., None]
        carried = (weight * moved).sum(1)
        kept = (out[:, oc.HEADS : oc.HEADS + oc.LAGS] * had / self.lags)[..., None]
        going = ((own[..., :2] - _mean(weight * known, channels)) * kept).sum(1)
        rest = out[:, oc.HEADS + oc.LAGS :]
        mean = torch.cat([carried + (going + rest[:, :2]) * gap, rest[:, 2:4]], 1)
        return mean, rest[:, 4:] + float(oc.SPREAD) * log_gap


def _filled(values: Tensor) -> tuple[Tensor, Tensor]:
    unknown = torch.isnan(values)
    return torch.where(unknown, 0.0, values), (~unknown).float()


def _mean(weight: Tensor, channels: Tensor) -> Tensor:
    total = weight.sum(1).clamp(min=float(oc.TINY))
    return (weight[..., None] * channels).sum(1) / total[..., None]


def weights_of(net: Net) -> dict[str, Floats]:
    """The weights as NumPy arrays, as `OffsetNet` takes them."""
    return {name: value.detach().numpy() for name, value in net.state_dict().items()}


def tensors(scene: Scene) -> list[Tensor]:
    """A `Scene` as the arguments of `Net.forward`."""
    return [torch.from_numpy(np.ascontiguousarray(getattr(scene, name))) for name in INPUTS]
