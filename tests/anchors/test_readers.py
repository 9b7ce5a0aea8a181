"""Every reader of anchors gives the same rows, or one line that says what to do."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.anchors import (
    GOOD,
    MOT_NAMES,
    NAMES,
    VIDEO,
    WANTED,
    box_of,
    coco_tree,
    csv_text,
    in_words,
    label_studio_tree,
    mot_text,
    object_lines,
    pipeline_tree,
    read,
    write,
    zipped,
)
from tracker.anchors.readers import ANCHOR_READERS, AnchorVideo, read_anchors
from tracker.anchors.rows import AnchorError
from tracker.limits import MAX_TEXT_BYTES

HEADER = "frame,player,x1,y1,x2,y2,confidence\n"


def refusal(folder: Path, name: str, content: bytes | str, video: AnchorVideo = VIDEO) -> str:
    with pytest.raises(AnchorError) as caught:
        read(folder, name, content, video)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------------ the contract of all


def test_every_ending_has_a_good_file() -> None:
    assert {Path(name).suffix for name in GOOD} == set(ANCHOR_READERS)


@pytest.mark.parametrize("name", GOOD)
def test_every_reader_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    rows = read(tmp_path, name, GOOD[name])
    assert in_words(rows) == WANTED
    assert rows.source == "a"
    assert (np.diff(rows.frames) >= 0).all()
    assert np.isnan(rows.times_s).all()
    assert np.isnan(rows.points).all()
    assert not rows.human.any()
    assert rows.warnings == ()
    states = name not in ("a.xml", "a.zip")
    assert np.isnan(rows.confidence).all() != states
    assert not states or rows.confidence.tolist() == pytest.approx([0.9] * 6)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    "content",
    [b"", b" \n\n", b"\x89PNG\r\n\x1a\n\x00\x01\xff\xfe\x00" * 40, b"PK\x03\x04\x00\x00"],
    ids=["empty", "blank", "binary", "half a zip"],
)  # fmt: skip
def test_what_is_none_is_refused_in_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    assert str(tmp_path / name) in refusal(tmp_path, name, content)


@pytest.mark.parametrize("name", GOOD)
def test_no_file_a_folder_and_a_pipe_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AnchorError, match="cannot be read"):
        read_anchors(tmp_path / name, video=VIDEO)
    (tmp_path / name).mkdir()
    with pytest.raises(AnchorError, match="cannot be read"):
        read_anchors(tmp_path / name, video=VIDEO)
    os.mkfifo(tmp_path / f"p{name}")
    with pytest.raises(AnchorError, match="a pipe or a device"):
        read_anchors(tmp_path / f"p{name}", video=VIDEO)


@pytest.mark.parametrize("name", GOOD)
def test_two_gigabytes_are_refused_before_they_are_read(name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(2 * MAX_TEXT_BYTES)
    with pytest.raises(AnchorError, match="cut it into several files"):
        read_anchors(tmp_path / name, video=VIDEO)


@pytest.mark.parametrize("name", ["a.xlsx", "a"])
def test_an_unknown_ending_names_the_known_ones(name: str, tmp_path: Path) -> None:
    assert ".csv, .tsv, .txt, .jsonl" in refusal(tmp_path, name, csv_text())


# ---------------------------------------------------------------------- the video they are of


@pytest.mark.parametrize("name", GOOD)
def test_rows_beyond_the_end_are_left_out_and_counted(name: str, tmp_path: Path) -> None:
    rows = read(tmp_path, name, GOOD[name], replace(VIDEO, frames=2))
    assert set(rows.frames) == {1, 2}
    assert [line for line in rows.warnings if "2 rows beyond are left out" in line]


def test_frames_of_another_rate_are_named(tmp_path: Path) -> None:
    rows = "".join(f"{f},Ada,10,20,50,90,1\n" for f in range(1, 201))
    found = read(tmp_path, "a.csv", HEADER + rows)
    assert len(found) == 100
    assert "as if made at 50 frames a second, not 25" in found.warnings[0]
    none = HEADER + "300,Ada,10,20,50,90,1\n"
    assert "match.mp4 has 100 frames" in refusal(tmp_path, "b.csv", none)


def test_boxes_of_another_picture_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{f},Ada,1500,800,1540,900,1\n" for f in range(1, 20))
    assert "divide them, perhaps by 2.5" in refusal(tmp_path, "a.csv", HEADER + rows)
    shares = "".join(f"{f},Ada,0.5,0.5,0.6,0.8,1\n" for f in range(1, 20))
    assert "from 0 to 1" in refusal(tmp_path, "b.csv", HEADER + shares)
    points = "frame,player,x,y\n" + "".join(f"{f},Ada,1500,800\n" for f in range(1, 20))
    assert "divide them" in refusal(tmp_path, "c.csv", points)


def test_a_live_video_has_no_end(tmp_path: Path) -> None:
    unknown = AnchorVideo("camera", 0, 0, 0.0, None)
    rows = read(tmp_path, "a.csv", HEADER + "900000,Ada,10,20,50,90,1\n", unknown)
    assert rows.frames.tolist() == [900000]


# ---------------------------------------------------------------------------------- MOT rows


def test_ids_without_a_name_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = read(tmp_path, "m.txt", mot_text() + "3,-1,5,5,9,9,0.5\n4,12,5,5,9,9\n")
    assert in_words(rows) == WANTED
    assert rows.warnings == ("m: 2 rows name no player; left out",)


def test_mot_rows_say_whose_names_they_want(tmp_path: Path) -> None:
    path = write(tmp_path, "m.txt", mot_text())
    (tmp_path / "names.csv").rename(tmp_path / "who.csv")
    with pytest.raises(AnchorError, match=r"MOT rows name nobody; put a names\.csv"):
        read_anchors(path, video=VIDEO)
    rows = read_anchors(path, video=VIDEO, names=tmp_path / "who.csv")
    assert in_words(rows) == WANTED
    (tmp_path / "who.csv").write_text("id,name\n1,Cat\n")
    with pytest.raises(AnchorError, match=r"none of its ids is in .*who\.csv"):
        read_anchors(path, video=VIDEO, names=tmp_path / "who.csv")


def test_mot_rows_of_any_ending_and_tables_of_any_ending_are_told_apart(tmp_path: Path) -> None:
    assert in_words(read(tmp_path, "m.csv", mot_text())) == WANTED
    assert in_words(read(tmp_path, "t.txt", csv_text())) == WANTED


def test_a_missing_confidence_of_mot_is_none(tmp_path: Path) -> None:
    assert np.isnan(read(tmp_path, "m.txt", "1,7,10,20,30,40\n").confidence).all()
    assert np.isnan(read(tmp_path, "n.txt", "1,7,10,20,30,40,-1,-1,-1,-1\n").confidence).all()
    assert refusal(tmp_path, "o.txt", "1,7,10,20,30,40,1\n2,7,1,2,x,4,1\n").endswith(
        "line 2: 'x' is no number; expected frame, id, x, y, width, height, confidence, or a header"
    )


def test_names_for_a_file_that_has_its_own_are_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "a.jsonl"):
        path = write(tmp_path, name, GOOD[name])
        with pytest.raises(AnchorError, match="names of its own; leave out"):
            read_anchors(path, video=VIDEO, names=tmp_path / "names.csv")


# -------------------------------------------------------------------- annotation programs


def test_label_studio_and_coco_in_a_zip_are_read(tmp_path: Path) -> None:
    assert in_words(read(tmp_path, "l.json", json.dumps(label_studio_tree()))) == WANTED
    inside = zipped("annotations/instances_default.json", json.dumps(coco_tree()))
    assert in_words(read(tmp_path, "c.zip", inside)) == WANTED


def test_the_size_of_the_annotated_pictures_is_kept_to(tmp_path: Path) -> None:
    double = replace(VIDEO, width=1280, height=720)
    rows = read(tmp_path, "c.json", json.dumps(coco_tree()), double)
    assert rows.boxes[0].tolist() == [2 * side for side in box_of(*reversed(WANTED[0][:2]))]
    assert "another shape" in refusal(
        tmp_path, "d.json", json.dumps(coco_tree()), replace(VIDEO, width=360)
    )


def test_the_ball_and_kinds_of_people_are_no_players(tmp_path: Path) -> None:
    tree = coco_tree()
    tree["categories"][1]["name"] = "ball"
    rows = read(tmp_path, "c.json", json.dumps(tree))
    assert {rows.names[n] for n in rows.players} == {"Ada Novak"}
    assert rows.warnings == ("c: 3 rows name no player; left out",)
    tree["categories"][0]["name"] = "person"
    assert "no row in it names a player" in refusal(tmp_path, "d.json", json.dumps(tree))


def test_an_inconsistent_export_keeps_the_line_of_its_own_reader(tmp_path: Path) -> None:
    tree = coco_tree()
    tree["annotations"][2]["bbox"] = [1, 2, 0, 5]
    assert "width and height of a box must be above 0" in refusal(
        tmp_path, "c.json", json.dumps(tree)
    )


# ------------------------------------------------------------------------- JSON objects


def test_a_frame_may_hold_a_list_of_anchors(tmp_path: Path) -> None:
    lines = "".join(
        json.dumps({"frame": f, "anchors": [{"box": box_of(n, f), "player": n} for n in NAMES]})
        + "\n\n"
        for f in (1, 2, 3)
    )
    assert in_words(read(tmp_path, "a.jsonl", lines)) == WANTED
    whole = [json.loads(line) for line in object_lines().splitlines()]
    assert in_words(read(tmp_path, "b.json", json.dumps(whole))) == WANTED
    assert in_words(read(tmp_path, "c.json", json.dumps({"anchors": whole}))) == WANTED


def test_times_points_and_a_persons_word_in_json(tmp_path: Path) -> None:
    rows = read(
        tmp_path, "a.jsonl",
        '{"time_s": 2.0, "point": [5, 6], "name": "Bea", "score": 0.5, "source": "human"}\n'
        '{"frame": 3, "xywh": [1, 2, 3, 4], "player": "Ada"}\n',
    )  # fmt: skip
    assert rows.frames.tolist() == [3, 0]
    assert rows.times_s[1] == 2.0
    assert rows.boxes[0].tolist() == [1, 2, 4, 6]
    assert rows.points[1].tolist() == [5, 6]
    assert np.isnan(rows.boxes[1]).all()
    assert rows.human.tolist() == [False, True]
    assert rows.nearest_frames(25.0).tolist() == [3, 51]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[1, 2]", "not an object"), ("{frame: 1}", "not readable as JSON"),
        ('{"frame": "1", "box": [1, 2, 3, 4], "player": "A"}', "frame is no number"),
        ('{"frame": 1, "box": [1, 2, 3], "player": "A"}', "not a list of 4 numbers"),
        ('{"frame": 1, "box": [1, 2, 3, null], "player": "A"}', "box lacks a number"),
        ('{"frame": 1, "box": [1, 2, NaN, 4], "player": "A"}', "NaN or infinite"),
        ('{"frame": 1, "player": "A"}', "neither a box nor a point"),
        ('{"box": [1, 2, 3, 4], "player": "A"}', "neither a frame nor a time"),
        ('{"frame": 0, "box": [1, 2, 3, 4], "player": "A"}', "whole numbers from 1"),
        ('{"frame": 1, "box": [1, 2, 3, 4], "player": 7}', "player is no text"),
        ('{"frame": 1, "anchors": 5}', "anchors is no list"),
        ('{"frame": 1, "box": [1, 2, 3, 1e400], "player": "A"}', "NaN or infinite"),
        ('{"frame": 1' + "0" * 400 + ', "box": [1, 2, 3, 4], "player": "A"}', "NaN or infinite"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_json_is_named(line: str, fault: str, tmp_path: Path) -> None:
    good = '{"frame": 1, "box": [1, 2, 3, 4], "player": "A"}\n'
    message = refusal(tmp_path, "a.jsonl", f"{good}\n{line}\n")
    assert fault in message
    assert "a.jsonl, line 3" in message


# --------------------------------------------------------------------- track-v1 and det-v1


def test_frames_of_track_v1_count_from_0_and_names_are_gallery_ids(tmp_path: Path) -> None:
    rows = read(tmp_path, "t.json", json.dumps(pipeline_tree()))
    assert in_words(rows) == WANTED
    assert np.isnan(rows.confidence).all()  # the score beside a gallery_id is of the detection


def test_det_v1_names_by_class_with_its_score(tmp_path: Path) -> None:
    rows = read(tmp_path, "d.json", json.dumps(pipeline_tree("det-v1")))
    assert in_words(rows) == WANTED
    assert rows.confidence.tolist() == [0.9] * 6


def test_detections_without_a_gallery_id_are_left_out(tmp_path: Path) -> None:
    tree = pipeline_tree()
    del tree["frames"][0]["detections"][0]["gallery_id"]
    rows = read(tmp_path, "t.json", json.dumps(tree))
    assert len(rows) == 5
    assert rows.warnings == ("t: 1 row names no player; left out",)
    for frame in tree["frames"]:
        for each in frame["detections"]:
            each.pop("gallery_id", None)
    assert "names no player, neither by gallery_id nor by class_name (only person)" in refusal(
        tmp_path, "u.json", json.dumps(tree)
    )


def test_older_and_other_spellings_of_the_pipeline_are_read(tmp_path: Path) -> None:
    frames = [
        {"frame_index": f - 1,
         "tracks": [{"id": 1, "identity": n, "conf": 0.5,
                     "box": [box_of(n, f)[0], 100.0, 40.0, 100.0]} for n in NAMES]}
        for f in (1, 2, 3)
    ]  # fmt: skip
    tree = {"schema": "track-v1", "bbox_format": "xywh", "frames": frames}
    rows = read(tmp_path, "t.json", json.dumps(tree))
    assert in_words(rows) == WANTED
    assert rows.confidence.tolist() == [0.5] * 6


def test_a_pipeline_at_another_size_or_rate_is_converted(tmp_path: Path) -> None:
    double = replace(VIDEO, width=1280, height=720)
    rows = read(tmp_path, "t.json", json.dumps(pipeline_tree()), double)
    assert rows.boxes[0].tolist() == [2 * side for side in box_of("Ada Novak", 1)]
    half = pipeline_tree(fps=12.5, frame_count=50)
    rows = read(tmp_path, "u.json", json.dumps(half))
    assert rows.frames.tolist() == [0] * 6
    assert rows.nearest_frames(25.0).tolist() == [1, 1, 3, 3, 5, 5]
    assert "12.5 frames a second, match.mp4 has 25; its frames are converted" in rows.warnings[0]
    other = json.dumps(pipeline_tree(fps=12.5, frame_count=500))
    assert "give the video that it was made of" in refusal(tmp_path, "v.json", other)
    renamed = pipeline_tree(fps=30.0)  # as many frames: only the container's rate differs
    assert read(tmp_path, "w.json", json.dumps(renamed)).frames.tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"bbox": [1, 2, 3]}, "t.json, frame 0: bbox is not a list of 4"),
        ({"bbox": None}, "a detection without bbox"),
        ({"bbox": [5, 2, 3, 4]}, "t.json, frame 0: width and height"),
    ],
)
def test_a_wrong_detection_is_named(change: dict[str, object], fault: str, tmp_path: Path) -> None:
    tree = pipeline_tree()
    tree["frames"][0]["detections"][0] |= change
    assert fault in refusal(tmp_path, "t.json", json.dumps(tree))


@pytest.mark.parametrize("number", [-1, "x", 1.5, True])
def test_a_wrong_frame_of_the_pipeline_is_named(number: object, tmp_path: Path) -> None:
    tree = pipeline_tree()
    tree["frames"][1]["frame"] = number
    assert "frames are whole numbers from 0 here" in refusal(tmp_path, "t.json", json.dumps(tree))


def test_nothing_is_warned_of_twice(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, content in GOOD.items():
            read(tmp_path, name, content)


def test_names_beside_a_table_are_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(csv_text())
    assert len(read_anchors(tmp_path / "a.csv", video=VIDEO)) == 6
    assert "Ada Novak" in MOT_NAMES
