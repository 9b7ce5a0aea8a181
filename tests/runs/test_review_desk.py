"""A review: names follow answers at once, and files of the run are written whole, when asked."""

from __future__ import annotations

import csv
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.reviewed import (
    FRAMES,
    RIGHT,
    WRONG,
    draw,
    files,
    is_,
    opened,
    quiet,
    settled,
    shown,
    track,
    written,
)  # fmt: skip
from tracker.corrections.statements import CorrectionError
from tracker.report.run_facts import facts_of
from tracker.runs.correct import CorrectionRequest, correct, corrections
from tracker.runs.resolver import Resolver
from tracker.runs.review_desk import Desk
from tracker.runs.review_journal import ReviewError


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = draw(tmp_path_factory.mktemp("world"))
    track(folder, folder / "out")
    track(folder, folder / "online", "mode=online")
    return folder


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    """A copy of the offline run."""
    return shutil.copytree(world / "out", tmp_path / "out")


@pytest.fixture
def desk(out: Path) -> Any:
    desk = opened(out, solve=False)
    yield desk
    desk.close()


# ------------------------------------------------------------------------ what an answer does


def test_names_change_at_once_and_files_when_asked(desk: Desk, out: Path) -> None:
    before = files(out)
    assert shown(desk, 24) == WRONG
    change = desk.answer(is_(1, "Ann"))["change"]
    assert change["sentences"] == [f"track 1 is Ann from frame 1 to {FRAMES}"]
    assert (change["boxes"], change["tracks"]) == (2 * FRAMES, [1, 2])
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: "Cat"}
    assert files(out) == before
    status = desk.write()
    assert (status["saved"], status["unwritten"]) == (1, 0)
    assert written(out, 24) == RIGHT  # the others follow by the joint solution
    assert json.loads((out / "run.json").read_text())["review"]["answers"] == 1


@pytest.mark.parametrize("run", ["out", "online"])
def test_files_are_those_of_correct_to_the_last_byte(run: str, world: Path, tmp_path: Path) -> None:
    one, other = (shutil.copytree(world / run, tmp_path / name) for name in ("one", "other"))
    said = [is_(1, "Ann"), is_(3, "", 11, 20)]
    desk = opened(one, solve=False)
    sentences = [sentence for body in said for sentence in desk.answer(body)["change"]["sentences"]]
    desk.write()
    desk.close()
    correct(other, CorrectionRequest(sentences), quiet)
    assert files(one) == files(other)


def test_a_joint_solution_comes_underneath(out: Path) -> None:
    desk = opened(out)
    desk.answer(is_(1, "Ann"))
    before = desk.status()["entries"]
    assert settled(desk)["entries"] > before
    assert shown(desk, 24) == RIGHT
    told = [row[8] for row in desk.boxes(24, 24)["frames"][0]]
    assert told == [1, 0, 0]
    assert written(out, 24) == WRONG
    desk.close()


def test_an_answer_waits_for_no_solution(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()
    named = Resolver.named

    def slow(*about: Any) -> Any:
        begun.set()
        assert go.wait(20)
        return named(*about)

    monkeypatch.setattr(Resolver, "named", slow)
    desk = opened(out)
    desk.answer(is_(1, "Ann"))
    assert begun.wait(20)
    desk.answer(is_(3, "", 11, 20))
    assert shown(desk, 15) == {0: "Ann", 1: "", 2: ""}
    go.set()
    settled(desk)
    assert shown(desk, 15) == {0: "Ann", 1: "Bea", 2: ""}
    desk.close()


def test_a_solution_of_what_was_taken_back_is_not_shown(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, named = threading.Event(), threading.Event(), Resolver.named

    def slow(*about: Any) -> Any:
        begun.set()
        assert go.wait(20)
        return named(*about)

    monkeypatch.setattr(Resolver, "named", slow)
    desk = opened(out)
    desk.answer(is_(1, "Ann"))
    assert begun.wait(20)
    desk.undo()
    go.set()
    settled(desk)
    assert shown(desk, 24) == WRONG
    desk.close()


def test_answers_are_taken_back_and_given_again(desk: Desk) -> None:
    desk.answer(is_(1, "Ann"))
    desk.answer(is_(3, ""))
    assert desk.undo()["change"]["boxes"] == FRAMES
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: "Cat"}
    assert desk.undo()["change"]["tracks"] == [1, 2]
    assert shown(desk, 24) == WRONG
    with pytest.raises(ReviewError, match="no answer to take back"):
        desk.undo()
    desk.redo()
    assert desk.redo()["change"]["sentences"] == [f"track 3 is nobody from frame 1 to {FRAMES}"]
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: ""}
    with pytest.raises(ReviewError, match="nothing to give again"):
        desk.redo()
    desk.undo()
    desk.answer(is_(2, "Cat"))
    with pytest.raises(ReviewError, match="nothing to give again"):
        desk.redo()


def test_what_was_written_can_be_taken_back(out: Path) -> None:
    before = files(out)["tracks.csv"]
    desk = opened(out)
    desk.answer(is_(1, "Ann"))
    desk.write()
    assert desk.undo()["change"]["sentences"]
    assert desk.status()["unwritten"] == 1
    settled(desk)
    assert shown(desk, 24) == WRONG
    desk.write()
    assert files(out)["tracks.csv"] == before
    assert corrections(out) == []
    desk.close()


def test_of_two_answers_that_contradict_each_other_both_are_shown_and_the_later_holds(
    desk: Desk,
) -> None:
    desk.answer(is_(1, "Ann"))
    change = desk.answer(is_(1, "Cat", 5, 9))["change"]
    assert change["contradicts"] == [f"track 1 is Ann from frame 1 to {FRAMES}"]
    assert [shown(desk, frame)[0] for frame in (4, 5, 9, 10)] == ["Ann", "Cat", "Cat", "Ann"]
    desk.undo()
    assert shown(desk, 5)[0] == "Ann"


def test_questions_are_answered_by_their_ids(desk: Desk) -> None:
    group = desk.answer(is_(1, "Ann"))["question"]
    assert (group["kind"], [item["track"] for item in group["items"]]) == ("which", [2, 3])
    done = desk.answer({"question": group["id"], "verdict": "ticked", "items": [0]})
    assert done["change"]["sentences"] == []
    who = done["question"]
    assert (who["kind"], who["items"][0]["track"]) == ("who", 2)
    parts = [{"track": 2, "first": 1, "last": 9, "player": "Bea"},
             {"track": 2, "first": 10, "last": FRAMES, "player": ""}]  # fmt: skip
    done = desk.answer({"question": who["id"], "verdict": "is", "parts": parts})
    assert len(done["change"]["sentences"]) == 2
    assert [shown(desk, frame)[1] for frame in (9, 10)] == ["Bea", ""]
    assert done["question"] is None
    assert "gone through" in done["end"]
    desk.undo()
    desk.undo()
    assert desk.question()["question"]["id"] == group["id"]


def test_a_question_may_be_answered_by_right_not_or_not_known(desk: Desk) -> None:
    group = desk.answer(is_(1, "Ann"))["question"]
    who = desk.answer({"question": group["id"], "verdict": "ticked", "items": [0]})["question"]
    best = who["candidates"][0]["player"]
    done = desk.answer({"question": who["id"], "verdict": "not"})
    assert done["change"]["sentences"] == [f"track 2 is not {best} from frame 1 to {FRAMES}"]
    desk.undo()
    done = desk.answer({"question": who["id"], "verdict": "right"})
    assert done["change"]["sentences"] == [f"track 2 is nobody from frame 1 to {FRAMES}"]
    desk.undo()
    for verdict in ("unknown", "two"):
        assert desk.answer({"question": who["id"], "verdict": verdict})["change"]["boxes"] == 0
        desk.undo()
    with pytest.raises(ReviewError, match="the question has 2"):
        desk.answer({"question": group["id"], "verdict": "ticked", "items": [2]})


def test_two_trade_their_names_from_a_frame_on(desk: Desk) -> None:
    done = desk.answer({"verdict": "swap", "tracks": [1, 2], "from": 10})
    assert len(done["change"]["sentences"]) == 2
    assert (shown(desk, 9), shown(desk, 10)) == (WRONG, RIGHT)
    with pytest.raises(ReviewError, match="both there in frame 1"):
        desk.answer({"verdict": "same", "tracks": [1, 3]})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"verdict": "maybe"}, "verdict: "),
        ({"verdict": "right"}, "an answer to which question"),
        ({"verdict": "right", "question": "xyz"}, "question 'xyz' is not asked any more"),
        ({"verdict": "said"}, "nothing is said of anybody"),
        (is_(99, "Ann"), "track 99 is not seen in this run"),
        (is_(1, "Ann", 9, 3), "1 <= A <= B"),
        (is_(1, "Ann", 900, 950), "between frames 1 and 25"),
        (is_(1, "Anne"), "did you mean Ann?"),
        (is_(1, "_refere"), "did you mean _referee?"),
        (is_(1, "Ann\nBea"), "no player"),
        (is_(-1, "Ann"), "parts.0.track: "),
        ({"verdict": "swap", "tracks": [1]}, "give two tracks"),
        ([], "the answer: "),
        ({"verdict": "said", "parts": [is_(1, "")["parts"][0]] * 2001}, "parts: "),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_keeps_nothing(
    body: Any, why: str, desk: Desk, out: Path
) -> None:
    with pytest.raises((ReviewError, CorrectionError)) as caught:
        desk.answer(body)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert desk.status()["saved"] == 0
    assert shown(desk, 24) == WRONG
    assert not (out / "review" / "answers.jsonl").exists()


def test_who_is_of_the_negatives_is_nobody(desk: Desk, out: Path) -> None:
    done = desk.answer(is_(3, "_referee"))
    assert done["change"]["sentences"] == [f"track 3 is _referee from frame 1 to {FRAMES}"]
    assert shown(desk, 24)[2] == ""
    desk.write()
    assert written(out, 24)[2] == ""


# ------------------------------------------------------------------- a run that cannot be solved


def test_without_its_observations_names_are_as_they_are_stated(out: Path) -> None:
    shutil.rmtree(out / "observations")
    desk = opened(out)
    desk.answer(is_(1, "Ann"))
    lines = settled(desk)["lines"]
    assert any("no observations" in line for line in lines)
    desk.answer(is_(1, "Ann"))
    settled(desk)
    desk.write()
    assert written(out, 24) == {0: "Ann", 1: "", 2: "Cat"}
    receipt = json.loads((out / "run.json").read_text())
    assert [one["said"] for one in receipt["corrections"]] == ["track 1 is Ann from frame 1 to 25"]
    assert receipt["counts"]["named_rows"] == 2 * FRAMES
    desk.close()
    rows = list(csv.DictReader((out / "tracks.csv").read_text().splitlines()))
    assert [row["evidence"] for row in rows[:3]] == ["told", "", "carried"]


def test_a_run_of_an_older_version_is_reviewed_too(out: Path) -> None:
    shutil.rmtree(out / "evidence")
    shutil.rmtree(out / "observations")
    receipt = json.loads((out / "run.json").read_text())
    for key in ("gaps", "teamsheet", "counts"):
        receipt.pop(key, None)
    receipt["settings"] = {"mode": "offline", "gone": 1}
    (out / "run.json").write_text(json.dumps(receipt))
    desk = opened(out)
    assert desk.question()["doubt_s"] >= 0
    desk.answer(is_(1, "Ann"))
    settled(desk)
    desk.write()
    assert written(out, 24)[0] == "Ann"
    desk.close()


# ------------------------------------------------------------------- what a page draws


def test_lanes_show_who_is_where_and_how_surely(desk: Desk) -> None:
    desk.answer(is_(1, "Ann", 11, 20))
    lanes = {lane["name"]: lane["spans"] for lane in desk.lanes(1, FRAMES, 100)["players"]}
    assert lanes["Ann"] == [[1, 10, "v"], [11, 20, "v!"], [21, 25, "v"]]
    assert lanes["Bea"] == [[1, 10, "v"], [21, 25, "v"]]
    few = {lane["name"]: lane["spans"] for lane in desk.lanes(1, FRAMES, 1)["players"]}
    assert few["Ann"] == [[1, 25, "v!"]]
    part = {lane["name"]: lane["spans"] for lane in desk.lanes(12, 13, 9)["players"]}
    assert part["Ann"] == [[12, 13, "v!"]]
    assert all(not lane["spans"] for lane in desk.lanes(900, 950, 9)["players"])


def test_boxes_come_by_frame_and_no_more_than_are_wanted(desk: Desk) -> None:
    found = desk.boxes(20, 10_000)
    assert (found["first"], found["last"], found["tracks"]) == (20, 319, [1, 2, 3])
    assert [len(frame) for frame in found["frames"][:8]] == [3] * 6 + [0, 0]
    assert found["frames"][0][0][:6] == [1, 1, 50.0, 100.0, 90.0, 200.0]


def test_the_honest_line_says_who_is_not_named(desk: Desk) -> None:
    assert desk.honesty()["missing_players"] == []
    desk.answer(is_(3, ""))
    found = desk.honesty()
    assert (found["expected"], found["missing_players"]) == (3, ["Cat"])
    assert (found["found"], found["named"]) == (3.0, 2.0)
    assert "not named yet: Cat" in found["lines"]


def test_an_audit_gives_a_share_and_its_interval_and_is_kept(out: Path) -> None:
    desk = opened(out, solve=False)
    items = desk.audit(20, 7)["items"]
    assert len({(item["frame"], item["track"]) for item in items}) == 20
    for number in range(20):
        done = desk.audit_answer(number, number != 3)
    assert (done["done"], done["right"], done["precision"]) == (20, 19, 0.95)
    assert (done["low"], done["high"]) == (0.7639, 0.9911)  # Wilson, 95 %
    with pytest.raises(ReviewError, match="was not drawn"):
        desk.audit_answer(20, True)
    desk.close()
    again = opened(out, solve=False)
    assert again.audit()["done"] == 20
    again.write()
    receipt = json.loads((out / "run.json").read_text())
    assert receipt["audit"] == done
    line = "19 of 20 drawn at random are right: 95 %, and 76 to 99 % of all by 95 % confidence"
    assert ("names audited", line) in facts_of(receipt)
    correct(out, CorrectionRequest(["track 3 is nobody"]), quiet)  # other names than were audited
    receipt = json.loads((out / "run.json").read_text())
    assert "audit" not in receipt
    assert receipt["review"] == {"answers": 0, "seconds": 0}
    assert again.audit(20, 8)["done"] == 0
    again.close()


def test_questions_may_be_left_for_later(desk: Desk) -> None:
    group = desk.answer(is_(1, "Ann"))["question"]
    done = desk.answer({"question": group["id"], "verdict": "ticked", "items": [0, 1]})
    first = done["question"]
    second = desk.question([first["id"]])["question"]
    assert second is not None
    assert second["id"] != first["id"]
    assert desk.question([first["id"], second["id"]])["question"] is None
    assert desk.question()["question"] == first


def test_a_joint_solution_renames_nobody_who_was_not_spoken_of(out: Path) -> None:
    desk = opened(out)
    desk.answer(is_(3, "Bea"))  # whose look is Cat's; Bea's was taken for Ann's
    settled(desk)
    assert shown(desk, 24)[2] == "Bea"
    assert shown(desk, 24)[1] == WRONG[1]
    desk.close()


def test_what_is_said_twice_stands_once_and_counts_twice(desk: Desk, out: Path) -> None:
    for _ in range(2):
        desk.answer(is_(1, "Ann"))
    desk.write()
    assert len(corrections(out)) == 1
    status = desk.status()
    assert (status["saved"], status["unwritten"], status["lines"]) == (2, 0, [])
    desk.undo()
    assert shown(desk, 24)[0] == "Ann"
    desk.write()
    assert len(corrections(out)) == 1
