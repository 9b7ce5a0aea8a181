"""A run whose rows are wanted at once, and one that ends when its user says so."""

from __future__ import annotations

import os
import signal
import statistics
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Protocol

from tracker.output.jsonl import as_line
from tracker.types import Mask, TrackedFrame

if TYPE_CHECKING:
    from tracker.runs.session import Session
    from tracker.tracking.row_facts import RowFacts
    from tracker.video.stream import LiveStream


class Emit(Protocol):
    """Takes the rows of a frame, the names of all players and of all sources of anchors, and what
    is known of the rows beside.

    deaf: nobody reads any more.
    """

    deaf: bool

    def __call__(
        self, frame: TrackedFrame, players: Sequence[str], sources: Sequence[str], facts: RowFacts
    ) -> None: ...


class JsonLines:
    """Writes a frame as one line of JSON and flushes it. A track begins once it is confirmed.

    deaf: whether nobody reads any more; what is written then goes nowhere.
    """

    def __init__(self, file: IO[str], say: Callable[[str], None]) -> None:
        self._file, self._say = file, say
        self._confirmed: set[int] = set()
        self.deaf = False

    def __call__(
        self, frame: TrackedFrame, players: Sequence[str], sources: Sequence[str], facts: RowFacts
    ) -> None:
        self._confirmed |= set(frame.track_ids[frame.confirmed].tolist())
        if self.deaf:
            return
        known: Mask = frame.confirmed | [t in self._confirmed for t in frame.track_ids.tolist()]
        try:
            line = as_line(frame.take(known), players, sources, facts.take(known))
            self._file.write(line + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:
            self._give_up(error)

    def _give_up(self, error: OSError | ValueError) -> None:
        self.deaf = True
        if self._file in (sys.stdout, sys.__stdout__):  # else Python complains once more at the end
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
        full = isinstance(error, OSError) and not isinstance(error, BrokenPipeError)
        why = (
            f"the stream cannot be written ({error})"
            if full
            else "nobody reads the stream any more"
        )
        self._say(f"{why}; the run goes on without it")


@dataclass(slots=True)
class Outlet:
    """emit: where frames go as they come, None for nowhere. facts: what a camera has to say for the
    record, once it has ended."""

    emit: Callable[[TrackedFrame, RowFacts], None] | None
    facts: Mapping[str, Any] | None = None


@contextmanager
def outlet(session: Session, say: Callable[[str], None], emit: Emit | None) -> Iterator[Outlet]:
    """Where frames go while it is open.

    Of a camera, warnings are said at once, and the first Ctrl-C ends it in order: what is under
    way is followed to the end. The second one stops the run as it does any other.
    """
    camera, delays_s = _camera(session), list[float]()
    names = session.players, session.sources
    if camera is None:
        yield Outlet(None if emit is None else lambda frame, facts: emit(frame, *names, facts))
        return

    def out(frame: TrackedFrame, facts: RowFacts) -> None:
        if emit is not None:
            emit(frame, *names, facts)
            if emit.deaf:  # a camera has no other end
                camera.stop()
        delays_s.append(camera.age_s(frame.time_s))

    camera.tell = say
    opened = Outlet(out)
    with _ended_by_ctrl_c(camera, say):
        yield opened
    opened.facts = {**camera.facts(), **_summed_up(delays_s)}
    if delays_s:
        say(_delays(camera, opened.facts))


@contextmanager
def listening(session: Session, say: Callable[[str], None]) -> Iterator[Session]:
    """The session with the anchors that come while it goes on, which are read in here.

    Raises AnchorError where there is nothing to read.
    """
    if session.anchors is None or not any(given.live for given in session.anchors.given.inputs):
        yield session
        return
    from tracker.runs.live_anchors import LivePipes

    with LivePipes(session.anchors, say) as pipes:
        yield replace(session, live=pipes)
    session.log.notes += pipes.notes


def _camera(session: Session) -> LiveStream | None:
    if session.inputs is None or not session.inputs.source.live:
        return None
    from tracker.video.stream import LiveStream

    source = session.inputs.source
    return source if isinstance(source, LiveStream) else None


def _summed_up(delays_s: list[float]) -> dict[str, Any]:
    if not delays_s:
        return {}
    middle, worst = statistics.median(delays_s), max(delays_s)
    return {"delay_s": {"median": round(middle, 3), "most": round(worst, 3)}}


def _delays(camera: LiveStream, facts: Mapping[str, Any]) -> str:
    delay = facts["delay_s"]
    return (
        f"{camera.name}: {camera.pictures} pictures; rows came {delay['median']:.2f} s behind the "
        f"camera, at most {delay['most']:.2f} s"
    )


@contextmanager
def _ended_by_ctrl_c(camera: LiveStream, say: Callable[[str], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # no signals come here
        yield
        return

    def first(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        camera.stop()
        say("ending; what was seen is being written (Ctrl-C again: stop at once)")

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
