"""Runs by a team sheet: names by shirt numbers alone, and what the run then knows of looks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from gallery.roster import read_roster
from tests.worlds.bad_inputs import command
from tests.worlds.numbered_match import (
    CUT,
    FRAMES,
    SHIRTS,
    BackReader,
    draw,
    named,
    person,
    track,
    visible,
)
from tests.worlds.numbers import silent
from tracker.observation import jersey_reader

EVERYBODY = {"Ann": {"Ann"}, "Bea": {"Bea"}, "Cid": {"Cid"}, "Eve": {""}}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("numbered"))


@pytest.fixture(scope="module")
def finished(drawn: Path) -> Path:
    """A folder with the match, and `out`, `grown` of a run by its sheet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(jersey_reader.READERS, "net", BackReader)
        ended = track(
            drawn, "out", "--roster", drawn / "sheet.csv", "--grow-gallery", drawn / "grown"
        )
    assert ended.code == 0, ended.lines
    return drawn


@pytest.fixture
def world(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it; the pictures are the same ones."""
    monkeypatch.setitem(jersey_reader.READERS, "net", BackReader)
    shutil.copytree(finished, tmp_path / "world", ignore=shutil.ignore_patterns("seq"))
    (tmp_path / "world" / "seq").symlink_to(finished / "seq")
    return tmp_path / "world"


def receipt(out: Path) -> dict:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


# ------------------------------------------------------------------ names


def test_a_sheet_alone_names_who_wears_its_numbers(finished: Path) -> None:
    assert named(finished / "out", behind_cut=False) == EVERYBODY


def test_looks_take_over_where_no_number_is_seen(finished: Path, world: Path) -> None:
    assert named(finished / "out", behind_cut=True) == EVERYBODY
    unlearned = ("--set", "follow.identity.refit=false", "--resume")
    assert track(world, "out", "--roster", world / "sheet.csv", *unlearned).code == 0
    assert sure_behind_cut(finished / "out") > 0.95
    assert not sure_behind_cut(world / "out") > 0.9


def sure_behind_cut(out: Path) -> float:
    """Mean confidence of the names; NaN without any."""
    rows = visible(out)
    rows = rows[(rows["frame"] > CUT) & (rows["player"] != "")]
    return float(rows["player_confidence"].mean())


def test_who_is_left_over_is_not_the_one_whose_number_nobody_saw(finished: Path) -> None:
    """Dan, 99, is on the sheet; Eve, who wears a 5, is not."""
    assert "Dan" not in set(visible(finished / "out")["player"])


def test_online_too(world: Path) -> None:
    ended = track(world, "live", "--roster", world / "sheet.csv", "--mode", "online", "--lag", "1")
    assert ended.code == 0
    assert named(world / "live", behind_cut=False) == EVERYBODY


def test_of_two_who_wear_a_number_neither_is_meant(world: Path) -> None:
    (world / "two.csv").write_text("No,Name,Team\n7,Ann,red\n7,Ida,blue\n33,Bea,green\n")
    assert track(world, "out", "--roster", world / "two.csv", "--resume").code == 0
    found = named(world / "out", behind_cut=False)
    assert found["Ann"] == {""}
    assert found["Bea"] == {"Bea"}


def test_another_sheet_needs_no_second_look_at_the_video(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "other.csv").write_text("Nr;Spieler\n7;Uma\n5;Eve\n")
    monkeypatch.delitem(jersey_reader.READERS, "net")
    ended = track(world, "out", "--roster", world / "other.csv", "--resume")
    assert ended.code == 0, ended.lines
    found = named(world / "out", behind_cut=False)
    assert (found["Ann"], found["Bea"], found["Eve"]) == ({"Uma"}, {""}, {"Eve"})


def test_the_receipt_tells_of_the_sheet(finished: Path) -> None:
    told = receipt(finished / "out")
    assert told["gallery"] is None
    assert told["roster"]["file"] == str(finished / "sheet.csv")
    assert told["roster"]["players"] == ["Ann", "Bea", "Cid", "Dan"]


# ------------------------------------------------------------------ a gallery with a sheet


def test_a_sheet_tells_the_numbers_of_a_gallery(world: Path) -> None:
    """Bea has pictures and is called otherwise there; Cid has none."""
    rng = np.random.default_rng(1)
    for name, looks in (("Ánn", "Ann"), ("Bea", "Bea")):
        (world / "some" / name).mkdir(parents=True)
        for n in range(4):
            picture(world / "some" / name / f"{n}.png", person(rng, looks, back=False))
    both = ("--gallery", world / "some", "--roster", world / "sheet.csv")
    ended = track(world, "both", *both)
    assert ended.code == 0, ended.lines
    assert any("2 players of sheet.csv have no pictures: Cid, Dan" in line for line in ended.lines)
    assert named(world / "both", behind_cut=False) == EVERYBODY | {"Ann": {"Ánn"}}
    assert receipt(world / "both")["gallery"]["players"] == ["Bea", "Cid", "Dan", "Ánn"]


# ------------------------------------------------------------------ --grow-gallery


def test_a_gallery_is_grown_of_whom_it_surely_named(finished: Path) -> None:
    roster = read_roster(finished / "grown")
    assert [(p.name, p.number, p.team) for p in roster.players] == [
        ("Ann", "7", "red"), ("Bea", "33", "blue"), ("Cid", "10", "green"),
    ]  # fmt: skip
    assert all(len(player.pictures) >= 4 for player in roster.players)
    assert not roster.warnings


def test_the_next_run_knows_their_looks_from_the_first_frame(world: Path) -> None:
    both = ("--gallery", world / "grown", "--roster", world / "sheet.csv", "--numbers", "off")
    assert track(world, "second", *both).code == 0
    assert named(world / "second") == EVERYBODY


def test_a_color_goes_into_the_grown_gallery(world: Path) -> None:
    (world / "colors.csv").write_text("No,Name,Color\n7,Ann,red/white\n")
    more = ("--roster", world / "colors.csv", "--grow-gallery", world / "colored", "--resume")
    assert track(world, "out", *more).code == 0
    told = yaml.safe_load((world / "colored" / "roster.yaml").read_text())
    assert told["Ann"] == {"number": "7", "color": "#ff0000/#ffffff"}
    assert read_roster(world / "colored").players[0].color == ("#ff0000", "#ffffff")


def test_a_folder_that_exists_is_refused_before_anything_is_begun(world: Path) -> None:
    before = sorted(world.rglob("*"))
    more = ("--roster", world / "sheet.csv", "--grow-gallery", world / "grown")
    ended = track(world, "new", *more)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "--grow-gallery" in ended.lines[0]
    assert "exists" in ended.lines[0]
    assert sorted(world.rglob("*")) == before


def test_growing_of_nobody_is_said_and_the_run_stays(world: Path) -> None:
    (world / "none.csv").write_text("No,Name\n98,Zoe\n")
    more = ("--roster", world / "none.csv", "--grow-gallery", world / "none", "--resume")
    ended = track(world, "out", *more)
    assert ended.code == 0
    assert any("no gallery was made" in line for line in ended.lines)
    assert not (world / "none").exists()
    assert len(visible(world / "out")) == FRAMES * len(SHIRTS)


# ------------------------------------------------------------------ what follows from a run


def test_a_correction_names_by_the_sheet_again(world: Path) -> None:
    ended = command(["correct", str(world / "out"), "--set", "player Ann is Dan"])
    assert ended.code == 0, ended.lines
    assert named(world / "out")["Ann"] == {"Dan"}
    assert named(world / "out")["Bea"] == {"Bea"}


def test_a_sheet_that_has_changed_is_no_ground_for_a_correction(world: Path) -> None:
    assert track(world, "out", "--roster", world / "sheet.csv", "--resume").code == 0
    (world / "sheet.csv").write_text("No,Name\n7,Ann\n")
    ended = command(["correct", str(world / "out"), "--set", "player Ann is nobody"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "has changed since" in ended.lines[0]


@pytest.mark.parametrize(
    "words",
    [
        ["report", "OUT", "-o", "PLACE/match.html"],
        ["explain", "OUT", "--frame", "60", "--player", "Ann"],
        ["explain", "OUT", "--frame", "100", "--player", "Bea", "--json"],
        ["convert", "OUT/tracks.csv", "--to", "mot", "-o", "PLACE/table.txt"],
        ["gallery", "people", "OUT"],
        ["gallery", "export", "OUT", "--to", "yolo-cls", "-o", "PLACE/data"],
        ["render", "PLACE/seq", "OUT/tracks.csv", "-o", "PLACE/video.mp4"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_other_commands_take_such_a_run(world: Path, words: list[str]) -> None:
    filled = [w.replace("OUT", str(world / "out")).replace("PLACE", str(world)) for w in words]
    ended = command(filled)
    assert ended.code == 0, ended.lines


def test_several_videos_have_a_sheet_each(world: Path) -> None:
    (world / "seq2").mkdir()
    shutil.copy(world / "seq" / "seqinfo.ini", world / "seq2")
    (world / "seq2" / "img1").symlink_to(world / "seq" / "img1")
    for name in ("seq", "seq2"):
        shutil.copy(world / "sheet.csv", world / f"{name}.csv")
        shutil.copy(world / "det.txt", world / f"{name}.txt")
    words = [
        "track", world / "seq", world / "seq2", "--roster", world / "{stem}.csv", "--detections",
        world / "{stem}.txt", "-o", world / "many", "--frames", "1:40",
    ]  # fmt: skip
    ended = command([*map(str, words)])
    assert ended.code == 0, ended.lines
    for name in ("seq", "seq2"):
        assert receipt(world / "many" / name)["roster"]["file"] == str(world / f"{name}.csv")
    again = command([*map(str, words), "--resume"])
    assert again.out.count("was finished before") == 2
    refused = command([*map(str, words), "--grow-gallery", str(world / "one")])
    assert refused.code == 2
    assert "{stem}" in refused.lines[0]


# ------------------------------------------------------------------ what is wrong


def no_numbers(world: Path) -> list[object]:
    (world / "sheet.csv").write_text("Name,Team\nAnn,red\n")
    return []


def numbers_off(world: Path) -> list[object]:
    return ["--numbers", "off"]


def no_pictures(world: Path) -> list[object]:
    about = (world / "seq" / "seqinfo.ini").read_text()
    (world / "seq").unlink()
    (world / "seq").mkdir()
    (world / "seq" / "seqinfo.ini").write_text(about)
    return []


def broken(world: Path) -> list[object]:
    (world / "sheet.csv").write_text("No,Name\n7,Ann\n7,Bea\n")
    return []


def missing(world: Path) -> list[object]:
    (world / "sheet.csv").unlink()
    return []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_numbers, "has no numbers, so that it alone names nobody"),
        (numbers_off, "encode.numbers is off"),
        (no_pictures, "no pictures to read shirt numbers in"),
        (broken, "Ann and Bea have number 7 and no team"),
        (missing, "check the path"),
    ],
)
def test_a_sheet_that_can_name_nobody_is_a_mistake(
    world: Path, spoil: Callable[[Path], list[object]], message: str
) -> None:
    more = spoil(world)
    ended = track(world, "new", "--roster", world / "sheet.csv", *more)
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert message in ended.lines[0]
    assert not (world / "new").exists()


def small(world: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    return ["--set", "encode.numbers_height_min_px=900"]


def turned_away(world: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    def read(self: object, crops: list[np.ndarray]) -> np.ndarray:
        return np.array([silent() for _ in crops])

    monkeypatch.setattr(BackReader, "read", read)
    return []


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (small, "pixels tall, and are looked at from 900 (encode.numbers_height_min_px)"),
        (turned_away, "none is legible on "),
    ],
)
def test_why_no_number_was_read_is_said(
    world: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path, pytest.MonkeyPatch], list[object]],
    why: str,
) -> None:
    sheet = ("--roster", world / "sheet.csv")
    ended = track(world, "new", *sheet, *spoil(world, monkeypatch))
    (line,) = (line for line in ended.lines if "no shirt number was read" in line)
    assert why in line
    assert any(why in note for note in receipt(world / "new")["notes"])
    assert "0 players named" in ended.out


def test_where_numbers_are_read_nothing_is_said_of_it(world: Path) -> None:
    ended = track(world, "new", "--roster", world / "sheet.csv")
    assert "no shirt number was read" not in " ".join(ended.lines)


def test_anchors_name_the_players_of_a_sheet_without_numbers(world: Path) -> None:
    no_numbers(world)
    rows = "".join(f"{frame},40,40,90,160,Ann\n" for frame in (5, 20, 35))
    (world / "anchors.csv").write_text("frame,x1,y1,x2,y2,player\n" + rows)
    more = ("--roster", world / "sheet.csv", "--anchors", world / "anchors.csv")
    assert track(world, "anchored", *more).code == 0
    assert named(world / "anchored", behind_cut=False)["Ann"] == {"Ann"}


def picture(path: Path, image: np.ndarray) -> None:
    import cv2

    cv2.imwrite(str(path), image)
