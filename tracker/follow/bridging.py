"""Gaps with both ends known: filterpy's RTS smoother through what both ends say.

The offset net is asked from the beginning of the gap and, backwards, from its end. What both say
is smoothed with the detections at the two ends, so that the path is pinned there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.follow import boxes as bx
from tracker.follow.backward import Answers, backward
from tracker.follow.occlusion import OffsetNet
from tracker.records import Doubles, TrackedFrame, Visibility
from tracker.settings import MotionSettings

LONGEST_S = 20.0  # nobody's path is guessed over longer gaps
_TOGETHER_S = 0.8  # answers this close err alike; set on 12 clips for the coverage of the ellipses
_TURNS = 2.0
"""Heights/s^1.5 of acceleration in a gap. Not the filter's, which is of those who are seen: at .4 a
turn that nobody saw comes out too stiff. `_TOGETHER_S` was set with it."""
_AROUND_S = 0.4  # sightings before and after a gap that tell the speed at its ends


@dataclass(frozen=True, slots=True)
class Gap:
    """A track is seen in frames `first` and `last` of a list and in none between."""

    track: int
    first: int
    last: int


def find_gaps(frames: Sequence[TrackedFrame], cuts: Sequence[bool]) -> Iterator[Gap]:
    """All gaps that are not too long and in which no shot ends, in the order of their ends."""
    seen_in: dict[int, int] = {}
    shot = 0
    for i, frame in enumerate(frames):
        shot = i if cuts[i] else shot
        for track in frame.track_ids[frame.visibility == Visibility.VISIBLE].tolist():
            before = seen_in.get(track, i)
            unseen = before >= shot and i - before > 1
            if unseen and frame.time_s - frames[before].time_s <= LONGEST_S:
                yield Gap(track, before, i)
            seen_in[track] = i


def bridge(
    frames: Sequence[TrackedFrame],
    cameras: Sequence[Doubles],
    cuts: Sequence[bool],
    net: OffsetNet | None,
    limits: MotionSettings,
) -> list[TrackedFrame]:
    """The frames with the unseen rows of every gap put where both its ends say.

    cameras[i]: (2, 3) affine from frame i - 1 to frame i. cuts[i]: a shot begins with frame i.
    """
    gaps = list(find_gaps(frames, cuts))
    wanted = {(i, gap.track) for gap in gaps for i in range(gap.first + 1, gap.last)}
    answers = backward(frames, cameras, cuts, net, wanted) if net else {}
    done = [_open(frame) for frame in frames]
    for gap in gaps:
        first, last = _ends(gap, frames)
        path = _path(gap, range(first, last + 1), frames, cameras, answers, limits)
        centres, stds = _smoothed(path, limits)
        inside = slice(gap.first + 1 - first, gap.last - first)
        _write(gap, done, centres[inside], stds[inside])
    return done


def _write(gap: Gap, done: list[TrackedFrame], centres: Doubles, stds: Doubles) -> None:
    """Into the rows that there are; sizes go evenly from one end to the other."""
    start, end = (_size(done[i], gap.track) for i in (gap.first, gap.last))
    n = gap.last - gap.first
    for k, (centre, std) in enumerate(zip(centres, stds, strict=True), 1):
        frame = done[gap.first + k]
        row = _row(frame, gap.track)
        if row is None:  # the path said nothing in this frame: another bore its name
            continue
        frame.predicted[row], frame.std[row] = centre, std
        if frame.visibility[row] == Visibility.OCCLUDED:
            half = start * (end / start) ** (k / n) / 2
            frame.boxes[row] = np.concatenate([centre - half, centre + half])


def _size(frame: TrackedFrame, track: int) -> Doubles:
    row = _row(frame, track)
    assert row is not None
    box = frame.boxes[row]
    return np.asarray(np.maximum(box[2:] - box[:2], 1e-3))


def _open(frame: TrackedFrame) -> TrackedFrame:
    """A copy whose places may be written to."""
    copies = {name: getattr(frame, name).copy() for name in ("boxes", "predicted", "std")}
    return replace(frame, **copies)


def _row(frame: TrackedFrame, track: int) -> int | None:
    found = np.flatnonzero(frame.track_ids == track)
    return int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """What is known of one track around a gap, in pixels of the gap's first frame.

    affines: (n, 2, 3) from each frame's pixels to those. places: (n, 2), NaN where nothing is
    known; variance: (n, 2). dt_s: (n,) since the frame before. height: in pixels.
    """

    affines: list[Doubles]
    places: Doubles
    variance: Doubles
    dt_s: Doubles
    height: float


def _smoothed(path: _Path, limits: MotionSettings) -> tuple[Doubles, Doubles]:
    """(n, 2) centres and (n, 2) stds in each frame's own pixels, after Rauch, Tung, Striebel."""
    from filterpy.kalman import KalmanFilter

    kf = KalmanFilter(dim_x=4, dim_z=2)
    kf.H, kf.x = np.eye(2, 4), np.append(path.places[0], [0, 0])
    kf.P = np.diag([*path.variance[0], *[(limits.speed_std * path.height) ** 2] * 2])
    pull = (_TURNS * path.height) ** 2 * np.eye(2)
    n = len(path.places)
    means, covariances = np.zeros((n, 4)), np.zeros((n, 4, 4))
    steps, noises = [], []
    for k, dt_s in enumerate(path.dt_s.tolist()):
        steps.append(np.eye(4) + dt_s * np.eye(4, k=2))
        noises.append(np.block([[pull * dt_s**3 / 3, pull * dt_s**2 / 2],
                                [pull * dt_s**2 / 2, pull * dt_s]]))  # fmt: skip
        kf.predict(F=steps[-1], Q=noises[-1])
        if np.isfinite(path.places[k, 0]):
            kf.update(path.places[k], R=np.diag(path.variance[k]))
        means[k], covariances[k] = kf.x, kf.P
    means, covariances, _, _ = kf.rts_smoother(means, covariances, steps, noises)
    back = [bx.inverse(affine) for affine in path.affines]
    centres = [b[:, :2] @ m[:2] + b[:, 2] for b, m in zip(back, means, strict=True)]
    scales = np.exp([bx.growth(b) for b in back])[:, None]
    return np.array(centres), np.sqrt(covariances[:, [0, 1], [0, 1]]) * scales


def _path(
    gap: Gap,
    chosen: range,
    frames: Sequence[TrackedFrame],
    cameras: Sequence[Doubles],
    answers: Answers,
    limits: MotionSettings,
) -> _Path:
    """Detections around the gap; inside it, what both ends say, by its precision.

    The errors of the answers go together for a while: so many of them are worth one measurement.
    """
    first, last = chosen[0], chosen[-1]
    span_s = frames[gap.last].time_s - frames[gap.first].time_s
    together = min(_TOGETHER_S / span_s, 1) * (gap.last - gap.first)
    affines = [np.eye(2, 3)]
    for i in range(first + 1, last + 1):
        affines.append(bx.chain(affines[-1], bx.inverse(cameras[i])))
    n = last - first + 1
    places, variance, height = np.full((n, 2), np.nan), np.full((n, 2), np.nan), 1.0
    for k, affine in enumerate(affines):
        frame = frames[first + k]
        row = _row(frame, gap.track)
        scale = np.exp(2 * bx.growth(affine))
        if gap.first < first + k < gap.last:
            centre, square = _told(frame, row, answers.get((first + k, gap.track)))
            square = square * together
        else:
            assert row is not None
            centre = bx.centres(frame.boxes[row : row + 1])[0]
            height = float(bx.heights(frame.boxes[row : row + 1])[0])
            square = np.full(2, (limits.place_std * height) ** 2)
        places[k], variance[k] = affine[:, :2] @ centre + affine[:, 2], square * scale
    dt_s = np.diff([frames[i].time_s for i in range(first, last + 1)], prepend=frames[first].time_s)
    return _Path(affines, places, variance, dt_s, height)


def _ends(gap: Gap, frames: Sequence[TrackedFrame]) -> tuple[int, int]:
    """A few sightings around the gap, which tell the speed at its ends."""

    def seen(i: int) -> bool:
        if not 0 <= i < len(frames) or abs(frames[i].time_s - frames[end].time_s) > _AROUND_S:
            return False
        if frames[i].shot != frames[end].shot:
            return False
        row = _row(frames[i], gap.track)
        return row is not None and frames[i].visibility[row] == Visibility.VISIBLE

    ends = []
    for end, step in ((gap.first, -1), (gap.last, 1)):
        i = end
        while seen(i + step):
            i += step
        ends.append(i)
    return ends[0], ends[1]


def _told(
    frame: TrackedFrame, row: int | None, later: tuple[Doubles, Doubles] | None
) -> tuple[Doubles, Doubles]:
    """(2,) centre and (2,) variance from both ends of the gap; NaN where nothing is said."""
    said = []
    if row is not None:
        said.append((frame.predicted[row], frame.std[row]))
    if later is not None:
        said.append((later[0][:2], later[1][:2]))
    if not said:
        return np.full(2, np.nan), np.full(2, np.nan)
    precision = np.array([1 / np.maximum(std, 1e-3) ** 2 for _, std in said])
    centre = (precision * np.array([place for place, _ in said])).sum(0) / precision.sum(0)
    return centre, 1 / precision.sum(0)
