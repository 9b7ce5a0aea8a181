"""Corrections as run.json keeps them: what was said, and of which tracks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_serializer,
    field_validator,
    model_serializer,
)

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


MAX_KEPT = 50_000
"""Corrections of a run; a match whose people are all named by their stretches has some 10 000."""
MAX_SPANS = 2_000
"""Of a correction; a player is seldom cut into more than a hundred tracklets."""
MAX_PLACES = 10_000
"""Of a correction, by which its tracks are found again."""


MAX_ALL_PLACES = 600_000  # of a run: 33 MB of run.json
_FEWEST = 3


class StoredCorrection(BaseModel):
    """text: the sentence. spans: where tracks are `is_` ("" is unknown), none where nobody is found
    now. instead: where tracks are not `is_`: those that bore that name, because somebody else is,
    or, in a sentence that says no more, those that it speaks of.

    at, not_at: some of the places of both when it was said, by which they are found again. video:
    fingerprint of the source. wears: not "" where it says that the people in `at` wear the kit of a
    team, or of goalkeepers, referees or others; it says nothing of who they are then.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    text: str = Field(alias="said", max_length=2_000)
    is_: str = Field(alias="is", max_length=1_000)
    spans: tuple[Span, ...] = Field(max_length=MAX_SPANS)
    instead: tuple[Span, ...] = Field((), max_length=MAX_SPANS)
    at: tuple[Place, ...] = Field((), max_length=MAX_PLACES)
    not_at: tuple[Place, ...] = Field((), max_length=MAX_PLACES)
    video: str = Field("", max_length=200)
    wears: str = Field("", max_length=1_000)

    @model_serializer(mode="wrap")
    def _of_kits_alone(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        tree: dict[str, Any] = whole(self)
        return tree if self.wears else {k: v for k, v in tree.items() if k != "wears"}

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

    @property
    def negated(self) -> bool:
        """It says who somebody is not, and no more."""
        return not (self.spans or self.at) and bool(self.instead or self.not_at)

    @property
    def kit(self) -> str:
        """What the kit was called when something was said of it, "" where nothing was."""
        return (
            self.text.removeprefix("kit ").removesuffix(f" is {self.wears}") if self.wears else ""
        )

    @property
    def found(self) -> bool:
        """It speaks of somebody in the run as it is now."""
        return bool(self.spans or self.instead)

    def nowhere(self) -> StoredCorrection:
        """The same words, with no effect."""
        return self.model_copy(update={"spans": (), "instead": ()})

    def of_video(self, fingerprint: str) -> StoredCorrection:
        """The same, said of that video where none is known."""
        return self if self.video else self.model_copy(update={"video": fingerprint})

    def user_constraints(self, players: Sequence[str]) -> Iterator[UserConstraint]:
        """Frames count from 0 there. Raises CorrectionError where they are no player any more."""
        if self.wears:
            return
        if self.found and self.is_ and self.is_ not in players:
            raise CorrectionError(f'"{self.text}": {self.is_} is in the gallery no more')
        player = players.index(self.is_) if self.is_ in players else UNKNOWN
        for holds, spans in ((True, self.spans), (False, self.instead)):
            for track, first, last in spans:
                yield UserConstraint(track, first - 1, last - 1, player, holds)


def thinned(kept: Sequence[StoredCorrection]) -> list[StoredCorrection]:
    """With fewer places each, where run.json would be too large with all of them."""
    if sum(len(stored.at) + len(stored.not_at) for stored in kept) <= MAX_ALL_PLACES:
        return list(kept)
    most = max(_FEWEST, MAX_ALL_PLACES // (2 * len(kept)))
    return [
        stored.model_copy(
            update={"at": _fewer(stored.at, most), "not_at": _fewer(stored.not_at, most)}
        )
        for stored in kept
    ]


def _fewer(places: tuple[Place, ...], most: int) -> tuple[Place, ...]:
    """The first, the last, and some between."""
    last = len(places) - 1
    if last < most:
        return places
    return tuple(places[round(n * last / (most - 1))] for n in range(most))
