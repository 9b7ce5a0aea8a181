"""How a command ends: signals, streams that are closed or full, a parent that is no more."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gallery.io.disk import line_of
from tests.runs.test_batch import ROOT, sequence

MAIN = "from tracker.cli.app import main; main()"


def begin(*words: str | Path, shell: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MAIN, *map(str, words)]
    if shell:
        command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for(file: Path) -> None:
    limit = time.monotonic() + 60
    while not file.exists() and time.monotonic() < limit:
        time.sleep(0.01)
    assert file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_order_as_on_ctrl_c(number: signal.Signals, tmp_path: Path) -> None:
    process = begin("track", sequence(tmp_path / "a", 8000), "-o", tmp_path / "out")
    wait_for(tmp_path / "out" / "observations" / "meta.json")
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "--resume" in said
    assert "Traceback" not in said
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_children_end_with_their_parent(number: signal.Signals, tmp_path: Path) -> None:
    files = [sequence(tmp_path / name, 60_000) for name in "ab"]
    process = begin("track", *files, "-o", tmp_path / "out")
    lock = tmp_path / "out" / ".a.lock"
    wait_for(tmp_path / "out" / "a" / "observations" / "meta.json")
    child = json.loads(lock.read_text())["process"]
    assert child != process.pid
    process.send_signal(number)
    process.communicate(timeout=60)
    limit = time.monotonic() + 20
    while _lives(child) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not _lives(child)
    assert not (tmp_path / "out" / "a" / "run.json").exists()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-", "> /dev/full", "2> /dev/full"])
def test_closed_and_full_streams_cost_no_result(closed: str, tmp_path: Path) -> None:
    if "full" in closed and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    process = begin("track", sequence(tmp_path / "a"), "-o", tmp_path / "out", shell=closed)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert (tmp_path / "out" / "run.json").is_file()
    assert "Traceback" not in said
    assert ("No space left" in said) == (closed == "> /dev/full")


@pytest.mark.parametrize("closed", [">&-", "> /dev/full"])
def test_a_stream_that_cannot_be_written_is_no_end_of_the_run(closed: str, tmp_path: Path) -> None:
    process = begin(
        "track", sequence(tmp_path / "a"), "-o", tmp_path / "out", "--stream", shell=closed
    )
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert (tmp_path / "out" / "run.json").is_file()
    assert "Traceback" not in said


def test_an_answer_that_could_not_be_printed_is_no_success() -> None:
    process = begin("--version", shell="> /dev/full")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "No space left" in said


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/d/out"),
         "/d/out: no room to write (No space left on device); make room there; go on by the same "
         "command with --resume"),
        (PermissionError(errno.EACCES, "Permission denied", "/d/x"),
         "/d/x: Permission denied; get permission, or choose another place"),
    ],
)  # fmt: skip
def test_a_full_disk_is_told_with_its_place_and_a_remedy(error: OSError, line: str) -> None:
    assert line_of(error, resume=True) == line
