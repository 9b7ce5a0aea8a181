"""Shirt numbers of many frames as columns: as they lie in memory for a second pass, and in a file.

Digits take room only of the shirts that somebody tried to read, at half precision (`rounded`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.identity.misreadings import digits_of
from tracker.identity.number_evidence import nothing_read, readings_of
from tracker.types import DIGITS, DOUBLE_ZERO, NO_NUMBER, Floats, Ints, Mask, Readings

NUMBERS: dict[str, type[np.generic]] = {
    "numbers": np.int64, "confidence": np.float32, "tried": np.bool_, "digits": np.float16,
}  # fmt: skip
"""Columns of a file. The last two are not in files of before digits were kept, and not wherever no
numbers were read."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedReadings:
    """Readings of F frames with Q boxes in those where numbers were read, T of them looked at.

    read: (F,) whether numbers were read. numbers, confidence, tried: (Q,), tried where somebody
    looked for a number. digits: (T, 22) float16.
    """

    read: Mask
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
        there = [
            readings_of(nothing_read(0)),
            *(readings for readings in every if readings is not None),
        ]
        digits = np.concatenate([readings.digits for readings in there]).astype(np.float16)
        tried = np.asarray(digits.any(axis=1))
        return cls(
            np.array([readings is not None for readings in every], bool),
            np.concatenate([readings.numbers for readings in there]).astype(np.int64),
            np.concatenate([readings.confidence for readings in there]).astype(np.float32),
            tried, digits[tried],
        )  # fmt: skip

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, tuple[NDArray[Any], Mask]], counts: Ints
    ) -> PackedReadings:
        """Of a file: values by names of `NUMBERS`, and the frames that have any. counts: (F,) boxes
        of each frame. A frame of before digits were kept gets those of its numbers. Raises
        ValueError, and KeyError where a column is missing."""
        (numbers, read), confidence = columns["numbers"], columns["confidence"][0]
        by_digits = columns["tried"][1] if "tried" in columns else np.zeros(len(counts), bool)
        boxes = np.repeat(by_digits, counts * read)
        if len(numbers) != (counts * read).sum() or (by_digits & ~read).any():
            raise ValueError("numbers of more or fewer people than there are")
        known = (numbers >= NO_NUMBER) & (numbers <= DOUBLE_ZERO)
        if not (known & (confidence >= 0) & (confidence <= 1)).all():
            raise ValueError("numbers that nobody wears, or no probabilities")
        tried = np.asarray(numbers != NO_NUMBER)
        digits = np.zeros((len(numbers), DIGITS), np.float16)
        digits[tried] = digits_of(numbers[tried], confidence[tried])
        if "tried" in columns:
            tried[boxes], kept = columns["tried"][0], columns["digits"][0].reshape(-1, DIGITS)
            if not ((kept >= 0) & (kept <= 1)).all():
                raise ValueError("digits that are no probabilities")
            digits[tried & boxes] = kept
        return cls(read, numbers, confidence, tried, digits[tried])

    def columns(self, counts: Ints) -> dict[str, tuple[NDArray[Any], Ints, Mask]]:
        """For a file: by name, values, how many each frame has, and which frames have any."""
        found: dict[str, tuple[NDArray[Any], Ints, Mask]] = {
            "numbers": (self.numbers, counts, self.read),
            "confidence": (self.confidence, counts, self.read),
        }
        if not self.read.any():
            return found
        sizes = np.diff(self.starts(counts)[1]) * DIGITS
        return found | {
            "tried": (self.tried, counts, self.read),
            "digits": (self.digits.ravel(), sizes, self.read),
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
        tried = self.tried[here]
        digits = nothing_read(count)
        digits[tried] = self.digits[digit_row : digit_row + np.count_nonzero(tried)]
        return Readings(self.numbers[here], self.confidence[here], digits)
