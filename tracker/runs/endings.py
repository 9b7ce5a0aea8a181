"""How a command ends: signals, and streams that are closed or full."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, TextIO

from gallery.atomic import write as atomic_write

_GRACE_S = 30.0
_lost: list[OSError] = []


def as_ctrl_c() -> None:
    """From now on SIGTERM and SIGHUP (a session that is closed) do what Ctrl-C does.

    A SIGHUP that is ignored, as under nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: Any) -> None:
    """Whatever is to be done on Ctrl-C just now: of a camera, the first one ends it in order."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt


def end_with_parent() -> None:
    """In a process of multiprocessing: where the parent is no more, stop as on Ctrl-C, and a while
    later at once. By its sentinel, so that it works on every system."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(_GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def open_streams() -> None:
    """Streams that are closed lead nowhere, and one that cannot be written does not end the run.

    A closed descriptor would otherwise be given to the next file that is opened, and what somebody
    prints would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", closefd=False)
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            stream = os.fdopen(number, "w", closefd=False, errors="backslashreplace")
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        elif isinstance(stream, io.TextIOWrapper):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _patient(sys.stdout)
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _patient(sys.stderr, lambda error: None)


def plain_stdout() -> TextIO:
    """stdout as it was given, for those who want to know when nobody reads any more."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return sys.__stdout__ if isinstance(raw, _Outlet) and sys.__stdout__ else sys.stdout


class _Outlet(io.FileIO):
    """A descriptor that takes everything, also where the reader has gone or the disk is full."""

    def __init__(self, number: int, lost: Callable[[OSError], None]) -> None:
        super().__init__(number, "w", closefd=False)
        self._report = lost

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or len(data)
        except OSError as error:
            self._report(error)
            return len(data)


def _patient(
    stream: io.TextIOWrapper, lost: Callable[[OSError], None] = _lost.append
) -> io.TextIOWrapper:
    try:
        outlet = _Outlet(stream.fileno(), lost)
    except (OSError, ValueError):  # a stream without a descriptor
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


def at_once(code: int) -> NoReturn:
    """End the process, but for the interpreter's own end, in which Ray's threads may crash it."""
    close_streams()
    os._exit(code)


def close_streams() -> tuple[str, int]:
    """At the end: a line about what could not be printed, and the exit code it deserves.

    Empty and 0 where all was printed, or its reader did not want more. Where results were written,
    too: they are there.
    """
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is None:
            continue
        with suppress(OSError, ValueError):
            stream.flush()
    lost = [error for error in _lost if not isinstance(error, BrokenPipeError)]
    if not lost:
        return "", 0
    return (
        f"stdout: not all of it could be written ({lost[0].strerror})",
        0 if atomic_write.published else 2,
    )
