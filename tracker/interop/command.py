"""tracks.csv in the format of somebody else."""

from __future__ import annotations

from pathlib import Path

from tracker.interop.about import InteropError, about
from tracker.interop.formats import FORMATS
from tracker.publish.table import TrackTable
from tracker.publish.writers import OutputError


def convert(table: Path, to: str, out: Path, overwrite: bool) -> int:
    """Write `out`; the number of rows in it. table: tracks.csv of a run.

    Raises InteropError, OutputError, TableError.
    """
    if to not in FORMATS:
        raise InteropError(f"--to {to}: no such format; choose {', '.join(FORMATS)}")
    chosen = FORMATS[to]
    if out.suffix.lower() != chosen.ending:
        raise OutputError(f"{out}: {to} is a {chosen.ending} file; give such a name with -o")
    if out.is_dir() or (out.exists() and not overwrite):
        raise OutputError(f"{out} exists; choose another file with -o, or add --overwrite")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: the folder {out.parent} does not exist; make it first")
    rows = TrackTable.read_csv(table)
    if not len(rows):
        raise InteropError(f"{table}: no rows in it; nothing to convert")
    part = out.with_name(f".{out.name}.part")
    try:
        chosen.write(rows, part, about(rows, table))
        part.replace(out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)
    return len(chosen.holds(rows))
