"""What a shirt number that was read says of who wears it.

Readers err in ways of their own: of 19 wrong readings on SNMOT-116 (of 84) six were one digit of
two and ten had one digit wrong. Both teams may wear a number: which team it is, appearance must
tell.
"""

from __future__ import annotations

import numpy as np

from tracker.identity.number_evidence import number_nats
from tracker.identity.roster_rules import RosterRules
from tracker.types import NO_NUMBER, Doubles, Floats, Ints, Readings

NUMBERS = 100
"""Shirt numbers are 0 to 99: a reading at random has one chance in this many."""
_PART, _MISREAD = 0.3, 0.5
"""Shares of the wrong readings that are a part of the number, or have one digit wrong."""


def log_likelihood(readings: Readings, rules: RosterRules) -> Doubles:
    """(N, P + 1) nats for each name, 0 for nobody known and for a player without a number.

    p(read | number) = c [read = number] + (1 - c) p(read | number misread), c the confidence of
    the reading, against a number drawn at random; bounded by `number_nats` on both sides. A row of
    zeros where nothing was read.
    """
    players = len(rules.number)
    result = np.zeros((len(readings), players + 1))
    if readings.digits is not None:
        return _by_digits(readings.digits, rules, result)
    read = np.flatnonzero(readings.numbers != NO_NUMBER)
    known = np.flatnonzero(rules.number != NO_NUMBER)
    if not len(read) or not len(known):
        return result
    seen, worn = readings.numbers[read][:, None], rules.number[known][None]
    sure = readings.confidence[read].astype(np.float64)[:, None]
    probability = sure * (seen == worn) + (1 - sure) * misread_probabilities(seen, worn)
    limit = rules.settings.number_nats
    worth = np.log(np.maximum(probability * NUMBERS, np.exp(-limit)))
    result[np.ix_(read, known)] = np.minimum(worth, limit)
    return result


def _by_digits(digits: Floats, rules: RosterRules, result: Doubles) -> Doubles:
    """The same of a reader that gives all digits' probabilities."""
    known = np.flatnonzero(rules.number != NO_NUMBER)
    limit = rules.settings.number_nats
    result[:, known] = np.clip(number_nats(digits)[:, rules.number[known]], -limit, limit)
    return result


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
    rest = 1 - _MISREAD - np.where(two, _PART, 0.0)
    return np.asarray(_PART / parts * part + _MISREAD * one_digit / ways + rest / NUMBERS)
