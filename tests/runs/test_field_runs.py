"""A run that is given the field: what it says of it, and that whatever follows knows it too."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import tracker
from tests.integration.golden_world import CUT, FRAMES, draw
from tests.worlds.bad_inputs import Ended, command
from tracker.court.field import Field
from tracker.court.field_corners import FieldError
from tracker.output.run_record import RunRecord
from tracker.runs.batch import is_finished, requests_of
from tracker.runs.given_field import field_input, field_lines, held
from tracker.runs.request import TrackRequest
from tracker.runs.resolver import Resolver
from tracker.settings import Settings

CORNERS = "20,40 380,40 390,190 10,190"
DRAWN = {"frame": 20, "corners": [[20, 40], [380, 40], [390, 190], [10, 190]]}


def track(world: Path, out: Path, *more: str) -> Ended:
    ended = command(["track", str(world / "seq"), "--detections", str(world / "det.txt"),
                     "--gallery", str(world / "gallery"), "-o", str(out), *more])  # fmt: skip
    assert ended.code == 0, ended.lines
    return ended


def field_of(out: Path) -> dict[str, object] | None:
    record: dict[str, object] = json.loads((out / "run.json").read_text())
    found = record.get("field")
    assert found is None or isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("field")
    draw(root)
    track(root, root / "run", "--field", CORNERS, "--field-frame", "20")
    return root


@pytest.fixture
def run(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world / "run", tmp_path / "run")
    return tmp_path / "run"


def test_the_record_has_the_field_and_how_far_it_holds(world: Path) -> None:
    assert field_of(world / "run") == {**DRAWN, "holds": [1, CUT]}
    notes = json.loads((world / "run" / "run.json").read_text())["notes"]
    assert [n for n in notes if n.startswith(f"--field holds in frames 1 to {CUT} of {FRAMES}")]


def test_online_it_is_not_carried_back(world: Path, tmp_path: Path) -> None:
    more = ("--mode", "online", "--field", CORNERS, "--field-frame", "20")
    ended = track(world, tmp_path / "out", *more)
    assert field_of(tmp_path / "out") == {**DRAWN, "holds": [20, CUT]}
    assert [n for n in ended.lines if f"holds in frames 20 to {CUT}" in n]


def test_what_goes_on_has_the_same_field_until_it_is_told_otherwise(world: Path, run: Path) -> None:
    before = field_of(run)
    track(world, run, "--resume")
    assert field_of(run) == before
    said = command(["correct", str(run), "--set", "player Dan is nobody"])
    assert said.code == 0, said.lines
    assert field_of(run) == before
    track(world, run, "--resume", "--field", CORNERS.replace("40", "50"))
    again = field_of(run)
    assert again is not None
    assert again["corners"][0] == [20, 50]  # type: ignore[index]
    assert again["frame"] == 1
    track(world, run, "--resume", "--field", "none")
    assert field_of(run) is None
    track(world, run, "--resume")
    assert field_of(run) is None


def test_a_correction_follows_on_the_same_field(world: Path) -> None:
    session = Resolver.open(RunRecord.read(world / "run")).session
    assert session.field is not None
    assert session.field.key == Field.of(CORNERS, 20, (400, 200)).key


def test_a_file_is_the_same_as_its_corners(world: Path, tmp_path: Path) -> None:
    (tmp_path / "field.csv").write_text("x,y\n" + CORNERS.replace(" ", "\n"))
    more = ("--frames", "1:30", "--field", str(tmp_path / "field.csv"), "--field-frame", "20")
    track(world, tmp_path / "out", *more)
    assert field_of(tmp_path / "out") == {**DRAWN, "holds": [1, 30]}


def test_python_takes_points(world: Path, tmp_path: Path) -> None:
    corners = [(20, 40), (380, 40), (390, 190), (10, 190)]
    tracker.track(world / "seq", out=tmp_path / "out", detections=world / "det.txt",
                  field=corners, field_frame=20)  # fmt: skip
    assert field_of(tmp_path / "out") == {**DRAWN, "holds": [1, CUT]}
    with pytest.raises(FieldError, match="3 corners"):
        tracker.track(world / "seq", detections=world / "det.txt", field=corners[:3])


def test_a_damaged_record_is_one_line(world: Path, run: Path) -> None:
    tree = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**tree, "field": {"corners": "here"}}))
    words = ["track", str(world / "seq"), "--detections", str(world / "det.txt"), "-o", str(run)]
    ended = command([*words, "--resume"])
    assert ended.code == 2
    assert len(ended.lines) == 1
    assert "give it again by --field" in ended.lines[0]


def test_a_batch_follows_again_where_the_field_is_another(world: Path, run: Path) -> None:
    track(world, run, "--resume")
    request = TrackRequest(str(world / "seq"), run, Settings(), gallery=world / "gallery",
                           detections=world / "det.txt")  # fmt: skip

    def finished(corners: str | None, frame: int | None = None) -> bool:
        return is_finished(replace(request, field=field_input(corners, frame)))

    assert finished(None)
    assert finished(CORNERS, 20)
    assert not finished(CORNERS, 21)
    assert not finished(CORNERS.replace("40", "50"), 20)
    assert not finished("none")


def test_of_many_videos_each_may_have_its_file(tmp_path: Path) -> None:
    request = TrackRequest("", tmp_path, Settings(), field=field_input("fields/{stem}.csv", 3))
    one, two = requests_of(["a.mp4", "b.mp4"], request)
    assert one.field is not None
    assert two.field is not None
    assert (one.field.corners, two.field.corners) == ("fields/a.csv", "fields/b.csv")
    assert two.field.frame == 3


@pytest.mark.parametrize(
    ("index", "cuts", "shot"),
    [
        (30, [0, 50], (0, 49)),
        (50, [0, 50, 80], (50, 79)),
        (90, [50, 80], (80, 99)),
        (3, [], (0, 99)),
    ],
)
def test_it_holds_in_its_shot(index: int, cuts: list[int], shot: tuple[int, int]) -> None:
    field = Field.of(CORNERS, index + 1, (400, 200))
    assert held(field, cuts, (0, 99)) == shot
    assert bool(field_lines(field, shot, 100)) == (shot != (0, 99))
    assert "was not reached" in field_lines(field, None, 100)[0]
