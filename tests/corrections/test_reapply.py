"""What a person has said survives: another following, gallery, detector; typed names; cut."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gallery.annotations.reader import Annotation
from tests.corrections.test_correct import FRAMES, RIGHT, SWAP, out, quiet, shown, world  # noqa: F401
from tests.gallery.test_annotations import SIZE, run_table
from tests.suggest.test_people import name as type_names
from tests.suggest.test_people import people, run  # noqa: F401
from tracker import config
from tracker.corrections.reapply import KeptCorrections
from tracker.corrections.record import StoredCorrection
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.annotations import read_annotation
from tracker.runs.correct import CorrectionRequest, correct, corrections
from tracker.types import Evidence, TrackedFrame, Visibility


def track(world: Path, out: Path, *sets: str, **changed: Any) -> list[str]:  # noqa: F811
    plain = {"gallery": world / "players", "detections": world / "det.txt", **changed}
    lines: list[str] = []
    request = pipeline.TrackRequest(
        source=str(world / "clip"), out=out, settings=config.load(None, list(sets)), **plain
    )
    pipeline.track(request, lines.append, quiet)
    return lines


@pytest.fixture
def said(out: Path) -> Path:  # noqa: F811
    correct(out, CorrectionRequest(SWAP), quiet)
    return out


def test_rows_that_somebody_has_confirmed_say_so(said: Path) -> None:
    rows = TrackTable.read_csv(said / "tracks.csv").rows
    told = rows["evidence"] == Evidence.TOLD.label
    assert set(rows.loc[told, "player"]) == {"Ann", "Bea"}
    assert (rows.loc[rows["player"] == "Cat", "evidence"] != Evidence.TOLD.label).all()


def test_another_detector_gives_other_boxes_and_the_words_still_hold(
    said: Path,
    world: Path,  # noqa: F811
) -> None:
    det = said.parent / "other.txt"
    rows = [f"{f},-1,{46 + 150 * k},104,44,96,0.9,-1,-1,-1\n"
            for f in range(1, FRAMES + 1) for k in (2, 0, 1)]  # fmt: skip
    det.write_text("".join(rows))
    lines = track(world, said, overwrite=True, detections=det)
    assert shown(said, 24) == RIGHT
    assert [one.text for one in corrections(said)] == list(SWAP)
    assert any("2 corrections of before are applied again" in line for line in lines)


def test_who_is_in_the_gallery_no_more_is_said_and_kept_for_when_they_are_back(
    said: Path,
    world: Path,  # noqa: F811
) -> None:
    smaller = shutil.copytree(world / "players", said.parent / "smaller")
    shutil.rmtree(smaller / "Bea")
    lines = track(world, said, resume=True, gallery=smaller)
    assert any("player Ann is Bea" in line and "not in the gallery" in line for line in lines)
    assert [one.text for one in corrections(said)] == list(SWAP)
    assert set(TrackTable.read_csv(said / "tracks.csv").rows["player"]) <= {"Ann", "Cat", ""}
    track(world, said, resume=True)
    assert shown(said, 24) == RIGHT


def test_of_another_video_they_are_kept_and_say_nothing(said: Path, world: Path) -> None:  # noqa: F811
    receipt = json.loads((said / "run.json").read_text())
    for one in receipt["corrections"]:
        one["video"] = "another"
    (said / "run.json").write_text(json.dumps(receipt))
    lines = track(world, said, resume=True)
    assert sum("another video" in line for line in lines) == 2
    assert shown(said, 24) != RIGHT
    assert [one.spans for one in corrections(said)] == [(), ()]


def test_without_a_gallery_they_are_kept(said: Path, world: Path) -> None:  # noqa: F811
    lines = track(world, said, resume=True, gallery=None)
    assert any("2 corrections are kept, but not applied" in line for line in lines)
    assert len(corrections(said)) == 2


def test_those_of_a_version_that_kept_no_places_are_found_by_their_tracks(
    said: Path,
    world: Path,  # noqa: F811
) -> None:
    receipt = json.loads((said / "run.json").read_text())
    for one in receipt["corrections"]:
        for key in ("at", "not_at", "video"):
            del one[key]
    (said / "run.json").write_text(json.dumps(receipt))
    track(world, said, "follow.confirm_s=0.08", resume=True)
    assert shown(said, 24) == RIGHT


def _frames(*tracks: list[int]) -> list[TrackedFrame]:
    """Of one person after another, who stands at 100 k; tracks: the id of each in every frame."""
    found = []
    for index in range(len(tracks[0])):
        ids = np.array([track[index] for track in tracks])
        left = 100.0 * np.arange(len(ids))
        boxes = np.stack([left, 0 * left, left + 40, 0 * left + 100], axis=1)
        some = np.zeros((len(ids), 2))
        found.append(
            TrackedFrame(
                index, index / 25, ids, np.full(len(ids), -1), np.zeros(len(ids)),
                np.full(len(ids), int(Visibility.VISIBLE)), boxes, np.ones(len(ids)), some, some,
                np.zeros(len(ids), np.int64), np.ones(len(ids), bool),
            )
        )  # fmt: skip
    return found


def _kept_of(*corrections: StoredCorrection) -> KeptCorrections:
    return KeptCorrections(corrections, "film")


def _kept(said: str, is_: str, x: float, frames: range) -> StoredCorrection:
    at = tuple((frame, x, 0.0, x + 40, 100.0) for frame in frames)
    return StoredCorrection(
        text=said, is_=is_, spans=((9, frames[0], frames[-1]),), at=at, video="film"
    )


def test_a_path_that_is_in_pieces_now_is_found_in_all_of_them() -> None:
    kept = _kept_of(_kept("a", "Ann", 2.0, range(1, 11)))
    applied = kept.on(_frames([5] * 4 + [6] * 6, [7] * 10), ["Ann"])
    assert [(r.track, r.first, r.last) for r in applied.constraints] == [(5, 0, 3), (6, 4, 9)]


def test_one_place_on_another_path_is_no_piece() -> None:
    kept = _kept_of(_kept("a", "Ann", 2.0, range(1, 11)))
    applied = kept.on(_frames([5] * 4 + [8] + [5] * 5), ["Ann"])
    assert [(r.track, r.first, r.last) for r in applied.constraints] == [(5, 0, 9)]


def test_where_they_contradict_each_other_now_the_later_one_holds() -> None:
    first, second = _kept("a", "Ann", 0.0, range(1, 11)), _kept("b", "Bea", 4.0, range(1, 11))
    applied = _kept_of(first, second).on(_frames([5] * 10), ["Ann", "Bea"])
    assert [r.player for r in applied.constraints] == [1]
    assert [one.text for one in applied.kept] == ["a", "b"]
    assert any('"a"' in note and '"b" was said later' in note for note in applied.notes)


def test_confirmed_rows_are_cut_first(tmp_path: Path) -> None:
    file = run_table(tmp_path / "tracks.csv")
    rows = TrackTable.read_csv(file).rows
    rows.loc[rows["player"] == "Bea", "evidence"] = "told"
    rows.loc[(rows["player"] == "Ann") & (rows["frame"] > 38), "evidence"] = "told"
    TrackTable.of(rows).to_csv(file)
    boxes, names = read_annotation(Annotation(file, "clip", SIZE))
    taken = pd.Series([names[i].name for i in boxes.ids.tolist() if i > 0]).value_counts()
    assert taken.to_dict() == {"Bea": 40, "Ann": 22}


# ------------------------------------------------------------------------------ typed names


def test_typed_names_are_taken_along_by_the_place_of_their_pictures(run: Path) -> None:  # noqa: F811
    people(run)
    type_names(run, {1: "Ann", 2: "_referee"})
    file = run / "people" / "names.csv"
    rows = pd.read_csv(file, keep_default_na=False).assign(number=["7", "", ""])
    rows.to_csv(file, index=False)
    (run / "people" / "todo.txt").write_text("ask")
    table = TrackTable.read_csv(run / "tracks.csv").rows
    table["track_id"] = table["track_id"].map({1: 30, 2: 10, 3: 20})  # other ids, the same people
    TrackTable.of(table.sort_values(["frame", "track_id"])).to_csv(run / "tracks.csv")
    people(run)
    again = pd.read_csv(file, keep_default_na=False, dtype=str)
    named = dict(zip(again["track"], again["name"], strict=True))
    assert named == {"30": "Ann", "10": "_referee", "20": ""}
    assert sorted(again["number"]) == ["", "", "7"]
    assert (run / "people" / "todo.txt").read_text() == "ask"


def test_a_typed_name_that_finds_nobody_keeps_its_pictures(run: Path) -> None:  # noqa: F811
    people(run)
    type_names(run, {3: "Cat"})
    table = TrackTable.read_csv(run / "tracks.csv").rows
    TrackTable.of(table[table["track_id"] != 3]).to_csv(run / "tracks.csv")
    people(run)
    again = pd.read_csv(run / "people" / "names.csv", keep_default_na=False, dtype=str)
    [row] = again[again["name"] == "Cat"].to_dict("records")
    assert list((run / "people" / row["id"]).glob("*.jpg"))
    assert "Cat" in (run / "people" / "sheet.html").read_text()
