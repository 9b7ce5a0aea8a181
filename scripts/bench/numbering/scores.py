"""How right what was read is: of single pictures, and of tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from numbering.shirts import Shirt
from tracker.identity.number_evidence import (
    LEGIBLE,
    number_probabilities,
    readings_of,
    settled_number,
)
from tracker.types import NO_NUMBER, Doubles, Floats, Ints

KEPT = (0.3, 0.55, 0.7)
SURE = (0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """digits: (N, 22). top: (N,) likeliest number. sure: (N,) how likely that it is read rightly.
    true, tracks, times_s, referees: (N,) of the shirts."""

    digits: Floats
    top: Ints
    sure: Doubles
    true: Ints
    tracks: Ints
    times_s: Doubles
    referees: Ints

    @classmethod
    def of(cls, shirts: Sequence[Shirt], digits: Floats) -> Read:
        probability = number_probabilities(digits)
        return cls(
            digits,
            probability.argmax(axis=1),
            probability.max(axis=1) * digits[:, LEGIBLE],
            np.array([s.number for s in shirts], np.int64),
            np.array([s.track for s in shirts], np.int64),
            np.array([s.time_s for s in shirts]),
            np.array([s.is_referee for s in shirts]),
        )


def crop_scores(read: Read) -> dict[str, float]:
    """exact: of all, however unsure. right at: of the surest share. calibration: mean difference of
    how sure and how right, in ten equal parts."""
    right = read.top == read.true
    order = np.argsort(-read.sure, kind="stable")
    kept = {f"right at {k}": float(right[order[: round(k * len(right))]].mean()) for k in KEPT}
    parts = np.array_split(order, 10)
    off = np.mean([abs(read.sure[p].mean() - right[p].mean()) for p in parts if len(p)])
    return {"crops": len(right), "exact": float(right.mean()), **kept, "calibration": float(off)}


def shirt_scores(read: Read) -> dict[str, float]:
    """Of people with a known number: share that is read rightly or not, how many of the read ones
    are right, at several levels; and how often something is read on a referee."""
    known = read.true != NO_NUMBER
    found: dict[str, float] = {"shirts": int(known.sum())}
    for level in SURE:
        said = known & (read.sure >= level)
        right = said & (read.top == read.true)
        found[f"read at {level}"] = float(said.sum() / max(known.sum(), 1))
        found[f"right at {level}"] = float(right.sum() / max(said.sum(), 1))
    found["referees read"] = int(
        (readings_of(read.digits).numbers != NO_NUMBER)[read.referees].sum()
    )
    return found


def track_scores(read: Read) -> dict[str, float]:
    """Tracks of which the number is settled, rightly or not; whose number nobody knows is wrong
    only as a referee."""
    right = wrong = strangers = 0
    numbered = set(read.tracks[read.true != NO_NUMBER].tolist())
    for track in np.unique(read.tracks).tolist():
        mine = read.tracks == track
        number = settled_number(read.digits[mine], read.times_s[mine])
        if number == NO_NUMBER:
            continue
        true = int(read.true[mine][0])
        if true != NO_NUMBER:
            right, wrong = right + (number == true), wrong + (number != true)
        strangers += bool(read.referees[mine].any())
    return {
        "tracks": len(numbered),
        "settled": right,
        "wrong": wrong,
        "referees settled": strangers,
    }
