"""The rows of a whole run, a column each, that can be looked at as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, overload

import numpy as np

from tracker.types import Doubles, Ints, Mask, RowColumns, TrackedFrame

OF_FRAMES = {
    "indices": np.int64,
    "time_s": np.float64,
    "shot": np.int64,
    "mixed": np.int64,
    "in_transition": np.bool_,
}
OF_ROWS = tuple(f.name for f in fields(RowColumns))


@dataclass(frozen=True, eq=False)
class Rows(RowColumns, Sequence[TrackedFrame]):
    """R rows of F frames. counts: (F,) rows of each; indices: (F,) Frame.index; the other columns
    are as in TrackedFrame, (F,) those of frames and (R,) those of rows."""

    counts: Ints
    indices: Ints
    time_s: Doubles
    shot: Ints
    mixed: Ints
    in_transition: Mask

    @classmethod
    def of(cls, frames: Sequence[TrackedFrame]) -> Rows:
        """At least one frame."""
        counts = np.array([len(frame) for frame in frames], np.int64)
        columns: dict[str, Any] = {
            name: np.array(
                [getattr(frame, name.replace("indices", "index")) for frame in frames], k
            )
            for name, k in OF_FRAMES.items()
        }
        for name in OF_ROWS:
            columns[name] = np.concatenate([getattr(frame, name) for frame in frames])
        return cls(counts=counts, **columns)

    @cached_property
    def starts(self) -> Ints:
        """(F + 1,) rows before each frame."""
        return np.append(0, np.cumsum(self.counts))

    @cached_property
    def place(self) -> Ints:
        """(R,) place of each row's frame."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def _by_track(self) -> tuple[Ints, Ints]:
        """Keys of track and place, rising, and the rows they stand for."""
        keys = self.track_ids * len(self) + self.place
        order = np.argsort(keys)
        return keys[order], order

    def of_track(self, track: int, places: range) -> Ints:
        """(n,) rows of a track in these frames, -1 where it has none."""
        return self.of_tracks(track, np.arange(places.start, places.stop))

    def of_tracks(self, tracks: Ints | int, places: Ints) -> Ints:
        """(n,) rows of these tracks, each in one of these frames, -1 where it has none."""
        keys, order = self._by_track
        wanted = tracks * len(self) + places
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        return np.where(keys[at] == wanted, order[at], -1)

    def take(self, kept: Mask) -> Rows:
        """Without the rows that are not kept."""
        counts = np.bincount(self.place[kept], minlength=len(self))
        return replace(self, counts=counts, **{n: getattr(self, n)[kept] for n in OF_ROWS})

    def __len__(self) -> int:
        return len(self.counts)

    @overload
    def __getitem__(self, i: int) -> TrackedFrame: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[TrackedFrame]: ...
    def __getitem__(self, i: int | slice) -> TrackedFrame | Sequence[TrackedFrame]:
        if isinstance(i, slice):
            return [self[n] for n in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        place = i % len(self)
        rows = slice(int(self.starts[place]), int(self.starts[place + 1]))
        return TrackedFrame(
            index=int(self.indices[place]),
            time_s=float(self.time_s[place]),
            shot=int(self.shot[place]),
            mixed=int(self.mixed[place]),
            in_transition=bool(self.in_transition[place]),
            **{name: getattr(self, name)[rows] for name in OF_ROWS},
        )
