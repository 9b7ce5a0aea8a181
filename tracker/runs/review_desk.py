"""A review of one run: what is asked, what was answered, who everybody is now.

It is all that a page or a program asks for, as JSON; one lock, so that several tabs see one run.
An answer is on the disk before anybody is told, names change at once, and a joint solution is made
in the background and comes underneath. Files of the run change by `write` alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gallery.atomic.lock import hold
from tracker.corrections.answers_file import Answer
from tracker.errors import TeamsheetError
from tracker.explain.run import read_record
from tracker.runs.review_answers import Names, body_of, entry_of
from tracker.runs.review_audit import Audit
from tracker.runs.review_base import table_of
from tracker.runs.review_cards import Cards
from tracker.runs.review_facts import RunGallery, RunVideo, facts_tree, players_tree
from tracker.runs.review_journal import FOLDER, Journal, ReviewError
from tracker.runs.review_lanes import boxes_of
from tracker.runs.review_lock import OutLock
from tracker.runs.review_order import Spoken
from tracker.runs.review_publish import write_solved, write_stated
from tracker.runs.review_questions import QuestionBook
from tracker.runs.review_solver import Solution, Solver
from tracker.runs.review_table import OpenRun, Table, check_tracked

_AHEAD = 3


class Desk:
    """See `open`. Its methods raise ReviewError, CorrectionError, and the rooms' named errors."""

    def __init__(
        self, out: Path, journal: Journal, video: str | None, held: ExitStack, solve: bool
    ) -> None:
        self._out, self._journal, self._given = out, journal, video
        self._held, self._solves = held, solve
        self._lock, self._out_lock = threading.RLock(), OutLock(out)
        self._writing = threading.Lock()
        self._book, self._audit = QuestionBook(), Audit(journal)
        self._cards = Cards(out, video)
        self._notes: list[str] = list(journal.answers.notes)
        self._counter = 0
        self._solver: Solver | None = None
        self._install(Table.of(OpenRun.read(out, journal.answers)))
        self._changed(journal.unwritten > 0)

    @classmethod
    def open(
        cls, out: Path, video: str | None, say: Callable[[str], None], solve: bool = True
    ) -> Desk:
        """Open a run for review, alone: another process gets one line that says who has it.

        video: where it is now; None: where run.json says. say: told what its user should know.
        solve: a joint solution is made after answers. Close it when done.
        """
        check_tracked(out)
        read_record(out)  # before a folder is made in what is no run
        held = ExitStack()
        held.enter_context(hold(out / FOLDER, "review", long=True, wait_s=0))
        try:
            desk = cls(out, Journal(out), video, held, solve)
        except BaseException:
            held.close()
            raise
        for note in desk._notes:
            say(note)
        return desk

    def close(self) -> None:
        """Let go of the run. Every answer is kept already."""
        with self._lock:
            if self._solver is not None:
                self._solver.end()
            self._held.close()

    # ------------------------------------------------------------------- questions and answers

    def question(self, skip: Collection[str] = ()) -> dict[str, Any]:
        """The best question, the ids and items of the next few, and what is left to ask.

        skip: ids of those that are left for later.
        """
        with self._lock:
            engine = self._table.engine
            best = self._book.now(engine, self._counter, skip)
            ahead = [question.tree() for question in best[1 : 1 + _AHEAD]]
            return {
                "question": best[0].tree() if best else None,
                "end": None if best or skip else engine.end(),
                "doubt_s": round(engine.uncertain_s(), 2),
                "next": [{key: tree[key] for key in ("id", "items")} for tree in ahead],
            }

    def questions(self, count: int) -> list[dict[str, Any]]:
        """The best ones, as `--questions` prints them."""
        with self._lock:
            return [question.tree() for question in self._table.engine.ask(count)]

    def answer(self, tree: object) -> dict[str, Any]:
        """tree: as `POST /api/answer` has it, see `review_answers.Body`."""
        body = body_of(tree)
        with self._lock:
            table = self._table
            entry = entry_of(body, self._book.question, self._names())
            kept = [table.base.keep(stated, table.run.video) for stated in entry.statements]
            change = table.engine.add(entry)
            try:
                answer = self._journal.answer(entry, kept, table.base.run)
            except ReviewError:
                table.engine.pop()
                raise
            table.spoken.append(Spoken(answer, tuple(kept), table.base.run))
            older = [table.spoken[n] for n in sorted(change.overruled)]
            against = [stored.text for each in older for stored in each.kept]
            return self._answered(change.boxes, sorted(change.tracks), answer, against)

    def undo(self) -> dict[str, Any]:
        """Take the newest answer back."""
        with self._lock:
            standing = self._journal.standing
            if not standing:
                raise ReviewError("there is no answer to take back")
            self._journal.undo(standing[-1].answer)
            return self._altered(standing[-1], self._table.drop)

    def redo(self) -> dict[str, Any]:
        """Give again what was taken back last, as long as nothing was answered since."""
        with self._lock:
            again = self._journal.answers.again
            if not again:
                raise ReviewError("there is nothing to give again")
            answer = self._journal.answers.every[again[-1]]
            self._journal.redo(answer.answer)
            return self._altered(answer, self._table.give)

    def _altered(self, answer: Answer, how: Callable[[Answer], None]) -> dict[str, Any]:
        table, was = self._table, self._table.engine.ledger.players.copy()
        how(answer)
        other = was != table.engine.ledger.players
        boxes = int(np.count_nonzero(other & table.base.rows.visible))
        tracks = np.unique(table.base.rows.tracks[other]).tolist()
        return self._answered(boxes, tracks, answer, [])

    def _answered(
        self, boxes: int, tracks: list[int], answer: Answer, contradicts: list[str]
    ) -> dict[str, Any]:
        self._changed(bool(answer.kept))
        words = {"sentences": list(answer.sentences), "contradicts": contradicts}
        return {"change": {"boxes": boxes, "tracks": tracks, **words}, **self.question()}

    def _names(self) -> Names:
        table, negatives = self._table, lambda: self._gallery.negatives
        fixed = table.run.record.named
        return Names(table.base.rows, table.base.index, table.engine.ledger, negatives, fixed)

    # ------------------------------------------------------------------------------ what is seen

    def facts(self) -> dict[str, Any]:
        """Of the run, its players and its video."""
        with self._lock:
            run, ledger = self._table.run, self._table.engine.ledger
            last = int(self._table.base.rows.numbers[-1])
            return {
                **facts_tree(run.record, self.video, last),
                "players": players_tree(ledger.names, self._gallery),
                "negatives": self._gallery.negatives,
                "running": self._out_lock.taken,
            }

    @cached_property
    def _gallery(self) -> RunGallery:
        return RunGallery.of(self._table.run.record)

    @property
    def video(self) -> RunVideo:
        """Where the pictures are."""
        return RunVideo.of(self._table.run.record, self._given)

    def pictures(self, name: str) -> Sequence[Path]:
        """The gallery's pictures of a player or a negative."""
        return self._gallery.pictures(name)

    def box(self, track: int, frame: int) -> tuple[float, float, float, float] | None:
        """x1 y1 x2 y2 of a track in a frame; None where it has none."""
        with self._lock:
            base = self._table.base
            row = int(base.index.rows_at(np.array([track]), np.array([frame]))[0])
            box = base.rows.boxes[row].tolist() if row >= 0 else [np.nan]
            return None if np.isnan(box).any() else tuple(box)

    def boxes(self, first: int, last: int) -> dict[str, Any]:
        """See `boxes_of`."""
        with self._lock:
            return boxes_of(self._table.base.rows, self._table.engine.ledger, first, last)

    def lanes(self, first: int, last: int, bins: int) -> dict[str, Any]:
        """The lane of each player, and the moments of the next questions."""
        with self._lock:
            spans = self._table.lanes.spans(first, last, bins)
            names = self._table.engine.ledger.names
            moments = [
                [item.focus, round(question.worth_s, 2), question.id, item.player]
                for question in self._book.now(self._table.engine, self._counter)
                for item in question.items
                if first <= item.focus <= last
            ]
            both = zip(names, spans, strict=True)
            players = [{"name": name, "spans": lane} for name, lane in both]
            return {"players": players, "doubts": moments}

    def honesty(self) -> dict[str, Any]:
        """Who is found and who is not."""
        with self._lock:
            named = self._table.run.record.named
            return self._table.honesty.tree(self._table.engine.ledger, named)

    def cards(self) -> dict[str, Any]:
        """Who surely is one person, to be named by one answer."""
        with self._lock:
            base, spoken = self._table.base, list(self._table.spoken)
        return self._cards.tree(base, spoken)

    def audit(self, n: int = 20, seed: int | None = None) -> dict[str, Any]:
        """Named boxes to judge, see `Audit.items`."""
        with self._lock:
            return self._audit.items(self._table.base.rows, self._table.engine.ledger, n, seed)

    def audit_answer(self, i: int, yes: bool) -> dict[str, Any]:
        """Item `i` of them bears the right name, or not."""
        with self._lock:
            return self._audit.judge(i, yes)

    # ------------------------------------------------------------------------- files and threads

    def write(self) -> dict[str, Any]:
        """Write the files of the run, whole; returns what is to be said of it.

        What is answered meanwhile stays unwritten. Raises BusyError where somebody else writes.
        """
        with self._writing:
            lines = None
            while lines is None:
                self._refresh()
                lines = self._written()
            with self._lock:
                self._notes += lines
        return {**self.status(), "lines": lines}

    def _written(self) -> list[str] | None:
        """None where the run was written by somebody else meanwhile."""
        with self._lock:
            table, solver, file = self._table, self._solver, self._file
            ledger, spoken = table.ledger_now(), list(table.spoken)
        solution = solver.solved(spoken) if solver is not None else None
        with self._out_lock.alone():
            if table_of(self._out) != file:
                return None
            if solution is not None:
                lines = write_solved(solution, spoken, self._journal)
            else:
                lines = write_stated(
                    table.run, table.base, ledger, spoken, self._journal, self.video
                )
            with self._lock:
                self._install(Table.of(OpenRun.read(self._out, self._journal.answers)))
                self._changed(False)
        return lines

    def status(self) -> dict[str, Any]:
        """Cheap enough to be asked for every second. entries: another number as soon as names or
        questions are others, for a tab that did not answer itself."""
        self._refresh()
        with self._lock:
            return {
                "entries": self._counter,
                "resolving": self._solver is not None and self._solver.busy,
                "saved": len(self._journal.standing),
                "unwritten": self._journal.unwritten,
                "running": self._out_lock.taken,
                "lines": list(dict.fromkeys(self._notes)),
            }

    def _install(self, table: Table) -> None:
        """Another run, or another state of its files, on the table."""
        for number in table.run.gone:
            self._journal.undo(number)
            self._journal.written(sorted(self._journal.answers.written - {number}))
            self._notes.append(f"answer {number} was taken back by `correct --undo`")
        self._table = table
        self._file = table_of(self._out)
        self.__dict__.pop("_gallery", None)
        if self._solver is not None:
            self._solver.end()
        self._solver = None
        if (record := table.run.record).named:
            self._solver = Solver(
                record, table.base, self._solved, self._notes.append, self._out_lock.alone
            )

    def _changed(self, names: bool) -> None:
        """After every answer. names: a joint solution would give others."""
        self._counter += 1
        self._table.lanes.update(self._table.engine.ledger)
        if names and self._solves and self._solver is not None:
            self._solver.wish(self._table.spoken)

    def _solved(self, solver: Solver, spoken: Sequence[Spoken], solution: Solution) -> None:
        """A joint solution is there, from the solver's thread: it comes under all answers."""
        run, answers = self._table.run, self._journal.answers
        back = bool(answers.written & answers.gone)  # files name by words that are taken back
        under = Table.on if back else Table.under
        fresh = under(run, solution.base, spoken)
        with self._lock:
            if solver is not self._solver or not self._table.same_as(spoken):
                return  # something was taken back meanwhile, and another solution is on its way
            for each in self._table.spoken[len(spoken) :]:
                fresh.add(each)
            self._table = fresh
            self._counter += 1

    def _refresh(self) -> None:
        """Notice where `track` or `correct` has written the run again, and take that."""
        file = table_of(self._out)
        if not file or file == self._file:
            return
        with self._lock:
            if file == self._file:
                return
            try:
                self._install(Table.of(OpenRun.read(self._out, self._journal.answers)))
            except TeamsheetError as error:  # half of it is there, or none that can be read
                self._notes.append(f"the run is being written again: {error}")
                return
            self._notes.append("the run was written again meanwhile; your answers are kept on it")
            self._changed(True)
