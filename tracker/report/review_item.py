"""A question of "Check these first", as the page puts it."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.review.question import Item, Question

STRIPS = 30
"""So many questions have pictures."""
MORE = 170
"""So many further ones are listed without."""


@dataclass(frozen=True, slots=True)
class Answer:
    """when: in which case it is right. sentences: for `correct --set`, all of them together."""

    when: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """question: who is on one track. title: its text, with the track where the name does not say
    which one. answers: what may be true, and the sentences that say so.
    """

    question: Question
    title: str
    answers: tuple[Answer, ...]

    @property
    def item(self) -> Item:
        """The stretch of a track that it is about."""
        return self.question.items[0]

    @property
    def names(self) -> list[str]:
        """Those that the track bears in it, each once; "" where it has none for a while."""
        return list(dict.fromkeys(self.item.shown_names))
