"""Named boxes of one source, as columns: what every reader of anchors gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import TeamsheetError
from tracker.types import Doubles, Floats, Index, Ints, Mask

_UNKNOWN_RATE = 1000.0  # frames a second at which times count where the video says none


class AnchorError(TeamsheetError):
    """A file or line of anchors cannot be used; one line that says where, and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class AnchorRows:
    """Named boxes out of one source, N of them, ordered by frame.

    source: its short name, for messages and `evidence`: the file's stem, "live", "detector".
    frames: (N,) 1-based; 0 where only a time is known. times_s: (N,) seconds, NaN where the frame
    is known. boxes: (N, 4) x1 y1 x2 y2 pixels; NaN of a point. points: (N, 2) pixels; NaN where
    there is a box. players: (N,) index into `names`. names: who is named. confidence: (N,) in
    [0, 1], NaN where none is stated. human: (N,) a person has named it. warnings: one line each.
    beyond: so many rows more were of frames that the video does not have.
    """

    source: str
    frames: Ints
    times_s: Doubles
    boxes: Floats
    points: Floats
    players: Ints
    names: tuple[str, ...]
    confidence: Doubles
    human: Mask
    warnings: tuple[str, ...] = ()
    beyond: int = 0

    def __post_init__(self) -> None:
        n = len(self.frames)
        if self.boxes.shape != (n, 4) or self.points.shape != (n, 2):
            raise ValueError(
                f"AnchorRows of {n} rows: boxes {self.boxes.shape}, points {self.points.shape}"
            )
        for what in ("frames", "times_s", "players", "confidence", "human"):
            if getattr(self, what).shape != (n,):
                raise ValueError(f"AnchorRows.{what} must be ({n},)")
        if n and not 0 <= self.players.min() <= self.players.max() < len(self.names):
            raise ValueError("AnchorRows.players must be indices of its names")

    def __len__(self) -> int:
        return len(self.frames)

    def take(self, rows: Index) -> AnchorRows:
        """Those of an index or mask array."""
        return replace(
            self, frames=self.frames[rows], times_s=self.times_s[rows], boxes=self.boxes[rows],
            points=self.points[rows], players=self.players[rows],
            confidence=self.confidence[rows], human=self.human[rows],
        )  # fmt: skip

    def with_warning(self, line: str) -> AnchorRows:
        """The same with one line more."""
        return replace(self, warnings=(*self.warnings, line))

    def nearest_frames(self, fps: float) -> Ints:
        """(N,) the frame of each row, 1-based; of a time the nearest at so many frames a second."""
        rate = fps if fps > 0 else _UNKNOWN_RATE
        timed = np.rint(np.nan_to_num(self.times_s) * rate).astype(np.int64) + 1
        return np.where(self.frames > 0, self.frames, timed)

    @classmethod
    def none(cls, source: str, names: Sequence[str] = ()) -> AnchorRows:
        """Of a source that has said nothing yet."""
        rows, none = np.zeros(0, np.int64), np.zeros(0)
        boxes, points = np.zeros((0, 4), np.float32), np.zeros((0, 2), np.float32)
        return cls(source, rows, none, boxes, points, rows, tuple(names), none, rows > 0)

    @classmethod
    def joined(cls, parts: Sequence[AnchorRows]) -> AnchorRows:
        """All of some parts of one source and one roster, by frame, player and place, in whatever
        order they came; at least one."""

        def column(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(part, name) for part in parts])

        whole = replace(
            parts[0], frames=column("frames"), times_s=column("times_s"), boxes=column("boxes"),
            points=column("points"), players=column("players"), confidence=column("confidence"),
            human=column("human"),
        )  # fmt: skip
        return whole.in_whole_order(0.0)

    def in_whole_order(self, fps: float) -> AnchorRows:
        """The rows by frame, player and place, however they were."""
        keys = [self.confidence, self.human, *self.points.T, *self.boxes.T, self.players]
        return self.take(np.lexsort([*keys, self.nearest_frames(fps)]))

    def in_order(self, fps: float) -> AnchorRows:
        """The rows by frame; those of one frame as they were."""
        at = self.nearest_frames(fps)
        return self if (np.diff(at) >= 0).all() else self.take(np.argsort(at, kind="stable"))

    def surest(self, fps: float) -> AnchorRows:
        """One row of a player and frame: a person's word, then the highest confidence, then what
        lies furthest left, wherever it stands. How many rows that leaves out is a warning."""
        key = self.nearest_frames(fps) * max(len(self.names), 1) + self.players
        if (np.diff(np.sort(key)) > 0).all():
            return self
        place = (*self.points.T[::-1], *self.boxes.T[::-1])
        order = np.lexsort((*place, -np.nan_to_num(self.confidence, nan=-1.0), ~self.human, key))
        first = np.diff(key[order], prepend=-1) != 0
        kept = np.sort(order[first])
        lost = len(self) - len(kept)
        player = self.names[int(self.players[order[~first]][0])]
        return self.take(kept).with_warning(
            f"{self.source}: {counted(lost)} a player who stands twice in a frame, {player} for "
            "one; the surest row of each is kept"
        )


def counted(rows: int) -> str:
    """For a message: "1 row names", "2 rows name"."""
    return "1 row names" if rows == 1 else f"{rows} rows name"
