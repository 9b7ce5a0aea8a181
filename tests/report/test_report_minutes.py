"""How long people are in view: counted by hand, and where what is expected must go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.report import FPS, SIZE, SURE, Life, write_run
from tracker.output.row_arrays import RowArrays, read_rows
from tracker.report.camera import Views
from tracker.report.minutes import PlayerMinutes, Rates, minutes_of, step


def rows_of(tmp_path: Path, lives: Sequence[Life], name: str = "out") -> RowArrays:
    players = sorted({life.player for life in lives if life.player})
    return read_rows(write_run(tmp_path / name, lives, players) / "tracks.csv", FPS)


def by_name(rows: RowArrays, views: Views | None = None) -> dict[str, PlayerMinutes]:
    return dict(zip(rows.names, minutes_of(rows, SIZE, views), strict=True))


ALWAYS = Life(9, "Zoe", [("visible", 120, SURE)], x=40)


def test_seen_hidden_bridged_and_away_add_up_to_the_run(tmp_path: Path) -> None:
    # 1 s seen, 0.5 s hidden, 1 s lost, 1 s seen, then 8.5 s of which nothing is known
    life = Life(
        1, "Ada",
        [("visible", 10, SURE), ("occluded", 5, SURE), ("absent", 10, SURE),
         ("visible", 10, SURE)], x=100,
    )  # fmt: skip
    ada = by_name(rows_of(tmp_path, [life, ALWAYS]))["Ada"]
    assert (ada.seen_s, ada.hidden_s, ada.interpolated_s, ada.away_s) == pytest.approx(
        (2.0, 0.5, 1.0, 8.5)
    )
    assert ada.in_view_s == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("absent", "x", "bridged_s"),
    [(20, 100, 2.0), (21, 100, 0.0), (10, 240, 1.0), (10, 261.5, 0.0)],
    ids=["2 s", "longer than 2 s", "in the picture", "over its edge"],
)
def test_a_gap_is_bridged_where_it_is_short_and_in_the_picture(
    tmp_path: Path, absent: int, x: float, bridged_s: float
) -> None:
    # the second path begins where the first was lost; a box of 60 px at the right edge (320) is
    # within .35 of its height of it from x = 279 on
    lives = [
        Life(1, "Ada", [("visible", 10, SURE)], x=x),
        Life(2, "Ada", [("visible", 10, SURE)], first=11 + absent, x=x + 18),
        ALWAYS,
    ]
    assert by_name(rows_of(tmp_path, lives))["Ada"].interpolated_s == pytest.approx(bridged_s)


def test_nobody_is_bridged_who_would_have_had_to_fly_or_cross_a_cut(tmp_path: Path) -> None:
    near = Life(1, "Ada", [("visible", 10, SURE)], x=10), ALWAYS
    far = Life(2, "Ada", [("visible", 10, SURE)], first=14, x=200)  # 170 px: 3 heights in 0.3 s
    assert by_name(rows_of(tmp_path, [*near, far]))["Ada"].interpolated_s == 0
    close = Life(2, "Ada", [("visible", 10, SURE)], first=14, x=60)
    rows = rows_of(tmp_path, [*near, close], "close")
    assert by_name(rows)["Ada"].interpolated_s == pytest.approx(0.3)
    still = np.tile(np.eye(3), (120, 1, 1))
    cut = Views((np.arange(120) > 11).astype(np.int64), still)
    assert by_name(rows, cut)["Ada"].interpolated_s == 0
    panned = still.copy()
    panned[12:, 0, 2] = -150  # what stood at 60 is far outside now: they would have had to fly
    assert by_name(rows, Views(np.zeros(120, np.int64), panned))["Ada"].interpolated_s == 0


def test_who_vanishes_in_the_middle_is_expected_to_be_there_and_over_the_edge_is_not(
    tmp_path: Path,
) -> None:
    lives = [
        ALWAYS,
        Life(1, "Mid", [("visible", 30, SURE)], x=100),
        Life(2, "Mid", [("visible", 30, SURE)], first=91, x=120),
        Life(3, "Out", [("visible", 30, SURE)], x=221.5),  # at the right edge when last seen
    ]
    found = by_name(rows_of(tmp_path, lives))
    mid, out = found["Mid"], found["Out"]
    assert mid.seen_s == pytest.approx(6.0)
    assert mid.expected_s > 10.5  # of 12
    assert mid.low_s > mid.seen_s
    assert out.seen_s == pytest.approx(3.0)
    assert out.expected_s < 7.5
    assert out.high_s - out.low_s > 3  # and it says that it does not know
    for m in found.values():
        assert 0 <= m.low_s <= m.expected_s <= m.high_s <= 12.0 + 1e-9


def test_a_name_that_is_doubted_is_expected_less(tmp_path: Path) -> None:
    # other people leave and stay away, so whoever is not seen may be away
    others = [Life(n, f"P{n}", [("visible", 30, SURE)], x=221.5) for n in range(2, 7)]
    sure = rows_of(tmp_path, [ALWAYS, Life(1, "Ada", [("visible", 120, 1.0)], x=100), *others])
    doubted = replace(sure, sure=np.where(sure.tracks == 1, np.float32(0.6), sure.sure))
    one, two = by_name(sure)["Ada"], by_name(doubted)["Ada"]
    assert one.seen_s == two.seen_s
    assert two.expected_s < one.expected_s - 1
    assert two.low_s < one.low_s


def test_steps_of_the_chain_are_chances_and_follow_each_other() -> None:
    rates = Rates(0.2, 0.6)
    steps = step(np.array([0.0, 0.5, 1.5, 1e4]), rates)
    np.testing.assert_allclose(steps.sum(axis=-1), 1)
    np.testing.assert_allclose(steps[0], np.eye(2))
    np.testing.assert_allclose(steps[1] @ step(np.array(1.0), rates), steps[2])
    np.testing.assert_allclose(steps[3], [[0.75, 0.25]] * 2, atol=1e-9)


def test_coverage_on_people_who_come_and_go_at_random(tmp_path: Path) -> None:
    # 40 people, in view or away by the chain itself, detected in stretches; the 90 % interval must
    # hold the truth for at least three quarters of those who were not seen throughout
    random = np.random.default_rng(1)
    lives, truth = [], {}
    for n in range(1, 41):
        there, at, parts = True, 0, []
        while at < 600:
            stay = min(int(random.exponential(150 if there else 60)) + 1, 600 - at)
            parts.append((there, at, stay))
            at, there = at + stay, not there
        name = f"P{n:02d}"
        truth[name] = sum(stay for inside, _, stay in parts if inside) / FPS
        for k, (inside, begin, stay) in enumerate(parts):
            if not inside:
                continue
            last = begin + stay == 600
            lost = int(random.integers(0, stay // 3 + 1))  # undetected in the middle of the picture
            cut = stay // 3
            ends = [(begin, cut, 100.0), (begin + cut + lost, stay - cut - lost, 100.0)]
            for j, (first, count, x) in enumerate(ends):
                if count:
                    at_edge = j == 1 and not last
                    start = 279.5 - 2 * (count - 1) if at_edge else x
                    if j == 0 and k:
                        start = 0.0
                    lives.append(Life(1000 * n + 10 * k + j, name, [("visible", count, SURE)],
                                      first=first + 1, x=start))  # fmt: skip
    found = by_name(rows_of(tmp_path, lives))
    open_ = [name for name, m in found.items() if m.high_s - m.low_s > 0.1]
    hits = [found[n].low_s - 0.1 <= truth[n] <= found[n].high_s + 0.1 for n in open_]
    assert len(open_) > 20
    assert np.mean(hits) > 0.75
    errors = [abs(found[n].expected_s - truth[n]) for n in truth]
    seen = [abs(found[n].seen_s - truth[n]) for n in truth]
    assert np.mean(errors) < 0.75 * np.mean(seen)
