"""A field that a user draws: how it is read, who stands on it, and how the camera carries it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker.court.carried_field import CarriedField, motions, moved
from tracker.court.field import Field, depths, field_nats
from tracker.court.field_corners import FieldError

SIZE = (400, 300)
PITCH = "50,100 350,100 390,280 10,280"
STAY = np.eye(2, 3)


def person(x: float, feet: float, tall: float = 40.0) -> list[float]:
    return [x - 8, feet - tall, x + 8, feet]


def nats(*people: list[float], field: str = PITCH) -> list[float]:
    found = Field.of(field, 1, SIZE)
    return field_nats(found.corners, np.array(people).reshape(-1, 4), SIZE[1]).tolist()


# ---------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "text",
    [
        "50,100\n350,100\n390,280\n10,280\n",
        "x,y\n50,100\n350,100\n390,280\n10,280",
        "x;y\n50;100\n350;100\n\n390;280\n10;280\n",
        "50 100\n350 100\n390\t280\n10, 280\n",
        "\ufeffx,y\r\n50,100\r\n350,100\r\n390,280\r\n10,280\r\n",
    ],
)
def test_a_file_has_a_corner_a_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "field.csv").write_text(text, encoding="utf-8", newline="")
    read = Field.of(str(tmp_path / "field.csv"), 7, SIZE)
    np.testing.assert_array_equal(read.corners, Field.of(PITCH, 7, SIZE).corners)
    assert (read.index, read.size) == (6, SIZE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0,0 9,9 9,0", "3 corners, and a field has 4"),
        ("", "no such file, and no corners"),
        ("pitch.csv", "no such file, and no corners"),
        ("50,100 350,abc 390,280 10,280", "'350,abc' is no corner x,y"),
        ("50,100 350,nan 390,280 10,280", "'350,nan' is no corner x,y"),
        ("50,100 350,inf 390,280 10,280", "'350,inf' is no corner x,y"),
        ("50,100,5 350,100 390,280 10,280", "'50,100,5' is no corner x,y"),
        ("50 100 350 100", "'50' is no corner x,y"),
        ("50,100 390,280 350,100 10,280", "corner 1 to 2 crosses that from 3 to 4"),
        ("50,100 350,100 350,100 10,280", "corners 2 and 3 are the same"),
        ("50,100 350,100 390,280 50,100", "corners 4 and 1 are the same"),
        ("50,100 100,100 200,100 300,100", "crosses that from"),
        ("50,100 1350,100 390,280 10,280", "corner 2, 1350,100, is far outside of the picture"),
        ("450,100 550,100 550,280 450,280", "nothing of the picture"),
        (" ".join(f"{n},{n * n}" for n in range(101)), "101 corners, and a field has 4 to 100"),
    ],
)  # fmt: skip
def test_what_is_no_field_is_said_in_a_line(text: str, why: str) -> None:
    with pytest.raises(FieldError, match=why.replace("(", r"\(")) as error:
        Field.of(text, 1, SIZE)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"50,100\n350,100\n390\n10,280\n", "'line 3' is no corner"),
        (b"a,b\nc,d\n", "'line 2' is no corner"),
        (b"50,100\n350,100\n", "2 corners, and a field has 4"),
        (b"", "0 corners, and a field has 4"),
        (b"\x00\xff\x00" * 9, "cannot be read|no corner"),
        (b"1,2\n" * 50_000, "cannot be read"),
    ],
)
def test_a_file_that_is_no_field_is_named(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "field.csv").write_bytes(content)
    with pytest.raises(FieldError, match=f"field.csv: .*{why}"):
        Field.of(str(tmp_path / "field.csv"), 1, SIZE)
    with pytest.raises(FieldError, match="cannot be read"):
        Field.of(str(tmp_path), 1, SIZE)


def test_corners_may_lie_beside_the_picture() -> None:
    wide = Field.of("-100,50 500,50 700,290 -300,290", 1, SIZE)
    assert depths(wide.corners, np.array([[5.0, 150.0]]))[0] > 0


# ------------------------------------------------------------------- who is on it


def test_feet_decide_who_is_inside() -> None:
    inside, above, beside = nats(person(200, 200), person(200, 60), person(390, 120))
    assert inside > 1
    assert above < -1  # the head of somebody behind the line never counts
    assert beside < 0
    assert nats(person(200, 110, tall=100))[0] > 0


def test_who_stands_at_the_line_keeps_what_they_have() -> None:
    at, just_out, out, far = nats(*(person(200, 100 - out) for out in (0, 19, 30, 90)))
    assert at == just_out == 0
    assert 0 > out > far


def test_it_counts_in_body_heights() -> None:
    small, tall = nats(person(200, 70, tall=20), person(200, 70, tall=80))
    assert small < tall == 0


def test_feet_below_the_picture_say_nothing() -> None:
    low = "50,100 350,100 390,200 10,200"
    assert nats(person(200, 299.5), person(200, 296), field=low)[0] == 0
    assert nats(person(200, 296), field=low)[0] < 0


def test_of_nobody_nothing_is_said() -> None:
    assert nats() == []


# --------------------------------------------------------------- the camera's motion


def test_the_camera_carries_it() -> None:
    field, pan = Field.of(PITCH, 1, SIZE), np.array([[1.0, 0, 30], [0, 1, 0]])
    carried = CarriedField(field)
    boxes = np.array([person(0, 150)])
    carried.move(0, STAY, cut=False)
    assert carried.nats(boxes)[0] < 0
    carried.move(1, np.array([[1.0, 0, -30], [0, 1, 0]]), cut=False)
    assert carried.nats(boxes)[0] == 0
    carried.move(2, np.array([[1.0, 0, -30], [0, 1, 0]]), cut=False)
    assert carried.nats(boxes)[0] > 0
    for index in (3, 4):
        carried.move(index, pan, cut=False)
    np.testing.assert_allclose(carried.corners, field.corners)  # type: ignore[arg-type]


def test_it_is_not_known_before_its_frame_nor_behind_a_cut() -> None:
    carried = CarriedField(Field.of(PITCH, 3, SIZE))
    bench, known = np.array([person(200, 40)]), []
    for index, cut in enumerate((True, False, False, False, True, False)):
        carried.move(index, STAY, cut)
        known.append(carried.corners is not None)
        nats_there = carried.nats(bench)
        assert (nats_there is not None and nats_there[0] < 0) == known[-1]
    assert known == [False, False, True, True, False, False]


def test_without_a_field_nothing_is_said() -> None:
    carried = CarriedField(None)
    carried.move(0, STAY, cut=False)
    assert carried.corners is None
    assert carried.nats(np.array([person(200, 40)])) is None


def test_offline_it_is_carried_back_too() -> None:
    rng = np.random.default_rng(2)
    cameras = [np.eye(2, 3) + rng.normal(0, [[0.01, 0.01, 4]] * 2, (2, 3)) for _ in range(8)]
    cuts = np.array([True, False, True, False, False, False, True, False])
    field = Field.of(PITCH, 5, SIZE)
    found = motions(field, np.arange(8), cameras, cuts)
    assert np.isfinite(found[:, 0, 0]).tolist() == [False] * 2 + [True] * 4 + [False] * 2
    np.testing.assert_array_equal(found[4], STAY)
    there = moved(field.corners, found[2])
    for camera in cameras[3:5]:
        there = moved(there, camera)
    np.testing.assert_allclose(there, field.corners)
    ahead = CarriedField(field)
    for index in range(6):
        ahead.move(index, cameras[index], bool(cuts[index]))
    np.testing.assert_allclose(ahead.corners, moved(field.corners, found[5]))  # type: ignore[arg-type]


def test_between_frames_that_are_left_out_a_cut_ends_it_too() -> None:
    field = Field.of(PITCH, 2, SIZE)
    indices, cuts = np.array([0, 3, 6]), np.array([False, True, False])
    assert np.isnan(motions(field, indices, [STAY] * 3, cuts)).all()
    carried = CarriedField(field)
    for index, cut in zip(indices.tolist(), cuts.tolist(), strict=True):
        carried.move(index, STAY, cut)
        assert carried.corners is None
    later = motions(field, indices, [STAY] * 3, np.array([False] * 3))
    assert np.isfinite(later).all()
