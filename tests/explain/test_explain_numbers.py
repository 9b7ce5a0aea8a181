"""`explain` and shirt numbers: what was read, how sure that is, and whether it fits the name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worlds.bad_inputs import command
from tests.worlds.readings import Told, write_readings
from tests.worlds.report import Life, Page, draw_video, write_run
from tracker.types import NO_NUMBER

ADA = Life(1, "Ada", [("visible", 40, 1.0)])
CY = Life(3, "", [("visible", 30, 0.2)], first=11, x=100)
LIVES = [ADA, CY]
TOLD: Told = {
    (1, 3): (9, 0.8), (1, 13): (9, 0.95), (1, 23): (3, 0.6), (1, 33): (9, 0.9),
    (3, 15): (10, 0.9), (3, 25): (10, 0.9),
}  # fmt: skip


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return draw_video(tmp_path / "video", LIVES, 40)


def run(root: Path, video: Path, worn: str = "9", told: Told = TOLD) -> Path:
    votes = [(1, 3, {"Ada": 0.0}), (1, 13, {"Ada": 0.0})]
    beliefs = [(1, 3, 5, "Ada", 0.8), (3, 11, 13, "", 0.9)]
    out = write_run(
        root / "out", LIVES, ["Ada", "Bea"], spec=str(video), votes=votes, beliefs=beliefs
    )
    return write_readings(out, told, {"Ada": worn, "Bea": "10"})


def explained(out: Path, *words: object) -> list[str]:
    ended = command(["explain", str(out), *map(str, words)])
    assert ended.code == 0, ended.lines
    return ended.out.splitlines()


def about_the_shirt(out: Path, *words: object) -> str:
    (line,) = [line for line in explained(out, *words) if line.startswith("shirt number")]
    return line


def test_what_was_read_is_told_with_how_sure_it_is(tmp_path: Path, video: Path) -> None:
    assert about_the_shirt(run(tmp_path, video), "--player", "Ada", "--frame", 36) == (
        "shirt number in frames 1-36: 9, >.99 sure; legible in 4 of 4 pictures looked at, most "
        "clearly in frame 13 (9, .95); Ada wears 9 by the roster"
    )


def test_only_readings_that_count_for_the_name_are_told(tmp_path: Path, video: Path) -> None:
    line = about_the_shirt(run(tmp_path, video), "--player", "Ada", "--frame", 12)
    assert "frames 1-12: 9, " in line
    assert "legible in 1 of 1 picture looked at" in line


def test_another_number_than_the_players_speaks_against_the_name(
    tmp_path: Path, video: Path
) -> None:
    line = about_the_shirt(run(tmp_path, video, worn="19"), "--player", "Ada", "--frame", 36)
    assert line.endswith("Ada wears 19 by the roster: this speaks against the name")


def test_of_a_track_without_a_name_it_says_who_wears_that(tmp_path: Path, video: Path) -> None:
    line = about_the_shirt(run(tmp_path, video), "--track", 3, "--frame", 36)
    assert line.endswith("; worn by Bea")


def test_one_weak_reading_is_unclear(tmp_path: Path, video: Path) -> None:
    told = {(1, 3): (9, 0.52), (1, 13): (3, 0.52)}
    line = about_the_shirt(run(tmp_path, video, told=told), "--player", "Ada", "--frame", 36)
    assert ": unclear, perhaps " in line


def test_where_nothing_was_read_nothing_is_said(tmp_path: Path, video: Path) -> None:
    out = run(tmp_path, video, told={(3, 15): (NO_NUMBER, 0.0), (3, 25): (10, 0.9)})
    lines = explained(out, "--player", "Ada", "--frame", 36)
    assert not [line for line in lines if "shirt" in line]
    assert "numbers" not in json.loads(
        "\n".join(explained(out, "--track", 1, "--frame", 9, "--json"))
    )


def test_json_has_all_of_it(tmp_path: Path, video: Path) -> None:
    out = run(tmp_path, video)
    tree = json.loads("\n".join(explained(out, "--player", "Ada", "--frame", 36, "--json")))
    read = tree["numbers"]
    assert (read["tried"], read["legible"], read["worn"], read["contradicts"]) == (4, 4, "9", False)
    assert read["numbers"][0][0] == "9"
    assert [p["frame"] for p in read["pictures"]] == [3, 13, 23, 33]
    assert read["pictures"][1]["box"] == pytest.approx(ADA.box(13))


def test_the_page_shows_the_shirts(tmp_path: Path, video: Path) -> None:
    out, page = run(tmp_path, video), tmp_path / "why.html"
    printed = explained(out, "--player", "Ada", "--frame", 36, "-o", page)
    assert printed[0].startswith("Ada in frame 36")
    text = page.read_text(encoding="utf-8")
    alts = [str(a["alt"]) for t, a in Page(text).tags if t == "img"]
    readings = ((3, "9 (.80)"), (13, "9 (.95)"), (23, "3 (.60)"), (33, "9 (.90)"))
    assert alts == [f"frame {frame}: reads {reading}" for frame, reading in readings]
    wrong = [a for t, a in Page(text).tags if t == "figure" and a.get("class") == "wrong"]
    assert len(wrong) == 1
    assert all(line.replace(">", "&gt;") in text for line in printed[1:])


def test_the_page_is_made_without_the_video_too(tmp_path: Path, video: Path) -> None:
    out = run(tmp_path, tmp_path / "gone.mp4")
    page = tmp_path / "why.html"
    explained(out, "--player", "Ada", "--frame", 36, "-o", page)
    text = page.read_text(encoding="utf-8")
    assert "no pictures: " in text
    assert "<img" not in text
    explained(out, "--player", "Ada", "--frame", 36, "-o", page, "--video", video, "--overwrite")
    assert page.read_text(encoding="utf-8").count("<img") == 4


@pytest.mark.parametrize("place", ["why.html", "", "nowhere/why.html"])
def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path, video: Path, place: str) -> None:
    out = run(tmp_path, video)
    (tmp_path / "why.html").write_text("mine")
    words = ["explain", out, "--track", 1, "--frame", 9, "-o", tmp_path / place]
    ended = command([str(word) for word in words])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert (tmp_path / "why.html").read_text() == "mine"
