"""Whose fault it is, said in one place: the user's and exit code 2, or ours and 1."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
import time
import traceback
from importlib import metadata
from pathlib import Path

from gallery.io import disk
from gallery.reid.model_cache import cache_folder
from tracker.errors import TeamsheetError
from tracker.text import hidden

_KEPT = 20
"""Files of faults; older ones go when another is written."""
_PACKAGES = (
    "teamsheet", "numpy", "torch", "ultralytics", "openvino", "opencv-python", "av", "pyarrow",
    "pandas", "scipy",
)  # fmt: skip


def exit_of(error: Exception, resume: bool = False) -> tuple[int, str]:
    """Exit code and the one line: of a named error or of the system what it says, and 2; of all
    else 1, and where the traceback was written. resume: what was begun goes on by that.
    """
    if is_mendable(error):
        line = disk.line_of(error, resume) if isinstance(error, OSError) else str(error)
        return 2, " ".join(hidden(line).split())
    what = " ".join(hidden(f"{type(error).__name__}: {error}").split())
    file = write_down(error)
    where = f"; the traceback is in {file}, please report it with that" if file else ""
    return 1, f"a fault of teamsheet, not of yours ({what[:300]}){where}"


def is_mendable(error: BaseException) -> bool:
    """A named error, or what the system says of a disk, a file or a pipe; no fault of ours."""
    return isinstance(error, TeamsheetError) or (
        isinstance(error, OSError) and error.errno is not None
    )


def write_down(error: BaseException) -> Path | None:
    """A text file with the traceback and the facts of the run, without passwords of addresses.

    In the cache, else in the folder for temporary files; None where neither can be written.
    """
    text = hidden("\n".join([*_facts(), "", *_lines(error)]))
    name = time.strftime("%Y%m%dT%H%M%S") + f"-{os.getpid()}.txt"
    for folder in (cache_folder() / "faults", Path(tempfile.gettempdir()) / "teamsheet-faults"):
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = folder / name
            file.write_text(text, encoding="utf-8", errors="backslashreplace")
            for old in sorted(folder.glob("*.txt"))[:-_KEPT]:
                old.unlink(missing_ok=True)
            return file
    return None


def _lines(error: BaseException) -> list[str]:
    """Source lines and messages only: values of variables are nobody's business."""
    return "".join(traceback.format_exception(error)).splitlines()


def _facts() -> list[str]:
    return [
        "command: " + " ".join(sys.argv),
        "time: " + time.strftime("%Y-%m-%d %H:%M:%S %z"),
        f"folder: {Path.cwd()}",
        f"python: {platform.python_version()} on {platform.platform()}",
        "packages: " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
