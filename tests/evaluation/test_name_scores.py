"""Names: every metric on a world counted by hand, and where a near miss would count otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.identities import read_people
from tracker.evaluation.name_scores import (
    MISSED,
    NO_PERSON,
    OUTSIDER,
    UNNAMED,
    NameScores,
    pool_names,
)
from tracker.evaluation.names import score_names
from tracker.evaluation.options import Options
from tracker.evaluation.scoring import evaluate
from tracker.evaluation.text_files import TextSource

FPS = 2.0
GALLERY = frozenset("ABCD")


def names_of(truth: Boxes, result: Boxes, gallery: frozenset[str] = GALLERY) -> NameScores:
    last = int(max(truth.frames.max(), result.frames.max()))
    return score_names(truth, result, gallery, 1, last, FPS)


def test_precision_and_recall_of_a_small_match() -> None:
    # truth   AAAAAA    result  AA?BBA   right: frames 1, 2, 6             3 of A's 6
    #         BBBBBB            BBBAA.   right: frames 1, 2, 3             3 of B's 6
    #         XXXXXX            ..C?..   X is no player of the gallery: C is wrong
    # Named boxes: 5 + 5 + 1 = 11, right 6. Wanted: 12 boxes of A and B.
    truth = lanes("AAAAAA", "BBBBBB", "XXXXXX")
    scores = names_of(truth, lanes("AA?BBA", "BBBAA.", "..C?.."))
    assert (scores.right, scores.named, scores.wanted) == (6, 11, 12)
    assert scores.precision == pytest.approx(6 / 11)
    assert scores.recall == pytest.approx(6 / 12)
    assert scores.f1 == pytest.approx(2 * 6 / (11 + 12))
    # Names on A: A A - B B A, two changes (the nameless box changes nothing, flickers count). On B:
    # B B B A A, one.
    assert scores.swaps == 3
    # On X lie two boxes, one of them with a name.
    assert (scores.stranger_boxes, scores.stranger_named) == (2, 1)
    assert scores.unknown_named_share == 0.5


def test_consistently_wrong_names_score_nothing() -> None:
    # IDF1, which relabels, would be 1 here.
    scores = names_of(lanes("AAAA", "BBBB"), lanes("BBBB", "AAAA"))
    assert (scores.f1, scores.hota) == (0, 0)


def test_a_name_is_judged_before_boxes_compete() -> None:
    # An exact box without a name and a shifted one (IoU 30/50 = 0.6) with the right name lie on A.
    # Matching boxes first, by IoU, would give A to the nameless box.
    truth = lanes("A")
    corners = np.array([[0, 0, 40, 80], [10, 0, 50, 80]], float)
    result = Boxes.of("r", [1, 1], [1, 2], corners, names=np.array(["", "A"], object))
    assert names_of(truth, result).f1 == 1


def test_below_half_overlap_a_right_name_is_wrong() -> None:
    # Shifted by 14 of 40 px: IoU 26 / 54 < 0.5. The box is a wrong name and A goes without one.
    truth = lanes("AA")
    shift = np.array([14.0, 0, 14, 0])
    scores = names_of(truth, replace(truth, corners=truth.corners + shift))
    assert (scores.right, scores.named, scores.wanted) == (0, 2, 2)


def test_of_two_boxes_with_one_name_one_at_most_is_right() -> None:
    # Frame 1: A on A and on B. Frame 2: A twice on A (a second box 5 px away).
    truth = lanes("AA", "B.")
    corners = np.array([[0, 0, 40, 80], [100, 0, 140, 80], [0, 0, 40, 80], [5, 0, 45, 80]], float)
    result = Boxes.of("r", [1, 1, 2, 2], [1, 2, 1, 2], corners, names=np.array(["A"] * 4, object))
    scores = names_of(truth, result)
    assert scores.duplicate_frames == 2
    assert (scores.right, scores.named) == (2, 4)
    assert names_of(truth, lanes("AA", "B.")).duplicate_frames == 0
    crowded = replace(lanes("A", "A", "A", "B", "B"), ids=np.arange(5))
    assert names_of(truth, crowded).duplicate_frames == 1  # frames, not boxes


def test_seconds_to_the_right_name_after_each_entry() -> None:
    # 2 frames a second. A enters in frame 1, is first named in frame 4: 1.5 s. The gap of two
    # frames (1 s) is no new entry; the gap of three is: they enter in frame 13 and are named at
    # once. B enters in frame 1 and only ever wears A's or no name.
    truth = lanes("AAAAA..AA...AA", "BBBBBBBBBBBBBB")
    result = lanes("???AA..??...AA", "?????AA????...")
    scores = names_of(truth, result)
    assert sorted(scores.entry_s) == [0.0, 1.5, float("inf")]
    assert scores.median_entry_s == 1.5
    assert scores.entries_named == pytest.approx(2 / 3)


def test_never_named_counts_as_infinitely_late() -> None:
    # Leaving the unnamed entry out would make the median 0.
    scores = names_of(lanes("AA", "BB", "CC"), lanes("AA", "??", "??"))
    assert scores.median_entry_s == float("inf")


def test_confusion_names_everybody_and_nobody() -> None:
    truth = lanes("AAA", "XXX", "...")
    result = lanes("AB.", "?C?", ".DD")
    assert names_of(truth, result).confusion == {
        ("A", "A"): 1,
        ("A", "B"): 1,
        ("A", MISSED): 1,
        (OUTSIDER, UNNAMED): 2,
        (OUTSIDER, "C"): 1,
        (NO_PERSON, "D"): 2,
    }


def test_named_hota_by_hand() -> None:
    # A wears C's name in frame 4, else all is right; boxes are exact, so every alpha agrees.
    # TP 7, FN 1 (A in frame 4), FP 1 (C): DetA = 7/9. A's three boxes: 3 / (3 + 1) each (C is
    # another identity), B's four: 1. AssA = (3 * 3/4 + 4) / 7. HOTA = sqrt(DetA * AssA).
    scores = names_of(lanes("AAAA", "BBBB"), lanes("AAAC", "BBBB"))
    assert scores.hota == pytest.approx(np.sqrt(7 / 9 * (3 * 0.75 + 4) / 7))
    # The same boxes with another id after the break: an identity is a name here, not a track.
    broken = lanes("AAAC", "BBBB")
    broken = replace(broken, ids=np.where(broken.frames > 2, broken.ids + 50, broken.ids))
    assert names_of(lanes("AAAA", "BBBB"), broken).hota == scores.hota


def test_strangers_and_nameless_boxes_are_not_part_of_named_hota() -> None:
    # X and the nameless box on them claim nothing about players.
    truth = lanes("AAAA", "XXXX")
    assert names_of(truth, lanes("AAAA", "????")).hota == 1
    assert names_of(truth, lanes("AAAA", "BBBB")).hota < 1  # a name on a stranger does


def test_calibration_error_by_hand() -> None:
    # Ten names with confidence 0.95, six of them right: |0.95 - 0.6| = 0.35. Ten with 0.55, five
    # right: |0.55 - 0.5| = 0.05. Half of the boxes each: 0.2. Over all boxes at once the means
    # (0.75 against 0.55) would also say 0.2, so a third group over-correct tells them apart:
    # ten with 0.15, all right: 0.85. ECE = (0.35 + 0.05 + 0.85) / 3.
    truth = lanes("A" * 30)
    result = lanes("A" * 6 + "B" * 4 + "A" * 5 + "B" * 5 + "A" * 10)
    confidence = np.repeat([0.95, 0.55, 0.15], 10)
    scores = names_of(truth, replace(result, name_confidence=confidence))
    assert scores.calibration_error == pytest.approx((0.35 + 0.05 + 0.85) / 3)
    assert np.isnan(names_of(truth, result).calibration_error)  # nobody stated a confidence


def test_coverage_and_precision_over_the_threshold() -> None:
    # A: right at 0.9 and 0.6, called B at 0.3, nameless once. X is called C at 0.7.
    # From 0: 4 names, 2 right; 3 of A's 4 boxes named. From 0.5: 3 names, 2 right; 2 of 4.
    # From 0.8: 1 name, right; 1 of 4. From 1.0: none, precision is not defined.
    truth, result = lanes("AAAA", "XXXX"), lanes("AAB?", "C...")
    by_box = {(1, 0): 0.9, (1, 100): 0.7, (2, 0): 0.6, (3, 0): 0.3, (4, 0): 0.0}
    keys = zip(result.frames.tolist(), result.corners[:, 0].astype(int).tolist(), strict=True)
    confidence = np.array([by_box[key] for key in keys])
    scores = names_of(truth, replace(result, name_confidence=confidence))
    coverage, precision = scores.coverage_precision
    assert coverage[[0, 50, 80, 100]].tolist() == [0.75, 0.5, 0.25, 0]
    assert precision[[0, 50, 80]].tolist() == [pytest.approx(2 / 4), pytest.approx(2 / 3), 1]
    assert np.isnan(precision[100])
    assert coverage[[60, 61]].tolist() == [0.5, 0.25]  # at 0.6 the name of confidence 0.6 stays


def test_pooled_names_add_counts() -> None:
    # 1 of 10 and 2 of 2 boxes right: pooled recall 3/12, the mean would be 0.55.
    poor = names_of(lanes("AAAAAAAAAA"), lanes("A........."))
    good = names_of(lanes("BB"), lanes("BB"))
    pooled = pool_names([poor, good])
    assert pooled.recall == pytest.approx(3 / 12)
    assert pooled.minutes == pytest.approx(12 / FPS / 60)
    assert len(pooled.entry_s) == 2
    assert pooled.confusion["B", "B"] == 2


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_counts_hold_together(data: st.DataObject) -> None:
    row = st.text(alphabet="ABX.", min_size=6, max_size=6)
    truth_rows = [data.draw(row)]
    truth_rows.append(
        "".join(
            "." if c in "." + t else c for c, t in zip(data.draw(row), truth_rows[0], strict=True)
        )
    )
    guess = st.text(alphabet="ABC?.", min_size=6, max_size=6)
    truth, result = lanes(*truth_rows), lanes(data.draw(guess), data.draw(guess))
    scores = score_names(truth, result, frozenset("AB"), 1, 6, FPS)
    assert scores.right <= min(scores.named, scores.wanted)
    assert sum(scores.confusion.values()) >= len(truth)
    kept, right, covered = scores.sweep[0]
    assert (kept, right) == (scores.named, scores.right)
    assert covered <= scores.wanted
    assert (np.diff(scores.sweep, axis=0) <= 0).all()


# --- who is who ---------------------------------------------------------------------------------

GAMEINFO = """[Sequence]
name=SNMOT-1
trackletID_1= player team left;10
trackletID_2= goalkeepers team right;1
trackletID_3= referee;main
trackletID_4= ball;1
trackletID_5= player team right;A
"""


def test_gameinfo_names_are_stable_folder_names(tmp_path: Path) -> None:
    (tmp_path / "gameinfo.ini").write_text(GAMEINFO)
    people = read_people(TextSource(tmp_path / "gameinfo.ini"))
    assert {i: p.name for i, p in people.by_id.items()} == {
        1: "team left 10",
        2: "team right goalkeeper 1",
        3: "referee main",
        4: "ball 1",
        5: "team right A",
    }
    assert people.ball_ids == {4}
    assert people.players == {"team left 10", "team right goalkeeper 1", "team right A"}


def test_names_csv_with_and_without_the_optional_columns(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text("id,name,number,team,role\n1,Ann,7,red,\n2,Bob,,,referee\n3,ball,,,\n")
    people = read_people(TextSource(file))
    assert (people.by_id[1].number, people.by_id[1].team) == ("7", "red")
    assert people.players == {"Ann"}
    assert people.ball_ids == {3}
    file.write_text("\ufeffid, name\r\n4, Zoë\r\n")
    assert read_people(TextSource(file)).by_id[4].name == "Zoë"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("names.csv", "name,number\nAnn,7\n", "line 1: the header must be id,name"),
        ("names.csv", "id,name\nseven,Ann\n", "line 2: id 'seven' is no whole number"),
        ("names.csv", "id,name\n1,Ann\n1,Bob\n", "line 3: id 1 stands twice"),
        ("names.csv", "id,name\n1,\n", "line 2: id 1 has no name"),
        ("gameinfo.ini", "nothing", "no gameinfo.ini"),
        ("gameinfo.ini", "[Sequence]\nname=S\n", "names nobody"),
    ],
)
def test_bad_name_files_say_what_is_wrong(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(EvaluateError) as error:
        read_people(TextSource(tmp_path / name))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_names_lie_beside_the_truth_and_ball_and_referee_take_their_places(
    tmp_path: Path,
) -> None:
    # Ids 1, 2 are players, 3 the referee, 4 the ball; the result calls the referee by a player's
    # name in one of two frames, and has boxes on the ball, which nobody holds against it.
    (tmp_path / "gt.txt").write_text(mot_lines(lanes("AA", "BB", "CC", "DD")))
    (tmp_path / "gameinfo.ini").write_text(GAMEINFO)
    (tmp_path / "result.csv").write_text(
        "frame,id,x,y,w,h,name\n"
        "1,1,0,0,40,80,team left 10\n2,1,0,0,40,80,team left 10\n"
        "1,3,200,0,40,80,team right A\n2,3,200,0,40,80,\n"
        "1,4,300,0,40,80,\n2,4,300,0,40,80,\n"
    )
    evaluation = evaluate(tmp_path / "gt.txt", [tmp_path / "result.csv"], Options(fps=25))
    combined = evaluation.trackers[0].combined
    assert combined.names is not None
    assert (combined.names.right, combined.names.named, combined.names.wanted) == (2, 3, 4)
    assert combined.names.unknown_named_share == 0.5
    assert combined.mot["FP"] == 0
    only = Options(fps=25, gallery=frozenset({"team left 10"}))
    narrow = evaluate(tmp_path / "gt.txt", [tmp_path / "result.csv"], only)
    assert narrow.trackers[0].combined.names is not None
    assert narrow.trackers[0].combined.names.wanted == 2


@pytest.mark.shared
def test_snmot_116_truth_named_by_itself(shared: Path) -> None:
    # 20 ids, one of them the ball and one a referee; all the rest are players.
    folder = shared / "data" / "soccer-snmot116"
    people = read_people(TextSource(folder / "gameinfo.ini"))
    assert people.ball_ids == {20}
    assert len(people.players) == 24
    evaluation = evaluate(folder, [folder / "gt.txt"])
    assert evaluation.trackers[0].combined.mot["FN"] == 0
    assert evaluation.trackers[0].combined.mot["FP"] == 0  # the ball's boxes are forgiven
