"""Cameras: never late, what is dropped is counted, what is lost comes back; rows as they come."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tracker import config
from tracker.observation.stage_threads import StageThreads
from tracker.output.jsonl import as_line
from tracker.output.table import COLUMNS, TrackTable
from tracker.runs import pipeline
from tracker.runs.live import JsonLines
from tracker.runs.request import AnchorInput
from tracker.types import UNKNOWN, Evidence, Image, TrackedFrame, Visibility
from tracker.video import stream as video_stream
from tracker.video.source import VideoError
from tracker.video.stream import LiveStream

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT, FPS = 320, 180, 50
COLOURS = {"Ann": (0, 0, 200), "Bea": (200, 0, 0)}

SETS = [
    "follow.confirm_s=0.08",
    "camera.min_inliers=8",
    "follow.identity.vote_s=0.1",  # names take several votes to come
    "follow.identity.vote_nats_max=0.7",
    "follow.identity.name_at=0.75",
]


def quiet(*_: object) -> None:
    return None


def _picture(i: int) -> Image:
    """Two people run towards each other; the wall behind them does not move."""
    rng = np.random.default_rng(0)
    wall = rng.integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    image = cv2.GaussianBlur(wall, (5, 5), 0)
    for x, colour in zip((20 + 2 * i, 270 - 2 * i), COLOURS.values(), strict=True):
        shirt = np.clip(np.random.default_rng(i).normal(colour, 20, (60, 24, 3)), 0, 255)
        image[80:140, x : x + 24] = shirt.astype(np.uint8)
    return np.asarray(image, np.uint8)


PICTURES = [_picture(i) for i in range(100)]


def camera(
    pictures: list[Image], again: Callable[[], Generator[Image]] | None = None, every_s: float = 0.0
) -> LiveStream:
    return LiveStream("cam", WIDTH, HEIGHT, FPS, taken(pictures, every_s), again)


def taken(pictures: list[Image], every_s: float = 0.0, why: str = "") -> Generator[Image]:
    for picture in pictures:
        time.sleep(every_s)
        yield picture
    if why:
        raise VideoError(why)


# ------------------------------------------------------------- the newest picture


def test_who_is_slow_gets_the_newest_picture_and_hears_how_many_were_missed() -> None:
    stream = camera(PICTURES[:60], every_s=0.005)
    ages, indices = [], []
    for frame in stream.frames():
        time.sleep(0.03)
        indices.append(frame.index)
        ages.append(stream.age_s(frame.time_s))
        assert np.array_equal(frame.image, PICTURES[frame.index])
    assert stream.pictures == 60
    assert stream.dropped == 60 - len(indices) > 20
    assert indices[-1] == 59  # the numbers are the camera's
    assert max(ages) < 0.5  # 1.5 s had it seen them all
    assert stream.warnings == [f"cam: {stream.dropped} of 60 pictures dropped to keep up"]


def test_no_more_than_two_frames_are_under_way_however_slow_a_stage_is() -> None:
    """Without the limit the queues before slow stages fill, and rows come later and later."""
    for limit, most in ((2, 2), (None, 6)):
        read: list[int] = []
        late = []

        def source(read: list[int] = read) -> Iterator[int]:
            for i in range(12):
                read.append(i)
                yield i

        def slow(item: int) -> int:
            time.sleep(0.01)
            return item

        line = StageThreads("read", source(), [("a", slow), ("b", slow)], 2, limit)
        for item in line:
            time.sleep(0.01)
            late.append(read[-1] - item)
        line.close()
        assert read == list(range(12))
        assert max(late) <= most
        assert (max(late) >= 4) == (limit is None)


# ------------------------------------------------------------- losses


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_stream, "WAITS_S", (0.02, 0.03, 0.04))


@pytest.mark.usefixtures("hurried")
def test_a_camera_that_is_lost_is_asked_again_and_a_cut_is_where_it_is_back() -> None:
    tries = itertools.count()

    def again() -> Generator[Image]:
        number = next(tries)
        if number == 0:
            return taken([], why="no route to host")
        return taken(PICTURES[5:8] if number == 1 else [], every_s=0.02, why="gone again")

    stream = camera(PICTURES[:5], again, every_s=0.02)
    said: list[str] = []
    stream.tell = said.append
    frames = list(stream.frames())
    assert [f.index for f in frames] == list(range(8))
    assert [f.index for f in frames if f.cut] == [5]
    assert all(a.time_s < b.time_s for a, b in itertools.pairwise(frames))
    first, last = stream.losses
    assert (first.frame, last.frame) == (5, 8)
    assert first.away_s is not None
    assert 0.05 <= first.away_s < 1
    assert last.away_s is None
    assert said == stream.warnings
    lost = [line for line in said if "connection lost" in line]
    assert [line.split("frame ")[1].split()[0] for line in lost] == ["5", "8"]
    assert said[-1] == "cam: not there after 3 tries; the run ends here"
    assert len(said) == 3


@pytest.mark.usefixtures("hurried")
def test_a_cut_is_not_dropped_with_its_picture() -> None:
    there = iter([PICTURES[2:30]])
    stream = camera(PICTURES[:2], lambda: taken(next(there, []), 0.002))
    cuts = []
    for frame in stream.frames():
        cuts.append(frame.cut)
        time.sleep(0.1)
    assert sum(cuts) == 1


@pytest.mark.usefixtures("hurried")
def test_who_stops_a_lost_camera_waits_no_longer() -> None:
    video_stream.WAITS_S = (60.0,)  # put back by the fixture
    stream = camera(PICTURES[:3], lambda: taken([]), every_s=0.01)
    threading.Timer(0.2, stream.stop).start()
    begun = time.monotonic()
    assert len(list(stream.frames())) == 3
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("hurried")
def test_pictures_of_another_size_are_scaled_and_it_is_said_once() -> None:
    small = [cv2.resize(p, (160, 90)) for p in PICTURES[2:5]]
    stream = camera(PICTURES[:2], lambda: taken(small, 0.01), every_s=0.01)
    shapes = {f.image.shape for f in stream.frames(stop=5) if f.image is not None}
    assert shapes == {(HEIGHT, WIDTH, 3)}
    assert sum("scaled" in line for line in stream.warnings) == 1


# ------------------------------------------------------------- whole runs


@pytest.fixture
def world(tmp_path: Path) -> Path:
    rows = []
    (tmp_path / "seq" / "img1").mkdir(parents=True)
    for i in range(40):
        cv2.imwrite(str(tmp_path / "seq" / "img1" / f"{i + 1:06d}.png"), PICTURES[i])
    (tmp_path / "seq" / "seqinfo.ini").write_text(
        f"[Sequence]\nframeRate={FPS}\nseqLength=40\nimWidth={WIDTH}\nimHeight={HEIGHT}\n"
    )
    for i in range(len(PICTURES)):
        places = (20 + 2 * i, 270 - 2 * i)
        rows += [f"{i + 1},-1,{x},80,24,60,0.9,-1,-1,-1\n" for x in places]
    (tmp_path / "det.txt").write_text("".join(rows))
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (tmp_path / "gallery" / name).mkdir(parents=True)
        for i in range(3):
            picture = np.clip(rng.normal(colour, 20, (60, 24, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(tmp_path / "gallery" / name / f"{i}.png"), picture)
    return tmp_path


def request_of(world: Path, out: str, *sets: str, **changed: Any) -> pipeline.TrackRequest:
    plain = pipeline.TrackRequest(
        source=str(world / "seq"),
        out=world / out,
        settings=config.load(None, [*SETS, *sets]),
        gallery=world / "gallery",
        detections=world / "det.txt",
    )
    return replace(plain, **changed)


def streamed(request: pipeline.TrackRequest) -> tuple[list[dict[str, Any]], TrackTable]:
    file = io.StringIO()
    table = pipeline.track(request, quiet, quiet, JsonLines(file, quiet))
    return [json.loads(line) for line in file.getvalue().splitlines()], table


def test_a_file_is_streamed_whole_and_its_results_are_those_of_any_run(world: Path) -> None:
    lines, _ = streamed(request_of(world, "streamed"))
    pipeline.track(request_of(world, "plain", "mode=online"), quiet, quiet)
    assert [line["frame"] for line in lines] == list(range(1, 41))
    for name in ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt"):
        assert (world / "streamed" / name).read_bytes() == (world / "plain" / name).read_bytes()


def test_a_stream_begins_at_confirmation_and_never_names_the_past(world: Path) -> None:
    """The files name everybody from their first sighting; whoever only hears rows cannot."""
    lines, table = streamed(request_of(world, "out"))
    rows = table.rows
    assert set(rows[rows["frame"] == 1]["player"]) == set(COLOURS)
    begun = next(line["frame"] for line in lines if line["tracks"])
    assert begun == 1 + 0.08 * FPS
    assert not any(t["player"] for t in lines[int(begun) - 1]["tracks"])
    assert {t["player"] for t in lines[-1]["tracks"]} == set(COLOURS)
    track = lines[-1]["tracks"][0]
    assert ["frame", "time_s", *track] == list(COLUMNS)
    row = rows[(rows["frame"] == 40) & (rows["track_id"] == track["track_id"])].iloc[0]
    assert track["x1"] == pytest.approx(row["x1"], abs=0.005)
    assert (track["player"], track["visibility"]) == (row["player"], row["visibility"])


def test_with_a_lag_names_may_wait_and_the_stream_has_what_the_files_have(world: Path) -> None:
    lines, table = streamed(request_of(world, "out", "lag_s=0.4"))
    bare, _ = streamed(request_of(world, "bare"))

    def unnamed(every: list[dict[str, Any]]) -> int:
        return sum(t["player"] is None for line in every for t in line["tracks"])

    assert unnamed(lines) < unnamed(bare)
    later = table.rows[table.rows["frame"] > 0.08 * FPS]
    assert unnamed(lines) == (later["player"] == "").sum()


def test_what_is_not_known_is_null() -> None:
    nothing = np.full((1, 4), np.nan)
    frame = TrackedFrame(
        index=0, time_s=0.0, track_ids=np.array([7]), players=np.array([UNKNOWN]),
        player_confidence=np.zeros(1), visibility=np.array([Visibility.ABSENT]), boxes=nothing,
        scores=nothing[:, 0], predicted=np.ones((1, 2)), std=np.ones((1, 2)),
        evidence=np.array([Evidence.NONE]), confirmed=np.array([True]),
    )  # fmt: skip
    track = json.loads(as_line(frame, ["Ann"]))["tracks"][0]
    assert track["x1"] is track["confidence"] is track["player"] is track["evidence"] is None
    assert track["visibility"] == "absent"


def test_a_second_pass_cannot_be_streamed(world: Path) -> None:
    with pytest.raises(pipeline.PipelineError, match=r"--stream.*offline"):
        streamed(request_of(world, "out", "mode=offline"))


def test_a_camera_cannot_be_rendered_afterwards(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, camera(PICTURES[:5]))
    with pytest.raises(pipeline.PipelineError, match="--render"):
        pipeline.track(request_of(world, "out", source="0", render=True), quiet, quiet)


def serve(monkeypatch: pytest.MonkeyPatch, stream: LiveStream) -> None:
    monkeypatch.setattr("tracker.video.open.open_source", lambda spec: stream)


def test_a_camera_is_followed_and_its_receipt_counts_what_was_dropped(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = camera(PICTURES[:100], every_s=0.01)
    serve(monkeypatch, stream)
    said: list[str] = []
    file = io.StringIO()
    table = pipeline.track(
        request_of(world, "out", source="0"), said.append, quiet, JsonLines(file, quiet)
    )
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    told = json.loads((world / "out" / "run.json").read_text())["live"]
    assert told["pictures"] == 100
    assert told["dropped"] == 100 - len(lines)
    assert told["losses"] == []
    assert 0 < told["delay_s"]["median"] <= told["delay_s"]["most"] < 2
    assert any("behind the camera" in line for line in said)
    assert all(line["time_s"] >= 0.01 * (line["frame"] - 1) for line in lines)
    assert table.rows["frame"].max() == lines[-1]["frame"]


def test_anchors_of_a_camera_count_frames_from_its_start(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [line.split(",") for line in (world / "det.txt").read_text().splitlines()]
    first = {row[0]: row for row in reversed(rows)}
    lines = [f"{f},Zoe,{x},{y},{w},{h}" for f, _, x, y, w, h, *_ in first.values()]
    (world / "faces.csv").write_text("frame,player,x,y,w,h\n" + "\n".join(lines) + "\n")
    serve(monkeypatch, camera(PICTURES[:100], every_s=0.01))
    anchors = (AnchorInput(world / "faces.csv"),)
    request = request_of(world, "out", gallery=None, source="0", anchors=anchors)
    found, table = streamed(request)
    assert "Zoe" in set(table.rows["player"])
    assert any(row["player"] == "Zoe" for frame in found for row in frame["tracks"])


@pytest.mark.usefixtures("hurried")
def test_behind_a_loss_nothing_of_the_geometry_holds(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = camera(PICTURES[:10], lambda: taken(PICTURES[10:30], 0.02), every_s=0.02)
    serve(monkeypatch, stream)
    request = request_of(world, "out", source="0", frames=(1, 25))
    pipeline.track(request, quiet, quiet)
    from tracker.observation.store import Store

    store = Store.open(world / "out" / "observations")
    assert store is not None
    assert [one.index for one in store if one.cut] == [10]


CTRL_C = """
import sys, threading, os, signal
sys.path.insert(0, {tests!r})
import test_live as t
from tracker.cli import app as cli
from tracker.video import open as video
stream = t.camera(t.PICTURES, every_s=0.02)
video.open_source = lambda spec: stream
sys.argv = ["teamsheet", *{words!r}]
cli.main()
"""


def run_camera(world: Path, *more: str) -> subprocess.Popen[str]:
    words = [
        "track", "0", "-o", str(world / "out"), "--stream", *more,
        "--detections", str(world / "det.txt"), "--set", "follow.confirm_s=0.08",
    ]  # fmt: skip
    code = CTRL_C.format(tests=str(ROOT / "tests" / "video"), words=words)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_ctrl_c_ends_a_camera_in_order(world: Path) -> None:
    process = run_camera(world)
    assert process.stdout is not None
    head = [process.stdout.readline() for _ in range(10)]
    os.kill(process.pid, signal.SIGINT)
    rest, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    lines = [json.loads(line) for line in (*head, *rest.splitlines())]  # nothing but JSON
    table = TrackTable.read_csv(world / "out" / "tracks.csv")
    assert lines[-1]["frame"] == table.rows["frame"].max() < 100
    assert "ending" in said
    assert "results in" in said


def test_a_reader_that_goes_away_ends_the_camera_and_costs_no_results(world: Path) -> None:
    process = run_camera(world)
    assert process.stdout is not None
    assert process.stderr is not None
    for _ in range(10):
        process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait(30) == 0, said
    assert said.count("nobody reads the stream") == 1
    assert "Traceback" not in said
    assert TrackTable.read_csv(world / "out" / "tracks.csv").rows["frame"].max() < 90
