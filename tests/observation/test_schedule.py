"""Not every frame is looked at, not everybody described: who is, and what becomes of the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runs import test_cluster as parts
from tests.runs import test_pipeline as drawn
from tests.runs.test_cluster import in_parts
from tests.worlds.following import SIZE, Person, World, play
from tracker import config
from tracker.corrections.statements import CorrectionError
from tracker.detection.mot_file import MotFileDetector
from tracker.observation.observer import Observer
from tracker.observation.schedule import EncodingSchedule
from tracker.offline.interpolation import FrameInterpolator
from tracker.runs import cluster, pipeline
from tracker.runs.cluster_worker import ClusterWorker
from tracker.runs.correct import CorrectionRequest, correct
from tracker.tracking.online import OnlineTracker
from tracker.types import Evidence, Frame, Observation, TrackedFrame, Visibility
from tracker.video.open import open_source

STILL = np.eye(2, 3)
VISIBLE, OCCLUDED, ABSENT = Visibility.VISIBLE, Visibility.OCCLUDED, Visibility.ABSENT
SETS = ("detect.every_n=3", "encode.every_s=0.3")


# ------------------------------------------------------------ who is described


def box(x: float, y: float = 300, w: float = 40, h: float = 100) -> list[float]:
    return [x, y, x + w, y + h]


def worth(*frames: list[list[float]], camera: np.ndarray = STILL, cut: bool = False) -> list[bool]:
    """Who of the last frame is worth a look; all frames are 1000 x 600."""
    moments, found = EncodingSchedule(), np.zeros(0, bool)
    for boxes in frames:
        moments.move(camera, cut)
        found = moments.due(np.array(boxes, np.float32).reshape(-1, 4), 1000, 600)
    return found.tolist()


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param([[box(100), box(300)]], [True, True], id="all at first"),
        pytest.param([[box(100)], [box(104)]], [False], id="known"),
        pytest.param([[box(100)], [box(104), box(300)]], [False, True], id="appears"),
        pytest.param([[], [box(104)]], [True], id="appears where nobody was"),
        pytest.param([[box(100), box(150)], [box(104), box(130)]], [True, True], id="they meet"),
        pytest.param([[box(100), box(120)], [box(104), box(124)]], [True, True], id="overlap"),
        pytest.param([[box(100), box(135)], [box(104), box(139)]], [False, False], id="hardly"),
        pytest.param([[box(100), box(120)], [box(96), box(130)]], [True, True], id="they part"),
        pytest.param(
            [[box(100), box(120, 330, 80, 200)], [box(104), box(124, 330, 80, 200)]],
            [True, True],
            id="who is covered little hides another",
        ),
        pytest.param([[box(30)], [box(5)]], [True], id="to the border"),
        pytest.param([[box(5)], [box(3)]], [False], id="still at it"),
        pytest.param([[box(5)], [box(15)]], [True], id="away from it"),
        pytest.param([[box(930)], [box(955)]], [True], id="the other border"),
    ],
)
def test_worth_a_look(frames: list[list[list[float]]], expected: list[bool]) -> None:
    assert worth(*frames) == expected


def test_a_pan_makes_nobody_appear_and_a_cut_everybody() -> None:
    pan = np.array([[1.0, 0, 60], [0, 1, 0]])
    assert worth([box(100)], [box(160)], camera=pan) == [False]
    assert worth([box(100)], [box(160)]) == [True]
    assert worth([box(100)], [box(100)], cut=True) == [True]


@given(st.lists(st.integers(0, 900), max_size=8), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_the_order_of_boxes_never_matters(places: list[int], random: Any) -> None:
    before, now = [box(x) for x in places], [box(x + 7) for x in places]
    order = random.sample(range(len(now)), len(now))
    turned = worth(before[::-1], [now[i] for i in order])
    assert sum(turned) == sum(worth(before, now))


# ------------------------------------------------------- observed now and then


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    drawn.draw(folder)
    return folder


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.observation.metadata.CHUNK_S", drawn.CHUNK_S)


@pytest.fixture(scope="module")
def whole(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of a run that looks at every third frame."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker.observation.metadata.CHUNK_S", drawn.CHUNK_S)
        out = tmp_path_factory.mktemp("whole") / "out"
        pipeline.track(drawn.request_of(world, out, *SETS), drawn.quiet, drawn.quiet)
    return out


class Counting(MotFileDetector):
    asked: list[int]

    def detect(self, frames: Sequence[Frame]) -> Any:
        self.asked += [frame.index for frame in frames]
        return super().detect(frames)


@pytest.mark.parametrize("first", [0, 4])
@pytest.mark.parametrize("together", [1, 8])
def test_every_third_frame_is_looked_at_and_the_camera_in_all(
    world: Path, first: int, together: int
) -> None:
    detector = Counting(world / "det.txt")
    detector.asked = []
    limits = config.load(None, [*drawn.SETS, *SETS])
    observer = Observer(detector, drawn.Stub("stripes"), limits, first=first, together=together)
    frames = open_source(str(world / "seq")).frames(first)
    seen = list(observer.observe(frames))
    assert detector.asked == list(range(first, drawn.FRAMES, 3))
    assert [one.index for one in seen if one.looked] == detector.asked
    assert all(len(one.boxes) == (2 if one.looked else 0) for one in seen)
    moved = [one.index for one in seen if not np.array_equal(one.camera, STILL)]
    assert len(moved) > 48 - first
    described = [one.index for one in seen if np.isfinite(one.embeddings).any()]
    assert described[:2] == [first, first + 9]  # the first that is looked at after 0.3 s


@pytest.mark.parametrize("frame", [1, 20, 33, 63])
def test_stopped_and_resumed_gives_the_same_bytes(
    frame: int, world: Path, whole: Path, tmp_path: Path
) -> None:
    out, seen = tmp_path / "out", list[int]()

    def progress(stage: str, done: int, *_: object) -> None:
        seen.append(done)
        if done >= frame:
            raise KeyboardInterrupt

    request = drawn.request_of(world, out, *SETS)
    with pytest.raises(pipeline.Stopped):
        pipeline.track(request, drawn.quiet, progress)
    assert seen[-1] in (frame, frame + 1, frame + 2)
    pipeline.track(replace(request, resume=True), drawn.quiet, drawn.quiet)
    assert parts.files(out) == parts.files(whole)
    assert drawn.told(out) == drawn.told(whole)


def test_parts_in_any_order_give_the_same_bytes(world: Path, whole: Path, tmp_path: Path) -> None:
    match = cluster.planned(drawn.request_of(world, tmp_path / "out", *SETS))
    worker = ClusterWorker()
    in_parts(match, worker)
    assert parts.files(tmp_path / "out") == parts.files(whole)
    assert worker.again == 0


def test_the_last_frames_count_though_nobody_looked(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    request = drawn.request_of(world, out, "detect.every_n=5", frames=(1, 24))
    pipeline.track(request, drawn.quiet, drawn.quiet)
    assert drawn.told(out)["source"]["frames"]["count"] == 24
    last = [line for line in (out / "tracks.csv").read_text().splitlines() if line[:3] == "24,"]
    assert len(last) == 2
    assert all(",absent," in line for line in last)


def test_a_correction_between_two_looks_is_refused(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    said = ["player Ann is nobody from frame 29 to 30"]
    with pytest.raises(CorrectionError, match="every_n"):
        correct(out, CorrectionRequest(said), drawn.quiet)
    assert drawn.results(out) == drawn.results(whole)
    assert correct(
        out, CorrectionRequest(["player Ann is nobody from frame 29 to 40"]), drawn.quiet
    ).changed


def test_the_receipt_says_how_much_was_looked_at(whole: Path) -> None:
    seen = drawn.told(whole)["counts"]["looked_at"]
    assert seen["frames"] == len(range(0, drawn.FRAMES, 3))
    assert 0 < seen["described"] < seen["boxes"] == 2 * seen["frames"]


# --------------------------------------------------------------------- bridged

WALK = World(
    people=[Person({0.0: (100, 200), 6.0: (900, 200)}), Person({0.0: (900, 420), 6.0: (300, 420)})],
    seconds=4,
    jitter_px=0,
)


def tracked(world: World, every_n: int) -> list[TrackedFrame]:
    between = FrameInterpolator()
    tracker = OnlineTracker(config.load(None, []).follow, SIZE)
    frames = (tracker.update(one) for one in between.looked(thinned(world, every_n)))
    return list(between.filled(list(frames)))


def thinned(world: World, every_n: int) -> Iterator[Observation]:
    for shot in play(world):
        if shot.seen.index % every_n == 0:
            yield shot.seen
        else:
            yield replace(
                shot.seen,
                boxes=np.zeros((0, 4), np.float32),
                scores=np.zeros(0, np.float32),
                embeddings=shot.seen.embeddings[:0],
                looked=False,
            )


@pytest.mark.parametrize("pan", [(0.0, 0.0), (50.0, 0.0)])
@pytest.mark.parametrize("every_n", [2, 3, 5])
def test_between_two_looks_everybody_is_where_they_were_drawn(
    every_n: int, pan: tuple[float, float]
) -> None:
    walk = replace(WALK, pan=pan)
    frames, shots = tracked(walk, every_n), play(walk)
    last = (len(shots) - 1) // every_n * every_n
    assert [f.index for f in frames] == list(range(len(shots)))
    assert [f.time_s for f in frames] == [s.seen.time_s for s in shots]
    for frame in frames[last + 1 :]:  # nobody knows
        assert frame.visibility.tolist() == [ABSENT, ABSENT]
    for frame, shot in zip(frames[: last + 1], shots, strict=False):
        assert frame.visibility.tolist() == [VISIBLE] * len(frame)
        assert len(frame) == 2
        for true in shot.boxes.values():
            assert min(np.abs(frame.boxes - true).max(axis=1)) < 1.0, frame.index
        assert np.isfinite(frame.scores).all() == (frame.index % every_n == 0)


def test_all_looked_at_is_as_it_was() -> None:
    tracker = OnlineTracker(config.load(None, []).follow, SIZE)
    plain = [tracker.update(shot.seen) for shot in play(WALK)]
    for a, b in zip(plain, tracked(WALK, 1), strict=True):
        assert np.array_equal(a.boxes, b.boxes)


def rows(index: int, *tracks: tuple[int, int, Visibility], anchor: bool = False) -> TrackedFrame:
    """A frame of (track, player, visibility); boxes at 10 pixels per frame."""
    n = len(tracks)
    boxes = np.tile(np.array(box(10.0 * index)), (n, 1))
    visibility = np.array([v for *_, v in tracks], np.int64)
    boxes[visibility == ABSENT] = np.nan
    return TrackedFrame(
        index, index / 25, np.array([t for t, *_ in tracks]), np.array([p for _, p, _ in tracks]),
        np.full(n, 0.9), visibility, boxes, np.where(visibility == VISIBLE, 0.8, np.nan),
        np.full((n, 2), 10.0 * index), np.ones((n, 2)),
        np.full(n, Evidence.ANCHOR if anchor else Evidence.CARRIED), np.ones(n, bool),
    )  # fmt: skip


def between_two(before: TrackedFrame, after: TrackedFrame, cut_at: int = -1) -> list[TrackedFrame]:
    between = FrameInterpolator()
    nobody = np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
    ends = (before.index, after.index)
    seen = (
        Observation(i, i / 25, *nobody, STILL, i == cut_at, None, i in ends)
        for i in range(ends[0], ends[1] + 1)
    )
    assert [one.index for one in between.looked(seen)] == list(ends)
    return list(between.filled([before, after]))[1:-1]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (VISIBLE, VISIBLE, VISIBLE),
        (VISIBLE, OCCLUDED, OCCLUDED),
        (OCCLUDED, VISIBLE, OCCLUDED),
        (VISIBLE, ABSENT, ABSENT),
        (ABSENT, VISIBLE, ABSENT),
    ],
)
def test_a_row_between_is_as_good_as_its_worse_end(
    before: Visibility, after: Visibility, expected: Visibility
) -> None:
    (frame,) = between_two(rows(4, (1, -1, before)), rows(6, (1, -1, after)))
    assert frame.index == 5
    assert frame.visibility.tolist() == [expected]
    assert np.isnan(frame.boxes).all() == (expected == ABSENT)
    if expected != ABSENT:
        assert frame.boxes[0].tolist() == box(50)
    assert frame.predicted[0].tolist() == [50, 50]


def test_who_is_in_one_of_two_frames_alone_is_not_between_and_names_never_stand_twice() -> None:
    before = rows(0, (1, 5, VISIBLE), (2, 6, VISIBLE), (3, -1, VISIBLE), anchor=True)
    after = rows(3, (2, 5, VISIBLE), (3, 6, VISIBLE), (9, 7, VISIBLE))
    first, second = between_two(before, after)
    for frame in (first, second):
        assert frame.track_ids.tolist() == [2, 3]
        assert frame.players.tolist() == [6, -1]
        assert frame.evidence.tolist() == [Evidence.CARRIED] * 2  # no picture of their own


@pytest.mark.parametrize("cut_at", [5, 6])
def test_nobody_walks_across_a_cut(cut_at: int) -> None:
    before, after = rows(4, (1, 0, VISIBLE)), rows(6, (1, 0, VISIBLE))
    (frame,) = between_two(before, after, cut_at)
    assert frame.visibility.tolist() == [ABSENT]
    assert np.isnan(frame.boxes).all()


def test_a_cut_in_a_frame_that_is_left_out_is_told_with_the_next() -> None:
    between = FrameInterpolator()
    shots = list(thinned(WALK, 3))
    shots[4] = replace(shots[4], cut=True)
    told = {one.index: one.cut for one in between.looked(shots)}
    assert told[6]
    assert sum(told.values()) == 1
