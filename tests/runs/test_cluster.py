"""Parts observed in any order give what one run gives, to the last bit; Ray only carries them."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.observation import test_store as stored
from tests.runs import test_pipeline as drawn
from tests.video import test_video as filmed
from tracker.observation.chunk import Carry, Chunk, StoreError
from tracker.observation.shards import ShardBoundary, joined, shard_file, shards_of
from tracker.output.run_files import OutputError
from tracker.runs import batch, cluster, pipeline
from tracker.runs.batch import BatchError
from tracker.runs.cluster_worker import ClusterWorker
from tracker.runs.request import TrackRequest
from tracker.settings import Settings
from tracker.video.file import VideoFile

quiet = drawn.quiet


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.observation.metadata.CHUNK_S", drawn.CHUNK_S)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    drawn.draw(folder)
    return folder


@pytest.fixture(scope="module")
def whole(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of a plain run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker.observation.metadata.CHUNK_S", drawn.CHUNK_S)
        out = tmp_path_factory.mktemp("whole") / "out"
        pipeline.track(drawn.request_of(world, out), quiet, quiet)
    return out


def files(out: Path) -> dict[str, bytes]:
    """The results and the store, but for timings and the wording of the command."""
    kept = {f.name: f.read_bytes() for f in (out / "observations").glob("*.*")}
    return kept | drawn.results(out)


def in_parts(match: cluster.Match, *workers: ClusterWorker, backwards: bool = True) -> None:
    """Observe all that is missing, the last part first, the workers in turn; then join."""
    for i, part in enumerate(sorted(match.missing(), reverse=backwards)):
        assert workers[i % len(workers)].watch(match, part) is None
    done = workers[0].finish(match)
    assert done.code == 0, done.line


def test_a_worker_that_runs_networks_otherwise_is_refused(world: Path, tmp_path: Path) -> None:
    """Its numbers would differ in the last digits from those of the others."""
    match = cluster.planned(drawn.request_of(world, tmp_path / "out"))
    about = match.about.model_copy(update={"runtimes": {"encoder": "openvino"}})
    answer = ClusterWorker().watch(replace(match, about=about), 0)
    assert answer is not None
    assert "its encoder is run by openvino elsewhere" in answer.line


def test_parts_in_any_order_give_the_bytes_of_a_plain_run(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    """Flashes lie before two borders, and people are described every third frame."""
    request = drawn.request_of(world, tmp_path / "out")
    match = cluster.planned(request)
    assert match.parts == 7
    workers = ClusterWorker(), ClusterWorker()
    in_parts(match, *workers)
    assert files(request.out) == files(whole)
    assert drawn.told(request.out) == drawn.told(whole)
    assert [w.again for w in workers] == [0, 0]
    assert not shards_of(match.store).exists()


def test_a_part_that_does_not_fit_is_observed_again(world: Path, tmp_path: Path) -> None:
    """Dark for longer than is looked at before a border: how long is known to a plain run only."""
    dark = tmp_path / "world"
    shutil.copytree(world, dark)
    black = np.zeros((drawn.HEIGHT, drawn.WIDTH, 3), np.uint8)
    for i in range(4, 48):
        cv2.imwrite(str(dark / "seq" / "img1" / f"{i + 1:06d}.png"), black)
    plain, request = (drawn.request_of(dark, tmp_path / name) for name in ("plain", "out"))
    pipeline.track(plain, quiet, quiet)
    worker = ClusterWorker()
    in_parts(cluster.planned(request), worker)
    assert worker.again >= 1
    assert files(request.out) == files(plain.out)


def test_parts_that_are_there_are_not_observed_again(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    request = drawn.request_of(world, tmp_path / "out")
    match = cluster.planned(request)
    for part in (5, 1, 3):
        ClusterWorker().watch(match, part)
    shard_file(match.store, 1).write_bytes(b"half")  # damaged: observed again when joined
    with pytest.raises(OutputError, match="add --resume"):
        cluster.planned(request)
    again = cluster.planned(replace(request, resume=True))
    assert again.missing() == [0, 2, 4, 6]
    worker = ClusterWorker()
    in_parts(again, worker)
    assert worker.again == 1
    assert files(request.out) == files(whole)
    done = replace(request, resume=True)
    assert batch.is_finished(done)
    assert cluster.planned(done).parts == 0


def test_parts_of_other_settings_are_refused(world: Path, tmp_path: Path) -> None:
    request = drawn.request_of(world, tmp_path / "out")
    ClusterWorker().watch(cluster.planned(request), 2)
    other = drawn.request_of(world, tmp_path / "out", "encode.every_s=0.3", resume=True)
    with pytest.raises(StoreError, match=r"other settings.*--overwrite"):
        cluster.planned(other)


def test_a_run_that_was_stopped_is_gone_on_with_in_parts(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    """A store of a plain run ends in the middle of a chunk."""
    request = drawn.request_of(world, tmp_path / "out")
    drawn.stop(request, 24)
    match = cluster.planned(replace(request, resume=True))
    in_parts(match, ClusterWorker())
    assert files(request.out) == files(whole)


def test_old_results_stay_until_the_new_ones_are_there(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    (out / "tracks.csv").write_text("old")
    request = drawn.request_of(world, out, overwrite=True)
    match = cluster.planned(request)
    worker = ClusterWorker()
    for part in match.missing():
        worker.watch(match, part)
    assert (out / "tracks.csv").read_text() == "old"
    in_parts(match, worker)
    assert files(out) == files(whole)
    assert [f.name for f in tmp_path.iterdir()] == ["out"]


BEFORE = tuple((i, i / 30) for i in (8, 9))
TRUE = Carry(1, 0.38, 9, ("late",))


@pytest.mark.parametrize(
    ("joint", "fits"),
    [
        (ShardBoundary(BEFORE, TRUE), True),
        (ShardBoundary(BEFORE, replace(TRUE, next_encode_s=0.39)), True),  # the same frame is next
        (ShardBoundary(BEFORE, replace(TRUE, next_encode_s=0.35)), False),
        (ShardBoundary(BEFORE, replace(TRUE, hidden=0)), False),
        (ShardBoundary(BEFORE, replace(TRUE, picture=8)), False),
        (ShardBoundary(((8, 8 / 30), (9, 9 / 30 + 1e-3)), TRUE), False),
        (ShardBoundary(BEFORE[:1], TRUE), False),
        (ShardBoundary((), TRUE), False),
    ],
)
def test_a_part_fits_only_behind_what_it_was_begun_with(joint: ShardBoundary, fits: bool) -> None:
    chunk = Chunk.of([stored.seen(i) for i in range(10, 14)])
    carry = Carry(0, 0.5, 13, ("later",))
    behind = joined((chunk, carry, joint), [stored.seen(i) for i in range(6, 10)], TRUE)
    assert (behind is not None) == fits
    if behind is not None:
        assert behind == replace(carry, warnings=("late", "later"))


def test_models_are_opened_once_a_worker(world: Path, tmp_path: Path) -> None:
    worker = ClusterWorker()
    for name in ("a", "b"):
        in_parts(cluster.planned(drawn.request_of(world, tmp_path / name)), worker)
    assert worker.loaded == 2  # the detections and the encoder


def test_another_model_on_a_machine_is_refused(world: Path, tmp_path: Path) -> None:
    request = drawn.request_of(world, tmp_path / "out")
    match = cluster.planned(request)
    made = match.about.detector.model_copy(update={"fingerprint": "x"})
    other = match.about.model_copy(update={"detector": made})
    answer = ClusterWorker().watch(replace(match, about=other), 0)
    assert answer is not None
    assert answer.code == 2
    assert "another model on this machine" in answer.line


@pytest.mark.parametrize("times", [None, "uneven"])
def test_times_by_packets_are_those_of_the_pictures(times: str | None, tmp_path: Path) -> None:
    steps = () if times is None else (filmed.UNEVEN_MS,)
    video = VideoFile(filmed.write_video(tmp_path / "a.mp4", *steps))
    assert video.times_s() == [frame.time_s for frame in video.frames()]


def test_a_video_is_read_from_the_middle_and_gives_the_same_bytes(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.video.file.SEEK_FROM", 15)
    video = filmed.write_video(tmp_path / "a.mp4", filmed.UNEVEN_MS)
    rows = [f"{i + 1},-1,{20 + i},20,30,40,0.9,-1,-1,-1\n" for i in range(filmed.COUNT)]
    (tmp_path / "det.txt").write_text("".join(rows))
    plain, request = (
        drawn.request_of(world, tmp_path / n, source=str(video), detections=tmp_path / "det.txt")
        for n in ("plain", "out")
    )
    pipeline.track(plain, quiet, quiet)
    match = cluster.planned(request)
    assert match.parts > 2
    worker = ClusterWorker()
    in_parts(match, worker)
    assert worker.again == 0
    assert files(request.out) == files(plain.out)


# ------------------------------------------------------------------- lists


def listed(tmp_path: Path, text: str) -> list[TrackRequest]:
    (tmp_path / "list.csv").write_text(text)
    plain = TrackRequest("", tmp_path / "out", Settings(), gallery=Path("all"))
    return cluster.read_list(tmp_path / "list.csv", plain)


def test_a_list_is_lines_or_a_table(tmp_path: Path) -> None:
    lines = listed(tmp_path, "# the season\nfirst, leg.mp4\n\n/abs/b.mp4\n")
    assert [r.source for r in lines] == [str(tmp_path / "first, leg.mp4"), "/abs/b.mp4"]
    assert [r.gallery for r in lines] == [Path("all")] * 2
    rows = listed(tmp_path, 'Gallery,video,Place\nhome,a.mp4,Rome\n,"b, c.mp4"\n')
    assert [(r.source, r.gallery) for r in rows] == [
        (str(tmp_path / "a.mp4"), tmp_path / "home"),
        (str(tmp_path / "b, c.mp4"), Path("all")),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lists no video"),
        ("video\n", "lists no video"),
        ("video,gallery\na.mp4,g\n,g\n", "line 3: no video"),
        ("a.mp4\na.mp4\n", "given twice"),
        ("video,rooster\na.mp4,r.csv\n", "'rooster' is not known; did you mean 'roster'"),
    ],
)
def test_a_wrong_list_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=said) as caught:
        listed(tmp_path, text)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------- Ray

WITH_RAY = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason='needs pip install "teamsheet[cluster]"'
)


@pytest.fixture
def no_ray_left() -> Iterator[None]:
    import ray

    yield
    ray.shutdown()


@WITH_RAY
@pytest.mark.usefixtures("no_ray_left")
def test_a_cluster_of_one_tracks_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At one frame a second, 20 frames are a chunk of the default 20 s: workers know no patch."""
    monkeypatch.undo()
    for name, frames in (("a", 50), ("b", 30)):
        folder = tmp_path / name / "det"
        folder.mkdir(parents=True)
        rows = [f"{f},-1,{50 + 4 * f},100,40,100,0.9,-1,-1,-1\n" for f in range(1, frames + 1)]
        (folder / "det.txt").write_text("".join(rows))
        (folder.parent / "seqinfo.ini").write_text(
            f"[Sequence]\nframeRate=1\nseqLength={frames}\nimWidth=640\nimHeight=360\n"
        )
    (tmp_path / "list.txt").write_text("a\nb\nnowhere.mp4\n")
    plain = TrackRequest("", tmp_path / "out", Settings())
    said: list[str] = []
    requests = cluster.read_list(tmp_path / "list.txt", plain)
    outcomes = cluster.batch(requests, 2, None, said.append)
    assert [one.code for one in outcomes] == [0, 0, 2], [one.line for one in outcomes]
    assert [one.frames for one in outcomes] == [50, 30, None]
    assert f"{tmp_path / 'a'}: parts left to observe: 2" in said
    for name in "ab":
        alone = replace(plain, source=str(tmp_path / name), out=tmp_path / "alone" / name)
        pipeline.track(alone, quiet, quiet)
        assert files(tmp_path / "out" / name) == files(alone.out)
    again = [replace(one, resume=True) for one in requests[:2]]
    receipt = (tmp_path / "out" / "a" / "run.json").read_bytes()
    outcomes = cluster.batch(again, 2, None, said.append)
    assert [one.line for one in outcomes] == ["was finished before"] * 2
    assert (tmp_path / "out" / "a" / "run.json").read_bytes() == receipt
    assert json.loads(receipt)["source"]["frames"]["count"] == 50


@pytest.mark.parametrize("why", ["The current node timed out during startup.", "", "a\nb"])
def test_a_ray_that_does_not_begin_is_told_in_one_line_and_ended(
    why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a busy machine it gives up; that is no fault of ours, and nothing has been written yet."""
    ended = []

    def init(**_: object) -> None:
        raise RuntimeError(why)

    fake = SimpleNamespace(
        is_initialized=lambda: False, init=init, shutdown=lambda: ended.append(True)
    )
    monkeypatch.setitem(sys.modules, "ray", fake)
    request = TrackRequest(str(tmp_path / "a.mp4"), tmp_path / "out" / "a", Settings())
    with pytest.raises(BatchError, match=r"Ray did not begin .*try again") as caught:
        cluster.batch([request], 1, None, quiet)
    assert "\n" not in str(caught.value)
    assert ended
    assert list(tmp_path.iterdir()) == []


def test_without_ray_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BatchError, match=r"teamsheet\[cluster\]"):
        cluster.batch([], None, None, quiet)
