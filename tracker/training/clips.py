"""MOT truth as dense arrays of places, forgiving where only training is at stake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.errors import TeamsheetError
from tracker.evaluation.boxes import Boxes
from tracker.evaluation.inputs import Truth, find_truths, read_seqinfo
from tracker.evaluation.readers import read_mot
from tracker.types import Floats, Mask

LONGEST_S = 60.0
HIDDEN_AT = 0.5
"""Truth rows with a visibility (column 9) of at most this were drawn by guess: behind somebody."""


class TrainingError(TeamsheetError):
    """Nothing can be learned from this; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingClip:
    """A stretch of a sequence. places: (F, N, 4) cx, cy, log w, log h in pixels, NaN where nobody
    is; hidden: (F, N) True where the box is there but the person could not be seen."""

    name: str
    fps: float
    places: Floats
    hidden: Mask

    @property
    def seen(self) -> Mask:
        """(F, N) somebody is there and to be seen."""
        return np.isfinite(self.places[..., 0]) & ~self.hidden


def read_clips(folder: Path, fps: float | None = None) -> list[list[TrainingClip]]:
    """The clips of every sequence below `folder`, a list per sequence.

    fps: where no seqinfo.ini says it. Raises EvaluateError on unreadable files, LearnError where
    the rate is not known.
    """
    return [read_clip(truth, fps) for truth in find_truths(folder)]


def read_clip(truth: Truth, fps: float | None = None) -> list[TrainingClip]:
    """The clips of one sequence. Rows that say a person is in two places keep the last."""
    boxes = read_mot(truth.boxes)
    rate = read_seqinfo(truth.seqinfo).fps or fps
    if rate is None:
        raise TrainingError(f"{truth.boxes}: no seqinfo.ini beside it; say --fps")
    boxes = boxes.take(np.flatnonzero((boxes.corners[:, 2:] > boxes.corners[:, :2]).all(axis=1)))
    if not len(boxes):
        return []
    length = max(1, round(LONGEST_S * rate))
    first, last = int(boxes.frames.min()), int(boxes.frames.max())
    starts = range(first, last + 1, length)
    clips = [_dense(boxes.between(a, a + length - 1), a, truth.name, rate) for a in starts]
    return [clip for clip in clips if len(clip.places)]


def _dense(boxes: Boxes, first: int, name: str, fps: float) -> TrainingClip:
    ids, column = np.unique(boxes.ids, return_inverse=True)
    count = int(boxes.frames.max()) - first + 1 if len(boxes) else 0
    places = np.full((count, len(ids), 4), np.nan, np.float32)
    hidden = np.zeros((count, len(ids)), bool)
    row = boxes.frames - first
    size = boxes.corners[:, 2:] - boxes.corners[:, :2]
    places[row, column] = np.concatenate([boxes.centres, np.log(size)], axis=1)
    hidden[row, column] = (boxes.visibility >= 0) & (boxes.visibility <= HIDDEN_AT)
    return TrainingClip(name, fps, places, hidden)


def flatten(sequences: Sequence[Sequence[TrainingClip]]) -> list[TrainingClip]:
    """All clips of all sequences."""
    return [clip for sequence in sequences for clip in sequence]
