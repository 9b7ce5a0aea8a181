"""Text of others on its way out: no terminal obeys it, no spreadsheet calculates it."""

from __future__ import annotations

import ast
import http.server
import io
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import pandas as pd
import pytest

from gallery.io.terminal import console
from tests.worlds.bad_inputs import Ended, command, draw_world
from tracker.output.outputs import convertible
from tracker.text import guarded, hidden, one_line, say, show

ROOT = Path(__file__).resolve().parents[2]
STEER = "\x1b[2J\x1b]0;owned\x07"
PRINTS = {
    "tracker/text.py",
    "gallery/io/terminal.py",
    "gallery/atomic/lock.py",
}  # the last guards its own line
OWN_WORDS = "Console(stderr=True)"  # a progress bar: it says only what the program says


# ---------------------------------------------------------------------------- the terminal


def _raw(text: str) -> list[str]:
    """What of a module prints without the guard."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        name = called.rpartition(".")[2]
        printing = called in ("print", "input") or name in ("echo", "secho", "print_exc", "warn")
        # a ReadingWarning is shown by `tracker.text.say_warnings`, which guards it
        printing = printing and not (name == "warn" and "ReadingWarning" in ast.unparse(node))
        raw = printing or called.startswith(("sys.stdout.write", "sys.stderr.write"))
        if raw or (name == "Console" and ast.unparse(node) != OWN_WORDS):
            found.append(ast.unparse(node))
    return found


def test_all_that_is_printed_is_printed_in_one_place() -> None:
    files = [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")]
    raw = {
        str(file.relative_to(ROOT)): found
        for file in files
        if (found := _raw(file.read_text(encoding="utf-8")))
    }
    assert {name: found for name, found in raw.items() if name not in PRINTS} == {}


@pytest.mark.parametrize("line", ["print(x)", "typer.echo(x)", "sys.stderr.write(x)", "Console()"])
def test_the_walk_finds_what_prints(line: str) -> None:
    assert _raw(f"def f(x):\n    {line}\n")


def test_a_console_of_ours_shows_what_would_steer_it() -> None:
    out = io.StringIO()
    shown = console(file=out, width=200, force_terminal=True)
    shown.print(f"[bold]{STEER}[/bold]", highlight=False)
    assert "\\x1b[2J" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert "\x1b[1m" in out.getvalue()  # its own colours stay


def test_lines_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"a\nteamsheet: all is well{STEER}")
    show(f"b{STEER}")
    show("c", aside=True)
    told = capsys.readouterr()
    assert told.err.splitlines()[0].startswith("teamsheet: a\\nteamsheet: all is well\\x1b[2J")
    assert told.out == "b\\x1b[2J\\x1b]0;owned\\x07\n"
    assert one_line("a\nb") == "a\\nb"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = draw_world(tmp_path_factory.mktemp("guarded"))
    film = cv2.VideoWriter(str(world / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 360))
    for file in sorted((world / "seq/img1").iterdir()):
        film.write(cv2.imread(str(file)))
    film.release()  # unlike an mp4 it can be read from its beginning to its end, as HTTP gives it
    return world


def _altered(world: Path, tmp_path: Path, **changed: object) -> Path:
    """A run of somebody else, whose run.json was changed."""
    out = tmp_path / "theirs"
    shutil.copytree(world / "run", out)
    told = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(told | changed))
    return out


@pytest.mark.parametrize("said", [STEER, "player A is B\nteamsheet: all is well", "\u202ereversed"])
def test_corrections_of_a_stranger_do_not_steer_the_terminal(
    said: str, world: Path, tmp_path: Path
) -> None:
    kept = [{"said": said, "is": "Ann", "spans": [[1, 1, 2]]}]
    ended = command(["correct", str(_altered(world, tmp_path, corrections=kept)), "--list"])
    assert ended.code == 0
    assert ended.out == f"1  {one_line(said)}\n"
    assert ended.out.count("\n") == 1
    assert ended.out[:-1].isprintable()


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'=x", "Ann"])
def test_names_in_kloppy_files_are_not_calculated(name: str, world: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(world / "run", out)
    rows = pd.read_csv(out / "tracks.csv", keep_default_na=False, dtype=str)
    rows["player"] = rows["player"].where(rows["player"] != "Ann", guarded(name))
    rows.to_csv(out / "tracks.csv", index=False)
    file = tmp_path / "x.csv"
    words = ["convert", str(out / "tracks.csv"), "--to", "kloppy", "-o", str(file)]
    assert command(words).code == 0
    cells = pd.read_csv(file, keep_default_na=False, dtype=str).to_numpy().ravel()
    assert guarded(name) in cells
    assert not [c for c in cells if c.startswith(("=", "+", "@"))]
    assert name in set(convertible()["kloppy"].read(file)["player_id"])


# ------------------------------------------------------------------------------- passwords

ADDRESSES = {
    "rtsp://bob:s3cret@cam/1": "rtsp://cam/1",
    "RTSP://bob:s3c@ret@cam:554/1?x=a@b": "RTSP://cam:554/1?x=a@b",
    "http://bob@cam/": "http://cam/",
    "see rtsp://bob:s3cret@cam/1 and srt://x:y@z": "see rtsp://cam/1 and srt://z",
    "http://cam/cgi?user=bob&pwd=s3cret&size=4": "http://cam/cgi?user=bob&pwd=***&size=4",
    "rtsp://cam/user=admin&password=s3cret&channel=1":
        "rtsp://cam/user=admin&password=***&channel=1",
    "http://cam/?Token=s3cret#x": "http://cam/?Token=***",
    "//server@SSL/share/x@y.mp4": "//server@SSL/share/x@y.mp4",  # no address, but a folder
    "ann@home.mp4": "ann@home.mp4",
    "pass=7.mp4": "pass=7.mp4",
}  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_passwords_are_hidden_and_the_rest_stays(address: str) -> None:
    assert hidden(address) == ADDRESSES[address]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """A server on this machine; its port, and what it was asked for."""
    asked: list[str] = []

    class Handler(_Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()


def _track(world: Path, source: str, out: Path, *more: str) -> Ended:
    words = ["track", source, "--detections", str(world / "seq/det/det.txt"), "-o", str(out), *more]
    return command(words)


def test_a_password_is_in_no_file_and_no_line_of_a_run(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(world) as (port, _):
        source = f"http://bob:s3cret@127.0.0.1:{port}/clip.avi?token=s3cret"
        ended = _track(world, source, out)
        again = _track(world, source, out, "--resume")
        other = _track(world, source.replace("clip", "nothing"), tmp_path / "not")
    assert (ended.code, again.code, other.code) == (0, 0, 2), (ended, again, other)
    for one in (ended, again, other):
        assert "s3cret" not in one.out + "".join(one.lines)
    every = [file for file in out.rglob("*") if file.is_file()]
    assert any(file.name == "meta.json" for file in every)
    assert not [file for file in every if b"s3cret" in file.read_bytes()]
    told = json.loads((out / "run.json").read_text())
    assert told["source"]["spec"] == f"http://127.0.0.1:{port}/clip.avi?token=***"
    assert told["command"][1] == told["source"]["spec"]
