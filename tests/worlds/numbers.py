"""Readers of shirt numbers for tests, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tracker.types import DIGITS, DOUBLE_ZERO, Floats, Image


def digits_of(number: int, sure: float = 0.97, legible: float = 0.99) -> Floats:
    """(22,) of a shirt on which this number was read, each digit with probability `sure`."""
    tens, units = np.full(11, (1 - sure) / 10), np.full(10, (1 - sure) / 9)
    first = 0 if number < 10 else 1 if number == DOUBLE_ZERO else number // 10 + 1
    tens[first], units[number % 10] = sure, sure
    return np.array([*tens, *units, legible], np.float32)


def silent(legible: float = 0.01) -> Floats:
    """(22,) of a shirt on which nothing can be read."""
    return np.array([*np.full(11, 1 / 11), *np.full(10, 0.1), legible], np.float32)


class FakeReader:
    """Says of each crop what `says` does; keeps the sizes of the crops it was given."""

    name, fingerprint = "net", "0" * 16

    def __init__(self, says: Callable[[Image], Floats]) -> None:
        self.says = says
        self.sizes: list[list[tuple[int, int]]] = []

    def read(self, crops: Sequence[Image]) -> Floats:
        self.sizes.append([(crop.shape[1], crop.shape[0]) for crop in crops])
        return np.array([self.says(crop) for crop in crops], np.float32).reshape(-1, DIGITS)

    def read_numbers(self, crops: Sequence[Image]) -> Floats:
        return self.read(crops)


def by_colour(crop: Image) -> Floats:
    """Red shirts bear 10, blue ones 7, darker crops are less sure; others bear nothing."""
    if not crop.size:
        return np.zeros(DIGITS, np.float32)
    blue, _, red = crop.reshape(-1, 3).mean(axis=0)
    if abs(red - blue) < 60:
        return silent()
    return digits_of(10 if red > blue else 7, 0.6 + max(red, blue) / 1000)
