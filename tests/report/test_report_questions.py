"""What a report asks first, and how much an answer would change: counted by hand."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.report import LOW, SURE, Life, Page, finished, html, write_run
from tracker.corrections.statements import parse
from tracker.report.contradicted import AGAINST
from tracker.report.review_item import chance
from tracker.report.wrong import SWAPPED

ADA = Life(
    1, "Ada", [("visible", 30, SURE), ("occluded", 10, SURE), ("absent", 20, SURE),
               ("visible", 20, SURE)], anchors=range(5, 15),
)  # fmt: skip
BEA = Life(2, "Bea", [("visible", 80, SURE)], x=120)


def test_a_trade_is_weighed_by_the_time_that_nobody_confirms_the_name(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "Cy", BEA.parts), Life(4, "", BEA.parts)]
    said = {"Bea": 0.0, "": -2.0, "Cy": -5.0}
    run = finished(
        write_run(
            tmp_path / "out", lives, ["Bea", "Cy"],
            doubts=[(20, 2, 4, 1.0), (60, 3, 4, 0.5)], votes=[(2, 30, said)],
        )
    )  # fmt: skip
    first, second = [m for m in run.review_items if m.kind == "trade"]
    # Cy: 2.0 s to the end and no votes; Bea: 6.0 s, and their votes say 2 nats for the name
    assert (first.player, first.rival) == ("Cy", 4)
    assert first.wrong_s == pytest.approx(SWAPPED * 2.0 * chance(-0.5))
    assert [a.sentences for a in first.answers] == [
        ("track 3 is nobody from frame 61 to 80", "track 4 is Cy from frame 61 to 80")
    ]
    assert (second.player, second.focus_frame) == ("Bea", 20)
    assert second.wrong_s == pytest.approx(SWAPPED * 6.0 * chance(-1.0 - 2.0), rel=1e-3)
    assert "1 vote in the 6.0 s that follow: Bea by 7.4 to 1" in second.reasons[1]


def test_votes_in_a_row_for_somebody_else_are_a_moment(tmp_path: Path) -> None:
    other, own = {"Cy": 0.0, "Bea": -3.0, "": -4.0}, {"Bea": 0.0, "Cy": -4.0, "": -4.0}
    votes = [(2, 10, own), (2, 20, other), (2, 30, other), (2, 40, own)]
    run = finished(write_run(tmp_path / "out", [BEA], ["Bea", "Cy"], votes=votes))
    (moment,) = run.review_items
    assert moment.title == "Bea here looks like Cy"
    assert (moment.first_frame, moment.last_frame) == (20, 40)
    # 6 nats against a lead of 3, twice as the name is confirmed later; frames 20 to 40
    assert moment.wrong_s == pytest.approx(AGAINST * 2.1 * chance(6.0 - 6.0))
    assert [a.sentences[0] for a in moment.answers] == [
        "track 2 is Cy from frame 20 to 40", "track 2 is nobody from frame 20 to 40"
    ]  # fmt: skip


def test_an_unsure_name_costs_its_doubt_times_its_time(tmp_path: Path) -> None:
    life = Life(1, "Ada", [("visible", 20, SURE), ("visible", 10, LOW), ("visible", 20, SURE)])
    (moment,) = finished(write_run(tmp_path / "out", [life], ["Ada"])).review_items
    assert (moment.title, moment.first_frame, moment.last_frame) == (
        "the name Ada is uncertain",
        1,
        50,
    )
    assert 21 <= moment.focus_frame <= 30
    assert moment.wrong_s == pytest.approx(1.0 * (1 - LOW))
    assert [a.sentences[0] for a in moment.answers] == [
        "track 1 is Ada from frame 1 to 50",
        "track 1 is nobody from frame 1 to 50",
    ]


def test_a_name_that_begins_in_mid_run_is_asked_about(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "Ada", [("visible", 50, SURE)], first=31)]
    (moment,) = finished(write_run(tmp_path / "out", lives, ["Ada", "Bea"])).review_items
    assert (moment.title, moment.track) == ("is this Ada all the time?", 3)
    assert moment.wrong_s == pytest.approx(0.12 * 5.0)


def test_a_path_without_a_name_may_be_somebody_who_is_not_seen_elsewhere(tmp_path: Path) -> None:
    # Bea is always in view, whatever the pictures say; Cy is never, and 3 nats under nobody
    lives = [ADA, BEA, Life(3, "", [("visible", 80, SURE)])]
    votes = [(3, 10, {"Bea": 0.0, "Cy": -4.0, "": -1.0}), (3, 40, {"Bea": 0.0, "Cy": -4.0, "": -1})]
    run = finished(write_run(tmp_path / "out", lives, ["Ada", "Bea", "Cy"], votes=votes))
    (moment,) = run.review_items
    assert moment.title == "track 3 has no name and may be Cy"
    assert moment.wrong_s == pytest.approx(8.0 * 0.55 * 0.5, rel=1e-3)
    assert moment.answers[0].sentences == ("track 3 is Cy from frame 1 to 80",)


def test_nobody_is_asked_about_while_no_player_is_missing(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "", [("visible", 80, SURE)])]
    votes = [(3, 10, {"Bea": 0.0})]
    assert not finished(write_run(tmp_path / "out", lives, ["Bea"], votes=votes)).review_items


def test_a_missing_player_is_on_one_path_at_a_time(tmp_path: Path) -> None:
    # two paths look like Cy all the time, e to one; a third comes when both have gone
    lives = [
        BEA,
        Life(3, "", [("visible", 40, SURE)], x=200),
        Life(4, "", [("visible", 40, SURE)], x=250),
        Life(5, "", [("visible", 20, SURE)], first=61, x=200),
    ]
    votes = [(3, 10, {"Cy": -1.0, "": -1.0}), (4, 10, {"Cy": -2.0, "": -1.0}),
             (5, 70, {"Cy": -1.0, "": -1.0})]  # fmt: skip
    run = finished(write_run(tmp_path / "out", lives, ["Bea", "Cy"], votes=votes))
    by_track = {m.track: m.wrong_s for m in run.review_items}
    e = np.e
    assert by_track[3] == pytest.approx(4.0 * 0.55 * e / (1 + e), rel=2e-2)
    assert by_track[4] == pytest.approx(4.0 * 0.55 * 1 / (1 + e), rel=2e-2)
    assert by_track[5] == pytest.approx(2.0 * 0.55, rel=2e-2)


def test_what_is_to_be_copied_stands_with_each_moment_and_comes_first(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "Ada O'Hara", [("visible", 50, LOW)], first=31), Life(4, "", BEA.parts)]
    text = html(write_run(tmp_path / "out", lives, ["Ada O'Hara", "Bea", "$(rm) Cy"]))
    page = Page(text)
    said = [t for t in page.texts if t.startswith("teamsheet correct")]
    words = shlex.split(said[0])
    assert words[:2] == ["teamsheet", "correct"]
    assert parse(words[4], ["Ada O'Hara", "Bea", "$(rm) Cy"]).track in {3, 4}
    for line in said:  # a shell runs nothing that is in a name
        assert "$" not in line or "'" in line
    assert text.index("Check these first") < text.index("Who was seen")


def test_lesser_doubts_about_the_same_are_told_with_the_worst(tmp_path: Path) -> None:
    life = Life(2, "Bea", [("visible", 20, SURE), ("visible", 5, 0.7), ("visible", 55, SURE)])
    out = write_run(tmp_path / "out", [life, ADA], ["Ada", "Bea"], doubts=[(18, 2, 1, 0.1)])
    (moment,) = finished(out).review_items
    assert moment.kind == "trade"
    assert moment.also == ["the name Bea is uncertain"]


def test_doubts_about_a_stretch_are_told_where_all_of_it_is_asked_about(tmp_path: Path) -> None:
    life = Life(1, "Bea", [("visible", 20, SURE), ("visible", 60, LOW)])
    other = Life(2, "Ada", BEA.parts, x=120)
    out = write_run(tmp_path / "out", [life, other], ["Ada", "Bea"], doubts=[(76, 1, 2, 0.5)])
    (moment,) = finished(out).review_items
    assert moment.title == "the name Bea is uncertain"
    assert moment.also == ["Bea may have swapped with Ada (frame 76)"]
