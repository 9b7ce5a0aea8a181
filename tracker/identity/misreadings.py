"""The digits of a shirt on which a reader says one number, and how sure it is of it.

Readers err in ways of their own: of 19 wrong readings on SNMOT-116 (of 84) six were one digit of
two and ten had one digit wrong.
"""

from __future__ import annotations

import numpy as np

from tracker.identity.number_evidence import LEGIBLE, TENS, UNITS
from tracker.types import DIGITS, DOUBLE_ZERO, NO_NUMBER, SHIRT_NUMBERS, Doubles, Floats, Ints

_PART, _DIGIT, _ANY = 0.3, 0.5, 0.2
"""Shares of the wrong readings of one digit that are half of a number, of all that have one digit
wrong, and that could be anything: of those 19 six, ten and three."""
_HALVES = 9 * _PART / 2  # nine numbers end in a digit, and it is one of their two halves
_SILENT = 0.01  # p(legible) where no number was found: seen from the front, most shirts have none


def digits_of(numbers: Ints, confidence: Floats) -> Floats:
    """(N, 22) as `Readings.digits` of readings of which only the number is known.

    numbers: (N,), NO_NUMBER where somebody looked and found none. confidence: (N,) how likely each
    is right; what is left is shared out over the ways in which readings go wrong.
    """
    digits = np.empty((len(numbers), DIGITS), np.float32)
    digits[:, TENS], digits[:, UNITS], digits[:, LEGIBLE] = 1 / 11, 1 / 10, _SILENT
    read = np.flatnonzero(numbers != NO_NUMBER)
    digits[read] = _legible(numbers[read], confidence[read].astype(np.float64))
    return digits


def misread_probabilities(seen: Ints, worn: Ints) -> Doubles:
    """(N, P) chance of reading `seen` (N, 1) where `worn` (1, P) stands and is not read right."""
    two = worn >= 10
    first, last = worn // 10, worn % 10
    part = two & (seen < 10) & ((seen == first) | (seen == last))
    parts = np.where(first == last, 1, 2)
    as_long = two == (seen >= 10)
    off = (seen // 10 != first).astype(int) + (seen % 10 != last)
    one_digit = as_long & (off == 1)
    ways = np.where(two, 18, 9)  # in which one digit can be wrong
    rest = 1 - _DIGIT - np.where(two, _PART, 0.0)
    return np.asarray(_PART / parts * part + _DIGIT * one_digit / ways + rest / SHIRT_NUMBERS)


def _legible(numbers: Ints, sure: Doubles) -> Doubles:
    """(N, 22) where there is a number."""
    each, two = np.arange(len(numbers)), numbers >= 10
    number = np.where(numbers == DOUBLE_ZERO, 0, numbers)
    legible = 1 - _ANY * (1 - sure)
    right = sure / legible
    # before a single digit there may be another one that was not found
    lost = (1 - right) * _HALVES / (_HALVES + _DIGIT)
    wrong_tens = np.where(two, 1 - np.sqrt(right), lost)
    wrong_units = 1 - right / np.maximum(1 - wrong_tens, 1e-9)
    first = np.where(two, 1 + number // 10, 0)
    others = np.ones((len(numbers), 11), bool)
    others[:, 1] = False  # no number begins with 0 but 00
    others[each, first] = False
    digits = np.empty((len(numbers), DIGITS))
    digits[:, TENS] = others * (wrong_tens / others.sum(axis=1))[:, None]
    digits[:, UNITS] = (wrong_units / 9)[:, None]
    digits[each, TENS.start + first] = 1 - wrong_tens
    digits[each, UNITS.start + number % 10] = 1 - wrong_units
    digits[:, LEGIBLE] = legible
    return digits
