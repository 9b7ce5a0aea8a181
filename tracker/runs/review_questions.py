"""The questions of a review as they are put: found once for every state, known by their id."""

from __future__ import annotations

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
        self._state = -1

    def now(self, engine: Engine, state: int) -> list[Question]:
        """The best questions, the best first. state: another number as soon as they are others."""
        if state != self._state:
            self._found, self._state = engine.ask(_TOGETHER), state
            for question in self._found:
                self._known.pop(question.id, None)
                self._known[question.id] = question
            while len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]
        return self._found

    def question(self, key: str) -> Question:
        """Raises ReviewError where it was not put."""
        if key not in self._known:
            raise ReviewError(f"question {key[:40]!r} is not asked any more; take the one on top")
        return self._known[key]
