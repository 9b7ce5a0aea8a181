"""OUT as a folder of its user, in which the results of a run are replaced whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gallery.atomic.lock import BusyError, hold, is_lock
from gallery.atomic.write import beside, is_broken, put_right, staged, stays
from gallery.atomic.write import recover as recover_folder
from tracker.output.evidence import EVIDENCE
from tracker.output.run_files import OBSERVATIONS, PEOPLE, OutputError, run_files
from tracker.output.run_record import RECEIPT, RunRecord
from tracker.output.stale import STALE, banner_all, carry_list, stale_now

_OWN = {RECEIPT, EVIDENCE, STALE}
_WITHIN = (PEOPLE, "suggest")
"""Folders in OUT that are exchanged by themselves."""
_SINGLE = {RECEIPT, STALE, "report.html", "video.mp4"}
"""Files that are replaced each by itself."""
_METADATA = "meta.json"


def check_output(out: Path, overwrite: bool, resume: bool = False) -> None:
    """Raise OutputError unless `out` may be written. Call before the long work.

    An existing folder is only ever written into with `overwrite`, and only when it is empty or a
    former run of ours: a slip of the finger must not cost somebody their home folder.
    resume: what is there is gone on with; where there is nothing, it is begun.
    """
    if overwrite and resume:
        raise OutputError("--resume goes on, --overwrite begins anew; leave one of them away")
    check_place(out)
    out = out.resolve()
    if not out.exists() or not any(entry.name != ".lock" for entry in out.iterdir()):
        return
    if not overwrite and not resume:
        raise OutputError(
            f"{out} exists; add --resume to go on with what was observed there, or --overwrite to "
            "begin anew, or choose another folder with -o"
        )
    if not (out / RECEIPT).is_file() and not (out / OBSERVATIONS).is_dir():
        raise OutputError(f"{out} exists and is no run of teamsheet; choose another folder with -o")
    if resume and not any((place / OBSERVATIONS).is_dir() for place in (out, working(out))):
        raise OutputError(f"{out} holds no observations to --resume; begin anew by --overwrite")


def check_place(out: Path) -> None:
    """Raise OutputError where nobody could write a folder, whatever is there."""
    out = out.resolve()
    for place in (out, *out.parents):
        if place.is_file():
            raise OutputError(f"{place} is a file; give a folder with -o")
    there = next(place for place in (out, *out.parents) if place.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{there}: no permission to write there; choose another with -o")


def check_apart(out: Path, what: str, path: Path) -> None:
    """Raise OutputError where something that is read is a file that the run will replace."""
    out, path = out.resolve(), path.resolve()
    inside = path.relative_to(out).parts if path.is_relative_to(out) else ()
    if inside and (is_own(inside[0]) or inside[0] == OBSERVATIONS):
        raise OutputError(
            f"{what} {path} is one of the results that {out} holds and would be replaced; copy it "
            "to another place first"
        )


def working(out: Path) -> Path:
    """Where a new run over a finished one works, until it replaces it."""
    out = out.resolve()
    places = [beside(out, "next"), out / ".next"]
    return next((place for place in places if place.exists()), places[stays(out)])


def recover(out: Path) -> None:
    """Put `out` right where somebody was killed while replacing it, if nobody is at work there."""
    out = out.resolve()
    for inner in _WITHIN:
        if out.is_dir():
            recover_folder(out / inner)
    if _is_whole(out):
        return
    with suppress(OSError, BusyError), hold(out, "recovery", wait_s=0 if out.exists() else 5):
        put_right_run(out)


def _is_whole(out: Path) -> bool:
    parts = out.is_dir() and (any(map(_is_leftover, out.glob(".*"))) or bool(_halves(out)))
    done = (working(out) / OBSERVATIONS).exists() and out.exists()
    return not (parts or done or is_broken(out))


def put_right_run(out: Path) -> None:
    """As `recover`, where the lock is held."""
    out = out.resolve()
    _older(out)
    put_right(out)
    for part in out.glob(".*") if out.is_dir() else ():
        if _is_leftover(part):
            with suppress(OSError, BusyError), hold(out / part.name[1:-5], "recovery", wait_s=0):
                part.with_suffix(".part").unlink(missing_ok=True)
    for part in _halves(out):
        part.unlink(missing_ok=True)
    if _same(working(out) / OBSERVATIONS, out / OBSERVATIONS):  # it came in, and was not removed
        shutil.rmtree(working(out), ignore_errors=True)


def _halves(out: Path) -> list[Path]:
    """Files of observations that somebody was writing; not through a link to elsewhere."""
    places = [place / OBSERVATIONS for place in (out, working(out))]
    return [part for place in places if not place.is_symlink() for part in place.glob(".*.part")]


def _is_leftover(file: Path) -> bool:
    """Whether it is half of a file in OUT that some command of ours was writing, or its lock."""
    if file.suffix == ".lock":
        return is_lock(file)
    name = file.name[1 : -len(".part")]
    return file.suffix == ".part" and (name in _SINGLE or is_lock(file.with_suffix(".lock")))


def _older(out: Path) -> None:
    """What versions before 0.2 left when they were killed: observations came in after the rest."""
    old = beside(out, "old")
    if not out.exists() or (out / OBSERVATIONS).exists() or not (out / RECEIPT).exists():
        return
    for place in (working(out) / OBSERVATIONS, old / OBSERVATIONS):
        if place.is_dir() and _fits(out / RECEIPT, place / _METADATA):
            os.replace(place, out / OBSERVATIONS)
            return


def _fits(receipt: Path, metadata: Path) -> bool:
    """Whether nothing says that these results were made of other observations."""
    record, seen = RunRecord.find(receipt.parent), _json(metadata)
    try:
        tree = record.tree if record else {}
        source, frames = tree["source"], tree["source"]["frames"]
        last, first = seen["last"], seen["first"]
        return bool(
            seen["source"]["fingerprint"] == source["fingerprint"]
            and first == frames["first"]
            and (last is None or frames["count"] <= last - first + 1)
            and (last is None or last - first + 1 < 2 * frames["count"])
            and all(tree["settings"][part] == seen["settings"][part] for part in seen["settings"])
        )
    except (KeyError, TypeError):
        return True


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _same(folder: Path, other: Path) -> bool:
    """Whether two folders hold the same observations."""
    try:
        sizes = [
            {f.name: f.stat().st_size for f in place.iterdir() if f.suffix == ".parquet"}
            for place in (folder, other)
        ]
        same = (folder / _METADATA).read_bytes() == (other / _METADATA).read_bytes()
        return same and sizes[0] == sizes[1]
    except OSError:
        return False


def is_own(name: str) -> bool:
    """Whether an entry of OUT is written by the run itself, observations apart."""
    return name in _OWN or name in run_files()


@contextmanager
def replaced(out: Path, keep: Path | None = None) -> Iterator[Path]:
    """A folder for new results, which replace those in `out` at the end; all else there stays.

    keep: the observations they were made of, in `out` or in `working(out)`; those come in with the
    results. What shows older results is marked stale. The lock is the caller's.
    """
    out = out.resolve()
    inside = keep is None or keep.parent.resolve() == out
    stale: list[str] = []
    with staged(out, lambda name: _goes(name, inside), None if inside else keep) as draft:
        yield draft
        stale = stale_now(out, draft)
        carry_list(out, draft, stale)
    banner_all(out, stale)
    if not inside:
        shutil.rmtree(working(out), ignore_errors=True)


def _goes(name: str, inside: bool) -> bool:
    return is_own(name) or (name == OBSERVATIONS and not inside)
