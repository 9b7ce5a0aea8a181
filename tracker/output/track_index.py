"""Every track by itself: where a name begins and ends on it, and how long it is seen meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.types import UNKNOWN, Doubles, Ints

_FRAMES = 1 << 31


@dataclass(frozen=True, slots=True)
class Stretch:
    """A track under one name or none (UNKNOWN), frames from 1, both ends included."""

    track: int
    player: int
    first_frame: int
    last_frame: int
    seen_s: float


class TrackIndex:
    """The rows of a run by track and frame."""

    def __init__(self, rows: RowArrays) -> None:
        self._rows = rows
        self._order: Ints = np.argsort(rows.tracks, kind="stable")
        tracks, frames = rows.tracks[self._order], rows.frames[self._order]
        self._keys: Ints = tracks.astype(np.int64) * _FRAMES + frames
        steps = np.where(rows.visible, rows.steps_s[rows.place], 0.0)[self._order]
        self._seen_s: Doubles = np.concatenate([[0.0], np.cumsum(steps)])
        players = rows.players[self._order]
        new = (np.diff(tracks, prepend=tracks[0] - 1) != 0) | (
            np.diff(players, prepend=players[0] - 1) != 0
        )
        first = np.flatnonzero(new)
        last = np.append(first[1:], len(rows)) - 1
        seen = self._seen_s[last + 1] - self._seen_s[first]
        columns = (tracks[first], players[first], frames[first], frames[last])
        self.stretches = [
            Stretch(track, player, begin, end, seen_s)
            for (track, player, begin, end), seen_s in zip(
                np.stack(columns, axis=1).tolist(), seen.tolist(), strict=True
            )
        ]
        self._starts = self._keys[first]

    def rows_at(self, tracks: Ints, frames: Ints) -> Ints:
        """(N,) the rows of these tracks in these frames, -1 where there is none."""
        keys = np.asarray(tracks, np.int64) * _FRAMES + frames
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found: Ints = np.where(self._keys[place] == keys, self._order[place], -1)
        return found

    def players_at(self, tracks: Ints, frames: Ints) -> Ints:
        """(N,) whose names they bear, UNKNOWN where none."""
        rows = self.rows_at(tracks, frames)
        named: Ints = np.where(rows >= 0, self._rows.players[rows], UNKNOWN).astype(np.int64)
        return named

    def stretch_at(self, track: int, frame: int) -> Stretch | None:
        """The stretch of a track that a frame is in."""
        here = int(np.searchsorted(self._starts, track * _FRAMES + frame, side="right")) - 1
        stretch = self.stretches[here] if here >= 0 else None
        if stretch is None or stretch.track != track or stretch.last_frame < frame:
            return None
        return stretch

    def rows_of(self, track: int, first: int, last: int) -> Ints:
        """The rows of a track in these frames, in order of time."""
        ends = np.searchsorted(
            self._keys, [track * _FRAMES + first, track * _FRAMES + last + 1]
        ).tolist()
        return self._order[ends[0] : ends[1]]

    def seen_s(self, track: int, first: int, last: int) -> float:
        """How long a track is visible in these frames, seconds."""
        keys = [track * _FRAMES + first, track * _FRAMES + last + 1]
        low, high = np.searchsorted(self._keys, keys).tolist()
        return float(self._seen_s[max(high, low)] - self._seen_s[low])
