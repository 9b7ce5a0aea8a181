"""OUT/review/answers.jsonl while it is written: an answer is on the disk before anybody is told."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from tracker.corrections.answers_file import (
    MAX_BYTES,
    MAX_LINE,
    MAX_NUMBER,
    Answer,
    Answers,
    Judged,
    read_answers,
)
from tracker.corrections.record import StoredCorrection
from tracker.errors import TeamsheetError
from tracker.review.question import Entry

FOLDER, FILE = "review", "answers.jsonl"
_AWAY_S = 60.0


class ReviewError(TeamsheetError):
    """What was asked of a review cannot be; the message says why and what to do."""


class Journal:
    """What people have answered about a run. The lock on its folder is the caller's.

    Every method that adds a line returns when that line is on the disk; where it cannot be, it
    raises ReviewError, and all is as it was.
    """

    def __init__(self, out: Path) -> None:
        self._file = out / FOLDER / FILE
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self.answers = read_answers(self._file)
        self._mend()

    @property
    def standing(self) -> list[Answer]:
        """In order, those that are not taken back."""
        return self.answers.standing

    @property
    def unwritten(self) -> int:
        """Answers that the files of the run do not have, and taken back ones that they have."""
        standing = {answer.answer for answer in self.standing}
        return len(standing ^ self.answers.written)

    def answer(self, entry: Entry, kept: Sequence[StoredCorrection], run: str) -> Answer:
        """A new one. kept, run: as in `answers_file.Answer`."""
        number = max(self.answers.every, default=0) + 1
        if number > MAX_NUMBER:
            raise ReviewError(f"{self._file}: it has an answer {number - 1}, and no number is left")
        stored = Answer(
            answer=number,
            time=now(),
            run=run,
            verdict=entry.verdict,
            sentences=tuple(stated.text for stated in entry.statements),
            kept=tuple(kept),
            question=None if entry.question is None else entry.question.tree(),
            ticked=entry.ticked,
            wrong={place: tuple(pictures) for place, pictures in entry.wrong.items()},
        )
        self._add(stored.model_dump(mode="json", by_alias=True))
        return self.answers.every[stored.answer]

    def undo(self, number: int) -> None:
        self._add({"undo": number, "time": now().isoformat()})

    def redo(self, number: int) -> None:
        self._add({"redo": number, "time": now().isoformat()})

    def written(self, numbers: Sequence[int]) -> None:
        """These, and no others, are in the files of the run."""
        if set(numbers) != self.answers.written:
            self._add({"written": list(numbers), "time": now().isoformat()})

    def judge(self, judged: Judged) -> None:
        self._add({"audit": judged.model_dump(mode="json")})

    def _add(self, line: dict[str, Any]) -> None:
        content = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        if len(content) > MAX_LINE:
            raise ReviewError(
                f"the answer is not kept: it has {len(content)} bytes, and at most {MAX_LINE} are "
                "read again; say it in several answers"
            )
        try:
            new = not self._file.exists()
            file = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                self._write(file, content)
            finally:
                os.close(file)
            if new:
                _flush_folder(self._file.parent)
        except OSError as error:
            raise ReviewError(
                f"{self._file}: the answer cannot be kept ({error.strerror or error}); "
                "make room, and answer again"
            ) from error
        self.answers.take(line)

    def _write(self, file: int, content: bytes) -> None:
        """All of it or nothing."""
        size = os.fstat(file).st_size
        if size + len(content) > MAX_BYTES:
            raise ReviewError(
                f"{self._file}: the answer is not kept: no more than {MAX_BYTES} bytes of it are "
                "read again; write the files of the run, and move this one away"
            )
        try:
            done = 0
            while done < len(content):
                done += os.write(file, content[done:])
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise

    def _mend(self) -> None:
        """Without half a line at the end, which nobody was told of. A whole one stays."""
        content = self._file.read_bytes() if self._file.exists() else b""
        torn = len(content) - (content.rfind(b"\n") + 1)
        if torn:
            os.truncate(self._file, len(content) - torn)


def _flush_folder(folder: Path) -> None:
    """So that the name of a new file is on the disk too; not every system can."""
    with suppress(OSError):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def now() -> datetime:
    """This moment, with its zone."""
    return datetime.now().astimezone()


def spent_s(answers: Answers) -> float:
    """Seconds that people sat before the questions; who answers after longer was away."""
    times = [answer.time for answer in answers.every.values()]
    pauses = ((later - before).total_seconds() for before, later in pairwise(times))
    return sum(min(max(pause, 0.0), _AWAY_S) for pause in pauses)
