"""Small drawn worlds for the tests of `follow`: people on paths, a camera, a fallible detector.

Times are seconds and places are pixels of the ground, so one script plays at any frame rate and
under any camera. A person who is covered by a nearer one (larger bottom y) is not detected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tracker.identity.roster_rules import RosterRules
from tracker.offline.constraints import UserConstraint
from tracker.offline.second_pass import Ground, Refit, Settled, begin, ground_of, settle
from tracker.offline.write_names import relabel
from tracker.rows import Rows
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.tracking.traces import Classify, Trace
from tracker.types import UNKNOWN, Doubles, Floats, Observation, TrackedFrame, Visibility

Place = tuple[float, float]
Spans = Sequence[tuple[float, float]]

SIZE = (1000, 600)
LOOKS = 16
"""Dimensions of a look. Player k's pictures in the gallery all point along axis k."""
HIDDEN_SHARE = 0.6
"""A person who is covered by more than this is not detected."""
_SHARPNESS = 6.0  # nats that a cosine of 1 is worth: one good crop is no proof
_STRANGE = 0.5  # a crop that is less like everybody than this is rather nobody's


@dataclass(frozen=True)
class Person:
    """path: times to centres, straight lines between; outside of it there is no such person.

    look: weights on the axes of looks (default: their own axis). player: index in the roster,
    None for a stranger. missed: spans of time in which the detector overlooks them. weak: spans in
    which it is unsure of them.
    """

    path: Mapping[float, Place]
    player: int | None = None
    look: Mapping[int, float] = field(default_factory=dict)
    height: float = 100.0
    missed: Spans = ()
    weak: Spans = ()

    def box(self, time_s: float) -> Doubles | None:
        times = sorted(self.path)
        if not times[0] <= time_s <= times[-1]:
            return None
        places = np.array([self.path[t] for t in times], dtype=np.float64)
        x, y = (np.interp(time_s, times, places[:, i]) for i in range(2))
        w, h = self.height * 0.4 / 2, self.height / 2
        return np.array([x - w, y - h, x + w, y + h])

    @property
    def direction(self) -> Doubles:
        weights = self.look or {self.player or 0: 1.0}
        vector = np.zeros(LOOKS)
        vector[list(weights)] = list(weights.values())
        return np.asarray(vector / np.linalg.norm(vector))


@dataclass(frozen=True)
class World:
    """A script. players: roster size, 0 for a world without names.

    pan: speed of the camera from `pan_from_s` on, pixels of the ground per second. told: whether
    the observations know of it. cuts: times of shot cuts, and how far the view jumps.
    """

    people: Sequence[Person]
    seconds: float
    players: int = 0
    fps: float = 25.0
    pan: Place = (0.0, 0.0)
    pan_from_s: float = 0.0
    told: bool = True
    cuts: Mapping[float, Place] = field(default_factory=dict)
    jitter_px: float = 1.0
    look_noise: float = 0.05
    seed: int = 0

    def view(self, time_s: float) -> Doubles:
        """(2,) where on the ground the picture's corner lies."""
        jumps = [jump for t, jump in self.cuts.items() if t <= time_s + 1e-9]
        jumped = np.array(jumps, np.float64).reshape(-1, 2).sum(axis=0)
        return np.asarray(np.array(self.pan) * max(time_s - self.pan_from_s, 0.0) + jumped)

    def nameless(self) -> World:
        return replace(self, players=0)


@dataclass(frozen=True)
class Shot:
    """One frame: what follow is given, and the truth.

    who: the person of each detection. boxes: person to box, for all in the picture.
    """

    seen: Observation
    who: list[int]
    boxes: dict[int, Doubles]


def play(world: World) -> list[Shot]:
    """All frames of a world."""
    rng = np.random.default_rng(world.seed)
    count = round(world.seconds * world.fps)
    return [_shot(world, i, rng) for i in range(count)]


def _shot(world: World, index: int, rng: np.random.Generator) -> Shot:
    time_s = index / world.fps
    view = world.view(time_s)
    moved = view - world.view(max(time_s - 1 / world.fps, 0.0))
    cut = any(time_s - 1 / world.fps < t - 1e-9 <= time_s for t in world.cuts)
    boxes = {}
    for i, person in enumerate(world.people):
        box = person.box(time_s)
        if box is not None and _in_picture(box - np.tile(view, 2)):
            boxes[i] = box - np.tile(view, 2)
    found = [i for i in boxes if _is_found(world.people[i], i, boxes, time_s)]
    rows = np.array([boxes[i] for i in found]).reshape(-1, 4)
    rows = rows + rng.normal(0, world.jitter_px, rows.shape)
    affine = np.eye(2, 3)
    affine[:, 2] = -moved if world.told and not cut else 0.0
    looks = np.array([_look(world, i, boxes, rng) for i in found]).reshape(-1, LOOKS)
    scores = [_score(world.people[i], i, boxes, time_s) for i in found]
    seen = Observation(
        index=index,
        time_s=time_s,
        boxes=rows.astype(np.float32),
        scores=np.array(scores, np.float32),
        embeddings=looks.astype(np.float32),
        camera=affine,
        cut=cut,
    )
    return Shot(seen, found, boxes)


def _in_picture(box: Doubles) -> bool:
    x, y = (box[:2] + box[2:]) / 2
    return bool(0 <= x <= SIZE[0] and 0 <= y <= SIZE[1])


def _during(spans: Spans, time_s: float) -> bool:
    return any(a <= time_s < b for a, b in spans)


def _coverer(i: int, boxes: Mapping[int, Doubles]) -> tuple[float, int]:
    """The share of person i that the worst nearer person covers, and who that is."""
    mine, worst = boxes[i], (0.0, i)
    for j, other in boxes.items():
        low, high = np.maximum(mine[:2], other[:2]), np.minimum(mine[2:], other[2:])
        share = np.maximum(high - low, 0).prod() / (mine[2:] - mine[:2]).prod()
        if other[3] > mine[3]:
            worst = max(worst, (float(share), j))
    return worst


def _is_found(person: Person, i: int, boxes: Mapping[int, Doubles], time_s: float) -> bool:
    return not _during(person.missed, time_s) and _coverer(i, boxes)[0] <= HIDDEN_SHARE


def _score(person: Person, i: int, boxes: Mapping[int, Doubles], time_s: float) -> float:
    return 0.3 if _during(person.weak, time_s) else 0.9 - 0.5 * _coverer(i, boxes)[0]


def _look(world: World, i: int, boxes: Mapping[int, Doubles], rng: np.random.Generator) -> Doubles:
    """A crop shows the person, and whoever stands before them."""
    share, other = _coverer(i, boxes)
    shown = (1 - share) * world.people[i].direction + share * world.people[other].direction
    shown = shown + rng.normal(0, world.look_noise, LOOKS)
    return np.asarray(shown / np.linalg.norm(shown))


def classifier(players: int) -> Callable[[Floats], Doubles]:
    """Embeddings to (N, P + 1) log-likelihoods; zeros for a crop that was not encoded."""

    def classify(embeddings: Floats) -> Doubles:
        likely = np.full((len(embeddings), players + 1), _SHARPNESS * _STRANGE)
        likely[:, :players] = _SHARPNESS * embeddings[:, :players]
        seen = np.isfinite(embeddings).all(axis=1, keepdims=True)
        return np.asarray(np.where(seen, likely, 0.0))

    return classify


@dataclass(frozen=True)
class Story:
    """What the tracker made of a world."""

    world: World
    shots: list[Shot]
    frames: list[TrackedFrame]

    def index(self, time_s: float) -> int:
        return round(time_s * self.world.fps)

    def rows(self, person: int) -> list[tuple[float, int, int]]:
        """(time, track, name) of every frame in which this person was detected and followed."""
        found = []
        for shot, frame in zip(self.shots, self.frames, strict=True):
            row = _row_of(person, shot, frame)
            if row is not None:
                track, name = int(frame.track_ids[row]), int(frame.players[row])
                found.append((shot.seen.time_s, track, name))
        return found

    def track(self, person: int, time_s: float) -> int:
        """The track on the person's detection at this time. The test fails where there is none."""
        return self._one(person, time_s)[1]

    def name(self, person: int, time_s: float) -> int:
        return self._one(person, time_s)[2]

    def _one(self, person: int, time_s: float) -> tuple[float, int, int]:
        time_s = self.index(time_s) / self.world.fps
        rows = [row for row in self.rows(person) if abs(row[0] - time_s) < 1e-9]
        assert rows, f"person {person} has no visible row at {time_s} s"
        return rows[0]

    def state(self, track: int, time_s: float) -> Visibility | None:
        """How a track is present at this time; None where it has no row."""
        frame = self.frames[self.index(time_s)]
        where = np.flatnonzero(frame.track_ids == track)
        return Visibility(int(frame.visibility[where[0]])) if len(where) else None

    def states(self, track: int, since_s: float, until_s: float) -> list[Visibility | None]:
        """The states of all frames from one time up to another, which is left out."""
        places = range(self.index(since_s), self.index(until_s))
        return [self.state(track, i / self.world.fps) for i in places]


def _row_of(person: int, shot: Shot, frame: TrackedFrame) -> int | None:
    if person not in shot.who:
        return None
    box = shot.seen.boxes[shot.who.index(person)].astype(np.float64)
    is_theirs = (frame.boxes == box).all(axis=1) & (frame.visibility == Visibility.VISIBLE)
    places = np.flatnonzero(is_theirs)
    return int(places[0]) if len(places) else None


def tracker_for(world: World, settings: FollowSettings | None = None) -> OnlineTracker:
    classify = classifier(world.players) if world.players else None
    return OnlineTracker(settings or FollowSettings(), SIZE, world.players, classify)


def follow(world: World, settings: FollowSettings | None = None) -> Story:
    """Play a world to the tracker."""
    shots = play(world)
    tracker = tracker_for(world, settings)
    return Story(world, shots, [tracker.update(shot.seen) for shot in shots])


def bearers(frame: TrackedFrame, player: int) -> list[int]:
    """The tracks that bear this player's name in a frame."""
    return [int(t) for t in frame.track_ids[frame.players == player] if player != UNKNOWN]


def settled(
    frames: Sequence[TrackedFrame],
    traces: Sequence[Trace],
    seen: Sequence[Observation],
    players: int,
    classify: Classify,
    settings: FollowSettings,
    refit: Refit | None = None,
    rules: RosterRules | None = None,
    user_constraints: Sequence[UserConstraint] = (),
) -> tuple[Ground, Settled | None]:
    """What the second pass goes by, and the names that it gives; None where there is nobody."""
    ground = ground_of(frames, seen, players, settings, rules)
    begun = begin(ground, traces, classify, refit)
    return ground, None if begun is None else settle(ground, begun, user_constraints, refit)


def second_pass(frames: Sequence[TrackedFrame], *what: Any, **more: Any) -> list[TrackedFrame]:
    """The frames with all names given anew. Arguments as of `settled`."""
    ground, done = settled(frames, *what, **more)
    if done is None:
        return list(frames)
    identity = ground.settings.identity
    return list(relabel(Rows.of(frames), done.tracklets, done.result, identity))


def named(
    world: World, seen: Sequence[Observation], rules: RosterRules | None, mode: str
) -> list[TrackedFrame]:
    """The frames of a world online, or by the second pass; names are not written back."""
    classify, settings = classifier(world.players), FollowSettings()
    tracker = OnlineTracker(settings, SIZE, world.players, classify, rules=rules)
    frames, traces = [], []
    for one in seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
    if mode == "offline":
        return second_pass(frames, traces, seen, world.players, classify, settings, rules=rules)
    return frames
