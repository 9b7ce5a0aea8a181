"""Cutting a gallery out of an annotated clip: who, which pictures, and what is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import folder_names
from gallery.create import CutReport, EnrollError, Name, cut_gallery, read_boxes, read_names
from gallery.roster import read_picture, read_roster
from tracker.evaluation.identities import read_people
from tracker.evaluation.text_files import TextSource

WIDTH, HEIGHT = 640, 360
Row = tuple[int, int, float, float, float, float]
ANN, BEA = Name("Ann", "7", "red"), Name("Bea", "8", "blue")


def colour_of(frame: int) -> int:
    return 6 * frame  # so that a crop tells which frame it is from


def film(frames: int = 40, sharp: tuple[int, ...] = ()) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Plain pictures; those in `sharp` have a fine pattern."""
    for frame in range(1, frames + 1):
        image = np.full((HEIGHT, WIDTH, 3), colour_of(frame), np.uint8)
        if frame in sharp:
            image[::4] += 100
        yield frame, image


def truth(rows: list[Row]) -> TruthBoxes:
    table = np.array(sorted(rows), np.float64)
    corners = np.hstack([table[:, 2:4], table[:, 2:4] + table[:, 4:6]])
    return TruthBoxes("gt.txt", table[:, 0].astype(int), table[:, 1].astype(int), corners)


def walk(id_: int, x: float, frames: range = range(1, 41), height: float = 100) -> list[Row]:
    return [(f, id_, x, 100, 40, height) for f in frames]


def frames_of(folder: Path) -> list[int]:
    return sorted(int(f.stem.rpartition("_")[2]) for f in folder.iterdir())


def refused(*args: object, **options: object) -> str:
    with pytest.raises(EnrollError) as caught:
        cut_gallery(*args, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


def test_each_player_gets_a_folder_of_crops(out: Path) -> None:
    rows = truth(walk(1, 50) + walk(2, 300))
    report = cut_gallery(film(), rows, {1: ANN, 2: BEA}, out, per_player=5, source_name="clip")
    assert report.cut == (("Ann", 5), ("Bea", 5))
    roster = read_roster(out)
    assert [(p.name, p.number, p.team) for p in roster.players] == [
        ("Ann", "7", "red"), ("Bea", "8", "blue"),
    ]  # fmt: skip
    for path in roster.players[0].pictures:
        picture = read_picture(path)
        assert picture is not None
        assert picture.shape == (100, 40, 3)
        frame = int(path.stem.removeprefix("clip_"))
        assert len(path.stem) == len("clip_000001")
        assert abs(int(picture[50, 20, 0]) - colour_of(frame)) <= 1


def test_the_crops_are_spread_over_time(out: Path) -> None:
    cut_gallery(film(), truth(walk(1, 50)), {1: ANN}, out, per_player=4)
    frames = frames_of(out / "Ann")
    assert len(frames) == 4
    assert min(np.diff(frames)) >= 8


def test_few_clean_moments_at_the_end_are_not_lost_among_many(out: Path) -> None:
    rows = truth(walk(1, 50, range(1, 11)) + walk(1, 50, range(39, 41)))
    cut_gallery(film(), rows, {1: ANN}, out, per_player=4)
    assert frames_of(out / "Ann")[-1] >= 39


def test_the_sharpest_of_neighbouring_pictures_is_taken(out: Path) -> None:
    rows = truth(walk(1, 50, range(1, 4)) + walk(1, 50, range(30, 33)))
    cut_gallery(film(sharp=(2, 31)), rows, {1: ANN}, out, per_player=2, min_pictures=2)
    assert frames_of(out / "Ann") == [2, 31]


def test_copies_are_dropped_as_long_as_enough_is_left(out: Path) -> None:
    """Ann stands still before a picture that does not change; in frames 30 to 40 it does."""
    still = [(f, colour) for f in range(1, 41) for colour in [100 if f < 30 else 6 * f]]
    pictures = [(f, np.full((HEIGHT, WIDTH, 3), colour, np.uint8)) for f, colour in still]
    report = cut_gallery(pictures, truth(walk(1, 50)), {1: ANN}, out, per_player=8, min_pictures=2)
    frames = frames_of(out / "Ann")
    assert sum(f < 30 for f in frames) == 1
    assert report.cut == (("Ann", len(frames)),)
    assert report.reasons["Ann"]["too similar"] == 8 - len(frames)
    cut_gallery(
        pictures, truth(walk(1, 50)), {1: ANN}, out, per_player=8, min_pictures=8, overwrite=True
    )
    assert len(frames_of(out / "Ann")) == 8


def test_a_blurred_crop_is_dropped_first(out: Path) -> None:
    sharp = tuple(f for f in range(1, 41) if not 14 <= f <= 20)
    report = cut_gallery(film(sharp=sharp), truth(walk(1, 50)), {1: ANN}, out, per_player=6)
    assert not set(frames_of(out / "Ann")) & set(range(14, 21))
    assert report.reasons["Ann"]["blurred"] >= 1


def test_the_report_counts_why_boxes_were_not_taken(out: Path) -> None:
    rows = (
        walk(1, 50, range(1, 21))
        + walk(1, 50, range(21, 31), height=30)
        + walk(1, -20, range(31, 41))
    )
    cover = [(f, 9, 50.0, 100.0, 40.0, 50.0) for f in range(1, 6)]
    report = cut_gallery(film(), truth(rows + cover), {1: ANN}, out, per_player=4)
    counts = report.reasons["Ann"]
    assert (counts["covered"], counts["too small"], counts["at the border"]) == (5, 10, 10)
    assert "not taken: 10 too small, 10 at the border, 5 covered" in str(report)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ([(f, 9, 50, 100, 40, 21) for f in range(1, 41)], "covered by somebody without a name"),
        ([(f, 3, 50, 100, 40, 21) for f in range(1, 41)], "covered by the referee"),
    ],
)
def test_covered_boxes_are_not_cut(spoil: list[Row], why: str, out: Path) -> None:
    names = {1: ANN, 2: BEA, 3: Name("main", role="referee")}
    report = cut_gallery(film(), truth(walk(1, 50) + walk(2, 300) + spoil), names, out)
    assert [name for name, _ in report.cut if not name.startswith("_")] == ["Bea"], why
    assert dict(report.skipped)["Ann"].startswith("0 of 40 boxes")


def test_a_little_cover_and_the_ball_do_not_matter(out: Path) -> None:
    little = [(f, 9, 50.0, 100.0, 40.0, 19.0) for f in range(1, 41)]
    ball = [(f, 20, 50.0, 150.0, 40.0, 40.0) for f in range(1, 41)]
    names = {1: ANN, 20: Name("ball", role="ball")}
    report = cut_gallery(film(), truth(walk(1, 50) + little + ball), names, out)
    assert report.cut == (("Ann", 12),)
    assert report.skipped == ()


@pytest.mark.parametrize(
    "rows",
    [
        walk(1, 50, height=39),
        [(f, 1, 50.0, 100.0, 7.0, 100.0) for f in range(1, 41)],
        walk(1, -5),
        walk(1, WIDTH - 35),
        [(f, 1, 50.0, HEIGHT - 80.0, 40.0, 100.0) for f in range(1, 41)],
    ],
    ids=["small", "thin", "out on the left", "out on the right", "out below"],
)
def test_small_or_cut_off_people_are_not_cut(rows: list[Row], out: Path) -> None:
    report = cut_gallery(film(), truth(rows + walk(2, 300)), {1: ANN, 2: BEA}, out)
    assert report.cut == (("Bea", 12),)


def test_a_box_that_juts_out_a_little_is_clipped(out: Path) -> None:
    cut_gallery(film(), truth(walk(1, -3)), {1: ANN}, out, per_player=4)
    picture = read_picture(next((out / "Ann").iterdir()))
    assert picture is not None
    assert picture.shape == (100, 37, 3)


def test_two_ids_of_one_name_are_one_person(out: Path) -> None:
    rows = truth(walk(1, 50, range(1, 4)) + walk(5, 300, range(30, 33)))
    report = cut_gallery(film(), rows, {1: ANN, 5: ANN}, out, min_pictures=6)
    assert report.cut == (("Ann", 6),)


def test_one_name_twice_in_a_frame_is_refused(out: Path) -> None:
    line = refused(film(), truth(walk(1, 50) + walk(5, 300)), {1: ANN, 5: ANN}, out)
    assert "frame 1" in line
    assert "Ann" in line
    assert "ids 1 and 5" in line


def test_who_has_too_few_pictures_is_left_out_and_reported(out: Path) -> None:
    rows = truth(walk(1, 50) + walk(2, 300, range(1, 4)))
    names = {1: ANN, 2: BEA, 3: Name("Cid")}
    report = cut_gallery(film(), rows, names, out, min_pictures=4)
    assert [p.name for p in read_roster(out).players] == ["Ann"]
    text = str(report)
    assert "Ann  12 pictures" in text
    assert "Bea  3 of 3 boxes are clean, 4 needed" in text
    assert "Cid  not in these frames" in text


def test_more_clean_crops_may_be_needed_than_are_cut(out: Path) -> None:
    rows = truth(walk(1, 50) + walk(2, 300, range(1, 11)))
    report = cut_gallery(film(), rows, {1: ANN, 2: BEA}, out, per_player=5, min_pictures=20)
    assert report.cut == (("Ann", 5),)


def test_referees_and_marked_names_become_negatives(out: Path) -> None:
    names = {1: ANN, 2: Name("main", role="referee"), 3: Name("_crowd"), 4: Name("_crowd")}
    rows = truth(walk(1, 50) + walk(2, 150) + walk(3, 250) + walk(4, 350))
    report = cut_gallery(film(), rows, names, out, per_player=8)
    assert [name for name, _ in report.cut] == ["Ann", "_crowd", "_main"]
    assert [name for name, _ in read_roster(out).negatives] == ["_crowd", "_main"]


def test_only_the_frames_asked_for_are_used(out: Path) -> None:
    seen: list[int] = []

    def watched() -> Iterator[tuple[int, NDArray[np.uint8]]]:
        for frame, image in film(100):
            seen.append(frame)
            yield frame, image

    cut_gallery(watched(), truth(walk(1, 50)), {1: ANN}, out, frames=(10, 20))
    assert min(frames_of(out / "Ann")) >= 10
    assert max(frames_of(out / "Ann")) <= 20
    assert max(seen) <= 21  # the rest of the clip is not decoded


def test_boxes_beyond_the_end_of_the_clip_do_no_harm(out: Path) -> None:
    rows = truth(walk(1, 50, range(1, 81)))
    report = cut_gallery(film(40), rows, {1: ANN}, out, per_player=10)
    assert max(frames_of(out / "Ann")) <= 40
    assert report.cut[0][1] >= 5


def test_nobody_clean_is_an_error_and_nothing_is_written(out: Path) -> None:
    assert "no clean crop of anybody" in refused(
        film(), truth(walk(1, 50, height=20)), {1: ANN}, out
    )
    line = refused(film(), truth(walk(1, 50, range(1, 4))), {1: ANN}, out)
    assert "Ann, 3" in line
    assert "no clean crop" in refused(film(), truth(walk(1, 50)), {1: ANN}, out, frames=(90, 99))
    assert list(out.parent.iterdir()) == []


def test_a_gallery_of_referees_alone_is_refused(out: Path) -> None:
    names = {1: Name("main", role="referee")}
    assert "no player" in refused(film(), truth(walk(1, 50)), names, out)


@pytest.mark.parametrize("pictures", [[], [(1, None)]], ids=["none", "a clip of boxes only"])
def test_a_clip_without_pictures_is_refused(pictures: list[tuple[int, None]], out: Path) -> None:
    assert "no pictures" in refused(pictures, truth(walk(1, 50)), {1: ANN}, out)


def test_an_existing_gallery_is_kept_until_overwrite_is_said(out: Path) -> None:
    rows, names = truth(walk(1, 50)), {1: ANN}
    cut_gallery(film(), rows, names, out, per_player=4)
    before = sorted(out.rglob("*"))
    assert "--overwrite" in refused(film(), rows, names, out, per_player=6)
    assert sorted(out.rglob("*")) == before
    cut_gallery(film(), rows, names, out, per_player=6, overwrite=True)
    assert len(frames_of(out / "Ann")) == 6
    assert [p.name for p in out.parent.iterdir()] == ["gallery"]


@pytest.mark.parametrize("inside", ["letter.txt", "Ann/letter.txt", "Ann/more/a.jpg", "a.jpg"])
def test_overwrite_never_replaces_what_is_no_gallery(inside: str, out: Path) -> None:
    (out / inside).parent.mkdir(parents=True)
    (out / inside).write_text("precious")
    line = refused(film(), truth(walk(1, 50)), {1: ANN}, out, overwrite=True)
    assert "no gallery" in line
    assert (out / inside).read_text() == "precious"


def test_a_file_in_the_way_is_refused(out: Path) -> None:
    out.write_text("x")
    assert "is a file" in refused(film(), truth(walk(1, 50)), {1: ANN}, out, overwrite=True)


def test_an_empty_folder_may_be_filled(out: Path) -> None:
    out.mkdir()
    cut_gallery(film(), truth(walk(1, 50)), {1: ANN}, out)
    assert len(frames_of(out / "Ann")) == 12


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = truth(walk(1, 50) + walk(2, 300))
    for name in ("a", "b"):
        cut_gallery(film(sharp=(7,)), rows, {2: BEA, 1: ANN}, tmp_path / name)
    first, second = (
        {f.relative_to(tmp_path / n): f.read_bytes() for f in (tmp_path / n).rglob("*.*")}
        for n in ("a", "b")
    )
    assert first == second


AWKWARD = [
    "a/b", "a\\b", "..", ".hidden", " leading", "trailing.", "tab\there", "50% Ann", "a%2Fb",
    'who? "*" <me>|:', "⚽ Zoë 🏃‍♀️", "CON", "nul.txt", "Zoe\u0308", "no", "7", "~", "null", "x: y",
    "x" * 300, "x" * 299 + "y", "⚽" * 300, "Ann", "é" * 60,
]  # fmt: skip


@pytest.mark.parametrize("twin", ["ann", "ANN"])
def test_names_that_differ_in_case_only_are_asked_about(out: Path, twin: str) -> None:
    rows = truth([(f, k, 20.0 * k, 100, 20, 100) for f in (1, 2) for k in (0, 1)])
    with pytest.raises(EnrollError, match=r"'Ann' and '.*' one player"):
        cut_gallery(film(2), rows, {0: Name("Ann"), 1: Name(twin)}, out, min_pictures=2)
    assert not out.exists()


def test_awkward_names_survive_the_folder(out: Path) -> None:
    names = {k: Name(name, "1") for k, name in enumerate(AWKWARD)}
    rows = truth([(f, k, 20.0 * k, 100, 20, 100) for f in (1, 2) for k in names])
    cut_gallery(film(2), rows, names, out, min_pictures=2)
    spelled = sorted(unicodedata.normalize("NFC", name) for name in AWKWARD)
    assert sorted(p.name for p in read_roster(out).players) == spelled
    assert {p.number for p in read_roster(out).players} == {"1"}
    assert [p.name for p in out.parent.iterdir()] == ["gallery"]


def test_folders_suit_every_file_system() -> None:
    names = [*AWKWARD, "ann", "ANN"]
    folders = folder_names(names)
    assert len({f.casefold() for f in folders.values()}) == len(names)
    for folder in folders.values():
        assert len(folder.encode()) <= 120
        assert not set(folder) & set('/\\:*?"<>|\t')
        assert folder[0] not in ". "
        assert folder[-1] not in ". "
        assert folder.split(".")[0].lower() not in {"con", "nul"}
    assert folders["Ann"] == "Ann"


def test_a_source_name_with_a_slash_stays_in_the_folder(out: Path) -> None:
    cut_gallery(film(), truth(walk(1, 50)), {1: ANN}, out, source_name="../cam:1")
    assert all("cam%3A1" in f.name for f in (out / "Ann").iterdir())


CSV = "id, Name,number,team,role\n1, Ann ,7,red,Player\n2,Bea,,,\n3,Ball,,,\n-4,Cid,9,,referee\n"
INI = (
    "[Sequence]\nname=X\ntrackletID_1= player team right;10\n"
    "trackletID_2= goalkeepers team left;1\n"
    "trackletID_3= referee;main\ntrackletID_4= ball;1\ntrackletID_5= player team left;A\n"
    "trackletID_6= Referees;side top\n"
)


@pytest.mark.parametrize(("file", "text"), [("names.csv", CSV), ("gameinfo.ini", INI)])
def test_names_are_those_by_which_results_are_scored(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text("\ufeff" + text, encoding="utf-8")
    ours, theirs = read_names(tmp_path / file), read_people(TextSource(tmp_path / file)).by_id
    assert ours.keys() == theirs.keys()
    for id_, name in ours.items():
        person = theirs[id_]
        assert (name.name, name.number, name.team, name.role) == (
            person.name, person.number, person.team, person.role,
        )  # fmt: skip


def test_soccernet_names(tmp_path: Path) -> None:
    (tmp_path / "gameinfo.ini").write_text(INI)
    names = read_names(tmp_path / "gameinfo.ini")
    assert [names[k].name for k in (1, 2, 3)] == [
        "team right 10", "team left goalkeeper 1", "referee main",
    ]  # fmt: skip
    assert names[4].role == "ball"


@pytest.mark.parametrize(
    ("file", "text", "hint"),
    [
        ("n.csv", "", "line 1"),
        ("n.csv", "id,number\n1,2\n", "line 1"),
        ("n.csv", "id,name\n", "names nobody"),
        ("n.csv", "id,name\n1,Ann\nx,Bea\n", "line 3"),
        ("n.csv", "id,name\n1,Ann\n1,Bea\n", "line 3: id 1 stands twice"),
        ("n.csv", "id,name\n1,Ann\n2,\n", "line 3: id 2 has no name"),
        ("n.csv", "id,name\n1," + "x" * 200_000, "broken CSV"),
        ("n.ini", "[Other]\n", "[Sequence]"),
        ("n.ini", "nonsense", "[Sequence]"),
        ("n.ini", "[Sequence]\nname=X\n", "names nobody"),
        ("n.ini", "[Sequence]\ntrackletID_x= player team left;1\n", "trackletid_x"),
    ],
)
def test_a_wrong_names_file_is_refused(file: str, text: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(EnrollError) as caught:
        read_names(tmp_path / file)
    assert hint in str(caught.value)
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("read", [read_names, read_boxes])
def test_a_missing_or_binary_file_is_refused(read: object, tmp_path: Path) -> None:
    assert callable(read)
    with pytest.raises(EnrollError, match=r"none\.csv"):
        read(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EnrollError, match="UTF-8"):
        read(tmp_path / "binary.csv")


def test_truth_is_read_in_any_order_and_with_any_separator(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text(
        "2,1,10,20,30,40,1,-1,-1,-1\n\n1 1 11.5 20 30 40\n1,-1,0,0,9,9\n1;-1;5;5;9;9\n"
    )
    boxes = read_boxes(tmp_path / "gt.txt")
    assert boxes.frames.tolist() == [1, 1, 1, 2]
    assert boxes.ids.tolist() == [-1, -1, 1, 1]  # -1: somebody unknown
    assert boxes.boxes[2].tolist() == [11.5, 20, 41.5, 60]


def test_rows_with_flag_0_are_left_out_unless_all_have_it(tmp_path: Path) -> None:
    file = tmp_path / "gt.txt"
    file.write_text("1,1,0,0,9,9,1\n1,2,0,0,9,9,0\n1,3,0,0,9,9,-1\n")
    assert read_boxes(file).ids.tolist() == [1, 3]
    file.write_text("1,1,0,0,9,9,0\n1,2,0,0,9,9,0\n")
    assert read_boxes(file).ids.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "no boxes"),
        ("1,1,0,0,9,9\n1,2,0,0,9\n", "line 2: 5 columns"),
        ("1,1,0,0,9,9\n\n1,2,x,0,9,9\n", "line 3: not all numbers"),
        ("1,1,nan,0,9,9\n", "line 1: a number is not finite"),
        ("1,1,0,inf,9,9\n", "line 1: a number is not finite"),
        ("1,1,0,0,0,9\n", "line 1: width and height"),
        ("1,1,0,0,9,-9\n", "line 1: width and height"),
        ("0,1,0,0,9,9\n", "line 1: frames are whole numbers from 1; add 1 to all"),
        ("1,1,0,0,9,9\n1.04,1,0,0,9,9\n", "line 2: frames are whole numbers from 1; if these"),
        ("0,1,0,0,9,9\n0.5,1,0,0,9,9\n", "if these are seconds, multiply them"),
        ("1,1.5,0,0,9,9\n", "line 1: an id must be a whole number"),
        ("1,1,0,0,9,9\n2,1,0,0,9,9\n1,1,5,0,9,9\n", "line 3: id 1 is twice in frame 1"),
    ],
)
def test_a_wrong_truth_names_its_line(text: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text(text)
    with pytest.raises(EnrollError) as caught:
        read_boxes(tmp_path / "gt.txt")
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def _cut_soccer(shared: Path, out: Path) -> CutReport:
    from tracker.video.open import open_source

    data = shared / "data" / "soccer-snmot116"
    frames = open_source(str(data / "clip_f001-350.mp4")).frames(0, 175)
    return cut_gallery(
        ((f.index + 1, f.image) for f in frames),
        read_boxes(data / "gt.txt"),
        read_names(data / "gameinfo.ini"),
        out,
        min_pictures=12,
        frames=(1, 175),
    )


@pytest.mark.shared
def test_a_broadcast_clip_gives_eleven_players_and_the_referee(shared: Path, out: Path) -> None:
    report = _cut_soccer(shared, out)
    assert len(report.cut) == 12
    roster = read_roster(out)
    assert len(roster.players) == 11
    assert "team left goalkeeper 1" in [p.name for p in roster.players]
    assert [name for name, _ in roster.negatives] == ["_referee main"]
    assert roster.warnings == ()
    heights = [cv2.imread(str(f)).shape[0] for p in roster.players for f in p.pictures]
    assert len(heights) == 132
    assert min(heights) >= 40
