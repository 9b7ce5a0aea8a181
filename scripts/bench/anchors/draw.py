"""Anchors of pretended gallery models: true boxes by lot, some of them under a wrong name.

Every box has fates of its own, the same at any rate: what is drawn at 1 % is among what is drawn at
2 %, under the same name.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from tracker.evaluation.boxes import Boxes
from tracker.output.gallery_ids import GalleryIds
from tracker.types import Ints, Mask

SWAP_S = 3.0
SWAPPED, ONE_WRONG = "two swapped for 3 s", "one always wrong"
FAULTS = ("", SWAPPED, ONE_WRONG)
COLUMNS = ("frame", "x1", "y1", "x2", "y2", "player")


@dataclass(frozen=True, slots=True)
class Model:
    """rate: anchors for each true box of a player; accuracy: share of them with the right name.
    stated: what the tracker is told of that, None: nothing (`auto`). fault: one of FAULTS, on top
    of it."""

    rate: float
    accuracy: float
    stated: float | None = None
    fault: str = ""

    def told(self) -> Model:
        """With the accuracy that it is drawn with."""
        return Model(self.rate, self.accuracy, self.accuracy, self.fault)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """rows: (A,) of the truth that have an anchor, rising. said: (A,) index of a player."""

    truth: Boxes
    players: tuple[str, ...]
    rows: Ints
    said: Ints

    @property
    def right(self) -> Mask:
        """(A,) whether each says who it is."""
        return np.asarray(np.array(self.players, object)[self.said] == self.truth.names[self.rows])

    @property
    def ids(self) -> GalleryIds:
        """Frames in which an anchor names a player rightly."""
        frames, said = self.truth.frames[self.rows], np.where(self.right, self.said, -1)
        return {name: np.unique(frames[said == n]) for n, name in enumerate(self.players)}

    def write(self, path: Path) -> Path:
        """As a file of --anchors."""
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for row, player in zip(self.rows.tolist(), self.said.tolist(), strict=True):
                corners = self.truth.corners[row].tolist()
                table.writerow([self.truth.frames[row], *corners, self.players[player]])
        return path


def draw(
    truth: Boxes, players: Sequence[str], model: Model, fps: float, seeds: Sequence[object]
) -> Drawn:
    """truth: the boxes that count, with names. players: who may be named. Wrong names fall on
    everybody's boxes alike, also on those of people who are no players. seeds: whatever tells this
    draw from others."""
    rng = np.random.default_rng([crc32(str(seed).encode()) for seed in seeds])
    drawn, fate = rng.random(len(truth)), rng.random(len(truth))
    other = rng.integers(0, 1 << 30, len(truth))
    place = {name: n for n, name in enumerate(players)}
    true = np.array([place.get(name, -1) for name in truth.names.tolist()], np.int64)
    known = true >= 0
    mistakes = model.rate * (1 - model.accuracy) * known.mean()  # for each box
    share = mistakes + np.where(known, model.rate * model.accuracy, 0)
    wrong = fate * share < mistakes
    rows = np.flatnonzero(drawn < share)
    others = other % np.maximum(len(players) - known, 1)
    others += known & (others >= true)  # anybody else
    said = np.where(wrong, np.minimum(others, len(players) - 1), true)[rows]
    said = _faulty(truth.frames[rows], true[rows], said, model.fault, fps, len(players))
    return Drawn(truth, tuple(players), rows, said)


def _faulty(frames: Ints, true: Ints, said: Ints, fault: str, fps: float, players: int) -> Ints:
    """(A,) what is said, spoilt."""
    if not fault or not len(frames):
        return said
    if fault == ONE_WRONG:
        victim = np.bincount(true[true >= 0], minlength=players).argmax()
        return np.where(true == victim, (victim + 1) % players, said)
    middle, half = (frames[0] + frames[-1]) / 2, SWAP_S * fps / 2
    there = np.abs(frames - middle) <= half
    counts = np.bincount(true[there & (true >= 0)], minlength=players)
    one, two = np.argsort(-counts, kind="stable")[:2]
    swapped = said.copy()
    swapped[there & (said == one)] = two
    swapped[there & (said == two)] = one
    return swapped
