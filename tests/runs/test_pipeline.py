"""Runs that are stopped, killed, gone on with, followed again: the results are the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tracker import config
from tracker.detection.mot_file import MotFileDetector
from tracker.observation.chunk import StoreError
from tracker.observation.metadata import ModelId
from tracker.observation.observer import Observer, frames_before
from tracker.observation.stage_threads import StageThreads
from tracker.output.run_files import OutputError
from tracker.runs import pipeline
from tracker.runs.request import PipelineError
from tracker.settings import Settings
from tracker.types import Detections, Frame
from tracker.video import file as video_file
from tracker.video import image_sequence
from tracker.video.open import open_source
from tracker.video.source import Source, VideoError

ROOT = Path(__file__).resolve().parents[2]
FRAMES, FPS, CHUNK_S = 64, 25, 0.4  # ten frames to a chunk
WIDTH, HEIGHT = 320, 180
FLASH = {18, 19, 40}  # pictures that show nothing, some right before a chunk ends
SETS = ["encode.every_s=0.1", "camera.min_inliers=8"]
RESULTS = ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt")
COLOURS = {"Ann": (0, 0, 200), "Bea": (200, 0, 0)}


def quiet(*_: object) -> None:
    return None


def draw(folder: Path) -> None:
    """A red and a blue person run in front of a pattern that pans."""
    rng = np.random.default_rng(0)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (HEIGHT, 600, 3)).astype(np.uint8), (5, 5), 0)
    (folder / "seq" / "img1").mkdir(parents=True)
    rows = []
    for i in range(FRAMES):
        image = wall[:, 2 * i : 2 * i + WIDTH].copy()
        for x, colour in zip((20 + 3 * i, 270 - 3 * i), COLOURS.values(), strict=True):
            shirt = np.clip(rng.normal(colour, 20, (60, 24, 3)), 0, 255)
            image[80:140, x : x + 24] = shirt.astype(np.uint8)
            rows.append(f"{i + 1},-1,{x},80,24,60,0.9,-1,-1,-1\n")
        image = np.zeros_like(image) if i in FLASH else image
        cv2.imwrite(str(folder / "seq" / "img1" / f"{i + 1:06d}.png"), image)
    (folder / "seq" / "seqinfo.ini").write_text(
        f"[Sequence]\nframeRate={FPS}\nseqLength={FRAMES}\n"
    )
    (folder / "det.txt").write_text("".join(rows))
    for name, colour in COLOURS.items():
        for place, shade in (("gallery", 0), ("darker", -60)):
            (folder / place / name).mkdir(parents=True)
            for i in range(3):
                picture = np.clip(rng.normal(colour, 20, (60, 24, 3)) + shade, 0, 255)
                cv2.imwrite(str(folder / place / name / f"{i}.png"), picture.astype(np.uint8))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    draw(folder)
    return folder


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.observation.metadata.CHUNK_S", CHUNK_S)


def request_of(world: Path, out: Path, *sets: str, **changed: Any) -> pipeline.TrackRequest:
    plain = pipeline.TrackRequest(
        source=str(world / "seq"),
        out=out,
        settings=config.load(None, [*SETS, "follow.confirm_s=0.08", *sets]),
        gallery=world / "gallery",
        detections=world / "det.txt",
    )
    return replace(plain, **changed)


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def told(out: Path) -> dict[str, Any]:
    """The receipt, but for timings."""
    receipt = json.loads((out / "run.json").read_text())
    return {k: v for k, v in receipt.items() if k not in ("seconds", "command")}


@pytest.fixture(scope="module")
def whole(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of a run that nobody stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker.observation.metadata.CHUNK_S", CHUNK_S)
        out = tmp_path_factory.mktemp("whole") / "out"
        pipeline.track(request_of(world, out), quiet, quiet)
    return out


@pytest.fixture
def observed(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    out = tmp_path / "out"
    subprocess.run(["cp", "-r", str(whole), str(out)], check=True)
    return out


def chunks(out: Path) -> int:
    return len(list((out / "observations").glob("chunk-*.parquet")))


class At:
    """A progress that presses Ctrl-C, or worse, at a frame."""

    def __init__(self, frame: int, what: BaseException | type[BaseException]) -> None:
        self._frame, self._what = frame, what

    def __call__(self, stage: str, done: int, *_: object) -> None:
        if done == self._frame:
            raise self._what


def stop(request: pipeline.TrackRequest, frame: int) -> str:
    """Track until Ctrl-C at that frame; what the user is told."""
    with pytest.raises(pipeline.Stopped) as caught:
        pipeline.track(request, quiet, At(frame, KeyboardInterrupt))
    return str(caught.value)


def test_the_drawn_world_is_worth_the_trouble(whole: Path) -> None:
    """Players are named, people are described now and then, the camera moves, there are flashes."""
    rows = (whole / "tracks.csv").read_text()
    assert "Ann" in rows
    assert "Bea" in rows
    assert chunks(whole) == 7
    store = pipeline.Store.open(whole / "observations")
    assert store is not None
    seen = list(store)
    encoded = [i for i, one in enumerate(seen) if np.isfinite(one.embeddings).any()]
    assert encoded[:3] == [0, 3, 6]
    moved = [i for i, one in enumerate(seen) if not np.array_equal(one.camera, np.eye(2, 3))]
    assert len(moved) > 50
    assert not FLASH & set(moved)
    assert 20 in moved  # the first of a chunk, measured from the picture before the flashes


# --------------------------------------------------------------------- SIGKILL

CHILD = f"""
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from tests.runs import test_pipeline as t
from tracker.runs import pipeline
from tracker.observation import metadata as meta
from tracker.output.outputs import OUTPUTS
meta.CHUNK_S = {CHUNK_S}
world, out, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
def progress(stage, done, *_):
    if moment.isdecimal() and done == int(moment): die()
for name, output in OUTPUTS.items():
    if output.file == moment: OUTPUTS[name] = replace(output, write=die)
if moment == "rename": os.replace = lambda a, b, real=os.replace: (
    real(a, b), die() if ".old" in str(b) else None)
overwrite = (out / "run.json").exists()
pipeline.track(t.request_of(world, out, overwrite=overwrite), t.quiet, progress)
"""
MOMENTS = ["10", "37", "mot.txt", "rename"]


@pytest.fixture(scope="module")
def killed(world: Path, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """OUT of runs killed at these frames, or while writing, side by side to save time."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "rename").mkdir()
    subprocess.run(["cp", "-r", str(whole), str(folder / "rename" / "out")], check=True)
    outs = {moment: folder / moment / "out" for moment in MOMENTS}
    running = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(world), str(out), moment], cwd=ROOT)
        for moment, out in outs.items()
    ]
    assert [child.wait() for child in running] == [-signal.SIGKILL] * len(MOMENTS)
    return outs


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_resumed_gives_the_same_bytes(
    moment: str, killed: dict[str, Path], world: Path, whole: Path
) -> None:
    out = killed[moment]
    if moment != "rename":
        assert not (out / "run.json").exists()
    pipeline.track(request_of(world, out, resume=True), quiet, quiet)
    assert results(out) == results(whole)
    assert told(out) == told(whole)
    for file in sorted((whole / "observations").glob("chunk-*")):
        assert (out / "observations" / file.name).read_bytes() == file.read_bytes(), file.name
    assert not list(out.parent.glob(".*"))


# ---------------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("frame", [1, 20, 33, 63])
def test_stopped_and_resumed_gives_the_same_bytes(
    frame: int, world: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = stop(request_of(world, out), frame)
    assert "--resume" in said
    assert "\n" not in said
    store = pipeline.Store.open(out / "observations")
    assert store is not None
    assert len(list(store)) == frame
    pipeline.track(request_of(world, out, resume=True), quiet, quiet)
    assert results(out) == results(whole)
    assert told(out) == told(whole)
    assert not [t for t in threading.enumerate() if t.name in ("decode", "detect", "encode")]


def test_ctrl_c_in_a_shell_is_one_line_and_130(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import time\nfrom tracker.observation import metadata\n"
        "from tracker.detection import mot_file\n"
        f"metadata.CHUNK_S = {CHUNK_S}\n"
        "of = mot_file.MotDetections.of\n"
        "def slow(self, frame): time.sleep(0.05); return of(self, frame)\n"
        "mot_file.MotDetections.of = slow\n"
        "from tracker.cli.app import main; main()"
    )
    words = [str(world / "seq"), "--detections", str(world / "det.txt"), "-o", str(out)]
    child = subprocess.Popen(
        [sys.executable, "-c", code, "track", *words], stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 30
    while not chunks(out) and time.monotonic() < until:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 130, said
    assert said.count("\n") == 1
    assert "--resume" in said
    assert chunks(out) >= 1
    assert not (out / "tracks.csv").exists()


def test_stopped_before_anything_was_seen_leaves_nothing(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_once(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "follow", at_once)
    with pytest.raises(pipeline.Stopped, match="nothing"):
        pipeline.track(request_of(world, tmp_path / "out"), quiet, quiet)
    assert not list(tmp_path.iterdir())


# ----------------------------------------------------------------- followed again


def no_pictures(patch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> Iterator[Frame]:
        raise AssertionError("a picture was asked for")

    patch.setattr(image_sequence.PictureSequence, "frames", never)
    patch.setattr(video_file.VideoFile, "__init__", never)
    patch.setattr(Observer, "groups", never)


AGAIN = {
    "the same": ([], {}),
    "other follow settings": (["follow.association.accept_nats=1.5", "lag_s=0"], {}),
    "online": (["mode=online"], {}),
    "another gallery": ([], {"gallery": "darker"}),
    "detections left out": ([], {"detections": None}),
}


@pytest.mark.parametrize("case", AGAIN)
def test_followed_again_no_picture_is_looked_at_and_the_results_are_those_of_a_new_run(
    case: str, world: Path, observed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets, changed = AGAIN[case]
    if "gallery" in changed:
        changed = {"gallery": world / changed["gallery"]}
    pipeline.track(
        replace(
            request_of(world, tmp_path / "new", *sets, **changed), detections=world / "det.txt"
        ),
        quiet,
        quiet,
    )
    no_pictures(monkeypatch)
    pipeline.track(request_of(world, observed, *sets, resume=True, **changed), quiet, quiet)
    assert results(observed) == results(tmp_path / "new")
    assert told(observed) == told(tmp_path / "new")


def test_a_gallery_that_was_encoded_once_needs_no_encoder(
    world: Path, observed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("an encoder was opened")

    before = results(observed)
    monkeypatch.setattr("gallery.reid.encoder.load_encoder", never)
    pipeline.track(request_of(world, observed, resume=True), quiet, quiet)
    assert results(observed) == before
    request = request_of(world, observed, resume=True, gallery=world / "darker")
    with pytest.raises(AssertionError, match="encoder"):
        pipeline.track(request, quiet, quiet)


def test_a_source_that_is_gone_is_said_and_followed_all_the_same(
    world: Path, observed: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    (world / "seq").rename(moved)
    said: list[str] = []
    try:
        pipeline.track(request_of(world, observed, resume=True), said.append, quiet)
        request = request_of(world, observed, resume=True, source=str(world / "sqe"))
        with pytest.raises(VideoError, match="no such file"):
            pipeline.track(request, quiet, quiet)
    finally:
        moved.rename(world / "seq")
    assert any("not there" in line for line in said)


REFUSED = {
    "another detector": ({"detections": "other.txt"}, "detector"),
    "another encoder": ({"encoder": "net.onnx"}, "stripes"),
    "other frames": ({"frames": (1, 20)}, "--frames"),
    "other pictures": ({"source": "short"}, "not what"),
}


@pytest.mark.parametrize("begun", [True, False], ids=["begun", "finished"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_has_changed_is_refused_in_one_line(
    case: str, begun: bool, world: Path, observed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, said = REFUSED[case]
    if begun:
        (observed / "observations" / "chunk-000007.parquet").unlink()
    (world / "other.txt").write_text((world / "det.txt").read_text() + "9,-1,5,5,9,9,0.8\n")
    short = world / "short"
    if not short.exists():
        subprocess.run(["cp", "-r", str(world / "seq"), str(short)], check=True)
        (short / "img1" / f"{FRAMES:06d}.png").unlink()
    other = ModelId(name="net", fingerprint="n")
    monkeypatch.setattr(
        "tracker.runs.open_session.named_encoder", lambda request: _encoder(request, other)
    )
    monkeypatch.setattr("gallery.reid.encoder.identify", lambda spec: (spec, spec))
    monkeypatch.setattr("gallery.reid.encoder.load_encoder", lambda spec, _: Stub(Path(spec).stem))
    places = {k: world / v if k in ("detections", "source") else v for k, v in changed.items()}
    places = {k: str(v) if k == "source" else v for k, v in places.items()}
    before = results(observed)
    with pytest.raises(StoreError, match=said) as caught:
        pipeline.track(request_of(world, observed, resume=True, **places), quiet, quiet)
    assert "--overwrite" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert results(observed) == before


def _encoder(request: pipeline.TrackRequest, other: ModelId) -> ModelId | None:
    return None if request.encoder == "stripes" else other


class Stub:
    """The encoder `stripes` under any name."""

    def __init__(self, name: str) -> None:
        from gallery.reid.encoder import ENCODERS

        real = ENCODERS["stripes"](Path(), "", "")
        self.name, self.dim, self.encode = name, real.dim, real.encode
        self.fingerprint = real.fingerprint if name == "stripes" else name


def test_without_embeddings_there_are_no_names_later(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    pipeline.track(request_of(world, out, gallery=None), quiet, quiet)
    with pytest.raises(StoreError, match=r"without encoder.*stripes.*--overwrite"):
        pipeline.track(request_of(world, out, resume=True), quiet, quiet)


def test_a_nameless_run_that_describes_people_is_named_without_a_second_look(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    pipeline.track(request_of(world, out, gallery=None, describe=True), quiet, quiet)
    assert not (out / "evidence").exists()
    pipeline.track(request_of(world, whole), quiet, quiet)
    no_pictures(monkeypatch)
    pipeline.track(request_of(world, out, resume=True), quiet, quiet)
    assert (out / "tracks.csv").read_bytes() == (whole / "tracks.csv").read_bytes()


def test_with_embeddings_one_may_do_without_names(world: Path, observed: Path) -> None:
    pipeline.track(request_of(world, observed, gallery=None, resume=True), quiet, quiet)
    assert b"Ann" not in (observed / "tracks.csv").read_bytes()
    assert not (observed / "evidence").exists()


def test_a_chunk_that_was_damaged_is_named_then_deleted_and_observed_again(
    world: Path, whole: Path, observed: Path
) -> None:
    chunk = observed / "observations" / "chunk-000003.parquet"
    chunk.write_bytes(chunk.read_bytes()[:-9])
    request = request_of(world, observed, resume=True)
    with pytest.raises(StoreError, match="chunk-000003"):
        pipeline.track(request, quiet, quiet)
    chunk.unlink()
    pipeline.track(request, quiet, quiet)
    assert results(observed) == results(whole)
    assert told(observed) == told(whole)


# ------------------------------------------------------------------------- OUT


def test_what_is_there_is_refused_with_both_ways_on(world: Path, observed: Path) -> None:
    with pytest.raises(OutputError, match=r"--resume.*--overwrite"):
        pipeline.track(request_of(world, observed), quiet, quiet)
    request = request_of(world, observed, resume=True, overwrite=True)
    with pytest.raises(OutputError, match="leave one"):
        pipeline.track(request, quiet, quiet)


def test_an_old_run_stays_until_the_new_one_is_whole(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    pipeline.track(request_of(world, out, frames=(1, 30)), quiet, quiet)
    old = results(out)
    assert "--resume instead of --overwrite" in stop(request_of(world, out, overwrite=True), 25)
    assert results(out) == old
    pipeline.track(request_of(world, out, resume=True), quiet, quiet)
    assert results(out) == results(whole)
    assert [f.name for f in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("again", ["resume", "overwrite"])
def test_names_that_the_user_wrote_down_outlive_a_new_run(
    again: str, world: Path, observed: Path
) -> None:
    (observed / "people" / "1").mkdir(parents=True)
    (observed / "people" / "names.csv").write_text("id,name\n1,Ann\n")
    pipeline.track(request_of(world, observed, **{again: True}), quiet, quiet)
    assert (observed / "people" / "names.csv").read_text() == "id,name\n1,Ann\n"
    assert (observed / "people" / "1").is_dir()


def test_resume_begins_where_there_is_nothing(world: Path, whole: Path, tmp_path: Path) -> None:
    pipeline.track(request_of(world, tmp_path / "out", resume=True), quiet, quiet)
    assert results(tmp_path / "out") == results(whole)


@pytest.mark.parametrize("moment", ["moved away", "new one there"])
def test_killed_while_results_are_replaced_the_observations_are_found_again(
    moment: str, world: Path, whole: Path, observed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = observed.with_name(".out.old")
    observed.rename(old)
    if moment == "new one there":
        observed.mkdir()
        (observed / "run.json").write_text("{}")
    no_pictures(monkeypatch)
    pipeline.track(request_of(world, observed, resume=True), quiet, quiet)
    assert results(observed) == results(whole)
    assert [f.name for f in observed.parent.iterdir()] == ["out"]


def test_results_without_observations_cannot_be_resumed(world: Path, observed: Path) -> None:
    subprocess.run(["rm", "-r", str(observed / "observations")], check=True)
    with pytest.raises(OutputError, match="no observations"):
        pipeline.track(request_of(world, observed, resume=True), quiet, quiet)


def test_nobody_found_leaves_nothing(world: Path, tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("3,-1,10,100,40,100,0.9\n")
    request = request_of(world, tmp_path / "out", detections=tmp_path / "det.txt")
    with pytest.raises(PipelineError, match="nobody was found"):
        pipeline.track(request, quiet, quiet)
    assert [f.name for f in tmp_path.iterdir()] == ["det.txt"]


# -------------------------------------------------------------------- a video file


@pytest.fixture(scope="module")
def video(world: Path) -> str:
    """The drawn world as a video with pictures out of order, as H.264 has them."""
    import av

    path = world / "seq.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=FPS, options={"bf": "2", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in sorted((world / "seq" / "img1").iterdir()):
            frame = av.VideoFrame.from_ndarray(cv2.imread(str(picture)), format="bgr24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return str(path)


@pytest.mark.parametrize("seek_from", [1000, 5], ids=["decoded again", "sought"])
def test_a_video_is_gone_on_with_as_if_it_had_not_been_stopped(
    seek_from: int, world: Path, video: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_file, "SEEK_FROM", seek_from)
    for name, frame in (("a", None), ("b", 44)):
        request = request_of(world, tmp_path / name, source=video, frames=(4, 60))
        if frame is not None:
            stop(request, frame)
            request = replace(request, resume=True)
        pipeline.track(request, quiet, quiet)
    assert results(tmp_path / "a") == results(tmp_path / "b")
    assert told(tmp_path / "a") == told(tmp_path / "b")


def test_where_seeking_gives_other_pictures_all_is_decoded_again(
    world: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures found by seeking are a pixel off, or a frame late: the start is then taken."""
    out, starts = tmp_path / "out", list[int]()
    stop(request_of(world, out), 33)
    real = image_sequence.PictureSequence.frames

    def off(self: Any, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        starts.append(start)
        for frame in real(self, start, stop):
            yield replace(frame, image=frame.image + 1) if start else frame

    monkeypatch.setattr(image_sequence.PictureSequence, "frames", off)
    pipeline.track(request_of(world, out, resume=True), quiet, quiet)
    assert starts == [33 - frames_before(Settings().detect), 0]
    assert results(out) == results(whole)


def test_a_source_that_gives_other_pictures_is_refused(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    stop(request_of(world, out), 33)
    real = image_sequence.PictureSequence.frames

    def off(self: Any, *span: Any) -> Iterator[Frame]:
        return (replace(frame, image=frame.image + 1) for frame in real(self, *span))

    monkeypatch.setattr(image_sequence.PictureSequence, "frames", off)
    with pytest.raises(StoreError, match="other pictures"):
        pipeline.track(request_of(world, out, resume=True), quiet, quiet)


# --------------------------------------------------------------------- the threads


def test_what_goes_wrong_in_a_thread_is_said_here_and_no_thread_stays(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MotFileDetector.detect

    def fail(self: MotFileDetector, frames: Sequence[Frame]) -> list[Detections]:
        if frames[0].index == 34:
            raise VideoError("a.mp4: gone")
        return real(self, frames)

    monkeypatch.setattr(MotFileDetector, "detect", fail)
    before = threading.active_count()
    with pytest.raises(VideoError, match=r"a\.mp4: gone"):
        pipeline.track(request_of(world, tmp_path / "out"), quiet, quiet)
    assert threading.active_count() == before
    assert chunks(tmp_path / "out") == 3  # whole ones


def test_stages_keep_the_order_and_a_short_queue() -> None:
    given, taken = [], []
    most = 0

    def source() -> Iterator[int]:
        for i in range(200):
            given.append(i)
            yield i

    line = StageThreads("read", source(), [("a", lambda x: x + 1), ("b", lambda x: 2 * x)], depth=2)
    for item in line:
        taken.append(item)
        most = max(most, len(given) - len(taken))
    line.close()
    assert taken == [2 * (i + 1) for i in range(200)]
    assert most <= 3 * 2 + 3 + 1
    assert set(line.seconds) == {"read", "a", "b"}


def test_all_that_came_before_a_failure_is_given_first() -> None:
    def work(item: int) -> int:
        if item == 5:
            raise ValueError("five")
        return item

    line, taken = StageThreads("read", iter(range(9)), [("a", work)], depth=1), []
    with pytest.raises(ValueError, match="five"):
        taken += line
    line.close()


def test_groups_never_reach_over_the_border_of_a_chunk(world: Path) -> None:
    """Eight frames to a group, ten to a chunk; the observations are those of single frames."""
    sizes: list[list[int]] = []

    class Watched(MotFileDetector):
        def detect(self, frames: Sequence[Frame]) -> list[Detections]:
            sizes.append([frame.index for frame in frames])
            return super().detect(frames)

    detector, settings = Watched(world / "det.txt"), config.load(None, SETS)
    source = open_source(str(world / "seq"))

    def seen(together: int) -> list[Any]:
        observer = Observer(detector, Stub("stripes"), settings, together=together)
        groups = observer.groups(source.frames(), lambda index: index // 10)
        return [one for some, _ in groups for one in some]

    alone, alike = seen(1), []
    sizes.clear()
    alike = seen(8)
    assert [len(s) for s in sizes] == [8, 2] * 6 + [4]
    for a, b in zip(alone, alike, strict=True):
        for name in ("boxes", "embeddings", "camera"):
            assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)


def test_a_video_that_is_drawn_too_is_opened_once(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counted(spec: str) -> Source:
        opened.append(spec)
        return open_source(spec)

    monkeypatch.setattr("tracker.video.open.open_source", counted)
    pipeline.track(request_of(world, tmp_path / "out", render=True), quiet, quiet)
    assert opened == [str(world / "seq")]
    assert (tmp_path / "out" / "video.mp4").stat().st_size > 1000


def test_a_live_source_is_kept_too_and_followed_again(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_sequence.PictureSequence, "live", True, raising=False)
    source = open_source(str(world / "seq"))
    source.live = True  # type: ignore[misc]
    monkeypatch.setattr("tracker.video.open.open_source", lambda _: source)
    monkeypatch.setattr("tracker.video.open.known_fingerprint", lambda _: None)
    out = tmp_path / "out"
    stop(request_of(world, out), 33)
    no_pictures(monkeypatch)
    pipeline.track(request_of(world, out, resume=True), quiet, quiet)
    assert json.loads((out / "run.json").read_text())["source"]["frames"]["count"] == 33
