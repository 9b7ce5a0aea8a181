"""The shirt numbers of the people on the page: what was read, and whether it fits the roster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.explain.phrases import count, share
from tracker.numbers.track_numbers import LIKELY, TrackNumbers
from tracker.numbers.worn import ShirtNumber
from tracker.output.row_arrays import RowArrays
from tracker.report.people import ReportPerson
from tracker.types import NO_NUMBER, UNKNOWN, number_text

NUMBERS = (
    "Number: of the roster, and what was read on the shirts of all tracks with this name together, "
    "with how sure that is; marked where the readings of a track leave no doubt of another one."
)
_OTHERS = 2  # other numbers of a person, and tracks with them, that are shown
_CLEAREST = 6  # pictures to choose from
_NAMED = 4


@dataclass(frozen=True, slots=True)
class ShirtPicture:
    """Pictures of which one is to be shown, the clearest first. rows: of RowArrays. reads: what
    each says. wrong: it is another number than it should be."""

    rows: tuple[int, ...]
    reads: tuple[str, ...]
    wrong: bool


def shirts_of(
    people: Sequence[ReportPerson],
    rows: RowArrays,
    found: TrackNumbers | None,
    worn: Mapping[str, int],
) -> list[ShirtNumber]:
    """Of each of the people; none where no numbers were read. worn: by player."""
    if found is None:
        return []
    named = rows.players[found.rows]
    codes = {name: n for n, name in enumerate(rows.names)}
    shirts = []
    for person in people:
        if person.track is None:
            mine = found.take(named == codes.get(person.label, UNKNOWN - 1))
        else:
            mine = found.take(found.tracks == person.track)
        number = worn.get(person.label, NO_NUMBER) if person.track is None else NO_NUMBER
        shirts.append(ShirtNumber.of(mine, number))
    return shirts


def pictures_of(shirt: ShirtNumber) -> list[ShirtPicture]:
    """The clearest of all that was read on a person, and of each track with another number."""
    others = shirt.another[:_OTHERS]
    found = [_picture(part, wrong=True) for part in others]
    if number_of(shirt) != NO_NUMBER and not _all_wrong(shirt):
        found.insert(0, _picture(shirt.read, wrong=False))
    return found


def _picture(read: TrackNumbers, wrong: bool) -> ShirtPicture:
    best = read.clearest(_CLEAREST)
    texts = (
        f"reads {number_text(number)} ({share(sure)})"
        for number, sure in zip(
            read.numbers[best].tolist(), read.confidence[best].tolist(), strict=True
        )
    )
    return ShirtPicture(tuple(read.rows[best].tolist()), tuple(texts), wrong)


def number_of(shirt: ShirtNumber) -> int:
    """What was likeliest read on all of a person's tracks, NO_NUMBER where that is nothing."""
    return shirt.read.likely


def _all_wrong(shirt: ShirtNumber) -> bool:
    """Whether what is likeliest of all is itself another number than is worn."""
    return number_of(shirt) in [part.settled for part in shirt.another]


def number_block(shirt: ShirtNumber, thumbs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The cell of the table. thumbs: blocks of the pictures of `pictures_of` that there are."""
    legible = int(np.count_nonzero(shirt.read.legible))
    return {
        "worn": number_text(shirt.worn),
        "line": _line(shirt),
        "wrong": _wrong(shirt),
        "title": f"legible in {legible or 'none'} of {count(len(shirt.read), 'picture')} looked at",
        "pictures": [thumb for thumb in thumbs if thumb["number"]],
    }


def _line(shirt: ShirtNumber) -> str:
    """What was read of all tracks together, where that is not what `_wrong` says."""
    best = shirt.read.likeliest()
    if not best:
        return "not read"
    if best[0].probability < LIKELY:
        return "unclear"
    if _all_wrong(shirt):
        return ""
    number, sure = best[0].number, share(best[0].probability)
    if number == shirt.worn:
        return f"read, {sure}"
    settled = number == shirt.read.settled
    return f"reads {number_text(number)}, {sure}" if settled else f"perhaps {number_text(number)}"


def _wrong(shirt: ShirtNumber) -> list[str]:
    """A line for each other number."""
    by_number: dict[int, list[TrackNumbers]] = defaultdict(list)
    for part in shirt.another:
        by_number[part.settled].append(part)
    lines = []
    for number, parts in list(by_number.items())[:_OTHERS]:
        sure = max(part.likeliest()[0].probability for part in parts)
        tracks = ", ".join(str(part.tracks[0]) for part in parts)
        lines.append(f"reads {number_text(number)}, {share(sure)}, on track {tracks}")
    return lines


def mismatch_words(people: Sequence[ReportPerson], shirts: Sequence[ShirtNumber]) -> str:
    """A sentence for the top of the page: on whose tracks another number is read; "" on none's."""
    both = zip(people, shirts, strict=False)  # no shirts where no numbers were read
    wrong = [p.label for p, shirt in both if shirt.another and p.track is None]
    if not wrong:
        return ""
    return (
        f"Another shirt number than it should be is read on {' and '.join(wrong[:_NAMED])}"
        + (f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else "")
        + ": the name may be wrong there (marked in the table)."
    )
