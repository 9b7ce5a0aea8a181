"""Who was seen where, and on what, a few times a second: what a court is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.types import GROUND_WIDTH, Doubles, Floats, Ints, Observation

EVERY_S = 0.2
_MOST = 40_000
"""People that are kept, some minutes of a match; of more, every second look is forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """N boxes of frames. time_s, shot: (N,). boxes: (N, 4), scores: (N,), ground: (N, GROUND_WIDTH)
    as in Observation. speed: (N,) body heights a second, NaN where it is not known yet. field_nats:
    (N,) by the field, 0 where none is drawn."""

    time_s: Doubles
    shot: Ints
    boxes: Doubles
    scores: Doubles
    ground: Floats
    speed: Doubles
    field_nats: Doubles

    def __len__(self) -> int:
        return len(self.time_s)

    @classmethod
    def of(
        cls, seen: Observation, shot: int, speed: Doubles, field_nats: Doubles | None = None
    ) -> Sightings:
        """Of one frame."""
        n = len(seen.boxes)
        ground = np.zeros((n, GROUND_WIDTH), np.float32) if seen.ground is None else seen.ground
        return cls(
            np.full(n, seen.time_s), np.full(n, shot, np.int64), seen.boxes.astype(np.float64),
            seen.scores.astype(np.float64), ground, speed,
            np.zeros(n) if field_nats is None else field_nats,
        )  # fmt: skip


class SightingLog:
    """Sightings of a video so far, every `EVERY_S` seconds or, of a long one, less often."""

    def __init__(self) -> None:
        self._frames: list[Sightings] = []
        self._count = 0
        self._every_s = EVERY_S
        self._next_s = -np.inf

    def due(self, time_s: float) -> bool:
        """Whether the frame at this time is wanted."""
        return time_s >= self._next_s - 5e-4

    def add(self, frame: Sightings, time_s: float) -> None:
        """The next frame that is due."""
        self._next_s = time_s + self._every_s
        if not len(frame):
            return
        self._frames.append(frame)
        self._count += len(frame)
        if self._count > _MOST:
            self._frames = self._frames[::2]
            self._count = sum(map(len, self._frames))
            self._every_s *= 2

    def since(self, time_s: float) -> Sightings:
        """Those from this time on."""
        first = len(self._frames)
        while first and self._frames[first - 1].time_s[0] >= time_s:
            first -= 1
        return joined(self._frames[first:])


def joined(frames: list[Sightings]) -> Sightings:
    """All of them in one."""
    none = np.zeros(0)
    empty = Sightings(
        none, none.astype(np.int64), np.zeros((0, 4)), none,
        np.zeros((0, GROUND_WIDTH), np.float32), none, none,
    )  # fmt: skip
    columns = ([getattr(f, name) for f in (empty, *frames)] for name in Sightings.__slots__)
    return Sightings(*map(np.concatenate, columns))
