"""What was said of a run becomes pictures of players."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from gallery.annotations.names import EnrollError
from gallery.roster import read_roster
from tests.runs.test_review_embeddings import run as run
from tests.suggest.test_suggest import table
from tracker.corrections.statements import Correction
from tracker.output.table import TrackTable
from tracker.runs import review_gallery
from tracker.runs.review_gallery import fill_gallery, names_of, summary
from tracker.suggest.create import SuggestError

ADA, BEA = Correction("", 1, "Ada"), Correction("", 2, "Bea", 1, 20)
CROWD = Correction("", 3, "", negative="_others")


def fill(run: Path, *statements: Correction) -> dict[str, int]:
    return fill_gallery(run, None, statements, run / "players")


def pictures(run: Path) -> dict[str, int]:
    folder = run / "players"
    return {place.name: len(list(place.iterdir())) for place in folder.iterdir() if place.is_dir()}


def test_everybody_named_gets_pictures_of_the_very_boxes(run: Path) -> None:
    counts = fill(run, ADA, BEA, CROWD)
    assert set(counts) == {"Ada", "Bea", "_others"}
    assert min(counts.values()) >= 3
    assert pictures(run) == counts
    roster = read_roster(run / "players")
    assert [player.name for player in roster.players] == ["Ada", "Bea"]


def test_another_word_takes_back_what_the_former_has_put_there(run: Path) -> None:
    fill(run, ADA, BEA)
    counts = fill(run, Correction("", 1, "Cleo"), BEA)
    assert pictures(run) == counts
    assert "Ada" not in counts


def test_pictures_of_somebody_else_stay(run: Path) -> None:
    fill(run, ADA)
    (run / "players" / "Ada" / "mine.jpg").write_bytes(b"x")
    fill(run, BEA)
    assert [file.name for file in (run / "players" / "Ada").iterdir()] == ["mine.jpg"]


def test_the_same_again_changes_nothing(run: Path) -> None:
    fill(run, ADA, BEA)
    before = {f: f.read_bytes() for f in (run / "players").rglob("*.jpg")}
    fill(run, ADA, BEA)
    assert {f: f.read_bytes() for f in (run / "players").rglob("*.jpg")} == before


def test_a_name_without_a_clean_box_has_none_and_is_told(run: Path) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    rows.loc[rows["track_id"] == 2, "y2"] = 120.0
    TrackTable.of(rows).to_csv(run / "tracks.csv")
    counts = fill(run, ADA, BEA)
    assert counts["Bea"] == 0
    assert summary(counts) == f"{counts['Ada']} pictures of 1 players; none is clean of Bea"
    assert set(pictures(run)) == {"Ada"}


def test_a_missing_video_leaves_the_gallery_alone(run: Path, tmp_path: Path) -> None:
    fill(run, ADA)
    before = pictures(run)
    (tmp_path / "clip").rename(tmp_path / "elsewhere")
    with pytest.raises(SuggestError, match="--video"):
        fill(run, BEA)
    assert pictures(run) == before


def test_the_newer_word_takes_a_name_from_whoever_had_it_then() -> None:
    rows = table({"x": 50}, {"x": 200}, frames=10)
    named = names_of(rows, [Correction("", 1, "Ada"), Correction("", 2, "Ada", 6, 10)])
    of_first, of_second = (named[rows["track_id"] == track] for track in (1, 2))
    assert of_first.tolist() == ["Ada"] * 5 + [""] * 5
    assert of_second.tolist() == [""] * 5 + ["Ada"] * 5


def test_a_word_on_a_name_is_of_the_rows_that_bear_it() -> None:
    rows = table({"x": 50, "player": "Ann"}, {"x": 200}, frames=4)
    named = names_of(rows, [Correction("Ann", None, "Ada", 2, 3)])
    assert np.flatnonzero(named == "Ada").tolist() == [
        n for n, (t, f) in enumerate(zip(rows["track_id"], rows["frame"], strict=True))
        if t == 1 and 2 <= f <= 3
    ]  # fmt: skip


def test_who_is_detected_weakly_in_most_boxes_has_pictures_all_the_same(run: Path) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    mine = rows["track_id"] == 2
    rows.loc[mine, "confidence"] = np.where(rows.loc[mine, "frame"] <= 2, 0.9, 0.3)
    TrackTable.of(rows).to_csv(run / "tracks.csv")
    assert fill(run, Correction("", 2, "Bea"))["Bea"] >= 3


def test_boxes_that_were_never_detected_are_no_pictures(run: Path) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    rows.loc[rows["track_id"] == 2, "confidence"] = np.nan
    TrackTable.of(rows).to_csv(run / "tracks.csv")
    assert fill(run, ADA, BEA)["Bea"] == 0


def test_one_name_in_two_spellings_is_one_player(run: Path) -> None:
    counts = fill(run, ADA, Correction("", 2, "ADA ", 1, 20))
    assert set(counts) == {"Ada"}
    assert pictures(run) == counts


def test_a_player_of_the_folder_is_spelled_as_there(run: Path) -> None:
    (run / "players" / "Ada").mkdir(parents=True)
    (run / "players" / "Ada" / "mine.jpg").write_bytes(b"x")
    counts = fill(run, Correction("", 1, "ada"))
    assert pictures(run) == {"Ada": counts["ada"] + 1}


def test_where_pictures_cannot_be_added_the_former_stay(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(run, ADA, BEA)
    before = {f: f.read_bytes() for f in (run / "players").rglob("*.jpg")}

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(run))

    monkeypatch.setattr(review_gallery, "add_folder", full)
    with pytest.raises(EnrollError, match="make room"):
        fill(run, ADA, Correction("", 2, "Cleo", 1, 20))
    assert {f: f.read_bytes() for f in (run / "players").rglob("*.jpg")} == before
    monkeypatch.undo()
    counts = fill(run, ADA, Correction("", 2, "Cleo", 1, 20))
    assert pictures(run) == counts
    assert set(counts) == {"Ada", "Cleo"}
