"""How tall people look by where their feet are, fitted robustly from the boxes themselves.

On flat ground, seen by an upright camera, a person's height in the picture grows linearly with how
far down their feet are (Hoiem, Efros, Hebert: "Putting Objects in Perspective", CVPR 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles, Floats, Mask

_LOWEST_PX = 8.0  # nobody is expected to be smaller
_SPREAD = 0.15  # of the log of heights of people who stand, run and bend
_ROUNDS = 15
_FEW = 12
"""Boxes; fewer say nothing. One frame of a team is enough."""
_FLAT = 0.3
"""Sightings' worth of belief that all are equally tall: a line through people who stand in a row is
no line."""
_FREE, _CUT_FREE = 0.2, 0.5
"""Logs: bending or jumping people; below, also who is cut off by the picture's lower border."""
_PER_LOG = 8.0
_MOST_NATS = 6.0
_BORDER_PX = 2.0


@dataclass(frozen=True, slots=True)
class Heights:
    """height = base_px + slope * feet, feet as y in pixels."""

    base_px: float
    slope: float

    def expected_px(self, feet: Doubles) -> Doubles:
        """(N,) heights of people whose feet are at these (N,) y."""
        return np.maximum(self.base_px + self.slope * feet, _LOWEST_PX)

    def off(self, boxes: Doubles) -> Doubles:
        """(N,) logs of (N, 4) boxes' heights over those expected."""
        return np.asarray(np.log(_tall(boxes) / self.expected_px(boxes[:, 3])))

    def nats(self, boxes: Doubles, height_px: float) -> Doubles:
        """(N,) log-odds, 0 or less, that these are whole people on the ground.

        boxes: (N, 4). height_px: of the picture; who is cut off by its lower border may be smaller.
        _PER_LOG is the slope of a logistic regression on YOLO11n's boxes of basketball, volleyball
        and soccer, each left out in turn (docs/court.md).
        """
        off, cut = self.off(boxes), cut_off(boxes, height_px)
        beyond = np.maximum(np.abs(off) - np.where(cut & (off < 0), _CUT_FREE, _FREE), 0)
        return np.asarray(-np.minimum(_PER_LOG * beyond, _MOST_NATS))


def cut_off(boxes: Doubles, height_px: float) -> Mask:
    """(N,) whose feet are out of the picture, as far as one can see."""
    return np.asarray(boxes[:, 3] >= height_px - _BORDER_PX)


def fit_heights(
    boxes: Doubles,
    scores: Doubles | Floats,
    height_px: float,
    prior: Heights | None = None,
    prior_weight: float = 0.0,
) -> Heights | None:
    """By iteratively reweighted least squares with Cauchy's weights; None of too few boxes.

    boxes: (N, 4), scores: (N,) by the square of which each counts. prior: of the whole shot, which
    counts as `prior_weight` boxes.
    """  # fmt: skip
    whole = ~cut_off(boxes, height_px)
    boxes, weight = boxes[whole], np.asarray(scores, np.float64)[whole] ** 2
    if len(boxes) < _FEW:
        return prior
    tall, feet = _tall(boxes), boxes[:, 3]
    middle = float(np.average(feet, weights=weight))
    spread = max(float(np.sqrt(np.average((feet - middle) ** 2, weights=weight))), 1.0)
    design = np.column_stack([np.ones(len(feet)), (feet - middle) / spread])
    if prior is None:
        held, hold = np.array([_median(tall, weight), 0.0]), np.diag([0.0, _FLAT])
    else:
        held = np.array([prior.expected_px(np.array([middle]))[0], prior.slope * spread])
        hold = np.eye(2) * prior_weight
    line = held
    for _ in range(_ROUNDS):
        expected = np.maximum(design @ line, _LOWEST_PX)
        off = np.log(tall / expected)
        each = weight / (1 + (off / _SPREAD) ** 2) / expected**2
        kept = hold / float(np.average(expected)) ** 2
        line = np.linalg.solve(
            (design * each[:, None]).T @ design + kept, design.T @ (each * tall) + kept @ held
        )
    slope = float(line[1] / spread)
    return Heights(float(line[0] - slope * middle), slope)


def _tall(boxes: Doubles) -> Doubles:
    return np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)


def _median(values: Doubles, weights: Doubles) -> float:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])
