"""Corrections as run.json keeps them: what was said, and of which tracks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from tracker.corrections.statements import CorrectionError
from tracker.limits import MAX_FRAMES, MAX_TRACK
from tracker.offline.constraints import UserConstraint
from tracker.types import UNKNOWN

_Track = Annotated[int, Field(ge=0, le=MAX_TRACK)]
_Frame = Annotated[int, Field(ge=1, le=MAX_FRAMES)]
Span = tuple[_Track, _Frame, _Frame]
"""Track, first and last frame, from 1. Tracks are those of the offline run."""
Place = tuple[int, float, float, float, float]
"""Frame, from 1, and box x1 y1 x2 y2 in pixels of whom the words are about."""


MAX_KEPT = 2_000
"""Corrections of a run; who says more has another way."""
MAX_SPANS = 2_000
"""Of a correction; a player is seldom cut into more than a hundred tracklets."""
MAX_PLACES = 10_000
"""Of a correction, by which its tracks are found again."""


class StoredCorrection(BaseModel):
    """text: the sentence. spans: where tracks are `is_` ("" is unknown), none where nobody is found
    now. instead: where tracks that bore that name are not `is_`, because somebody else is.

    at, not_at: some of the places of both when it was said, by which they are found again. video:
    fingerprint of the source.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    text: str = Field(alias="said", max_length=2_000)
    is_: str = Field(alias="is", max_length=1_000)
    spans: tuple[Span, ...] = Field(max_length=MAX_SPANS)
    instead: tuple[Span, ...] = Field((), max_length=MAX_SPANS)
    at: tuple[Place, ...] = Field((), max_length=MAX_PLACES)
    not_at: tuple[Place, ...] = Field((), max_length=MAX_PLACES)
    video: str = Field("", max_length=200)

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

    def nowhere(self) -> StoredCorrection:
        """The same words, with no effect."""
        return self.model_copy(update={"spans": (), "instead": ()})

    def of_video(self, fingerprint: str) -> StoredCorrection:
        """The same, said of that video where none is known."""
        return self if self.video else self.model_copy(update={"video": fingerprint})

    def user_constraints(self, players: Sequence[str]) -> Iterator[UserConstraint]:
        """Frames count from 0 there. Raises CorrectionError where they are no player any more."""
        if self.spans and self.is_ and self.is_ not in players:
            raise CorrectionError(f'"{self.text}": {self.is_} is in the gallery no more')
        player = players.index(self.is_) if self.is_ in players else UNKNOWN
        for holds, spans in ((True, self.spans), (False, self.instead)):
            for track, first, last in spans:
                yield UserConstraint(track, first - 1, last - 1, player, holds)


def check(kept: Sequence[StoredCorrection], before: int) -> None:
    """Raise CorrectionError where two contradict each other: one track two people, or one player
    on two tracks at a time. before: so many were there already."""
    if len(kept) > MAX_KEPT:
        raise CorrectionError(f"{len(kept)} corrections, at most {MAX_KEPT} can be kept")
    every = [(span, n) for n, stored in enumerate(kept) for span in stored.spans]
    _check_apart(every, kept, before, lambda span, stored: (span[0], stored.is_))
    named = [(span, n) for span, n in every if kept[n].is_]
    _check_apart(named, kept, before, lambda span, stored: (stored.is_, span[0]))


def _check_apart(
    spans: list[tuple[Span, int]],
    kept: Sequence[StoredCorrection],
    before: int,
    halves: Callable[[Span, StoredCorrection], tuple[Any, Any]],
) -> None:
    """Raise where two corrections speak of one thing at a time and say two of it.

    spans: with the place of their correction. halves: the thing, and what is said of it.
    """
    by_thing: dict[Any, list[tuple[Span, int]]] = defaultdict(list)
    for span, n in spans:
        by_thing[halves(span, kept[n])[0]].append((span, n))
    for spans_of in by_thing.values():
        running: list[tuple[Span, int]] = []  # of those that have begun, whose end is to come
        for span, n in sorted(spans_of, key=lambda each: each[0][1]):
            running = [(was, m) for was, m in running if was[2] >= span[1]]
            claim = halves(span, kept[n])[1]
            for was, m in running:
                if m != n and halves(was, kept[m])[1] != claim:
                    raise _contradiction(kept, before, (was, m), (span, n))
            if not any(m == n and was[2] >= span[2] for was, m in running):
                running.append((span, n))


def _contradiction(
    kept: Sequence[StoredCorrection], before: int, pair: tuple[Span, int], other: tuple[Span, int]
) -> CorrectionError:
    ((track, first, last), m), ((track_2, first_2, last_2), n) = sorted(
        (pair, other), key=lambda each: each[1]
    )
    low, high = max(first, first_2), min(last, last_2)
    if track == track_2:
        why = f"track {track} cannot be both {_name(kept[m])} and {_name(kept[n])}"
    else:
        why = f"{_name(kept[m])} cannot be on tracks {track} and {track_2}"
    old = m < before
    undo = f"; take the older one back by --undo {m + 1}" if old and n >= before else ""
    return CorrectionError(
        f'"{kept[n].text}" contradicts {f"correction {m + 1} " * old}"{kept[m].text}": '
        f"{why} in frames {low}-{high}{undo}"
    )


def _name(kept: StoredCorrection) -> str:
    return kept.is_ or "nobody"
