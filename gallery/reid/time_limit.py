"""Networks of strangers: none is waited for without end, and none may fill the memory.

A file of 300 bytes can hold a loop that never ends, or a constant of 12 GB.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from gallery.errors import TeamsheetError

LIMIT_S = 120.0
"""For opening a network and for each answer; the slowest that is of use takes a tenth of it."""
MAX_CONSTANT = 250_000_000
"""Numbers of what does not depend on the picture: 1 GB, the weights of the largest networks."""
MAX_TENSOR = 2_000_000_000
"""Numbers of what does: a detector of 8,192 x 8,192 pixels and 100 channels has 1.7 billion."""
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")
abandoned = threading.Event()


class PatienceError(TeamsheetError):
    """A network gives no answer in time, or is too large to run."""


def within(what: str, work: Callable[[], _Found], limit_s: float | None = None) -> _Found:
    """What `work` gives, done in a thread of its own; its errors are raised here.

    what: begins the message. limit_s: LIMIT_S where it is not said. Raises PatienceError when that
    is over: the thread cannot be ended, so the process has to be, see `ends_abandoned`.
    """
    found: list[_Found] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)

    limit_s = LIMIT_S if limit_s is None else limit_s
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit_s)
    if failed:
        raise failed[0]
    if not found:
        abandoned.set()
        raise PatienceError(
            f"{what}: no answer in {limit_s:g} s; a network that never ends, or that is too large "
            "for this machine; take another"
        )
    return found[0]


def ends_abandoned(command: Callable[_Given, None]) -> Callable[_Given, None]:
    """A process that leaves a thread behind in a library ends at once, and is not waited for."""

    @functools.wraps(command)
    def ending(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        code: Any = 0
        try:
            command(*args, **kwargs)
        except SystemExit as end:
            code = end.code
            if not abandoned.is_set():
                raise
        if abandoned.is_set():
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code if isinstance(code, int) else 1)

    return ending


def check_size(model: Any, what: str) -> None:
    """Raise PatienceError where a tensor of an `openvino.Model` could not be held in memory.

    Of what depends on no picture OpenVINO makes all when it compiles; nothing is computed here.
    """
    of_picture: set[str] = set()
    for step in model.get_ordered_ops():
        sources = [port.get_source_output().get_node() for port in step.inputs()]
        if step.get_type_name() == "Parameter" or any(
            source.get_name() in of_picture for source in sources
        ):
            of_picture.add(step.get_name())
        most = MAX_TENSOR if step.get_name() in of_picture else MAX_CONSTANT
        for port in step.outputs():
            count = _count(port.get_partial_shape())
            if count > most:
                raise PatienceError(
                    f"{what}: holds a tensor of {count:,} numbers, at most {most:,} are run"
                )


def _count(shape: Any) -> int:
    """Numbers of a tensor; 0 where its shape is open."""
    if not shape.is_static:
        return 0
    count = 1
    for side in shape:
        count *= side.get_length()
    return count
