"""Where weights and models are written: refused before any work is done, and never by halves."""

from __future__ import annotations

from pathlib import Path

from gallery.atomic.lock import hold
from gallery.atomic.write import WriteError, whole


class OutputError(WriteError):
    """Nothing can be written there; the message says what to do."""


def refuse(out: Path, overwrite: bool) -> None:
    """Raise OutputError unless a file may be written at `out`."""
    if out.is_dir():
        raise OutputError(f"{out} is a folder; name a file with -o")
    if out.exists() and not overwrite:
        raise OutputError(f"{out} exists; choose another file with -o, or add --overwrite")
    if not out.parent.is_dir():
        raise OutputError(f"{out.parent}: no such folder; make it first")


def write_whole(out: Path, data: bytes) -> None:
    """Write it, or leave what is there."""
    with hold(out, "train-offsets"), whole(out) as part:
        part.write_bytes(data)
