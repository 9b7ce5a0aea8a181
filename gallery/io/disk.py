"""A disk that is full, or a place where writing is forbidden: said in one way by all commands."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from gallery.errors import TeamsheetError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_ROOM = "No space left"


def unwritten(
    place: Path, error: Exception, kind: type[TeamsheetError], remedy: str = ""
) -> Exception:
    """What to raise where `place` could not be written because of a system's or a library's error.

    The system's own OSError, of which `line_of` makes a line, where the disk is full or forbids;
    else one of `kind`. remedy: what to do then.
    """
    number, why = getattr(error, "errno", None), getattr(error, "strerror", None) or str(error)
    if _NO_ROOM in str(error):
        number = errno.ENOSPC
    if number in _FULL | _FORBIDDEN:
        return OSError(number, why, str(place))
    return kind(f"{place}: cannot be written ({why}){f'; {remedy}' if remedy else ''}")


def line_of(error: OSError, resume: bool = False) -> str:
    """A line: what, where, what to do. resume: what was begun goes on by that."""
    names = [os.fsdecode(name) for name in (error.filename, error.filename2) if name]
    place = ": ".join(dict.fromkeys(names))
    again = "; go on by the same command with --resume" if resume else " and try again"
    if error.errno in _FULL or _NO_ROOM in str(error):
        where = place or "the disk of the output"
        return f"{where}: no room to write ({_why(error)}); make room there{again}"
    if error.errno in _FORBIDDEN:
        return f"{place or 'the output'}: {_why(error)}; get permission, or choose another place"
    return f"{place}: {_why(error)}" if place else str(error)


def _why(error: OSError) -> str:
    if _NO_ROOM in str(error):
        return os.strerror(errno.ENOSPC)
    return error.strerror or str(error)
