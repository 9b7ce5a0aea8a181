"""The bench's table, and the same as nested dicts for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from .jobs import Job
from .judge import COLUMNS, COUNTS, Row

Tree = dict[str, dict[str, dict[str, Row]]]
WIDTH = 200


def tree_of(jobs: Sequence[Job], rows: Iterable[Row]) -> Tree:
    """clip -> boxes -> tracker -> column."""
    tree: Tree = {}
    for job, row in zip(jobs, rows, strict=True):
        boxes = tree.setdefault(job.case.clip.name, {}).setdefault(job.case.boxes, {})
        boxes[job.tracker] = row
    return tree


def shown(column: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if column in COUNTS else f"{value:.3f}"


def print_tree(tree: Tree, title: str) -> None:
    """A line for each clip, kind of boxes and tracker; wide. Empty columns are left out."""
    table = Table(title=title)
    rows = [
        row for kinds in tree.values() for trackers in kinds.values() for row in trackers.values()
    ]
    columns = [column for column in COLUMNS if any(row[column] is not None for row in rows)]
    for column in ("clip", "boxes", "tracker"):
        table.add_column(column, no_wrap=True)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for clip, kinds in tree.items():
        for boxes, trackers in kinds.items():
            for tracker, row in trackers.items():
                cells = [shown(column, row[column]) for column in columns]
                table.add_row(clip, boxes, tracker, *cells)
            table.add_section()
    Console(width=WIDTH).print(table)


def print_rows(rows: Sequence[dict[str, Any]], title: str) -> None:
    """Any rows of one shape."""
    table = Table(title=title)
    for column in rows[0] if rows else ():
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(f"{c:.3f}" if isinstance(c, float) else str(c) for c in row.values()))
    Console(width=WIDTH).print(table)
