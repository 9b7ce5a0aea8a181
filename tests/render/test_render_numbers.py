"""`render --numbers`: the number that was read stands beside the name or id."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.worlds.bad_inputs import command
from tests.worlds.readings import Told, write_readings
from tests.worlds.report import FPS, Life, draw_video, write_run
from tracker.numbers.labels import number_labels
from tracker.numbers.stored import read_numbers
from tracker.output.row_arrays import read_rows
from tracker.output.run_files import OBSERVATIONS

ADA = Life(1, "Ada", [("visible", 20, 1.0)])
CY = Life(3, "", [("visible", 20, 0.2)], x=150)
THEN_BEA = Life(3, "Bea", [("visible", 10, 1.0)], first=21, x=190)
LIVES = [ADA, CY, THEN_BEA]
TOLD: Told = {
    (1, 3): (9, 0.9), (1, 13): (9, 0.9), (3, 5): (10, 0.9), (3, 15): (10, 0.9), (3, 25): (7, 0.7),
}  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Path:
    video = draw_video(tmp_path / "video", LIVES, 30)
    return write_run(tmp_path / "out", LIVES, ["Ada", "Bea"], spec=str(video))


def labels(out: Path, worn: dict[str, int], told: Told = TOLD) -> dict[tuple[int, int], str]:
    """By track and frame."""
    write_readings(out, told)
    rows = read_rows(out / "tracks.csv", FPS)
    found = read_numbers(out / OBSERVATIONS, rows)
    assert found is not None
    keys = zip(rows.tracks.tolist(), rows.frames.tolist(), strict=True)
    return dict(zip(keys, number_labels(found, rows, worn), strict=True))


def test_a_number_stands_in_all_frames_of_a_name(out: Path) -> None:
    found = labels(out, {"Ada": 9, "Bea": 7})
    assert {found[1, frame] for frame in range(1, 21)} == {"#9"}
    assert {found[3, frame] for frame in range(1, 21)} == {"#10"}
    assert {found[3, frame] for frame in range(21, 31)} == {"#7?"}  # read once, and not surely


def test_another_number_than_the_players_is_told_with_theirs(out: Path) -> None:
    assert labels(out, {"Ada": 19})[1, 5] == "#9 (wears 19)"


def test_who_was_not_read_has_none(out: Path) -> None:
    assert labels(out, {"Ada": 9}, {(1, 3): (9, 0.9)})[3, 5] == ""


def drawn(out: Path, file: Path, *words: str) -> np.ndarray:
    """The sixth frame."""
    ended = command(["render", str(out.parent / "video"), str(out / "tracks.csv"), "-o", str(file),
                     "--set", "render.crf=4", *words])  # fmt: skip
    assert ended.code == 0, ended.lines
    with av.open(str(file)) as container:
        frames = [f.to_ndarray(format="bgr24").astype(int) for f in container.decode(video=0)]
    return frames[5]


def test_the_video_shows_it_beside_the_name_and_nowhere_else(out: Path, tmp_path: Path) -> None:
    write_readings(out, TOLD, {"Ada": "9"})
    plain = drawn(out, tmp_path / "plain.mp4")
    numbered = drawn(out, tmp_path / "numbered.mp4", "--numbers")
    other = np.abs(plain - numbered).max(axis=2) > 60
    rows, columns = np.nonzero(other)
    assert len(rows)
    for life in (ADA, CY):
        x1, y1, x2, _ = life.box(6)
        above = (columns > x1 - 40) & (columns < x2 + 40) & (rows > y1 - 40) & (rows <= y1)
        assert above.sum() > 20
        other[:, max(round(x1) - 40, 0) : round(x2) + 40] = False
    assert not other.any()


def test_a_run_that_read_none_is_told_in_one_line(out: Path, tmp_path: Path) -> None:
    words = ["render", out.parent / "video", out / "tracks.csv", "-o", tmp_path / "no.mp4"]
    ended = command([*map(str, words), "--numbers"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "no shirt numbers were read" in ended.lines[0]
    assert not (tmp_path / "no.mp4").exists()
