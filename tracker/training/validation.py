"""Does the offset net beat the Kalman filter, gap by gap, on people it has not learned from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tracker.settings import MotionSettings
from tracker.tracking.occlusion_net import BINS, GAP_BINS_S, OffsetNet
from tracker.training.clips import TrainingClip
from tracker.training.windows import build, choose, kalman
from tracker.types import Doubles, Floats, Mask

PER_SECOND = 40
HALF, NINE_TENTHS = 1.3863, 4.6052
"""Squared radii of the 50 and 90 % ellipses of a 2-D Gaussian."""
_WINS = 0.99  # the share of the filter's error that counts as beating it


@dataclass(frozen=True, slots=True)
class GapBinScore:
    """One gap bin. Errors in body heights; covered: share of truth in the ellipses of the net."""

    from_s: float
    to_s: float
    windows: int
    net: float
    kalman: float
    covered_50: float
    covered_90: float

    @property
    def ratio(self) -> float:
        return self.net / max(self.kalman, 1e-9)

    def as_dict(self) -> dict[str, Any]:
        return {k: round(v, 4) for k, v in asdict(self).items()}


def check(
    net: OffsetNet, clips: Sequence[TrainingClip], seed: int, settings: MotionSettings
) -> list[GapBinScore]:
    """The table over all gap bins; a bin without windows has none and stays closed."""
    gaps, errors, rivals, radii = [], [], [], []
    for number, clip in enumerate(clips):
        rng = np.random.default_rng([seed, 1, number])
        choice = choose(clip, int(PER_SECOND * len(clip.places) / clip.fps), rng)
        if not len(choice):
            continue
        windows = build(clip, choice)
        offsets = net.predict(windows.scene)
        other, _ = kalman(clip, choice, settings)
        gaps.append(choice.gap / clip.fps)
        errors.append(distance(offsets.moved, windows.target))
        rivals.append(distance(other, windows.target))
        radii.append(radius(offsets.moved, offsets.std, windows.target))
    if not gaps:
        return []
    columns = [np.concatenate(part) for part in (gaps, errors, rivals, radii)]
    return _rows(*columns)


def _rows(gaps: Doubles, errors: Doubles, rivals: Doubles, radii: Doubles) -> list[GapBinScore]:
    place = np.searchsorted(GAP_BINS_S, gaps, side="left") - 1
    rows = []
    for gap_bin in range(BINS):
        here = place == gap_bin
        if not here.any():
            continue
        rows.append(
            GapBinScore(
                GAP_BINS_S[gap_bin], GAP_BINS_S[gap_bin + 1], int(here.sum()),
                float(errors[here].mean()), float(rivals[here].mean()),
                float((radii[here] <= HALF).mean()), float((radii[here] <= NINE_TENTHS).mean()),
            )
        )  # fmt: skip
    return rows


def distance(moved: Doubles, target: Floats) -> Doubles:
    """(B,) heights between where they were said to be and where they were."""
    return np.asarray(np.hypot(*(moved[:, :2] - target[:, :2]).T))


def radius(moved: Doubles, std: Doubles, target: Floats) -> Doubles:
    """(B,) squared distance in standard deviations."""
    return np.asarray((((moved[:, :2] - target[:, :2]) / std[:, :2]) ** 2).sum(axis=1))


def open_bins(rows: Sequence[GapBinScore]) -> Mask:
    """(bins,) where the net beat the filter."""
    gate = np.zeros(BINS, bool)
    for row in rows:
        gate[GAP_BINS_S.index(row.from_s)] = row.ratio < _WINS
    return gate
