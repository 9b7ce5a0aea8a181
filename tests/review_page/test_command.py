"""`teamsheet review`: an address that works, and one clear line where it cannot."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.worlds.bad_inputs import command
from tests.worlds.review_page import tracked, write_video
from tracker.review_page import serving

ROOT = Path(__file__).resolve().parents[2]
MAIN = "from tracker.cli.app import main; main()"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?t=(\S+)")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tracked(tmp_path_factory.mktemp("command"))


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world, tmp_path / "out")


class Review:
    """A command that serves. lines: what it has shown up to the address."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.lines = process, list[str]()
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line)
            if found := _ADDRESS.search(line):
                self.port, self.token = int(found[1]), found[2]
                self.lines.append(process.stdout.readline())
                return
        pytest.fail(f"no address: {self.lines}")

    def get(self, path: str, body: object = None) -> bytes:
        """Of a GET, or of a POST where there is a body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            method, sent = ("GET", None) if body is None else ("POST", json.dumps(body))
            connection.request(method, path, sent, {"X-Teamsheet-Token": self.token})
            answer = connection.getresponse()
            got = answer.read()
            assert answer.status == 200, got
            return got

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """The exit code, and the rest of what it says."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest


@contextlib.contextmanager
def reviewing(out: Path, *words: str) -> Iterator[Review]:
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "review", str(out), "--no-browser", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        yield Review(process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_until_it_is_stopped_and_says_so(out: Path, number: int) -> None:
    with reviewing(out) as review:
        assert json.loads(review.get("/api/facts"))["video"]["there"]
        assert review.get("/api/frame/7.jpg")[:2] == b"\xff\xd8"
        code, rest = review.end(number)
    assert code == 0
    assert "open that in a browser" in review.lines[-1]
    assert rest.splitlines()[-1].startswith("ended")
    assert "Traceback" not in rest


def test_answers_that_are_not_in_the_files_are_kept_and_spoken_of(out: Path) -> None:
    before = (out / "tracks.csv").read_bytes()
    with reviewing(out) as review:
        track = json.loads(review.get("/api/boxes?first=9&last=9"))["frames"][0][0][0]
        part = {"track": track, "first": 1, "last": 60, "player": ""}
        review.get("/api/answer", {"verdict": "said", "parts": [part]})
        review.process.kill()
    with reviewing(out) as review:
        assert json.loads(review.get("/api/status"))["unwritten"] == 1
        _, rest = review.end()
    assert "1 answer is kept, and not in the files" in rest
    assert (out / "tracks.csv").read_bytes() == before


def test_a_port_in_use_is_passed_over_or_told(out: Path, tmp_path: Path) -> None:
    with reviewing(out) as review:
        other = shutil.copytree(out, tmp_path / "other", ignore=lambda *_: ["review"])
        with reviewing(other) as second:
            assert second.port != review.port
        ended = command(["review", str(other), "--no-browser", "--port", str(review.port)])
    assert ended.code == 2
    assert ended.lines == [
        f"teamsheet: --port {review.port} is in use by another program; give another, or none"
    ]


def test_a_port_of_ones_own(out: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with reviewing(out, "--port", str(port)) as review:
        assert review.port == port


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none(out: Path, port: str) -> None:
    ended = command(["review", str(out), "--no-browser", "--port", port])
    assert ended.code == 2
    assert len(ended.lines) == 1
    assert "not a port" in ended.lines[0]


def test_a_second_process_is_told_who_has_the_run(out: Path) -> None:
    with reviewing(out):
        ended = command(["review", str(out), "--no-browser"])
    assert ended.code == 2
    assert len(ended.lines) == 1
    assert "in use by teamsheet review" in ended.lines[0]


def test_questions_are_printed_as_json(out: Path) -> None:
    ended = command(["review", str(out), "--questions", "3"])
    assert ended.code == 0, ended.lines
    listed = json.loads(ended.out)
    assert isinstance(listed, list)
    assert len(listed) <= 3
    assert all({"id", "kind", "text", "items"} <= set(question) for question in listed)


@pytest.mark.parametrize("given", [["--questions", "0"], ["--questions", "x"], ["--port", "x"]])
def test_numbers_are_numbers(out: Path, given: list[str]) -> None:
    ended = command(["review", str(out), *given])
    assert ended.code == 2
    assert len(ended.lines) == 1


def test_what_is_no_run(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        ended = command(["review", str(place), "--no-browser"])
        assert ended.code == 2
        assert len(ended.lines) == 1
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [[], ["--video", "/nowhere/match.mp4"]])
def test_a_video_that_has_gone_leaves_boxes_alone(out: Path, words: list[str]) -> None:
    facts = json.loads((out / "run.json").read_text())
    facts["source"]["spec"] = "/moved/away.mp4"
    (out / "run.json").write_text(json.dumps(facts))
    with reviewing(out, *words) as review:
        video = json.loads(review.get("/api/facts"))["video"]
        assert not video["there"]
        assert "no such file" in video["note"]
        assert json.loads(review.get("/api/boxes?first=1&last=1"))["frames"]


def test_a_video_of_another_size_is_not_shown(out: Path, tmp_path: Path) -> None:
    other = write_video(tmp_path / "other.mp4", frames=30)
    with reviewing(out, "--video", str(other)) as review:
        video = json.loads(review.get("/api/facts"))["video"]
    assert not video["there"]
    assert "320x180" in video["note"]


def test_a_live_source_has_no_pictures(out: Path) -> None:
    facts = json.loads((out / "run.json").read_text())
    facts["source"]["spec"] = "rtsp://bob:word@camera/1"
    (out / "run.json").write_text(json.dumps(facts))
    with reviewing(out) as review:
        video = json.loads(review.get("/api/facts"))["video"]
    assert not video["there"]
    assert "live" in video["note"]
    assert "word" not in video["note"]


def test_without_its_libraries_it_says_how_to_get_them(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracker.review_page import extra

    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    ended = command(["review", str(out), "--no-browser"])
    assert ended.code == 2
    assert 'pip install "teamsheet[review]"' in ended.lines[0]
    assert command(["review", str(out), "--questions", "1"]).code == 0


def test_the_token_is_shown_nowhere_but_in_the_address(out: Path) -> None:
    with reviewing(out) as review:
        review.get("/api/question")
        _, rest = review.end()
        shown = "".join(review.lines) + rest
        assert shown.count(review.token) == 1
    for file in (out / "review").rglob("*"):
        assert file.is_dir() or review.token.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("there", "variables", "opened"),
    [
        (True, {"DISPLAY": ":0"}, True),
        (True, {"WAYLAND_DISPLAY": "w"}, True),
        (True, {}, False),  # what there is would take the terminal
        (True, {"BROWSER": "mine"}, True),
        (False, {"DISPLAY": ":0"}, False),
    ],
)
def test_the_browser_is_opened_where_there_is_one(
    there: bool, variables: dict[str, str], opened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: queue.SimpleQueue[str] = queue.SimpleQueue()

    def get() -> webbrowser.BaseBrowser:
        if not there:
            raise webbrowser.Error
        return SimpleNamespace(open=shown.put)  # type: ignore[return-value]

    monkeypatch.setattr(serving.webbrowser, "get", get)
    monkeypatch.setattr(serving.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert serving.show_in_browser("http://127.0.0.1:8765/?t=x") is opened
    if opened:
        assert shown.get(timeout=30) == "http://127.0.0.1:8765/?t=x"
    assert shown.empty()
