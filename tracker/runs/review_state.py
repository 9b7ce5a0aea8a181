"""A review while it goes on: the run on the table, its journal, and the threads about it.

All that changes is behind one lock. Files are read and solved without it, so that an answer waits
for neither.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from tracker.errors import TeamsheetError
from tracker.explain.run import TRACKS
from tracker.output.run_folder import put_right_run
from tracker.runs.review_base import table_of
from tracker.runs.review_facts import RunVideo
from tracker.runs.review_journal import Journal, ReviewError
from tracker.runs.review_lock import OutLock
from tracker.runs.review_order import Spoken
from tracker.runs.review_publish import after_writing, parts_of, write_solved, write_stated
from tracker.runs.review_solver import Solution, Solver
from tracker.runs.review_table import OpenRun, Table

_NOTES = 50
_TRIES = 3


class Review:
    """lock: held by whoever reads or changes table, counter, journal or notes.

    counter: another number as soon as names or questions are others. solves: a joint solution is
    made after answers. video: where its user says that it is now.
    """

    def __init__(self, out: Path, journal: Journal, video: str | None, solves: bool) -> None:
        self.lock = threading.RLock()
        self.journal, self.counter = journal, 0
        self.notes = deque(journal.answers.notes, _NOTES)
        self.out_lock = OutLock(out)
        self._out, self._given, self._solves = out, video, solves
        self._writing = threading.Lock()
        self._solver: Solver | None = None
        self._install(Table.of(OpenRun.read(out, journal.answers)))
        self.changed(journal.unwritten > 0)

    @property
    def video(self) -> RunVideo:
        """Where the pictures are."""
        return RunVideo.of(self.table.run.record, self._given)

    @property
    def resolving(self) -> bool:
        """A joint solution is made, or waits to be."""
        return self._solver is not None and self._solver.busy

    def note(self, line: str) -> None:
        """Once: an answer of many parts would push out what else is to be known."""
        if line not in self.notes:
            self.notes.append(line)

    def end(self) -> None:
        """Begin nothing more."""
        with self.lock:
            if self._solver is not None:
                self._solver.end()

    def changed(self, names: bool) -> None:
        """To call after every answer. names: a joint solution would give others."""
        self.counter += 1
        self.table.lanes.update(self.table.engine.ledger)
        if names and self._solves and self._solver is not None:
            self._solver.wish(self.table.spoken)

    def write(self) -> list[str]:
        """Write the files of the run, whole; the lines that say what came of it.

        What is answered meanwhile stays unwritten. Raises BusyError where somebody else writes,
        ReviewError where the run is there no more or cannot be read, and the rooms' named errors.
        """
        with self._writing:
            lines = self._tried()
            self._reload()
        with self.lock:
            self.notes += lines
        return lines

    def _tried(self) -> list[str]:
        """As often as others may write in between; a run that was torn or taken away stays so."""
        why = ""
        for _ in range(_TRIES):
            if not (why := self._take_news()):
                if (lines := self._written()) is not None:
                    return lines
            elif self._out.is_dir():  # somebody may be at it, or was killed at it
                with self.out_lock.alone():
                    put_right_run(self._out)
        why = why or f"{self._out} is written again and again by somebody else"
        raise ReviewError(f"nothing is written: {why}; put the run back, and write again")

    def notice(self) -> None:
        """Where `track` or `correct` has written the run again, take that. It costs nothing."""
        if self._writing.acquire(blocking=False):  # else who writes is this process
            try:
                self._take_news()
            finally:
                self._writing.release()

    def _take_news(self) -> str:
        """Why the run on the table is not what OUT holds; empty where it is."""
        file = table_of(self._out)
        if not file:
            return "" if self.table.run.partial else f"{self._out / TRACKS} is gone"
        if file == self._file:
            return ""
        try:
            self._reload()
        except (TeamsheetError, OSError) as error:  # half of it is there, or none that can be read
            note = f"the run is being written again: {error}"
            with self.lock:
                if note not in self.notes:  # it is looked at every second
                    self.notes.append(note)
            return str(error)
        with self.lock:
            self.notes.append("the run was written again meanwhile; your answers are kept on it")
            self.changed(True)
        return ""

    def _reload(self) -> None:
        """What OUT holds now, under all answers; those given meanwhile are not held up."""
        for last in (False, False, True):
            with self.lock if last else nullcontext():
                with self.lock:
                    counter, answers = self.counter, self.journal.answers.copy()
                table = Table.of(OpenRun.read(self._out, answers))
                with self.lock:
                    if counter == self.counter:
                        self._install(table)
                        self.changed(False)
                        return

    def _install(self, table: Table) -> None:
        """Another run, or another state of its files, on the table."""
        for number in table.run.gone:
            self.journal.undo(number)
            self.journal.written(sorted(self.journal.answers.written - {number}))
            self.notes.append(f"answer {number} was taken back by `correct --undo`")
        self.table, self._file = table, table.run.base.run
        if fault := table.run.base.fault:
            self.note(fault)
        if table.run.partial:
            count = table.run.record.frames[1]
            self.notes.append(
                f"{count} frames are observed so far and nobody is named; whom you name is found "
                "again when `track` is done"
            )
        if self._solver is not None:
            self._solver.end()
        self._solver = None
        if (record := table.run.record).named:
            say, alone = self.notes.append, self.out_lock.alone
            self._solver = Solver(record, table.base, self._take_solution, say, alone)
        threading.Thread(target=table.warm, daemon=True).start()

    def _take_solution(self, solver: Solver, spoken: Sequence[Spoken], solution: Solution) -> None:
        """It comes under all answers, from the solver's thread."""
        fresh = self._beneath(solution, spoken)
        with self.lock:
            if solver is not self._solver or not self.table.same_as(spoken):
                return  # something was taken back meanwhile, and another solution is on its way
            for each in self.table.spoken[len(spoken) :]:
                fresh.add(each)
            self.table = fresh
            self.counter += 1

    def _beneath(self, solution: Solution, spoken: Sequence[Spoken]) -> Table:
        """Answers with a solution beneath them."""
        run, answers = self.table.run, self.journal.answers
        if answers.written & answers.gone:  # the run's own files name by words that are taken back
            return Table.on(run, solution.base, spoken)
        return Table.under(run, solution.base, solution.opened, spoken)

    def _written(self) -> list[str] | None:
        """None where the run was written by somebody else meanwhile."""
        with self.lock:
            table, solver, file = self.table, self._solver, self._file
            ledger, spoken = table.ledger_now(), list(table.spoken)
            more = parts_of(self.journal)
        if table.run.partial:
            raise ReviewError(
                f"{self._out} is still being observed and has no files to write names into; your "
                "answers are kept, and stand when it has"
            )
        solution = solver.solved(spoken) if solver is not None else None
        with self.out_lock.alone():
            put_right_run(self._out)
            if table_of(self._out) != file:
                return None
            if solution is not None:
                write_solved(solution, self._beneath(solution, spoken), more)
            else:
                write_stated(table.run, table.base, ledger, spoken, more)
            with self.lock:
                answers = (each.answer for each in spoken)
                self.journal.written([answer.answer for answer in answers if answer is not None])
            return after_writing(table.run, table.base, spoken, self.video)
