"""Whose fault: what a user can mend is one line and exit 2; all else is ours, exit 1 and a file."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gallery
import tracker
from tests.worlds.bad_inputs import command
from tracker import config
from tracker.errors import TeamsheetError
from tracker.runs import faults

SECRET = "rtsp://bob:s3cr@t@camera.local/live"


def _modules() -> list[str]:
    every = [
        module.name
        for package in (tracker, gallery)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    assert len(every) > 150
    return every


def test_every_error_of_the_package_is_one_that_a_user_can_mend() -> None:
    mine = [
        kind
        for name in _modules()
        for kind in vars(importlib.import_module(name)).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == name
    ]
    assert len(mine) > 25
    strangers = {k.__name__ for k in mine if not issubclass(k, TeamsheetError)}
    # stopped by Ctrl-C is nobody's fault, a warning is no error
    assert strangers == {"Stopped", "ReadingWarning"}


def _decode() -> None:
    json.loads("{")


def _singular() -> None:
    np.linalg.inv(np.zeros((2, 2)))


def _plain() -> None:
    raise ValueError(f"a shape that cannot be, of {SECRET}")


def _no_errno() -> None:
    raise OSError("a library says no more")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "teamsheet" / "faults"


@pytest.mark.parametrize("fault", [_decode, _singular, _plain, _no_errno])
def test_a_fault_of_ours_is_one_line_and_a_file(
    fault, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "load", lambda *_: fault())
    ended = command(["track", SECRET, "-o", "out"])
    assert ended.code == 1
    assert len(ended.lines) == 1
    assert "a fault of teamsheet, not of yours" in ended.lines[0]
    (file,) = cache.iterdir()
    assert str(file) in ended.lines[0]
    text = file.read_text()
    assert f"in {fault.__name__}" in text
    assert "command: " in text
    assert "numpy" in text
    for shown in (text, ended.lines[0]):
        assert "s3cr" not in shown
        assert "t@camera" not in shown


@pytest.mark.parametrize(
    "error",
    [TeamsheetError("mend\nthis"), config.ConfigError("mend this"), FileNotFoundError(2, "mend")],
)
def test_a_mistake_is_one_line_and_no_file(
    error: Exception, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(config, "load", refuse)
    ended = command(["track", "video.mp4", "-o", "out"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "mend" in ended.lines[0]
    assert not cache.exists()


def test_without_a_cache_the_file_goes_to_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = faults.write_down(RuntimeError("x"))
    assert file is not None
    assert file.parent.parent == tmp_path
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    assert faults.write_down(RuntimeError("x")) is None
    code, line = faults.exit_of(RuntimeError("x"))
    assert code == 1
    assert "traceback" not in line


def test_old_files_of_faults_go(cache: Path) -> None:
    cache.mkdir(parents=True)
    for n in range(30):
        (cache / f"20200101T{n:06d}-1.txt").write_text("old")
    file = faults.write_down(RuntimeError("new"))
    left = sorted(cache.iterdir())
    assert len(left) == 20
    assert left[-1] == file


def test_whose_fault_is_asked_in_one_place() -> None:
    root = Path(tracker.__file__).parent
    asking = [f.name for f in root.rglob("*.py") if "is ValueError" in f.read_text("utf-8")]
    assert not asking


WARNING = """
import sys
import numpy as np
from tracker import config
from tracker.cli import app as cli
config.load = lambda *_: [np.exp(np.array([1e9])), open(sys.argv[0])]  # overflows
cli.main()
"""


@pytest.mark.parametrize(("how", "shown"), [([], False), (["-W", "default"], True)])
def test_warnings_of_libraries_are_no_lines_for_users(
    how: list[str], shown: bool, tmp_path: Path
) -> None:
    (tmp_path / "run.py").write_text(WARNING)
    words = ["track", str(tmp_path / "no.mp4"), "-o", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, *how, str(tmp_path / "run.py"), *words],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(tracker.__file__).parents[1])},
    )  # fmt: skip
    assert ("RuntimeWarning: overflow" in done.stderr) == shown
    if not shown:
        assert len(done.stderr.splitlines()) == 1
