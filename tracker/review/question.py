"""What is asked of a person, and what comes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tracker.corrections.statements import Correction

Verdict = Literal["right", "is", "not", "two", "unknown", "ticked", "said", "kit"]


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch of a track that is asked about; frames from 1, both ends included.

    player: its name, "" none; where its track changes names in it, that of most boxes. focus: the
    frame to show first. shown: frames whose pictures show it, in order, and under which names,
    shown_names. seconds: how long it is visible. sure: the lowest confidence of the name. chance:
    that it is wrong; boxes: expected to be wrong then.
    """

    track: int
    first: int
    last: int
    player: str
    focus: int
    shown: tuple[int, ...]
    shown_names: tuple[str, ...]
    seconds: float
    sure: float
    chance: float
    boxes: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who it may be, "" is somebody else, and how likely."""

    player: str
    probability: float


@dataclass(frozen=True, slots=True)
class ShownKit:
    """A kit in a question. name: as in the column `kit`. color: #rrggbb. items: how many of those
    of the question show it."""

    name: str
    color: str
    items: int


@dataclass(frozen=True, slots=True)
class Question:
    """kind: `who` is on this track, which of up to sixteen are not right (`which`), or which team
    wears this `kit`.

    worth_boxes, worth_s: boxes, and seconds of picture, that the answer is expected to put right,
    of a group with the answers that follow. rate: boxes per answer. items: a single one of `who`.
    candidates: of `who`, the likeliest first. kits: of `kit`, first the one that is asked about,
    then the other team's, as items are; choices: who may wear it.
    """

    kind: Literal["who", "which", "kit"]
    text: str
    reasons: tuple[str, ...]
    worth_boxes: float
    worth_s: float
    rate: float
    items: tuple[Item, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    kits: tuple[ShownKit, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same question about the same stretches under the same names."""
        about = [(i.track, i.first, i.last, i.shown_names) for i in self.items]
        return hashlib.sha256(repr((self.kind, about)).encode()).hexdigest()[:16]

    def tree(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"id": self.id, **asdict(self)}

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Question:
        """Of `tree`, as a journal keeps it. Raises KeyError or TypeError where it is none."""
        values = {key: value for key, value in tree.items() if key != "id"}
        values["reasons"] = tuple(values["reasons"])
        values["items"] = tuple(_item(item) for item in values["items"])
        values["candidates"] = tuple(Candidate(**each) for each in values["candidates"])
        values["kits"] = tuple(ShownKit(**each) for each in values.get("kits", ()))
        values["choices"] = tuple(values.get("choices", ()))
        return cls(**values)


def _item(tree: Mapping[str, Any]) -> Item:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in tree.items()}
    return Item(**values)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person has answered, once. statements: about tracks; they become sentences. question:
    None where the person spoke of their own accord.

    ticked: of a group, which items are not right. wrong: of those, which of their pictures are
    not; empty where that was not stated.
    """

    verdict: Verdict
    statements: tuple[Correction, ...] = ()
    question: Question | None = None
    ticked: tuple[int, ...] = ()
    wrong: Mapping[int, Sequence[int]] = field(default_factory=dict)
