"""Name-F1 by the gap between gallery IDs: a small match by hand, and sums that must hold."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.name_scores import pool_names
from tracker.evaluation.names import score_names
from tracker.evaluation.options import Options
from tracker.evaluation.report import print_report, write_csv, write_json
from tracker.evaluation.scoring import Evaluation, evaluate
from tracker.output.evidence import COLUMNS as EVIDENCE_COLUMNS
from tracker.output.evidence import EVIDENCE, EvidenceTables
from tracker.output.gallery_ids import GalleryIds
from tracker.output.id_gaps import BINS
from tracker.output.table import COLUMNS, TrackTable

GALLERY = frozenset("AB")


def by_gap(truth: str, result: str, ids: GalleryIds, other: str = "") -> dict[str, list[int]]:
    blank = "." * len(truth)
    found = score_names(
        lanes(truth, other or blank), lanes(result, blank), GALLERY, 1, len(truth), 1.0, ids
    )
    rows = zip(BINS, found.by_gap.astype(int).tolist(), strict=True)
    return {name: counts for name, counts in rows if any(counts)}


def test_a_small_match() -> None:
    # IDs of A in frames 3, 4 and 9, one frame a second: between 4 and 9 lie 4 boxes, 5 s apart
    ids = {"A": np.array([3, 4, 9])}
    assert by_gap("AAAAAAAAAA", "?AAAA?B.AA", ids) == {
        # right, named, wanted
        "before": [1, 1, 2],
        "at an ID": [3, 3, 3],
        "3-10 s": [1, 1, 4],
        "after": [1, 1, 1],
        "never": [0, 1, 0],  # B has no ID: a wrong name counts where he would be
    }


def test_a_wrong_name_counts_in_the_gap_of_who_is_named() -> None:
    ids = {"A": np.array([1, 3]), "B": np.array([1, 21])}
    assert by_gap("AAA", "ABA", ids) == {
        "at an ID": [2, 2, 2], "1-3 s": [0, 0, 1], "10-30 s": [0, 1, 0],
    }  # fmt: skip


def test_without_ids_nothing_is_counted() -> None:
    assert by_gap("AAA", "AAA", {}) == {}


@given(
    st.text("AB?.", min_size=1, max_size=30),
    st.text("ABX.", min_size=30, max_size=30),
    st.sets(st.integers(1, 30)),
    st.sets(st.integers(1, 30), min_size=1),
)
def test_parts_add_up_to_the_whole(said: str, truth: str, a: set[int], b: set[int]) -> None:
    ids = {"A": np.array(sorted(a), np.int64), "B": np.array(sorted(b), np.int64)}
    scores = score_names(
        lanes(truth), lanes(said.ljust(30, ".")), GALLERY, 1, 30, 1.0, ids
    )  # fmt: skip
    assert scores.by_gap.sum(axis=0).tolist() == [scores.right, scores.named, scores.wanted]
    twice = pool_names([scores, scores])
    assert (twice.by_gap == 2 * scores.by_gap).all()
    np.testing.assert_equal(twice.f1_by_gap, scores.f1_by_gap)


# eval of a run


def run_of(folder: Path, mode: str, evidence: str, votes: bool) -> Path:
    """An OUT folder of A over 6 frames, one a second: named, but for frame 2."""
    folder.mkdir()
    frames, names = np.arange(1, 7), ["A", "", "A", "A", "A", "A"]
    words = {"a": "anchor", "s": "solved"}
    empty = {**dict.fromkeys(COLUMNS, 0.0), "role": ""}
    rows = pd.DataFrame({
        **empty, "frame": frames, "time_s": frames - 1.0, "track_id": 1, "player": names,
        "visibility": "visible", "x2": 40.0, "y2": 80.0, "player_confidence": 0.9,
        "evidence": [words[e] if n else "" for e, n in zip(evidence, names, strict=True)],
    }, columns=list(COLUMNS))  # fmt: skip
    TrackTable.of(rows).to_csv(folder / "tracks.csv")
    if votes:
        table = pd.DataFrame({
            "track_id": 1, "first_frame": [1, 5], "last_frame": [1, 6], "crops": 1,
            "source": "pictures", "nats:A": 0.0, "nats:": -3.0,
        })  # fmt: skip
        none = [pd.DataFrame(columns=list(EVIDENCE_COLUMNS[n])) for n in ("doubts", "beliefs")]
        EvidenceTables(table, *none, mode).write(folder / EVIDENCE)
    return folder


def scored(folder: Path, run: Path) -> Evaluation:
    (folder / "gt.txt").write_text(mot_lines(lanes("AAAAAA")))
    (folder / "names.csv").write_text("id,name\n1,A\n")
    options = Options(names=folder / "names.csv", fps=1.0, jobs=1)
    return evaluate(folder / "gt.txt", [run], options)


@pytest.mark.parametrize(
    ("mode", "evidence", "votes"),
    [("online", "assssa", False), ("offline", "ssssss", True), ("offline", "asssss", True)],
)
def test_eval_scores_a_run_by_its_gaps(
    tmp_path: Path, mode: str, evidence: str, votes: bool
) -> None:
    done = scored(tmp_path, run_of(tmp_path / "out", mode, evidence, votes))
    write_json(done, tmp_path / "scores.json")
    write_csv(done, tmp_path / "scores.csv")
    names = json.loads((tmp_path / "scores.json").read_text())["trackers"]["out"]["COMBINED"][
        "names"
    ]
    assert names["by_gap"]["at an ID"]["Name-F1"] == 100
    gap = {"Name-F1": pytest.approx(100 * 6 / 7), "right": 3, "named": 3, "wanted": 4}
    assert names["by_gap"]["3-10 s"] == gap
    line = (tmp_path / "scores.csv").read_text().splitlines()
    columns = dict(zip(line[0].split(","), line[1].split(","), strict=True))
    assert float(columns["Name-F1 3-10 s"]) == pytest.approx(100 * 6 / 7, abs=1e-4)
    text = shown(done)
    assert "Name-F1 by gap" in text
    assert "85.7 (4)" in text
    assert "10-30 s" not in text, "a gap that is not there has no column"


def test_without_ids_there_is_no_table(tmp_path: Path) -> None:
    done = scored(tmp_path, run_of(tmp_path / "out", "offline", "ssssss", votes=False))
    assert "Name-F1 by gap" not in shown(done)


def test_damaged_votes_are_said_and_cost_no_scores(tmp_path: Path) -> None:
    run = run_of(tmp_path / "out", "offline", "asssss", votes=True)
    (run / EVIDENCE / "votes.parquet").write_bytes(b"no parquet")
    done = scored(tmp_path, run)
    assert any("by the table alone" in str(remark) for remark in done.remarks)
    assert "after" in shown(done)


def shown(evaluation: Evaluation) -> str:
    out = io.StringIO()
    print_report(evaluation, Console(file=out, width=200, no_color=True))
    return out.getvalue()
