"""answers.jsonl, what people have answered in a review: one line each, in order of time.

A line is one of

- an answer: `answer` (its number), `time`, `run` (which table its tracks are of), `verdict`,
  `said` (its sentences), `kept` (the same as run.json keeps it, with the places by which it is
  found again), `question` and `ticked`;
- `undo` or `redo`, the number of an answer, and `time`;
- `written`, the numbers of answers that are in the files of the run since, and `time`;
- `audit`, what somebody says of a box that was drawn at random: `player`, and `yes` or no.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gallery.io.files import check_regular
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import CorrectionError

MAX_BYTES = 200_000_000
MAX_LINE = 4_000_000
"""Of the file and of a line, bytes; what is larger is not read."""
MAX_SAID = 2_000
"""Sentences in an answer; a card of a match has some hundred stretches."""
MAX_NUMBER = 1_000_000
_Number = Annotated[int, Field(ge=1, le=MAX_NUMBER)]


class Answer(BaseModel):
    """kept: what became of its sentences. question: the tree of `Question`, None where none was
    asked."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    answer: _Number
    time: AwareDatetime
    run: str = Field("", max_length=200)
    verdict: str = Field(max_length=40)
    sentences: tuple[str, ...] = Field((), alias="said", max_length=MAX_SAID)
    kept: tuple[StoredCorrection, ...] = Field((), max_length=MAX_SAID)
    question: dict[str, Any] | None = None
    ticked: tuple[int, ...] = Field((), max_length=1_000)
    wrong: dict[int, tuple[int, ...]] = Field(default_factory=dict, max_length=1_000)


class Judged(BaseModel):
    """Whether a named box bears the right name, as somebody said who looked at it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    frame: int = Field(ge=1)
    track: int = Field(ge=0)
    player: str = Field(max_length=1_000)
    yes: bool
    seed: int = 0
    number: int = Field(ge=0)
    time: AwareDatetime


@dataclass(slots=True)
class Answers:
    """All that a file says. gone: numbers taken back; again: those that a redo brings back, the
    latest last. written: numbers that are in the files of the run. audit: by number, of the latest
    draw. notes: what could not be read."""

    every: dict[int, Answer] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    again: list[int] = field(default_factory=list)
    written: set[int] = field(default_factory=set)
    audit: dict[int, Judged] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def standing(self) -> list[Answer]:
        """Those not taken back, in order."""
        return [answer for number, answer in self.every.items() if number not in self.gone]

    def copy(self) -> Answers:
        """As they are now."""
        every, written = dict(self.every), set(self.written)
        return Answers(every, set(self.gone), list(self.again), written, dict(self.audit))

    def take(self, line: Any) -> None:
        """Raises ValueError, KeyError or TypeError where it says nothing that is known."""
        if "answer" in line:
            answer = Answer.model_validate(line)
            self.every[answer.answer] = answer
            self.again = []
        elif "undo" in line:
            number = self.every[line["undo"]].answer
            self.gone.add(number)
            self.again.append(number)
        elif "redo" in line:
            self.gone.remove(line["redo"])
            self.again = [number for number in self.again if number != line["redo"]]
        elif "written" in line:
            self.written = {self.every[number].answer for number in line["written"]}
        else:
            self._judge(Judged.model_validate(line["audit"]))

    def _judge(self, judged: Judged) -> None:
        if any(old.seed != judged.seed for old in self.audit.values()):
            self.audit = {}  # of another draw
        self.audit[judged.number] = judged


def read_answers(file: Path) -> Answers:
    """All that a file says; nothing of one that is not there. A last line that was cut off is left
    out: nobody was told that it is kept. Raises CorrectionError."""
    found = Answers()
    if not file.exists():
        return found
    try:
        check_regular(file)
        if file.stat().st_size > MAX_BYTES:
            raise CorrectionError(f"{file}: larger than {MAX_BYTES} bytes; is it the right file?")
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise CorrectionError(f"{file}: cannot be read ({error}); check it") from error
    *lines, torn = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            _take(found, line, f"{file}, line {number}")
    if torn.strip():
        found.notes.append(f"{file}: its last line was cut off and is left out")
    return found


def answers_of(file: Path) -> list[StoredCorrection]:
    """What the answers say that stand in a file, to be found again by place.

    Raises CorrectionError where there is none.
    """
    found = [stored for answer in read_answers(file).standing for stored in answer.kept]
    if not found:
        raise CorrectionError(f"{file}: no answer in it that says who somebody is")
    return [stored.nowhere() for stored in found]


def _take(found: Answers, line: bytes, where: str) -> None:
    try:
        if len(line) > MAX_LINE:
            raise ValueError("too long")
        found.take(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError):
        found.notes.append(f"{where}: no answer that can be read; left out")
