"""tracks.csv in the format of somebody else."""

from __future__ import annotations

from pathlib import Path

from gallery.atomic.lock import hold
from gallery.atomic.write import whole
from gallery.io.disk import unwritten
from tracker.output.outputs import OUTPUTS, convertible
from tracker.output.run_files import OutputError
from tracker.output.run_folder import recover
from tracker.output.table import TrackTable
from tracker.output.video_facts import InteropError, about


def convert(table: Path, to: str, out: Path, overwrite: bool) -> int:
    """Write `out`; the number of rows in it. table: tracks.csv of a run.

    Raises InteropError, OutputError, TableError.
    """
    formats = convertible()
    if to not in formats:
        raise InteropError(f"--to {to}: no such format; choose {', '.join(formats)}")
    chosen, held = OUTPUTS[to], formats[to]
    if out.suffix.lower() != chosen.ending:
        raise OutputError(f"{out}: {to} is a {chosen.ending} file; give such a name with -o")
    if out.is_dir() or (out.exists() and not overwrite):
        raise OutputError(f"{out} exists; choose another file with -o, or add --overwrite")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: the folder {out.parent} does not exist; make it first")
    recover(table.parent)
    rows = TrackTable.read_csv(table)
    if not len(rows):
        raise InteropError(f"{table}: no rows in it; nothing to convert")
    try:
        with hold(out, "convert"), whole(out) as part:
            chosen.write(rows, part, about(rows, table))
    except OSError as error:
        raise unwritten(out, error, OutputError) from error
    return len(held.holds(rows))
