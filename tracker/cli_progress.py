"""What a user sees while he waits."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.pipeline import Progress

_ASKED_S = 0.1  # between two questions to the bar how fast it is, which adds up 1000 frames each


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr, quiet when stderr is no terminal."""
    if not sys.stderr.isatty():
        with no_bar() as silent:
            yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn

    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    asked_s: dict[str, float] = {}
    with Progress(
        "{task.description}",
        BarColumn(20),
        MofNCompleteColumn(),
        "{task.fields[fps]}",
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:

        def report(
            stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
        ) -> None:
            if stage not in tasks:
                tasks[stage], asked_s[stage] = bar.add_task(stage, total=total, fps=""), 0.0
            bar.update(tasks[stage], completed=done, total=total)
            if monotonic() - asked_s[stage] >= _ASKED_S:
                asked_s[stage] = monotonic()
                speed = bar.tasks[tasks[stage]].speed
                bar.update(tasks[stage], fps=_fps(speed, speeds or {}))

        yield report


def _fps(speed: float | None, speeds: Mapping[str, float]) -> str:
    each = ", ".join(f"{name} {fps:.0f}" for name, fps in speeds.items())
    fps = f"{speed:.1f} fps" if speed else ""
    return fps + (f" ({each})" if fps and each else "")


@contextmanager
def no_bar() -> Iterator[Progress]:
    """For one of several runs at once."""

    def report(
        stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None:
        return None

    yield report
