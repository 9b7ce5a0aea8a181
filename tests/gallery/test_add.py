"""`gallery add`: one crop, or a folder of accepted ones, into a gallery that is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from gallery.add import add_folder, add_picture
from gallery.create import EnrollError
from gallery.roster import read_picture, read_roster
from tests.worlds.gallery import SHIRTS, draw_clip, draw_gallery, person
from tracker.runs.gallery_commands import OneBox, add

IMAGE = np.full((360, 640, 3), (60, 140, 60), np.uint8)
IMAGE[100:200, 50:90] = person(SHIRTS["Ann"], 77)
BOX = np.array([50.0, 100, 90, 200])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_gallery(tmp_path / "players", pictures=4)


def pictures(folder: Path, player: str) -> int:
    return len(next(p for p in read_roster(folder).players if p.name == player).pictures)


def test_a_box_becomes_a_picture_of_its_player(folder: Path) -> None:
    report = add_picture(folder, "Ann", IMAGE, BOX, "match_000012")
    file = report.added[0][1]
    assert file == folder / "Ann" / "match_000012.jpg"
    seen = read_picture(file)
    assert seen is not None
    assert np.abs(seen.astype(int) - IMAGE[100:200, 50:90]).mean() < 8
    assert pictures(folder, "Ann") == 5
    assert "Ann: 1 added, 5 now" in str(report)
    assert not list(folder.rglob(".*"))


def test_a_new_player_gets_a_folder_and_a_note(folder: Path) -> None:
    report = add_picture(folder, "Dora", IMAGE, BOX, "m")
    assert pictures(folder, "Dora") == 1
    assert "new player Dora" in report.notes[0]


def test_a_first_picture_makes_the_gallery(tmp_path: Path) -> None:
    add_picture(tmp_path / "new", "Ann", IMAGE, BOX, "m")
    assert pictures(tmp_path / "new", "Ann") == 1


def test_a_misspelt_name_is_asked_about(folder: Path) -> None:
    (folder / "Ann").rename(folder / "Ada Novak 7")
    for name in ("Ada Novk 7", "ada novak 7"):
        with pytest.raises(EnrollError, match="did you mean Ada Novak 7"):
            add_picture(folder, name, IMAGE, BOX, "m")
    add_picture(folder, "Ada Novak 8", IMAGE, BOX, "m")  # another number is another player
    add_picture(folder, "Ada Novk 7", IMAGE, BOX, "m", new=True)
    assert len(read_roster(folder).players) == 5


def test_a_player_is_known_by_the_name_in_the_roster(folder: Path) -> None:
    (folder / "roster.yaml").write_text("Ann: {name: Ann A. Lind}\n")
    assert add_picture(folder, "Ann A. Lind", IMAGE, BOX, "m").added[0][1].parent.name == "Ann"


@pytest.mark.parametrize(
    ("box", "hint"), [([700, 0, 800, 90], "0x90 px"), ([630, 355, 700, 400], "10x5 px")]
)
def test_a_box_outside_is_refused(box: list[float], hint: str, folder: Path) -> None:
    with pytest.raises(EnrollError, match=hint):
        add_picture(folder, "Ann", IMAGE, np.array(box, float), "m")


def test_small_cut_off_and_repeated_pictures_are_noted(folder: Path) -> None:
    small = add_picture(folder, "Ann", IMAGE, np.array([50.0, 100, 90, 130]), "a")
    assert "small" in small.notes[0]
    assert (
        "juts out" in add_picture(folder, "Ann", IMAGE, np.array([-40.0, 0, 90, 90]), "b").notes[0]
    )
    add_picture(folder, "Ann", IMAGE, BOX, "c")
    again = add_picture(folder, "Ann", IMAGE, BOX + 1, "d")
    assert "nearly the same picture as c.jpg" in again.notes[0]
    with pytest.raises(EnrollError, match="exists"):
        add_picture(folder, "Ann", IMAGE, BOX, "c")


def accepted(folder: Path, **crops: int) -> Path:
    for name, seed in crops.items():
        player = "_unknown" if name == "unknown" else name
        (folder / player).mkdir(parents=True, exist_ok=True)
        shirt = SHIRTS.get(name, (90, 90, 90))
        cv2.imwrite(str(folder / player / f"s{seed}.png"), person(shirt, seed))
    return folder


def test_accepted_pictures_are_taken_over_but_not_the_unknown(folder: Path, tmp_path: Path) -> None:
    report = add_folder(folder, accepted(tmp_path / "s", Ann=9, Dora=10, unknown=11))
    assert [(p, f.name) for p, f in report.added] == [("Ann", "s9.png"), ("Dora", "s10.png")]
    assert not (folder / "_unknown").exists()
    assert pictures(folder, "Ann") == 5
    again = add_folder(folder, tmp_path / "s")
    assert again.added == ()
    assert "there already" in again.notes[0]


def test_copies_and_broken_files_are_left_out(folder: Path, tmp_path: Path) -> None:
    place = accepted(tmp_path / "s", Ann=9)
    shutil.copy(folder / "Ann" / "01.png", place / "Ann" / "copy.png")
    (place / "Ann" / "broken.jpg").write_bytes(b"no picture")
    report = add_folder(folder, place)
    assert [f.name for _, f in report.added] == ["s9.png"]
    assert {n.split(": ")[0].rpartition("/")[2] for n in report.notes} == {"copy.png", "broken.jpg"}


def test_another_picture_of_that_name_stops_everything(folder: Path, tmp_path: Path) -> None:
    place = accepted(tmp_path / "s", Ann=9, Bea=10)
    (place / "Bea" / "s10.png").rename(place / "Bea" / "01.png")
    with pytest.raises(EnrollError, match="another picture"):
        add_folder(folder, place)
    assert pictures(folder, "Ann") == 4, "all or nothing"


def test_an_empty_or_missing_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EnrollError, match="no such folder"):
        add_folder(folder, tmp_path / "nowhere")
    with pytest.raises(EnrollError, match="no picture"):
        add_folder(folder, accepted(tmp_path / "s", unknown=1))


def test_the_frame_asked_for_is_cut(folder: Path, tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "clip", frames=5)
    said = add(folder, OneBox(str(clip), 3, "Ann", "50,100,40,100"), None, False, print)
    assert "Ann: 1 added" in said
    seen = read_picture(next((folder / "Ann").glob("clip_000003*")))
    assert seen is not None
    assert np.abs(seen.astype(int) - person(SHIRTS["Ann"], 3)).mean() < 8


@pytest.mark.parametrize(
    ("box", "hint"), [("1,2,3", "X,Y,W,H"), ("1,2,0,4", "above 0"), ("1,2,nan,4", "above 0")]
)
def test_a_wrong_box_is_refused(box: str, hint: str, folder: Path) -> None:
    with pytest.raises(ValueError, match=hint):
        add(folder, OneBox("nowhere.mp4", 1, "Ann", box), None, False, print)


def test_half_a_command_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="--from"):
        add(folder, OneBox("clip.mp4", 1, "Ann"), None, False, print)
    with pytest.raises(ValueError, match="leave out"):
        add(folder, OneBox("clip.mp4", None, None), folder, False, print)
