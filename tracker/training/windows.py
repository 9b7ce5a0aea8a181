"""Windows blanked out of truth: what a tracker would know of a hidden player, and the answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.settings import MotionSettings
from tracker.tracking import kalman as tracking_kalman
from tracker.tracking import occlusion_net
from tracker.tracking.occlusion_net import LAGS_S, SINCE, Scene
from tracker.training.clips import TrainingClip
from tracker.types import Doubles, Floats, Ints, Mask

SHORTEST_S = 0.02
OPEN_SHARE = 0.4  # of the windows in which nobody is near, so many are kept
_TRIES = 30
_CHUNK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """B windows. scene: what is known; target: (B, 4) where they went: dx, dy in body heights at
    their last sighting, change of log width and log height. height: (B,) pixels."""

    scene: Scene
    target: Floats
    height: Floats

    def __len__(self) -> int:
        return len(self.target)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which windows of a clip: (B,) person, frame of their last sighting, frames hidden."""

    person: Ints
    frame: Ints
    gap: Ints

    def __len__(self) -> int:
        return len(self.person)

    def part(self, rows: slice) -> Choice:
        return Choice(self.person[rows], self.frame[rows], self.gap[rows])


def choose(
    clip: TrainingClip, count: int, rng: np.random.Generator, shortest_s: float = SHORTEST_S
) -> Choice:
    """About `count` random windows, log-uniform in length up to the horizon.

    The person was seen in the last two frames, as a tracker asks before it predicts, and is known
    again at the end. Windows that overlap somebody are preferred, as real occlusion does.
    """
    frames, people = clip.places.shape[:2]
    longest = min(occlusion_net.HORIZON_S, (frames - 2) / clip.fps)
    if not people or longest <= shortest_s:
        return Choice(*(np.zeros(0, np.int64) for _ in range(3)))
    close = _meets(clip)
    there = np.isfinite(clip.places[..., 0])
    parts: list[Ints] = []
    for _ in range(_TRIES):
        person, frame = rng.integers(0, people, 4 * count), rng.integers(1, frames, 4 * count)
        seconds = np.exp(rng.uniform(np.log(shortest_s), np.log(longest), 4 * count))
        gap = np.maximum(1, np.round(seconds * clip.fps)).astype(np.int64)
        wanted = rng.random(4 * count) < OPEN_SHARE
        end = np.minimum(frame + gap, frames - 1)
        good = (frame + gap < frames) & clip.seen[frame, person] & clip.seen[frame - 1, person]
        good &= there[end, person] & (wanted | close[(frame + end) // 2, person])
        parts.append(np.stack([person, frame, gap])[:, good])
        if sum(part.shape[1] for part in parts) >= count:
            break
    return Choice(*np.concatenate(parts, axis=1)[:, :count])


def every(clip: TrainingClip, gap: int, before_s: float = 1.0, step: int = 7) -> Choice:
    """Every `step`-th frame of everybody who was seen for `before_s` and is there after `gap`."""
    lead = round(before_s * clip.fps)
    frames = np.arange(lead, len(clip.places) - gap, step)
    if not len(frames):
        return Choice(*(np.zeros(0, np.int64) for _ in range(3)))
    sightings = np.concatenate([np.zeros((1, clip.seen.shape[1]), int), clip.seen.cumsum(axis=0)])
    steady = sightings[frames + 1] - sightings[frames - lead] == lead + 1
    at, person = np.nonzero(steady & np.isfinite(clip.places[frames + gap, :, 0]))
    return Choice(person, frames[at], np.full(len(at), gap))


def hidden_gaps(clip: TrainingClip, gap: int) -> Choice:
    """Everybody who has been truly hidden for exactly `gap` frames: their box goes on, marked."""
    there = np.isfinite(clip.places[..., 0])
    unseen = there & clip.hidden
    frames = np.arange(1, len(clip.places) - gap)
    if not len(frames):
        return Choice(*(np.zeros(0, np.int64) for _ in range(3)))
    hidden = np.concatenate([np.zeros((1, unseen.shape[1]), int), unseen.cumsum(axis=0)])
    steady = hidden[frames + 1 + gap] - hidden[frames + 1] == gap
    at, person = np.nonzero(steady & clip.seen[frames] & clip.seen[frames - 1])
    return Choice(person, frames[at], np.full(len(at), gap))


def build(clip: TrainingClip, choice: Choice) -> Windows:
    """The windows of a choice."""
    starts = range(0, max(1, len(choice)), _CHUNK)
    parts = [_build(clip, choice.part(slice(a, a + _CHUNK))) for a in starts]
    return join(parts)


def _build(clip: TrainingClip, choice: Choice) -> Windows:
    shown = np.where(clip.seen[..., None], clip.places, np.nan)
    row, person, frame = np.arange(len(choice)), choice.person, choice.frame
    last = clip.places[frame, person].astype(np.float64)
    lags = frame[:, None] - LAGS_S * clip.fps
    before = np.moveaxis(_between(shown, lags), 1, 2)
    then, now = shown[frame].astype(np.float64), shown[frame + choice.gap].astype(np.float64)
    past = before[row, person]
    then[row, person] = np.nan
    others = occlusion_net.others_before(last, then, before)
    others[np.isnan(now[..., 0])] = np.nan
    near = occlusion_net.nearest(others)[..., None]
    since = occlusion_net.moved_since(last, then[..., SINCE], now[..., SINCE])
    scene = Scene(
        (choice.gap / clip.fps).astype(np.float32),
        occlusion_net.own_before(last, past),
        np.take_along_axis(others, near, axis=1),
        np.take_along_axis(since, near, axis=1),
    )
    went = clip.places[frame + choice.gap, person] - last
    height = np.exp(last[:, 3:])
    went[:, :2] /= height
    return Windows(scene, went.astype(np.float32), height[:, 0].astype(np.float32))


def _between(places: Floats, frames: Doubles) -> Doubles:
    """(..., N, 4) places at fractional frames (...), NaN where nobody is or outside."""
    nearest = np.round(frames)
    frames = np.where(np.abs(frames - nearest) < 1e-3, nearest, frames)
    low, high = np.floor(frames).astype(int), np.ceil(frames).astype(int)
    inside = (low >= 0) & (high < len(places))
    early, late = (places[np.clip(i, 0, len(places) - 1)].astype(np.float64) for i in (low, high))
    share = (frames - low)[..., None, None]
    found = np.where(share == 0, early, early + share * (late - early))
    return np.where(inside[..., None, None], found, np.nan)


def join(parts: list[Windows]) -> Windows:
    """All windows of some lists; the others' places are padded to the widest."""
    widest = max(part.scene.others.shape[1] for part in parts)
    return Windows(
        Scene(
            np.concatenate([p.scene.gap_s for p in parts]),
            np.concatenate([p.scene.own for p in parts]),
            np.concatenate([_padded(p.scene.others, widest) for p in parts]),
            np.concatenate([_padded(p.scene.since, widest) for p in parts]),
        ),
        np.concatenate([p.target for p in parts]),
        np.concatenate([p.height for p in parts]),
    )


def _padded(others: Floats, count: int) -> Floats:
    empty = ((0, 0), (0, count - others.shape[1]), (0, 0))
    return np.pad(others, empty, constant_values=np.nan)


def kalman(clip: TrainingClip, choice: Choice, settings: MotionSettings) -> tuple[Doubles, Doubles]:
    """What a constant-velocity Kalman filter says: (B, 2) moved and std, in body heights.

    It has seen the second before the last sighting, and goes straight on.
    """
    lead = round(clip.fps)
    track = tracking_kalman.initiate(
        clip.places[choice.frame, choice.person].astype(np.float64), settings
    )
    started = np.zeros(len(choice), bool)
    for back in range(lead, -1, -1):
        track = tracking_kalman.predict(track, 1 / clip.fps, settings)
        at = choice.frame - back
        seen = (at >= 0) & clip.seen[np.maximum(at, 0), choice.person]
        measured = clip.places[np.maximum(at, 0), choice.person].astype(np.float64)
        fresh, known = np.flatnonzero(seen & ~started), np.flatnonzero(seen & started)
        track = track.replace(
            known, tracking_kalman.update(track.pick(known), measured[known], settings)
        )
        track = track.replace(fresh, tracking_kalman.initiate(measured[fresh], settings))
        started |= seen
    last = clip.places[choice.frame, choice.person]
    moved, std = np.zeros((len(choice), 2)), np.zeros((len(choice), 2))
    for gap in np.unique(choice.gap):
        rows = np.flatnonzero(choice.gap == gap)
        ahead = tracking_kalman.predict(track.pick(rows), float(gap) / clip.fps, settings)
        height = np.exp(last[rows, 3:]).astype(np.float64)
        moved[rows] = (ahead.mean[:, :2] - last[rows, :2]) / height
        std[rows] = ahead.position_std / height
    return moved, std


def _meets(clip: TrainingClip) -> Mask:
    """(F, N) who overlaps somebody."""
    centre, half = clip.places[..., :2], np.exp(clip.places[..., 2:]) / 2
    meets = np.zeros(clip.hidden.shape, bool)
    for person in range(clip.places.shape[1]):
        apart = np.abs(centre - centre[:, person, None]) / (half + half[:, person, None])
        near = (apart < 1).all(axis=2)  # NaN is never near
        near[:, person] = False
        meets[:, person] = near.any(axis=1)
    return meets
