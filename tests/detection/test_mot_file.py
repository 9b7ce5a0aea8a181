"""A det.txt as a detector: strict about what is broken, at ease with what is merely different."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker.detection.mot_file import MotFileDetector, MotFileError, read_mot_detections
from tracker.types import Frame

ROW = "1,-1,10,20,30,60,0.9,-1,-1,-1"


@pytest.fixture
def det(tmp_path: Path):
    """Writes a det.txt and gives its path."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "det.txt"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_boxes_become_corners_and_frames_are_found_by_number(det):
    detector = MotFileDetector(det(f"{ROW}\n3,-1,1.5,2.5,4,8,0.25,-1,-1,-1\n"))
    assert not detector.needs_images
    first, second, third = detector.detect([Frame(i, i / 25, None) for i in range(3)])
    assert first.boxes.tolist() == [[10, 20, 40, 80]]
    assert first.scores.tolist() == pytest.approx([0.9])
    assert len(second) == 0
    assert third.boxes.tolist() == [[1.5, 2.5, 5.5, 10.5]]
    assert detector.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "1 -1 10 20 30 60 0.9",
        "1, -1, 10, 20, 30, 60, 0.9",
        "1\t-1\t10\t20\t30\t60\t0.9\n\n",
        "\ufeff1,-1,10,20,30,60,0.9\r\n",
    ],
)
def test_separators_blank_lines_and_line_ends_do_not_matter(det, text):
    read = read_mot_detections(det(text))
    assert read.frames.tolist() == [1]
    assert read.boxes.tolist() == [[10, 20, 40, 80]]
    assert read.scores.tolist() == pytest.approx([0.9])
    assert read.warnings == ()


@pytest.mark.parametrize("text", ["1,-1,10,20,30,60", "1,-1,1,1,9,9,-1,-1\n2,5,1,1,9,9,-1,-1"])
def test_no_confidence_means_sure(det, text):
    read = read_mot_detections(det(text))
    assert (read.scores == 1).all()
    assert read.warnings == ()


def test_rows_out_of_order_are_sorted_and_it_is_said(det):
    read = read_mot_detections(det("2,-1,1,1,5,5,0.5\n1,-1,2,2,5,5,0.6\n2,-1,3,3,5,5,0.7"))
    assert read.frames.tolist() == [1, 2, 2]
    assert read.boxes[:, 0].tolist() == [2, 1, 3]
    assert read.warnings == ("det.txt: rows were not in the order of frames; sorted",)


def test_the_order_of_rows_never_matters(det):
    rows = [f"1,-1,{x},5,10,20,{score}" for x, score in [(5, 0.5), (3, 0.5), (9, 0.8), (1, 0.2)]]
    frame = [Frame(0, 0.0, None)]
    [ahead] = MotFileDetector(det("\n".join(rows))).detect(frame)
    [back] = MotFileDetector(det("\n".join(rows[::-1]))).detect(frame)
    assert ahead.boxes.tolist() == back.boxes.tolist()
    assert ahead.boxes[:, 0].tolist() == [9, 3, 5, 1]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("1,-1,10,20,30", "5 columns"),
        ("frame,id,x,y,w,h,conf", "no header"),
        ("1,-1,10,20,abc,60,0.9", "not all numbers"),
        ("1,-1,,20,30,60,0.9", "not all numbers"),
        ("1,-1,nan,20,30,60,0.9", "NaN or infinite"),
        ("1,-1,10,20,30,60,inf", "NaN or infinite"),
        ("1,-1,10,20,-30,60,0.9", "above 0"),
        ("1,-1,10,20,30,0,0.9", "above 0"),
        ("0,-1,10,20,30,60,0.9", "whole numbers from 1; add 1 to all"),
        ("1.5,-1,10,20,30,60,0.9", "whole numbers from 1; if these are seconds"),
    ],
)
def test_a_broken_row_is_named_by_file_and_line(det, bad, says):
    path = det(f"{ROW}\n\n{bad}\n{ROW}\n")
    with pytest.raises(MotFileError) as caught:
        read_mot_detections(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:3: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no detections"),
        (b"\n \n", "no detections"),
        (b"1,-1,10,20,30,60,0.9 \xff\xfe", "UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (b"PK\x03\x04\x14\x00\xff\xfe\x9d", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "Excel workbook"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_said_in_one_line(tmp_path, content, says):
    path = tmp_path / "det.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MotFileError, match=says) as caught:
        MotFileDetector(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_scores_of_another_scale_are_mapped_in_their_order_and_it_is_said(det):
    raw = np.concatenate([[-5.0], np.linspace(0, 100, 99)])
    text = "\n".join(f"{i},-1,1,1,5,5,{score}" for i, score in enumerate(raw, 1))
    read = read_mot_detections(det(text))
    assert (np.diff(read.scores) >= 0).all()
    assert read.scores[0] == 0
    assert read.scores[-1] == 1
    assert 0.4 < read.scores[50] < 0.6
    [warning] = read.warnings
    assert "-5 to 100" in warning


def test_one_score_for_all_on_another_scale_means_sure(det):
    read = read_mot_detections(det("1,-1,1,1,5,5,100\n2,-1,1,1,5,5,100"))
    assert read.scores.tolist() == [1, 1]
    assert len(read.warnings) == 1


def test_scores_a_little_over_one_are_clipped_and_the_rest_left_alone(det):
    read = read_mot_detections(det("1,-1,1,1,5,5,1.01\n2,-1,1,1,5,5,0.4"))
    assert read.scores.tolist() == pytest.approx([1.0, 0.4])
    assert len(read.warnings) == 1


def test_detections_below_the_least_score_are_dropped(det):
    detector = MotFileDetector(det("1,-1,1,1,5,5,0.05\n1,-1,2,2,5,5,0.1"), score_min=0.1)
    [found] = detector.detect([Frame(0, 0.0, None)])
    assert found.boxes[:, 0].tolist() == [2]


def test_the_fingerprint_changes_with_the_file(det):
    one = MotFileDetector(det(ROW)).fingerprint
    assert one == MotFileDetector(det(ROW)).fingerprint
    assert one != MotFileDetector(det(ROW.replace("0.9", "0.8"))).fingerprint


@pytest.mark.shared
def test_public_acf_detections_are_read_and_the_sure_half_is_people(shared):
    """PETS09-S2L1: scores from -0.5 to 139 become scores at which 0.5 is a fair threshold."""
    folder = shared / "data" / "pets-s2l1"
    read = read_mot_detections(folder / "det_acf.txt")
    truth = read_mot_detections(folder / "gt.txt")
    assert len(read) == 5578

    def right(kept: np.ndarray) -> float:
        hits = [
            _iou(box, truth.of(int(frame)).boxes).max() >= 0.5
            for frame, box in zip(read.frames[kept], read.boxes[kept], strict=True)
        ]
        return float(np.mean(hits))

    some = read.frames % 8 == 0
    assert right(some & (read.scores >= 0.5)) > 0.9
    assert right(some & (read.scores < 0.5)) < 0.65


def _iou(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return shared / (areas - shared)
