"""What has been said of a run, in order: answers of a review, and what `correct` was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.corrections.answers_file import Answer, Answers
from tracker.corrections.record import StoredCorrection


@dataclass(frozen=True, slots=True)
class Spoken:
    """answer: None where `correct` was told. kept: its sentences. run: the table whose tracks
    those speak of, see `Base`."""

    answer: Answer | None
    kept: tuple[StoredCorrection, ...]
    run: str


def in_order(
    answers: Answers, corrections: Sequence[StoredCorrection], run: str
) -> tuple[list[Spoken], list[int]]:
    """All that holds now, the oldest first; and the numbers of answers that `correct --undo` has
    taken back since.

    corrections: of run.json, which speak of the tracks of `run`.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, stored in reversed(list(enumerate(corrections))):
        places[stored.text, stored.is_].append(place)
    keyed: list[tuple[float, Spoken]] = []
    gone, newest = [], dict[int, int]()
    for answer in answers.standing:
        keys = [(stored.text, stored.is_) for stored in answer.kept]
        mine = [_next(places[key]) for key in keys if places[key]]
        if answer.answer in answers.written and answer.kept and not mine:
            gone.append(answer.answer)
            continue
        whole = bool(answer.kept) and len(mine) == len(answer.kept)
        kept = tuple(corrections[place] for place in mine) if whole else answer.kept
        keyed.append((answer.answer, Spoken(answer, kept, run if whole else answer.run)))
        newest |= dict.fromkeys(mine, answer.answer)
    before = 0.0
    for place, stored in enumerate(corrections):
        if place in newest:
            before = max(before, newest[place] + 0.5)
        else:
            keyed.append((before, Spoken(None, (stored,), run if stored.found else "")))
    return [spoken for _, spoken in sorted(keyed, key=lambda each: each[0])], gone


def _next(places: list[int]) -> int:
    """Where a sentence stands that is said once more; what is said twice stands once."""
    return places.pop() if len(places) > 1 else places[0]
