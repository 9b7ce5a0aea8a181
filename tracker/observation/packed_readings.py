"""Shirt numbers of many frames as columns: as they lie in memory for a second pass, and in a file.

Digits take room only of the shirts that somebody tried to read, at half precision (`rounded`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.types import DIGITS, Floats, Ints, Mask, Readings

NUMBERS: dict[str, type[np.generic]] = {
    "numbers": np.int64, "confidence": np.float32, "tried": np.bool_, "digits": np.float16,
}  # fmt: skip
"""Columns of a file. The last two are there only where a reader gave digits, and versions that know
nothing of them read the others without."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedReadings:
    """Readings of F frames with Q boxes in those where numbers were read, T of them by digits.

    read: (F,) whether numbers were read. by_digits: (F,) whether the reader gave digits. numbers,
    confidence, tried: (Q,), tried where somebody looked for digits. digits: (T, 22) float16.
    """

    read: Mask
    by_digits: Mask
    numbers: Ints
    confidence: Floats
    tried: Mask
    digits: NDArray[np.float16]

    def __post_init__(self) -> None:
        if len({len(self.numbers), len(self.confidence), len(self.tried)}) > 1:
            raise ValueError("numbers, their confidence and their digits of different lengths")
        if np.count_nonzero(self.tried) != len(self.digits):
            raise ValueError("digits of more or fewer shirts than were tried")

    @classmethod
    def of(cls, every: Sequence[Readings | None]) -> PackedReadings:
        """Those of each frame, None where none were read."""
        none = Readings(np.zeros(0, np.int64), np.zeros(0, np.float32))
        there = [readings for readings in every if readings is not None]
        digits = [_digits(readings) for readings in there]
        tried = [np.zeros(0, bool), *(rows.any(axis=1) for rows in digits)]
        mask = np.concatenate(tried)
        return cls(
            np.array([readings is not None for readings in every], bool),
            np.array([r is not None and r.digits is not None for r in every], bool),
            np.concatenate([r.numbers for r in (none, *there)]).astype(np.int64),
            np.concatenate([r.confidence for r in (none, *there)]).astype(np.float32),
            mask,
            np.concatenate([np.zeros((0, DIGITS), np.float16), *digits])[mask],
        )

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, tuple[NDArray[Any], Mask]], counts: Ints
    ) -> PackedReadings:
        """Of a file: values by names of `NUMBERS`, and the frames that have any. counts: (F,) boxes
        of each frame. Raises ValueError, and KeyError where one is missing."""
        numbers, read = columns["numbers"]
        by_digits, tried = np.zeros(len(counts), bool), np.zeros(len(numbers), bool)
        digits = np.zeros((0, DIGITS), np.float16)
        if "tried" in columns:
            of_frames, by_digits = columns["tried"]
            tried[np.repeat(by_digits, counts * read)] = of_frames
            digits = columns["digits"][0].reshape(-1, DIGITS)
            if not ((digits >= 0) & (digits <= 1)).all():
                raise ValueError("digits that are no probabilities")
        if len(numbers) != (counts * read).sum() or (by_digits & ~read).any():
            raise ValueError("numbers of more or fewer people than there are")
        return cls(read, by_digits, numbers, columns["confidence"][0], tried, digits)

    def columns(self, counts: Ints) -> dict[str, tuple[NDArray[Any], Ints, Mask]]:
        """For a file: by name, values, how many each frame has, and which frames have any."""
        found: dict[str, tuple[NDArray[Any], Ints, Mask]] = {
            "numbers": (self.numbers, counts, self.read),
            "confidence": (self.confidence, counts, self.read),
        }
        if not self.by_digits.any():
            return found
        boxes = np.repeat(self.by_digits, counts * self.read)
        sizes = np.diff(self.starts(counts)[1]) * DIGITS
        return found | {
            "tried": (self.tried[boxes], counts, self.by_digits),
            "digits": (self.digits.ravel(), sizes, self.by_digits),
        }

    def starts(self, counts: Ints) -> tuple[Ints, Ints]:
        """(F + 1,) read boxes and rows of digits before each frame. counts: (F,) boxes of each."""
        zero = np.zeros(1, np.int64)
        read = np.append(zero, np.cumsum(counts * self.read))
        return read, np.append(zero, np.cumsum(self.tried, dtype=np.int64))[read]

    def at(self, frame: int, before: Sequence[int], count: int) -> Readings | None:
        """Of one frame of `count` boxes. before: read boxes and rows of digits, as in `starts`."""
        row, digit_row = before
        if not self.read[frame]:
            return None
        here = slice(row, row + count)
        numbers, confidence = self.numbers[here], self.confidence[here]
        if not self.by_digits[frame]:
            return Readings(numbers, confidence)
        tried = self.tried[here]
        digits = np.zeros((count, DIGITS), np.float32)
        digits[tried] = self.digits[digit_row : digit_row + np.count_nonzero(tried)]
        return Readings(numbers, confidence, digits)


def _digits(readings: Readings) -> NDArray[np.float16]:
    if readings.digits is None:
        return np.zeros((len(readings), DIGITS), np.float16)
    return readings.digits.astype(np.float16)
