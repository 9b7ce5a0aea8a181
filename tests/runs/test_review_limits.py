"""A review of a run that is taken away, torn, or said more of than anybody thought of."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.reviewed import (
    FRAMES,
    WRONG,
    draw,
    files,
    is_,
    opened,
    shown,
    track,
    written,
)
from tracker.output.run_record import RunRecordError
from tracker.runs.correct import corrections
from tracker.runs.review_journal import ReviewError


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = draw(tmp_path_factory.mktemp("world"))
    track(folder, folder / "out")
    track(folder, folder / "nameless", gallery=None, describe=True)
    return folder


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world / "out", tmp_path / "out")


@pytest.fixture
def nameless(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world / "nameless", tmp_path / "nameless")


# ------------------------------------------------------------ a run that is there no more, or torn


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda out: (out / "tracks.csv").write_text("x"), "tracks.csv"),
        (lambda out: (out / "tracks.csv").rename(out.parent / "kept.csv"), "tracks.csv is gone"),
        (lambda out: out.rename(out.parent / "moved"), "tracks.csv is gone"),
        (shutil.rmtree, "tracks.csv is gone"),
    ],
    ids=["garbage", "gone", "moved", "deleted"],
)
def test_a_run_that_cannot_be_read_any_more_is_not_written_and_that_is_said(
    harm: Callable[[Path], object], why: str, out: Path
) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    harm(out)
    refused: list[str] = []

    def write() -> None:
        with pytest.raises(ReviewError) as caught:
            desk.write()
        refused.append(str(caught.value))

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    writing.join(10)
    assert refused, "it tries for ever"
    assert "nothing is written" in refused[0]
    assert why in refused[0]
    assert "\n" not in refused[0]
    for _ in range(60):
        desk.status()
    assert sum("being written again" in note for note in desk.status()["lines"]) <= 1
    if not out.is_dir():
        with pytest.raises(ReviewError, match="put the run back where it was, and answer again"):
            desk.answer(is_(3, ""))
    assert not desk.status()["running"]
    assert not (out.parent / f".{out.name}.lock").exists()
    desk.close()


def test_a_table_that_is_put_back_is_written(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    (out / "tracks.csv").rename(out.parent / "kept.csv")
    with pytest.raises(ReviewError, match="put the run back"):
        desk.write()
    assert desk.status()["saved"] == 1
    (out.parent / "kept.csv").rename(out / "tracks.csv")
    assert written(out, 24) == WRONG
    desk.write()
    assert written(out, 24)[0] == "Ann"
    desk.close()


# ----------------------------------------------------------------------- more than was thought of


def many(count: int) -> list[dict[str, Any]]:
    """Other stretches each, of every track in turn."""
    spans = [(a, b) for a in range(1, FRAMES + 1) for b in range(a, FRAMES + 1)]
    every = [
        {"track": track, "first": a, "last": b, "player": player}
        for player in ("Ann", "Bea", "Cat", "Dov")
        for a, b in spans
        for track in (1, 2, 3)
    ]
    return every[:count]


def test_a_card_of_two_thousand_stretches_is_one_answer_that_is_read_again(nameless: Path) -> None:
    desk = opened(nameless, solve=False)
    sentences = desk.answer({"verdict": "said", "parts": many(2000)})["change"]["sentences"]
    assert len(sentences) == 2000
    names = shown(desk, 13)
    desk.close()
    again = opened(nameless, solve=False)
    assert again.status()["lines"] == []
    assert again.status()["saved"] == 1
    assert shown(again, 13) == names
    again.close()


def test_thousands_of_sentences_are_written_into_a_run_that_is_read_again(nameless: Path) -> None:
    desk = opened(nameless, solve=False)
    parts = many(2400)
    for n in range(0, 2400, 800):
        desk.answer({"verdict": "said", "parts": parts[n : n + 800]})
    desk.write()
    assert desk.status()["unwritten"] == 0
    names = shown(desk, 13)
    desk.close()
    assert len(corrections(nameless)) == 2400
    again = opened(nameless, solve=False)
    assert shown(again, 13) == names
    again.close()


@pytest.mark.parametrize("limit", ["desk", "publish"])
def test_more_sentences_than_can_be_kept_are_refused_before_anything_is_written(
    limit: str, nameless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(nameless, solve=False)
    desk.answer(is_(1, "Ann", 1, 3))
    before = files(nameless)
    monkeypatch.setattr(f"tracker.runs.review_{limit}.MAX_KEPT", 4)
    more = {"verdict": "said", "parts": many(4)}
    if limit == "publish":
        desk.answer(more)
    with pytest.raises(ReviewError, match=r"5 sentences .*at most 4 can be kept.*take some back"):
        desk.answer(more) if limit == "desk" else desk.write()
    assert files(nameless) == before
    monkeypatch.undo()
    desk.write()
    desk.close()


def test_with_very_many_places_run_json_keeps_some_of_each(
    nameless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.corrections.record.MAX_ALL_PLACES", 40)
    desk = opened(nameless, solve=False)
    for n in (1, 2, 3):
        desk.answer(is_(n, f"Player {n}"))
    desk.write()
    desk.close()
    for stored in corrections(nameless):
        frames = [place[0] for place in stored.at]
        assert (frames[0], frames[-1]) == (1, FRAMES)
        assert len(frames) == 6


def test_a_record_that_nobody_could_read_again_is_not_written(
    nameless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(nameless, solve=False)
    desk.answer(is_(1, "Ann"))
    before = files(nameless)
    monkeypatch.setattr("tracker.output.run_record.MAX_BYTES", 3000)
    with pytest.raises(RunRecordError, match="not written, for it would have"):
        desk.write()
    monkeypatch.undo()
    assert files(nameless) == before
    assert desk.status()["saved"] == 1
    desk.close()


@pytest.mark.parametrize("limit", ["MAX_LINE", "MAX_BYTES"])
def test_an_answer_that_could_not_be_read_again_is_refused(
    limit: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(out, solve=False)
    monkeypatch.setattr(f"tracker.runs.review_journal.{limit}", 300)
    with pytest.raises(ReviewError, match="the answer is not kept"):
        desk.answer(is_(1, "Ann"))
    assert shown(desk, 24) == WRONG
    assert desk.status()["saved"] == 0
    monkeypatch.undo()
    desk.answer(is_(1, "Ann"))
    desk.close()
    again = opened(out, solve=False)
    assert again.status()["saved"] == 1
    again.close()


def test_where_no_number_is_left_an_answer_is_refused_and_names_are_as_before(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.close()
    file = out / "review" / "answers.jsonl"
    file.write_text(file.read_text().replace('"answer": 1,', '"answer": 1000000,'))
    desk = opened(out, solve=False)
    with pytest.raises(ReviewError, match="no number is left"):
        desk.answer(is_(3, ""))
    assert shown(desk, 24)[2] == "Cat"
    desk.undo()
    assert shown(desk, 24) == WRONG
    desk.close()


# ------------------------------------------------------------------- a journal that others touched


def test_a_whole_last_line_without_its_end_is_kept(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.answer(is_(3, ""))
    desk.close()
    file = out / "review" / "answers.jsonl"
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    desk = opened(out, solve=False)
    assert desk.status()["lines"] == []
    assert shown(desk, 24) == {0: "Ann", 1: "", 2: ""}
    desk.answer(is_(3, "Cat"))
    desk.close()
    assert [json.loads(line)["answer"] for line in file.read_text().splitlines()] == [1, 2, 3]


def test_what_was_cut_off_is_put_beside(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.answer(is_(3, ""))
    desk.close()
    file = out / "review" / "answers.jsonl"
    first, second = file.read_bytes().splitlines()
    file.write_bytes(first + b"\n" + second[:-5])
    desk = opened(out, solve=False)
    torn = out / "review" / "answers.torn"
    assert any(f"what was cut off is in {torn}" in line for line in desk.status()["lines"])
    assert torn.read_bytes() == second[:-5] + b"\n"
    assert file.read_bytes() == first + b"\n"
    desk.close()


def test_a_number_that_is_there_twice_is_told(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    desk.answer(is_(3, ""))
    desk.close()
    file = out / "review" / "answers.jsonl"
    file.write_text(file.read_text().replace('"answer": 2,', '"answer": 1,'))
    desk = opened(out, solve=False)
    assert [line for line in desk.status()["lines"] if "line 2: answer 1 is there twice" in line]
    assert shown(desk, 24) == {0: "Bea", 1: "Ann", 2: ""}
    desk.close()


def test_a_box_that_is_no_number_is_left_out(out: Path) -> None:
    file = out / "tracks.csv"
    header, first, *rest = file.read_text().splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | {"x1": "nan", "y2": "inf"}
    file.write_text("\n".join([header, ",".join(cells.values()), *rest, ""]))
    desk = opened(out, solve=False)
    boxes = desk.boxes(1, 2)["frames"]
    assert [len(frame) for frame in boxes] == [2, 3]
    json.dumps(boxes, allow_nan=False)
    assert desk.box(int(cells["track_id"]), 1) is None
    desk.close()
