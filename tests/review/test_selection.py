"""Which question is worth most, and what belongs into a group."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.review.selection import GROUP, choose

RISKS = st.lists(
    st.tuples(st.floats(0, 0.99), st.floats(0, 1e4)), min_size=1, max_size=40
)  # fmt: skip


def chosen(risk: list[float], boxes: list[float], fresh: bool = True, groups: bool = True):  # type: ignore[no-untyped-def]
    n = len(risk)
    return choose(np.array(risk), np.array(boxes), np.full(n, fresh), False, groups)


def test_what_is_known_to_be_wrong_comes_before_a_group_that_is_likely_right() -> None:
    choice = chosen([1.0, 0.1, 0.1], [300.0, 20.0, 20.0])
    assert (list(choice.units), choice.group) == ([0], False)


def test_many_that_may_be_wrong_are_asked_about_together() -> None:
    choice = chosen([0.3] * 20, [100.0] * 20)
    assert choice.group
    assert len(choice.units) == GROUP
    # 16 of them: an answer, and .3 more for each
    assert abs(choice.rate - 16 * 30 / (1 + 16 * 0.3)) < 1e-6


def test_a_group_leaves_out_what_is_likely_wrong_and_hardly_worth_an_answer() -> None:
    choice = chosen([0.9] * 16 + [0.4] * 16, [5.0] * 16 + [200.0] * 16)
    assert set(choice.units) == set(range(16, 32))


def test_who_was_in_a_group_is_in_no_other() -> None:
    assert not chosen([0.3] * 20, [100.0] * 20, fresh=False).group


@settings(deadline=None)
@given(RISKS)
def test_no_single_question_is_worth_more_than_the_choice(pairs: list[tuple[float, float]]) -> None:
    risk, boxes = map(list, zip(*pairs, strict=True))
    choice = chosen(risk, boxes)
    worth = np.array(risk) * np.array(boxes)
    if choice is None:
        assert not worth.any()
    elif choice.group:
        assert choice.rate * 1.3 >= worth.max() - 1e-9
    else:
        assert worth[choice.units[0]] == worth.max()
