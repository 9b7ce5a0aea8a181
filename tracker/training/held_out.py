"""Which frames of a video are learned from, and which are kept apart to ask whether it helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.training.pseudo_labels import FrameLabels
from tracker.types import Ints

_BLOCK_S, _BLOCKS = 4.0, 40
"""Length of a part of the video with frames of both kinds, at least; how many parts, at most."""
_HELD_OUT = 0.3
"""Share of a part, its end, that is kept apart."""
_APART_S = 0.2
"""Of the frames on both sides of a border nobody is taken: next frames are the same picture."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Frames to learn from and to be asked about, spread over the video, in order."""

    training: list[FrameLabels]
    held_out: list[FrameLabels]


def shares_of(labels: Sequence[FrameLabels], fps: float, training: int, held_out: int) -> Shares:
    """learn, ask: how many of each at most. fps: of the frames that were looked at."""
    blocks = int(np.clip(len(labels) / fps / _BLOCK_S, 1, _BLOCKS))
    apart = int(np.ceil(_APART_S * fps))
    to_train, apart_of = list[int](), list[int]()
    for block in np.array_split(np.arange(len(labels)), blocks):
        border = round(len(block) * (1 - _HELD_OUT))
        to_train += block[:border][: max(border - apart, 0)].tolist()
        apart_of += block[border:][: max(len(block) - border - apart, 0)].tolist()
    known = [i for i in to_train if len(labels[i].boxes)]
    return Shares(
        [labels[i] for i in _spread(known, training)],
        [labels[i] for i in _spread(apart_of, held_out)],
    )


def _spread(places: Sequence[int], count: int) -> Ints:
    """At most so many of them, evenly spread."""
    at = np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(np.int64)
    return np.array(places, np.int64)[at]
