"""Gaps with both ends known: filterpy's RTS smoother through what both ends say.

The offset net is asked from the beginning of the gap and, backwards, from its end. What both say
is smoothed with the detections at the two ends, so that the track is pinned there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker import boxes as bx
from tracker.offline.backward_offsets import backward_offsets
from tracker.rows import Rows
from tracker.settings import MotionSettings
from tracker.tracking.occlusion_net import OffsetNet
from tracker.types import Doubles, Mask, TrackedFrame, Visibility

LONGEST_S = 20.0  # nobody's track is guessed over longer gaps
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

    @property
    def inside(self) -> range:
        return range(self.first + 1, self.last)


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


def smooth_gaps(
    frames: Sequence[TrackedFrame],
    cameras: Sequence[Doubles],
    cuts: Sequence[bool],
    net: OffsetNet | None,
    settings: MotionSettings,
) -> Sequence[TrackedFrame]:
    """The frames with the unseen rows of every gap put where both its ends say.

    cameras[i]: (2, 3) affine from frame i - 1 to frame i. cuts[i]: a shot begins with frame i.
    """
    if not frames:
        return []
    return SmoothedGaps.of(frames, cameras, cuts, net, settings).written(Rows.of(frames))


@dataclass(frozen=True, slots=True, eq=False)
class SmoothedGaps:
    """All gaps of a run, and for the N frames inside them, one gap after the other:

    answers: (N, 4) place and std by the later end of the gap, NaN where nothing is said. there:
    (N,) whether the track has a row there. centres, stds: (N, 2) where it went.
    """

    gaps: Sequence[Gap]
    answers: Doubles
    there: Mask
    centres: Doubles
    stds: Doubles

    @classmethod
    def of(
        cls,
        frames: Sequence[TrackedFrame],
        cameras: Sequence[Doubles],
        cuts: Sequence[bool],
        net: OffsetNet | None,
        settings: MotionSettings,
    ) -> SmoothedGaps:
        """Arguments as of `smooth_gaps`."""
        gaps = list(find_gaps(frames, cuts))
        wanted = {(i, gap.track) for gap in gaps for i in gap.inside}
        answered = backward_offsets(frames, cameras, cuts, net, wanted) if net else {}
        count = sum(len(gap.inside) for gap in gaps)
        answers, there = np.full((count, 4), np.nan), np.zeros(count, bool)
        inside = [(i, gap.track) for gap in gaps for i in gap.inside]
        for row, (i, track) in enumerate(inside):
            there[row] = _row(frames[i], track) is not None
            if (i, track) in answered:
                place, std = answered[i, track]
                answers[row] = *place[:2], *std[:2]
        nowhere = np.full((count, 2), np.nan)
        fresh = cls(gaps, answers, there, nowhere, nowhere)
        return fresh._solved(np.ones(len(gaps), bool), frames, cameras, settings)

    def among(
        self, rows: Rows, cameras: Sequence[Doubles], settings: MotionSettings
    ) -> SmoothedGaps:
        """The same gaps where tracks have other rows, because names have changed. Only what that
        changes is looked at again."""
        found = [rows.of_track(gap.track, gap.inside) >= 0 for gap in self.gaps]
        there = np.concatenate([np.zeros(0, bool), *found])
        changed = there != self.there
        again = np.array([changed[part].any() for part in self._parts()], bool)
        return replace(self, there=there)._solved(again, rows, cameras, settings)

    def _solved(
        self,
        which: Mask,
        frames: Sequence[TrackedFrame],
        cameras: Sequence[Doubles],
        settings: MotionSettings,
    ) -> SmoothedGaps:
        centres, stds = self.centres.copy(), self.stds.copy()
        for gap, part, again in zip(self.gaps, self._parts(), which.tolist(), strict=True):
            if not again:
                continue
            first, last = _ends(gap, frames)
            around = range(first, last + 1)
            track = _gap_track(gap, around, frames, cameras, self.answers[part], settings)
            places, spread = _smoothed(track, settings)
            inner = slice(gap.first + 1 - first, gap.last - first)
            centres[part], stds[part] = places[inner], spread[inner]
        return replace(self, centres=centres, stds=stds)

    def written(self, rows: Rows) -> Rows:
        """In the rows that there are; sizes go evenly from one end to the other."""
        boxes, predicted, std = rows.boxes.copy(), rows.predicted.copy(), rows.std.copy()
        for gap, part in zip(self.gaps, self._parts(), strict=True):
            mine = rows.of_track(gap.track, range(gap.first, gap.last + 1))
            start, end = (np.maximum(boxes[r, 2:] - boxes[r, :2], 1e-3) for r in mine[[0, -1]])
            places = zip(mine[1:-1].tolist(), self.centres[part], self.stds[part], strict=True)
            for k, (row, centre, spread) in enumerate(places, 1):
                if row < 0:  # the track said nothing in this frame: another bore its name
                    continue
                predicted[row], std[row] = centre, spread
                if rows.visibility[row] == Visibility.OCCLUDED:
                    half = start * (end / start) ** (k / (gap.last - gap.first)) / 2
                    boxes[row] = np.concatenate([centre - half, centre + half])
        return replace(rows, boxes=boxes, predicted=predicted, std=std)

    def _parts(self) -> Iterator[slice]:
        """The frames inside each gap."""
        ends = np.cumsum([len(gap.inside) for gap in self.gaps]).tolist()
        yield from (
            slice(end - len(gap.inside), end) for gap, end in zip(self.gaps, ends, strict=True)
        )


def _row(frame: TrackedFrame, track: int) -> int | None:
    found = np.flatnonzero(frame.track_ids == track)
    return int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True, eq=False)
class _GapTrack:
    """What is known of one track around a gap, in pixels of the gap's first frame.

    affines: (n, 2, 3) from each frame's pixels to those. places: (n, 2), NaN where nothing is
    known; variance: (n, 2). dt_s: (n,) since the frame before. height: in pixels.
    """

    affines: list[Doubles]
    places: Doubles
    variance: Doubles
    dt_s: Doubles
    height: float


def _smoothed(track: _GapTrack, settings: MotionSettings) -> tuple[Doubles, Doubles]:
    """(n, 2) centres and (n, 2) stds in each frame's own pixels, after Rauch, Tung, Striebel."""
    from filterpy.kalman import KalmanFilter

    kf = KalmanFilter(dim_x=4, dim_z=2)
    kf.H, kf.x = np.eye(2, 4), np.append(track.places[0], [0, 0])
    kf.P = np.diag([*track.variance[0], *[(settings.speed_std * track.height) ** 2] * 2])
    pull = (_TURNS * track.height) ** 2 * np.eye(2)
    n = len(track.places)
    means, covariances = np.zeros((n, 4)), np.zeros((n, 4, 4))
    steps, noises = [], []
    for k, dt_s in enumerate(track.dt_s.tolist()):
        steps.append(np.eye(4) + dt_s * np.eye(4, k=2))
        noises.append(np.block([[pull * dt_s**3 / 3, pull * dt_s**2 / 2],
                                [pull * dt_s**2 / 2, pull * dt_s]]))  # fmt: skip
        kf.predict(F=steps[-1], Q=noises[-1])
        if np.isfinite(track.places[k, 0]):
            kf.update(track.places[k], R=np.diag(track.variance[k]))
        means[k], covariances[k] = kf.x, kf.P
    means, covariances, _, _ = kf.rts_smoother(means, covariances, steps, noises)
    back = [bx.inverse(affine) for affine in track.affines]
    centres = [b[:, :2] @ m[:2] + b[:, 2] for b, m in zip(back, means, strict=True)]
    scales = np.exp([bx.growth(b) for b in back])[:, None]
    return np.array(centres), np.sqrt(covariances[:, [0, 1], [0, 1]]) * scales


def _gap_track(
    gap: Gap,
    chosen: range,
    frames: Sequence[TrackedFrame],
    cameras: Sequence[Doubles],
    answers: Doubles,
    settings: MotionSettings,
) -> _GapTrack:
    """Detections around the gap; inside it, what both ends say, by its precision.

    answers: (n, 4) for the frames inside, as in `Bridges`.

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
            centre, square = _fused(frame, row, answers[first + k - gap.first - 1])
            square = square * together
        else:
            assert row is not None
            centre = bx.centres(frame.boxes[row : row + 1])[0]
            height = float(bx.heights(frame.boxes[row : row + 1])[0])
            square = np.full(2, (settings.place_std * height) ** 2)
        places[k], variance[k] = affine[:, :2] @ centre + affine[:, 2], square * scale
    dt_s = np.diff([frames[i].time_s for i in range(first, last + 1)], prepend=frames[first].time_s)
    return _GapTrack(affines, places, variance, dt_s, height)


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


def _fused(frame: TrackedFrame, row: int | None, later: Doubles) -> tuple[Doubles, Doubles]:
    """(2,) centre and (2,) variance from both ends of the gap; NaN where nothing is said."""
    estimates = []
    if row is not None:
        estimates.append((frame.predicted[row], frame.std[row]))
    if np.isfinite(later[0]):
        estimates.append((later[:2], later[2:]))
    if not estimates:
        return np.full(2, np.nan), np.full(2, np.nan)
    precision = np.array([1 / np.maximum(std, 1e-3) ** 2 for _, std in estimates])
    centre = (precision * np.array([place for place, _ in estimates])).sum(0) / precision.sum(0)
    return centre, 1 / precision.sum(0)
