"""Do these boxes and frames belong to this video? The one place that asks, for every command.

A file of boxes names no video. What can be seen from it: which frames it has, how far its boxes
reach, and whether only every n-th frame has any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.types import Doubles, Floats, Ints, Mask

RATES = (5.0, 6.0, 7.5, 10.0, 12.0, 12.5, 15.0, 20.0, 24.0, 25.0, 30.0, 48.0, 50.0, 60.0)
"""Frames a second at which people annotate and cameras record; 23.976 is near enough to 24."""
_SCALES = (1.5, 2.0, 2.25, 2.5, 3.0, 4.0, 6.0, 8.0)  # of a larger picture
_FEWEST_BOXES = 10  # boxes; of fewer no reach is spoken of
_OUTSIDE = 0.2  # share of boxes whose middle lies outside: more is another picture
_SOME_OUTSIDE = 0.03
_CORNER = 0.6  # share of width and height beyond which no box reaches: perhaps a smaller picture
_SPARSE = 4  # frames that tell a step
_COVERS = 0.5  # share of the frames due at that step that have boxes
_NEAR = 0.02  # two lengths are alike


@dataclass(frozen=True, slots=True)
class Film:
    """A video, or the part that is asked for. frames: how many it has, None where nobody knows.

    first, last: frames asked for, 1-based, None: to the end.
    """

    name: str
    width: int
    height: int
    frames: int | None
    fps: float
    first: int = 1
    last: int | None = None

    @property
    def end(self) -> int | None:
        """The last frame that is asked for, where it is known."""
        known = [n for n in (self.frames, self.last) if n is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not go together, in one line with its remedy. sure: going on would mislead.
    of_frames: it is the frames, not the boxes; if that is not sure, some are beyond the end, and
    what to do with them is the caller's to say."""

    what: str
    sure: bool
    of_frames: bool = False

    def __str__(self) -> str:
        return self.what


def misfits(source: str, frames: Ints, boxes: Doubles | Floats, film: Film) -> list[Misfit]:
    """All that is wrong with boxes for a video; first what is sure.

    frames: (N,) 1-based. boxes: (N, 4) x1 y1 x2 y2 pixels, as they were read. Pure.
    """
    if not len(frames):
        return []
    found = [frames_misfit(source, frames, film), boxes_misfit(source, boxes, film)]
    return sorted([misfit for misfit in found if misfit], key=lambda misfit: not misfit.sure)


def frames_misfit(source: str, frames: Ints, film: Film) -> Misfit | None:
    """Frames of a file that the video, or the part asked for, does not have."""
    low, high, end = int(frames.min()), int(frames.max()), film.end
    has = f"{source} has {_span(low, high)}"
    length = "1 frame" if film.frames == 1 else f"{film.frames} frames"
    there = f"{film.name} has {length}" if film.frames else film.name
    inside = (frames >= film.first) & (frames <= (end or high))
    if not inside.any():
        if film.first > 1 or film.last:
            part = f"{film.first} to {film.last or 'the end'}"
            return Misfit(
                f"{has}, none of the frames asked for ({part} of {film.name})", True, True
            )
        shift = f"take {low - 1} from its first column, if frame {low} is the video's first"
        return Misfit(f"{has}, and {there}; {shift}", True, True)
    if film.frames is None or high <= film.frames + _spare(film.frames):
        return None
    if _milliseconds(frames, film):
        return Misfit(
            f"{has}, and {there}; they look like milliseconds: divide them by {1000 / film.fps:g} "
            "and write frames from 1",
            True,
            True,
        )
    rate = _rate(high, film)
    why = f", as if made at {rate:g} frames a second, not {film.fps:g}" if rate else ""
    return Misfit(f"{has}, and {there}{why}", False, True)


def _milliseconds(frames: Ints, film: Film) -> bool:
    """Times instead of frames: as far apart as the pictures are, and ending with the video."""
    each, apart = np.unique(frames), 1000 / film.fps
    if len(each) < _SPARSE or film.frames is None or apart < 3:
        return False
    steps = np.diff(each) / apart
    ends = abs(each[-1] / apart - film.frames) <= 1 + 0.1 * film.frames
    whole = np.maximum(steps.round(), 1)
    return bool(ends and (np.abs(steps - whole) * apart <= 1.01).all())


def _spare(frames: int) -> int:
    """A container's count may be a little short."""
    return max(2, round(0.01 * frames)) if frames > 100 else 0


def _rate(high: int, film: Film) -> float | None:
    """The rate at which a film of that length would have so many frames, if it is a common one."""
    wanted = film.fps * high / film.frames if film.frames else 0.0
    near = min(RATES, key=lambda rate: abs(rate - wanted))
    common = abs(near - wanted) <= _NEAR * near and abs(near - film.fps) > _NEAR * film.fps
    return near if common else None


def boxes_misfit(source: str, boxes: Doubles | Floats, film: Film) -> Misfit | None:
    """Boxes that are shares, corners, or of a picture of another size."""
    place, size = boxes[:, :2].astype(np.float64), (boxes[:, 2:] - boxes[:, :2]).astype(np.float64)
    picture = np.array([film.width, film.height], np.float64)
    if not picture.all() or not np.isfinite(boxes).all():
        return None
    for test in (_shares, _corners, _outside, _corner):
        what = test(place, size, picture)
        if what:
            sure = not what.startswith("?")
            return Misfit(f"{source}: {what.removeprefix('?')}", sure)
    return None


def _shares(place: Doubles, size: Doubles, picture: Doubles) -> str:
    """Normalised to 0 to 1."""
    if max(np.abs(place).max(), size.max()) > 1.5 or picture.min() < 16:
        return ""
    width, height = picture
    over = float(((place + size).max(axis=1) > 1.02).mean())
    middle = bool((place + size / 2 <= 1.02).all() and (place - size / 2 >= -0.02).all())
    if over > 0 and (size >= place).all():
        return (
            f"its boxes are x1,y1,x2,y2 from 0 to 1, where x,y,width,height in pixels are due; "
            f"multiply by {width:g} and {height:g}, and take x1 and y1 from x2 and y2"
        )
    if over > 0 and middle:
        first = "x,y are the middle of the box: take half of width and height from them; then "
    else:
        first = "(YOLO's x,y are the middle of the box) "
    return (
        f"its boxes are shares of the picture from 0 to 1, where pixels are due; {first}"
        f"multiply x and width by {width:g}, y and height by {height:g}"
    )


def _corners(place: Doubles, size: Doubles, picture: Doubles) -> str:
    """x1,y1,x2,y2 read as x,y,width,height: the last two always exceed the first two."""
    if not (size > place).all() or (size > 1.02 * picture).any():
        return ""
    beyond = ((place + size) > 1.1 * picture).any(axis=1)
    return (
        "its boxes look like x1,y1,x2,y2, where x,y,width,height are due; "
        "write x2-x1 and y2-y1 into the columns of width and height"
        if beyond.mean() >= _OUTSIDE
        else ""
    )


def _outside(place: Doubles, size: Doubles, picture: Doubles) -> str:
    """Of a larger picture: the middle of many boxes lies outside this one."""
    middle = place + size / 2
    outside: Mask = np.asarray(((middle > picture) | (middle < 0)).any(axis=1))
    share = float(outside.mean())
    if share < _SOME_OUTSIDE:
        return ""
    reach = (place + size).max(axis=0)
    times = float((reach / picture).max())
    scale = min((s for s in _SCALES if s >= 0.97 * times), default=times)
    return (
        f"{'?' if share < _OUTSIDE else ''}{outside.sum()} of its {len(outside)} boxes lie outside "
        f"the picture of {picture[0]:g}x{picture[1]:g}, they reach to {reach[0]:.0f},{reach[1]:.0f}"
        f"; if they are of a larger picture, divide them, perhaps by {scale:g}"
    )


def _corner(place: Doubles, size: Doubles, picture: Doubles) -> str:
    """Of a smaller picture, or percent: all boxes lie in the upper left; it can be a coincidence,
    except where hundredths of a large picture would be people a few pixels wide."""
    reach = (place + size).max(axis=0)
    if len(place) < _FEWEST_BOXES or (reach > _CORNER * picture).any():
        return ""
    percent = bool((reach <= 100.5).all() and reach.max() > 50 and np.median(size[:, 0]) < 15)
    sure = percent and picture.min() >= 400
    if percent:
        remedy = (
            "if they are percent, multiply x and width by "
            f"{picture[0] / 100:g}, y and height by {picture[1] / 100:g}"
        )
    else:
        scale = max((s for s in _SCALES if (s * reach <= 1.03 * picture).all()), default=1.5)
        remedy = f"if they are of a smaller picture, multiply them, perhaps by {scale:g}"
    return (
        f"{'' if sure else '?'}all its boxes lie in the upper left {reach[0]:.0f}x{reach[1]:.0f} "
        f"of the picture of {picture[0]:g}x{picture[1]:g}; {remedy}"
    )


@dataclass(frozen=True, slots=True)
class Step:
    """Only every `every`-th frame of a file has boxes, `first` (1-based) among them.

    even: always that many apart; else in the median.
    """

    every: int
    first: int
    even: bool


def step_of(frames: Ints) -> Step | None:
    """How far apart the frames with boxes are; None where that is 1, or too few tell."""
    each = np.unique(frames)
    if len(each) < _SPARSE:
        return None
    gaps = np.diff(each)
    every, first = int(np.gcd.reduce(gaps)), int(each[0])
    due = (each[-1] - each[0]) // every + 1
    if every > 1 and len(each) >= _COVERS * due:
        return Step(every, first, True)
    median = float(np.median(gaps))
    return Step(round(median), first, False) if median >= 2 else None


def _span(low: int, high: int) -> str:
    return f"frame {low} only" if low == high else f"frames {low} to {high}"
