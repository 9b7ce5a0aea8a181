"""Cards of a review: who is one person, dealt anew after every answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tracker.review.card_answers import NAMED, OTHERS, CardAnswer, Span
from tracker.review.card_case import CardCase
from tracker.review.cards import deal
from tracker.runs.review_base import Base
from tracker.runs.review_embeddings import CardSource, open_cards
from tracker.runs.review_order import Spoken


class Cards:
    """Opened by the first who asks: people of a run that described nobody are looked at then."""

    def __init__(self, out: Path, video: str | None) -> None:
        self._source = CardSource(out, video)
        self._lock = threading.Lock()
        self._case: CardCase | None = None
        self._run, self._note = "", ""

    def tree(self, base: Base, spoken: Sequence[Spoken]) -> dict[str, Any]:
        """For JSON. spoken: all that holds. note: why they are dealt without looks, if so.

        Raises StoreError, RunRecordError, EncoderError.
        """
        with self._lock:
            if self._case is None or self._run != base.run:
                self._case, why = open_cards(self._source, base.rows, _quiet)
                self._run, self._note = base.run, why or ""
            case, note = self._case, self._note
        dealt = deal(case, [answer for each in spoken for answer in answers_of(base, each)])
        return {"cards": [card.tree() for card in dealt], "note": note}


def answers_of(base: Base, spoken: Spoken) -> list[CardAnswer]:
    """What was said, of the tracks of these rows, as cards take it."""
    found: dict[str, list[Span]] = {}
    for kept in spoken.kept:
        for stated in base.statements(kept, spoken.run):
            if not stated.negated and stated.track is not None:
                span = Span(stated.track, stated.first or 1, stated.last or 1)
                found.setdefault(stated.is_, []).append(span)
    return [
        CardAnswer(NAMED if name else OTHERS, tuple(spans), name) for name, spans in found.items()
    ]


def _quiet(*_: object, **__: object) -> None:
    return None
