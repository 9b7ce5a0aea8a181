"""What came of it, as flat rows for JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from clips.table import WIDTH, shown
from rich.console import Console
from rich.table import Table

from tracker.output.id_gaps import BINS

from .jobs import Outcome
from .plan import Asked

COLUMNS = (
    "Name-F1", "P", "R", "ceiling", "ceiling_cut", "share_of_cut", "ECE", "duplicate_frames",
)  # fmt: skip
LEARNED = "learned"
KEYS = ("part", "clip", "boxes", "anchors", "tracker", "means")
Record = dict[str, Any]


def records(asked: Sequence[Asked], outcomes: Iterable[Outcome]) -> list[Record]:
    """A row for all seeds of one thing: means, as far as there is something."""
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for one, outcome in zip(asked, outcomes, strict=True):
        job = one.job
        key = (one.part, job.case.clip.name, job.case.boxes, one.what, job.tracker, job.means)
        groups.setdefault(key, []).append(outcome)
    return [_record(key, group) for key, group in groups.items()]


def _record(key: tuple[str, ...], group: Sequence[Outcome]) -> Record:
    row: Record = dict(zip(KEYS, key, strict=True))
    row |= {column: _mean([one.row[column] for one in group]) for column in COLUMNS}
    for what in ("learned", "drawn"):
        values = zip(*(getattr(one, what) for one in group), strict=True)
        row[what] = [_mean(of_one) for of_one in values]
    if group[0].by_gap:
        by_gap = [[pair[0] for pair in one.by_gap] for one in group]
        counts = [[pair[1] for pair in one.by_gap] for one in group]
        row["Name-F1 by gap"] = [_mean(values) for values in zip(*by_gap, strict=True)]
        row["boxes by gap"] = [round(float(np.mean(n))) for n in zip(*counts, strict=True)]
    return row


def print_parts(rows: Sequence[Record]) -> None:
    """A table for each part, and one by gap length; wide."""
    for part in dict.fromkeys(row["part"] for row in rows):
        own = [row for row in rows if row["part"] == part]
        lines = [[*_head(row), *_scores(row)] for row in own]
        heads = [*KEYS[1:], *(c.replace("_", " ") for c in COLUMNS), "learned / drawn right"]
        _print(part, heads, lines)
    gaps = [row for row in rows if "Name-F1 by gap" in row]
    if gaps:
        title = "Name-F1 (true boxes) by the gap between a player's right anchors"
        _print(title, [*KEYS[1:], *BINS], [[*_head(row), *_gap_cells(row)] for row in gaps])


def _head(row: Record) -> list[str]:
    return [row[key] for key in KEYS[1:]]


def _scores(row: Record) -> list[str]:
    learned = row["learned"] or [None] * len(row["drawn"])
    pairs = zip(learned, row["drawn"], strict=True)
    right = ", ".join(f"{_number(known) or '-'} / {_number(was)}" for known, was in pairs)
    return [*(shown(column, row[column]) for column in COLUMNS), right]


def _gap_cells(row: Record) -> list[str]:
    cells = zip(row["Name-F1 by gap"], row["boxes by gap"], strict=True)
    return [f"{_number(f1)} ({count})" if count else "" for f1, count in cells]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _mean(values: Sequence[float | None]) -> float | None:
    """Of those that there are; None without any."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _print(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    table = Table(title=title)
    for n, head in enumerate(heads):
        text = n < len(KEYS) - 1
        table.add_column(head, justify="left" if text else "right", no_wrap=text)
    for line in lines:
        table.add_row(*line)
    Console(width=WIDTH).print(table)
