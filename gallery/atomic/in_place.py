"""The second way to be whole or nothing: within a folder that cannot change places with another.

For a mount point, a folder beside which nothing may be written, the one that a shell stands in,
and for pictures that are added to a gallery. What is new is written into `.teamsheet-partial`
inside; under the name `.teamsheet-ready` it counts as written, and is moved into its places. A
kill between two of the moves leaves some of the new beside some of the old until the next command.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path

PARTIAL, READY = ".teamsheet-partial", ".teamsheet-ready"
_UP = {"", ".", ".."}
_GONE, _OLD = "gone.json", ".old"


def draft_in(folder: Path) -> Path:
    """A new draft inside. Raises OSError."""
    draft = folder / PARTIAL
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def commit(folder: Path, gone: Collection[str] = (), *, merge: bool = False) -> None:
    """All that is in the draft goes into `folder`, and `gone` out of it.

    merge: folders of the draft are not put in the place of those that are there, but into them.
    """
    draft = folder / PARTIAL
    left = [name for name in gone if not os.path.lexists(draft / name)]
    (draft / _GONE).write_text(json.dumps({"gone": left, "merge": merge}), encoding="utf-8")
    os.replace(draft, folder / READY)
    put_right_in(folder)


def is_left_in(folder: Path) -> bool:
    """Whether a kill has left something inside."""
    return (folder / PARTIAL).exists() or (folder / READY).exists()


def put_right_in(folder: Path) -> None:
    """Bring to its end what counts as written, and take away what does not."""
    shutil.rmtree(folder / PARTIAL, ignore_errors=True)
    ready = folder / READY
    if not _is_folder(ready):
        return
    try:
        marker = json.loads((ready / _GONE).read_text(encoding="utf-8"))
        gone = [name for name in marker["gone"] if name == Path(name).name and name not in _UP]
        merge = bool(marker["merge"])
    except (OSError, ValueError, KeyError, TypeError):  # all was moved, and this is what is left
        shutil.rmtree(ready, ignore_errors=True)
        return
    (ready / _OLD).mkdir(exist_ok=True)
    for name in gone:
        if os.path.lexists(folder / name):
            os.replace(folder / name, ready / _OLD / name)
    for entry in sorted(ready.iterdir()):
        if entry.name in (_GONE, _OLD):
            continue
        if merge:
            _merge(entry, folder / entry.name)
        else:
            _put(entry, folder / entry.name, ready / _OLD)
    (ready / _GONE).unlink()
    shutil.rmtree(ready, ignore_errors=True)


def _put(entry: Path, place: Path, old: Path) -> None:
    if (_is_folder(entry) or _is_folder(place)) and os.path.lexists(place):
        os.replace(place, old / place.name)
    os.replace(entry, place)


def _merge(entry: Path, place: Path) -> None:
    if _is_folder(entry) and _is_folder(place):
        for inner in sorted(entry.iterdir()):
            _merge(inner, place / inner.name)
    else:
        os.replace(entry, place)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
