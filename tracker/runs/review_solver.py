"""The joint solution of a run under all that is said, made again in the background.

It waits for nobody and nobody waits for it: names of a page change at once as bookkeeping, and
what a solution says comes underneath them when it is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import numpy as np

from tracker.corrections.found_again import BoxesNow, found_again
from tracker.corrections.in_force import in_force
from tracker.corrections.reapply import Applied
from tracker.corrections.record import StoredCorrection
from tracker.errors import TeamsheetError
from tracker.output.evidence import EvidenceTables
from tracker.output.row_arrays import RowArrays, rows_of
from tracker.output.run_record import RunRecord
from tracker.output.table import TrackTable
from tracker.rows import Rows
from tracker.runs.following import Followed
from tracker.runs.resolver import Resolver
from tracker.runs.review_base import Base
from tracker.runs.review_order import Spoken
from tracker.types import TrackedFrame, Visibility

_NEAR_PX = 0.02  # the files keep two decimals
_FEWEST_FOUND = 0.5


@dataclass(frozen=True, eq=False)
class Solution:
    """followed: its rows are in `table` alone. base: what a page shows. resolver: that made it.
    opened: the rows that its answers lie on: of the run, or, where that was online, of the solution
    without any answer."""

    followed: Followed
    table: TrackTable
    base: Base
    resolver: Resolver
    opened: Base


class Solver:
    """One at a time. base: of the run as it was opened. done: told of each solution, from another
    thread. say: told why there is none. alone: held while something is written beside the
    observations."""

    def __init__(
        self,
        record: RunRecord,
        base: Base,
        done: Callable[[Solver, Sequence[Spoken], Solution], None],
        say: Callable[[str], None],
        alone: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._record, self._base, self._alone = record, base, alone
        self._done, self._say = done, say
        self._resolver: Resolver | None = None
        self._begun: Base | None = None
        self._work = threading.Lock()
        self._wanted: Sequence[Spoken] | None = None
        self._news = threading.Condition()
        self._ended = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="solver", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """A solution is made, or waits to be."""
        return self._busy or self._wanted is not None

    def wish(self, spoken: Sequence[Spoken]) -> None:
        """Solve with this, soon; what was wished for before and has not begun is forgotten."""
        with self._news:
            if not self._ended:
                self._wanted = list(spoken)
                self._news.notify()

    def end(self) -> None:
        """Begin nothing more."""
        with self._news:
            self._ended, self._wanted = True, None
            self._news.notify()

    def solved(self, spoken: Sequence[Spoken]) -> Solution | None:
        """At once; None where nothing can be solved, which is said. Raises the rooms' named
        errors."""
        with self._work:
            resolver = self._resolver or self._opened()
            if resolver is None:
                return None
            kept = resolver.rows is not None
            with nullcontext() if kept else self._alone():
                solution = self._on_own_rows(_solved(resolver, self._base, spoken), spoken)
        for note in solution.followed.corrections.notes if solution.followed.corrections else ():
            self._say(note)
        return solution

    def _on_own_rows(self, solution: Solution, spoken: Sequence[Spoken]) -> Solution:
        """With the rows that answers lie on, where those are not the run's own."""
        if solution.base.run == self._base.run:
            return solution
        if self._begun is None:
            begun = _solved(solution.resolver, self._base, ()) if spoken else solution
            self._begun = begun.base
        return replace(solution, opened=self._begun)

    def _opened(self) -> Resolver | None:
        try:
            self._resolver = Resolver.open(self._record, often=True)
        except TeamsheetError as error:
            self._say(f"names are as you state them and no others follow: {error}")
        return self._resolver

    def _run(self) -> None:
        while True:
            with self._news:
                while self._wanted is None and not self._ended:
                    self._news.wait()
                if self._ended or self._wanted is None:
                    return
                self._busy = True  # first: whoever asks meanwhile must not be told that all is done
                spoken, self._wanted = self._wanted, None
            try:
                solution = self.solved(spoken)
                if solution is None:
                    self.end()
                    return
                self._done(self, spoken, solution)
            except (TeamsheetError, OSError) as error:
                self._say(f"names are as you state them and no others follow: {error}")
            except BaseException:  # a fault of ours: nothing is promised that will not come
                self.end()
                raise
            finally:
                self._busy = False


def _solved(resolver: Resolver, base: Base, spoken: Sequence[Spoken]) -> Solution:
    session, solved = resolver.session, f"solved of {base.run}"
    same: list[bool] = []

    def say_again(frames: Sequence[TrackedFrame]) -> Applied:
        rows = frames if isinstance(frames, Rows) else Rows.of(frames)
        same.append(_same_tracks(base.rows, rows))
        kept = _placed(spoken, rows, [solved, base.run] if same[0] else [solved])
        strange = [each for each in kept if each.is_ not in ("", *session.players)]
        kept = [each.nowhere() if each in strange else each for each in kept]
        notes = [f'"{each.text}": {each.is_} is not in the gallery of this run' for each in strange]
        holding = in_force(kept).corrections
        stated = [c for each in holding for c in each.user_constraints(session.players)]
        return Applied(kept, stated, notes)

    followed = resolver.named(say_again, _quiet)
    table, followed = followed.table(session), replace(followed, frames=())
    rows = rows_of(table, session.about.source.fps)
    if same and same[0]:
        return Solution(followed, table, Base(base.run, rows, base.evidence), resolver, base)
    log, tracks = followed.evidence_log, np.unique(rows.tracks).tolist()
    evidence = None
    if log is not None:
        evidence = EvidenceTables.of(log, session.players, tracks, "offline", session.sources)
    found = Base(solved, rows, evidence)
    return Solution(followed, table, found, resolver, found)


def _placed(spoken: Sequence[Spoken], rows: Rows, runs: Sequence[str]) -> list[StoredCorrection]:
    """As run.json keeps it, of the tracks of these rows. runs: tables that have the same."""
    now = BoxesNow.of_frames(rows)
    found = [
        stored if each.run in runs else found_again(stored, now)
        for each in spoken
        for stored in each.kept
    ]
    return list(dict.fromkeys(reversed(found)))[::-1]


def _same_tracks(base: RowArrays, rows: Rows) -> bool:
    """Whether a box that is in both is on the same track."""
    seen = np.flatnonzero(base.visible)
    place = np.searchsorted(rows.indices, base.frames[seen] - 1)
    place = np.minimum(place, len(rows) - 1)
    found = rows.of_tracks(base.tracks[seen].astype(np.int64), place)
    there = (found >= 0) & (rows.visibility[found] == Visibility.VISIBLE)
    there &= rows.indices[place] == base.frames[seen] - 1
    away = np.abs(base.boxes[seen[there]] - rows.boxes[found[there]]).max(axis=1, initial=0.0)
    return bool(there.mean() >= _FEWEST_FOUND and (away < _NEAR_PX).all()) if len(seen) else False


def _quiet(*_: object, **__: object) -> None:
    return None
