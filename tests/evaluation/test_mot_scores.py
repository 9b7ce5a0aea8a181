"""HOTA, CLEAR and Identity: worlds counted by hand, published scores, TrackEval itself."""

from __future__ import annotations

import contextlib
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import Boxes, iou, match
from tracker.evaluation.mot_scores import pool, score
from tracker.evaluation.options import Options
from tracker.evaluation.preprocessing import PreprocessingRules
from tracker.evaluation.scoring import Evaluation, evaluate


def test_a_swap_halfway_costs_association_and_not_detection() -> None:
    # Every box is found, so DetA = 1. Each (truth, result) pair shares 2 of 4 + 4 boxes:
    # 2 / (4 + 4 - 2) = 1/3 for every one of them, AssA = 1/3, HOTA = sqrt(1/3).
    # Two switches among 8 boxes: MOTA = 1 - 2/8. IDF1: one pairing keeps 4 of 8 boxes.
    scores = score(lanes("AAAA", "BBBB"), lanes("AABB", "BBAA"), 1, 4)
    assert scores["DetA"] == 1
    assert scores["AssA"] == pytest.approx(1 / 3)
    assert scores["HOTA"] == pytest.approx((1 / 3) ** 0.5)
    assert scores["MOTA"] == 0.75
    assert scores["IDSW"] == 2
    assert scores["IDF1"] == 0.5


def test_association_is_weighted_by_boxes_and_not_by_tracks() -> None:
    # A (6 boxes) is whole: 6 / 6. B (2 boxes) is cut in two: each piece 1 / (2 + 1 - 1) = 1/2.
    # Over the 8 true positives: (6 * 1 + 2 * 1/2) / 8 = 7/8. A mean over tracks would say 3/4.
    scores = score(lanes("AAAAAA", "BB...."), lanes("AAAAAA", "CD...."), 1, 6)
    assert scores["AssA"] == pytest.approx(7 / 8)


def test_misses_and_false_boxes_are_counted_on_the_right_side() -> None:
    # 6 true boxes, 4 found, 2 missed; 1 box where nobody is.
    # MOTA = 1 - (2 + 1 + 0) / 6; DetA = 4 / (4 + 2 + 1); recall 4/6, precision 4/5.
    scores = score(lanes("AAAAAA", "......"), lanes("AA..AA", "..B..."), 1, 6)
    assert (scores["TP"], scores["FN"], scores["FP"], scores["Frag"]) == (4, 2, 1, 1)
    assert scores["MOTA"] == 0.5
    assert scores["DetA"] == pytest.approx(4 / 7)
    assert scores["Recall"] == pytest.approx(4 / 6)
    assert scores["Precision"] == pytest.approx(4 / 5)


def test_localisation_counts_at_every_threshold_it_passes() -> None:
    # Result boxes are 10 of 40 px to the right: IoU = 30 / 50 = 0.6. Of the 19 thresholds
    # 0.05 ... 0.95, twelve (up to 0.60) are passed, so HOTA = 12/19 and LocA = (12 * 0.6 + 7) / 19
    # (LocA is 1 where nothing matches).
    truth = lanes("AAAA")
    result = replace(truth, corners=truth.corners + np.array([10, 0, 10, 0]))
    scores = score(truth, result, 1, 4)
    assert scores["HOTA"] == pytest.approx(12 / 19)
    assert scores["LocA"] == pytest.approx((12 * 0.6 + 7) / 19)
    assert scores.curve("HOTA").tolist() == pytest.approx([1.0] * 12 + [0.0] * 7)


def test_pooled_scores_add_counts_and_do_not_average_clips() -> None:
    # Clip one: 1 of 10 boxes found. Clip two: 2 of 2. Pooled 3 of 12, the mean would be 55 %.
    poor = score(lanes("AAAAAAAAAA"), lanes("A........."), 1, 10)
    good = score(lanes("AA"), lanes("AA"), 1, 2)
    assert pool([poor, good])["MOTA"] == pytest.approx(3 / 12)
    assert pool([poor, good])["DetA"] == pytest.approx(3 / 12)


def test_only_the_frames_asked_for_count_both_ends_included() -> None:
    # Frames 2 to 4 of a world that is wrong in frames 1 and 5 only.
    truth, result = lanes(".AAAA", "BBBB."), lanes("CAAAA", "BBBBB")
    scores = score(truth, result, 2, 4)
    assert (scores["TP"], scores["FP"], scores["FN"]) == (6, 0, 0)
    assert score(truth, result, 1, 4)["FP"] == 1
    assert score(truth, result, 2, 5)["FP"] == 1


def test_a_truth_without_a_result_is_all_missed() -> None:
    scores = score(lanes("AAA"), lanes("..."), 1, 3)
    assert (scores["HOTA"], scores["FN"], scores["MOTA"]) == (0, 3, 0)


def test_matching_is_one_to_one_and_maximal() -> None:
    similarity = np.array([[0.9, 0.8], [0.8, 0.0]])
    rows, columns = match(similarity, 0.5)  # greedy would take 0.9 and leave the second alone
    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {0: 1, 1: 0}


def test_boxes_without_area_overlap_nothing() -> None:
    flat, box = np.array([[0.0, 0, 0, 10]]), np.array([[0.0, 0, 10, 10]])
    assert iou(flat, box) == 0
    assert iou(flat, flat) == 0


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Boxes, Boxes]:
    """Truth and result with a few people whose boxes are jittered, dropped and renamed."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    frames, people = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    t, who = (g.ravel() for g in np.meshgrid(np.arange(1, frames + 1), np.arange(people)))
    there = random.random(len(t)) < 0.8
    t, who = t[there], who[there]
    low = np.stack([30.0 * who, 5.0 * t], axis=1) + random.normal(0, 2, (len(t), 2))
    corners = np.concatenate([low, low + random.uniform(20, 60, (len(t), 2))], axis=1)
    truth = Boxes.of("truth", t, who, corners)
    moved = corners + random.normal(0, 6, corners.shape)
    found = random.random(len(t)) < 0.8
    ids = (who + (random.random(len(t)) < 0.2) * people)[found]
    return truth, Boxes.of("result", t[found], ids, moved[found])


@given(worlds())
@settings(max_examples=40, deadline=None)
def test_ids_are_labels_and_rows_have_no_order(world: tuple[Boxes, Boxes]) -> None:
    truth, result = world
    plain = score(truth, result, 1, 8)
    order = np.random.default_rng(0).permutation(len(result))
    other = Boxes.of(
        "result", result.frames[order], 1000 - 3 * result.ids[order], result.corners[order]
    )
    again = score(truth, other, 1, 8)
    for name in ("HOTA", "AssA", "MOTA", "IDF1", "IDSW", "FP", "FN"):
        assert again[name] == pytest.approx(plain[name])
        assert plain[name] <= max(1, len(truth) + len(result))


@given(worlds())
@settings(max_examples=20, deadline=None)
def test_the_truth_scores_full_marks_against_itself(world: tuple[Boxes, Boxes]) -> None:
    truth, _ = world
    if len(truth):
        scores = score(truth, truth, 1, 8)
        assert [scores[n] for n in ("HOTA", "MOTA", "IDF1", "LocA")] == pytest.approx([1] * 4)


def _write_sequence(folder: Path, truth: str, result: str, length: int) -> tuple[Path, Path]:
    """TrackEval's layout for one sequence S of one tracker T; returns (truths, trackers)."""
    sequence, data = folder / "gt" / "S", folder / "trackers" / "T" / "data"
    (sequence / "gt").mkdir(parents=True)
    data.mkdir(parents=True)
    (sequence / "gt" / "gt.txt").write_text(truth)
    (sequence / "seqinfo.ini").write_text(f"[Sequence]\nseqLength={length}\nframeRate=25\n")
    (data / "S.txt").write_text(result)
    return folder / "gt", folder / "trackers"


def _trackeval(gt: Path, trackers: Path, benchmark: str, preprocess: bool) -> dict[str, Any]:
    """TrackEval's own dataset class and metrics on the same files."""
    from trackeval.datasets import MotChallenge2DBox
    from trackeval.metrics import CLEAR, HOTA, Identity

    quiet = {"PRINT_CONFIG": False}
    settings_ = quiet | {
        "GT_FOLDER": str(gt),
        "TRACKERS_FOLDER": str(trackers),
        "SKIP_SPLIT_FOL": True,
        "BENCHMARK": benchmark,
        "DO_PREPROC": preprocess,
        "SEQ_INFO": {"S": None},
    }
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = MotChallenge2DBox(settings_)
        raw = dataset.get_raw_seq_data("T", "S")
        data = dataset.get_preprocessed_seq_data(raw, "pedestrian")
    return {
        **HOTA().eval_sequence(data),
        **CLEAR(quiet).eval_sequence(data),
        **Identity(quiet).eval_sequence(data),
    }


@pytest.mark.parametrize("rule", ["none", "mot17", "mot20"])
@pytest.mark.parametrize("seed", [0, 1])
def test_preprocessing_is_trackevals_own(tmp_path: Path, rule: str, seed: int) -> None:
    # Random pedestrians among cars, reflections and rows of flag 0, crowded enough to compete.
    random = np.random.default_rng(seed)
    n, length = 400, 20
    frames = np.repeat(np.arange(1, length + 1), n // length)
    ids = np.tile(np.arange(n // length), length)
    low = np.stack([25.0 * (ids % 10), 40.0 * (ids // 10)], axis=1) + random.normal(0, 6, (n, 2))
    size = random.uniform(30, 60, (n, 2))
    classes, flags = random.choice([1, 1, 1, 2, 3, 6, 7, 8, 12], n), random.random(n) < 0.8
    truth = "".join(
        f"{f},{i + 1},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{flag:d},{c},1\n"
        for f, i, (x, y), (w, h), flag, c in zip(
            frames, ids, low, size, flags, classes, strict=True
        )
    )
    result = "".join(
        f"{f},{i + 1},{x:.2f},{y:.2f},{w:.2f},{h:.2f},0.9,-1,-1,-1\n"
        for f, i, (x, y), (w, h) in zip(
            frames, ids, low + random.normal(0, 5, (n, 2)), size, strict=True
        )
    )
    gt, trackers = _write_sequence(tmp_path, truth, result, length)
    benchmark = "MOT20" if rule == "mot20" else "MOT17"
    theirs = _trackeval(gt, trackers, benchmark, rule != "none")
    ours = evaluate(gt, [trackers], Options(rules=PreprocessingRules(preprocess=rule)))
    combined = ours.trackers[0].sequences[0].mot
    assert combined["HOTA"] == np.mean(theirs["HOTA"])
    for name, field in (("FP", "CLR_FP"), ("FN", "CLR_FN"), ("IDSW", "IDSW"), ("IDF1", "IDF1")):
        assert combined[name] == theirs[field]


def test_a_box_on_the_ball_is_forgiven_and_not_a_false_one(tmp_path: Path) -> None:
    # B is the ball. Cutting it from the truth alone would leave 4 false boxes.
    truth, result = lanes("AAAA", "BBBB"), lanes("AAAA", "CCCC")
    gt, trackers = _write_sequence(tmp_path, mot_lines(truth), mot_lines(result), 4)
    plain = evaluate(gt, [trackers]).trackers[0].combined.mot
    assert (plain["TP"], plain["FP"]) == (8, 0)
    without = evaluate(gt, [trackers], Options(rules=PreprocessingRules(ignore_ids=frozenset({2}))))
    scores = without.trackers[0].combined.mot
    assert (scores["TP"], scores["FP"], scores["FN"]) == (4, 0, 0)
    assert any("ids 2 left out" in str(r) for r in without.remarks)


SHARES = {"HOTA": "HOTA___AUC", "DetA": "DetA___AUC", "AssA": "AssA___AUC", "MOTA": "MOTA"}
SHARES |= {"IDF1": "IDF1", "LocA": "LocA___AUC"}
COUNTS = {"IDSW": "IDSW", "Frag": "Frag", "MT": "MT", "FP": "CLR_FP", "FN": "CLR_FN"}


@pytest.mark.shared
def test_published_scores_of_two_trackers_are_reproduced(shared: Path) -> None:
    # Three of the 34 sequences; scripts/bench/bench_evaluate.py compares all of them.
    data = shared / "data" / "soccernet-117-150"
    trackers = [data / "bytetrack", data / "deepocsort"]
    options = Options(sequences=("SNMOT-117", "SNMOT-127", "SNMOT-147"))
    for tracker in evaluate(data / "gt", trackers, options).trackers:
        with (data / f"{tracker.tracker}_published_scores.csv").open() as file:
            published = {row["seq"]: row for row in csv.DictReader(file)}
        assert len(tracker.sequences) == 3
        for scores in tracker.sequences:
            row = published[scores.sequence]
            for name, field in SHARES.items():
                assert scores.mot[name] == pytest.approx(float(row[field]), abs=1e-5), name
            assert [scores.mot[n] for n in COUNTS] == [float(row[f]) for f in COUNTS.values()]


def _tud(shared: Path, name: str) -> Evaluation:
    folder = shared / "data" / "tud" / name
    return evaluate(folder / "gt.txt", [folder / "test.txt"])


@pytest.mark.shared
def test_tud_scores_are_those_of_py_motmetrics(shared: Path) -> None:
    # Expected numbers: tests/test_metrics.py of motmetrics 1.4.0 (MIT), test_motchallenge_files.
    columns = (
        "IDF1",
        "IDP",
        "IDR",
        "Recall",
        "Precision",
        "MT",
        "PT",
        "ML",
        "FP",
        "FN",
        "IDSW",
        "Frag",
        "MOTA",
    )
    expected = {
        "TUD-Campus": (
            0.557659,
            0.729730,
            0.451253,
            0.582173,
            0.941441,
            1,
            6,
            1,
            13,
            150,
            7,
            7,
            0.526462,
        ),
        "TUD-Stadtmitte": (
            0.644619,
            0.819760,
            0.531142,
            0.608997,
            0.939920,
            5,
            4,
            1,
            45,
            452,
            7,
            6,
            0.564014,
        ),
    }
    motp_as_distance = {"TUD-Campus": 0.277201, "TUD-Stadtmitte": 0.345904}
    singles = []
    for name, numbers in expected.items():
        scores = _tud(shared, name).trackers[0].combined.mot
        assert [scores[c] for c in columns] == pytest.approx(numbers, abs=1e-6)
        assert 1 - scores["MOTP"] == pytest.approx(motp_as_distance[name], abs=1e-6)
        singles.append(scores)
    overall = pool(singles)
    assert [overall[c] for c in ("IDF1", "MOTA", "FP", "FN", "IDSW")] == pytest.approx(
        (0.624296, 0.555116, 58, 602, 14), abs=1e-6
    )


def test_processes_and_one_process_give_the_same_scores(tmp_path: Path) -> None:
    def make(a: str, b: str) -> str:
        return mot_lines(lanes(a, b))

    for name, text in (("S1", make("AAAA", "BBBB")), ("S2", make("AB..", "BA.."))):
        (tmp_path / "gt" / name / "gt").mkdir(parents=True)
        (tmp_path / "gt" / name / "gt" / "gt.txt").write_text(make("AAAA", "BBBB"))
        (tmp_path / "t").mkdir(exist_ok=True)
        (tmp_path / "t" / f"{name}.txt").write_text(text)
    runs = [evaluate(tmp_path / "gt", [tmp_path / "t"], Options(jobs=n)) for n in (1, 2)]
    scores = [[s.mot["HOTA"] for s in run.trackers[0].sequences] for run in runs]
    assert scores[0] == scores[1]
    assert [s.sequence for s in runs[1].trackers[0].sequences] == ["S1", "S2"]
