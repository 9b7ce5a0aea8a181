"""Clips of true boxes, and the bursts of frames in which a person is blanked out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from mot_bench import picture_size

from tracker.evaluation.boxes import Boxes, Mask
from tracker.evaluation.inputs import Truth
from tracker.evaluation.loading import DEFAULT_FPS, load_truth
from tracker.evaluation.options import Options
from tracker.types import Ints, Observation

BURST_FPS = 25.0
SHORTEST, LONGEST = 5, 40  # frames at BURST_FPS, each length as likely as the other
SEEN_S = 1.0
SPARE_S = 2.6  # seen for up to this much longer: 20 to 25 % of the rows are blanked, as clips go


@dataclass(frozen=True, slots=True)
class Burst:
    """A person is blanked from frame `first` to `last` (1-based, both included).

    length: what was drawn, in frames at 25 a second.
    """

    person: int
    first: int
    last: int
    length: int


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """The truth of one sequence. size: (width, height) pixels; crowd: most boxes in one frame."""

    name: str
    truth: Boxes
    frames: int
    fps: float
    size: tuple[int, int]
    crowd: int


def read_clip(truth: Truth, most_frames: int | None = None) -> Clip:
    """Read a sequence, or its first frames only (the crowd is counted in all of them).

    Raises EvaluateError.
    """
    reference = load_truth(truth, Options())
    boxes = reference.counted
    length = reference.info.length or int(boxes.frames.max(initial=1))
    length = min(length, most_frames or length)
    return Clip(
        name=truth.name,
        truth=boxes.between(1, length),
        frames=length,
        fps=reference.fps or DEFAULT_FPS,
        size=picture_size(truth, boxes),
        crowd=int(np.bincount(boxes.frames).max(initial=0)),
    )


def draw_bursts(clip: Clip, seed: int = 0) -> list[Burst]:
    """Bursts for everybody, the same for the same seed and sequence name.

    A person is seen in every frame of at least the second before a burst (so never blanked in
    their first), has a true box in every frame of it, and one in the frame after it.
    """
    bursts = []
    for person in np.unique(clip.truth.ids).tolist():
        random = np.random.default_rng([seed, crc32(clip.name.encode()), person & 0xFFFFFFFF])
        frames = clip.truth.frames[clip.truth.ids == person]
        for run in np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1):
            bursts += _bursts_in_run(person, run, clip.fps, random)
    return bursts


def _bursts_in_run(person: int, run: Ints, fps: float, random: np.random.Generator) -> list[Burst]:
    """run: consecutive frames in which the person has a box."""
    bursts: list[Burst] = []
    at, end = int(run[0]), int(run[-1])
    while True:
        at += round(fps * (SEEN_S + random.uniform(0, SPARE_S)))
        length = int(random.integers(SHORTEST, LONGEST + 1))
        after = at + max(1, round(length * fps / BURST_FPS))
        if after > end:
            return bursts
        bursts.append(Burst(person, at, after - 1, length))
        at = after


def hidden_rows(truth: Boxes, bursts: Sequence[Burst]) -> Mask:
    """(N,) True for the rows of the truth that the bursts blank."""
    hidden = np.zeros(len(truth), bool)
    for burst in bursts:
        within = (truth.frames >= burst.first) & (truth.frames <= burst.last)
        hidden |= within & (truth.ids == burst.person)
    return hidden


def observe(clip: Clip, boxes: Boxes) -> list[Observation]:
    """Boxes as a perfect detector would give them: score 1, no looks, a still camera."""
    return [
        Observation(
            index=index,
            time_s=index / clip.fps,
            boxes=boxes.corners[rows].astype(np.float32),
            scores=np.ones(rows.stop - rows.start, np.float32),
            embeddings=np.zeros((rows.stop - rows.start, 0), np.float32),
            camera=np.eye(2, 3),
            cut=False,
        )
        for index, rows in enumerate(boxes.by_frame(1, clip.frames))
    ]
