"""Questions of a review and of the report say what was read on the shirt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.worlds.readings import Told, write_readings
from tests.worlds.report import FPS, Life, html, write_run
from tracker.corrections.answers_file import Answers
from tracker.numbers import stored
from tracker.numbers.stored import read_numbers
from tracker.observation.chunk import read_chunk
from tracker.output.row_arrays import read_rows
from tracker.output.run_files import OBSERVATIONS
from tracker.review.shirt_reasons import Shirts
from tracker.runs.review_desk import Desk
from tracker.runs.review_table import OpenRun

ADA = Life(1, "Ada", [("visible", 40, 0.6)])
CY = Life(3, "", [("visible", 40, 0.2)], x=150)
LIVES = [ADA, CY]
TWICE: Told = {(1, 3): (9, 0.9), (1, 13): (9, 0.9), (3, 3): (10, 0.9), (3, 13): (10, 0.9)}
WORN = {"Ada": "9", "Bea": "10", "Dee": "10"}


def run(root: Path, told: Told, worn: dict[str, str]) -> Path:
    votes = [(3, 3, {"Bea": 0.0})]
    out = write_run(root / "out", LIVES, list(WORN), votes=votes)
    return write_readings(out, told, worn)


def shirts_of(out: Path, worn: dict[str, str]) -> Shirts:
    rows = read_rows(out / "tracks.csv", FPS)
    numbers = {player: int(number) for player, number in worn.items()}
    return Shirts(read_numbers(out / OBSERVATIONS, rows), numbers)


@pytest.mark.parametrize(
    ("told", "worn", "ada", "cy"),
    [
        (
            TWICE, WORN, "shirt number 9 is read, which Ada wears",
            "shirt number 10 is read; who wears it: Bea, Dee",
        ),
        (
            TWICE, {"Ada": "19", "Bea": "9"},
            "shirt number 9 is read, and Ada wears 19; who wears it: Bea",
            "shirt number 10 is read",
        ),
        ({(1, 3): (9, 0.9)}, WORN, "its shirt number may be 9", ""),
        ({(1, 3): (9, 0.9), (1, 13): (4, 0.9)}, WORN, "", ""),
    ],
)  # fmt: skip
def test_what_is_read_stands_against_what_is_worn(
    told: Told, worn: dict[str, str], ada: str, cy: str, tmp_path: Path
) -> None:
    shirts = shirts_of(run(tmp_path, told, worn), worn)
    assert shirts.reason(1, 1, 40, "Ada") == ada
    assert shirts.reason(3, 1, 40, "") == cy


def test_only_the_frames_that_are_asked_about_count(tmp_path: Path) -> None:
    shirts = shirts_of(run(tmp_path, TWICE, WORN), WORN)
    assert shirts.reason(1, 10, 40, "Ada") == "its shirt number may be 9"
    assert shirts.reason(1, 20, 40, "Ada") == ""


def test_of_a_run_that_read_none_nothing_is_said() -> None:
    assert Shirts().reason(1, 1, 40, "Ada") == ""


def test_a_review_reads_them_once_for_all_solutions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = OpenRun.read(run(tmp_path, TWICE, WORN), Answers())
    rows, read = opened.base.rows, []
    monkeypatch.setattr(
        stored, "read_chunk", lambda *of, **how: read.append(1) or read_chunk(*of, **how)
    )
    first = opened.shirts(rows)
    files = len(read)
    assert files
    again = opened.shirts(replace(rows, tracks=rows.tracks + 1))
    assert len(read) == files
    assert first.reason(1, 1, 40, "Ada") == again.reason(2, 1, 40, "Ada") != ""


@pytest.mark.parametrize("given", ["report", "review"])
def test_a_question_says_what_is_read(given: str, tmp_path: Path) -> None:
    out = run(tmp_path, TWICE, WORN)
    if given == "report":
        assert "<li>shirt number 10 is read; who wears it: Bea, Dee</li>" in html(out)
        return
    desk = Desk.open(out, None, lambda line: None, solve=False)
    try:
        reasons = [reason for q in desk.questions(9) for reason in q["reasons"]]
    finally:
        desk.close()
    assert "shirt number 10 is read; who wears it: Bea, Dee" in reasons
