"""What tracks teach a detector: whom it saw, whom it missed, and of whom nothing is said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tracker.detection.network import PAD
from tracker.output.table import COLUMNS, TrackTable
from tracker.training.agreement import agreement
from tracker.training.fine_tune import taught
from tracker.training.held_out import shares_of
from tracker.training.pseudo_labels import FrameLabels, labels_of
from tracker.types import Detections, Observation

FPS, FRAMES = 10.0, 60
Boxes = Mapping[int, tuple[float, float]]
"""Left border and score of a box, by frame from 0."""


def box(x: float, y: float = 20.0) -> list[float]:
    return [x, y, x + 20.0, y + 50.0]


def world(
    tracks: Mapping[int, Boxes], role: str = "", lower: Mapping[int, float] | None = None
) -> list[FrameLabels]:
    """Of tracks that the detector saw in just these frames. lower: pixels by track."""
    down = {track: 20.0 + (lower or {}).get(track, 0.0) for track in tracks}
    corners = "x1", "y1", "x2", "y2"
    unnamed = {**dict.fromkeys(COLUMNS, ""), "player_confidence": 0.0, "kit_probability": np.nan,
               "plays": np.nan}  # fmt: skip
    rows = [
        {
            **unnamed, "frame": frame + 1, "time_s": frame / FPS, "track_id": track, "role": role,
            **dict(zip(corners, box(x, down[track]), strict=True)), "visibility": "visible",
            "confidence": score, "predicted_x": x, "predicted_y": 0.0, "std_x": 1.0, "std_y": 1.0,
        }
        for track, seen in tracks.items()
        for frame, (x, score) in seen.items()
    ]  # fmt: skip
    table = TrackTable.of(pd.DataFrame(rows).sort_values(["frame", "track_id"]))
    every = []
    for frame in range(FRAMES):
        found = [(*seen[frame], down[t]) for t, seen in tracks.items() if frame in seen]
        boxes = np.array([box(x, y) for x, _, y in found], np.float32).reshape(-1, 4)
        scores = np.array([score for _, score, _ in found], np.float32)
        none = np.zeros((len(boxes), 0), np.float32)
        every.append(Observation(frame, frame / FPS, boxes, scores, none, np.eye(2, 3), False))
    return labels_of(table, every, FPS)


def runner(score: float = 0.9, but: tuple[int, ...] = ()) -> dict[int, tuple[float, float]]:
    return {frame: (2.0 * frame, score) for frame in range(FRAMES) if frame not in but}


def test_whom_the_detector_missed_for_a_moment_is_where_the_line_says() -> None:
    labels = world({1: runner(but=(20, 21))})
    assert [one.index for one in labels if one.missed.any()] == [20, 21]
    assert labels[21].boxes.tolist() == [box(42.0)]


def test_a_long_gap_is_not_filled() -> None:
    labels = world({1: runner(but=tuple(range(20, 30)))})
    assert not any(len(one.boxes) for one in labels[20:30])
    assert len(labels[30].boxes) == 1


def test_who_is_missed_behind_somebody_is_not_asked_for() -> None:
    farther = {frame: (2.0 * frame - 5.0, 0.9) for frame in range(FRAMES) if frame != 20}
    hidden = world({1: runner(), 2: farther}, lower={1: 4.0})
    assert len(hidden[20].boxes) == 1
    assert len(hidden[20].perhaps) == 1


def test_a_low_score_counts_between_two_sightings_and_not_at_an_end() -> None:
    labels = world({1: runner(score=0.2)})
    assert len(labels[30].boxes) == 1
    assert len(labels[0].boxes) == 0
    assert len(labels[0].perhaps) == 1


def test_who_stands_passes_by_shortly_or_is_staff_is_only_perhaps_there() -> None:
    stands = dict.fromkeys(range(FRAMES), (100.0, 0.9))
    short = {frame: (10.0 * frame, 0.9) for frame in range(8)}
    for labels in (world({1: stands}), world({1: short}), world({1: runner()}, "staff")):
        assert not any(len(one.boxes) for one in labels)
        assert len(labels[4].perhaps) == 1


def test_frames_kept_apart_are_not_learned_from_nor_next_to_those() -> None:
    shares = shares_of(world({1: runner()}), FPS, 100, 100)
    learn, ask = ([one.index for one in part] for part in (shares.training, shares.held_out))
    assert min(abs(a - b) for a in learn for b in ask) > 2
    assert len(learn) > len(ask) > 8
    assert len(shares_of(world({1: runner()}), FPS, 7, 5).training) == 7


def test_nothing_is_learned_of_whom_nobody_is_sure() -> None:
    picture = np.full((100, 200, 3), 200, np.uint8)
    known = FrameLabels(
        0, np.array([box(30.0)]), np.zeros(1, np.int64), np.zeros(1, bool),
        np.array([box(40.0), box(120.0)]),
    )  # fmt: skip
    lesson = taught(picture, known, (0, 0, 200, 100), 640)
    assert (lesson.pixels[20:70, 120:140] == PAD).all()
    assert (lesson.pixels[20:70, 30:50] == 200).all()
    assert (lesson.pixels[20:70, 50:60] == PAD).all()
    assert (picture == 200).all()
    assert lesson.boxes.tolist() == [[0.15, 0.2, 0.25, 0.7]]
    half = taught(picture, known, (45, 0, 200, 100), 640)
    assert len(half.boxes) == 0
    assert (half.pixels[20:70, 0:5] == PAD).all()


def test_agreement_counts_missed_people_and_nobody_who_is_perhaps_there() -> None:
    known = FrameLabels(
        0, np.array([box(0.0), box(50.0)]), np.array([0, 1]), np.array([False, True]),
        np.array([box(100.0)]),
    )  # fmt: skip

    def asked(*found: tuple[float, float, int]) -> tuple[float, float]:
        boxes = np.array([box(x) for x, _, _ in found], np.float32)
        classes = np.eye(2, dtype=np.float32)[[c for _, _, c in found]]
        scores = np.array([s for _, s, _ in found], np.float32)
        said = agreement([known], [Detections(boxes, scores, classes)])
        return said.ap50, said.found_missed

    assert asked((0, 0.9, 0), (50, 0.8, 1)) == (1.0, 1.0)
    assert asked((0, 0.9, 0), (100, 0.95, 0)) == (0.5, 0.0)
    assert asked((0, 0.9, 0), (150, 0.95, 0)) == (0.25, 0.0)
    assert asked((0, 0.9, 0), (50, 0.8, 0)) == (0.5, 0.0)  # called by another name
