"""A review written into the files of its run, whole, as `correct` writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker.corrections.reapply import Applied
from tracker.corrections.record import MAX_KEPT
from tracker.errors import TeamsheetError
from tracker.explain.run import read_record
from tracker.output.run_record import AUDIT, REVIEW
from tracker.output.stale import stale_in
from tracker.review.ledger import Ledger
from tracker.runs.review_audit import precision
from tracker.runs.review_base import Base
from tracker.runs.review_facts import RunVideo
from tracker.runs.review_gallery import fill_gallery, summary
from tracker.runs.review_journal import Journal, ReviewError, spent_s
from tracker.runs.review_order import Spoken
from tracker.runs.review_solver import Solution
from tracker.runs.review_table import OpenRun, Table
from tracker.runs.review_writing import named, write_names

PLAYERS = "players"
"""In OUT: the gallery of a run that was tracked without one."""


def write_solved(solution: Solution, under: Table, more: Mapping[str, Any]) -> None:
    """The files of a run whose names are solved. under: the names that a page shows by the
    solution. more: see `parts_of`.

    The lock on OUT is the caller's, who has put it right.
    """
    out = solution.resolver.request.out
    applied = solution.followed.corrections or Applied(())
    table = named(solution.table, under.base.rows, under.engine.ledger)
    solution.resolver.publish(table, solution.followed, applied, read_record(out), more)


def write_stated(
    run: OpenRun, base: Base, ledger: Ledger, spoken: Sequence[Spoken], more: Mapping[str, Any]
) -> None:
    """The same of a run whose names are bookkeeping. base, ledger: of the names now."""
    every = [stored for each in spoken for stored in each.kept]
    kept = list(dict.fromkeys(reversed(every)))[::-1]  # what is said twice stands once, as the last
    if len(kept) > MAX_KEPT:
        raise ReviewError(
            f"nothing is written: {len(kept)} sentences were said, at most {MAX_KEPT} can be kept "
            "of a run; take some back, and write again"
        )
    write_names(run.record, base.rows, ledger, kept, more)


def after_writing(run: OpenRun, base: Base, spoken: Sequence[Spoken], video: RunVideo) -> list[str]:
    """What else follows from names, and what is to be said of them: a run without a gallery gets
    one; what shows older names is listed."""
    out = run.record.path.parent
    lines = [] if run.record.named else [_filled(out, base, spoken, video)]
    if stale := stale_in(out):
        lines.append(f"{', '.join(stale)} still show the names from before; make them again")
    return lines


def _filled(out: Path, base: Base, spoken: Sequence[Spoken], video: RunVideo) -> str:
    """A gallery of whom somebody has named; a line that says what came of it."""
    folder = out / PLAYERS
    if not video.there:
        return f"no pictures are put into {folder}: {video.note}"
    stated = [
        statement
        for each in spoken
        for kept in each.kept
        for statement in base.statements(kept, each.run)
        if not statement.negated
    ]
    try:
        return f"{folder}: {summary(fill_gallery(out, video.spec, stated, folder))}"
    except TeamsheetError as error:
        return f"no pictures are put into {folder}: {error}"


def parts_of(journal: Journal) -> dict[str, Any]:
    """Of run.json: how much was asked, and how often the names looked at were right."""
    answers = journal.answers
    counts = {"answers": len(answers.standing), "seconds": round(spent_s(answers), 1)}
    judged = precision(answers.audit)
    return {REVIEW: counts, **({AUDIT: judged} if judged["done"] else {})}
