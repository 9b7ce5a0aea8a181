"""The questions of a review as they are put: found once for every state, known by their id."""

from __future__ import annotations

from collections.abc import Collection

from tracker.review.engine import Engine
from tracker.review.question import Question
from tracker.runs.review_journal import ReviewError

_TOGETHER = 12  # are found at once; the first is asked
_KNOWN = 2_000  # whose answer is still taken: of another tab, or after an undo


class QuestionBook:
    """One owner, one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[str, Question] = {}
        self._found: list[Question] = []
        self._state = -1, 0

    def now(self, engine: Engine, state: int, skip: Collection[str] = ()) -> list[Question]:
        """The best questions, the best first. state: another number as soon as they are others.
        skip: ids of those that are left for later."""
        wanted = state, _TOGETHER + len(skip)
        if wanted != self._state:
            self._found, self._state = engine.ask(wanted[1]), wanted
            for question in self._found:
                self._known.pop(question.id, None)
                self._known[question.id] = question
            while len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]
        return [question for question in self._found if question.id not in skip]

    def put(self, question: Question) -> None:
        """Of another kind, which is asked now."""
        self._known[question.id] = question

    def question(self, key: str) -> Question:
        """Raises ReviewError where it was not put."""
        if key not in self._known:
            raise ReviewError(f"question {key[:40]!r} is not asked any more; take the one on top")
        return self._known[key]
