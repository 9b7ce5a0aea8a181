"""Names that no font can draw are said; all others are not."""

from __future__ import annotations

import pytest

from tracker.render.lettering import undrawn


@pytest.mark.parametrize(
    "name", ["Ann", "Zoë Müller", "Łukasz", "Άννα", "Анна", "عمر", "", "O'Brien 7"]
)
def test_names_that_can_be_drawn_are_not_spoken_of(name: str) -> None:
    assert undrawn([name]) == ""


@pytest.mark.parametrize("name", ["🏀 Ann", "हरि", "𓀀", "ꦗꦮ"])
def test_names_that_cannot_be_drawn_are_said_in_one_line(name: str) -> None:
    told = undrawn(["Bea", name, name])
    assert f"no font here can draw all letters of {name}:" in told
    assert "\n" not in told


def test_many_such_names_are_counted() -> None:
    assert "and 2 more" in undrawn([f"🏀 {n}" for n in range(5)])
