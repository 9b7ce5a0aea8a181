"""The bench of detectors: boxes are judged over all frames together, only where there is truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import detection
import numpy as np
import pytest
from clips.folder import ClipError
from detecting.scores import scored
from detecting.truth import open_scene

from tracker.types import Observation

PERSON = (100.0, 100.0, 140.0, 200.0)
OTHER = (300.0, 100.0, 340.0, 200.0)
NOBODY = (500.0, 100.0, 540.0, 200.0)


def frame(number: int, *found: tuple[Sequence[float], float]) -> Observation:
    boxes = np.array([box for box, _ in found], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score in found], np.float32)
    looks = np.zeros((len(boxes), 0), np.float32)
    return Observation(number - 1, number / 25, boxes, scores, looks, np.eye(2, 3), cut=False)


def truth(*boxes: Sequence[float]) -> np.ndarray:
    return np.array(boxes, np.float64).reshape(-1, 4)


def test_true_boxes_score_1() -> None:
    row = scored({1: truth(PERSON, OTHER)}, [frame(1, (OTHER, 0.9), (PERSON, 0.4))])
    assert (row["ap50"], row["recall_at_p80"], row["recall_50"], row["false"]) == (1, 1, 0.5, 0)


def test_boxes_of_all_frames_are_ordered_together() -> None:
    seen = [frame(1, (PERSON, 0.5)), frame(2, (NOBODY, 0.9), (PERSON, 0.4))]
    row = scored({1: truth(PERSON), 2: truth(PERSON)}, seen)
    assert row["ap50"] == pytest.approx(2 / 3)  # a false one, a true one (1/2), a true one (2/3)
    assert row["recall_at_p80"] == 0
    assert (row["false_50"], row["recall_50"]) == (1, 0.5)


def test_recall_counts_where_four_of_five_boxes_are_right() -> None:
    every = {n: truth(PERSON) for n in range(1, 11)}
    seen = [frame(n, (PERSON if n != 3 else NOBODY, 1 - n / 20)) for n in range(1, 11)]
    assert scored(every, seen)["recall_at_p80"] == 0.9
    worse = [frame(n, (PERSON if n % 3 else NOBODY, 1 - n / 20)) for n in range(1, 11)]
    assert scored(every, worse)["recall_at_p80"] == pytest.approx(0.4)  # 4 of the first 5


def test_a_person_is_found_once() -> None:
    row = scored({1: truth(PERSON)}, [frame(1, (PERSON, 0.9), (PERSON, 0.8))])
    assert (row["ap50"], row["false"]) == (1, 1)


def test_frames_without_truth_and_frames_not_looked_at_count_for_nothing() -> None:
    unseen = replace(frame(2), looked=False)
    seen = [frame(1, (PERSON, 0.9)), unseen, frame(3, (NOBODY, 0.9))]
    row = scored({1: truth(PERSON), 2: truth(PERSON)}, seen)
    assert (row["ap50"], row["false"], row["people"], row["frames"]) == (1, 0, 1, 1)


def test_a_frame_in_which_nobody_is_may_have_a_row_of_truth_all_the_same() -> None:
    row = scored({1: truth(), 2: truth(PERSON)}, [frame(1, (NOBODY, 0.9)), frame(2, (PERSON, 0.8))])
    assert (row["ap50"], row["false"]) == (0.5, 1)


def pictures(folder: Path, *tables: str) -> Path:
    folder.mkdir(parents=True)
    for n, table in enumerate(tables, start=1):
        cv2.imwrite(str(folder / f"f{n}.jpg"), np.full((240, 320, 3), 90, np.uint8))
        (folder / f"f{n}.csv").write_text(table)
    return folder


def test_players_and_goalkeepers_are_the_truth_of_pictures(tmp_path: Path) -> None:
    rows = "class,x,y,w,h\nplayer,1,2,3,4\nreferee,9,9,9,9\ngoalkeeper,5,6,7,8\nball,1,1,1,1\n"
    folder = pictures(tmp_path / "league" / "frames", "class,x,y,w,h\n", rows)
    scene = open_scene(folder, tmp_path)
    assert scene.name == "league"
    assert scene.truth[1].shape == (0, 4)
    assert scene.truth[2].tolist() == [[1, 2, 4, 6], [5, 6, 12, 14]]


@pytest.mark.parametrize("table", ["class,x,y\nplayer,1,2\n", "class,x,y,w,h\nplayer,1,2,3,wide\n"])
def test_a_broken_table_is_one_line(tmp_path: Path, table: str) -> None:
    with pytest.raises(ClipError, match=r"f1\.csv"):
        open_scene(pictures(tmp_path / "frames", table), tmp_path)


def test_a_folder_of_neither_kind_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="nor pictures with a"):
        detection.main([str(tmp_path), "--weights", str(tmp_path)])


def test_the_table_is_made_again_from_what_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pictures(tmp_path / "frames", "class,x,y,w,h\nplayer,100,100,40,100\n")
    boxes = tmp_path / "det.txt"
    boxes.write_text("1,-1,100,100,40,100,0.9,-1,-1,-1\n1,-1,10,10,20,50,0.6,-1,-1,-1\n")
    out = tmp_path / "out.json"
    words = [str(folder), "--weights", str(tmp_path), "--detectors", str(boxes)]
    words += ["--from-run", str(tmp_path / "kept"), "--json", str(out)]
    detection.main(words)
    first = json.loads(out.read_text())
    row = first["frames" if "frames" in first else tmp_path.name][str(boxes)]
    assert (row["ap50"], row["recall_at_p80"], row["false_50"]) == (1, 1, 1)
    assert row["ms"] > 0
    halved = lambda seen, size, stills: [replace(one, scores=one.scores / 2) for one in seen]  # noqa: E731
    monkeypatch.setitem(detection.RESCORED, "half", halved)
    detection.main(words)
    again = json.loads(out.read_text())
    (row,) = next(iter(again.values())).values()
    assert row["half false_50"] == 0
    assert "half" in capsys.readouterr().out
