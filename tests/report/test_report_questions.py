"""What a report asks first: the questions of a review, with the sentences that answer them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.worlds.report import (
    LOW,
    SURE,
    Life,
    Page,
    draw_video,
    finished,
    html,
    quiet,
    write_run,
)
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import parse
from tracker.report.create import make_report
from tracker.report.review_item import ReviewItem
from tracker.review.case import ReviewCase
from tracker.review.engine import Engine

PLAYERS = ["Ada", "Bea", "Cy"]
ADA = Life(1, "Ada", [("visible", 300, SURE), ("visible", 100, LOW)])
BEA = Life(2, "Bea", [("visible", 400, SURE)], x=120)
NAMELESS = Life(3, "", [("visible", 400, SURE)], x=200)
SAYS_CY = [(3, 10, {"Cy": 0.0, "": -2.0}), (3, 40, {"Cy": 0.0, "": -2.0})]


def asked(out: Path) -> list[ReviewItem]:
    return finished(out).review_items


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return write_run(tmp_path / "out", [ADA, BEA, NAMELESS], PLAYERS, votes=SAYS_CY)


def test_whom_nobody_named_comes_first_and_a_sure_long_name_last(out: Path) -> None:
    first, second, last = asked(out)
    assert (first.title, first.item.track, first.names) == ("Who is this? (track 3)", 3, [""])
    assert (second.title, second.item.player) == ("Is this Ada all the time?", "Ada")
    assert (last.title, last.item.player) == ("Is this Bea all the time?", "Bea")
    worth = [m.question.worth_s for m in (first, second, last)]
    assert worth == sorted(worth, reverse=True)
    assert first.question.worth_s > 10 * last.question.worth_s


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize("players", [PLAYERS, None])
def test_they_are_those_of_a_review(
    tmp_path: Path, evidence: bool, players: list[str] | None
) -> None:
    lives = [ADA, BEA, NAMELESS] if players else [NAMELESS, Life(4, "", BEA.parts)]
    out = write_run(tmp_path / "out", lives, players, evidence=evidence, doubts=[(20, 1, 2, 0.1)])
    run = finished(out)
    engine = Engine(ReviewCase.of(run.rows, run.evidence, players or []))
    wanted = engine.ask(1000, groups=False)
    assert [m.question.id for m in run.review_items] == [question.id for question in wanted]
    assert wanted


def test_what_stands_there_is_offered_first_and_nobody_last(out: Path) -> None:
    nameless, ada, _ = asked(out)
    assert [(a.when, a.sentences) for a in nameless.answers] == [
        ("Cy", ("track 3 is Cy from frame 1 to 400",)),
        ("somebody who is not in the gallery", ("track 3 is nobody from frame 1 to 400",)),
    ]
    assert ada.answers[0].sentences == ("track 1 is Ada from frame 1 to 400",)
    assert ada.answers[-1].sentences == ("track 1 is nobody from frame 1 to 400",)


def test_a_track_whose_name_changes_can_be_left_so_or_be_one_person(tmp_path: Path) -> None:
    lives = [
        Life(1, "Ada", [("visible", 40, LOW)]),
        Life(1, "", [("visible", 20, SURE)], first=41),
        Life(1, "Bea", [("occluded", 5, LOW), ("visible", 35, LOW)], first=61),
    ]
    (moment,) = asked(write_run(tmp_path / "out", lives, PLAYERS))
    assert moment.title == "Who is this, from beginning to end? (track 1)"
    assert moment.names == ["Ada", "", "Bea"]
    as_it_is, *one = moment.answers
    assert (as_it_is.when, as_it_is.sentences) == (
        "right as it is",
        (
            "track 1 is Ada from frame 1 to 40",
            "track 1 is nobody from frame 41 to 60",
            "track 1 is Bea from frame 66 to 100",
        ),
    )
    assert [a.sentences[0] for a in one if a.when in ("Ada", "Bea")] == [
        "track 1 is Ada from frame 1 to 100",
        "track 1 is Bea from frame 1 to 100",
    ]
    assert one[-1].sentences == ("track 1 is nobody from frame 1 to 100",)
    assert moment.question.reasons[0] == "the name is 60% sure at its lowest"


def test_what_was_said_is_not_asked_again(tmp_path: Path) -> None:
    said = StoredCorrection(
        text="track 3 is nobody", is_="", spans=((3, 1, 400),), at=((1, 200, 80, 220, 140),)
    )
    other = StoredCorrection(
        text="track 2 is not Bea", is_="Bea", spans=(), instead=((2, 1, 400),),
        not_at=((1, 120, 80, 140, 140),),
    )  # fmt: skip
    out = write_run(
        tmp_path / "out", [ADA, BEA, NAMELESS], PLAYERS, votes=SAYS_CY,
        corrections=[c.model_dump(mode="json", by_alias=True) for c in (said, other)],
    )  # fmt: skip
    found = asked(out)
    assert {m.item.track for m in found} == {1, 2}
    two = next(m for m in found if m.item.track == 2)
    assert not any("Bea" in sentence for a in two.answers for sentence in a.sentences)


def test_what_is_to_be_copied_stands_with_each_question_and_comes_first(tmp_path: Path) -> None:
    players = ["Ada O'Hara", "Bea", "$(rm) Cy"]
    lives = [BEA, Life(3, "Ada O'Hara", [("visible", 200, LOW)], first=31), Life(4, "", BEA.parts)]
    text = html(write_run(tmp_path / "out", lives, players))
    page = Page(text)
    said = [t for t in page.texts if t.startswith("teamsheet correct")]
    assert len(said) > 4
    for line in said:
        words = shlex.split(line)
        assert words[:2] == ["teamsheet", "correct"]
        for sentence in words[4::2]:
            assert parse(sentence, players).track in {2, 3, 4}
        assert "$" not in line or "'" in line  # a shell runs nothing that is in a name
    assert text.index("Check these first") < text.index("Who was seen")


def test_the_page_says_where_they_are_answered_quicker(out: Path) -> None:
    text = html(out)
    assert f"teamsheet review {out}" in Page(text).texts
    assert text.index("Check these first") < text.index("teamsheet review") < text.index("moment-1")


def test_without_candidates_nothing_is_to_be_copied(tmp_path: Path) -> None:
    texts = Page(html(write_run(tmp_path / "out", [NAMELESS], None))).texts
    assert not any(text.startswith("teamsheet correct") for text in texts)


def test_pictures_say_which_name_stands_there_where_it_changes(tmp_path: Path) -> None:
    lives = [Life(1, "Ada", [("visible", 40, LOW)]), Life(1, "", [("visible", 40, SURE)], first=41)]
    video = draw_video(tmp_path / "video", lives[:1], 80)
    out = write_run(tmp_path / "out", lives, PLAYERS, spec=str(video))
    texts = Page(make_report(out, None, None, False, quiet, quiet).read_text("utf-8")).texts
    assert "0:01.8, frame 19, Ada" in texts
    assert any(text.endswith("frame 71, no name") for text in texts)
