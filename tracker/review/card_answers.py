"""What a person says of cards, and what that makes of tracklets.

An answer speaks of stretches of tracks, so that it holds whatever the cards are like by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tracker.corrections.statements import Correction, CorrectionError
from tracker.review.card_tracklets import Tracklets
from tracker.types import Ints

NAMED, OTHERS, SAME, APART = KINDS = ("named", "others", "same", "apart")
OTHERS_FOLDER = "_others"
"""Of the gallery: people who are none of its players."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a track, frames from 1, both included."""

    track: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """kind: NAMED, all spans are `player`; OTHERS, they are somebody who is no player; SAME, they
    are one person; APART, they and `others` are not. The newer answer wins.
    """

    kind: str
    spans: tuple[Span, ...]
    player: str = ""
    others: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"CardAnswer.kind must be one of {KINDS}, got {self.kind!r}")
        if bool(self.player) != (self.kind == NAMED) or bool(self.others) != (self.kind == APART):
            raise ValueError(f"CardAnswer: {self.kind!r} with player or others that do not fit")

    def tree(self) -> dict[str, Any]:
        """For JSON; `of` reads it."""
        spans = {"spans": _listed(self.spans), "others": _listed(self.others)}
        return {"kind": self.kind, "player": self.player, **spans}

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> CardAnswer:
        """Raises CorrectionError."""
        try:
            spans, others = (
                tuple(Span(*map(int, span)) for span in tree.get(key, ()))
                for key in ("spans", "others")
            )
            return cls(str(tree["kind"]), spans, str(tree.get("player", "")), others)
        except (ValueError, TypeError, KeyError) as error:
            raise CorrectionError(
                'an answer on a card is {"kind", "spans": [[track, first, last], ...], "player", '
                f'"others"}} with a kind of {", ".join(KINDS)}, not {str(tree)[:80]}'
            ) from error


@dataclass(frozen=True, slots=True)
class Persons:
    """of: the person of each tracklet that answers speak of. players: the names of those who have
    one. others: those who are no players. apart: pairs of a tracklet and one that is not them.
    """

    of: Mapping[int, int]
    players: Mapping[int, str]
    others: frozenset[int]
    apart: tuple[tuple[int, int], ...]


def persons(answers: Sequence[CardAnswer], tracklets: Tracklets) -> Persons:
    """What all answers together say; the newer ones win."""
    of: dict[int, int] = {}
    players: dict[int, str] = {}
    others: set[int] = set()
    apart: list[tuple[int, int]] = []
    for number, answer in enumerate(answers):
        mine = spanned(answer.spans, tracklets)
        if answer.kind == APART:
            away = set(spanned(answer.others, tracklets)) - set(mine)
            apart += [(a, b) for a in mine for b in away]
            for tracklet in away:
                if of.get(tracklet) in {of.get(a, -1) for a in mine}:
                    del of[tracklet]
            continue
        person = number
        if answer.kind == NAMED:
            person = next((p for p, name in players.items() if name == answer.player), number)
            players[person] = answer.player
        elif answer.kind == OTHERS:
            others.add(person)
        else:
            person, mine = _joined(mine, of, players, number)
        of |= dict.fromkeys(mine, person)
    kept = tuple((a, b) for a, b in apart if of.get(a, -1) != of.get(b, -2))
    return Persons(of, players, frozenset(others), kept)


def _joined(
    mine: list[int], of: Mapping[int, int], players: Mapping[int, str], new: int
) -> tuple[int, list[int]]:
    """Who they are together, by most of those who are named, and all who were one of them."""
    known = Counter(of[tracklet] for tracklet in mine if tracklet in of)
    named = [person for person, _ in known.most_common() if person in players]
    person = (named or [*known, new])[0]
    nameless = {p for p in known if p not in players}
    return person, [*mine, *(t for t, p in of.items() if p in nameless)]


def spanned(spans: Iterable[Span], tracklets: Tracklets) -> list[int]:
    """The tracklets of which at least half lies in these stretches."""
    found = {t for s in spans for t in tracklets.at(s.track, s.first, s.last).tolist()}
    return sorted(found)


def spans_of(members: Iterable[int] | Ints, tracklets: Tracklets) -> tuple[Span, ...]:
    """The stretches of these tracklets; those that follow each other are one."""
    numbers = sorted(int(t) for t in members)
    return tuple(_stretches(numbers, tracklets))


def _stretches(numbers: list[int], tracklets: Tracklets) -> Iterator[Span]:
    steps = groupby(enumerate(numbers), key=lambda n: (n[1] - n[0], int(tracklets.tracks[n[1]])))
    for (_, track), group in steps:
        run = [tracklet for _, tracklet in group]
        yield Span(track, int(tracklets.firsts[run[0]]), int(tracklets.lasts[run[-1]]))


def statements(answers: Sequence[CardAnswer], tracklets: Tracklets) -> list[Correction]:
    """The names that answers give, as sentences of tracks and frames."""
    known = persons(answers, tracklets)
    found = []
    for person in dict.fromkeys(known.of.values()):
        name, negative = known.players.get(person, ""), ""
        if person in known.others:
            negative = OTHERS_FOLDER
        elif not name:
            continue
        found += [
            Correction("", span.track, name, span.first, span.last, negative)
            for span in spans_of((t for t, p in known.of.items() if p == person), tracklets)
        ]
    return found


def _listed(spans: Sequence[Span]) -> list[list[int]]:
    return [[span.track, span.first, span.last] for span in spans]
