"""The common mistakes are found and named; what is right is left in peace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.mistakes import CHECKS, READINGS, ReadSequence, find_mistakes
from tracker.evaluation.options import Options
from tracker.evaluation.preprocessing import PreprocessingRules
from tracker.evaluation.scoring import Evaluation, evaluate

FRAMES = 60


def crowd(seed: int, jitter: float = 2.0) -> Boxes:
    """Eight people, 30 x 80 px, who run across a wide picture for 60 frames."""
    random = np.random.default_rng(0)
    start = random.uniform([200, 200], [1500, 700], (8, 2))
    speed = random.uniform(4, 9, (8, 2)) * random.choice([-1, 1], (8, 2))
    frame, who = (g.ravel() for g in np.meshgrid(np.arange(1, FRAMES + 1), np.arange(8)))
    low = start[who] + speed[who] * frame[:, None]
    corners = np.concatenate([low, low + np.array([30, 80])], axis=1)
    corners += np.random.default_rng(seed).normal(0, jitter, corners.shape)
    return Boxes.of("result.txt" if seed else "truth.txt", frame, who + 1, corners)


def shifted(boxes: Boxes, by: int) -> Boxes:
    moved = replace(boxes, frames=boxes.frames + by)
    return moved.take((moved.frames >= 1) & (moved.frames <= FRAMES))


def in_corners(boxes: Boxes) -> Boxes:
    """As read when x1,y1,x2,y2 stand in the file."""
    low, high = boxes.corners[:, :2], boxes.corners[:, 2:]
    return replace(boxes, corners=np.concatenate([low, low + high], axis=1))


def swapped(boxes: Boxes) -> Boxes:
    low, size = boxes.corners[:, :2], boxes.corners[:, 2:] - boxes.corners[:, :2]
    return replace(boxes, corners=np.concatenate([low, low + size[:, ::-1]], axis=1))


def centred(boxes: Boxes) -> Boxes:
    """As read when the centre stands where the top left corner is due."""
    half = (boxes.corners[:, 2:] - boxes.corners[:, :2]) / 2
    return replace(boxes, corners=boxes.corners + np.tile(half, 2))


def flat(boxes: Boxes) -> Boxes:
    corners = boxes.corners.copy()
    corners[4, 2] = corners[4, 0]
    return replace(boxes, corners=corners)


def and_one_more_frame(boxes: Boxes) -> Boxes:
    last = boxes.frames == FRAMES
    frames = np.concatenate([boxes.frames, boxes.frames[last] + 1])
    ids = np.concatenate([boxes.ids, boxes.ids[last]])
    corners = np.concatenate([boxes.corners, boxes.corners[last]])
    return Boxes.of(boxes.source, frames, ids, corners)


def with_mot_classes(boxes: Boxes) -> Boxes:
    statue = boxes.ids == 8
    return replace(boxes, classes=np.where(statue, 7, 1), confidence=np.where(statue, 0.0, 1.0))


def scaled(boxes: Boxes, *by: float) -> Boxes:
    return replace(boxes, corners=boxes.corners * np.tile(np.array(by), 4 // len(by)))


def of_frames(boxes: Boxes, *frames: int) -> Boxes:
    return boxes.take(np.isin(boxes.frames, frames))


Worlds = Callable[[Boxes, Boxes], tuple[Boxes, Boxes]]
BROKEN: dict[str, tuple[str, Worlds, str]] = {
    # what -> (the check that must speak, the world, a part of what it must say)
    "no box": ("empty", lambda t, r: (t, r.take(r.ids > 99)), "holds no box"),
    "past the end": (
        "past the end",
        lambda t, r: (t, and_one_more_frame(r)),
        "line 481: frame 61, but the sequence has 60; 8 rows",
    ),
    "no area": ("without area", lambda t, r: (t, flat(r)), "width or height is not above 0"),
    "MOT classes": ("distractors", lambda t, r: (with_mot_classes(t), r), "--preprocess mot17"),
    "corners": ("read differently", lambda t, r: (t, in_corners(r)), "look like x1,y1,x2,y2"),
    "corners in truth": (
        "read differently",
        lambda t, r: (in_corners(t), r),
        "truth.txt: boxes look like x1,y1,x2,y2",
    ),
    "h before w": ("read differently", lambda t, r: (t, swapped(r)), "width and height swapped"),
    "centres": ("read differently", lambda t, r: (t, centred(r)), "look like centre x,y"),
    "half as large": ("of another size", lambda t, r: (t, scaled(r, 0.5)), "0.5 times as wide"),
    "truth of 4K": ("of another size", lambda t, r: (scaled(t, 3), r), "0.33 times as wide"),
    "percent": (
        "of another size",
        lambda t, r: (t, scaled(r, 1 / 19.2, 1 / 10.8)),
        "0.052 times as wide and 0.09",
    ),
    "shares": ("of another size", lambda t, r: (t, scaled(r, 1 / 1920, 1 / 1080)), "from 0 to 1"),
    "shares in truth": (
        "of another size",
        lambda t, r: (scaled(t, 1 / 1920, 1 / 1080), r),
        "truth.txt: boxes are shares",
    ),
    "shares around middles": (
        "of another size",
        lambda t, r: (t, scaled(centred(r), 1 / 1920, 1 / 1080)),
        "x,y their middle",
    ),
    "every 10th frame": (
        "frames without truth",
        lambda t, r: (of_frames(t, *range(1, FRAMES, 10)), r),
        "every 10. frame (6 of 60)",
    ),
    "every 7th, from 4": (
        "frames without truth",
        lambda t, r: (of_frames(t, *range(4, FRAMES, 7)), r),
        "every 7. frame (8 of 60)",
    ),
    "second half": (
        "frames without truth",
        lambda t, r: (of_frames(t, *range(31, FRAMES + 1)), r),
        "frames 31 to 60 of 60",
    ),
    "here and there": (
        "frames without truth",
        lambda t, r: (of_frames(t, 1, 2, 30, 31, 60), r),
        "of 5 of 60 frames",
    ),
    "from 0": ("shifted", lambda t, r: (t, shifted(r, -1)), "add 1 to column 1"),
    "from 2": ("shifted", lambda t, r: (t, shifted(r, 1)), "take 1 from column 1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_mistake_is_named_and_only_that_one(what: str) -> None:
    check, world, said = BROKEN[what]
    truth, result = world(crowd(0), crowd(1))
    evidence = ReadSequence(truth, result, FRAMES, stated=True)
    spoken = {name: str(r) for name, c in CHECKS.items() if (r := c(evidence))}
    assert set(spoken) == {check}
    assert said in spoken[check]
    assert "\n" not in spoken[check]


def test_every_check_and_every_reading_has_a_world() -> None:
    assert {check for check, _, _ in BROKEN.values()} == set(CHECKS)
    assert len(READINGS) == 3


@pytest.mark.parametrize("jitter", [0.0, 2.0, 5.0])
def test_a_sound_result_is_left_in_peace(jitter: float) -> None:
    assert find_mistakes(ReadSequence(crowd(0), crowd(1, jitter), FRAMES, True)) == []
    half = crowd(1).take(crowd(1).ids % 2 == 0)
    assert find_mistakes(ReadSequence(crowd(0), half, FRAMES, True)) == []
    late = crowd(1).take(crowd(1).frames > 20)
    assert find_mistakes(ReadSequence(crowd(0), late, FRAMES, True)) == []


@pytest.mark.parametrize("frames", [range(1, 61, 10), range(5, 61, 4), range(40, 61)])
def test_truth_of_some_frames_is_scored_in_those_alone(tmp_path: Path, frames: range) -> None:
    put = {"truth": mot_lines(of_frames(crowd(0), *frames)), "result": mot_lines(crowd(1))}
    part = {"truth": put["truth"], "result": mot_lines(of_frames(crowd(1), *frames))}
    for name, texts in (("all", put), ("part", part)):
        (tmp_path / name / "gt").mkdir(parents=True)
        (tmp_path / name / "gt" / "gt.txt").write_text(texts["truth"])
        (tmp_path / name / "r.txt").write_text(texts["result"])
    run = {}
    for name in ("all", "part"):
        options = Options(jobs=1, truth_frames=name == "all")
        scored = evaluate(tmp_path / name, [tmp_path / name / "r.txt"], options)
        run[name] = scored.trackers[0].combined
    assert run["all"].frames == len(frames)
    for score in ("HOTA", "MOTA", "IDF1"):
        assert run["all"].mot[score] == run["part"].mot[score]


@pytest.mark.parametrize("id_", ["-1", "0", "1"])
def test_a_truth_without_ids_is_called_the_truth(tmp_path: Path, id_: str) -> None:
    truth = "".join(f"{f},{id_},{x},0,40,80,1,1,1\n" for f in (1, 2, 3) for x in (0, 100))
    (tmp_path / "gt.txt").write_text(truth)
    (tmp_path / "r.txt").write_text(mot_lines(lanes("AAA", "BBB")))
    with pytest.raises(EvaluateError, match=r"gt\.txt, lines 1 and 2: .*the truth has no ids"):
        evaluate(tmp_path / "gt.txt", [tmp_path / "r.txt"])
    with pytest.raises(EvaluateError, match=r"gt\.txt, lines 1 and 2: .*a tracker's result"):
        evaluate(tmp_path / "r.txt", [tmp_path / "gt.txt"])


def test_column_8_may_hold_other_things_than_classes() -> None:
    # Hockey: tracklet numbers, whatever the flag.
    truth = replace(crowd(0), classes=crowd(0).ids)
    forgiven = ReadSequence(with_mot_classes(crowd(0)), crowd(1), FRAMES, True, preprocessed=True)
    assert find_mistakes(forgiven) == []
    assert find_mistakes(ReadSequence(truth, crowd(1), FRAMES, True)) == []


def test_a_lagging_filter_is_no_off_by_one() -> None:
    # Boxes one frame late fit the frame before better, but the file fills frames 1 to the end.
    result = crowd(1)
    first = result.take(result.frames == 1)
    late = replace(result, frames=result.frames + 1)
    both = np.concatenate([first.corners, late.corners[late.frames <= FRAMES]])
    frames = np.concatenate([first.frames, late.frames[late.frames <= FRAMES]])
    ids = np.concatenate([first.ids, late.ids[late.frames <= FRAMES]])
    lagging = Boxes.of("result.txt", frames, ids, both)
    assert find_mistakes(ReadSequence(crowd(0), lagging, FRAMES, True)) == []


TRUTH = mot_lines(lanes("AAAA", "BBBB"))


def scored(at: Path, truth: str, result: str, options: Options | None = None) -> Evaluation:
    (at / "gt.txt").write_text(truth)
    (at / "r.txt").write_text(result)
    return evaluate(at / "gt.txt", [at / "r.txt"], options)


def test_an_id_twice_in_a_frame_is_an_error_with_both_lines(tmp_path: Path) -> None:
    twice = "2,7,0,0,40,80\n1,7,0,0,40,80\n1,8,0,0,40,80\n2,7,100,0,40,80\n"
    with pytest.raises(EvaluateError, match="lines 1 and 4: id 7 stands twice in frame 2"):
        scored(tmp_path, TRUTH, twice)
    with pytest.raises(EvaluateError, match=r"gt\.txt, lines 1 and 4: id 7"):
        scored(tmp_path, twice, TRUTH)


def test_detections_given_as_a_result_are_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluateError, match="looks like a detection file"):
        scored(tmp_path, TRUTH, "1,-1,0,0,40,80,1\n1,-1,100,0,40,80,1\n")


def test_frames_from_0_are_read_with_1_added_and_that_is_said(tmp_path: Path) -> None:
    result = lanes("AAAA", "BBBB")
    from_0 = mot_lines(replace(result, frames=result.frames - 1))
    evaluation = scored(tmp_path, TRUTH, from_0)
    assert evaluation.trackers[0].combined.mot["MOTA"] == 1
    assert any("r.txt: frames count from 0" in str(r) for r in evaluation.mistakes)
    with pytest.raises(EvaluateError, match="line 3: frame -1; frames count from 1"):
        scored(tmp_path, TRUTH, "1,1,0,0,9,9\n2,1,0,0,9,9\n-1,1,0,0,9,9\n")


def test_a_missing_seqinfo_is_inferred_and_that_is_said(tmp_path: Path) -> None:
    evaluation = scored(tmp_path, TRUTH, TRUTH)
    assert any("no seqinfo.ini; length taken" in str(r) for r in evaluation.mistakes)
    assert evaluation.trackers[0].combined.frames == 4


def test_rows_past_the_end_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    longer = mot_lines(lanes("AAAAAA", "BBBBBB"))
    evaluation = scored(tmp_path, TRUTH, longer)
    assert evaluation.trackers[0].combined.mot["FP"] == 0
    assert any("line 9: frame 5, but the truth ends at 4" in str(r) for r in evaluation.mistakes)


@pytest.mark.parametrize("tail", ["-1,-1,-1,-1", "1,-1,-1", "1,-1,-1,-1", "0,-1,-1,-1", "0,3,1"])
def test_flags_and_classes_of_minus_1_count_and_never_print_zeros(
    tmp_path: Path, tail: str
) -> None:
    truth = mot_lines(lanes("AAAA", "BBBB"), tail)
    evaluation = scored(tmp_path, truth, TRUTH)
    assert evaluation.trackers[0].combined.mot["HOTA"] == 1
    told = " ".join(str(r) for r in evaluation.remarks)
    assert "-1 throughout; every box counts" in told or "0 in every row" in told


def test_rows_of_flag_0_do_not_count_unless_asked(tmp_path: Path) -> None:
    truth = mot_lines(lanes("AAAA"), "1,1,1") + mot_lines(lanes("....", "BBBB"), "0,1,1")
    evaluation = scored(tmp_path, truth, TRUTH)
    mot = evaluation.trackers[0].combined.mot
    assert (mot["TP"], mot["FP"]) == (4, 4)  # TrackEval's rule: a flag of 0 forgives nothing
    assert any("4 of 8 rows have flag 0" in str(r) for r in evaluation.mistakes)
    kept = scored(tmp_path, truth, TRUTH, Options(rules=PreprocessingRules(keep_flagged=True)))
    assert kept.trackers[0].combined.mot["TP"] == 8


def test_preprocessing_without_classes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluateError, match="line 1: class -1 in column 8; --preprocess mot17"):
        scored(tmp_path, TRUTH, TRUTH, Options(rules=PreprocessingRules(preprocess="mot17")))
    with pytest.raises(EvaluateError, match="--preprocess mot15: give one of none, mot17, mot20"):
        PreprocessingRules(preprocess="mot15")


def test_classes_are_chosen_by_number(tmp_path: Path) -> None:
    truth = mot_lines(lanes("AAAA"), "1,1,1") + mot_lines(lanes("....", "BBBB"), "1,4,1")
    chosen = Options(rules=PreprocessingRules(classes=frozenset({"1"})))
    mot = scored(tmp_path, truth, TRUTH, chosen).trackers[0].combined.mot
    assert (mot["TP"], mot["FP"], mot["FN"]) == (4, 0, 0)  # boxes on class 4 are forgiven
    with pytest.raises(EvaluateError, match="no row of a class given; there are 1, 4"):
        scored(
            tmp_path, truth, TRUTH, Options(rules=PreprocessingRules(classes=frozenset({"ball"})))
        )


def test_an_empty_truth_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluateError, match=r"gt\.txt: holds no row"):
        scored(tmp_path, "\n", TRUTH)


def test_other_spellings_of_names_are_told(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("id,name\n1,Ann Lee\n2,Bob\n")
    (tmp_path / "gt.txt").write_text(TRUTH)
    (tmp_path / "r.csv").write_text("frame,id,x,y,w,h,name\n1,1,0,0,40,80,ann-lee\n")
    evaluation = evaluate(tmp_path / "gt.txt", [tmp_path / "r.csv"], Options(fps=25))
    assert any("'ann-lee' (nearest: 'Ann Lee')" in str(r) for r in evaluation.mistakes)
    names = Options(fps=25, names=tmp_path / "names.csv")
    (tmp_path / "r.txt").write_text(TRUTH)
    without = evaluate(tmp_path / "gt.txt", [tmp_path / "r.txt"], names)
    assert without.trackers[0].combined.names is None
    assert any("carries no names" in str(r) for r in without.mistakes)


def test_one_name_for_two_people_at_once_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("id,name\n1,Ann\n2,Ann\n")
    with pytest.raises(EvaluateError, match="two boxes of frame 1 are called Ann"):
        scored(tmp_path, TRUTH, TRUTH)


@pytest.mark.shared
def test_published_results_raise_no_false_alarm(shared: Path) -> None:
    # SNMOT-118: ByteTrack's boxes lag behind a fast pan and fit the next frame's truth better.
    data = shared / "data" / "soccernet-117-150"
    options = Options(sequences=("SNMOT-118",))
    evaluation = evaluate(data / "gt", [data / "bytetrack", data / "deepocsort"], options)
    assert evaluation.mistakes == ()
