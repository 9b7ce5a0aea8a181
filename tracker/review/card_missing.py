"""Who has no name yet, and where to look for them: "12 expected, 11 named"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.review.card_answers import spanned
from tracker.review.card_case import CardCase
from tracker.review.cards import Card
from tracker.types import Mask

_LISTED = 3  # names that a sentence lists


@dataclass(frozen=True, slots=True)
class Missing:
    """expected: how many players there are, None where nobody says. named: how many have a name.
    players: names of the roster that nobody has. frame: with most people who have no name and may
    be players, from 1, None where there is none; tracks: theirs in it. in_view: how many may be
    players in the median frame."""

    expected: int | None
    named: int
    players: tuple[str, ...]
    frame: int | None
    tracks: tuple[int, ...]
    in_view: float

    @property
    def sentence(self) -> str:
        named = f"{self.named} named"
        line = named if self.expected is None else f"{self.expected} expected, {named}"
        if self.players:
            more = len(self.players) - _LISTED
            rest = f" and {more} more" if more > 0 else ""
            line += f": who is {', '.join(self.players[:_LISTED])}{rest}?"
        if self.tracks:
            count = len(self.tracks)
            who = "person has" if count == 1 else "people have"
            line += f" In frame {self.frame} {count} {who} no name"
        return line

    def tree(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "expected": self.expected, "named": self.named, "players": list(self.players),
            "frame": self.frame, "tracks": list(self.tracks), "in_view": round(self.in_view, 1),
            "sentence": self.sentence,
        }  # fmt: skip


def missing(
    case: CardCase, cards: Sequence[Card], expected: int | None = None, roster: Sequence[str] = ()
) -> Missing:
    """expected: how many players there are; else as many as the roster has, if it has any."""
    names = {card.player for card in cards if card.player}
    absent = tuple(name for name in roster if name not in names)
    nameless = _of_cards(case, [card for card in cards if card.group == "next"])
    possible = nameless | _of_cards(case, [card for card in cards if card.player])
    frames, per_frame = np.unique(case.seen.frames[nameless], return_counts=True)
    frame = int(frames[per_frame.argmax()]) if len(frames) else None
    here = nameless & (case.seen.frames == (frame or 0))
    _, in_view = np.unique(case.seen.frames[possible], return_counts=True)
    return Missing(
        expected if expected is not None else len(roster) or None,
        len(names),
        absent,
        frame,
        tuple(case.seen.tracks[here].tolist()),
        float(np.median(in_view)) if len(in_view) else 0.0,
    )


def _of_cards(case: CardCase, cards: Sequence[Card]) -> Mask:
    """(N,) sightings that these cards hold."""
    held = np.zeros(len(case.tracklets), bool)
    for card in cards:
        held[spanned(card.spans, case.tracklets)] = True
    return np.asarray(held[case.tracklets.of])
