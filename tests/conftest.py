"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.browser import Browser, browser

os.environ.setdefault("YOLO_OFFLINE", "1")  # no test asks a hub for weights
# a cache of their own: with the user's weights at hand `auto` would choose others
os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache" / "teamsheet-tests"))
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # begun in the background by a shell, which has Ctrl-C ignored by all children; tests press it
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # begun by nohup; tests hang up
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

_ROOM = 512e6  # bytes that must be free in memory
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and weights beside the checkout; a public clone has none."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real data not at {SHARED} (it is not part of the public repository)")
    return SHARED


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the tests of a file; only where CHROMIUM is there."""
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def memory_path(tmp_path: Path) -> Iterator[Path]:
    """As tmp_path, in memory where there is such a place: for tests that copy very many files."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    if not usable or shutil.disk_usage(memory).free < _ROOM:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="teamsheet-test-") as folder:
        yield Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Where the real data must be there (CI), a skipped test on it is a failure.

    So is every skipped test where all must be there that a test can need.
    """
    report = yield
    wanted = "TEAMSHEET_SKIP_NOTHING" in os.environ or (
        item.get_closest_marker("shared") and "TEAMSHEET_REQUIRE_SHARED" in os.environ
    )
    if report.skipped and wanted and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped ({why}), but all it needs has to be there"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many tests were skipped, and why: what a machine lacks is seen at a glance."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in reports
        if isinstance(report.longrepr, tuple)
    )
    terminalreporter.write_line(f"{len(reports)} tests skipped")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"  {count}: {reason}")
