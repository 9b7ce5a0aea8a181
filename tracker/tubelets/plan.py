"""Which clips of which player: windows of one shot in which they are seen often enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tracker.output.table import BOX, VISIBILITIES
from tracker.types import Doubles, Ints, Mask, Visibility

_SMOOTH_S = 0.2  # of the square's path; steps of the detector's boxes are shorter
_AROUND = 1.2  # a body with its arms and some ground
_TYPICAL = 95  # percentile of the boxes' size: not two people in one box for a moment


@dataclass(frozen=True, slots=True)
class Shape:
    """size: side of the clips, pixels. count: pictures in a clip. stride: frames from one to the
    next. visible: least share of pictures in which the player is seen. fps: of the video."""

    size: int
    count: int
    stride: int
    visible: float
    fps: float

    @property
    def span(self) -> int:
        """Frames from the first to the last picture, both counted."""
        return (self.count - 1) * self.stride + 1


@dataclass(frozen=True, slots=True, eq=False)
class Tubelet:
    """One clip of T pictures. frames: (T,) from 1. boxes: (T, 4) source pixels, NaN where there is
    none. tracks: (T,), 0 where there is none. visibility: (T,) codes. squares: (T, 4) what is cut
    out, source pixels, of one size."""

    player: str
    frames: Ints
    boxes: Doubles
    tracks: Ints
    visibility: Ints
    squares: Doubles

    @property
    def track(self) -> int:
        """Where most of it comes from."""
        seen = self.tracks[self.tracks > 0]
        return int(Counter(seen.tolist()).most_common(1)[0][0])


@dataclass(slots=True)
class TubeletPlan:
    """clips: in the order of their first frames. left_out: reasons, and how many clips each."""

    clips: list[Tubelet] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def plan(
    rows: pd.DataFrame, people: Sequence[tuple[str, Mask]], cuts: Sequence[int], shape: Shape
) -> TubeletPlan:
    """rows: of tracks.csv. people: a name and (N,) which rows are theirs. cuts: frames, from 1,
    with which new shots begin."""
    planned = TubeletPlan()
    for player, mine in people:
        rows_of = _PlayerRows(rows[mine])
        for first, last in _shots(rows_of, cuts):
            for start in _starts(rows_of, first, last, shape, planned.left_out):
                planned.clips.append(rows_of.clip(player, start, shape))
    planned.clips.sort(key=lambda clip: (int(clip.frames[0]), clip.player))
    return planned


class _PlayerRows:
    """The rows of one person, by frame; between them there is nobody."""

    def __init__(self, rows: pd.DataFrame) -> None:
        frame = rows["frame"].to_numpy()
        self.first, self.last = int(frame.min()), int(frame.max())
        length, place = self.last - self.first + 1, frame - self.first
        codes = {label: code for code, label in enumerate(VISIBILITIES)}
        self._boxes = np.full((length, 4), np.nan)
        self._boxes[place] = rows[BOX].to_numpy(np.float64)
        self._tracks = np.zeros(length, np.int64)
        self._tracks[place] = rows["track_id"].to_numpy()
        self._visibility = np.full(length, int(Visibility.ABSENT), np.int64)
        self._visibility[place] = [codes[label] for label in rows["visibility"]]

    @property
    def seen(self) -> Ints:
        """Frames in which they are visible."""
        return np.flatnonzero(self._visibility == Visibility.VISIBLE) + self.first

    def share(self, frames: Ints) -> float:
        """In how many of these frames they are visible."""
        return float((self._visibility[frames - self.first] == Visibility.VISIBLE).mean())

    def clip(self, player: str, start: int, shape: Shape) -> Tubelet:
        frames = start + np.arange(shape.count) * shape.stride
        every = np.arange(start, start + shape.span) - self.first
        squares = _squares(self._boxes[every], shape.fps)[:: shape.stride]
        at = frames - self.first
        return Tubelet(
            player, frames, self._boxes[at], self._tracks[at], self._visibility[at], squares
        )


def _shots(player: _PlayerRows, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last frame of the path in every shot."""
    inside = sorted({cut for cut in cuts if player.first < cut <= player.last})
    yield from zip([player.first, *inside], [*(c - 1 for c in inside), player.last], strict=True)


def _starts(
    player: _PlayerRows, first: int, last: int, shape: Shape, left_out: Counter[str]
) -> Iterator[int]:
    """First frames of the clips of a shot, one after the other, each where they are visible."""
    seen = player.seen
    start = first
    while (place := int(np.searchsorted(seen, start))) < len(seen) and seen[place] <= last:
        start = int(seen[place])
        if start + shape.span - 1 > last:
            left_out["shorter than a clip"] += 1
            return
        if player.share(start + np.arange(shape.count) * shape.stride) >= shape.visible:
            yield start
        else:
            left_out["too seldom visible"] += 1
        start += shape.count * shape.stride


def _squares(boxes: Doubles, fps: float) -> Doubles:
    """(n, 4) squares of one size around boxes in consecutive frames, some of them NaN."""
    from scipy.ndimage import gaussian_filter1d

    there = np.flatnonzero(np.isfinite(boxes[:, 0]))
    centres = (boxes[there, :2] + boxes[there, 2:]) / 2
    side = np.percentile((boxes[there, 2:] - boxes[there, :2]).max(axis=1), _TYPICAL) * _AROUND
    whole = np.arange(len(boxes))
    centre = np.stack([np.interp(whole, there, centres[:, i]) for i in range(2)], axis=1)
    smooth = gaussian_filter1d(centre, max(_SMOOTH_S * fps, 1e-3), axis=0, mode="nearest")
    half = max(round(float(side)), 2) / 2
    return np.concatenate([smooth - half, smooth + half], axis=1)
