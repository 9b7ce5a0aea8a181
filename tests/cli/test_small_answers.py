"""Small things that a person meets: names by case, numbered folders, lines in a log, negatives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gallery.annotations.reader import AnnotationError
from gallery.roster import read_roster
from gallery.roster_file import RosterError
from tests.worlds.gallery import draw_gallery
from tracker.cli import progress
from tracker.corrections.statements import Correction, CorrectionError, parse
from tracker.runs.gallery_commands import OneBox, add, parse_corners
from tracker.runs.request import TrackRequest, decided
from tracker.settings import Settings
from tracker.suggest.clear_stretches import sure_detections


def pictures(folder: Path) -> Path:
    """A picture of somebody in this folder."""
    drawn = draw_gallery(folder.parent.parent / "drawn")
    picture = sorted(drawn.rglob("*.*g"))[0]
    folder.mkdir(parents=True)
    (folder / picture.name).write_bytes(picture.read_bytes())
    return folder


def test_names_that_differ_in_case_only_are_asked_about(tmp_path: Path) -> None:
    pictures(tmp_path / "players" / "Ada Novak")
    (tmp_path / "players" / "ada novak").mkdir()
    for file in (tmp_path / "players" / "Ada Novak").iterdir():
        (tmp_path / "players" / "ada novak" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(RosterError, match=r"are '.+' and '.+' one player"):
        read_roster(tmp_path / "players")


def test_a_folder_of_people_is_no_gallery_yet(tmp_path: Path) -> None:
    pictures(tmp_path / "people" / "1")
    assert [p.name for p in read_roster(tmp_path / "people").players] == ["1"]  # shirt numbers
    (tmp_path / "people" / "names.csv").write_text("id,name\n1,\n")
    with pytest.raises(RosterError, match=r"folders are numbers.*gallery add --from"):
        read_roster(tmp_path / "people")


def test_a_log_hears_every_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [0.0], list[str]()
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    report = progress.lines_in_a_log(said.append)
    for second in range(100):
        now[0] = float(second)
        report("track", 10 * second, 2000)
    assert said == [
        "track: frame 300 of 2000, 10.0 a second",
        "track: frame 600 of 2000, 10.0 a second",
        "track: frame 900 of 2000, 10.0 a second",
    ]


def test_a_negative_is_an_answer() -> None:
    names = ["Ann", "Bea", "_coach"]
    said = parse("track 17 is _coach from frame 3", names)
    assert said == Correction("", 17, "", 3, None, "_coach")
    assert said.text == "track 17 is _coach from frame 3"
    with pytest.raises(CorrectionError, match="did you mean _coach"):
        parse("track 17 is _coahc", names)
    with pytest.raises(CorrectionError, match="no player '_coach'"):
        parse("player _coach is Ann", names)


@pytest.mark.parametrize(
    ("source", "streamed", "lag_s", "mode"),
    [
        ("match.mp4", False, None, "offline"),
        ("0", False, None, "online"),
        ("rtsp://camera/1", False, None, "online"),
        ("match.mp4", True, None, "online"),
        ("match.mp4", False, 2.0, "online"),
    ],
)
def test_a_file_is_looked_at_twice_unless_its_rows_are_wanted_before(
    source: str, streamed: bool, lag_s: float | None, mode: str
) -> None:
    request = TrackRequest(source, Path("out"), Settings(lag_s=lag_s))
    assert decided(request, streamed).settings.mode == mode
    asked = TrackRequest(source, Path("out"), Settings(mode="online"))
    assert decided(asked).settings.mode == "online"


def test_a_path_that_is_weakly_detected_all_along_is_shown() -> None:
    def path(track: int, scores: list[float]) -> pd.DataFrame:
        return pd.DataFrame({"track_id": track, "confidence": scores})

    rows = pd.concat([path(1, [0.9] * 50), path(2, [0.2, 0.4] * 50), path(3, [0.3] * 5)])
    sure = sure_detections(rows, fps=25.0)
    assert sure[:50].all()
    assert np.array_equal(sure[50:150], np.tile([False, True], 50))
    assert not sure[150:].any()


@pytest.mark.parametrize(
    ("text", "why"),
    [("1,2,3", "X1,Y1,X2,Y2"), ("1,2,x,4", "X1,Y1,X2,Y2"), ("5,2,3,4", "X2 must be above X1")],
)
def test_corners_that_are_none_are_said(text: str, why: str) -> None:
    with pytest.raises(AnnotationError, match=why):
        parse_corners(text)
    assert parse_corners("1,2,3.5,4").tolist() == [1, 2, 3.5, 4]


def test_one_place_is_given_in_one_way(tmp_path: Path) -> None:
    both = OneBox("a.mp4", 1, "Ann", box="1,2,3,4", xyxy="1,2,3,4")
    with pytest.raises(AnnotationError, match="one of --box, --xyxy"):
        add(tmp_path, both, None, False, print)
