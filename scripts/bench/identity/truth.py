"""Clips of truth, and who of the people in them is in the gallery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from hockey import rate_of
from mot_bench import forgiving, picture_size

from tracker.evaluation.boxes import Boxes
from tracker.evaluation.inputs import Truth, read_seqinfo
from tracker.training.clips import HIDDEN_AT
from tracker.types import Ints, Mask

PLAYER_S = 2.0
STRANGERS = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """The truth of one sequence. truth: all rows, named where the person is in the gallery.

    hidden: (N,) rows of people who cannot be seen. players: their ids in the truth, in the order
    of the roster. size: (width, height) pixels.
    """

    name: str
    truth: Boxes
    hidden: Mask
    frames: int
    fps: float
    size: tuple[int, int]
    players: tuple[int, ...]

    @property
    def roster(self) -> list[str]:
        return [name_of(person) for person in self.players]

    @property
    def seen(self) -> Boxes:
        """The rows that count: people who can be seen."""
        return self.truth.take(~self.hidden)


def name_of(person: int) -> str:
    return f"player {person}"


def random_for(clip: str, purpose: str, seed: int, *more: int) -> np.random.Generator:
    """The same stream for the same seed, sequence and purpose, whatever else is drawn."""
    return np.random.default_rng([seed, crc32(clip.encode()), crc32(purpose.encode()), *more])


def read_clip(truth: Truth, most_frames: int | None = None, seed: int = 0) -> Clip:
    """Read a sequence, or its first frames only, and draw who is in the gallery.

    Raises EvaluateError on files that cannot be read.
    """
    boxes = forgiving(truth)
    info = read_seqinfo(truth.seqinfo)
    length = info.length or int(boxes.frames.max(initial=1))
    length = min(length, most_frames or length)
    size = picture_size(truth, boxes)
    boxes = boxes.between(1, length)
    fps = info.fps or rate_of(truth.name)  # of what is used here only hockey does not say it
    hidden = (boxes.visibility >= 0) & (boxes.visibility <= HIDDEN_AT)  # -1 and NaN: not given
    players = draw_players(truth.name, boxes.ids[~hidden], fps, seed)
    names = [name_of(i) if i in players else "" for i in boxes.ids.tolist()]
    named = replace(boxes, names=np.array(names, object))
    return Clip(truth.name, named, hidden, length, fps, size, players)


def draw_players(clip: str, ids: Ints, fps: float, seed: int) -> tuple[int, ...]:
    """Everybody who is seen for two seconds, but for a share of strangers.

    ids: (N,) the person of every box that can be seen.
    """
    people, counts = np.unique(ids, return_counts=True)
    long = people[counts >= PLAYER_S * fps]
    strangers = round(STRANGERS * len(long))
    chosen = random_for(clip, "players", seed).permutation(long)[strangers:]
    return tuple(sorted(chosen.tolist()))
