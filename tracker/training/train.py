"""Training the offset net: windows in, a file of weights with its card out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save
from torch import Generator, Tensor, nn

from tracker.settings import MotionSettings
from tracker.tracking import occlusion_net
from tracker.tracking.occlusion_net import OffsetNet
from tracker.training.augmentation import Batch, augment
from tracker.training.calibrate import RADII, choices, settle
from tracker.training.clips import TrainingClip, TrainingError, flatten
from tracker.training.network import Net, tensors, weights_of
from tracker.training.outputs import write_whole
from tracker.training.validation import GapBinScore, check, open_bins
from tracker.training.windows import Windows, build, choose, join

STEPS = 15_000
BATCH = 512
RATE = 2e-3
WARM = 0.1  # share of the steps in which the rate rises
PER_SECOND = 150  # windows drawn per second of a clip ...
PER_CLIP = 9000  # ... and at most per clip, so that no long match outvotes the others
CHECK_EVERY = 5  # every fifth sequence is held back for validation
STEPS_A_TURN = 250

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What is learned from, and the sequences that the result is checked on."""

    windows: Windows
    held_back: list[TrainingClip]
    learned_from: int


def examples(sequences: Sequence[Sequence[TrainingClip]], seed: int) -> Examples:
    """Windows of four sequences in five. Raises LearnError where there are too few."""
    held_back = [s for i, s in enumerate(sequences) if i % CHECK_EVERY == CHECK_EVERY - 1]
    kept = [s for i, s in enumerate(sequences) if i % CHECK_EVERY != CHECK_EVERY - 1]
    if not held_back:
        raise TrainingError(
            f"{len(sequences)} sequences; give at least {CHECK_EVERY}, one of them to check on"
        )
    if not any(map(len, choices(flatten(held_back), seed))):
        names = ", ".join(s[0].name for s in held_back)
        raise TrainingError(f"{names}: too short to check on; give longer sequences")
    parts = []
    for number, clip in enumerate(flatten(kept)):
        rng = np.random.default_rng([seed, number])
        count = min(PER_CLIP, int(PER_SECOND * len(clip.places) / clip.fps))
        choice = choose(clip, count, rng)
        if len(choice):
            parts.append(build(clip, choice))
    if sum(map(len, parts)) < BATCH:
        raise TrainingError("hardly anybody is seen for two frames in a row; give longer sequences")
    return Examples(join(parts), flatten(held_back), len(kept))


def loss(mean: Tensor, log_variance: Tensor, target: Tensor, gap_s: Tensor) -> Tensor:
    """Distance for the place, radius and likelihood for the uncertainty.

    The place is judged by its distance in units that grow with the gap, so that no gap outweighs
    the others and a player who turned round does not outweigh the rest. The variances are judged
    against errors held fixed: half of them should lie in the 50 % ellipse, 90 % in the 90 % one
    (pinball loss on the log radius), which a Gaussian likelihood alone misses where tails are
    heavy (measured: 61 % and 91 %).
    """
    error = mean - target
    usual = 0.3 * (gap_s + 0.03) ** 0.8
    distance = torch.sqrt((error[:, :2] ** 2).sum(1) + 1e-6) / usual
    none = torch.zeros_like(error[:, 2:])
    size = nn.functional.smooth_l1_loss(error[:, 2:], none, reduction="none", beta=0.05).sum(1)
    square = error.detach() ** 2 * torch.exp(-log_variance)
    likelihood = 0.5 * (log_variance + square).sum(1)
    radius = 0.5 * torch.log(square[:, :2].sum(1) + 1e-9)
    ball = torch.zeros(())
    for share, at in RADII:
        beyond = radius - np.log(at)
        ball = ball + torch.maximum(share * beyond, (share - 1) * beyond).mean()
    return (distance + 3 * size + 0.1 * likelihood).mean() + 0.5 * ball


@dataclass(slots=True, eq=False)
class Training:
    """A training that can be put down and taken up again, with the same result."""

    net: Net
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.OneCycleLR
    random: Generator
    step: int = 0

    @classmethod
    def begin(cls, steps: int, seed: int) -> Training:
        torch.manual_seed(seed)
        net = Net()
        optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, RATE, total_steps=steps, pct_start=WARM
        )
        return cls(net, optimizer, schedule, Generator().manual_seed(seed))

    def run(self, windows: Windows, steps: int) -> None:
        """The next `steps` steps."""
        gap_s, own, others, since = tensors(windows.scene)
        data = Batch(gap_s, own, others, since, torch.from_numpy(windows.target))
        for _ in range(steps):
            rows = torch.randint(len(data.target), (BATCH,), generator=self.random)
            batch = Batch(*(part[rows] for part in _parts(data)))
            batch = augment(batch, self.random)
            mean, log_variance = self.net(batch.gap_s, batch.own, batch.others, batch.since)
            value = loss(mean, log_variance, batch.target, batch.gap_s)
            self.optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            self.step += 1

    def save(self, file: Path, notes: dict[str, Any]) -> None:
        """Write everything that is needed to go on; `notes` must be the same then."""
        state = {
            "net": self.net.state_dict(), "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(), "random": self.random.get_state(),
            "step": self.step, "told": json.dumps(notes, sort_keys=True),
        }  # fmt: skip
        part = file.with_name(file.name + ".part")
        torch.save(state, part)
        part.replace(file)

    def load(self, file: Path, notes: dict[str, Any]) -> None:
        """Go on from `save`. Raises LearnError where it was another training."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch's, about pickles
                state = torch.load(file, weights_only=True)
            same = state["told"] == json.dumps(notes, sort_keys=True)
        except Exception as error:  # torch raises half a dozen kinds on a broken file
            raise TrainingError(f"{file}: no training to go on with; delete it") from error
        if not same:
            raise TrainingError(f"{file}: another data, seed or length; delete it to begin anew")
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.random.set_state(state["random"])
        self.step = state["step"]


def _parts(batch: Batch) -> tuple[Tensor, ...]:
    return batch.gap_s, batch.own, batch.others, batch.since, batch.target


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What to train: name and licence of the data go into the card."""

    steps: int = STEPS
    seed: int = 0
    note: str = ""


def train(
    sequences: Sequence[Sequence[TrainingClip]],
    file: Path,
    plan: TrainingPlan,
    resume: bool,
    progress: Progress,
) -> list[GapBinScore]:
    """Train, check, write `file`. Returns the validation table. Raises LearnError."""
    sequences = [sequence for sequence in sequences if sequence]
    data = [(s[0].name, s[0].fps, [int(c.seen.sum()) for c in s]) for s in sequences]
    notes = {"steps": plan.steps, "seed": plan.seed, "data": data}
    unfinished = file.with_name(file.name + ".unfinished")
    training = Training.begin(plan.steps, plan.seed)
    if resume and unfinished.exists():
        training.load(unfinished, notes)
    learned = examples(sequences, plan.seed)
    while training.step < plan.steps:
        training.run(learned.windows, min(STEPS_A_TURN, plan.steps - training.step))
        training.save(unfinished, notes)
        progress(training.step, plan.steps)
    weights = settle(weights_of(training.net), learned.held_back, plan.seed)
    net = OffsetNet(weights, {}, np.ones(occlusion_net.BINS, bool))
    rows = check(net, learned.held_back, plan.seed, MotionSettings())
    card = {
        "open": open_bins(rows).tolist(), "note": plan.note, "seed": plan.seed,
        "steps": plan.steps, "windows": len(learned.windows), "learned_from": learned.learned_from,
        "checked_on": list(dict.fromkeys(c.name for c in learned.held_back)),
        "table": [row.as_dict() for row in rows],
    }  # fmt: skip
    write_whole(file, save(weights, {"card": json.dumps(card)}))
    unfinished.unlink(missing_ok=True)
    return rows
