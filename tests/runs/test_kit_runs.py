"""Runs in which teams wear kits: whose they are, by a roster's colours, or by what a user says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.worlds.bad_inputs import command
from tests.worlds.two_kits import BLUE, RED, YELLOW, draw, kit_of, track
from tracker.runs.review_desk import Desk
from tracker.runs.review_journal import ReviewError

UNBOUND = {0: "red", 1: "red", 2: "red", 3: "blue", 4: "blue", 5: "blue", 6: "yellow"}
BOUND = dict.fromkeys(range(3), "Ajax") | dict.fromkeys(range(3, 6), "PSV") | {6: "yellow"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the match, and `out` of a run by its sheet."""
    world = draw(tmp_path_factory.mktemp("kits"))
    assert track(world, "out").code == 0
    return world


@pytest.fixture
def out(drawn: Path, tmp_path: Path) -> Path:
    shutil.copytree(drawn / "out", tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def desk(out: Path) -> Iterator[Desk]:
    opened = Desk.open(out, None, lambda _: None)
    yield opened
    opened.close()


def facts(out: Path) -> pd.DataFrame:
    tree = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return pd.DataFrame(tree["kits"]).set_index("name")


def asked(desk: Desk) -> Any:
    question = desk.question()["question"]
    return question if question is not None and question["kind"] == "kit" else None


def say(desk: Desk, wears: str) -> dict[str, Any]:
    return desk.answer({"verdict": "kit", "question": asked(desk)["id"], "wears": wears})


# ------------------------------------------------------------------ nothing is said


def test_teams_that_bind_to_no_kit_are_told_in_one_line(drawn: Path, tmp_path: Path) -> None:
    assert kit_of(drawn / "out") == UNBOUND
    ended = track(drawn, str(tmp_path / "again"))
    [line] = [line for line in ended.out.splitlines() + ended.lines if "no kit is surely" in line]
    assert "that of Ajax or PSV" in line
    assert '--set "kit red is Ajax"' in line


def test_a_colour_in_the_sheet_binds_both_kits(tmp_path: Path) -> None:
    sheet = "No,Name,Team,Color\n7,Ann,Ajax,red\n8,Bea,Ajax,red\n4,Dan,PSV,blue\n"
    world = draw(tmp_path / "world", sheet=sheet)
    ended = track(world, "out")
    assert ended.code == 0
    assert kit_of(world / "out") == BOUND
    assert "no kit is surely" not in ended.out + "".join(ended.lines)
    assert facts(world / "out").loc["Ajax", "by"] == ["color"]


@pytest.mark.parametrize("shirts", [[RED] * 6 + [YELLOW], [BLUE] * 3])
def test_two_teams_and_one_kit(tmp_path: Path, shirts: list[tuple[int, int, int]]) -> None:
    """Both teams wear one colour, or one alone is in view."""
    world = draw(tmp_path / "world", shirts, shorts=[(20, 20, 20)] * len(shirts))
    ended = track(world, "out")
    assert ended.code == 0
    assert "2 teams (Ajax, PSV), and one kit is seen" in ended.out + "".join(ended.lines)


def test_a_roster_with_one_team_asks_nothing_of_a_second(tmp_path: Path) -> None:
    world = draw(tmp_path / "world", sheet="No,Name,Team\n7,Ann,Ajax\n8,Bea,Ajax\n")
    ended = track(world, "out")
    assert ended.code == 0
    assert "no kit is surely that of Ajax" in ended.out + "".join(ended.lines)
    done = command(["correct", str(world / "out"), "--set", "kit blue is Ajax"])
    assert done.code == 0
    assert kit_of(world / "out")[0] == "red"
    assert kit_of(world / "out")[3] == "Ajax"


# ------------------------------------------------------------------ the question of a review


def test_a_review_asks_first_which_team_wears_a_kit(desk: Desk) -> None:
    question = asked(desk)
    assert question["text"] == "Which team wears this?"
    assert [kit["name"] for kit in question["kits"]] == ["red", "blue"]
    assert question["choices"] == ("Ajax", "PSV", "goalkeeper", "referee", "other")
    assert len({item["track"] for item in question["items"]}) == 6


def test_one_answer_binds_both_teams_in_the_files(desk: Desk, out: Path) -> None:
    done = say(desk, "Ajax")
    assert done["change"]["sentences"] == ["kit red is Ajax"]
    assert asked(desk) is None
    desk.write()
    assert kit_of(out) == BOUND
    assert facts(out).loc["Ajax", "by"] == ["answer"]
    assert facts(out).loc["PSV", "by"] == ["the other kit"]
    assert asked(desk) is None


def test_an_answer_is_taken_back_and_given_again(desk: Desk, out: Path) -> None:
    say(desk, "PSV")
    desk.undo()
    assert asked(desk)["kits"][0]["name"] == "red"
    desk.redo()
    assert asked(desk) is None
    desk.write()
    assert kit_of(out)[0] == "PSV"
    desk.undo()
    desk.write()
    assert kit_of(out) == UNBOUND


def test_an_answer_is_there_when_the_review_is_opened_again(out: Path) -> None:
    first = Desk.open(out, None, lambda _: None)
    say(first, "PSV")
    first.close()
    again = Desk.open(out, None, lambda _: None)
    assert asked(again) is None
    again.write()
    again.close()
    assert kit_of(out)[0] == "PSV"


def test_after_a_referees_kit_the_other_one_is_asked_about(desk: Desk, out: Path) -> None:
    say(desk, "referee")
    assert asked(desk)["kits"][0]["name"] == "blue"
    say(desk, "PSV")
    assert asked(desk) is None
    desk.write()
    assert kit_of(out)[0] == "referee"
    assert kit_of(out)[3] == "PSV"


def test_who_does_not_know_is_not_asked_again(desk: Desk) -> None:
    desk.answer({"verdict": "unknown", "question": asked(desk)["id"]})
    assert asked(desk)["kits"][0]["name"] == "blue"


def test_who_leaves_it_for_later_is_asked_something_else(desk: Desk) -> None:
    question = desk.question([asked(desk)["id"]])["question"]
    assert question is None or question["kind"] != "kit"


@pytest.mark.parametrize("wears", ["", "Feyenoord"])
def test_no_team_of_the_roster_is_no_answer(desk: Desk, wears: str) -> None:
    with pytest.raises(ReviewError, match="one of Ajax, PSV"):
        say(desk, wears)
    assert asked(desk) is not None


# ------------------------------------------------------------------ correct, resume, report


def test_correct_says_the_same_in_a_sentence_and_takes_it_back(out: Path) -> None:
    done = command(["correct", str(out), "--set", "kit BLUE is ajax"])
    assert done.code == 0
    assert "1  kit blue is Ajax" in done.out
    assert kit_of(out)[3] == "Ajax"
    assert command(["correct", str(out), "--undo", "1"]).code == 0
    assert kit_of(out) == UNBOUND


def test_correct_takes_a_file(out: Path, tmp_path: Path) -> None:
    (tmp_path / "said.csv").write_text("kit,is\nyellow,referee\nred,Ajax\n")
    assert command(["correct", str(out), "--from", str(tmp_path / "said.csv")]).code == 0
    assert kit_of(out) == BOUND | {6: "referee"}


def test_what_was_said_last_of_a_kit_holds(out: Path) -> None:
    for team in ("PSV", "Ajax"):
        name = kit_of(out)[0]
        assert command(["correct", str(out), "--set", f"kit {name} is {team}"]).code == 0
    assert kit_of(out) == BOUND


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("kit green is Ajax", "no kit 'green' in this run; known: blue, red, yellow"),
        ("kit red is Feyenoord", "no team 'Feyenoord' in this run; known: Ajax, PSV, goalkeeper"),
        ("kit red", "is not understood"),
    ],
)
def test_a_sentence_that_cannot_be_is_one_line(out: Path, sentence: str, line: str) -> None:
    ended = command(["correct", str(out), "--set", sentence])
    assert ended.code == 2
    assert line in ended.lines[-1]
    assert kit_of(out) == UNBOUND


def test_what_was_said_is_found_again_when_the_run_is_resumed(drawn: Path, tmp_path: Path) -> None:
    world = tmp_path / "world"
    shutil.copytree(drawn, world, ignore=shutil.ignore_patterns("seq"))
    (world / "seq").symlink_to(drawn / "seq")
    assert command(["correct", str(world / "out"), "--set", "kit red is Ajax"]).code == 0
    ended = track(world, "out", "--resume", "--set", "mode=offline")
    assert ended.code == 0, ended.lines
    assert kit_of(world / "out") == BOUND


def test_the_report_shows_each_kit_with_whose_it_is_and_how_that_is_known(out: Path) -> None:
    assert command(["report", str(out)]).code == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "Whose kit red and blue is, is not known" in text
    assert command(["correct", str(out), "--set", "kit red is Ajax"]).code == 0
    assert command(["report", str(out), "--overwrite"]).code == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    table = text[text.index('<h3 id="kits">') :].split("</table>")[0]
    assert "your answer" in table
    assert "the other team wears another kit" in table
    assert table.count("<img ") == 7
    assert "43 %" in table
    assert "is not known" not in text
