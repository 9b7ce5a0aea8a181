"""From what a page sends to what a person has said: statements about tracks, in frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gallery.io.spelling import MAX_NAME, alike, fault_of, plain
from tracker.corrections.answers_file import MAX_SENTENCES
from tracker.corrections.statements import NEGATIVE, Correction, known_name
from tracker.limits import MAX_FRAMES, MAX_TRACK
from tracker.output.row_arrays import RowArrays
from tracker.output.track_index import TrackIndex
from tracker.review.card_answers import OTHERS_FOLDER
from tracker.review.ledger import Ledger
from tracker.review.question import Entry, Question
from tracker.runs.review_journal import ReviewError
from tracker.types import UNKNOWN, Ints, Visibility

_Track = Annotated[int, Field(ge=0, le=MAX_TRACK)]
_Frame = Annotated[int, Field(ge=1, le=MAX_FRAMES)]
_Place = Annotated[int, Field(ge=0, le=1_000)]
_END = MAX_FRAMES
_NO_NAMES = ("nobody", "unknown", "")
_MARK = "\ufeff"  # some editors put it before a text; nobody sees it, and it makes another name


class Part(BaseModel):
    """A track is this player from one frame to another; "" nobody, `_coach` of the negatives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    track: _Track
    first: _Frame
    last: _Frame
    player: str = Field(max_length=MAX_NAME)


class Body(BaseModel):
    """What `POST /api/answer` takes."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    verdict: Literal[
        "right", "is", "not", "two", "unknown", "ticked", "yes", "no", "said", "swap", "same", "kit"
    ]
    question: str | None = Field(None, max_length=100)
    parts: tuple[Part, ...] = Field((), max_length=MAX_SENTENCES)
    items: tuple[_Place, ...] = Field((), max_length=100)
    wrong: dict[_Place, tuple[_Place, ...]] = Field(default_factory=dict, max_length=100)
    tracks: tuple[_Track, ...] = Field((), max_length=2)
    from_: _Frame | None = Field(None, alias="from")
    wears: str = Field("", max_length=MAX_NAME)


@dataclass(frozen=True, slots=True)
class Names:
    """Who everybody is now. negatives: of the gallery. fixed: nobody else may be named, for the
    gallery says who there is. say: told where a name is spelled otherwise than it was sent."""

    rows: RowArrays
    index: TrackIndex
    ledger: Ledger
    negatives: Callable[[], Sequence[str]]
    fixed: bool
    say: Callable[[str], None]

    def at(self, track: int, frame: int) -> str:
        """ "" where there is none. Raises ReviewError where the track is not there."""
        row = int(self.index.rows_at(np.array([track]), np.array([frame]))[0])
        if row < 0:
            raise ReviewError(f"track {track} is not there in frame {frame}")
        player = int(self.ledger.players[row])
        return "" if player == UNKNOWN else self.ledger.names[player]

    def until(self, track: int, frame: int) -> int:
        """The last frame in which it bears the name that it has in this one, without a break."""
        mine = self.index.rows_of(track, frame, _END)
        players = self.ledger.players[mine]
        other = np.flatnonzero(players != players[0])
        return int(self.rows.frames[mine[int(other[0]) - 1 if len(other) else -1]])

    def runs(self, track: int, first: int, last: int) -> Iterator[Correction]:
        """The names that a track bears in these frames; nothing of where it has none."""
        mine = self.index.rows_of(track, first, last)
        cuts = np.flatnonzero(np.diff(self.ledger.players[mine])) + 1
        for part in np.split(mine, cuts):
            if len(part) and (player := int(self.ledger.players[part[0]])) != UNKNOWN:
                frame, end = (int(self.rows.frames[part[n]]) for n in (0, -1))
                yield Correction("", track, self.ledger.names[player], frame, end)

    def seen(self, track: int) -> Ints:
        """The frames in which a track is visible. Raises ReviewError where it never is."""
        mine = self.index.rows_of(track, 0, _END)
        frames = self.rows.frames[mine[self.rows.visibility[mine] == Visibility.VISIBLE]]
        if not len(frames):
            raise ReviewError(f"there is no track {track} in this run")
        found: Ints = frames.astype(np.int64)
        return found

    def known(self, track: int) -> str:
        """The name that most of its rows bear; "" where none has one."""
        players = self.ledger.players[self.index.rows_of(track, 0, _END)]
        named = players[players != UNKNOWN]
        return self.ledger.names[int(np.bincount(named).argmax())] if len(named) else ""

    def spellings(self) -> dict[str, str]:
        """How everybody is spelled who has a name now, by what `alike` makes of it."""
        players = self.ledger.players
        codes = np.flatnonzero(np.bincount(players[players != UNKNOWN])).tolist()
        return {alike(name): name for name in (self.ledger.names[code] for code in codes)}

    def stated(self, part: Part, spelled: MutableMapping[str, str]) -> Correction:
        """spelled: see `spellings`; who is new comes in. Raises CorrectionError or ReviewError
        where nobody can be called so."""
        where = f"track {part.track}"
        name, negative = plain(part.player.strip()), ""
        if name.startswith(NEGATIVE):
            free = not self.fixed or name == OTHERS_FOLDER
            negative = self._new(name, spelled) if free else ""
            negative = negative or known_name(name, where, self.negatives())
            name = ""
        elif name and self.fixed:
            name = known_name(name, where, self.ledger.names)
        elif name:
            name = self._new(name, spelled)
        return Correction("", part.track, name, part.first, part.last, negative)

    def _new(self, name: str, spelled: MutableMapping[str, str]) -> str:
        """A name, as whoever is called so already is spelled."""
        key = alike(name)
        if fault := fault_of(name):
            raise ReviewError(f"{name[:40]!r}: {fault}")
        if _MARK in name:
            raise ReviewError(f"{name[:40]!r}: it holds a sign that cannot be seen; type it anew")
        if key.strip(NEGATIVE) in _NO_NAMES:
            raise ReviewError(f'"{name}" is no name; say nobody by the key 0, or another name')
        known = spelled.setdefault(key, name)
        if known != name:
            self.say(f'"{name}" is written "{known}", as before')
        return known


def body_of(tree: object) -> Body:
    """Raises ReviewError where it is none."""
    try:
        return Body.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the answer"
        raise ReviewError(f"{where}: {first['msg']}") from error


def entry_of(body: Body, by_id: Callable[[str], Question], names: Names) -> Entry:
    """What is said by an answer. asked: gives a question by its id.

    Raises ReviewError or CorrectionError where it cannot be.
    """
    question = by_id(body.question) if body.question is not None else None
    if question is None and body.verdict not in _SPOKEN:
        raise ReviewError(f"{body.verdict}: an answer to which question?")
    if question is not None and any(place >= len(question.items) for place in body.items):
        raise ReviewError(f"items: the question has {len(question.items)}")
    stated = tuple(dict.fromkeys(_STATED.get(body.verdict, _nothing)(body, question, names)))
    if not stated and body.verdict in (*_SPOKEN, "is"):
        raise ReviewError("nothing is said of anybody; name a track and frames")
    if len(stated) > MAX_SENTENCES:
        raise ReviewError(
            f"{len(stated)} sentences in one answer, at most {MAX_SENTENCES} can be kept"
        )
    verdict: Any = "said" if body.verdict in _SPOKEN else body.verdict
    return Entry(verdict, stated, question, body.items, _wrong(body))


def _wrong(body: Body) -> Mapping[int, Sequence[int]]:
    return {place: list(pictures) for place, pictures in body.wrong.items()}


def _nothing(body: Body, question: Question | None, names: Names) -> Iterator[Correction]:
    return iter(())


def _parts(body: Body, question: Question | None, names: Names) -> Iterator[Correction]:
    spelled = names.spellings()
    return (names.stated(part, spelled) for part in body.parts)


def _right(body: Body, question: Question | None, names: Names) -> Iterator[Correction]:
    """All names that the pictures of a question show are as they should be."""
    for item in question.items if question else ():
        if len(set(item.shown_names)) == 1:
            yield Correction("", item.track, item.shown_names[0], item.first, item.last)
        else:
            yield from names.runs(item.track, item.first, item.last)


def _not(body: Body, question: Question | None, names: Names) -> Iterator[Correction]:
    """Nobody else is known by it."""
    for item in question.items if question else ():
        best = next((c.player for c in question.candidates if c.player), "") if question else ""
        if name := item.player or best:
            yield Correction("", item.track, name, item.first, item.last, negated=True)


def _swapped(body: Body, question: Question | None, names: Names) -> Iterator[Correction]:
    """Two tracks trade their names from a frame on, each as long as it bears that name."""
    if len(set(body.tracks)) != 2 or body.from_ is None:
        raise ReviewError("swap: give two tracks and the frame from which they trade")
    both = [(track, names.at(track, body.from_)) for track in body.tracks]
    if both[0][1] == both[1][1]:
        raise ReviewError(f"tracks {both[0][0]} and {both[1][0]} have no names to trade there")
    for (track, name), (_, other) in zip(both, reversed(both), strict=True):
        last = names.until(track, body.from_)
        if other:
            yield Correction("", track, other, body.from_, last)
        else:
            yield Correction("", track, name, body.from_, last, negated=True)


def _same(body: Body, question: Question | None, names: Names) -> Iterator[Correction]:
    """Two tracks are one person: the one that has no name gets that of the other; where both have
    one, the second gets that of the first."""
    if len(set(body.tracks)) != 2:
        raise ReviewError("same: give two tracks")
    first, other = body.tracks
    source, target = (first, other) if names.known(first) else (other, first)
    name = names.known(source)
    if not name:
        raise ReviewError(f"neither track {first} nor track {other} has a name; name one of them")
    both = np.intersect1d(names.seen(first), names.seen(other))
    if len(both):
        raise ReviewError(f"tracks {first} and {other} are both there in frame {int(both[0])}")
    frames = names.seen(target)
    yield Correction("", target, name, int(frames[0]), int(frames[-1]))


_SPOKEN = ("said", "swap", "same")
_STATED: Mapping[str, Callable[[Body, Question | None, Names], Iterator[Correction]]] = {
    "right": _right,
    "is": _parts,
    "not": _not,
    "said": _parts,
    "swap": _swapped,
    "same": _same,
}
