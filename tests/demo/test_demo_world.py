"""The drawn match: its truth is true, its bytes are fixed, and real detectors see its people."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from tracker.demo.anchors import Anchor, pretended_anchors
from tracker.demo.camera import Camera
from tracker.demo.figure import Sprite
from tracker.demo.files import DemoError, write_world
from tracker.demo.people import demo_squad
from tracker.demo.scene import Painter
from tracker.demo.truth import TruthRow, truth
from tracker.demo.world import demo_world
from tracker.detection.detector import DetectorError, load_detector
from tracker.settings import DetectSettings
from tracker.types import Frame

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = {p.name: p for p in demo_squad().people}
EVERY = 5
"""The truth of the whole match is looked at in every fifth frame."""
WIDTH, HEIGHT = 480, 270

Truth = dict[int, list[TruthRow]]


@pytest.fixture(scope="module")
def match() -> Truth:
    """0-based frame -> rows, of the twenty seconds, drawn small."""
    painter = Painter(demo_world(size=(WIDTH, HEIGHT)))
    return {index: painter.truth(index) for index in range(0, painter.world.frames, EVERY)}


def _frames(match: Truth, name: str) -> list[int]:
    return [index for index, rows in match.items() if any(r.person.name == name for r in rows)]


def _gaps_s(match: Truth, name: str) -> list[float]:
    return [float(gap) / 25 for gap in np.diff(_frames(match, name)) if gap > EVERY]


# --- the rules of the truth, on figures that are plain squares ---


def _square(left: int, top: int, side: int = 10) -> Sprite:
    return Sprite(np.full((side, side, 4), 255, np.uint8), left, top)


def _truth(*figures: tuple[str, Sprite]) -> dict[str, TruthRow]:
    rows = truth([(PEOPLE[name], sprite) for name, sprite in figures], (40, 30))
    return {row.person.name: row for row in rows}


def test_the_nearer_hides_the_farther_and_boxes_stay_whole() -> None:
    rows = _truth(("Novak", _square(10, 10)), ("Ruiz", _square(15, 10)))
    assert rows["Novak"].visibility == pytest.approx(0.5)
    assert rows["Ruiz"].visibility == 1
    assert rows["Novak"].box == (10, 10, 10, 10)


def test_a_person_hidden_altogether_keeps_a_row() -> None:
    rows = _truth(("Novak", _square(10, 10)), ("Ruiz", _square(8, 8, 14)))
    assert rows["Novak"].visibility == 0
    assert rows["Novak"].box == (10, 10, 10, 10)


def test_boxes_end_at_the_border_and_what_is_outside_is_not_seen() -> None:
    rows = _truth(("Novak", _square(-6, 25)))
    assert rows["Novak"].box == (0, 25, 4, 5)
    assert rows["Novak"].visibility == pytest.approx(4 * 5 / 100)


@pytest.mark.parametrize(("left", "top"), [(-10, 5), (40, 5), (5, -10), (5, 30), (-200, -200)])
def test_nobody_outside_the_picture_has_a_row(left: int, top: int) -> None:
    assert _truth(("Novak", _square(left, top))) == {}


# --- the match ---


def test_rows_are_sound(match: Truth) -> None:
    for rows in match.values():
        ids = [row.person.id for row in rows]
        assert len(set(ids)) == len(ids)
        for row in rows:
            x, y, w, h = row.box
            assert x >= 0
            assert y >= 0
            assert x + w <= WIDTH
            assert y + h <= HEIGHT


def test_one_player_is_away_for_six_seconds_and_comes_back(match: Truth) -> None:
    assert _gaps_s(match, "Tanaka") == [pytest.approx(6.0, abs=0.4)]
    assert _frames(match, "Tanaka")[-1] == max(match)


def test_one_player_is_substituted(match: Truth) -> None:
    off, on = _frames(match, "Novak"), _frames(match, "Silva")
    assert off[0] == 0
    assert on[-1] == max(match)
    assert off[-1] < on[0]
    assert not _gaps_s(match, "Novak")
    assert not _gaps_s(match, "Silva")


def test_all_others_are_always_in_the_picture(match: Truth) -> None:
    for name in set(PEOPLE) - {"Tanaka", "Novak", "Silva"}:
        assert _frames(match, name) == list(match)


def test_people_hide_each_other_briefly_and_for_long(match: Truth) -> None:
    lengths = []
    for name in PEOPLE:
        seen = defaultdict(lambda: 1.0)
        inside = [
            (index, r) for index, rows in match.items() for r in rows if r.person.name == name
        ]
        for index, row in inside:
            if row.box[0] > 0 and row.box[0] + row.box[2] < WIDTH:  # not merely at the border
                seen[index] = row.visibility
        hidden = "".join("#" if seen[index] < 0.3 else "." for index in match)
        lengths += [len(run) for run in hidden.split(".") if run]
    assert len(lengths) >= 5
    assert max(lengths) * EVERY / 25 >= 1.0


def test_the_camera_pans_and_zooms() -> None:
    cameras = demo_world(size=(640, 360)).motion.cameras
    pans, focals = [c.pan for c in cameras], [c.focal_px for c in cameras]
    assert np.degrees(np.ptp(pans)) > 10
    assert max(focals) / min(focals) > 1.15


def test_a_cut_changes_the_place_of_the_camera_once() -> None:
    cameras = demo_world(seconds=1, size=(640, 360), cut=True).motion.cameras
    places = [c.position for c in cameras]
    changes = [i for i in range(1, len(places)) if places[i] != places[i - 1]]
    assert changes == [13]
    assert places[0] == demo_world(seconds=1, size=(640, 360)).motion.cameras[-1].position


def test_turning_a_camera_is_a_homography() -> None:
    one = Camera((0, -20, 9), 0.1, 0.3, 900, (640, 360))
    other = Camera((0, -20, 9), -0.05, 0.25, 1100, (640, 360))
    points = np.array([[1.0, 5, 0], [-3, 12, 1.7], [4, 9, 0.5]])
    moved = cv2.perspectiveTransform(one.project(points)[0][None], other.homography_from(one))
    np.testing.assert_allclose(moved[0], other.project(points)[0], atol=1e-6)


# --- what is written ---


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "scripts" / "demo" / "make_demo.py"), str(tmp_path / "a" / "demo")]
    options = ["--seconds", "0.2", "--size", "320x180", "--jobs", "2"]
    run = subprocess.run([*script, *options], check=True, capture_output=True, text=True)
    assert "5 frames, 12 people" in run.stdout
    write_world(demo_world(0.2, size=(320, 180)), tmp_path / "b" / "demo", jobs=1)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 5 + 1 + 12 * 10
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    again = subprocess.run([*script, *options], check=False, capture_output=True, text=True)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert len(again.stderr.splitlines()) == 1
    _check_layout(tmp_path / "b" / "demo")


def _check_layout(out: Path) -> None:
    with (out / "names.csv").open(encoding="utf-8") as file:
        people = {int(row["id"]): row for row in csv.DictReader(file)}
    referee = {"id": "12", "name": "_referee", "number": "", "team": "", "role": "referee"}
    assert people[12] == referee
    roster = yaml.safe_load((out / "gallery" / "roster.yaml").read_text())
    folders = {p.name for p in (out / "gallery").iterdir() if p.is_dir()}
    assert folders == {row["name"] for row in people.values()}
    assert folders - set(roster) == {"_referee"}
    assert roster["Tanaka"] == {"number": 10, "team": "Harbour", "role": "player"}
    rows = np.loadtxt(out / "gt" / "gt.txt", delimiter=",")
    assert rows.shape[1] == 9
    assert (rows[:, 6:8] == 1).all()
    assert set(rows[:, 0]) == {1, 2, 3, 4, 5}
    assert set(rows[:, 1]) <= set(people)
    assert "seqLength=5\nimWidth=320\nimHeight=180" in (out / "seqinfo.ini").read_text()
    with (out / "anchors.csv").open(encoding="utf-8") as file:
        anchors = list(csv.DictReader(file))
    assert list(anchors[0]) == ["frame", "x1", "y1", "x2", "y2", "player", "confidence"]
    assert len(anchors) == round(0.02 * len(rows))
    assert {row["player"] for row in anchors} <= set(roster)
    video = cv2.VideoCapture(str(out / "match.mp4"))
    pictures = []
    while (read := video.read())[0]:
        pictures.append(read[1])
    assert [p.shape for p in pictures] == [(180, 320, 3)] * 5
    drawn, _ = Painter(demo_world(0.2, size=(320, 180))).paint(4)
    assert np.abs(pictures[4].astype(int) - drawn).mean() < 4  # what is written is what is drawn


def test_another_seed_is_another_match() -> None:
    one, other = (demo_world(1, seed=seed).motion.positions for seed in (0, 1))
    assert not np.allclose(one, other)


def test_a_frame_does_not_depend_on_those_drawn_before_it() -> None:
    world = demo_world(0.4, size=(320, 180))
    painter = Painter(world)
    painter.paint(0)
    np.testing.assert_array_equal(painter.paint(7)[0], Painter(world).paint(7)[0])


def test_what_exists_is_not_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("keep")
    with pytest.raises(DemoError, match="--overwrite"):
        write_world(demo_world(0.04, size=(64, 64)), tmp_path / "demo")
    assert (tmp_path / "demo" / "mine.txt").read_text() == "keep"


# --- anchors, as if a model that knows the players had looked ---


def _pretended(match: Truth, seed: int = 0) -> list[Anchor]:
    return pretended_anchors(list(match.values()), demo_squad().people, seed)


def test_anchors_are_two_of_a_hundred_boxes_and_nineteen_of_twenty_are_right(match: Truth) -> None:
    found = [anchor for seed in range(20) for anchor in _pretended(match, seed)]
    boxes = 20 * sum(map(len, match.values()))
    right = [anchor.player is anchor.true for anchor in found]
    assert len(found) / boxes == pytest.approx(0.02, abs=0.001)
    assert np.mean(right) == pytest.approx(0.95, abs=0.015)


def test_an_anchor_lies_on_whom_it_shows_and_names_a_player_once_in_a_frame(match: Truth) -> None:
    for seed in range(20):
        found = _pretended(match, seed)
        assert len({(a.frame, a.player.name) for a in found}) == len(found)
        frames = list(match.values())
        for anchor in found:
            (row,) = (r for r in frames[anchor.frame - 1] if r.person is anchor.true)
            x, y, w, h = row.box
            assert anchor.box == pytest.approx((x, y, x + w, y + h), abs=0.2 * max(w, h) + 1)
            assert row.visibility >= 0.5
            assert anchor.player.number is not None
            assert 0.5 <= anchor.confidence <= 1


def test_wrong_anchors_are_of_other_players_and_of_strangers(match: Truth) -> None:
    found = [anchor for seed in range(20) for anchor in _pretended(match, seed)]
    wrong = [anchor for anchor in found if anchor.player is not anchor.true]
    assert {anchor.true.role for anchor in wrong} == {"player", "referee"}


def test_another_seed_gives_other_anchors_and_the_same_the_same(match: Truth) -> None:
    assert _pretended(match, 1) == _pretended(match, 1) != _pretended(match, 2)


# --- real detectors ---


def _recall_and_precision(
    spec: str, painted: list[tuple[Frame, list[TruthRow]]]
) -> tuple[float, float]:
    """At IoU 0.5 and score 0.35; wanted are people of whom at least half is seen."""
    found = wanted = right = boxes = 0
    detections = load_detector(spec, DetectSettings()).detect([frame for frame, _ in painted])
    for (_, rows), seen in zip(painted, detections, strict=True):
        people = np.array([row.box for row in rows], float)
        people[:, 2:] += people[:, :2]
        likely = seen.boxes[seen.scores >= 0.35].astype(float)
        hit = _matched(people, likely)
        clear = np.array([row.visibility >= 0.5 for row in rows])
        found, wanted = found + (hit & clear).sum(), wanted + clear.sum()
        right, boxes = right + hit.sum(), boxes + len(likely)
    return found / wanted, right / boxes


def _matched(people: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which people have a box of their own; boxes come best first and take the best person left."""
    low = np.maximum(people[:, None, :2], boxes[None, :, :2])
    high = np.minimum(people[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (people, boxes)]
    iou = shared / (areas[0][:, None] + areas[1][None] - shared)
    hit = np.zeros(len(people), bool)
    for overlaps in iou.T:
        best = int(np.where(hit, 0, overlaps).argmax())
        hit[best] |= overlaps[best] >= 0.5
    return hit


@pytest.fixture(scope="module")
def painted() -> list[tuple[Frame, list[TruthRow]]]:
    """Twelve frames from all over the match, full size."""
    painter = Painter(demo_world())
    frames = []
    for k, index in enumerate(range(10, 500, 42)):
        picture, rows = painter.paint(index)
        frames.append((Frame(k, k / 25, picture), rows))
    return frames


def test_the_detector_that_comes_by_pip_finds_the_players(
    painted: list[tuple[Frame, list[TruthRow]]],
) -> None:
    try:
        recall, precision = _recall_and_precision("efficientdet-lite0", painted[::2])
    except DetectorError as error:
        pytest.skip(str(error))
    assert recall >= 0.8
    assert precision >= 0.8


@pytest.mark.shared
def test_yolo_finds_the_players(painted: list[tuple[Frame, list[TruthRow]]], shared: Path) -> None:
    weights = shared / "weights" / "yolo11n_int8_openvino_model" / "yolo11n.xml"
    recall, precision = _recall_and_precision(str(weights), painted)
    assert recall >= 0.8
    assert precision >= 0.8
