"""The last turn of the screw: ellipses that hold as much of the truth as they say.

Training disturbs every window, so its truth is noisier than a good detector's; held-back truth as
it is is cleaner than any. The scale of the net's uncertainty is set on both, half and half.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Generator

from tracker.tracking import occlusion_net as oc
from tracker.tracking.occlusion_net import OffsetNet, Scene
from tracker.training.augmentation import Batch, augment
from tracker.training.clips import TrainingClip
from tracker.training.network import tensors
from tracker.training.validation import PER_SECOND, radius
from tracker.training.windows import Choice, Windows, build, choose, join
from tracker.types import Doubles, Floats

RADII = ((0.5, 1.1774), (0.9, 2.1460))
"""Share inside, and radius in stds, of that ellipse of a 2-D Gaussian."""
SHORTEST_S = 0.12
"""Truth is smooth over shorter gaps because people drew it at every n-th frame."""
_SCALES = np.linspace(-0.5, 0.5, 201)  # logs


def settle(
    weights: dict[str, Floats], held_back: Sequence[TrainingClip], seed: int
) -> dict[str, Floats]:
    """The weights with the scale of the place's std set on clips that were not learned from."""
    chosen = zip(held_back, choices(held_back, seed), strict=True)
    parts = [build(clip, choice) for clip, choice in chosen if len(choice)]
    clean = join(parts)
    net = OffsetNet(weights, {}, np.ones(oc.BINS, bool))
    off = [_log_radius(net, windows) for windows in (clean, _disturbed(clean, seed))]
    bias = weights["out.bias"].copy()
    place = oc.HEADS + oc.LAGS + 4
    bias[place : place + 2] += 2 * best_scale(np.concatenate(off))
    return {**weights, "out.bias": bias}


def choices(clips: Sequence[TrainingClip], seed: int) -> list[Choice]:
    """The windows that the scale is set on, clip by clip."""
    found = []
    for number, clip in enumerate(clips):
        rng = np.random.default_rng([seed, 2, number])
        count = int(PER_SECOND * len(clip.places) / clip.fps)
        found.append(choose(clip, count, rng, SHORTEST_S))
    return found


def best_scale(log_radius: Doubles) -> float:
    """Log of the factor on all stds with the least pinball loss at the 50 and 90 % ellipses."""
    losses = []
    for scale in _SCALES:
        off = [(share, log_radius - scale - np.log(at)) for share, at in RADII]
        # over s (1 - s), the spread of its slope, so that both ellipses pull alike
        losses.append(sum(np.maximum(s * o, (s - 1) * o).mean() / (s * (1 - s)) for s, o in off))
    return float(_SCALES[int(np.argmin(losses))])


def _log_radius(net: OffsetNet, windows: Windows) -> Doubles:
    offsets = net.predict(windows.scene)
    return np.asarray(0.5 * np.log(radius(offsets.moved, offsets.std, windows.target) + 1e-9))


def _disturbed(windows: Windows, seed: int) -> Windows:
    gap_s, own, others, since = tensors(windows.scene)
    batch = Batch(gap_s, own, others, since, torch.from_numpy(windows.target))
    new = augment(batch, Generator().manual_seed(seed))
    parts = (new.gap_s, new.own, new.others, new.since)
    return Windows(Scene(*(p.numpy() for p in parts)), new.target.numpy(), windows.height)
