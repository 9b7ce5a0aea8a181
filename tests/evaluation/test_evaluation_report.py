"""What leaves the evaluator: console, CSV, JSON, pictures."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation import plots
from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.mot_scores import COUNTS, SHARES
from tracker.evaluation.options import Options
from tracker.evaluation.report import print_report, write_csv, write_json
from tracker.evaluation.save import check_output, write_output
from tracker.evaluation.scoring import Evaluation, evaluate
from tracker.evaluation.tables import NAME_COLUMNS
from tracker.evaluation.timeline import timeline_of
from tracker.output.table import COLUMNS, TrackTable

TRUTH = lanes("AAAAAAAA", "BBBBBBBB", "XXXXXXXX")
GUESS = lanes("AAAABBBA", "BBBBAAAB", "??D.....")


def named_csv(file: Path, confidence: float) -> Path:
    lines = ["frame,id,x1,y1,x2,y2,name,name_confidence"]
    for f, i, box, name in zip(GUESS.frames, GUESS.ids, GUESS.corners, GUESS.names, strict=True):
        lines.append(f"{f},{i},{','.join(map(str, box))},{name},{confidence if name else ''}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    """Two sequences, two trackers, names on both."""
    for name in ("S1", "S2"):
        folder = tmp_path / "gt" / name
        (folder / "gt").mkdir(parents=True)
        (folder / "gt" / "gt.txt").write_text(mot_lines(TRUTH))
        (folder / "seqinfo.ini").write_text("[Sequence]\nseqLength=8\nframeRate=2\n")
        (folder / "names.csv").write_text("id,name\n1,A\n2,B\n")
        for tracker, confidence in (("first", 0.9), ("[second]", 0.4)):
            named_csv(tmp_path / tracker / f"{name}.csv", confidence)
    trackers = [tmp_path / "first", tmp_path / "[second]"]
    options = Options(timelines=True, jobs=1, detections="drawn [by hand]")
    return evaluate(tmp_path / "gt", trackers, options)


def shown(evaluation: Evaluation, width: int, terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, no_color=True)
    print_report(evaluation, console)
    return out.getvalue()


def test_the_console_shows_every_sequence_and_the_pool(evaluation: Evaluation) -> None:
    text = shown(evaluation, 80, terminal=False)  # no terminal: nothing is cut to 80 columns
    for word in ("S1", "S2", "first, 2 pooled", "[second], 2 pooled", "drawn [by hand]"):
        assert word in text
    for column in ("HOTA", "DetA", "AssA", "LocA", "MOTA", "IDF1", "IDSW", *NAME_COLUMNS):
        assert column in text
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_narrow_terminal_gets_fewer_columns_and_no_torn_ones(
    evaluation: Evaluation, width: int
) -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(evaluation, width, terminal=True))
    tables = [line for line in text.splitlines() if "│" in line]
    assert max(len(line.rstrip()) for line in tables) <= width
    assert not any("…" in line for line in tables)
    assert any("first, 2 pooled" in line for line in tables)


def test_a_score_is_the_same_in_all_three_places(evaluation: Evaluation, tmp_path: Path) -> None:
    write_csv(evaluation, tmp_path / "s.csv")
    write_json(evaluation, tmp_path / "s.json")
    rows = list(csv.DictReader((tmp_path / "s.csv").open()))
    tree = json.loads((tmp_path / "s.json").read_text())
    assert [(r["tracker"], r["sequence"]) for r in rows] == [
        (t, s) for t in ("first", "[second]") for s in ("S1", "S2", "COMBINED")
    ]
    combined = evaluation.trackers[0].combined
    for name in SHARES:
        assert float(rows[2][name]) == pytest.approx(100 * combined.mot[name], abs=1e-5)
        in_json = tree["trackers"]["first"]["COMBINED"]["scores"][name]
        assert in_json == pytest.approx(100 * combined.mot[name], abs=1e-5)
    assert all(rows[2][name] == str(int(combined.mot[name])) for name in COUNTS)
    assert combined.names is not None
    assert float(rows[2]["Name-F1"]) == pytest.approx(100 * combined.names.f1, abs=1e-5)
    assert f"{100 * combined.names.f1:.2f}" in shown(evaluation, 80, terminal=False)
    confusion = tree["trackers"]["first"]["COMBINED"]["names"]["confusion_truth_to_result"]
    assert confusion["A"] == {"A": 10, "B": 6}
    assert tree["detections"]["first"] == "drawn [by hand]"
    assert not list(tmp_path.glob("*.part"))


def test_json_has_no_nan_and_the_same_bytes_twice(evaluation: Evaluation, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_json(evaluation, tmp_path / name)

    def never(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    json.loads((tmp_path / "a").read_text(), parse_constant=never)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_tables_name_the_detections_from_our_own_receipt(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text(mot_lines(TRUTH))
    ours = tmp_path / "ours"
    named_csv(ours / "x.csv", 0.5)
    table = TrackTable.of(pd.DataFrame(columns=list(COLUMNS)).astype({"visibility": object}))
    table.to_csv(ours / "tracks.csv")
    (ours / "mot.txt").write_text(mot_lines(GUESS))
    (ours / "run.json").write_text('{"detector": {"name": "yolo-x"}}')
    (tmp_path / "theirs.txt").write_text(mot_lines(GUESS))
    both = evaluate(tmp_path / "gt.txt", [ours, tmp_path / "theirs.txt"], Options(jobs=1))
    assert [t.detections for t in both.trackers] == ["yolo-x", ""]
    assert "detections: ours: yolo-x; theirs: not named" in shown(both, 80, terminal=False)
    alone = evaluate(tmp_path / "gt.txt", [tmp_path / "theirs.txt"])
    assert "detections not named" in shown(alone, 80, terminal=False)


def test_remarks_that_repeat_are_one_line(evaluation: Evaluation) -> None:
    text = shown(evaluation, 80, terminal=False)
    assert text.count("class column is -1") + text.count("columns are -1") == 1
    assert "(and 1 more files)" in text
    assert "warning" in text  # D is a name nobody has


def test_the_output_folder_is_whole_and_not_overwritten(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "out"
    check_output(out, overwrite=False)
    written = write_output(evaluation, out, plots=False)
    assert written == [out / "scores.csv", out / "scores.json"]
    with pytest.raises(EvaluateError, match=r"scores\.csv exists; .*--overwrite"):
        check_output(out, overwrite=False)
    check_output(out, overwrite=True)
    with pytest.raises(EvaluateError, match="is a file; give a folder"):
        check_output(out / "scores.csv", overwrite=True)


def test_every_picture_is_drawn_and_not_blank(evaluation: Evaluation, tmp_path: Path) -> None:
    from matplotlib.image import imread

    files = plots.write_plots(evaluation, tmp_path / "plots")
    assert sorted(f.name for f in files) == [
        "coverage_precision.png",
        "hota_over_alpha.png",
        "name_confusion_first.png",
        "name_confusion_second.png",
        "reliability.png",
        "timeline_first_S1.png",
        "timeline_first_S2.png",
        "timeline_second_S1.png",
        "timeline_second_S2.png",
    ]
    for file in files:
        picture = imread(file)
        assert picture.shape[0] > 200
        assert np.unique(picture[..., :3]).size > 10


def test_pictures_are_the_same_bytes_twice(evaluation: Evaluation, tmp_path: Path) -> None:
    pictures = []
    for name in ("a.png", "b.png"):
        figure = plots.hota_over_alpha(evaluation)
        pictures.append(plots.save(figure, tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]


def test_swaps_of_a_timeline_are_those_of_idsw() -> None:
    # CLEAR keeps a pair together while it can. In frame 3 the box of track 2 fits A better, but
    # track 1 still overlaps by more than half: no switch. From frame 5 only track 2 is there.
    truth = replace(lanes("AAAAAA"), names=np.full(6, "", object))
    frames = np.array([1, 2, 3, 3, 4, 5, 6])
    ids = np.array([1, 1, 1, 2, 1, 2, 2])
    corners = np.tile([0.0, 0, 40, 80], (7, 1))
    corners[2] += [10, 0, 10, 0]
    result = replace(lanes("AAAAAAA"), frames=frames, ids=ids, corners=corners)
    result = replace(result, names=np.full(7, "", object))
    timeline = timeline_of(truth, result, 1, 6, 25)
    assert timeline.ids.tolist() == [1, 1, 1, 1, 2, 2]
    assert timeline.swaps(0).tolist() == [5]


def test_named_timelines_tell_right_from_wrong() -> None:
    truth = replace(TRUTH, names=np.where(TRUTH.names == "X", "", TRUTH.names))
    timeline = timeline_of(truth, GUESS, 1, 8, 25)
    assert timeline.named
    assert timeline.labels == ("A", "B", "id 24")
    assert timeline.swaps(0).tolist() == [5, 8]
    colours = plots.identity_colours(timeline)
    assert (colours[timeline.person == 0] == plots.RED).tolist() == [False] * 4 + [True] * 3 + [
        False
    ]
    stranger = colours[timeline.person == 2]
    assert stranger.tolist() == [plots.BLUE, plots.BLUE, plots.RED] + [plots.GREY] * 5
