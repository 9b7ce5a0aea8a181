"""When the readings of one track are enough: surely one number, and read more than once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.numbers import digits_of, silent
from tracker.identity.number_evidence import settled_number
from tracker.types import DOUBLE_ZERO, NO_NUMBER, Floats

SEVEN, NINE, TWO, TWENTY = digits_of(7), digits_of(9), digits_of(2), digits_of(20)
EACH = [0.0, 0.4, 0.8, 1.2, 1.6]


@pytest.mark.parametrize(
    ("readings", "times_s", "number"),
    [
        pytest.param([SEVEN] * 3, [0, 0.4, 0.8], 7, id="three times"),
        pytest.param([SEVEN] * 2, [0, 0.4], 7, id="twice"),
        pytest.param([SEVEN], [0], NO_NUMBER, id="once"),
        pytest.param([SEVEN] * 4, [0, 0.1, 0.2, 0.3], NO_NUMBER, id="at one time"),
        pytest.param([SEVEN, silent(), SEVEN, SEVEN], [0, 0.4, 0.8, 1.2], 7, id="not each time"),
        pytest.param([SEVEN, NINE, SEVEN, NINE], [0, 0.4, 0.8, 1.2], NO_NUMBER, id="another"),
        pytest.param([NINE, *[SEVEN] * 4], [0, 0.4, 0.8, 1.2, 1.6], 7, id="one slip"),
        pytest.param([TWENTY, TWO, TWENTY, TWO, TWENTY], EACH, 20, id="half of it"),
        pytest.param([TWENTY, NINE, TWENTY, NINE, TWENTY], EACH, NO_NUMBER, id="no half of it"),
        pytest.param([TWO, TWENTY, TWO, TWENTY, TWO], EACH, NO_NUMBER, id="more than it"),
        pytest.param([digits_of(7, 0.3)] * 3, [0, 0.4, 0.8], NO_NUMBER, id="never sure"),
        pytest.param([digits_of(DOUBLE_ZERO)] * 3, [0, 0.4, 0.8], DOUBLE_ZERO, id="00"),
        pytest.param([silent()] * 9, list(range(9)), NO_NUMBER, id="nothing"),
    ],
)
def test_settled(readings: list[Floats], times_s: list[float], number: int) -> None:
    assert settled_number(np.array(readings), np.array(times_s, np.float64)) == number
