"""Cards: tracklets that surely are one person come together, to be named by one answer.

For a run without a gallery. Looks, numbers, exclusion and who follows whom on a track decide which
tracklets belong together (`card_clusters`); each answer is taken in and all cards are dealt anew,
those with most to put right first, people who are no players last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.review.card_answers import CardAnswer, Persons, Span, persons, spans_of
from tracker.review.card_case import CardCase
from tracker.review.card_clusters import Link, cluster
from tracker.review.card_embeddings import (
    directions,
    number_nats,
    same_person_nats,
    tracklet_numbers,
)
from tracker.review.card_players import alike_nats, player_nats
from tracker.types import NO_NUMBER, Doubles, Floats, Ints, Mask, number_text

_MOST_PICTURES = 10  # that count in an average
SHOWN = 8
"""Pictures on a card at most."""
_LATER_S = 0.5  # seen for less, a card waits behind all others
_SURE_PLAYER = 0.2  # less likely players are shown last


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A picture to cut: the box of this track in this frame, from 1."""

    track: int
    frame: int


@dataclass(frozen=True, slots=True)
class CardPart:
    """A tracklet of a card. named: a person has put it there; else it looks like it belongs."""

    span: Span
    seconds: float
    shown: CardPicture
    named: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A person. player: the name, "" while there is none; other: no player, as was answered.

    chance: that it is a player. number: read on the shirt, NO_NUMBER where not. parts: in order of
    tracks, then time. spans: the same as stretches; the first is the longest, to be played. shown:
    the best pictures.
    """

    id: str
    player: str
    other: bool
    chance: float
    seconds: float
    number: int
    parts: tuple[CardPart, ...]
    spans: tuple[Span, ...]
    shown: tuple[CardPicture, ...]

    @property
    def group(self) -> str:
        """Where it stands: "next" to be named, "named", or "others"."""
        if self.player:
            return "named"
        return "others" if self.other or self.chance < _SURE_PLAYER else "next"

    def tree(self) -> dict[str, Any]:
        """For JSON."""
        clip = self.spans[0]
        parts = [
            {
                "track": part.span.track, "first": part.span.first, "last": part.span.last,
                "seconds": round(part.seconds, 2), "frame": part.shown.frame, "named": part.named,
            }
            for part in self.parts
        ]  # fmt: skip
        return {
            "id": self.id, "player": self.player, "group": self.group, "other": self.other,
            "chance": round(self.chance, 3), "seconds": round(self.seconds, 2),
            "number": number_text(self.number) or None, "parts": parts,
            "shown": [{"track": s.track, "frame": s.frame} for s in self.shown],
            "clip": {"track": clip.track, "first": clip.first, "last": clip.last},
        }  # fmt: skip


def deal(case: CardCase, answers: Sequence[CardAnswer] = ()) -> list[Card]:
    """All cards after these answers, in the order in which they are to be shown."""
    tracklets = case.tracklets
    if not len(tracklets):
        return []
    known = persons(answers, tracklets)
    unit, pictures = case.by_tracks
    people = _put_together(case, known, unit, pictures)
    if len(case.good.rows):  # the space is learned again, from people instead of tracks
        unit, pictures = directions(case.good, tracklets, people)
        people = _put_together(case, known, unit, pictures)
    return _in_order(_cards(case, known, people, unit * pictures[:, None].astype(np.float32)))


def _put_together(case: CardCase, known: Persons, unit: Floats, pictures: Ints) -> Ints:
    """(T,) who is one person, the number of its first tracklet. unit, pictures: of `directions`."""
    tracklets = case.tracklets
    group = _seeds(known, len(tracklets))
    nats = same_person_nats(unit, pictures, tracklets)
    if case.numbers is not None:
        a, b, added = number_nats(case.numbers, tracklets)
        nats[a, b] += added
        nats[b, a] += added
    weights = np.minimum(pictures, _MOST_PICTURES) + 0.01
    of, first = np.unique(group, return_index=True)
    place = np.searchsorted(of, group)
    grouped, total = _grouped(nats, weights, place, len(of))
    players, others = (
        np.isin(first, [t for t, person in known.of.items() if person in whom])
        for whom in (known.players, known.others)
    )
    named = players | others
    either = named[:, None] | named
    grouped += np.where(either, np.float32(case.priors.named), np.float32(case.priors.same))
    grouped[_apart(case, known, place, players, named)] = -np.inf
    found = cluster(grouped, _links(case, place), total, 0.0)
    return np.asarray(first[found][place])


def _seeds(known: Persons, count: int) -> Ints:
    """(T,) the first tracklet of the person whom each is said to be; itself where nothing is."""
    group = np.arange(count)
    first: dict[int, int] = {}
    for tracklet in sorted(known.of):
        group[tracklet] = first.setdefault(known.of[tracklet], tracklet)
    return group


def _grouped(nats: Floats, weights: Doubles, place: Ints, count: int) -> tuple[Floats, Doubles]:
    """(G, G) weighted means over groups of tracklets, and the weights of the groups."""
    total = np.bincount(place, weights, count).astype(np.float64)
    if count == len(place):
        return nats, total
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(count))
    share = (weights / total[place])[order].astype(np.float32)
    rows = np.add.reduceat(nats[order] * share[:, None], starts, axis=0)
    columns: Floats = np.add.reduceat(rows[:, order] * share, starts, axis=1)
    return columns, total


def _apart(case: CardCase, known: Persons, place: Ints, players: Mask, named: Mask) -> Mask:
    """(G, G) which groups are two people: seen at one time, said to be, or a player and another."""
    a, b = np.nonzero(case.at_once)
    apart = (players[:, None] & named) | (named[:, None] & players)
    apart[place[a], place[b]] = True
    for first, second in known.apart:
        apart[place[first], place[second]] = apart[place[second], place[first]] = True
    np.fill_diagonal(apart, False)
    return np.asarray(apart)


def _links(case: CardCase, place: Ints) -> list[Link]:
    """Who goes on where another tracklet of the track was cut."""
    before = case.tracklets.before
    after = np.flatnonzero(before >= 0)
    pairs = zip(place[before[after]].tolist(), place[after].tolist(), strict=True)
    return [(a, b, case.priors.goes_on) for a, b in pairs if a != b]


def _cards(case: CardCase, known: Persons, people: Ints, summed: Floats) -> list[Card]:
    """summed: (T, D) what each tracklet looks like, times its pictures."""
    tracklets = case.tracklets
    of, nats = player_nats(case.stands, people)
    means = np.zeros((len(of), summed.shape[1]), np.float32)
    np.add.at(means, np.searchsorted(of, people), summed)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    who = {int(people[tracklet]): person for tracklet, person in known.of.items()}
    named, others = (
        means[[n for n, p in enumerate(of.tolist()) if p in who and who[p] in group]]
        for group in (known.players, known.others)
    )
    nats = nats + alike_nats(means, named, others)
    probabilities = 1 / (1 + np.exp(-nats))
    order = np.argsort(people, kind="stable")
    members = np.split(order, np.searchsorted(people[order], of[1:]))
    numbers = None if case.numbers is None else tracklet_numbers(case.numbers, tracklets)
    return [
        _card(case, known, who.get(person, -1), mine, chance, numbers)
        for person, mine, chance in zip(of.tolist(), members, probabilities.tolist(), strict=True)
    ]


def _card(
    case: CardCase, known: Persons, person: int, mine: Ints, chance: float, numbers: Ints | None
) -> Card:
    """person: who it is said to be, -1 where nothing is. mine: tracklets. numbers: of all."""
    player, other = known.players.get(person, ""), person in known.others
    spans = sorted(spans_of(mine, case.tracklets), key=lambda s: (s.first - s.last, s.first))
    digest = hashlib.sha256(f"{spans[0].track} {spans[0].first} {spans[0].last}".encode())
    return Card(
        id=digest.hexdigest()[:12],
        player=player,
        other=other,
        chance=1.0 if player else 0.0 if other else chance,
        seconds=float(case.seconds[mine].sum()),
        number=_most_read(numbers, mine),
        parts=tuple(_part(case, tracklet, tracklet in known.of) for tracklet in mine.tolist()),
        spans=tuple(spans),
        shown=_shown(case, mine),
    )


def _part(case: CardCase, tracklet: int, named: bool) -> CardPart:
    tracklets = case.tracklets
    columns = (tracklets.tracks, tracklets.firsts, tracklets.lasts)
    span = Span(*(int(column[tracklet]) for column in columns))
    seconds = float(case.seconds[tracklet])
    return CardPart(span, seconds, _picture(case, int(case.sharpest[tracklet])), named)


def _picture(case: CardCase, sighting: int) -> CardPicture:
    return CardPicture(int(case.seen.tracks[sighting]), int(case.seen.frames[sighting]))


def _shown(case: CardCase, mine: Ints) -> tuple[CardPicture, ...]:
    """The best pictures of the longest tracklets, in order of time."""
    longest = mine[np.argsort(-case.seconds[mine], kind="stable")[:SHOWN]]
    best = np.sort(case.sharpest[longest])
    return tuple(_picture(case, int(sighting)) for sighting in best)


def _most_read(numbers: Ints | None, mine: Ints) -> int:
    if numbers is None or not (numbers[mine] != NO_NUMBER).any():
        return NO_NUMBER
    values, counts = np.unique(numbers[mine][numbers[mine] != NO_NUMBER], return_counts=True)
    return int(values[counts.argmax()])


def _in_order(cards: list[Card]) -> list[Card]:
    """Those to be named first, by what a name is worth; then the named, then all others."""
    groups = ("next", "named", "others")

    def key(card: Card) -> tuple[int, bool, float]:
        worth = card.seconds * (card.chance if card.group == "next" else 1.0)
        return groups.index(card.group), card.seconds < _LATER_S, -worth

    return sorted(cards, key=key)
