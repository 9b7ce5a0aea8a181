"""Which detection is which track: scores in nats, assignment by lap, margins.

A score adds three independent kinds of evidence: how far the expanded boxes overlap (Deep-EIoU,
with the expansion growing with the predicted uncertainty), how much better the appearance fits this
track than anybody (calibrated by the video itself, see `AppearanceModel`), and whether the names
fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker import boxes as bx
from tracker.settings import AssociationSettings
from tracker.types import Doubles, Floats, Ints

_OPEN_MARGIN = 50.0  # stands for "no rival at all", in nats
_WITH_CAMERA = 0.8  # where the camera is told, the last box is a worse guess than the predicted one
_PAIRS_BEFORE_USE = 30.0  # cosines seen before appearance is believed
_PAIRS_KEPT = 20_000.0  # older pairs fade, so that light may change over a match


@dataclass(frozen=True, slots=True)
class AppearanceModel:
    """What cosine two pictures of one person have in this video, and two of different people.

    Any two detections of one frame are different people, and a clean match is the same person:
    so the video itself tells how much a cosine is worth, whatever the encoder.
    same, other: running (weight, mean, mean of squares).
    """

    same: tuple[float, float, float] = (0.0, 0.0, 0.0)
    other: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def update(self, same: Doubles, other: Doubles) -> AppearanceModel:
        """Take in cosines of clean matches and of different people in one frame."""
        return AppearanceModel(_blend(self.same, same), _blend(self.other, other))

    def log_likelihood_ratio(self, cosines: Doubles, limit: float) -> Doubles:
        """Log-likelihood ratio same person : another, clipped to +-limit; 0 where NaN or new."""
        if min(self.same[0], self.other[0]) < _PAIRS_BEFORE_USE or limit == 0:
            return np.zeros(cosines.shape)
        (mean_s, std_s), (mean_o, std_o) = _spread(self.same), _spread(self.other)
        if mean_s <= mean_o:  # appearance that tells nobody apart are no evidence
            return np.zeros(cosines.shape)
        # beyond the two means a Gaussian ratio can turn round; more alike is never worse
        c = np.minimum(np.maximum(cosines, mean_o), mean_s)
        ratio = ((c - mean_o) / std_o) ** 2 / 2 - ((c - mean_s) / std_s) ** 2 / 2
        ratio += np.log(std_o / std_s)
        return np.where(np.isnan(ratio), 0.0, np.minimum(np.maximum(ratio, -limit), limit))


def _blend(old: tuple[float, float, float], new: Doubles) -> tuple[float, float, float]:
    new = new[np.isfinite(new)]
    if not len(new):
        return old
    weight = min(old[0], _PAIRS_KEPT) + len(new)
    share = len(new) / weight
    mean = old[1] + share * (float(new.mean()) - old[1])
    square = old[2] + share * (float((new**2).mean()) - old[2])
    return (weight, mean, square)


def _spread(stats: tuple[float, float, float]) -> tuple[float, float]:
    return stats[1], float(np.sqrt(max(stats[2] - stats[1] ** 2, 1e-6)))


def expansion(std_px: Doubles, heights_px: Doubles, settings: AssociationSettings) -> Doubles:
    """(T,) growth of each box: more where the prediction is less certain."""
    relative = std_px / np.maximum(heights_px, 1.0)
    grown = settings.expand_min + settings.expand_per_std * relative
    return np.minimum(grown, settings.expand_max)


def overlaps(
    predicted: Doubles,
    last: Doubles,
    detected: Doubles,
    growth: Doubles,
    detection_growth: float,
    still: bool = True,
) -> Doubles:
    """(T, N) expanded IoU, the better of the predicted and the last seen box.

    still: the camera stands or is not told; then a jerk of it makes the last box the better guess.
    Else that counts less: it would draw those who cross to each other's places (PETS .303 to .327
    HOTA; SportsMOT, whose camera is not told: .979 to .969 if it counted less there too).
    """
    both = bx.expand(np.concatenate([predicted, last]), np.concatenate([growth, growth]))
    shares = bx.iou(both, bx.expand(detected, detection_growth))
    by_last = shares[len(last) :]
    if not still:
        by_last *= _WITH_CAMERA
    return np.maximum(shares[: len(last)], by_last)


def cosines(templates: Floats, embeddings: Floats) -> Doubles:
    """(T, N) cosine similarity; NaN where a side was not encoded."""
    if templates.shape[1] == 0:
        return np.full((len(templates), len(embeddings)), np.nan)
    return (templates @ embeddings.T).astype(np.float64)


def swap_margins(scores: Doubles, rows: Ints, columns: Ints) -> tuple[Doubles, Ints]:
    """How much better each pair is than swapping detections with the best rival.

    Returns (M,) margins in nats and (M,) the rival's place in `rows` (-1: nobody).
    """
    m = len(rows)
    if m < 2:
        return np.full(m, _OPEN_MARGIN), np.full(m, -1)
    matched = scores[rows].take(columns, axis=1)
    own = matched.diagonal()
    own = np.where(np.isfinite(own), own, 0.0)  # found again by look alone: no overlap score
    loss = own[:, None] + own
    loss -= matched
    loss -= matched.T
    loss.flat[:: m + 1] = np.inf
    rivals = loss.argmin(axis=1)
    margins = loss[np.arange(m), rivals]
    rivalled = np.isfinite(margins)
    return np.where(rivalled, margins, _OPEN_MARGIN), np.where(rivalled, rivals, -1)
