"""Several files: one folder each, one failure stops nobody, what is finished is not done again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tracker import config
from tracker.cli.progress import no_bar
from tracker.runs import batch, batch_processes, pipeline
from tracker.runs.batch import BatchError, Outcome
from tracker.runs.request import TrackRequest
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SEQINFO = "[Sequence]\nframeRate=25\nseqLength={n}\nimWidth=640\nimHeight=360\n"


def sequence(folder: Path, frames: int = 20) -> str:
    """A MOT sequence of one runner, with detections and no pictures."""
    (folder / "det").mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(SEQINFO.format(n=frames))
    rows = [f"{f},-1,{50 + 4 * f},100,40,100,0.9,-1,-1,-1\n" for f in range(1, frames + 1)]
    (folder / "det" / "det.txt").write_text("".join(rows))
    return str(folder)


def request_of(out: Path, **changed: object) -> TrackRequest:
    settings = config.load(None, ["follow.confirm_s=0.08"])
    return replace(TrackRequest(source="", out=out, settings=settings), **changed)  # type: ignore[arg-type]


def teamsheet(*words: str | Path) -> subprocess.CompletedProcess[str]:
    code = "from tracker.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


# ---------------------------------------------------------------- which files


def touched(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_a_folder_of_videos_is_many_and_one_of_pictures_is_one(tmp_path: Path) -> None:
    videos = touched(tmp_path / "videos", "b10.mp4", "b2.MKV", "notes.txt", "._b2.mkv")
    assert batch.files_of([str(videos)]) == [str(videos / "b2.MKV"), str(videos / "b10.mp4")]
    mixed = touched(tmp_path / "mixed", "1.jpg", "clip.mp4")
    (tmp_path / "mot" / "img1").mkdir(parents=True)
    touched(tmp_path / "mot", "a.mp4")
    for one in (mixed, tmp_path / "mot", tmp_path / "nowhere", "0", "rtsp://a/b"):
        assert batch.files_of([str(one)]) == []
    both = batch.files_of([str(mixed), str(videos)])
    assert both == [str(mixed), str(videos / "b2.MKV"), str(videos / "b10.mp4")]


def test_each_file_has_a_folder_of_its_own_whatever_its_name(tmp_path: Path) -> None:
    files = ["x/cam.mp4", "y/CAM.mkv", "z/cam-2.mp4", "w/cam.mp4"]
    request = request_of(tmp_path, gallery=Path("g/{stem}"), detections=Path("d/{stem}.txt"))
    requests = batch.requests_of(files, request)
    assert [r.source for r in requests] == files
    assert [r.out.name for r in requests] == ["cam", "CAM-3", "cam-2", "cam-4"]
    assert requests[2].gallery == Path("g/cam-2")
    assert requests[3].detections == Path("d/cam-4.txt")


@pytest.mark.parametrize(
    ("files", "changed", "said"),
    [
        (["a.mp4", "0"], {}, "0 is tracked by itself"),
        (["a.mp4", "rtsp://x/y"], {}, "camera"),
        (["a.mp4", "./a.mp4"], {}, "given twice"),
        (["a.mp4", "b.mp4"], {"detections": Path("det.txt")}, r"det\.txt is of one file.*\{stem\}"),
    ],
)
def test_what_cannot_be_done_to_many_is_refused(
    files: list[str], changed: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BatchError, match=said) as caught:
        batch.requests_of(files, request_of(tmp_path, **changed))
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------- what becomes of them


def ended(code: int, line: str = "") -> Outcome:
    return Outcome(request_of(Path("out/a"), source="a.mp4"), code, line)


@pytest.mark.parametrize(
    ("codes", "code"),
    [([0, 0], 0), ([0, 2], 2), ([2, 1], 1), ([0, 1, 130, 2], 130), ([], 0)],
)
def test_the_worst_outcome_is_the_exit_code(codes: list[int], code: int) -> None:
    assert batch.exit_code([ended(c) for c in codes]) == code


def test_the_table_says_what_became_of_each() -> None:
    good = Outcome(request_of(Path("out/b"), source="folder/b.mp4"), 0, "", 1200, 11)
    assert batch.table([ended(2, "a.mp4: the file is empty"), good]).splitlines() == [
        "file          frames  players",
        "a.mp4              -        -  a.mp4: the file is empty",
        "folder/b.mp4    1200       11  out/b",
    ]


def test_one_failure_stops_nobody_and_resume_does_only_what_is_left(tmp_path: Path) -> None:
    good, late = sequence(tmp_path / "good"), sequence(tmp_path / "late", 30)
    bad = tmp_path / "bad"
    bad.write_bytes(b"")
    out = tmp_path / "out"
    done = teamsheet("track", good, bad, late, "-o", out, "--jobs", "2")
    assert done.returncode == 2, done.stderr
    assert not (out / "bad").exists()
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[1][:3] == [good, "20", "0"]
    assert rows[2][:3] == [str(bad), "-", "-"]
    assert "the file is empty" in done.stdout.splitlines()[2]
    assert rows[3][:3] == [late, "30", "0"]
    assert f"teamsheet: bad: {bad}: the file is empty" in done.stderr
    alone = request_of(tmp_path / "alone", source=late, settings=Settings())
    pipeline.track(alone, lambda line: None, lambda *_: None)
    for name in ("tracks.csv", "mot.txt"):
        assert (out / "late" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    before = (out / "good" / "run.json").stat().st_mtime_ns
    bad.unlink()
    sequence(bad, 10)
    again = teamsheet("track", good, bad, late, "-o", out, "--resume")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("was finished before") == 2
    assert (out / "good" / "run.json").stat().st_mtime_ns == before
    assert (out / "bad" / "tracks.csv").is_file()


def test_what_is_asked_for_anew_is_not_finished(tmp_path: Path) -> None:
    source = sequence(tmp_path / "a")
    plain = request_of(tmp_path / "out", source=source, resume=True)
    assert not batch.is_finished(plain)
    pipeline.track(plain, lambda line: None, lambda *_: None)
    assert batch.is_finished(plain)
    other = config.load(None, ["follow.confirm_s=0.2"])
    assert not batch.is_finished(replace(plain, settings=other))
    assert not batch.is_finished(replace(plain, render=True))
    assert not batch.is_finished(replace(plain, frames=(1, 10)))
    assert not batch.is_finished(replace(plain, gallery=tmp_path / "nowhere"))
    (tmp_path / "a" / "det" / "det.txt").write_text("1,-1,5,5,9,9,0.8\n")
    assert not batch.is_finished(plain)


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_takes_nobody_with_it(tmp_path: Path) -> None:
    requests = [request_of(tmp_path / "out" / "a", source=sequence(tmp_path / "a"))]
    (found,) = batch_processes.track_batch(requests, 1, lambda line: None, dies)  # type: ignore[arg-type]
    assert found.code == 1
    assert "died (SIGKILL)" in found.line
    (found,) = batch_processes.track_batch(requests, 1, lambda line: None, no_bar)
    assert (found.code, found.frames) == (0, 20)


def test_ctrl_c_stops_all_and_says_what_is_left(tmp_path: Path) -> None:
    files = [sequence(tmp_path / name, 4000) for name in "abc"]
    code = "from tracker.cli.app import main; main()"
    words = ["track", *files, "-o", str(tmp_path / "out"), "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    chunk = tmp_path / "out" / "a" / "observations" / "meta.json"
    limit = time.monotonic() + 30
    while not chunk.exists() and time.monotonic() < limit:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    table, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    lines = table.splitlines()
    assert "--resume" in lines[1]
    assert [line.split()[-2:] for line in lines[2:]] == [["not", "begun"]] * 2
    receipt = tmp_path / "out" / "a" / "run.json"
    assert not receipt.exists()
    assert json.loads(chunk.read_text())["chunks"] is None


def test_a_stream_is_of_one_source(tmp_path: Path) -> None:
    done = teamsheet("track", "a.mp4", "b.mp4", "-o", tmp_path / "out", "--stream")
    assert done.returncode == 2
    assert "--stream is of one source" in done.stderr
