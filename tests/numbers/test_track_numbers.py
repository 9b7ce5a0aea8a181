"""The numbers of a run by track: found again in tracks.csv, and what they say together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.worlds.readings import Told, write_readings
from tests.worlds.report import FPS, Life, write_run
from tracker.identity.number_evidence import readings_of
from tracker.numbers.stored import read_numbers
from tracker.numbers.track_numbers import TrackNumbers
from tracker.output.row_arrays import read_rows
from tracker.output.run_files import OBSERVATIONS
from tracker.types import NO_NUMBER

ADA = Life(1, "Ada", [("visible", 20, 1.0), ("occluded", 5, 0.9), ("visible", 15, 1.0)])
BEA = Life(2, "Bea", [("visible", 40, 1.0)], x=200)
CY = Life(3, "", [("visible", 30, 0.2)], first=11, x=100)
TOLD: Told = {
    (1, 3): (9, 0.8), (1, 13): (9, 0.7), (1, 22): (19, 0.9), (1, 33): (3, 0.6),
    (2, 5): (10, 0.9), (3, 15): (NO_NUMBER, 0.0), (3, 25): (33, 0.7),
}  # fmt: skip


def numbers(tmp_path: Path, told: Told = TOLD) -> TrackNumbers | None:
    out = write_run(tmp_path / "out", [ADA, BEA, CY], ["Ada", "Bea"])
    write_readings(out, told)
    return read_numbers(out / OBSERVATIONS, read_rows(out / "tracks.csv", FPS))


def test_readings_come_to_the_tracks_whose_boxes_they_are_of(tmp_path: Path) -> None:
    found = numbers(tmp_path)
    assert found is not None
    assert found.tracks.tolist() == [1, 1, 1, 2, 3]
    assert found.frames.tolist() == [3, 13, 33, 5, 25]  # in 22 Ada is hidden: nobody was read
    assert found.numbers.tolist() == [9, 9, 3, 10, 33]
    assert found.times_s.tolist() == pytest.approx([0.2, 1.2, 3.2, 0.4, 2.4])
    for track, life in ((1, ADA), (2, BEA), (3, CY)):
        mine = found.of_track(track, 1, 40)
        assert (mine.tracks == track).all()
        assert mine.boxes.tolist() == [pytest.approx(life.box(f)) for f in mine.frames.tolist()]


def test_those_of_some_frames_of_a_track(tmp_path: Path) -> None:
    found = numbers(tmp_path)
    assert found is not None
    assert found.of_track(1, 4, 13).frames.tolist() == [13]
    assert found.of_track(1, 3, 33).frames.tolist() == [3, 13, 33]
    assert not len(found.of_track(1, 14, 32))
    assert not len(found.of_track(7, 1, 40))


def test_readings_of_one_track_speak_together(tmp_path: Path) -> None:
    found = numbers(tmp_path)
    assert found is not None
    mine = found.of_track(1, 1, 40)
    best = mine.likeliest()
    assert [each.number for each in best][:2] == [9, 3]
    assert best[0].probability > 0.95
    assert mine.likely == 9
    assert mine.frames[mine.clearest(3)].tolist() == [3, 13, 33]  # the surest of 9 first
    assert mine.frames[mine.clearest(1)].tolist() == [3]


def test_what_is_read_once_and_weakly_is_no_number(tmp_path: Path) -> None:
    found = numbers(tmp_path, {(2, 5): (10, 0.6)})
    assert found is not None
    assert found.likeliest()[0].number == 10
    assert (found.likely, found.settled) == (10, NO_NUMBER)


def test_two_clear_readings_that_agree_settle_a_number(tmp_path: Path) -> None:
    found = numbers(tmp_path, {(2, 5): (10, 0.9), (2, 15): (10, 0.9), (1, 5): (7, 0.9)})
    assert found is not None
    assert found.of_track(2, 1, 40).settled == 10
    assert found.of_track(1, 1, 40).settled == NO_NUMBER


def test_of_shirts_that_cannot_be_read_nothing_is_said() -> None:
    digits = np.full((2, 22), 0.05, np.float32)
    digits[:, 21] = 0.1
    read = readings_of(digits)
    two, frames = np.zeros(2, np.int64), np.array([3, 9])
    found = TrackNumbers(
        two, two, frames, frames / FPS, np.zeros((2, 4)), read.numbers, read.confidence, digits
    )
    assert found.likeliest() == ()
    assert (found.likely, found.settled) == (NO_NUMBER, NO_NUMBER)
    assert not len(found.clearest(3))


def test_a_run_in_which_nobody_looked_has_none(tmp_path: Path) -> None:
    assert numbers(tmp_path, {}) is None
    out = tmp_path / "out"
    rows = read_rows(out / "tracks.csv", FPS)
    assert read_numbers(tmp_path / "nowhere", rows) is None
    for file in (out / OBSERVATIONS).glob("chunk-*"):
        file.write_bytes(b"damaged")
    assert read_numbers(out / OBSERVATIONS, rows) is None


def test_columns_that_do_not_fit_are_refused() -> None:
    none = np.zeros(0, np.int64)
    with pytest.raises(ValueError, match="TrackNumbers"):
        TrackNumbers(none, none, none, none, np.zeros((1, 4)), none, none, np.zeros((0, 22)))
