"""Whatever a detector, a camera or a classifier may say: the rows keep their laws.

Hypothesis draws runs of a few frames, nonsense included. Every run is followed online, then through
hindsight, a lag and the second pass. What once broke stays here as an explicit example.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.worlds.following import second_pass
from tracker.offline import swaps as untangle_
from tracker.offline.backfill import backfill, lagged
from tracker.offline.smoothing import smooth_gaps
from tracker.offline.swaps import undo_swaps
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.tracking.traces import Classify, Trace
from tracker.types import (
    UNKNOWN,
    Doubles,
    Evidence,
    Floats,
    Observation,
    TrackedFrame,
    Visibility,
)

SIZE = (640, 360)
LOOKS = 6
VISIBLE, OCCLUDED, ABSENT = Visibility.VISIBLE, Visibility.OCCLUDED, Visibility.ABSENT

many = settings(max_examples=200, deadline=None, derandomize=True)


@dataclass(frozen=True)
class Crop:
    """A detection: box corner and size, score, look (None: not encoded)."""

    corner: tuple[float, float]
    size: tuple[float, float]
    score: float = 0.9
    look: int | None = 0


@dataclass(frozen=True)
class Turn:
    """A camera: zoom, angle in radians, shift in pixels."""

    zoom: float = 1.0
    angle: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def affine(self) -> Doubles:
        c, s = self.zoom * np.cos(self.angle), self.zoom * np.sin(self.angle)
        return np.array([[c, -s, self.shift[0]], [s, c, self.shift[1]]])


@dataclass(frozen=True)
class Moment:
    """A frame, `step_s` after the one before."""

    crops: Sequence[Crop]
    step_s: float = 0.04
    turn: Turn = Turn()
    cut: bool = False


@dataclass(frozen=True)
class Run:
    """moments, and how a classifier of `players` players speaks: by looks, or worse.

    encoded: False is a run without an encoder, and so without names.
    """

    moments: Sequence[Moment]
    players: int = 0
    voice: str = "looks"
    encoded: bool = True

    def __len__(self) -> int:
        return len(self.moments)


STEPS_S = (0.001, 0.01, 0.04, 0.04, 0.04, 0.2, 0.5, 1.0, 5.0)
SIZES = (0.0, 1e-3, 0.5, 3.0, 20.0, 40.0, 80.0, 90.0, 400.0, 5000.0)
GRID = (-5000.0, -90.0, -20.0, 0.0, 100.0, 140.0, 180.0, 260.0, 300.0, 600.0, 639.0, 4000.0)
VOICES = ("looks", "looks", "looks", "noise", "silent", "level", "shouts", "refuses")

places = st.sampled_from(GRID) | st.floats(-1000, 1500, width=32)
sides = st.sampled_from(SIZES)
scores = st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.9, 1.0])
looks = st.sampled_from([None, 0, 0, 1, 2, 3, 4])
crops = st.builds(Crop, st.tuples(places, places), st.tuples(sides, sides), scores, looks)
people = st.builds(
    Crop,
    st.tuples(st.sampled_from(GRID[3:10]), st.sampled_from(GRID[3:8])),
    st.sampled_from([(40.0, 90.0), (40.0, 80.0), (20.0, 40.0), (80.0, 180.0)]),
    st.just(0.9),
    looks,
)
still = st.just(Turn())
turns = st.builds(
    Turn,
    st.sampled_from([1.0, 1.0, 1.02, 0.5, 2.0, 0.1, 10.0]),
    st.sampled_from([0.0, 0.0, 0.1, -1.0, np.pi / 2, np.pi]),
    st.tuples(st.integers(-40, 40), st.sampled_from([0, 5, -3000])),
)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A crowd that moves a little, of whom some are seen in each frame, and nonsense beside."""
    crowd = draw(st.lists(people, max_size=6))
    moments, calm = [], draw(st.booleans())  # in a calm run names are given and kept
    for _ in range(draw(st.integers(1, 12))):
        there = draw(st.integers(0, 2 ** len(crowd) - 1) | st.just(2 ** len(crowd) - 1))
        dx, dy = draw(st.tuples(st.integers(-15, 15), st.integers(-4, 4)))
        crowd = [replace(c, corner=(c.corner[0] + dx, c.corner[1] + dy)) for c in crowd]
        seen = [c for i, c in enumerate(crowd) if there >> i & 1]
        seen += draw(st.lists(crops, max_size=6) if draw(st.integers(0, 3)) == 0 else st.just([]))
        turn = draw(turns if not calm and draw(st.integers(0, 3)) == 0 else still)
        cut = not calm and draw(st.integers(0, 9)) == 0
        step_s = draw(st.sampled_from(STEPS_S[2:6] if calm else STEPS_S))
        moments.append(Moment(seen, step_s, turn, cut))
    encoded = draw(st.integers(0, 5)) > 0
    players = draw(st.integers(0, 4)) if encoded else 0
    return Run(moments, players, draw(st.sampled_from(VOICES)), encoded)


def observations(run: Run) -> list[Observation]:
    rng = np.random.default_rng(0)
    found, time_s = [], 0.0
    for index, moment in enumerate(run.moments):
        time_s += moment.step_s
        corner, size = (
            np.array([getattr(c, what) for c in moment.crops], np.float64).reshape(-1, 2)
            for what in ("corner", "size")
        )
        shown = rng.normal(0, 0.1, (len(corner), LOOKS))
        for row, crop in zip(shown, moment.crops, strict=True):
            row[crop.look or 0] += 1
            row /= np.linalg.norm(row) if crop.look is not None else np.nan
        found.append(
            Observation(
                index=index,
                time_s=time_s,
                boxes=np.concatenate([corner, corner + size], axis=1).astype(np.float32),
                scores=np.array([c.score for c in moment.crops], np.float32),
                embeddings=shown[:, : LOOKS * run.encoded].astype(np.float32),
                camera=moment.turn.affine,
                cut=moment.cut,
            )
        )
    return found


def classifier(run: Run) -> Classify | None:
    """Some that know something, and some that a gallery of one bad picture may give."""
    names = run.players + 1

    def say(embeddings: Floats) -> Doubles:
        rng, n = np.random.default_rng(1), len(embeddings)
        by_look = np.column_stack([6.0 * embeddings[:, : run.players], np.full(n, 3.0)])
        said = {
            "looks": by_look,
            "noise": rng.normal(0, 5, (n, names)),
            "silent": np.zeros((n, names)),
            "level": np.full((n, names), -7.0),
            "shouts": 1e6 * np.eye(names)[np.zeros(n, int)],
            "refuses": -1e6 * (1 - np.eye(names)[np.full(n, -1)]),
        }[run.voice]
        return np.where(np.isfinite(embeddings).all(axis=1, keepdims=True), said, 0.0)

    return say if run.players else None


@contextmanager
def strict() -> Iterator[None]:
    """A warning of NumPy's is an error; that tiny numbers become zero is none."""
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# ------------------------------------------------------------------- the laws


def lawful(frame: TrackedFrame, seen: Observation) -> None:
    """What holds for the rows of a frame, whoever wrote them. Ids and names that stand twice raise
    where the frame is built."""
    state = frame.visibility
    assert np.isin(state, [VISIBLE, OCCLUDED, ABSENT]).all()
    assert ((frame.player_confidence >= 0) & (frame.player_confidence <= 1 + 1e-9)).all()
    assert np.isfinite(frame.predicted).all()
    assert (np.isfinite(frame.std) & (frame.std > 0)).all()
    assert np.isnan(frame.boxes[state == ABSENT]).all()
    hidden = frame.boxes[state == OCCLUDED]
    assert (np.isfinite(hidden).all(axis=1) & (hidden[:, 2:] > hidden[:, :2]).all(axis=1)).all()
    assert (np.isnan(frame.scores) == (state != VISIBLE)).all()
    assert ((frame.evidence == Evidence.NONE) == (frame.players == UNKNOWN)).all()
    given_ = Counter(map(tuple, np.column_stack([seen.boxes, seen.scores]).astype(float).tolist()))
    shown = np.column_stack([frame.boxes, frame.scores])[state == VISIBLE]
    assert not Counter(map(tuple, shown.tolist())) - given_


def sound(tracker: OnlineTracker) -> None:
    """What holds inside: probabilities, and covariances that are such."""
    tracks = tracker.tracks
    assert tracks is not None
    assert ((tracks.existence >= 0) & (tracks.existence <= 1)).all()
    assert np.isfinite(tracks.beliefs.log).all()
    assert (np.diff(tracks.ids) > 0).all()
    covariance = tracks.motion.covariance
    std = np.sqrt(covariance[:, np.arange(8), np.arange(8)])
    assert (std > 0).all()
    # pixels beside logarithms: as correlations, so that rounding is the same for both
    correlation = covariance / std[:, :, None] / std[:, None]
    np.testing.assert_allclose(correlation, correlation.transpose(0, 2, 1), atol=1e-9)
    assert (np.linalg.eigvalsh(correlation) > 0).all()


def online(run: Run) -> tuple[OnlineTracker, list[TrackedFrame], list[Trace], list[Observation]]:
    tracker = OnlineTracker(FollowSettings(), SIZE, run.players, classifier(run))
    seen, frames, traces = observations(run), [], []
    for one in seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
        lawful(frames[-1], one)
        sound(tracker)
    return tracker, frames, traces, seen


ONE, TWO = Crop((100.0, 100.0), (40.0, 90.0)), Crop((300.0, 100.0), (40.0, 90.0), look=1)
SHRINK = Moment([], 0.04, Turn(0.1, 0.3, (30, 5)))
ZOOMED = Run([*[Moment([ONE, TWO])] * 3, *[SHRINK] * 9, Moment([ONE, TWO])], players=2)
"""Those who wait shrink to nothing."""
WIDE = Run(
    [Moment([ONE]), Moment([ONE], 5.0), Moment([], 5.0), Moment([TWO], 5.0, Turn(angle=0.1))]
)
"""Variances of 1e7 square pixels beside those of log sizes, turned by the camera."""


@given(run=runs())
@example(run=WIDE)
@example(run=ZOOMED)
@many
def test_online_rows_keep_their_laws(run: Run) -> None:
    with strict():
        online(run)


@given(run=runs(), lag_s=st.sampled_from([0.0, 0.1, 1.0, np.inf]))
@many
def test_names_written_back_keep_the_laws(run: Run, lag_s: float) -> None:
    with strict():
        _, frames, _, seen = online(run)
        name_at = FollowSettings().identity.name_at
        back = list(lagged(frames, lag_s, name_at))
        assert len(back) == len(frames)
        for frame, one in zip(back, seen, strict=True):
            lawful(frame, one)
        if lag_s == np.inf:
            whole = backfill(frames, name_at)
            assert [f.players.tolist() for f in whole] == [f.players.tolist() for f in back]


@given(run=runs())
@example(run=WIDE)
@example(run=ZOOMED)
@many
def test_offline_rows_keep_the_laws(run: Run) -> None:
    limits = FollowSettings()
    with strict():
        tracker, frames, traces, seen = online(run)
        with patch.object(untangle_, "_SAMPLES", 100):  # 2,000 take longer than all the rest
            frames, traces = undo_swaps(frames, traces, seen, limits.association.ambiguous_nats)
        classify = classifier(run)
        if classify is not None:
            frames = second_pass(frames, traces, seen, run.players, classify, limits)
        cameras, cuts = [one.camera for one in seen], [one.cut for one in seen]
        frames = smooth_gaps(frames, cameras, cuts, tracker.offsets, limits.motion)
        assert len(frames) == len(seen)
        for frame, one in zip(frames, seen, strict=True):
            lawful(frame, one)
