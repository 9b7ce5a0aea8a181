"""The bench's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from .orders import PERFECT
from .page import AFTER, Record

WIDTH, OURS = 200, "ours"
Tree = Mapping[str, Mapping[str, Mapping[str, Any]]]


def print_tables(tree: Tree) -> None:
    """How sure is how right, then Name-F1 by answers, ours and other orders."""
    console = Console(width=WIDTH)
    console.print(_reliability(tree))
    console.print(_curves(tree))


def _records(tree: Tree) -> Iterator[tuple[str, str, str, Record]]:
    for clip, kinds in tree.items():
        for boxes, modes in kinds.items():
            for mode, record in modes.items():
                yield clip, boxes, mode, record


def _curves(tree: Tree) -> Table:
    table = Table(title="Name-F1 after so many answers; shares of the ceilings after 5 and 10")
    for column in ("clip", "boxes", "mode", "order", *map(str, AFTER)):
        table.add_column(column, no_wrap=True)
    for column in ("ceiling", "5", "10", "ceiling cut", "5", "10", "gain 5", "10"):
        table.add_column(column, justify="right")
    for clip, boxes, mode, record in _records(tree):
        curves = {OURS: record["name_f1"], **record.get("orders", {})}
        for order, curve in curves.items():
            table.add_row(clip, boxes, mode, order, *(f"{value:.3f}" for value in curve),
                          *_shares(curve, record), *_gains(curve, curves.get(PERFECT)))  # fmt: skip
        table.add_section()
    return table


def _shares(curve: list[float], record: Record) -> Iterator[str]:
    for key in ("ceiling", "ceiling_cut"):
        of = record[key]
        yield f"{of:.3f}"
        yield from (f"{curve[AFTER.index(n)] / of:.3f}" if of else "" for n in (5, 10))


def _gains(curve: list[float], perfect: list[float] | None) -> Iterator[str]:
    """Share of what the perfect order gains; empty where that is nothing to speak of."""
    for n in (AFTER.index(5), AFTER.index(10)):
        most = perfect[n] - perfect[0] if perfect else 0.0
        yield f"{(curve[n] - curve[0]) / most:.2f}" if most > 0.005 else ""


def _reliability(tree: Tree) -> Table:
    table = Table(title="seconds of names in doubt, and seconds that are wrong, after 0, 5, 10")
    for column in ("clip", "boxes", "mode"):
        table.add_column(column, no_wrap=True)
    for column in ("doubt", "wrong", "doubt", "wrong", "doubt", "wrong", "answers", "groups",
                   "sentences", "worst step", "right one first", "on a key"):  # fmt: skip
        table.add_column(column, justify="right")
    for clip, boxes, mode, record in _records(tree):
        cells = []
        for n in (0, 5, 10):
            both = (record["doubt_s"], record["wrong_s"])
            cells += [f"{values[min(n, len(values) - 1)]:.1f}" for values in both]
        shares = (record["candidate_first"], record["candidate_on_a_key"])
        cells += [str(record[key]) for key in ("asked", "groups", "sentences")]
        cells += [f"{record['worst_step']:+.4f}"]
        cells += ["" if share is None else f"{share:.2f}" for share in shares]
        table.add_row(clip, boxes, mode, *cells)
    doubt, wrong = (
        [v for *_, record in _records(tree) for v in record[key]] for key in ("doubt_s", "wrong_s")
    )
    table.caption = f"in all: {np.sum(doubt):.0f} s in doubt, {np.sum(wrong):.0f} s wrong"
    return table
