"""Many runs at once, each in a process of its own, so that none can take the others with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from gallery.reid.time_limit import ends_abandoned
from tracker import text
from tracker.runs import faults
from tracker.runs.batch import STOPPED, Outcome, is_finished, outcome
from tracker.runs.endings import as_ctrl_c, end_with_parent, open_streams
from tracker.runs.request import TrackRequest

if TYPE_CHECKING:
    from tracker.runs.online_pass import Progress

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Show = Callable[[], AbstractContextManager["Progress"]]


def track_batch(
    requests: Sequence[TrackRequest], jobs: int, say: Callable[[str], None], show: Show
) -> list[Outcome]:
    """Track all, `jobs` at once, whatever becomes of one of them. On Ctrl-C what is under way
    keeps what it has seen, and the rest is not begun.

    show: shows the progress of a run in the process of its own; a function of a module.
    """
    ended: dict[int, Outcome] = {}
    waiting = deque(enumerate(requests))
    running: dict[Any, _Running] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, request = waiting.popleft()
                if request.resume and is_finished(request):
                    ended[number] = outcome(request, line="was finished before")
                    continue
                say(f"{number + 1} of {len(requests)}: {request.source}")
                started = _Running.start(number, request, jobs, show)
                running[started.process.sentinel] = started
            for sentinel in wait(list(running)) if running else ():
                started = running.pop(sentinel)
                ended[started.number] = started.outcome()
    except KeyboardInterrupt:
        say("stopping")
        ended |= {started.number: started.stopped() for started in running.values()}
    left = {n: Outcome(r, STOPPED, "not begun") for n, r in enumerate(requests) if n not in ended}
    return [outcome for _, outcome in sorted((ended | left).items())]


@dataclass(frozen=True, slots=True)
class _Running:
    number: int
    request: TrackRequest
    process: SpawnProcess
    answer: Connection

    @classmethod
    def start(cls, number: int, request: TrackRequest, jobs: int, show: Show) -> _Running:
        context = multiprocessing.get_context("spawn")
        answer, theirs = context.Pipe(duplex=False)
        threads = None if jobs == 1 else max(1, (os.cpu_count() or 1) // jobs)
        name = request.out.name if jobs > 1 else ""
        process = context.Process(target=_work, args=(request, theirs, name, threads, show))
        with _limited(threads):
            process.start()
        theirs.close()
        return cls(number, request, process, answer)

    def outcome(self) -> Outcome:
        self.process.join()
        with suppress(EOFError):
            code, line = self.answer.recv()
            return outcome(self.request, code, line)
        code = self.process.exitcode or 0
        why = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Outcome(self.request, 1, f"the process died ({why}); --resume goes on")

    def stopped(self) -> Outcome:
        """Told to stop, and waited for."""
        with suppress(OSError, TypeError):
            os.kill(self.process.pid or 0, signal.SIGINT)
        try:
            return self.outcome()
        except KeyboardInterrupt:  # once more: now at once
            self.process.kill()
            return self.outcome()


@contextmanager
def _limited(threads: int | None) -> Iterator[None]:
    """A process that is started within has so many threads in each library."""
    environment = (
        {} if threads is None else {k: str(threads) for k in _THREADS if k not in os.environ}
    )
    os.environ.update(environment)
    try:
        yield
    finally:
        for name in environment:
            del os.environ[name]


@ends_abandoned
def _work(
    request: TrackRequest, answer: Connection, name: str, threads: int | None, show: Show
) -> None:
    """In a process of its own: track, and answer with an exit code and a line."""

    def say(line: str) -> None:
        text.say(f"{name}: {line}" if name else line)

    def once(*_: object) -> None:  # a terminal tells us, and so does our parent
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    def tell(code: int, line: str) -> None:
        with suppress(OSError):  # the parent may be no more
            answer.send((code, line))

    signal.signal(signal.SIGINT, once)
    open_streams()
    as_ctrl_c()
    end_with_parent()
    try:
        tell(*_tracked(request, say, threads, show))
    except KeyboardInterrupt:
        tell(STOPPED, "stopped")
    except Exception as error:
        code, line = faults.exit_of(error, resume=True)
        say(line)
        tell(code, line)


def _tracked(
    request: TrackRequest, say: Callable[[str], None], threads: int | None, show: Show
) -> tuple[int, str]:
    import cv2

    from tracker.runs import pipeline

    if threads is not None:
        cv2.setNumThreads(threads)
    try:
        with show() as progress:
            pipeline.track(request, say, progress)
    except pipeline.Stopped as stop:
        return STOPPED, str(stop)
    return 0, ""
