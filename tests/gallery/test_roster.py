"""The gallery folder: what is read from it, and what is said when it is wrong."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gallery.roster import Roster, RosterError, encode_gallery, read_picture, read_roster


def draw(path: Path, colour: tuple[int, int, int] = (0, 0, 200), size: int = 32) -> Path:
    """A plain picture (BGR), in the format that the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(path.suffix.lower(), np.full((size, size, 3), colour, np.uint8))
    assert done
    data.tofile(path)
    return path


def refused(folder: Path) -> str:
    with pytest.raises(RosterError) as caught:
        read_roster(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two players, one group of negatives."""
    for k, name in enumerate(("Ann", "Bea", "_referee")):
        for n in range(2):
            draw(tmp_path / "gallery" / name / f"{n}.png", (10 * n, 80 * k, 100))
    return tmp_path / "gallery"


def test_players_and_negatives_are_told_apart(folder: Path) -> None:
    roster = read_roster(folder)
    assert [p.name for p in roster.players] == ["Ann", "Bea"]
    assert [(name, len(files)) for name, files in roster.negatives] == [("_referee", 2)]
    assert roster.warnings == ()
    assert (roster.players[0].number, roster.players[0].team) == (None, None)


def test_players_and_pictures_are_in_natural_order(tmp_path: Path) -> None:
    for name in ("player 10", "Player 9", "anna", "Player 2"):
        draw(tmp_path / name / "x.png", (len(name), ord(name[-1]), 0))
    for file in ("f10.png", "F9.png", "f1.png"):
        draw(tmp_path / "anna" / file, (int(file[1:-4]), 255, 255))
    roster = read_roster(tmp_path)
    assert [p.name for p in roster.players] == ["anna", "Player 2", "Player 9", "player 10"]
    files = [f.name for f in roster.players[0].pictures]
    assert files == ["f1.png", "F9.png", "f10.png", "x.png"]


def test_every_usual_ending_is_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    names = ("a.JPG", "b.jpeg", "c.PNG", "d.bmp", "e.webp")
    for name in (*names, ".hidden.png"):
        draw(tmp_path / "Ann" / name)
    (tmp_path / "Ann" / "Thumbs.db").write_text("x")
    (tmp_path / ".git").mkdir()
    roster = read_roster(tmp_path)
    assert [f.name for f in roster.players[0].pictures] == list(names)
    assert roster.warnings == ()


def test_names_and_paths_need_not_be_ascii(tmp_path: Path) -> None:
    draw(tmp_path / "Zoë ⚽" / "ä ö.png")
    (tmp_path / "roster.yaml").write_text("Zoë ⚽: {team: Köln}\n", encoding="utf-8")
    (player,) = read_roster(tmp_path).players
    assert (player.name, player.team) == ("Zoë ⚽", "Köln")
    assert read_picture(player.pictures[0]) is not None


@pytest.mark.parametrize(
    ("folder", "key"), [("Zoe\u0308", "Zo\u00eb"), ("Zo\u00eb", "Zoe\u0308")]
)  # macOS stores the two dots apart
def test_a_name_in_either_spelling_of_its_accents_is_one(
    folder: str, key: str, tmp_path: Path
) -> None:
    draw(tmp_path / folder / "a.png")
    (tmp_path / "roster.yaml").write_text(f"{key}: {{number: 7}}\n", encoding="utf-8")
    (player,) = read_roster(tmp_path).players
    assert (player.name, player.number) == ("Zo\u00eb", "7")


def test_roster_file_says_more_of_a_player(folder: Path) -> None:
    (folder / "roster.yaml").write_text(
        "Ann: {number: 07, team: red, role: goalkeeper}\nBea:\n  name: Bea/Trix\n  team: null\n"
    )
    ann, bea = read_roster(folder).players
    assert (ann.number, ann.team, ann.role) == ("07", "red", "goalkeeper")  # 07 is no octal 7
    assert (bea.name, bea.team) == ("Bea/Trix", None)


@pytest.mark.parametrize(
    ("text", "on_s", "off_s"),
    [
        ("{on: 75}", 75, None),
        ("{on: 75.5, off: 90}", 75.5, 90),
        ("{on: 1:15, off: '75:30'}", 75, 4530),  # the 76th minute
        ("{off: 01:02:03.5, on: 0}", 0, 3723.5),
        ("{on: , off: ~}", None, None),
        ("{number: 7}", None, None),
        ("\n  number: # not known\n  on:   # nor this", None, None),
    ],
)
def test_when_a_player_comes_on_and_goes_off(
    text: str, on_s: float | None, off_s: float | None, folder: Path
) -> None:
    (folder / "roster.yaml").write_text(f"Bea: {text}\n")
    ann, bea = read_roster(folder).players
    assert (bea.on_s, bea.off_s) == (on_s, off_s)
    assert (ann.on_s, ann.off_s) == (None, None)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "Ann:\n", "~\n"])
def test_a_roster_file_may_say_nothing(text: str, folder: Path) -> None:
    (folder / "roster.yaml").write_text(text)
    assert len(read_roster(folder).players) == 2


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("Anne: {number: 7}\n", ["line 1", "'Anne'", "'Ann'"]),
        ("Ann:\n  numbr: 7\n", ["line 2", "numbr", "'number'"]),
        ("Ann: {team: red}\nBea: [\n", ["line 3", "broken YAML"]),
        ("Ann: red\n", ["line 1", "Ann"]),
        ("- Ann\n", ["roster.yaml"]),
        ("Ann: {number: 7}\nAnn: {number: 8}\n", ["line 2", "twice"]),
        ("Ann:\n  number: [7]\n", ["line 2", "number", "Ann"]),
        ("Ann: {name: Bea}\n", ["Bea", "second"]),
        ("[" * 100_000, ["broken YAML"]),
        ("Ann:\n  number: #7\n", ["line 2", "number of Ann is empty", '"#7" in quotes']),
        ("Ann:\n  team: red\n  color: #1f3a93  # dark\n", ["line 3", '"#1f3a93" in quotes']),
        ("Ann:\n  on: soon\n", ["line 2", "Ann", "on", "'soon'", "MM:SS"]),
        ("Ann:\n  team: red\n  off: -5\n", ["line 3", "off", "'-5'"]),
        ("Ann: {on: 1:75}\n", ["line 1", "'1:75'"]),
        ("Ann: {on: 1:60:00}\n", ["line 1", "'1:60:00'"]),
        ("Ann: {off: nan}\n", ["'nan'"]),
        ("Ann: {on: ٣}\n", ["no time"]),
        ("Ann: {on: 10:00, off: 9:59}\n", ["line 1", "Ann", "9:59", "10:00", "not after"]),
        ("Ann:\n  off: 60\n  on: 1:00\n", ["line 3", "not after"]),
        ('Ann: {name: "two\\nlines"}\n', ["one line"]),
    ],
)
def test_a_wrong_roster_file_is_refused(text: str, hints: list[str], folder: Path) -> None:
    (folder / "roster.yaml").write_text(text)
    line = refused(folder)
    assert all(hint in line for hint in hints), line


def test_a_roster_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "roster.yaml").write_bytes(b"\xff\xfe\x00\x01")
    assert "UTF-8" in refused(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "nowhere" in refused(tmp_path / "nowhere")
    assert "is no folder" in refused(draw(tmp_path / "file.png"))


def test_an_empty_gallery_is_refused(tmp_path: Path) -> None:
    assert "nobody" in refused(tmp_path)


def test_negatives_alone_are_no_gallery(tmp_path: Path) -> None:
    draw(tmp_path / "_referee" / "a.png")
    assert "negatives" in refused(tmp_path)


def test_pictures_without_folders_are_refused(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    assert "lie directly" in refused(tmp_path)


def test_pictures_beside_the_folders_are_warned_of(folder: Path) -> None:
    draw(folder / "a.png")
    (warning,) = read_roster(folder).warnings
    assert "1 pictures outside" in warning


def _cut_off(path: Path) -> None:
    """The first nine tenths of a picture full of detail."""
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    data = cv2.imencode(path.suffix, noise)[1]
    path.write_bytes(data.tobytes()[: len(data) * 9 // 10])


@pytest.mark.parametrize("case", ["text", "nothing in it", "cut off", "a broken link", "a device"])
def test_one_bad_picture_among_good_ones_is_warned_of(case: str, folder: Path) -> None:
    bad = draw(folder / "Ann" / "bad.jpg")
    if case == "cut off":
        _cut_off(bad)
    else:
        bad.unlink()
    if case == "text":
        bad.write_text("I am no picture")
    elif case == "nothing in it":
        bad.touch()
    elif case == "a broken link":
        bad.symlink_to(folder / "nowhere.jpg")
    elif case == "a device":
        os.mkfifo(bad)  # reading it would never end
    roster = read_roster(folder)
    assert len(roster.players[0].pictures) == 2
    assert len(roster.warnings) == 1
    assert str(bad) in roster.warnings[0]


def test_a_player_without_a_readable_picture_is_named(folder: Path) -> None:
    for file in (folder / "Bea").iterdir():
        file.write_text("x")
    line = refused(folder)
    assert "player Bea" in line
    assert "0.png" in line


def test_a_player_with_an_empty_folder_is_named(folder: Path) -> None:
    (folder / "Cid").mkdir()
    assert "player Cid" in refused(folder)


def test_a_group_of_negatives_without_pictures_is_only_warned_of(folder: Path) -> None:
    (folder / "_crowd").mkdir()
    roster = read_roster(folder)
    assert len(roster.negatives) == 1
    assert "_crowd" in roster.warnings[0]


def test_tiny_pictures_do_not_count(folder: Path) -> None:
    draw(folder / "Ann" / "tiny.png", size=7)
    draw(folder / "Ann" / "least.png", size=8)
    roster = read_roster(folder)
    assert len(roster.players[0].pictures) == 3
    assert "7x7 px" in roster.warnings[0]
    for file in (folder / "Bea").iterdir():
        draw(file, size=2)
    assert "player Bea" in refused(folder)


def test_two_people_with_one_picture_are_warned_of(folder: Path) -> None:
    (folder / "Bea" / "9.png").write_bytes((folder / "Ann" / "0.png").read_bytes())
    (warning,) = read_roster(folder).warnings
    assert "Ann" in warning
    assert "Bea" in warning


def test_one_player_may_have_a_picture_twice(folder: Path) -> None:
    (folder / "Ann" / "9.png").write_bytes((folder / "Ann" / "0.png").read_bytes())
    assert read_roster(folder).warnings == ()


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_folder_name_that_is_no_text_is_refused(folder: Path) -> None:
    try:
        os.mkdir(os.fsencode(folder) + b"/\xff\xfe")
    except OSError:
        pytest.skip("this file system takes text only")
    line = refused(folder)
    line.encode()
    assert "no valid text" in line


def _bomb(width: int, height: int) -> bytes:
    """A whole black PNG of one bit a pixel: kilobytes that unpack to megabytes."""
    chunks = (
        b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0),
        b"IDAT" + zlib.compress(bytes((1 + (width + 7) // 8) * height)),
        b"IEND",
    )
    parts = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_picture_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(_bomb(8001, 8000))
    (tmp_path / "small.png").write_bytes(_bomb(80, 80))
    assert read_picture(tmp_path / "bomb.png") is None
    assert read_picture(tmp_path / "small.png") is not None


def test_a_large_picture_just_below_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    cv2.imwrite(str(path), np.zeros((10, 400_000, 3), np.uint8))
    picture = read_picture(path)
    assert picture is not None
    assert picture.shape == (10, 400_000, 3)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((9, 9), 200, np.uint8),
        np.full((9, 9, 4), (0, 0, 200, 255), np.uint8),
        np.full((9, 9, 3), (0, 0, 51_400), np.uint16),
    ],
    ids=["grey", "with alpha", "16 bit"],
)
def test_every_kind_of_pixel_becomes_bgr_bytes(pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    picture = read_picture(tmp_path / "a.png")
    assert picture is not None
    assert (picture.shape, picture.dtype) == ((9, 9, 3), np.uint8)
    assert picture[0, 0, 2] == 200


def test_the_fingerprint_changes_with_names_and_contents_only(folder: Path, tmp_path: Path) -> None:
    first = read_roster(folder).fingerprint()
    assert first == read_roster(folder).fingerprint()
    folder.rename(tmp_path / "elsewhere")
    folder = tmp_path / "elsewhere"
    assert first == read_roster(folder).fingerprint()
    draw(folder / "Ann" / "0.png", (1, 2, 3))
    other = read_roster(folder).fingerprint()
    (folder / "roster.yaml").write_text("Ann: {on: 60}\n")
    third = read_roster(folder).fingerprint()
    (folder / "Bea").rename(folder / "Beate")
    assert len({first, other, third, read_roster(folder).fingerprint()}) == 4


class Left:
    """Encodes a picture as the mean of its left half and its right half; black as nothing."""

    def encode(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        halves = [(c[:, : c.shape[1] // 2].mean(), c[:, c.shape[1] // 2 :].mean()) for c in crops]
        rows = np.array(halves, np.float32)
        rows[rows.sum(axis=1) == 0] = np.nan
        return rows


def _halves(path: Path, left: int, right: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((16, 16, 3), left, np.uint8)
    picture[:, 8:] = right
    cv2.imwrite(str(path), picture)


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    for n, file in enumerate(("f10.png", "f9.png")):
        _halves(tmp_path / "Ann" / file, 10 + n, 20 + n)
    _halves(tmp_path / "Bea" / "a.png", 30, 40)
    _halves(tmp_path / "_crowd" / "a.png", 50, 60)
    _halves(tmp_path / "_referee" / "a.png", 70, 80)
    return tmp_path


def test_a_gallery_becomes_rows_in_order_of_time(halves: Path) -> None:
    embeddings, labels, pictures = encode_gallery(read_roster(halves), Left(), mirror=False)
    assert embeddings.dtype == np.float32
    assert embeddings[:, 0].tolist() == [11, 10, 30, 50, 70]
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 0, 1, -1, -2]
    assert [Path(p).name for p in pictures[:2]] == ["f9.png", "f10.png"]


def test_a_mirror_image_goes_by_the_key_of_its_picture(halves: Path) -> None:
    embeddings, labels, pictures = encode_gallery(read_roster(halves), Left())
    assert len(embeddings) == len(labels) == len(pictures) == 10
    assert embeddings[:2].tolist() == [[11, 21], [21, 11]]
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) == 5


def test_pictures_that_give_no_vector_are_left_out(halves: Path) -> None:
    _halves(halves / "Ann" / "black.png", 0, 0)
    embeddings, labels, pictures = encode_gallery(read_roster(halves), Left())
    assert np.isfinite(embeddings).all()
    assert len(labels) == len(pictures) == 10


def test_a_player_who_gives_no_vector_is_named(halves: Path) -> None:
    _halves(halves / "Bea" / "a.png", 0, 0)
    with pytest.raises(RosterError, match="player Bea"):
        encode_gallery(read_roster(halves), Left())


def test_a_roster_checks_itself() -> None:
    with pytest.raises(ValueError, match="players"):
        Roster(())


def test_a_misspelt_gallery_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "players").mkdir()
    with pytest.raises(RosterError, match=r"no such folder; did you mean .*players\?"):
        read_roster(tmp_path / "player")
    with pytest.raises(RosterError, match="no such folder; give one that holds"):
        read_roster(tmp_path / "elsewhere" / "x")
    with pytest.raises(RosterError, match="a team sheet is a --roster"):
        read_roster(tmp_path / "sheet.xlsx")


# --------------------------------------------------- what is not read, teams, folders around


def test_files_that_are_not_read_are_counted_by_kind(tmp_path: Path) -> None:
    for player in ("Ann", "Bea"):
        draw(tmp_path / player / "0.png")
    for name in ("IMG_1.HEIC", "IMG_2.heic", "scan.tif", "clip.mov", "README"):
        (tmp_path / "Ann" / name).write_bytes(b"x")
    (tmp_path / "Bea" / "x.avif").write_bytes(b"x")
    told = read_roster(tmp_path).warnings[0]
    assert told.startswith(
        f"{tmp_path}: not read: 2 .heic, 1 .avif, 1 .mov, 1 .tif, 1 no ending (Ann, Bea); "
    )


def test_a_player_with_nothing_readable_says_what_they_have(tmp_path: Path) -> None:
    draw(tmp_path / "Bea" / "0.png")
    (tmp_path / "Ann").mkdir()
    for n in range(3):
        (tmp_path / "Ann" / f"{n}.heic").write_bytes(b"x")
    with pytest.raises(RosterError, match=r"player Ann: .*not read: 3 \.heic"):
        read_roster(tmp_path)


def test_jfif_is_a_picture(tmp_path: Path) -> None:
    draw(tmp_path / "Ann" / "0.jpg")
    (tmp_path / "Ann" / "0.jpg").rename(tmp_path / "Ann" / "0.JFIF")
    assert read_roster(tmp_path).warnings == ()
    assert len(read_roster(tmp_path).players[0].pictures) == 1


def test_folders_of_teams_are_read_as_teams(tmp_path: Path) -> None:
    for place in ("Home/Ann", "Home/7", "Away/Bea", "Away/7", "_referee"):
        draw(tmp_path / place / "0.png")
    roster = read_roster(tmp_path)
    assert {(p.name, p.team) for p in roster.players} == {
        ("Ann", "Home"), ("Home 7", "Home"), ("Bea", "Away"), ("Away 7", "Away"),
    }  # fmt: skip
    assert [name for name, _ in roster.negatives] == ["_referee"]
    assert "read as folders of teams: Away (2 players), Home (2 players)" in roster.warnings[0]


def test_roster_yaml_goes_before_the_folder_of_a_team(tmp_path: Path) -> None:
    for place in ("Home/Ann", "Away/Bea"):
        draw(tmp_path / place / "0.png")
    (tmp_path / "roster.yaml").write_text("Ann: {team: Blues, number: 4}\n")
    ann, bea = read_roster(tmp_path).players
    assert (ann.team, ann.number, bea.team) == ("Blues", "4", "Away")


def test_a_folder_around_the_gallery_is_passed_through(tmp_path: Path) -> None:
    for place in ("players/Ann", "players/Bea", "players/_crowd"):
        draw(tmp_path / "zip" / place / "0.png")
    roster = read_roster(tmp_path / "zip")
    assert [(p.name, p.team) for p in roster.players] == [("Ann", None), ("Bea", None)]
    assert roster.fingerprint() == read_roster(tmp_path / "zip" / "players").fingerprint()


def test_a_player_with_folders_beside_others_with_pictures_is_no_team(tmp_path: Path) -> None:
    draw(tmp_path / "Ann" / "0.png")
    draw(tmp_path / "Bea" / "2024" / "0.png")
    with pytest.raises(RosterError, match=r"player Bea: .*its 1 folders are not looked into"):
        read_roster(tmp_path)
