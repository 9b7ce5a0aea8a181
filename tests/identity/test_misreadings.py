"""A reader that says one number: which digits may have stood there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.identity.misreadings import digits_of
from tracker.identity.number_evidence import TENS, UNITS, number_nats, readings_of
from tracker.types import DOUBLE_ZERO, NO_NUMBER, Floats


def said(*numbers: int, sure: float = 0.8) -> Floats:
    return digits_of(np.array(numbers, np.int64), np.full(len(numbers), sure, np.float32))


@pytest.mark.parametrize("number", [0, 7, 10, 33, 99, DOUBLE_ZERO])
@pytest.mark.parametrize("sure", [0.55, 0.9])
def test_it_is_that_number_as_sure_as_its_reader(number: int, sure: float) -> None:
    readings = readings_of(said(number, sure=sure))
    assert readings.numbers.tolist() == [number]
    if number != DOUBLE_ZERO:  # what begins with a single 0 is no number, so this one is surer
        assert readings.confidence.tolist() == pytest.approx([sure])


@given(number=st.integers(NO_NUMBER, DOUBLE_ZERO), sure=st.floats(0, 1, width=32))
def test_digits_are_probabilities(number: int, sure: float) -> None:
    digits = said(number, sure=sure)
    assert ((digits >= 0) & (digits <= 1)).all()
    for part in (TENS, UNITS):
        assert digits[0, part].sum() == pytest.approx(1, abs=1e-5)


def test_half_a_number_and_a_digit_that_is_wrong_are_likelier_than_anything_else() -> None:
    seven, ten = number_nats(said(7, 10))
    assert seven[7] > seven[17] > seven[34]
    assert seven[3] > seven[34]
    assert ten[10] > ten[70] > ten[34]
    assert ten[10] > ten[18] > ten[34]


def test_where_none_was_found_nothing_is_said() -> None:
    assert number_nats(said(NO_NUMBER)) == pytest.approx(np.zeros((1, 101)), abs=1e-6)


def test_nobody_is_no_row() -> None:
    assert said().shape == (0, 22)
