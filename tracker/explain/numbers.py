"""What was read on the shirt of a track, in the frames that count for its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tracker.explain.phrases import count, share, span
from tracker.explain.run import RunEvidence
from tracker.numbers.track_numbers import LIKELY
from tracker.numbers.worn import contradicts
from tracker.types import NO_NUMBER, number_text

_SHOWN = 12
_WORTH_TELLING = 0.005


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A picture in which a number was read. frame: from 1. confidence: of this reading alone."""

    frame: int
    number: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ReadNumbers:
    """tried: pictures of the shirt that were looked at; legible: in which a number was read.

    numbers: what they say together, the likeliest first. worn: by the player asked about, "" where
    the roster does not say, or nobody is asked about. contradicts: another number is settled.
    wearers: players who wear the settled one. pictures: the clearest, in order of time.
    """

    first_frame: int
    last_frame: int
    tried: int
    legible: int
    numbers: list[tuple[str, float]]
    worn: str
    contradicts: bool
    wearers: list[str]
    pictures: list[ReadPicture]


def numbers_of(
    case: RunEvidence, track: int, player: str | None, first: int, last: int
) -> ReadNumbers | None:
    """Of a track in these frames; None where no number was looked for there."""
    read = None if case.numbers is None else case.numbers.of_track(track, first, last)
    if read is None or not len(read):
        return None
    best, worn = read.likeliest(), case.worn.get(player or "", NO_NUMBER)
    clearest = read.take(np.sort(read.clearest(_SHOWN)))
    return ReadNumbers(
        first,
        last,
        len(read),
        int(read.legible.sum()),
        [(number_text(c.number), c.probability) for c in best if c.probability > _WORTH_TELLING],
        number_text(worn),
        contradicts(read, worn),
        [name for name, number in case.worn.items() if number == read.settled],
        [
            ReadPicture(frame, number_text(number), sure, (box[0], box[1], box[2], box[3]))
            for frame, number, sure, box in zip(
                clearest.frames.tolist(), clearest.numbers.tolist(), clearest.confidence.tolist(),
                clearest.boxes.tolist(), strict=True,
            )
        ],
    )  # fmt: skip


def numbers_line(read: ReadNumbers, player: str | None) -> str:
    """What was read, in words."""
    when = span(read.first_frame, read.last_frame)
    return f"shirt number in {when}: {'; '.join(_parts(read, player))}"


def _parts(read: ReadNumbers, player: str | None) -> Iterator[str]:
    looked = f"{count(read.tried, 'picture')} looked at"
    if not read.legible:
        yield f"none could be read in {looked}"
    else:
        (number, sure), *others = read.numbers
        rest = ", ".join(f"{other} {share(chance)}" for other, chance in others)
        clearest = max(read.pictures, key=lambda picture: picture.confidence)
        yield (
            f"{number if sure >= LIKELY else f'unclear, perhaps {number}'}, {share(sure)} sure"
            + (f" ({rest})" if rest else "")
        )
        yield (
            f"legible in {read.legible} of {looked}, most clearly in frame {clearest.frame} "
            f"({clearest.number}, {share(clearest.confidence)})"
        )
        if read.contradicts:
            yield f"{player} wears {read.worn} by the roster: this speaks against the name"
        elif read.worn:
            yield f"{player} wears {read.worn} by the roster"
        elif read.wearers:
            yield f"worn by {' and '.join(read.wearers)}"
