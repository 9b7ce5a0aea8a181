"""What a person has answered is kept, whatever becomes of the program, the disk or the run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from gallery.atomic.lock import BusyError, hold
from tests.worlds.reviewed import (
    FRAMES,
    RIGHT,
    WRONG,
    boxes,
    draw,
    elsewhere,
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
from tracker.explain.run import ExplainError
from tracker.output.evidence import EvidenceTables
from tracker.runs.correct import CorrectionRequest, correct, corrections
from tracker.runs.review_desk import Desk
from tracker.runs.review_journal import Journal, ReviewError

_ANSWERS = """
import os, sys, time
from pathlib import Path
from tests.worlds.reviewed import is_
from tracker.runs.review_desk import Desk
desk = Desk.open(Path(sys.argv[1]), None, print)
desk.answer(is_(1, "Ann"))
desk.answer(is_(3, ""))
desk.undo()
print("kept", flush=True)
if len(sys.argv) > 2:
    desk.write()
time.sleep(60)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = draw(tmp_path_factory.mktemp("world"))
    track(folder, folder / "out")
    track(folder, folder / "nameless", gallery=None, describe=True)
    return folder


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world / "out", tmp_path / "out")


def journal_of(out: Path) -> Path:
    return out / "review" / "answers.jsonl"


def told(out: Path, *said: dict[str, Any]) -> None:
    """A review that is over."""
    desk = opened(out, solve=False)
    for body in said:
        desk.answer(body)
    desk.close()


# -------------------------------------------------------------------- killed, torn, full, locked


def test_whoever_is_killed_has_lost_no_answer_and_a_second_process_is_told_so(out: Path) -> None:
    process = elsewhere(_ANSWERS, str(out))
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        with pytest.raises(BusyError) as caught:
            opened(out)
        assert f"process {process.pid}" in str(caught.value)
        assert "teamsheet review" in str(caught.value)
        assert "\n" not in str(caught.value)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    desk = opened(out, solve=False)
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: "Cat"}
    assert desk.status()["saved"] == 1
    desk.redo()
    assert shown(desk, 24)[2] == ""
    desk.close()


_IN_A_ROW = """
import sys
from pathlib import Path
from tests.worlds.reviewed import is_
from tracker.runs.review_desk import Desk
desk = Desk.open(Path(sys.argv[1]), None, print, solve=False)
for n in range(1, 1000):
    desk.answer(is_(1 + n % 3, "Ann" if n % 2 else "", 1 + n % 20, 25))
    print(n, flush=True)
"""


def test_whatever_was_acknowledged_before_a_kill_is_there(out: Path) -> None:
    process = elsewhere(_IN_A_ROW, str(out))
    assert process.stdout is not None
    promised = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGKILL)
    promised += process.communicate()[0].split()
    desk = opened(out, solve=False)
    assert len(promised) <= desk.status()["saved"] <= len(promised) + 1
    desk.close()


@pytest.mark.parametrize("cut", [2, 20, 10_000])
def test_a_line_that_was_cut_off_was_never_promised(cut: int, out: Path) -> None:
    told(out, is_(1, "Ann"), is_(3, ""))
    content = journal_of(out).read_bytes()
    last = content.rindex(b"\n", 0, -1) + 1
    journal_of(out).write_bytes(content[: max(len(content) - cut, last + 1)])
    lines: list[str] = []
    desk = opened(out, solve=False)
    lines = desk.status()["lines"]
    assert any("cut off" in line for line in lines)
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: "Cat"}
    desk.answer(is_(3, ""))
    desk.close()
    assert [answer.sentences for answer in Journal(out).standing] == [
        ("track 1 is Ann from frame 1 to 25",),
        ("track 3 is nobody from frame 1 to 25",),
    ]


def test_a_line_that_is_none_costs_no_other(out: Path) -> None:
    told(out, is_(1, "Ann"), is_(3, ""))
    first, second = journal_of(out).read_text().splitlines()
    strange = ["{", "7", "[]", '{"answer": 1}', '{"undo": 9}', '{"undo": [1]}', '{"redo": 1}',
               '{"written": [8]}', '{"audit": {}}', "\ufeff",
               '{"answer": 1e99, "verdict": "is"}']  # fmt: skip
    journal_of(out).write_text("\n".join([first, *strange, second, ""]))
    desk = opened(out, solve=False)
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: ""}
    notes = [line for line in desk.status()["lines"] if "left out" in line]
    assert len(notes) == len(strange)
    assert ", line 2: " in notes[0]
    desk.close()


def test_on_a_full_disk_an_answer_is_refused_and_all_is_as_before(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(3, ""))
    before = journal_of(out).read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReviewError, match=r"cannot be kept .No space left on device.; make room"):
        desk.answer(is_(1, "Ann"))
    with pytest.raises(ReviewError, match="make room"):
        desk.undo()
    monkeypatch.undo()
    assert journal_of(out).read_bytes() == before
    assert shown(desk, 24) == {0: "Bea", 1: "Ann", 2: ""}
    desk.answer(is_(1, "Ann"))
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: ""}
    desk.close()


def test_nothing_is_written_while_somebody_else_writes(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.runs.review_lock.WAIT_S", 0)
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom gallery.atomic.lock import hold\n"
        "with hold(Path(sys.argv[1]), 'track', long=True):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    process = elsewhere(code, str(out))
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert desk.status()["running"]
        assert desk.facts()["running"]
        with pytest.raises(BusyError, match="in use by teamsheet track"):
            desk.write()
        assert written(out, 24) == WRONG
        desk.answer(is_(3, ""))
    finally:
        process.kill()
        process.communicate()
    assert not desk.status()["running"]
    desk.write()
    assert written(out, 24)[0] == "Ann"
    desk.close()


def test_a_review_holds_nobody_up(out: Path) -> None:
    desk = opened(out)
    desk.answer(is_(1, "Ann"))
    settled(desk)
    with hold(out, "report", wait_s=0):
        desk.answer(is_(3, ""))
    desk.close()
    desk = opened(out)
    assert desk.status()["saved"] == 2
    desk.close()


# --------------------------------------------------------------- a run that is written underneath


def test_a_correction_underneath_is_noticed_and_answers_stand_on_it(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    correct(out, CorrectionRequest(["track 3 is nobody from frame 11 to 20"]), quiet)
    lines = desk.status()["lines"]
    assert sum("written again meanwhile" in line for line in lines) == 1
    assert shown(desk, 15) == {0: "Ann", 1: "", 2: ""}
    desk.write()
    assert written(out, 15) == {0: "Ann", 1: "Bea", 2: ""}
    assert len(corrections(out)) == 2
    desk.close()


def test_another_following_gives_other_tracks_and_answers_are_found_by_their_places(
    out: Path, world: Path
) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.answer({"verdict": "swap", "tracks": [1, 3], "from": 20})
    other = boxes(out.parent / "other.txt", shift=4)
    late = [
        row
        for row in other.read_text().splitlines()
        if not row.startswith(("1,-1,54,", "2,-1,54,"))
    ]
    other.write_text("\n".join([*late, ""]))
    track(world, out, detections=other, overwrite=True)
    assert any("written again" in line for line in desk.status()["lines"])
    assert {round((row[2] - 54) / 150): row[0] for row in desk.boxes(9, 9)["frames"][0]}[0] != 1
    assert shown(desk, 19)[0] == "Ann"
    assert shown(desk, 20) == {0: "Cat", 1: "", 2: "Ann"}
    assert desk.status()["saved"] == 2
    desk.write()
    assert (written(out, 19)[0], written(out, 20)[2]) == ("Ann", "Ann")
    desk.close()
    again = opened(out, solve=False)
    assert shown(again, 20)[2] == "Ann"
    again.close()


def test_what_correct_takes_back_is_taken_back_in_the_review(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.answer(is_(3, ""))
    desk.write()
    correct(out, CorrectionRequest(undo=[1]), quiet)
    assert any("answer 1 was taken back" in line for line in desk.status()["lines"])
    assert shown(desk, 24) == {0: "Bea", 1: "Ann", 2: ""}
    desk.close()
    again = opened(out, solve=False)
    assert (again.status()["saved"], again.status()["unwritten"]) == (1, 0)
    again.close()


def test_killed_between_the_files_and_the_journal_nothing_is_said_twice(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.write()
    desk.close()
    lines = journal_of(out).read_text().splitlines(keepends=True)
    assert "written" in lines[-1]
    journal_of(out).write_text("".join(lines[:-1]))
    desk = opened(out, solve=False)
    desk.write()
    assert len(corrections(out)) == 1
    desk.close()


def observing(out: Path) -> Path:
    """The run as it is while `track` still observes; gives where its results wait."""
    waiting = out.parent / "waiting"
    waiting.mkdir()
    for file in list(out.iterdir()):
        if file.name != "observations":
            file.rename(waiting / file.name)
    meta = out / "observations" / "meta.json"
    (waiting / "meta.json").write_text(meta.read_text())
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "chunks": None}))
    return waiting


def test_what_is_said_while_a_run_is_observed_stands_when_it_is_done(out: Path) -> None:
    waiting = observing(out)
    desk = opened(out)
    assert any(f"{FRAMES} frames are observed so far" in line for line in desk.status()["lines"])
    assert shown(desk, 24) == {0: "", 1: "", 2: ""}
    assert desk.facts()["named"] is False
    assert desk.cards()["cards"] == []
    left = next(row[0] for row in desk.boxes(24, 24)["frames"][0] if row[2] == 50)
    desk.answer(is_(left, "Ann"))
    desk.answer(is_(left, "Zoë", 1, 3))
    with pytest.raises(ReviewError, match="still being observed"):
        desk.write()
    (waiting / "meta.json").rename(out / "observations" / "meta.json")
    for file in [*waiting.iterdir()]:
        file.rename(out / file.name)
    settled(desk)
    assert desk.facts()["named"]
    assert [shown(desk, frame)[0] for frame in (3, 4, 24)] == ["Zoë", "Ann", "Ann"]
    assert shown(desk, 24)[2] == "Cat"
    desk.write()
    assert any("Zoë is not in the gallery" in line for line in desk.status()["lines"])
    assert written(out, 24) == RIGHT
    assert [(one.text, one.found) for one in corrections(out)] == [
        (f"track {left} is Ann from frame 1 to {FRAMES}", True),
        (f"track {left} is Zoë from frame 1 to 3", False),
    ]
    desk.close()


def test_a_run_that_has_not_begun_or_is_none_says_so(out: Path, tmp_path: Path) -> None:
    observing(out)
    for file in (out / "observations").glob("chunk-*"):
        file.unlink()
    with pytest.raises(ReviewError, match="nothing is observed yet that could be reviewed"):
        opened(out)
    with pytest.raises(ExplainError, match="no run of teamsheet"):
        opened(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    assert not (out / "review").exists()


# ------------------------------------------------------------------------------ two people's files


def test_the_answers_of_two_people_come_together(out: Path, world: Path, tmp_path: Path) -> None:
    theirs = shutil.copytree(world / "out", tmp_path / "theirs")
    told(out, is_(1, "Ann"))
    told(theirs, is_(3, "", 11, 20), is_(2, "Cat"))
    desk = opened(theirs, solve=False)
    desk.undo()
    desk.close()
    correct(out, CorrectionRequest(file=journal_of(theirs)), quiet)
    assert [one.text for one in corrections(out)] == ["track 3 is nobody from frame 11 to 20"]
    desk = opened(out, solve=False)
    assert shown(desk, 15) == {0: "Ann", 1: "", 2: ""}
    desk.write()
    assert written(out, 15) == {0: "Ann", 1: "Bea", 2: ""}
    correct(out, CorrectionRequest(file=journal_of(theirs)), quiet)
    assert len(corrections(out)) == 2
    desk.close()


def test_a_file_without_answers_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    for name in ("empty.jsonl", "none.jsonl"):
        with pytest.raises(CorrectionError, match="no answer in it"):
            correct(out, CorrectionRequest(file=tmp_path / name), quiet)


def test_evidence_that_is_torn_is_said_on_opening(world: Path, tmp_path: Path) -> None:
    out = shutil.copytree(world / "out", tmp_path / "torn")
    votes = out / "evidence" / "votes.parquet"
    votes.write_bytes(votes.read_bytes()[:-9])
    said: list[str] = []
    desk = Desk.open(out, None, said.append, solve=False)
    assert len(said) == 1
    assert said[0].startswith(f"{votes}: not written by teamsheet, or damaged")
    assert "questions go without" in said[0]
    assert "\n" not in said[0]
    desk.answer(is_(1, "Ann"))
    assert not [line for line in desk.write()["lines"] if "damaged" in line]
    assert EvidenceTables.read(out / "evidence").mode == "offline"  # written anew with the names
    desk.close()


# ------------------------------------------------------------------------------ names from nothing


@pytest.fixture
def nameless(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world / "nameless", tmp_path / "nameless")


def test_without_a_gallery_names_are_new_and_fill_one(nameless: Path) -> None:
    desk = opened(nameless)
    assert desk.facts()["players"] == []
    desk.answer(is_(1, "Zoë"))
    desk.answer(is_(2, "李", 1, 20))
    assert shown(desk, 24) == {0: "Zoë", 1: "", 2: ""}
    assert shown(desk, 20)[1] == "李"
    assert [p["name"] for p in desk.facts()["players"]] == ["Zoë", "李"]
    assert [lane["name"] for lane in desk.lanes(1, 25, 9)["players"]] == ["Zoë", "李"]
    lines = desk.write()["lines"]
    assert any("pictures of 2 players" in line for line in lines), lines
    assert written(nameless, 20) == {0: "Zoë", 1: "李", 2: ""}
    assert sorted(f.name for f in (nameless / "players").iterdir() if f.is_dir()) == ["Zoë", "李"]
    desk.undo()
    assert shown(desk, 20)[1] == ""
    desk.redo()
    desk.close()
    again = opened(nameless)
    assert shown(again, 20) == {0: "Zoë", 1: "李", 2: ""}
    again.undo()
    assert shown(again, 20)[1] == ""
    again.write()
    assert written(nameless, 20)[1] == ""
    again.close()


def test_a_new_name_is_taken_back_with_its_answer(nameless: Path) -> None:
    desk = opened(nameless)
    desk.answer(is_(1, "Zoë"))
    desk.undo()
    assert desk.facts()["players"] == []
    assert desk.lanes(1, FRAMES, 9)["players"] == []
    desk.answer(is_(2, "Ann"))
    assert [lane["name"] for lane in desk.lanes(1, FRAMES, 9)["players"]] == ["Ann"]
    assert desk.lanes(1, FRAMES, 9)["players"][0]["spans"] == [[1, FRAMES, "v!"]]
    desk.close()


def test_two_tracks_are_one_person(nameless: Path, world: Path, tmp_path: Path) -> None:
    rows = boxes(tmp_path / "late.txt").read_text().splitlines()
    gone = [row for row in rows if not (row.split(",")[2] == "50" and int(row.split(",")[0]) >= 8)]
    back = [f"{f},-1,550,100,40,100,0.9,-1,-1,-1" for f in range(18, FRAMES + 1)]
    (tmp_path / "late.txt").write_text("\n".join([*gone, *back, ""]))
    track(world, tmp_path / "late", gallery=None, detections=tmp_path / "late.txt")
    desk = opened(tmp_path / "late")
    one = next(row[0] for row in desk.boxes(3, 3)["frames"][0] if row[2] == 50)
    other = next(row[0] for row in desk.boxes(20, 20)["frames"][0] if row[2] == 550)
    assert one != other
    with pytest.raises(ReviewError, match=f"neither track {one} nor track {other} has a name"):
        desk.answer({"verdict": "same", "tracks": [one, other]})
    desk.answer(is_(one, "Zoë", 1, 7))
    said = desk.answer({"verdict": "same", "tracks": [other, one]})["change"]["sentences"]
    assert said == [f"track {other} is Zoë from frame 18 to {FRAMES}"]
    desk.close()


@pytest.mark.parametrize(
    "name",
    [
        "a\x07b",
        "x" * 301,
        "\u202eabc",
        "\ufeffAda",
        "Nobody",
        "unknown",
        "_unknown",
        "_",
        "_\ufeffa",
    ],
)
def test_a_name_that_is_none_is_refused(name: str, nameless: Path) -> None:
    desk = opened(nameless)
    with pytest.raises(ReviewError) as caught:
        desk.answer(is_(1, name))
    assert "\n" not in str(caught.value)
    assert desk.status()["saved"] == 0
    desk.close()


def test_one_name_in_another_case_is_the_same_player(nameless: Path) -> None:
    desk = opened(nameless)
    desk.answer(is_(1, "Pl 1"))
    both = [is_(2, " pl  1", 1, 5)["parts"][0], is_(3, "Zoë", 1, 5)["parts"][0]]
    both += [is_(2, "ZOË", 8, 9)["parts"][0]] * 60
    said = desk.answer({"verdict": "said", "parts": both})["change"]["sentences"]
    assert said == [
        "track 2 is Pl 1 from frame 1 to 5",
        "track 3 is Zoë from frame 1 to 5",
        "track 2 is Zoë from frame 8 to 9",
    ]
    assert [player["name"] for player in desk.facts()["players"]] == ["Pl 1", "Zoë"]
    lines = ['"pl  1" is written "Pl 1", as before', '"ZOË" is written "Zoë", as before']
    assert desk.status()["lines"] == lines  # once each, else the first is pushed out
    desk.close()


def test_a_spelling_that_was_taken_back_binds_nobody(nameless: Path) -> None:
    desk = opened(nameless)
    desk.answer(is_(1, "ada"))
    desk.undo()
    assert "is Ada from" in desk.answer(is_(1, "Ada"))["change"]["sentences"][0]
    desk.close()


def test_answers_of_two_people_come_together_without_a_gallery(
    nameless: Path, world: Path, tmp_path: Path
) -> None:
    theirs = shutil.copytree(world / "nameless", tmp_path / "theirs")
    for out, said in ((nameless, [(1, "Zoë")]), (theirs, [(2, "Bo"), (3, "ZOË")])):
        desk = opened(out)
        for track_id, name in said:
            desk.answer(is_(track_id, name, 1 if track_id < 3 else 20))
        desk.write()
        desk.close()
    file = theirs / "review" / "answers.jsonl"
    done = correct(nameless, CorrectionRequest(file=file), quiet)
    assert written(nameless, 3) == {0: "Zoë", 1: "Bo", 2: ""}
    assert written(nameless, 20) == {0: "", 1: "Bo", 2: "Zoë"}
    assert done.changed == 25 + 6 + 6
    assert any("pictures of 2 players" in note for note in done.notes)
    assert any("was said later" in note for note in done.notes)
    assert len({*done.notes}) == len(done.notes)
    assert [c.is_ for c in corrections(nameless)] == ["Zoë", "Bo", "Zoë"]
    again = correct(nameless, CorrectionRequest(undo=[3]), quiet)
    assert again.changed == 12
    assert written(nameless, 20) == {0: "Zoë", 1: "Bo", 2: ""}
    correct(nameless, CorrectionRequest(["player Bo is Zoë from frame 25", "track 3 is Bo"]), quiet)
    assert written(nameless, 25) == {0: "", 1: "Zoë", 2: "Bo"}
    desk = opened(nameless)
    assert shown(desk, 25) == {0: "", 1: "Zoë", 2: "Bo"}
    desk.close()


def test_without_a_gallery_a_sentence_is_refused_where_nobody_has_a_name(nameless: Path) -> None:
    with pytest.raises(CorrectionError, match="teamsheet review"):
        correct(nameless, CorrectionRequest(["track 1 is Ada"]), quiet)


def test_names_given_without_a_gallery_hold_when_there_is_one(nameless: Path, world: Path) -> None:
    desk = opened(nameless)
    desk.answer(is_(1, "Ann"))
    desk.write()
    track(world, nameless, resume=True)
    desk.status()
    assert shown(desk, 24) == {0: "Ann", 1: "Bea", 2: "Cat"}
    desk.close()
    assert files(nameless)["tracks.csv"].count(b"told") == FRAMES
    assert written(nameless, 24) == RIGHT


def test_a_run_of_two_hundred_players_is_drawn(nameless: Path) -> None:
    desk = opened(nameless)
    for n in range(200):
        track_id, frame = 1 + n % 3, 1 + n // 3 % FRAMES
        desk.answer(is_(track_id, f"Player {n:03d}", frame, frame))
    assert len(desk.facts()["players"]) == 200
    assert len(desk.lanes(1, FRAMES, 20)["players"]) == 200
    desk.write()
    desk.close()


def test_a_card_names_all_that_is_on_it_and_who_is_no_player_comes_last(nameless: Path) -> None:
    desk = opened(nameless)
    cards = desk.cards()["cards"]
    assert sorted(part["track"] for card in cards for part in card["parts"]) == [1, 2, 3]
    first, *_, last = cards
    desk.answer({"verdict": "said", "parts": [named(part, "Zoë") for part in first["parts"]]})
    desk.answer({"verdict": "said", "parts": [named(part, "_others") for part in last["parts"]]})
    again = {card["parts"][0]["track"]: card for card in desk.cards()["cards"]}
    assert again[first["parts"][0]["track"]]["player"] == "Zoë"
    assert again[last["parts"][0]["track"]]["group"] == "others"
    desk.write()
    assert sorted(f.name for f in (nameless / "players").iterdir() if f.is_dir()) == [
        "Zoë",
        "_others",
    ]
    desk.close()


def named(part: dict[str, Any], player: str) -> dict[str, Any]:
    return {key: part[key] for key in ("track", "first", "last")} | {"player": player}


def test_answers_of_several_tabs_at_once_are_all_kept(out: Path) -> None:
    desk = opened(out)
    tabs = [
        threading.Thread(target=lambda n=n: [desk.answer(is_(n, "", f, f)) for f in range(1, 11)])
        for n in (1, 2, 3)
    ]
    for tab in tabs:
        tab.start()
    while any(tab.is_alive() for tab in tabs):
        desk.lanes(1, FRAMES, 9)
        desk.status()
    settled(desk)
    assert desk.status()["saved"] == 30
    assert shown(desk, 10) == {0: "", 1: "", 2: ""}
    assert shown(desk, 11) == WRONG
    desk.write()
    assert len(corrections(out)) == 30
    desk.close()
    assert [answer.answer for answer in Journal(out).standing] == list(range(1, 31))
