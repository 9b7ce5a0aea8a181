"""A review of one run: what is asked, what was answered, who everybody is now.

It is all that a page or a program asks for, as JSON; one lock, so that several tabs see one run.
An answer is on the disk before anybody is told, names change at once, and a joint solution is made
in the background and comes underneath. Files of the run change by `write` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gallery.atomic.lock import hold
from tracker.corrections.answers_file import Answer
from tracker.corrections.record import MAX_KEPT
from tracker.explain.run import read_record
from tracker.output.row_arrays import RowArrays
from tracker.output.run_record import RunRecord
from tracker.review.question import Question
from tracker.runs.review_answers import Body, Names, body_of, entry_of
from tracker.runs.review_audit import Audit
from tracker.runs.review_cards import Cards
from tracker.runs.review_facts import RunGallery, RunVideo, facts_tree, players_tree
from tracker.runs.review_journal import FOLDER, Journal, ReviewError
from tracker.runs.review_kits import KitQuestions, contradicted, entry
from tracker.runs.review_lanes import boxes_of
from tracker.runs.review_order import Spoken
from tracker.runs.review_part import begun
from tracker.runs.review_questions import QuestionBook
from tracker.runs.review_state import Review

_AHEAD = 3


class Desk:
    """See `open`. Its methods raise ReviewError, CorrectionError, and the rooms' named errors."""

    def __init__(self, out: Path, review: Review, video: str | None, held: ExitStack) -> None:
        self._review, self._held = review, held
        self._book, self._audit = QuestionBook(), Audit(review.journal)
        self._cards, self._kits = Cards(out, video), KitQuestions(out)

    @classmethod
    def open(
        cls, out: Path, video: str | None, say: Callable[[str], None], solve: bool = True
    ) -> Desk:
        """Open a run for review, alone: another process gets one line that says who has it.

        video: where it is now; None: where run.json says. say: told what its user should know.
        solve: a joint solution is made after answers. Close it when done.
        """
        if begun(out) is None:
            read_record(out)  # before a folder is made in what is no run
        held = ExitStack()
        held.enter_context(hold(out / FOLDER, "review", long=True, wait_s=0))
        try:
            review = Review(out, Journal(out), video, solve)
        except BaseException:
            held.close()
            raise
        for note in review.notes:
            say(note)
        return cls(out, review, video, held)

    def close(self) -> None:
        """Let go of the run. Every answer is kept already."""
        self._review.end()
        self._held.close()

    # ------------------------------------------------------------------- questions and answers

    def question(self, skip: Collection[str] = ()) -> dict[str, Any]:
        """The best question, the ids and items of the next few, and what is left to ask.

        skip: ids of those that are left for later.
        """
        with self._review.lock:
            engine = self._review.table.engine
            best = self._book.now(engine, self._review.counter, skip)
            kit = self._kits.question(self._review.table, self._gallery.teams)
            if kit is not None and kit.id not in skip:
                self._book.put(kit)
                best = [kit, *best]
            ahead = [question.tree() for question in best[1 : 1 + _AHEAD]]
            return {
                "question": best[0].tree() if best else None,
                "end": None if best or skip else engine.end(),
                "doubt_s": round(engine.uncertain_s(), 2),
                "next": [{key: tree[key] for key in ("id", "items")} for tree in ahead],
            }

    def questions(self, count: int) -> list[dict[str, Any]]:
        """The best ones about one track each, as `--questions` prints them and the report has
        them."""
        with self._review.lock:
            best = self._review.table.engine.ask(count, groups=False)
            return [question.tree() for question in best]

    def rows(self) -> RowArrays:
        """The rows of the run under the names of now."""
        with self._review.lock:
            ledger = self._review.table.engine.ledger
            return replace(
                self._review.table.base.rows, names=list(ledger.names),
                players=ledger.players.astype(np.int32), sure=ledger.sure.copy(),
            )  # fmt: skip

    def answer(self, tree: object) -> dict[str, Any]:
        """tree: as `POST /api/answer` has it, see `review_answers.Body`."""
        body = body_of(tree)
        with self._review.lock:
            table = self._review.table
            question = self._book.question(body.question) if body.question is not None else None
            if question is not None and question.kind == "kit":
                return self._of_kit(question, body)
            given = entry_of(body, self._book.question, self._names())
            kept = table.base.keep(given.statements, table.run.video)
            _check_room(len(kept), table.spoken)
            change = table.engine.add(given)
            try:
                answer = self._review.journal.answer(given, kept, table.base.run)
            except BaseException:
                table.engine.pop()
                raise
            table.spoken.append(Spoken(answer, tuple(kept), table.base.run))
            older = [table.spoken[n] for n in sorted(change.overruled)]
            against = [stored.text for each in older for stored in each.kept]
            return self._answered(change.boxes, sorted(change.tracks), answer, against)

    def _of_kit(self, question: Question, body: Body) -> dict[str, Any]:
        table, stated = self._review.table, self._kits.stated(question, body)
        kept, against = self._kits.kept(table, stated), contradicted(table.spoken, stated)
        _check_room(len(kept), table.spoken)
        answer = self._review.journal.answer(entry(question, body, stated), kept, table.base.run)
        table.add(Spoken(answer, tuple(kept), table.base.run))
        return self._answered(0, [], answer, against)

    def undo(self) -> dict[str, Any]:
        """Take the newest answer back."""
        with self._review.lock:
            standing = self._review.journal.standing
            if not standing:
                raise ReviewError("there is no answer to take back")
            self._review.journal.undo(standing[-1].answer)
            return self._altered(standing[-1], self._review.table.drop)

    def redo(self) -> dict[str, Any]:
        """Give again what was taken back last, as long as nothing was answered since."""
        with self._review.lock:
            again = self._review.journal.answers.again
            if not again:
                raise ReviewError("there is nothing to give again")
            answer = self._review.journal.answers.every[again[-1]]
            self._review.journal.redo(answer.answer)
            return self._altered(answer, self._review.table.give)

    def _altered(self, answer: Answer, how: Callable[[Answer], None]) -> dict[str, Any]:
        table, was = self._review.table, self._review.table.engine.ledger.players.copy()
        how(answer)
        other = was != table.engine.ledger.players
        boxes = int(np.count_nonzero(other & table.base.rows.visible))
        tracks = np.unique(table.base.rows.tracks[other]).tolist()
        return self._answered(boxes, tracks, answer, [])

    def _answered(
        self, boxes: int, tracks: list[int], answer: Answer, contradicts: list[str]
    ) -> dict[str, Any]:
        self._review.changed(bool(answer.kept))
        words = {"sentences": list(answer.sentences), "contradicts": contradicts}
        return {"change": {"boxes": boxes, "tracks": tracks, **words}, **self.question()}

    def _names(self) -> Names:
        table, negatives = self._review.table, lambda: self._gallery.negatives
        fixed = table.run.record.named
        base, say = table.base, self._review.note
        return Names(base.rows, base.index, table.engine.ledger, negatives, fixed, say)

    # ------------------------------------------------------------------------------ what is seen

    def facts(self) -> dict[str, Any]:
        """Of the run, its players and its video."""
        with self._review.lock:
            run, ledger = self._review.table.run, self._review.table.engine.ledger
            last = int(self._review.table.base.rows.numbers[-1])
            return {
                **facts_tree(run.record, self.video, last),
                "players": players_tree(ledger.names, self._gallery),
                "negatives": self._gallery.negatives,
                "running": self._review.out_lock.taken,
            }

    @property
    def _gallery(self) -> RunGallery:
        """Of the run on the table."""
        record = self._review.table.run.record
        if self._opened is None or self._opened[0] is not record:
            self._opened = record, RunGallery.of(record)
        return self._opened[1]

    _opened: tuple[RunRecord, RunGallery] | None = None

    @property
    def video(self) -> RunVideo:
        """Where the pictures are."""
        return self._review.video

    def pictures(self, name: str) -> Sequence[Path]:
        """The gallery's pictures of a player or a negative."""
        return self._gallery.pictures(name)

    def box(self, track: int, frame: int) -> tuple[float, float, float, float] | None:
        """x1 y1 x2 y2 of a track in a frame; None where it has none."""
        with self._review.lock:
            base = self._review.table.base
            row = int(base.index.rows_at(np.array([track]), np.array([frame]))[0])
            box = base.rows.boxes[row].tolist() if row >= 0 else [np.nan]
            return tuple(box) if np.isfinite(box).all() else None

    def boxes(self, first: int, last: int) -> dict[str, Any]:
        """See `boxes_of`."""
        with self._review.lock:
            return boxes_of(
                self._review.table.base.rows, self._review.table.engine.ledger, first, last
            )

    def lanes(self, first: int, last: int, bins: int) -> dict[str, Any]:
        """The lane of each player, and the moments of the next questions."""
        with self._review.lock:
            spans = self._review.table.lanes.spans(first, last, bins)
            names = self._review.table.engine.ledger.names
            moments = [
                [item.focus, round(question.worth_s, 2), question.id, item.player]
                for question in self._book.now(self._review.table.engine, self._review.counter)
                for item in question.items
                if first <= item.focus <= last
            ]
            both = zip(names, spans, strict=True)
            players = [{"name": name, "spans": lane} for name, lane in both]
            return {"players": players, "doubts": moments}

    def honesty(self) -> dict[str, Any]:
        """Who is found and who is not."""
        with self._review.lock:
            named = self._review.table.run.record.named
            return self._review.table.honesty.tree(self._review.table.engine.ledger, named)

    def cards(self) -> dict[str, Any]:
        """Who surely is one person, to be named by one answer."""
        with self._review.lock:
            base, spoken = self._review.table.base, list(self._review.table.spoken)
            if self._review.table.run.partial:
                return {"cards": [], "note": "people are put together once all is observed"}
        return self._cards.tree(base, spoken)

    def audit(self, n: int = 20, seed: int | None = None) -> dict[str, Any]:
        """Named boxes to judge, see `Audit.items`."""
        with self._review.lock:
            return self._audit.items(
                self._review.table.base.rows, self._review.table.engine.ledger, n, seed
            )

    def audit_answer(self, i: int, yes: bool) -> dict[str, Any]:
        """Item `i` of them bears the right name, or not."""
        with self._review.lock:
            return self._audit.judge(i, yes)

    # ------------------------------------------------------------------------- files and threads

    def write(self) -> dict[str, Any]:
        """Write the files of the run, whole, see `Review.write`; `lines` say what came of it."""
        lines = self._review.write()
        return {**self.status(), "lines": lines}

    def status(self) -> dict[str, Any]:
        """Cheap enough to be asked for every second. entries: another number as soon as names or
        questions are others, for a tab that did not answer itself."""
        self._review.notice()
        with self._review.lock:
            return {
                "entries": self._review.counter,
                "resolving": self._review.resolving,
                "saved": len(self._review.journal.standing),
                "unwritten": self._review.journal.unwritten,
                "running": self._review.out_lock.taken,
                "lines": list(dict.fromkeys(self._review.notes)),
            }


def _check_room(more: int, spoken: Sequence[Spoken]) -> None:
    """Raises ReviewError where so many more sentences are too many for a run."""
    total = more + sum(len(each.kept) for each in spoken)
    if total > MAX_KEPT:
        raise ReviewError(
            f"{total} sentences with this answer, at most {MAX_KEPT} can be kept of a run; "
            "take some back, or say it of longer stretches"
        )
