"""Where a new shot begins, judged by how much this very video changes from frame to frame.

At a hard cut no camera motion fits, and the colours change far more than they did lately, in most
parts of the picture: somebody who runs past the camera changes some. A dissolve or a wipe comes in
small steps. So the picture is compared with earlier ones too: where no motion fits over them and
every picture in between is a mixture of the two ends, a shot has ended. A pan or a zoom shows
something else in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from tracker.observation.chunk import Recent
from tracker.observation.thumbnails import View, distances
from tracker.types import Doubles, Floats

SPAN = 24
"""So many frames are remembered at most, as far as they showed something."""
WARM_UP = 4
"""Behind so many more it is judged as if all before had been seen."""
_SPAN_S = 1.0
_PARTS_SHARE = 0.25  # of the parts may be as they were: a score board
_FEWEST_STEPS = 4
_STANDS_OUT = 2.0  # times the level
_MIN = 0.1  # less is no cut, however quiet the video is
_SURGE = 1.5  # times what the last three steps were: a whip pan goes on
_BLIND = 3  # where no motion is known for so many pictures, that none fits says little
_STRANGE = 0.35  # such pictures have nothing to do with each other; a fast pan changes by .26
_TWIST = 2.0  # a whip pan smears one direction; such a picture is judged when it is over
_LAGS = (6, 10, 14, 19)  # pictures back
_APART = 8.0  # levels of grey by which the two ends differ at least
_MIXED = 0.15  # share of their difference by which a mixture of them may be off
_DONE = 0.92  # of the way, two pictures ago: it has come to rest
_BEGUN = 0.05
_SWEPT = 0.25  # of the width: a camera that moved so far has shown other things by that alone
_EXPLAINED = 0.7  # of the difference is left where the first picture is laid over the last


def _most_parts(apart: Floats) -> float:
    """By how much most parts have changed, or more."""
    return float(apart[int(_PARTS_SHARE * len(apart))])


@dataclass(frozen=True, slots=True, eq=False)
class _Remembered:
    """A picture that is remembered. motion: (2, 3) from the one before it, at full size."""

    view: View
    index: int
    time_s: float
    motion: Doubles


class Watch:
    """Remembers the pictures of about the last second and says where a shot begins.

    limit: mean distance of colours above which it is a cut wherever no motion fits.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._kept: list[_Remembered] = []
        self._steps: deque[tuple[int, float]] = deque()  # frame, and by how much it had changed
        self._unknown = 0

    @property
    def last(self) -> View | None:
        """The last picture that showed something."""
        return self._kept[-1].view if self._kept else None

    def recent(self, index: int) -> Recent:
        """What going on behind frame `index` takes."""
        self._forget(index)
        return Recent(
            tuple(index - kept.index for kept in self._kept),
            tuple((index - at, step) for at, step in self._steps),
            self._unknown,
        )

    def recall(self, recent: Recent, index: int) -> None:
        """Go on behind frame `index`, once each of the pictures was given to `keep`."""
        self._kept = []
        self._steps = deque((index - ago, step) for ago, step in recent.steps)
        self._unknown = recent.unknown

    def keep(self, view: View, index: int, time_s: float, motion: Doubles) -> None:
        """Remember a picture, and forget what is too old beside it."""
        first_s = time_s - _SPAN_S - 1e-6
        self._kept = [kept for kept in self._kept if kept.time_s >= first_s]
        self._kept.append(_Remembered(view, index, time_s, motion))
        self._forget(index)

    def _forget(self, index: int) -> None:
        """What is older than `SPAN` frames, but for the last picture."""
        last = self._kept[-1:]
        self._kept = [kept for kept in self._kept[:-1] if kept.index > index - SPAN] + last
        while self._steps and self._steps[0][0] <= index - SPAN:
            self._steps.popleft()

    def begin(self, view: View, index: int, time_s: float) -> None:
        """A shot begins: nothing before it is a measure for its pictures."""
        self._kept = []
        self.keep(view, index, time_s, np.eye(2, 3))

    def decide(
        self,
        view: View,
        index: int,
        time_s: float,
        motion: Doubles | None,
        fits: Callable[[View], bool],
    ) -> int | None:
        """None: the shot goes on. Else one begins with this frame, and so many before it show both.

        motion: (2, 3) since the last picture, None where it is unknown. fits: whether there is a
        motion from an earlier picture to this one.
        """
        before = self._kept[-1].view
        apart = distances(before, view)
        self._forget(index)
        self._unknown = min(self._unknown + 1, _BLIND) if motion is None else 0
        if motion is None and self._is_cut(apart, before, view):
            self.begin(view, index, time_s)
            return 0
        self._steps.append((index, _most_parts(apart)))
        self.keep(view, index, time_s, np.eye(2, 3) if motion is None else motion)
        lags = [lag for lag in _LAGS if len(self._kept) > lag]
        outstanding = self._outstanding if lags else 0.0
        mixed = {lag: self._mixed(lag, outstanding) for lag in lags}
        if any(m and not fits(self._kept[-lag - 1].view) for lag, m in mixed.items()):
            self.begin(view, index, time_s)
            return max(mixed.values())
        return None

    def _is_cut(self, apart: Floats, before: View, view: View) -> bool:
        if apart.mean() > self._limit:
            return True
        if self._unknown == _BLIND:
            return _most_parts(apart) > _STRANGE
        if len(self._steps) < _FEWEST_STEPS:
            return False
        surge = _SURGE * max(step for _, step in list(self._steps)[-3:])
        return _most_parts(apart) > max(self._outstanding, surge) and not _twisted(before, view)

    @property
    def _outstanding(self) -> float:
        """More than this stands out from what this video lately does from frame to frame."""
        level = median(step for _, step in self._steps) if self._steps else 0.0
        return max(_MIN, _STANDS_OUT * level)

    def _mixed(self, lag: int, outstanding: float) -> int:
        """How many of the last frames are a mixture of the picture `lag` back and of this one;
        0 where they are not, or where both look alike: the colours of both differ by less than
        `outstanding`."""
        pictures = self._kept[-lag - 1 :]
        start, end, between = pictures[0], pictures[-1], pictures[1:-1]
        if _most_parts(distances(start.view, end.view)) < outstanding:
            return 0
        change = _Change(start.view.small, end.view.small)
        if change.apart < _APART or change.way(between[-2].view.small[None])[0] < _DONE:
            return 0  # that tells that most are none, at little cost
        smalls = np.stack([kept.view.small for kept in between])
        if change.off(smalls).max() > _MIXED:
            return 0
        if _moved_there(pictures) or _twisted(start.view, end.view):
            return 0
        begun = int(np.argmax(change.way(smalls) > _BEGUN))
        return end.index - between[begun].index


class _Change:
    """How one small picture became another, and how pictures in between lie on that way.

    Every pixel may be at another place of its way: a wipe. apart: the difference, levels.
    """

    def __init__(self, start: Floats, end: Floats) -> None:
        self._start, self._whole = start, (end - start).astype(np.float64)
        self._square = np.maximum(_over_colours(self._whole**2), 1e-6)
        self._length = np.sqrt(self._square)
        self.apart = float(self._length.mean())

    def way(self, between: Floats) -> Doubles:
        """(N,) how far each of N pictures is on the way, 0 to 1."""
        share = self._share(between - self._start)
        return np.asarray((share * self._length).sum(axis=(1, 2)) / float(self._length.sum()))

    def off(self, between: Floats) -> Doubles:
        """(N,) by which share of the whole difference each is off that way."""
        gone = between - self._start
        off = np.sqrt(_over_colours((gone - self._share(gone)[..., None] * self._whole) ** 2))
        return np.asarray(off.sum(axis=(1, 2)) / float(self._length.sum()))

    def _share(self, gone: Floats) -> Doubles:
        share = _over_colours(gone * self._whole) / self._square
        return np.minimum(np.maximum(share, 0), 1)


def _over_colours(values: Doubles) -> Doubles:
    """(..., 3) summed over the last axis, which is too short for NumPy's own sum to be fast."""
    return np.asarray(values[..., 0] + values[..., 1] + values[..., 2])


def _moved_there(pictures: Sequence[_Remembered]) -> bool:
    """Whether the camera's own motion explains the last picture by the first: it has carried much
    out of view, or what it has not is found where it must be then."""
    width, height = pictures[0].view.size
    motion = np.eye(2, 3)
    for picture in pictures[1:]:
        motion = picture.motion @ np.vstack([motion, [0, 0, 1]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    there = corners @ motion[:, :2].T + motion[:, 2]
    if np.linalg.norm(there - corners, axis=1).max() > _SWEPT * width:
        return True
    start, end = pictures[0].view.small, pictures[-1].view.small
    rows, columns = start.shape[:2]
    scale = np.array([columns / width, rows / height])
    small = np.column_stack([motion[:, :2] * scale[:, None] / scale, motion[:, 2] * scale])
    laid = cv2.warpAffine(start, small, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
    left, right = (float(np.abs(picture - end).mean()) for picture in (start, laid))
    return right < _EXPLAINED * left


def _twisted(before: View, now: View) -> bool:
    """Whether one of two pictures is smeared along one direction, as by a whip pan."""
    ratios = []
    for picture in (before, now):
        grey = picture.grey.astype(np.float32)
        across, down = (np.abs(np.diff(grey, axis=axis)).mean() for axis in (1, 0))
        ratios.append((across + 0.1) / (down + 0.1))
    return bool(max(ratios) > _TWIST * min(ratios))
