"""What a user sees while he waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.pipeline import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr, quiet when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn

    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
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
                tasks[stage] = bar.add_task(stage, total=total, fps="")
            speed = bar.tasks[tasks[stage]].speed
            fps = f"{speed:.1f} fps" if speed else ""
            each = ", ".join(f"{name} {fps:.0f}" for name, fps in (speeds or {}).items())
            fps += f" ({each})" if fps and each else ""
            bar.update(tasks[stage], completed=done, total=total, fps=fps)

        yield report


@contextmanager
def no_bar() -> Iterator[Progress]:
    """For one of several runs at once."""

    def report(
        stage: str, done: int, total: int | None, speeds: Mapping[str, float] | None = None
    ) -> None:
        return None

    yield report
