"""Long work that the page has asked for, one at a time, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tracker.errors import TeamsheetError
from tracker.runs import faults

Progress = Callable[[int, int | None], None]
"""(done, of how many; None: nobody knows)"""


class BusyJobError(TeamsheetError):
    """Another one is at work; the message says which."""


@dataclass(frozen=True, slots=True)
class Result:
    """line: what to say of it. file: what was written, None where nothing was."""

    line: str
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """kind: what was asked for. state: running, done or failed. number: of this server, from 1."""

    number: int
    kind: str
    state: str = "running"
    done: int = 0
    of: int | None = None
    result: Result = field(default_factory=lambda: Result(""))

    def tree(self) -> dict[str, Any]:
        """As JSON."""
        file = self.result.file
        return {
            "number": self.number,
            "kind": self.kind,
            "state": self.state,
            "done": self.done,
            "of": self.of,
            "line": self.result.line,
            "file": None if file is None else str(file),
        }


class Jobs:
    """Runs them, and knows how far the newest is. For many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Job | None = None
        self._files: dict[str, Path] = {}

    @property
    def newest(self) -> Job | None:
        """The one that runs, or ran last; None before the first."""
        return self._newest

    @property
    def running(self) -> Job | None:
        """The one that runs."""
        job = self._newest
        return job if job is not None and job.state == "running" else None

    def file_of(self, kind: str) -> Path | None:
        """What the newest job of a kind has written, None where there was none."""
        return self._files.get(kind)

    def start(self, kind: str, work: Callable[[Progress], Result]) -> Job:
        """Raises BusyJobError."""
        with self._lock:
            if running := self.running:
                raise BusyJobError(f"{running.kind} is being made; wait until it is done")
            before = self._newest
            job = self._newest = Job(1 if before is None else before.number + 1, kind)
        threading.Thread(target=self._run, args=(work,), daemon=True, name="review-job").start()
        return job

    def _run(self, work: Callable[[Progress], Result]) -> None:
        try:
            result = work(lambda done, of: self._change(done=done, of=of))
            if result.file is not None and self._newest is not None:
                self._files[self._newest.kind] = result.file
            self._change(state="done", result=result)
        except Exception as error:  # the page tells it; the server goes on
            self._change(state="failed", result=Result(faults.exit_of(error)[1]))

    def _change(self, **changes: Any) -> None:
        with self._lock:
            if self._newest is not None:
                self._newest = replace(self._newest, **changes)
