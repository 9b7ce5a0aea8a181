"""What is written is there whole or not at all, whatever ends the program meanwhile.

A folder is written as a draft beside its place, `.NAME.partial`, that changes places with what was
there. What the new folder does not replace belongs to somebody else: it is linked into the draft
before, so that it is there at every moment. `put_right` mends what a kill has left, and is how
each exchange ends, too:

- `.NAME.partial` with a `.teamsheet-draft` in it is a draft, and goes;
- without, it is the old folder after an exchange, and what somebody has put into it meanwhile
  comes over (`.NAME.old` alike, where the disk cannot exchange);
- where NAME is missing, the old folder comes back.

A folder that cannot change places is written as `gallery.atomic.in_place` says.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gallery.atomic.exchange import exchange
from gallery.atomic.in_place import commit, draft_in, is_left_in, put_right_in
from gallery.atomic.lock import BusyError, hold, is_left
from gallery.errors import TeamsheetError
from gallery.io.disk import unwritten

MARK = ".teamsheet-draft"
"""In a draft; and in a new folder until all is done. Says which entries of the old one go."""
_drafts: set[Path] = set()  # of this process, at work
published = 0
"""How often this process has put something in its place."""


class WriteError(TeamsheetError):
    """Something cannot be written where it was asked for; the message says what to do."""


def beside(target: Path, kind: str) -> Path:
    """A hidden neighbour: partial (the draft), old, gone (to be deleted)."""
    return target.with_name(f".{target.name}.{kind}")


@contextmanager
def staged(
    out: Path, own: Callable[[str], bool] | None = None, keep: Path | None = None
) -> Iterator[Path]:
    """A folder to write into that becomes `out` at the end, or vanishes when anything fails.

    own: which entries of an old `out` the new one replaces; None: all. What else lies there stays,
    unless the draft has an entry of that name. keep: a folder elsewhere on this disk that comes in
    under its own name; it is left where it is as well, for the caller to remove. Raises WriteError
    and OSError; then all is as it was.
    """
    out = out.resolve()
    put_right(out)
    _check_place(out)
    within = stays(out)
    draft = beside(out, "partial")
    try:
        if within:
            draft = draft_in(out)
        else:
            draft.mkdir(parents=True)
            _mark(draft, [])
    except OSError as error:
        put_right(out)
        raise unwritten(out, error, WriteError) from error
    _drafts.add(out)
    try:
        yield draft
        if within:
            _commit_in(out, draft, own, keep)
        else:
            _bring_all(out, draft, own, keep)
            swap(draft, out)
    finally:
        _drafts.discard(out)
        put_right(out)


@contextmanager
def added(folder: Path) -> Iterator[Path]:
    """As `staged`, for what is put into a folder beside all that is there, or over it."""
    global published
    folder = folder.resolve()
    _check_place(folder)
    put_right(folder)
    existed = folder.exists()
    draft = draft_in(folder)
    _drafts.add(folder)
    try:
        yield draft
        commit(folder, merge=True)
        published += 1
    finally:
        _drafts.discard(folder)
        put_right(folder)
        if not existed:
            with suppress(OSError):
                folder.rmdir()


def stays(out: Path) -> bool:
    """Whether a folder cannot change places: it is a mount point, nothing may be written beside
    it, or somebody's shell stands in it and would be left in a folder that is no more."""
    if not out.is_dir():
        return False
    stands = False
    with suppress(OSError):  # it may be no more
        here = Path.cwd().resolve()
        stands = here == out or out in here.parents
    return stands or os.path.ismount(out) or not os.access(out.parent, os.W_OK)


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A path to write to that becomes `file` at the end, in one step, or vanishes."""
    global published
    part = file.with_name(f".{file.name}.part")
    try:
        yield part
        os.replace(part, file)
        published += 1
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def recover(out: Path) -> None:
    """`put_right`, if nobody is at work there and it is allowed: for those who only read."""
    out = out.resolve()
    if out in _drafts or not is_broken(out):
        return
    with suppress(OSError, BusyError), hold(out, "recovery", wait_s=0 if out.exists() else 5):
        put_right(out)


def is_broken(out: Path) -> bool:
    """Whether a kill has left something, or somebody is at work."""
    kinds = any(beside(out, kind).exists() for kind in ("partial", "old", "gone"))
    return kinds or (out / MARK).exists() or is_left_in(out) or is_left(out)


def put_right(out: Path) -> None:
    """Bring `out` to the one state or the other. Call it where the lock is held."""
    put_right_in(out)
    draft, old = beside(out, "partial"), beside(out, "old")
    _delete(beside(out, "gone"))
    if not out.exists() and old.exists():  # between the two steps where there is no single one
        os.replace(old, out)
    mark = _read_mark(out)
    if draft.exists() and mark is not None and not (draft / MARK).exists():
        if old.exists():  # of an earlier kill
            _discard(old, out)
        os.replace(draft, old)
    if draft.exists():
        _discard(draft, out)
    if mark is None:
        if old.exists():
            _discard(old, out)
        return
    if old.exists():
        _rescue(old, out, set(mark["gone"]))
        _discard(old, out)
    kept = out.parent / str(mark["keep"]) if mark["keep"] else None
    if kept is not None and kept.is_dir() and not (out / kept.name).exists():
        os.replace(kept, out / kept.name)
    (out / MARK).unlink(missing_ok=True)


def _check_place(out: Path) -> None:
    if out.is_dir() and not os.access(out, os.W_OK | os.X_OK):
        raise WriteError(
            f"{out}: no permission to write in it; choose another folder, or ask its owner"
        )


def _mark(folder: Path, gone: list[str], keep: str = "") -> None:
    marker = json.dumps({"gone": gone, "keep": keep})
    (folder / MARK).write_text(marker, encoding="utf-8")


def _read_mark(folder: Path) -> dict[str, Any] | None:
    try:
        marker = json.loads((folder / MARK).read_text(encoding="utf-8"))
        gone, keep = [str(name) for name in marker["gone"]], str(marker["keep"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return {"gone": [], "keep": ""}
    inside = keep.startswith(f".{folder.name}.") and ".." not in Path(keep).parts
    return {"gone": gone, "keep": keep if inside else ""}


def _commit_in(
    out: Path, draft: Path, own: Callable[[str], bool] | None, keep: Path | None
) -> None:
    global published
    if keep is not None and not _bring(keep, draft / keep.name):
        shutil.copytree(keep, draft / keep.name)
    gone = [
        entry.name
        for entry in out.iterdir()
        if entry != draft and entry.name != ".lock" and (own is None or own(entry.name))
    ]
    commit(out, gone)
    published += 1


def _bring_all(
    out: Path, draft: Path, own: Callable[[str], bool] | None, keep: Path | None
) -> None:
    """All that is not replaced, into the draft; what cannot be linked is moved after the swap."""
    gone: list[str] = []
    for entry in sorted(out.iterdir()) if out.is_dir() else ():
        place = draft / entry.name
        if own is None or own(entry.name) or os.path.lexists(place):
            gone.append(entry.name)
        elif not _bring(entry, place) and os.path.lexists(entry):
            _check_movable(entry)
    later = ""
    if keep is not None and not _bring(keep, draft / keep.name):
        later = os.path.relpath(keep, out.parent)
    if out.is_dir():
        shutil.copymode(out, draft)
    _mark(draft, gone, later)


def _bring(entry: Path, place: Path) -> bool:
    """The same files under a second name. False where that cannot be: then nothing is there."""
    try:
        _link(entry, place)
    except OSError:
        _delete(place)
        return False
    return True


def _link(entry: Path, place: Path) -> None:
    if entry.is_symlink():
        os.symlink(os.readlink(entry), place)
    elif entry.is_dir():
        place.mkdir()
        for inner in entry.iterdir():
            _link(inner, place / inner.name)
        shutil.copystat(entry, place)
    else:
        os.link(entry, place)


def _check_movable(entry: Path) -> None:
    """Before anything is changed."""
    if entry.is_dir() and not entry.is_symlink() and not os.access(entry, os.W_OK):
        raise WriteError(f"{entry}: no permission to move it; ask its owner, or move it away")
    if os.lstat(entry).st_dev != os.lstat(entry.parent).st_dev:
        raise WriteError(f"{entry} lies on another disk than its folder; move it away first")


def swap(draft: Path, out: Path) -> None:
    global published
    old = beside(out, "old")
    if not out.exists():
        os.replace(draft, out)
    elif not exchange(draft, out):
        os.replace(out, old)
        os.replace(draft, out)
    published += 1


def _rescue(old: Path, out: Path, gone: set[str]) -> None:
    """What is in the old folder only, or newer there: put there while the new one was written."""
    for entry in old.iterdir():
        if entry.name not in gone and entry.name != MARK:
            _merge(entry, out / entry.name)


def _merge(entry: Path, place: Path) -> None:
    if not os.path.lexists(place):
        os.replace(entry, place)
    elif _is_folder(entry) and _is_folder(place):
        for inner in entry.iterdir():
            _merge(inner, place / inner.name)
    elif not _is_folder(entry) and not _is_folder(place):
        mine, theirs = entry.lstat(), place.lstat()
        if mine.st_ino != theirs.st_ino and mine.st_mtime_ns > theirs.st_mtime_ns:
            os.replace(entry, place)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _discard(folder: Path, out: Path) -> None:
    """Under another name first: half of a draft must not be taken for an old folder."""
    gone = beside(out, "gone")
    _delete(gone)
    with suppress(OSError):
        os.replace(folder, gone)
    _delete(gone)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
