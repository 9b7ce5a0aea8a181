"""A run on the table of a review: its rows, the names now, and all that was said of it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tracker.corrections.answers_file import Answer, Answers
from tracker.corrections.reapply import KeptCorrections
from tracker.explain.run import read_record
from tracker.numbers.stored import StoredNumbers
from tracker.output.row_arrays import RowArrays
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import RunRecord
from tracker.review.case import ReviewCase
from tracker.review.engine import Engine
from tracker.review.filled import filled
from tracker.review.ledger import Ledger
from tracker.review.question import Entry, Question
from tracker.review.shirt_reasons import Shirts
from tracker.runs.review_base import Base, read_base
from tracker.runs.review_honesty import Honesty
from tracker.runs.review_lanes import Lanes
from tracker.runs.review_order import Spoken, in_order
from tracker.runs.review_part import PART, begun, read_part

_QUESTION = TypeAdapter(Question)


@dataclass(frozen=True)
class OpenRun:
    """record: run.json as it was read. base: the rows of tracks.csv, `told` names of a run without
    a gallery taken off, for what is said gives them again. gone: numbers of answers that `correct
    --undo` has taken back."""

    record: RunRecord
    base: Base
    spoken: tuple[Spoken, ...]
    gone: tuple[int, ...]

    @classmethod
    def read(cls, out: Path, answers: Answers) -> OpenRun:
        """Raises ReviewError, and the rooms' named errors, where OUT is no run, or not yet."""
        if (store := begun(out)) is not None:
            record, base = read_part(out, store)
            return cls(record, base, tuple(in_order(answers, (), base.run)[0]), ())
        record = read_record(out)
        kept = KeptCorrections.of(record, "").corrections
        base = read_base(record)
        if not record.named:
            base = base.without({stored.is_ for stored in kept})
        spoken, gone = in_order(answers, kept, base.run)
        return cls(record, base, tuple(spoken), tuple(gone))

    @property
    def partial(self) -> bool:
        """It is being observed still, and has no files."""
        return bool(self.record.tree.get(PART))

    @property
    def video(self) -> str:
        """Its fingerprint."""
        return str(self.record.part("source").get("fingerprint", ""))

    def players(self) -> list[str]:
        """Whom a track may be: of the gallery, or whoever was named so far."""
        spoken = (stored.is_ for each in self.spoken for stored in each.kept)
        listed = [*self.record.players, *self.base.rows.names]
        return list(dict.fromkeys([*listed, *([] if self.record.named else filter(None, spoken))]))

    def shirts(self, rows: RowArrays) -> Shirts:
        """What was read on them, put to rows of the run."""
        found = self._numbers
        return Shirts(None if found is None else found.on(rows), self.record.worn)

    @cached_property
    def _numbers(self) -> StoredNumbers | None:
        """Read once: every joint solution puts them to rows of its own."""
        record = self.record
        return (
            StoredNumbers.read(record.path.parent / OBSERVATIONS) if record.reads_numbers else None
        )


@dataclass(slots=True)
class Table:
    """What is on the table: rows, the names that answers have given them, and what was said.

    said: in order, each an entry of the engine. One owner; nothing here knows of files.
    """

    run: OpenRun
    base: Base
    spoken: list[Spoken]
    engine: Engine
    lanes: Lanes
    honesty: Honesty

    @classmethod
    def of(cls, run: OpenRun) -> Table:
        return cls.on(run, run.base, run.spoken)

    @classmethod
    def on(cls, run: OpenRun, base: Base, spoken: Sequence[Spoken]) -> Table:
        """The same run on other rows. said: all that holds."""
        case = ReviewCase.of(base.rows, base.evidence, run.players(), run.shirts(base.rows))
        engine = Engine(case, [entry_on(base, each) for each in spoken])
        lanes, honesty = Lanes(base.rows, engine.ledger), Honesty(base.rows)
        return cls(run, base, list(spoken), engine, lanes, honesty)

    def warm(self) -> None:
        """What the first answer would wait for."""
        len(self.base.index.stretches)

    def same_as(self, spoken: Sequence[Spoken]) -> bool:
        """Whether these were said first, and no other."""
        mine = self.spoken[: len(spoken)]
        return len(mine) == len(spoken) and all(a is b for a, b in zip(spoken, mine, strict=True))

    def ledger_now(self) -> Ledger:
        """The names, which later answers do not alter."""
        ledger = copy(self.engine.ledger)
        ledger.names = list(ledger.names)
        for name in ("players", "sure", "pinned"):
            setattr(ledger, name, getattr(ledger, name).copy())
        return ledger

    @classmethod
    def under(cls, run: OpenRun, solved: Base, opened: Base, spoken: Sequence[Spoken]) -> Table:
        """What was said on the rows that it was said of, and under it the names of a joint
        solution, where nobody has one. opened: rows of the same tracks, without what was said."""
        ledger = Ledger(ReviewCase.of(opened.rows, None, run.players()))
        for number, each in enumerate(spoken):
            ledger.state(entry_on(opened, each).statements, number)
        rows = filled(ledger, opened.rows, solved.rows)
        return cls.on(run, replace(solved, rows=rows), spoken)

    def add(self, spoken: Spoken) -> None:
        """At the end."""
        self.engine.add(entry_on(self.base, spoken))
        self.spoken.append(spoken)
        self.lanes.update(self.engine.ledger)

    def give(self, answer: Answer) -> None:
        """Again, after it was taken back."""
        self.add(Spoken(answer, answer.kept, answer.run))

    def drop(self, answer: Answer) -> None:
        """As if it had never been given."""
        mine = [n for n, each in enumerate(self.spoken) if each.answer is answer]
        place = mine[-1] if mine else len(self.spoken)
        if place == len(self.spoken) - 1:
            self.engine.pop()
            self.spoken.pop()
        elif mine:
            del self.spoken[place]
            entries = [entry_on(self.base, each) for each in self.spoken]
            self.engine.replay(self.engine.case, entries)
        self.lanes.update(self.engine.ledger)


def entry_on(base: Base, spoken: Spoken) -> Entry:
    """What was said, of the tracks of these rows; nothing where nobody is found."""
    stated = [s for stored in spoken.kept for s in base.statements(stored, spoken.run)]
    answer = spoken.answer
    if answer is None:
        return Entry("said", tuple(stated))
    question = _question(answer)
    if question is not None and question.kind == "kit":
        return Entry("said", tuple(stated))  # nothing is learned of names by it
    verdict = answer.verdict if question is not None else "said"
    ticked = tuple(n for n in answer.ticked if question and n < len(question.items))
    wrong = {place: list(pictures) for place, pictures in answer.wrong.items()}
    return Entry(verdict, tuple(stated), question, ticked, wrong)  # type: ignore[arg-type]


def _question(answer: Answer) -> Question | None:
    if answer.question is None:
        return None
    tree = {key: value for key, value in answer.question.items() if key != "id"}
    try:
        return _QUESTION.validate_python(tree)
    except ValidationError:
        return None  # of another version: what was said stands, what it taught does not
