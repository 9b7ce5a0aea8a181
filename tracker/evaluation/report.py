"""Scores on the console and in files."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gallery.atomic.write import whole
from tracker.evaluation.permanence import BIN_LABELS, PermanenceScores
from tracker.evaluation.scoring import Evaluation, Scores, TrackerScores
from tracker.evaluation.tables import (
    NAME_COLUMNS,
    as_tree,
    flat_row,
    gap_row,
    mot_row,
    name_row,
    permanence_rows,
)
from tracker.output.id_gaps import BINS
from tracker.output.table import VISIBILITIES
from tracker.text import guarded, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOT_SHOWN = ("HOTA", "DetA", "AssA", "LocA", "MOTA", "IDF1", "IDP", "IDR")
COUNTS_SHOWN = ("IDSW", "Frag", "FP", "FN")
REMARKS_SHOWN = 12
ENDLESS = 1000
EXPENDABLE = (
    "Missing %",
    "In 50%",
    ">90",
    "FP",
    "FN",
    "IDP",
    "IDR",
    "Frag",
    "LocA",
    "Name-ECE %",
    "Entries-named %",
    "Named-HOTA %",
    "Entry-s",
    "Lost-found/min",
    "Trades/min",
    "In 90%",
    "1-5",
    "6-15",
)
"""Columns a narrow terminal does without, the first first."""
UNKNOWN_DETECTIONS = "detections not named (--detections-note): compare with care"


def print_report(evaluation: Evaluation, console: Console) -> None:
    """Tables to the console: remarks, MOT scores, names, permanence.

    On a narrow terminal the columns of EXPENDABLE are left out; the files have them all.
    """
    _print_remarks(evaluation, console)
    grids = [_mot_grid(evaluation)]
    if any(t.combined.names for t in evaluation.trackers):
        grids.append(_name_grid(evaluation))
    if any(t.combined.names and gap_row(t.combined.names) for t in evaluation.trackers):
        grids.append(_gap_grid(evaluation))
    for tracker in evaluation.trackers:
        if tracker.combined.permanence:
            grids.append(_permanence_grid(tracker, tracker.combined.permanence))
            grids.append(_state_grid(tracker, tracker.combined.permanence))
    if not console.is_terminal:  # a file or a pipe has no edge at which to cut
        console = type(console)(file=console.file, width=ENDLESS)
    for grid in grids:
        console.print(_table(grid, console.width))


def write_csv(evaluation: Evaluation, path: Path) -> None:
    """One line per tracker and sequence, and one for all pooled. Shares in percent."""
    rows = [
        flat_row(t.tracker, scores)
        for t in evaluation.trackers
        for scores in (*t.sequences, t.combined)
    ]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows({k: _plain(v) for k, v in row.items()} for row in rows)
    _write(path, text.getvalue())


def write_json(evaluation: Evaluation, path: Path) -> None:
    """Everything, with curves over alpha, confusion matrices and remarks."""
    _write(path, json.dumps(as_tree(evaluation), indent=1, ensure_ascii=False) + "\n")


def _print_remarks(evaluation: Evaluation, console: Console) -> None:
    """The same remark about many files is one line; mistakes come first."""
    grouped: dict[tuple[bool, str], list[str]] = {}
    for remark in evaluation.remarks:
        grouped.setdefault((not remark.mistake, remark.what), []).append(remark.where)
    for shown, ((harmless, what), places) in enumerate(sorted(grouped.items())):
        if shown == REMARKS_SHOWN:
            left = len(grouped) - REMARKS_SHOWN
            console.print(f"... and {left} more; all are in the JSON file (-o)", soft_wrap=True)
            break
        more = f" (and {len(places) - 1} more files)" if len(places) > 1 else ""
        label = "note" if harmless else "[yellow]warning[/yellow]"
        line = f"{places[0]}{more}: {what}"
        console.print(f"{label}: {_escape(line)}", soft_wrap=True, highlight=False)


@dataclass(frozen=True, slots=True)
class _Grid:
    """A table before its width is known: heads (C,), rows of C cells, which rows are strong."""

    title: str
    caption: str
    heads: tuple[str, ...]
    rows: list[list[str]]
    strong: frozenset[int] = frozenset()


def _mot_grid(evaluation: Evaluation) -> _Grid:
    caption = _detections(evaluation)
    rows, lines = [], _lines(evaluation)
    for scores, label, _ in lines:
        row = mot_row(scores.mot)
        counts = [f"{row[c]:,}" for c in COUNTS_SHOWN]
        rows.append([label, *(_cell(row[c]) for c in MOT_SHOWN), *counts])
    strong = frozenset(i for i, line in enumerate(lines) if line[2])
    heads = ("", *MOT_SHOWN, *COUNTS_SHOWN)
    return _Grid("Boxes and identities (%)", caption, heads, rows, strong)


def _detections(evaluation: Evaluation) -> str:
    """What the trackers were given: scores on other detections are not comparable."""
    given = {t.tracker: t.detections for t in evaluation.trackers}
    if not any(given.values()):
        return UNKNOWN_DETECTIONS
    if len(set(given.values())) == 1:
        return f"detections: {next(iter(given.values()))}"
    return "detections: " + "; ".join(f"{t}: {d or 'not named'}" for t, d in given.items())


def _name_grid(evaluation: Evaluation) -> _Grid:
    caption = "a name is right only on that very player, at IoU 0.5; Dup-frames must be 0"
    heads = ("", *(f"{c} %" if unit == "%" else c for c, (unit, _) in NAME_COLUMNS.items()))
    lines = [line for line in _lines(evaluation) if line[0].names]
    rows = []
    for scores, label, _ in lines:
        assert scores.names
        row = name_row(scores.names)
        cells = [_cell(row[c], 0 if u == "n" else 2) for c, (u, _) in NAME_COLUMNS.items()]
        rows.append([label, *cells])
    strong = frozenset(i for i, line in enumerate(lines) if line[2])
    return _Grid("Names", caption, heads, rows, strong)


def _gap_grid(evaluation: Evaluation) -> _Grid:
    """Only gaps in which a name is worn or wanted somewhere."""
    caption = (
        "the gap between two IDs of a player, as the result has them; wanted boxes in brackets"
    )
    lines = [(s.names, label, bold) for s, label, bold in _lines(evaluation) if s.names]
    scored = [(gap_row(names), names.by_gap[:, 2], label, bold) for names, label, bold in lines]
    scored = [line for line in scored if line[0]]
    shown = [n for n, gap in enumerate(BINS) if any(_is_number(row[gap]) for row, *_ in scored)]
    rows = [
        [label, *(f"{_cell(row[BINS[n]], 1)} ({wanted[n]:.0f})" for n in shown)]
        for row, wanted, label, _ in scored
    ]
    strong = frozenset(n for n, line in enumerate(scored) if line[3])
    return _Grid("Name-F1 by gap (%)", caption, ("", *(BINS[n] for n in shown)), rows, strong)


def _is_number(value: float | int | str) -> bool:
    return not isinstance(value, str) and not math.isnan(value)


def _permanence_grid(tracker: TrackerScores, scores: PermanenceScores) -> _Grid:
    caption = "centre error in body heights, median / 90 %, by frames hidden (at 25 a second)"
    title = f"Permanence: {tracker.tracker}, {len(scores.gap)} hidden boxes"
    rows = []
    for who, row in permanence_rows(scores).items():
        errors = [f"{_cell(row[f'med {b}'])} / {_cell(row[f'p90 {b}'])}" for b in BIN_LABELS]
        ends = [_cell(row.get(c, math.nan), 1) for c in ("In 50%", "In 90%", "Ghosts")]
        rows.append([who, _cell(row["Recall"], 1), _cell(row["Missing"], 1), *errors, *ends])
    heads = ("", "Recall %", "Missing %", *BIN_LABELS, "In 50%", "In 90%", "Ghosts %")
    return _Grid(title, caption, heads, rows)


def _state_grid(tracker: TrackerScores, scores: PermanenceScores) -> _Grid:
    counts = zip(VISIBILITIES, scores.states.tolist(), strict=True)
    rows = [[state, *(f"{n:,}" for n in line)] for state, line in counts]
    heads = ("truth \\ result", *VISIBILITIES)
    caption = "person-frames after the first sighting"
    return _Grid(f"States: {tracker.tracker}", caption, heads, rows)


def _lines(evaluation: Evaluation) -> list[tuple[Scores, str, bool]]:
    """(scores, label, strong): every sequence, then all pooled, tracker by tracker."""
    several = len(evaluation.trackers) > 1
    lines = []
    for tracker in evaluation.trackers:
        head = f"{tracker.tracker} " if several else ""
        if len(tracker.sequences) > 1:
            lines += [(s, f"{head}{s.sequence}", False) for s in tracker.sequences]
    for tracker in evaluation.trackers:
        if len(tracker.sequences) > 1:
            label = f"{tracker.tracker}, {len(tracker.sequences)} pooled"
        else:
            label = tracker.tracker
        lines.append((tracker.combined, label, True))
    return lines


def _table(grid: _Grid, width: int) -> Table:
    from rich.table import Table

    shown = _columns_that_fit(grid, width)
    left_out = len(grid.heads) - len(shown)
    caption = f"{grid.caption}; {left_out} columns more in the files (-o)" if left_out else ""
    table = Table(
        title=grid.title,
        caption=_escape(caption or grid.caption),
        title_justify="left",
        caption_justify="left",
    )
    for i in shown:
        table.add_column(grid.heads[i], justify="right" if i else "left", no_wrap=True)
    for i, row in enumerate(grid.rows):
        cells = [_escape(row[c]) for c in shown]
        table.add_row(*cells, style="bold" if i in grid.strong else "")
    return table


def _columns_that_fit(grid: _Grid, width: int) -> list[int]:
    """Columns to show: without those of EXPENDABLE, then those at the right, until all fit."""
    shown = list(range(len(grid.heads)))
    wide = [max(len(line[i]) for line in (grid.heads, *grid.rows)) + 3 for i in shown]
    spare = [grid.heads.index(head) for head in EXPENDABLE if head in grid.heads]
    spare += [i for i in reversed(shown[2:]) if i not in spare]
    for column in spare:
        if sum(wide[i] for i in shown) + 1 > width:
            shown.remove(column)
    return shown


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(printable(text))


def _cell(value: float | int | str, digits: int = 2) -> str:
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "-"
    return "never" if math.isinf(value) else f"{value:.{digits}f}"


def _plain(value: float | int | str) -> str:
    if isinstance(value, float):
        return f"{value:.6f}" if math.isfinite(value) else ("" if math.isnan(value) else "inf")
    return guarded(value) if isinstance(value, str) else str(value)


def _write(path: Path, text: str) -> None:
    """Complete or not at all."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
