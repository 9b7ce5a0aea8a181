"""A page on disk: whole or not there, and never over another file unasked."""

from __future__ import annotations

from pathlib import Path

from gallery.atomic.lock import hold
from gallery.atomic.write import whole
from gallery.io.disk import unwritten
from tracker.output.run_files import OutputError


def check_page(file: Path, example: str, overwrite: bool) -> None:
    """Raise OutputError unless the page may be written. example: a name for it."""
    if file.is_dir():
        raise OutputError(f"{file} is a folder; give a file with -o, for example {file / example}")
    if file.exists() and not overwrite:
        raise OutputError(f"{file} exists; choose another file with -o, or add --overwrite")
    if not file.parent.is_dir():
        raise OutputError(f"{file}: there is no folder {file.parent}; make it, or choose another")


def write_page(file: Path, page: str, example: str, overwrite: bool, by: str) -> None:
    """Write it, alone. by: the command. Raises OutputError."""
    try:
        with hold(file, by):
            check_page(file, example, overwrite)
            with whole(file) as part:
                part.write_text(page, encoding="utf-8")
    except OSError as error:
        raise unwritten(file, error, OutputError, "see -o") from error
