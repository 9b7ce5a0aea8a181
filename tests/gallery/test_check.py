"""`gallery check`: who can be told apart, what looks mislabelled, what to do next."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from gallery.check import GalleryCheck, check_gallery
from gallery.check_advice import advice
from gallery.check_table import print_check
from gallery.classifier.leave_out import leave_out, margins
from gallery.create import EnrollError, cut_gallery, read_boxes, read_names
from gallery.html_page import check_page, write_check
from gallery.reid.base import Encoder
from gallery.reid.encoder import load_encoder
from gallery.roster import read_roster
from tests.worlds.gallery import SHIRTS, draw_gallery, person
from tracker.video.open import open_source


def check(folder: Path, encoder: str = "stripes") -> GalleryCheck:
    return check_gallery(read_roster(folder), load_encoder(encoder), encoder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_gallery(tmp_path / "players")


def move(folder: Path, of: str, to: str, file: str = "03.png") -> Path:
    goal = folder / to / f"moved_{file}"
    (folder / of / file).rename(goal)
    return goal


def test_a_clean_gallery_has_nothing_to_mend(folder: Path) -> None:
    found = check(folder)
    assert [(p.name, p.pictures) for p in found.players] == [(name, 8) for name in SHIRTS]
    assert found.alone == found.apart == 1.0
    assert (found.suspects, found.pairs, found.twins) == ((), (), ())
    assert advice(found) == []


@pytest.mark.parametrize(("of", "to"), [("Ann", "Bea"), ("Cat", "Ann"), ("_referee", "Cat")])
def test_a_picture_in_the_wrong_folder_is_the_first_suspect(of: str, to: str, folder: Path) -> None:
    goal = move(folder, of, to)
    found = check(folder)
    first = found.suspects[0]
    assert (first.file, first.person, first.alike) == (goal, to, of)
    assert first.nats > 0
    assert len(found.suspects) <= 3
    assert all(f.parent.name == of for f in first.other_files)
    assert "wrong folder" in advice(found)[0]


def test_a_player_among_the_negatives_is_found_too(folder: Path) -> None:
    goal = move(folder, "Bea", "_referee")
    found = check(folder)
    assert [(s.file, s.alike) for s in found.suspects] == [(goal, "Bea")]


def test_two_people_of_one_look_are_a_pair(folder: Path) -> None:
    for n in range(8):
        cv2.imwrite(str(folder / "Bea" / f"{n:02d}.png"), person(SHIRTS["Ann"], 700 + n))
    pair = check(folder).pairs[0]
    assert {pair.first, pair.second} == {"Ann", "Bea"}
    assert 0.3 < pair.chance < 0.7
    assert {f.parent.name for f in pair.first_files} == {pair.first}


def test_copies_are_named_with_their_folders(folder: Path) -> None:
    shutil.copy(folder / "Ann" / "01.png", folder / "Ann" / "copy.png")
    shutil.copy(folder / "Ann" / "02.png", folder / "Cat" / "same.png")
    twins = check(folder).twins
    assert {frozenset((name, f.name) for name, f in group) for group in twins} == {
        frozenset({("Ann", "01.png"), ("Ann", "copy.png")}),
        frozenset({("Ann", "02.png"), ("Cat", "same.png")}),
    }
    assert any("Ann and Cat have the same picture" in line for line in advice(check(folder)))


def test_few_pictures_and_missing_negatives_are_said(folder: Path) -> None:
    for n in range(1, 8):
        (folder / "Cat" / f"{n:02d}.png").unlink()
    shutil.rmtree(folder / "_referee")
    found = check(folder)
    assert np.isnan(found.people[2].alone)
    lines = advice(found)
    assert lines[0].startswith("Cat: add pictures, 1 is few")
    assert "_referee" in lines[-1]


def test_one_player_alone_is_judged_without_a_rival(tmp_path: Path) -> None:
    folder = draw_gallery(tmp_path / "players")
    for name in ("Bea", "Cat", "_referee"):
        shutil.rmtree(folder / name)
    found = check(folder)
    assert (found.suspects, found.pairs) == ((), ())


def test_a_picture_is_never_judged_by_itself() -> None:
    """Two people at random: left out, a picture is no likelier its own person's."""
    noise = np.random.default_rng(0)
    rows = noise.normal(size=(60, 64))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    left = leave_out(rows, np.repeat([0, 1], 30), [str(i) for i in range(60)], 2)
    margin, _ = margins(left.alone, left.person)
    assert margin.mean() < 0.5


def test_the_order_of_pictures_does_not_matter(folder: Path) -> None:
    move(folder, "Ann", "Bea")
    one, again = check(folder), check(folder)
    assert one == again


def test_the_table_says_it_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    move(folder, "Ann", "Bea")
    print_check(check(folder), Console(width=100))
    said = capsys.readouterr().out
    assert re.search(r"Ann +7 +100% +100%", said)
    assert re.search(r"moved_03.png: (over )?\d+ times more like Ann", said)
    assert "to do next" in said


def test_the_page_needs_nothing_but_itself(folder: Path, tmp_path: Path) -> None:
    (folder / "Ann").rename(folder / "<b>Ann & Co")
    move(folder, "<b>Ann & Co", "Bea")
    write_check(check(folder), folder, tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert sources
    assert all(s.startswith("data:image/jpeg;base64,") for s in sources)
    assert "&lt;b&gt;Ann &amp; Co" in page
    assert "<b>Ann & Co" not in page
    assert 'name="viewport"' in page


def test_a_page_is_not_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "check.html").write_text("mine")
    with pytest.raises(EnrollError, match="--overwrite"):
        check_page(tmp_path / "check.html", False)
    check_page(tmp_path / "check.html", True)
    with pytest.raises(EnrollError, match="is a folder"):
        check_page(tmp_path, True)


@pytest.fixture(scope="session")
def soccer(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data, out = shared / "data/soccer-snmot116", tmp_path_factory.mktemp("soccer") / "players"
    frames = open_source(str(data / "clip_f001-350.mp4")).frames(0, 175)
    names = read_names(data / "gameinfo.ini")
    pictures = ((f.index + 1, f.image) for f in frames)
    cut_gallery(pictures, read_boxes(data / "gt.txt"), names, out, frames=(1, 175))
    return out


class Remembering:
    """An encoder that looks at each picture once: ten galleries differ in one picture."""

    def __init__(self, inner: Encoder) -> None:
        self.inner = inner
        self.known: dict[bytes, NDArray[np.float32]] = {}

    def encode(self, crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        new = [c for c in crops if c.tobytes() not in self.known]
        if new:
            rows = self.inner.encode(new)
            self.known |= {c.tobytes(): row for c, row in zip(new, rows, strict=True)}
        return np.stack([self.known[c.tobytes()] for c in crops])


@pytest.mark.shared
def test_a_crop_moved_to_a_wrong_player_of_a_broadcast_is_found(
    soccer: Path, shared: Path, tmp_path: Path
) -> None:
    """In each of 10 draws, and with no false alarm on the gallery as it was cut."""
    weights = shared / "weights/reid-omz/person-reidentification-retail-0277.xml"
    encoder = Remembering(load_encoder(str(weights)))
    assert check_gallery(read_roster(soccer), encoder, "0277").suspects == ()
    names = [p.name for p in read_roster(soccer).players]
    for seed in range(10):
        draw, folder = random.Random(seed), tmp_path / str(seed)
        shutil.copytree(soccer, folder)
        of, to = draw.sample(names, 2)
        goal = move(folder, of, to, draw.choice(sorted(f.name for f in (folder / of).iterdir())))
        found = check_gallery(read_roster(folder), encoder, "0277").suspects
        assert (found[0].file, found[0].alike) == (goal, of), seed
        assert len(found) <= 3
