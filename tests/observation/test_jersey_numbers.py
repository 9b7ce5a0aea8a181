"""Shirt numbers: how they are read, and what a reading says of who wears it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.test_cli import in_a_process
from tests.worlds.bad_inputs import command
from tests.worlds.following import SIZE, Person, Shot, Story, World, classifier, named, play
from tests.worlds.gallery import draw_plain_gallery
from tests.worlds.numbers import FakeReader, by_colour, silent
from tests.worlds.numbers import digits_of as shown
from tracker import config
from tracker.identity.jersey_likelihood import log_likelihood
from tracker.identity.misreadings import digits_of
from tracker.identity.number_evidence import TENS, UNITS, nothing_read, readings_of
from tracker.identity.roster_rules import RosterRules
from tracker.observation import jersey_ocr
from tracker.observation.chunk import rounded
from tracker.observation.jersey_protocol import NumberError, NumberReader
from tracker.observation.jersey_reader import AUTO, READERS, open_reader
from tracker.observation.observer import Observer
from tracker.settings import EncodeSettings, FollowSettings, RosterSettings
from tracker.tracking.evidence_log import OnlineEvidence
from tracker.tracking.online import OnlineTracker
from tracker.types import (
    DIGITS,
    NO_NUMBER,
    UNKNOWN,
    Detections,
    Floats,
    Frame,
    Image,
    Observation,
    Readings,
)

has_rapidocr = pytest.mark.skipif(
    util.find_spec("rapidocr") is None, reason="rapidocr is not installed (extra `numbers`)"
)


def wearing(*numbers: str | None, **limits: float) -> RosterRules:
    count = len(numbers)
    none = [None] * count
    rules = RosterRules.of(none, none, numbers, [(None, None)] * count, RosterSettings(**limits))
    assert rules is not None
    return rules


def read(*readings: tuple[int, float]) -> Readings:
    numbers, sure = zip(*readings, strict=True)
    said, how_sure = np.array(numbers, np.int64), np.array(sure, np.float32)
    return Readings(said, how_sure, digits_of(said, how_sure))


# ------------------------------------------------------------------ what a reading says


def test_the_number_itself_beats_a_slip_beats_anything_else() -> None:
    rules = wearing("10", "18", "31", "47", None, number_nats=20.0)
    (row,) = log_likelihood(read((10, 0.8)), rules)
    right, slip, far, farther, unknown, nobody = row
    assert right > 2
    assert right > slip > far == pytest.approx(farther)
    assert far < -2
    assert unknown == nobody == 0


@pytest.mark.parametrize(("part", "whole"), [(1, "11"), (0, "10"), (6, "36")])
def test_one_digit_may_be_the_last_of_a_number(part: int, whole: str) -> None:
    rules = wearing(whole, "57", number_nats=20.0)
    mine, other, _ = log_likelihood(read((part, 0.8)), rules)[0]
    assert mine > 0 > other


def test_both_who_wear_a_number_may_be_meant() -> None:
    red, blue, other, _ = log_likelihood(read((7, 0.9)), wearing("7", "07", "8"))[0]
    assert red == blue > other


def test_nothing_read_says_nothing() -> None:
    rules = wearing("7", "9")
    assert not log_likelihood(read((NO_NUMBER, 0.0), (NO_NUMBER, 0.9)), rules).any()
    assert log_likelihood(readings_of(nothing_read(0)), rules).shape == (0, 3)


@given(
    number=st.integers(0, 99),
    sure=st.floats(0, 1),
    limit=st.floats(0.5, 9),
    worn=st.integers(0, 99),
)
def test_one_reading_decides_nothing(number: int, sure: float, limit: float, worn: int) -> None:
    told = log_likelihood(read((number, sure)), wearing(str(worn), "12", number_nats=limit))
    assert np.isfinite(told).all()
    assert (abs(told) <= limit + 1e-9).all()


@pytest.mark.parametrize("worn", ["3", "33", "70", "0"])
@pytest.mark.parametrize("sure", [0.2, 0.9])
def test_the_chances_of_all_readings_add_up(worn: str, sure: float) -> None:
    """exp(nats) / 100 is the chance of a reading: over 0 to 99 nearly 1, misreadings included."""
    rules = wearing(worn, number_nats=50.0)
    told = log_likelihood(read(*[(n, sure) for n in range(100)]), rules)[:, 0]
    assert np.exp(told).sum() / 100 == pytest.approx(1.0, abs=0.1)


def test_the_surer_the_reading_the_more_it_says() -> None:
    worth = [
        log_likelihood(read((7, c)), wearing("7", number_nats=9.0))[0, 0] for c in (0.2, 0.5, 0.9)
    ]
    assert worth == sorted(worth)
    assert worth[0] < worth[-1]


# ------------------------------------------------------------------ names by numbers

ALIKE = {0: 0.7, 1: 0.7}


def numbered(shots: Sequence[Shot], worn: dict[int, int], every: int = 13) -> list[Observation]:
    """Every thirteenth frame the numbers of these people are read, of others nothing."""
    found = []
    for i, shot in enumerate(shots):
        numbers = [worn.get(p, NO_NUMBER) for p in shot.who]
        sure = np.where(np.array(numbers) == NO_NUMBER, 0.0, 0.8).astype(np.float32)
        said = Readings(np.array(numbers, np.int64), sure, digits_of(np.array(numbers), sure))
        found.append(replace(shot.seen, readings=said if i % every == 0 else None))
    return found


TWINS = World(
    [
        Person({0: (200, 200), 4: (400, 200)}, look=ALIKE),
        Person({0: (800, 400), 4: (600, 400)}, look=ALIKE),
    ],
    seconds=4,
    players=2,
)


def followed(world: World, seen: list[Observation], rules: RosterRules | None, mode: str) -> Story:
    return Story(world, play(world), named(world, seen, rules, mode))


@pytest.mark.parametrize("mode", ["online", "offline"])
@pytest.mark.parametrize("worn", [{0: 7, 1: 9}, {0: 9, 1: 7}])
def test_look_alikes_are_named_by_their_numbers(mode: str, worn: dict[int, int]) -> None:
    story = followed(TWINS, numbered(play(TWINS), worn), wearing("7", "9"), mode)
    names = {7: 0, 9: 1}
    assert [story.name(p, 3.9) for p in (0, 1)] == [names[worn[p]] for p in (0, 1)]


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_wrong_readings_now_and_then_do_not_rename(mode: str) -> None:
    world = World([Person({0: (200, 200), 5: (400, 200)}, player=0)], seconds=5, players=2)
    seen = numbered(play(world), {0: 7})
    seen[39] = replace(seen[39], readings=read((9, 0.8)))
    story = followed(world, seen, wearing("7", "9"), mode)
    assert {name for t, _, name in story.rows(0) if t > 1.5} == {0}


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_a_stranger_with_another_number_is_nobody(mode: str) -> None:
    weakly = {0: 0.62, 15: 0.78}
    world = World([Person({0: (200, 200), 4: (400, 200)}, look=weakly)], seconds=4, players=2)
    shots, rules = play(world), wearing("7", "9")
    assert followed(world, numbered(shots, {}), rules, mode).name(0, 3.9) == 0
    assert followed(world, numbered(shots, {0: 54}), rules, mode).name(0, 3.9) == UNKNOWN


def test_readings_follow_their_detections_into_any_order() -> None:
    worn = {0: 7, 1: 9}
    seen = numbered(play(TWINS), worn)
    turned = [
        replace(
            one,
            boxes=one.boxes[::-1],
            scores=one.scores[::-1],
            embeddings=one.embeddings[::-1],
            readings=one.readings and one.readings.take(np.arange(len(one.boxes))[::-1]),
        )
        for one in seen
    ]
    for mode in ("online", "offline"):
        a, b = (followed(TWINS, s, wearing("7", "9"), mode).frames for s in (seen, turned))
        assert [f.players.tolist() for f in a] == [f.players.tolist() for f in b]


def test_what_was_read_is_in_the_evidence() -> None:
    """Every reading is a vote of one crop, and what was believed after it is kept."""
    limits, rules = FollowSettings(), wearing("7", "9")
    witness = OnlineEvidence(2, limits.identity, limits.association.ambiguous_nats)
    seen = [
        replace(o, embeddings=np.full_like(o.embeddings, np.nan))
        for o in numbered(play(TWINS), {0: 7})
    ]
    tracker = OnlineTracker(limits, SIZE, 2, classifier(2), evidence=witness, rules=rules)
    for one in seen:
        tracker.update(one)
    told = tracker.finish()
    assert told is not None
    read = [one.index for one in seen if one.readings is not None]
    assert told.vote_spans[:, 1].tolist() == told.vote_spans[:, 2].tolist() == read
    assert told.crops.tolist() == [1] * len(read)
    assert (told.nats.argmax(axis=1) == 0).all()
    assert told.probabilities[-1, 0] > 0.99


def test_without_readings_numbers_of_the_roster_change_no_bit() -> None:
    seen = [shot.seen for shot in play(TWINS)]
    a, b = (followed(TWINS, seen, rules, "online").frames for rules in (None, wearing("7", "9")))
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one.players, other.players)
        np.testing.assert_array_equal(one.player_confidence, other.player_confidence)


def test_readings_check_their_shapes() -> None:
    with pytest.raises(ValueError, match=r"confidence.*\(2,\)"):
        Readings(np.zeros(2, np.int64), np.zeros(3, np.float32), nothing_read(2))
    with pytest.raises(ValueError, match=r"digits.*\(2, 22\)"):
        Readings(np.zeros(2, np.int64), np.zeros(2, np.float32), nothing_read(3))
    seen = play(TWINS)[0].seen
    with pytest.raises(ValueError, match="readings"):
        replace(seen, readings=read((7, 0.9)))


# ------------------------------------------------------------------ when what is read


class Standing:
    """Two people of 100 and 50 pixels in every frame."""

    name, fingerprint, needs_images = "standing", "0" * 16, True

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        boxes = np.array([[10, 20, 50, 120], [100, 20, 120, 70]], np.float32)
        return [Detections(boxes, np.ones(2, np.float32)) for _ in frames]


def observed(
    reader: NumberReader, count: int, image: Image | None, *sets: str
) -> list[Observation]:
    observer = Observer(
        Standing(), None, config.load(None, ["camera.enabled=false", *sets]), reader
    )
    return list(observer.observe(Frame(i, i / 25, image) for i in range(count)))


PICTURE = np.zeros((200, 200, 3), np.uint8)


def test_numbers_are_read_now_and_then() -> None:
    reader = FakeReader(lambda crop: silent())
    seen = observed(reader, 30, PICTURE)
    assert [i for i, one in enumerate(seen) if one.readings is not None] == [0, 10, 20]
    assert len(reader.sizes) == 3


def test_only_the_shirts_of_tall_people_are_read() -> None:
    reader = FakeReader(lambda crop: shown(7, 0.99))
    (seen,) = observed(reader, 1, PICTURE)
    assert reader.sizes == [[(66, 66)]]  # the upper body, head included, and as wide
    assert seen.readings is not None
    assert seen.readings.numbers.tolist() == [7, NO_NUMBER]
    assert seen.readings.confidence.tolist() == pytest.approx([0.97, 0.0], abs=5e-3)
    assert seen.readings.digits is not None
    assert seen.readings.digits.any(axis=1).tolist() == [True, False]
    (seen,) = observed(reader, 1, PICTURE, "encode.numbers_height_min_px=50")
    assert seen.readings is not None
    assert seen.readings.numbers.tolist() == [7, 7]


def test_what_is_read_is_what_the_store_keeps() -> None:
    (seen,) = observed(FakeReader(lambda crop: shown(7, 0.91234)), 1, PICTURE)
    assert seen.readings is not None
    digits = seen.readings.digits
    assert digits is not None
    np.testing.assert_array_equal(rounded(digits), digits)


@pytest.mark.parametrize(("budget_ms", "reading_ms", "read"), [(8, None, 4), (8, 4.0, 2)])
def test_a_dear_reader_reads_fewer(budget_ms: float, reading_ms: float | None, read: int) -> None:
    class Crowd(Standing):
        def detect(self, frames: Sequence[Frame]) -> list[Detections]:
            boxes = np.array([[5 + 24 * n, 20, 25 + 24 * n, 120] for n in range(8)], np.float32)
            return [Detections(boxes, np.ones(8, np.float32)) for _ in frames]

    reader = FakeReader(lambda crop: silent())
    if reading_ms is not None:
        reader.reading_ms = reading_ms  # type: ignore[attr-defined]
    limits = config.load(None, ["camera.enabled=false", f"encode.numbers_budget_ms={budget_ms}"])
    list(Observer(Crowd(), None, limits, reader).observe([Frame(0, 0.0, PICTURE)]))
    assert [len(sizes) for sizes in reader.sizes] == [read]


def test_without_pictures_or_reader_nothing_is_read() -> None:
    (seen,) = observed(FakeReader(lambda crop: shown(7)), 1, None)
    assert seen.readings is None
    plain = Observer(Standing(), None, config.load(None, ["camera.enabled=false"]))
    (one,) = plain.observe([Frame(0, 0.0, PICTURE)])
    assert one.readings is None
    assert "numbers" not in plain.seconds


# ------------------------------------------------------------------ in the mirror


def half_white(right: bool) -> Image:
    picture = PICTURE.copy()
    picture[:, 30:50] = 255 * right
    picture[:, 10:30] = 255 * (not right)
    return picture


def seven_if_right(crop: Image) -> Floats:
    """Only a shirt that is white on its right half can be read."""
    middle = crop.shape[1] // 2
    return shown(7) if crop[:, middle:].mean() > crop[:, :middle].mean() else silent()


@pytest.mark.parametrize(("right", "lines"), [(True, 0), (False, 1)])
def test_a_mirrored_video_is_told_in_one_line(right: bool, lines: int) -> None:
    limits = config.load(None, ["camera.enabled=false", "encode.numbers_height_min_px=50"])
    observer = Observer(Standing(), None, limits, FakeReader(seven_if_right))
    list(observer.observe(Frame(i, i / 25, half_white(right)) for i in range(2500)))
    assert len(observer.warnings) == lines
    assert all("flipped left to right" in line and "\n" not in line for line in observer.warnings)


def test_shirts_that_nobody_can_read_are_no_mirrored_video() -> None:
    limits = config.load(None, ["camera.enabled=false", "encode.numbers_height_min_px=50"])
    reader = FakeReader(lambda crop: silent())
    observer = Observer(Standing(), None, limits, reader)
    list(observer.observe(Frame(i, i / 25, PICTURE) for i in range(2500)))
    assert not observer.warnings
    straight = 2 * (8 + (2500 - 80) // 30 + 1)
    assert abs(sum(map(len, reader.sizes)) - straight - 120) <= 4  # a sample is turned, no more


# ------------------------------------------------------------------ readers


def shirt(number: str, height: int = 60) -> Image:
    """A white number on a red shirt, drawn, as a camera would see it."""
    picture = np.full((240, 160, 3), (40, 30, 170), np.uint8)
    font, thick = cv2.FONT_HERSHEY_DUPLEX, 9
    (width, tall), _ = cv2.getTextSize(number, font, 3, thick)
    place = ((160 - width) // 2, (240 + tall) // 2)
    cv2.putText(picture, number, place, font, 3, (250, 250, 250), thick, cv2.LINE_AA)
    size = (height * 160 // 240, height)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def test_the_setting_names_the_readers() -> None:
    choices = get_args(EncodeSettings.model_fields["numbers"].annotation)
    assert set(choices) == {"auto", "off", AUTO, *READERS}
    assert EncodeSettings().numbers == "auto"


def test_off_may_be_written_as_yaml_reads_it() -> None:
    assert config.load(None, ["encode.numbers=off"]).encode.numbers == "off"


def test_an_unknown_reader_is_named() -> None:
    with pytest.raises(NumberError, match=r"no reader blind; choose .*rapidocr"):
        open_reader("blind")


def opened(kind: str) -> NumberReader:
    if kind == "rapidocr" and util.find_spec(kind) is None:
        pytest.skip(f"{kind} is not installed (extra `numbers`)")
    return open_reader(kind)


@pytest.mark.parametrize("tight", [False, True])
@pytest.mark.parametrize("kind", ["fake", *READERS])
def test_every_reader_keeps_the_contract(kind: str, tight: bool) -> None:
    """Of people, and of numbers cut out by their edges."""
    reader = FakeReader(by_colour) if kind == "fake" else opened(kind)
    look = reader.read_numbers if tight else reader.read
    assert reader.name == ("net" if kind == "fake" else kind)
    assert len(reader.fingerprint) >= 16
    assert look([]).shape == (0, DIGITS)
    crops = [np.zeros((0, 0, 3), np.uint8), shirt("7"), np.zeros((1, 90, 3), np.uint8),
             np.full((50, 40, 3), 90, np.uint8), shirt("10")[:, ::2]]  # fmt: skip
    copies = [crop.copy() for crop in crops]
    digits = look(crops)
    assert digits.shape == (len(crops), DIGITS)
    assert digits.dtype == np.float32
    assert not digits[0].any()
    assert ((digits >= 0) & (digits <= 1)).all()
    seen = digits.any(axis=1)
    for part in (TENS, UNITS):
        np.testing.assert_allclose(digits[seen][:, part].sum(axis=1), 1, atol=1e-5)
    assert readings_of(digits).numbers[3] == NO_NUMBER
    np.testing.assert_array_equal(digits, look(crops))
    for n, (crop, copy) in enumerate(zip(crops, copies, strict=True)):
        np.testing.assert_array_equal(crop, copy)
        np.testing.assert_array_equal(look([crop])[0], digits[n])


def body(number: str) -> Image:
    """Somebody of 120 pixels, as readers are given them: square, the head above the shirt."""
    picture = np.full((80, 80, 3), 90, np.uint8)
    picture[16:76, 20:60] = shirt(number)
    return picture


@has_rapidocr
@pytest.mark.parametrize("number", ["7", "10", "23", "88"])
def test_rapidocr_reads_a_drawn_shirt(number: str) -> None:
    readings = readings_of(open_reader("rapidocr").read([body(number)]))
    assert readings.numbers.tolist() == [int(number)]
    assert readings.confidence[0] > 0.5


@has_rapidocr
def test_a_number_at_the_edge_is_a_neighbours() -> None:
    """The picture of somebody without a number, and of the shoulder of who stands beside them."""
    beside, below = np.full((2, 120, 120, 3), 90, np.uint8)
    beside[30:90, 80:] = below[60:, 40:80] = shirt("23")
    found = readings_of(open_reader("rapidocr").read([beside, below]))
    assert found.numbers.tolist() == [NO_NUMBER] * 2


def refused() -> str:
    with pytest.raises(NumberError) as caught:
        open_reader("rapidocr")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jersey_ocr.util, "find_spec", lambda name: None)
    assert "pip install 'rapidocr" in refused()


def test_a_missing_network_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Found:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(jersey_ocr.util, "find_spec", lambda name: Found)
    line = refused()
    assert "PP-OCRv6_det_small.onnx" in line
    assert "reinstall" in line


# ------------------------------------------------------------------ as a user asks for it


@pytest.fixture
def video(tmp_path: Path) -> Path:
    folder = tmp_path / "clip"
    folder.mkdir()
    for i in range(8):
        picture = np.full((180, 320, 3), 90, np.uint8)
        picture[40:140, 40 + 4 * i : 80 + 4 * i] = (0, 0, 200)
        cv2.imwrite(str(folder / f"{i:03d}.png"), picture)
    rows = [f"{f},-1,{36 + 4 * f},40,40,100,0.9,-1,-1,-1\n" for f in range(1, 9)]
    (tmp_path / "det.txt").write_text("".join(rows))
    return folder


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    return draw_plain_gallery(tmp_path / "gallery")


def test_numbers_without_the_package_are_a_mistake(
    video: Path, gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda n, *a: None if n == "rapidocr" else found(n, *a))
    (gallery / "roster.yaml").write_text("Ann: {number: 7}\n")
    words = ["track", video, "--gallery", gallery, "--detections", tmp_path / "det.txt"]
    ended = command([*map(str, words), "-o", str(tmp_path / "out"), "--numbers", "rapidocr"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "rapidocr is not installed" in ended.lines[0]
    assert not (tmp_path / "out").exists()


@has_rapidocr
def test_a_run_with_numbers_says_so(
    video: Path,
    gallery: Path,
    tmp_path: Path,
) -> None:
    (gallery / "roster.yaml").write_text("Ann: {number: 7}\n")
    words = ["track", video, "--gallery", gallery, "--detections", tmp_path / "det.txt"]
    done = in_a_process(*words, "-o", tmp_path / "out", "--numbers", "rapidocr")
    assert done.returncode == 0, done.stderr
    receipt = json.loads((tmp_path / "out" / "run.json").read_text())
    assert receipt["numbers"]["name"] == "rapidocr"
    assert receipt["seconds"]["numbers"] > 0
