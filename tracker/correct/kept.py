"""Corrections as run.json keeps them: what was said, and of which paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from tracker.correct.said import CorrectionError
from tracker.follow.rulings import Ruling
from tracker.records import NO_PLAYER

Span = tuple[int, int, int]
"""Track, first and last frame, from 1. Tracks are those of the offline run."""
Place = tuple[int, float, float, float, float]
"""Frame, from 1, and box x1 y1 x2 y2 in pixels of whom the words are about."""


class Kept(BaseModel):
    """said: the sentence. spans: where paths are `is_` ("" is nobody), none where nobody is found
    now. instead: where paths that bore that name are not `is_`, because somebody else is.

    at, not_at: some of the places of both when it was said, by which they are found again. video:
    fingerprint of the source.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    said: str
    is_: str = Field(alias="is")
    spans: tuple[Span, ...]
    instead: tuple[Span, ...] = ()
    at: tuple[Place, ...] = ()
    not_at: tuple[Place, ...] = ()
    video: str = ""

    @field_validator("at", "not_at", mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        """run.json has a line each, `FRAME X1,Y1,X2,Y2`."""
        if not isinstance(value, list):
            return value
        return tuple(tuple(re.split("[ ,]", v)) if isinstance(v, str) else v for v in value)

    @field_serializer("at", "not_at", when_used="json")
    def _as_text(self, value: tuple[Place, ...]) -> list[str]:
        return [f"{f} {x1:.2f},{y1:.2f},{x2:.2f},{y2:.2f}" for f, x1, y1, x2, y2 in value]

    def nowhere(self) -> Kept:
        """The same words, with no effect."""
        return self.model_copy(update={"spans": (), "instead": ()})

    def rulings(self, players: Sequence[str]) -> Iterator[Ruling]:
        """Frames count from 0 there. Raises CorrectionError where he is no player any more."""
        if self.spans and self.is_ and self.is_ not in players:
            raise CorrectionError(f'"{self.said}": {self.is_} is in the gallery no more')
        player = players.index(self.is_) if self.is_ in players else NO_PLAYER
        for holds, spans in ((True, self.spans), (False, self.instead)):
            for track, first, last in spans:
                yield Ruling(track, first - 1, last - 1, player, holds)


def check(kept: Sequence[Kept], before: int) -> None:
    """Raise CorrectionError where two contradict each other: one path two people, or one player
    on two paths at a time. before: so many were there already."""
    for (m, one), (n, other) in combinations(enumerate(kept, 1), 2):
        for (track, first, last), (track_2, first_2, last_2) in _pairs(one, other):
            low, high = max(first, first_2), min(last, last_2)
            same_path, same_name = track == track_2, one.is_ == other.is_
            if low > high or same_path == same_name or (same_name and not one.is_):
                continue
            if same_path:
                why = f"track {track} cannot be both {_name(one)} and {_name(other)}"
            else:
                why = f"{_name(one)} cannot be on tracks {track} and {track_2}"
            undo = f"; take the older one back by --undo {m}" if m <= before < n else ""
            which = f"correction {m} " if m <= before else ""
            raise CorrectionError(
                f'"{other.said}" contradicts {which}"{one.said}": '
                f"{why} in frames {low}-{high}{undo}"
            )


def _name(kept: Kept) -> str:
    return kept.is_ or "nobody"


def _pairs(one: Kept, other: Kept) -> Iterator[tuple[Span, Span]]:
    return ((a, b) for a in one.spans for b in other.spans)
