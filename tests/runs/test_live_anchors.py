"""Anchors that come while a run goes on: in time, late, too late, and not at all."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.anchored import (
    FPS,
    FRAMES,
    PLAYERS,
    Row,
    box,
    draw,
    results,
    right,
    rows_of,
    said,
    told,
    track,
    write,
)  # fmt: skip
from tests.worlds.bad_inputs import command
from tracker import config
from tracker.anchors.rows import AnchorError
from tracker.runs import pipeline
from tracker.runs.anchor_files import inputs_of
from tracker.runs.live import JsonLines
from tracker.runs.request import TrackRequest

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "from tracker.cli.app import main; main()"
LAG = 20  # frames
ONLINE = ("--stream", "--lag", str(LAG / FPS))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = draw(tmp_path_factory.mktemp("live"))
    points = "".join(f"1,{name},474,4\n" for name in PLAYERS)  # where nobody is
    (root / "names.csv").write_text(f"frame,player,x,y\n{points}")
    return root


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def line(row: Row, **more: Any) -> bytes:
    frame, player, corners = row
    anchor = {"frame": frame, "player": player, "box": [float(v) for v in corners]}
    return json.dumps(anchor | more).encode() + b"\n"


def lines(rows: Iterable[Row]) -> bytes:
    return b"".join(map(line, rows))


class Ran:
    """A run by a pipe, whose sender speaks up after each frame that is followed."""

    def __init__(
        self, world: Path, pipe: Path, speak: Callable[[int], bytes],
        accuracy: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.said: list[str] = []
        stream = io.StringIO()
        descriptor = os.open(pipe, os.O_RDWR)
        os.write(descriptor, speak(0))
        request = TrackRequest(
            str(world / "bare"), pipe.parent / "out",
            config.load(None, [f"lag_s={LAG / FPS}", "follow.identity.name_at=0.6"]),
            anchors=inputs_of([world / "names.csv", pipe], accuracy),
        )  # fmt: skip

        def followed(stage: str, done: int, *_: object) -> None:
            if stage == "track":
                os.write(descriptor, speak(done))

        try:
            pipeline.track(request, self.said.append, followed, JsonLines(stream, print))
        finally:
            os.close(descriptor)
        self.said = [each for each in self.said if "names.csv: none of its 3" not in each]
        self.out = request.out
        self.rows = stream.getvalue()

    @property
    def names(self) -> dict[tuple[int, int], str | None]:
        """By frame and track, as streamed."""
        return {
            (frame["frame"], row["track_id"]): row["player"]
            for frame in map(json.loads, self.rows.splitlines())
            for row in frame["tracks"]
            if row["visibility"] == "visible"
        }


def late_by(frames: int, rows: Iterable[Row]) -> Callable[[int], bytes]:
    """A sender who says of a frame who is in it when so many frames more were followed."""
    every = list(rows)
    return lambda done: lines(row for row in every if row[0] + frames - 1 == max(done, frames - 1))


def test_what_comes_in_time_is_as_by_a_file(world: Path, tmp_path: Path, pipe: Path) -> None:
    live = Ran(world, pipe, late_by(0, said()))
    given = write(tmp_path / "faces.csv", said())
    words = ("--anchors", world / "names.csv", "--anchors", given, "--lag", str(LAG / FPS),
             "--set", "follow.identity.name_at=0.6")  # fmt: skip
    track(world, tmp_path / "file", *words)
    of_file, of_pipe = results(tmp_path / "file"), results(live.out)
    assert of_pipe["tracks.csv"] == of_file["tracks.csv"].replace(b"anchor:faces", b"anchor:live")
    assert of_pipe["mot.txt"] == of_file["mot.txt"]
    assert live.said == []
    source = told(live.out)["sources"][1]
    assert (source["source"], source["file"]) == ("live", str(pipe))
    assert (source["rows"], source["on_detection"], source["late"]) == (len(said()),) * 2 + (0,)


def test_what_comes_late_gives_the_same_names(world: Path, pipe: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "other")
    (tmp_path / "late").mkdir()
    os.rename(tmp_path / "other", tmp_path / "late" / "pipe")
    in_time = Ran(world, pipe, late_by(0, said()))
    late = Ran(world, tmp_path / "late" / "pipe", late_by(LAG // 2, said()))
    assert set(in_time.names.values()) >= set(PLAYERS)
    assert late.names == in_time.names
    source = told(late.out)["sources"][1]
    assert source["late"] > 0.8 * len(said())
    assert source["too_late"] == 0
    assert right(late.out) == right(in_time.out) == 1.0


def test_a_late_anchor_puts_a_name_right_from_its_frame_on(world: Path, tmp_path: Path) -> None:
    """Everybody is taken for the next at first, and from frame 60 on for themselves."""
    rows = [*said([4, 22], shift=1), *said(range(60, FRAMES, 3))]
    found = []
    for late in (0, LAG // 2):
        (tmp_path / str(late)).mkdir()
        os.mkfifo(tmp_path / str(late) / "pipe")
        found.append(Ran(world, tmp_path / str(late) / "pipe", late_by(late, rows), ["95"]))
    in_time, late = found
    names = [late.names[frame, 1] for frame in range(5, FRAMES)]
    assert [name for name, _ in itertools.groupby(names)] == ["Bea", "Ada 7"]
    assert late.names == in_time.names
    written = rows_of(late.out)
    written = written[(written["visibility"] == "visible") & (written["frame"] >= 5)]
    keys = zip(written["frame"], written["track_id"], strict=True)
    of_files = dict(zip(keys, written["player"], strict=True))
    assert {key: name for key, name in late.names.items() if key[0] >= 5} == of_files


def test_what_comes_later_than_the_lag_is_counted(world: Path, pipe: Path) -> None:
    late = Ran(world, pipe, late_by(LAG + 5, said()))
    source = told(late.out)["sources"][1]
    assert source["too_late"] > 0.8 * len(said())
    assert source["late"] == 0
    assert late.said.count(
        f"live: {source['too_late']} anchors came too late and were left out; a longer --lag waits"
    ) == 1  # fmt: skip


def test_times_stand_for_frames(world: Path, pipe: Path, tmp_path: Path) -> None:
    (tmp_path / "timed").mkdir()
    os.mkfifo(tmp_path / "timed" / "pipe")

    def timed(frames: int) -> Callable[[int], bytes]:
        of_frames = late_by(frames, said())

        def speak(done: int) -> bytes:
            found = [json.loads(each) for each in of_frames(done).splitlines()]
            for anchor in found:
                anchor["time_s"] = (anchor.pop("frame") - 1) / FPS
            return b"".join(json.dumps(anchor).encode() + b"\n" for anchor in found)

        return speak

    framed = Ran(world, pipe, late_by(LAG // 2, said()))
    by_time = Ran(world, tmp_path / "timed" / "pipe", timed(LAG // 2))
    assert by_time.rows == framed.rows
    assert told(by_time.out)["sources"][1]["late"] == told(framed.out)["sources"][1]["late"] > 0


def test_what_is_no_anchor_is_told_once_and_counted(world: Path, pipe: Path) -> None:
    garbage = (
        b'hello\n\n{"frame": 3, "player": "Bea"}\n[1, 2\n\xff\xfe\n'
        b'{"frame": -1, "box": [1, 2, 3, 4], "player": "Bea"}\n'
    )
    stranger = line((3, "Zoe", box(3, 0))) + line((4, "Zoe", box(4, 0)))
    near = line((4, "aDa  7", box(4, 0)))

    def speak(done: int) -> bytes:
        return garbage + stranger + near if done == 0 else late_by(0, said())(done)

    ran = Ran(world, pipe, lambda done: speak(done) + (lines(said()) if done == 0 else b""))
    assert right(ran.out) == 1.0
    assert [each for each in ran.said if "line 1 is no anchor" in each]
    assert len([each for each in ran.said if "is no anchor" in each]) == 1
    assert len([each for each in ran.said if "Zoe" in each]) == 1
    assert "live: 5 of " in " ".join(ran.said)
    source = told(ran.out)["sources"][1]
    assert (source["lines_no_anchor"], source["unknown_players"]) == (5, 2)
    notes = json.loads((ran.out / "run.json").read_text())["notes"]
    assert [each for each in notes if "Zoe" in each]


def test_a_sender_may_die_and_another_come(world: Path, pipe: Path) -> None:
    def sender(rows: bytes) -> None:
        descriptor = os.open(pipe, os.O_WRONLY)
        os.write(descriptor, rows)
        os.close(descriptor)

    first = threading.Thread(target=sender, args=(lines(said()) + b'{"frame": 9, "bo',))
    first.start()
    words = ("--anchors", world / "names.csv", "--anchors", pipe, *ONLINE)
    ended = track(world, pipe.parent / "out", *words)
    first.join()
    assert ended.code == 0
    assert right(pipe.parent / "out") == 1.0
    assert told(pipe.parent / "out")["sources"][1]["lines_no_anchor"] == 1


def test_nobody_waits_for_a_silent_sender(world: Path, pipe: Path) -> None:
    begun = time.monotonic()
    words = ("--anchors", world / "names.csv", "--anchors", pipe, *ONLINE)
    ended = track(world, pipe.parent / "out", *words)
    assert ended.code == 0
    assert [each for each in ended.lines if "not one anchor came" in each]
    assert time.monotonic() - begun < 5


def streamed(world: Path, out: Path, anchors: Path, *words: str) -> Iterator[str]:
    """The lines of stdout of a run that reads anchors from stdin."""
    given = [sys.executable, "-c", BEGIN, "track", world / "bare", "--detections",
             world / "det.txt", "--anchors", "-", "-o", out, *words]  # fmt: skip
    with anchors.open("rb") as file:
        sender = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        ran = subprocess.run(
            list(map(str, given)), stdin=sender.stdout, capture_output=True, text=True, cwd=ROOT
        )
        sender.wait()
    assert ran.returncode == 0, ran.stderr
    yield from ran.stdout.splitlines()


def test_stdin_is_read_and_gives_the_same_each_time(world: Path, tmp_path: Path) -> None:
    file = tmp_path / "faces.jsonl"
    file.write_bytes(lines(said(range(1, FRAMES))))
    names = ("--anchors", str(world / "names.csv"), *ONLINE)
    first = list(streamed(world, tmp_path / "1", file, *names))
    assert list(streamed(world, tmp_path / "2", file, *names)) == first
    spoken = {row["evidence"] for each in first for row in json.loads(each)["tracks"]}
    assert "anchor:live" in spoken
    assert right(tmp_path / "1") == 1.0
    assert told(tmp_path / "1")["sources"][0]["late"] == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--anchors", "-"), "give --gallery, or a file of anchors"),
        (("--gallery", "gallery", "--anchors", "-", "--new-players"), "--new-players: who"),
        (("--anchors", "names.csv", "--anchors", "-", "--mode", "offline"), "mode offline"),
        (("--anchors", "names.csv", "--anchors", "-", "--anchors", "-"), "given twice"),
    ],
)
def test_what_cannot_be_is_a_line(
    world: Path, tmp_path: Path, words: tuple[str, ...], line: str
) -> None:
    given = [str(world / word) if word in ("gallery", "names.csv") else word for word in words]
    ended = track(world, tmp_path / "out", *given, source="seq")
    assert (ended.code, len(ended.lines)) == (2, 1), ended.lines
    assert line in ended.lines[0]
    assert not (tmp_path / "out").exists()


def test_a_correction_asks_for_the_anchors_as_a_file(world: Path, pipe: Path) -> None:
    ran = Ran(world, pipe, late_by(0, said()))
    ended = command(["correct", str(ran.out), "--set", "player Bea is nobody"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "live anchors, which are gone" in ended.lines[0]


def test_several_files_have_no_live_anchors(tmp_path: Path, pipe: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")
    given = ["track", str(tmp_path / "a.mp4"), str(tmp_path / "b.mp4"), "--anchors", str(pipe)]
    ended = command([*given, "-o", str(tmp_path / "out")])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "live" in ended.lines[0]


def test_a_pipe_that_is_gone_is_a_line(tmp_path: Path) -> None:
    from tracker.runs.anchor_pipe import AnchorPipe

    pipe = AnchorPipe(tmp_path / "gone", "live", ["Ada"], 25.0)
    with pytest.raises(AnchorError, match="cannot be read"):
        pipe.start()
    pipe.close()
