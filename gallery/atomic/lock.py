"""One writer at a time: a lock on a folder that says who holds it, and dies with its holder.

It is flock(2) on a small file beside the folder, `.NAME.lock`, which is gone when the holder is
done; what a killed one leaves is taken by the next. (The filelock package leaves its file for ever
and cannot say whose it is.) On NFS the kernel makes it a lock of the server, on SMB it depends on
the mount; where the disk has no locks, that is said and the work goes on.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from gallery.errors import TeamsheetError
from gallery.io.spelling import printable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
_POLL_S = 0.05
_ANNOUNCED_AFTER_S = 2.0
WAIT_S = 600.0
"""So long a command waits for one that is done in seconds or minutes."""
_held: dict[Path, int] = {}


class BusyError(TeamsheetError):
    """Somebody else is writing there; the message says who, since when, and what to do."""


@contextmanager
def hold(
    target: Path, command: str, *, long: bool = False, wait_s: float = WAIT_S
) -> Iterator[None]:
    """Be the only one who writes into a folder or a file; within a process it may be held twice.

    command: said to others who want it. long: it may take hours, so that nobody waits for it.
    wait_s: how long to wait for one that is not. Raises BusyError, and OSError where its folder
    cannot be made.
    """
    target = Path(os.path.abspath(target.resolve()))
    if target in _held:
        _held[target] += 1
        try:
            yield
        finally:
            _held[target] -= 1
        return
    place = _place(target)
    file = None if place is None else _taken(place, target, command, long, wait_s)
    _held[target] = 1
    try:
        yield
    finally:
        del _held[target]
        if file is not None and place is not None:
            _give_back(file, place)


def is_lock(file: Path) -> bool:
    """Whether a file is a lock of ours, held or not."""
    return not file.is_symlink() and file.is_file() and "process" in _holder(file)


def is_left(target: Path) -> bool:
    """Whether there is a lock, held or left by one who was killed."""
    place = _place(Path(os.path.abspath(target.resolve())), make=False)
    return place is not None and place.exists()


def _place(target: Path, make: bool = True) -> Path | None:
    """Where the lock lies: beside the target, or in it where nothing can be written beside."""
    if make:
        target.parent.mkdir(parents=True, exist_ok=True)
    if os.access(target.parent, os.W_OK):
        return target.with_name(f".{target.name}.lock")
    if target.is_dir() and os.access(target, os.W_OK):
        return target / ".lock"
    return None


def _taken(place: Path, target: Path, command: str, long: bool, wait_s: float) -> int | None:
    """An open file that is locked; None where the disk has no locks."""
    if fcntl is None:
        return None
    begun = time.monotonic()
    announced = False
    while True:
        file = _opened(place, target)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(file, place):
                _sign(file, command, long)
                return file
        except BlockingIOError:
            holder = _holder(place)
            waited_s = time.monotonic() - begun
            if holder.get("long") or waited_s > wait_s:
                os.close(file)
                raise BusyError(_busy(target, holder)) from None
            if waited_s > _ANNOUNCED_AFTER_S and not announced:
                announced = True
                _say(f"waiting: {_who(target, holder)}")
            time.sleep(_POLL_S)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(file)
                raise
            os.close(file)
            with suppress(OSError):
                place.unlink()
            _say(f"the disk of {target} has no locks; let no two commands write there at once")
            return None
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _opened(place: Path, target: Path) -> int:
    """The file itself: what it leads to, in a folder of somebody else, must not be written."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        file = os.open(place, flags, 0o666)
    except OSError as error:
        if place.is_symlink() or place.is_dir():
            raise BusyError(f"{place} is no lock of teamsheet; remove it, and try again") from error
        raise OSError(error.errno, error.strerror, str(target)) from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise BusyError(f"{place} is no lock of teamsheet; remove it, and try again")
    return file


def _is_still(file: int, place: Path) -> bool:
    """Whether the name leads to the open file: its last holder may have taken it away since."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(place))
    except FileNotFoundError:
        return False


def _sign(file: int, command: str, long: bool) -> None:
    holder = {
        "command": command,
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "long": long,
    }
    with suppress(OSError):  # on a full disk it holds all the same
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(holder).encode(), 0)


def _give_back(file: int, place: Path) -> None:
    with suppress(OSError):
        if _is_still(file, place):
            place.unlink()
    os.close(file)


def _holder(place: Path) -> dict[str, object]:
    try:
        with place.open("rb") as file:
            holder = json.loads(file.read(4096))
        return holder if isinstance(holder, dict) else {}
    except (OSError, ValueError):
        return {}


def _who(target: Path, holder: dict[str, object]) -> str:
    if not holder:
        return f"{target} is in use by another teamsheet"
    return (
        f"{target} is in use by teamsheet {holder.get('command')} (process "
        f"{holder.get('process')} on {holder.get('host')}, since {holder.get('since')})"
    )


def _busy(target: Path, holder: dict[str, object]) -> str:
    return f"{_who(target, holder)}; wait until it has ended, or stop it, and try again"


def _say(line: str) -> None:
    if sys.stderr is not None:
        print(f"teamsheet: {printable(line)}", file=sys.stderr)
