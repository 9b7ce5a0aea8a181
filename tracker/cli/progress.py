"""What a user sees while they wait."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from tracker.text import say

if TYPE_CHECKING:
    import rich.progress

    from tracker.runs.pipeline import Progress

_LOG_EVERY_S = 30.0  # between two lines in a log
_POLLED_S = 0.1  # between two questions to the bar how fast it is, which adds up 1000 frames each


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr; where that is no terminal, a line now and then."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lines_in_a_log(say)
        return
    tasks: dict[str, rich.progress.TaskID] = {}
    polled_s: dict[str, float] = {}
    with _bar("{task.description}", "{task.fields[fps]}") as bar:

        def report(
            stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
        ) -> None:
            if stage not in tasks:
                tasks[stage], polled_s[stage] = bar.add_task(stage, total=total, fps=""), 0.0
            bar.update(tasks[stage], completed=done, total=total)
            if monotonic() - polled_s[stage] >= _POLLED_S:
                polled_s[stage] = monotonic()
                speed = bar.tasks[tasks[stage]].speed
                bar.update(tasks[stage], fps=_fps(speed, speeds or {}))

        yield report


def lines_in_a_log(say: Callable[[str], None]) -> Progress:
    """Says how far a stage is every half minute, so that a log shows that the run goes on."""
    logged_s: dict[str, float] = {}
    begun: dict[str, tuple[float, int]] = {}

    def report(
        stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None:
        now_s = monotonic()
        if stage not in logged_s:
            logged_s[stage], begun[stage] = now_s, (now_s, done)
        if now_s - logged_s[stage] < _LOG_EVERY_S:
            return
        logged_s[stage] = now_s
        first_s, first = begun[stage]
        of = "" if total is None else f" of {total}"
        say(f"{stage}: frame {done}{of}, {(done - first) / (now_s - first_s):.1f} a second")

    return report


def _fps(speed: float | None, speeds: Mapping[str, float]) -> str:
    each = ", ".join(f"{name} {fps:.0f}" for name, fps in speeds.items())
    fps = f"{speed:.1f} fps" if speed else ""
    return fps + (f" ({each})" if fps and each else "")


def announcing(lines: list[str], progress: Progress) -> Progress:
    """Lines that are said when the work begins; a mistake that is found before stays alone."""
    waiting = lines[::-1]

    def report(
        stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None:
        while waiting:
            say(waiting.pop())
        progress(stage, done, total, speeds)

    return report


@contextmanager
def no_bar() -> Iterator[Progress]:
    """For one of several runs at once."""

    def report(
        stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None:
        return None

    yield report


@contextmanager
def counting_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr over so many things, quiet when stderr is no terminal."""
    with _bar(what) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def download_bar(file: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on stderr over the bytes of a file, quiet when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (file, BarColumn(20), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(file, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _bar(title: str, more: str | None = None) -> rich.progress.Progress:
    """title: of each line. more: behind the count."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    extra = () if more is None else (more,)
    width = BarColumn(20) if extra else BarColumn()
    columns = (title, width, MofNCompleteColumn(), *extra, TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
