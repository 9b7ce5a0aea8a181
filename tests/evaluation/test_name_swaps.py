"""Trades of names, and names lost and found: counted by hand, eight frames a second."""

from __future__ import annotations

import pytest

from tests.worlds.evaluation import lanes
from tracker.evaluation.name_scores import pool_names
from tracker.evaluation.names import score_names

FPS = 8.0  # a name holds from four frames on, one second is eight
GALLERY = frozenset("ABC")


def changes(truth: list[str], result: list[str]) -> tuple[int, int, int]:
    scores = score_names(lanes(*truth), lanes(*result), GALLERY, 1, len(truth[0]), FPS)
    return scores.trades, scores.names_lost, scores.names_found


def test_two_who_trade_names_are_one_trade() -> None:
    assert changes(["A" * 16, "B" * 16], ["A" * 8 + "B" * 8, "B" * 8 + "A" * 8]) == (1, 0, 0)


def test_a_trade_that_is_taken_back_is_two() -> None:
    truth = ["A" * 30, "B" * 30]
    result = ["A" * 10 + "B" * 10 + "A" * 10, "B" * 10 + "A" * 10 + "B" * 10]
    assert changes(truth, result) == (2, 0, 0)


@pytest.mark.parametrize(("frames", "trades"), [(1, 0), (3, 0), (4, 2)])
def test_a_flicker_is_none(frames: int, trades: int) -> None:
    # half a second is four frames; there and back are two trades where both last
    truth = ["A" * 24, "B" * 24]
    rest = 14 - frames
    result = ["A" * 10 + "B" * frames + "A" * rest, "B" * 10 + "A" * frames + "B" * rest]
    assert changes(truth, result)[0] == trades
    # the count that was called swaps before counts them all
    scores = score_names(lanes(*truth), lanes(*result), GALLERY, 1, 24, FPS)
    assert scores.swaps == 4


def test_a_name_taken_over_by_another_who_is_still_there_is_a_trade() -> None:
    # B's box takes A's name; A is there under C's, then under none
    assert changes(["A" * 16, "B" * 16], ["A" * 8 + "C" * 8, "B" * 8 + "A" * 8]) == (1, 0, 0)
    assert changes(["A" * 16, "B" * 16], ["A" * 8 + "?" * 8, "B" * 8 + "A" * 8]) == (1, 1, 0)


def test_no_name_goes_to_nobody() -> None:
    truth = ["A" * 20, "B" * 20]
    assert changes(truth, ["A" * 8 + "?" * 12, "B" * 14 + "?" * 6]) == (0, 2, 0)


def test_who_has_left_has_traded_with_nobody() -> None:
    # A goes out in frame 8; the name comes to B a second and a half later: wrong, but no trade
    truth, result = ["A" * 8 + "." * 20, "B" * 28], ["A" * 8 + "." * 20, "B" * 20 + "A" * 8]
    assert changes(truth, result) == (0, 0, 0)


def test_a_wrong_name_that_was_on_nobody_else_is_no_trade() -> None:
    assert changes(["A" * 16, "B" * 16], ["A" * 8 + "C" * 8, "B" * 16]) == (0, 0, 0)


def test_three_who_pass_their_names_on_are_three() -> None:
    truth = ["A" * 16, "B" * 16, "C" * 16]
    result = ["A" * 8 + "C" * 8, "B" * 8 + "A" * 8, "C" * 8 + "B" * 8]
    assert changes(truth, result) == (3, 0, 0)


def test_lost_and_found_count_apart_from_trades_and_without_flickers() -> None:
    # lost in frame 7, found in frame 13; two frames without a name later are none
    result = ["A" * 6 + "?" * 6 + "A" * 6 + "??" + "A" * 6]
    assert changes(["A" * 26], result) == (0, 1, 1)


def test_frames_without_a_box_neither_count_nor_break() -> None:
    # four frames of B on A's box, with holes in between, hold; both names were on both
    truth = ["A" * 20, "B" * 20]
    result = ["A" * 8 + "B.B.B.B.BBBB", "B" * 8 + "A.A.A.A.AAAA"]
    assert changes(truth, result) == (1, 0, 0)
    assert changes(truth, ["." * 20, "." * 20]) == (0, 0, 0)


def test_counts_of_sequences_add_up_and_are_told_per_minute() -> None:
    one = score_names(
        lanes("A" * 16, "B" * 16), lanes("A" * 8 + "B" * 8, "B" * 8 + "A" * 8), GALLERY, 1, 16, FPS
    )
    other = score_names(lanes("A" * 16), lanes("A" * 8 + "?" * 8), GALLERY, 1, 16, FPS)
    pooled = pool_names([one, other])
    assert (pooled.trades, pooled.names_lost, pooled.names_found) == (1, 1, 0)
    assert pooled.swaps_per_minute == pytest.approx(1 / (32 / FPS / 60))
    assert pooled.unnamed_per_minute == pytest.approx(1 / (32 / FPS / 60))
