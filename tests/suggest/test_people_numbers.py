"""`gallery people` proposes names by the numbers that were read on the shirts."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from gallery.add import add_folder
from gallery.roster import read_roster
from tests.suggest.test_suggest import FPS, table
from tests.worlds.bad_inputs import command
from tests.worlds.gallery import draw_clip
from tests.worlds.readings import Told, write_readings
from tracker.output.table import TrackTable
from tracker.video.open import open_source

SHEET = "name,number,team\nAda Novak,9,red\nBea Lindt,10,red\nCleo Marsh,10,blue\n"
TOLD: Told = {
    (1, 3): (9, 0.9), (1, 13): (9, 0.9), (2, 3): (10, 0.9), (2, 13): (10, 0.9), (3, 5): (9, 0.7),
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Three people over 40 drawn frames, each on a track of their own; nobody has a name."""
    out, clip = tmp_path / "first", draw_clip(tmp_path / "clip")
    out.mkdir()
    rows = table({"x": 50}, {"x": 200}, {"x": 350}).assign(confidence=0.9)
    TrackTable.of(rows.assign(time_s=(rows["frame"] - 1) / FPS)).to_csv(out / "tracks.csv")
    source = {"spec": str(clip), "fingerprint": open_source(str(clip)).fingerprint(), "fps": FPS}
    (out / "run.json").write_text(json.dumps({"source": source, "gallery": None}))
    (tmp_path / "sheet.csv").write_text(SHEET)
    return out


def people(run: Path, *words: str) -> list[str]:
    ended = command(["gallery", "people", str(run), *words])
    assert ended.code == 0, ended.lines
    return ended.out.splitlines()


def listed(run: Path) -> dict[int, dict[str, str]]:
    """names.csv by track."""
    rows = pd.read_csv(run / "people" / "names.csv", dtype=str, keep_default_na=False)
    return {int(row["track"]): row for row in rows.to_dict("records")}


def with_sheet(run: Path) -> tuple[str, str]:
    return "--roster", str(run.parent / "sheet.csv")


def test_a_number_that_one_player_wears_fills_in_the_name(run: Path) -> None:
    write_readings(run, TOLD)
    lines = people(run, *with_sheet(run))
    rows = listed(run)
    assert (rows[1]["read"], rows[1]["proposed"], rows[1]["name"]) == (
        "9",
        "Ada Novak",
        "Ada Novak",
    )
    assert any("a shirt number was read on 3; on 1 of them" in line for line in lines)
    add_folder(run.parent / "players", run / "people")
    assert [player.name for player in read_roster(run.parent / "players").players] == ["Ada Novak"]


def test_a_number_of_two_teams_proposes_both_and_fills_in_none(run: Path) -> None:
    write_readings(run, TOLD)
    people(run, *with_sheet(run))
    row = listed(run)[2]
    assert (row["read"], row["proposed"], row["name"]) == ("10", "Bea Lindt or Cleo Marsh", "")


def test_a_number_that_was_read_once_is_proposed_only(run: Path) -> None:
    write_readings(run, TOLD)
    people(run, *with_sheet(run))
    row = listed(run)[3]
    assert (row["read"], row["proposed"], row["name"]) == ("9", "Ada Novak", "")


def test_the_page_shows_number_and_name(run: Path) -> None:
    write_readings(run, TOLD)
    people(run, *with_sheet(run))
    page = (run / "people" / "sheet.html").read_text(encoding="utf-8")
    assert "no. 9</div><div>&rarr; Ada Novak?</div>" in page
    assert "no. 9?</div>" in page
    assert "no. 10</div><div>&rarr; Bea Lindt?</div><div>&rarr; Cleo Marsh?</div>" in page


def test_without_a_sheet_the_roster_of_the_run_is_asked(run: Path) -> None:
    write_readings(run, TOLD, {"Zoe": "9"})
    people(run)
    assert listed(run)[1]["name"] == "Zoe"
    assert listed(run)[2]["proposed"] == ""


def test_a_name_of_the_run_that_the_number_denies_is_left_to_its_user(run: Path) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    rows.loc[rows["track_id"] == 1, "player"] = "Bea Lindt"
    TrackTable.of(rows).to_csv(run / "tracks.csv")
    write_readings(run, TOLD)
    people(run, *with_sheet(run))
    assert listed(run)[1]["name"] == ""
    assert listed(run)[1]["proposed"] == "Ada Novak"


def test_what_somebody_typed_stands_when_it_is_made_again(run: Path) -> None:
    write_readings(run, TOLD)
    people(run, *with_sheet(run))
    file = run / "people" / "names.csv"
    typed = pd.read_csv(file, dtype=str, keep_default_na=False)
    typed.loc[typed["track"] == "1", "name"] = "Zoe"
    typed.to_csv(file, index=False)
    people(run, *with_sheet(run), "--overwrite")
    assert listed(run)[1] | {"id": ""} == {
        "id": "", "name": "Zoe", "track": "1", "seconds": listed(run)[1]["seconds"],
        "read": "9", "proposed": "Ada Novak",
    }  # fmt: skip


def test_where_nothing_was_read_there_are_no_such_columns(run: Path) -> None:
    assert any("no shirt number was read" in line for line in people(run, *with_sheet(run)))
    assert list(listed(run)[1]) == ["id", "name", "track", "seconds"]


def test_a_sheet_that_is_none_is_one_line(run: Path) -> None:
    (run.parent / "sheet.csv").write_text("colour,size\nred,9\n")
    ended = command(["gallery", "people", str(run), *with_sheet(run)])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert not (run / "people").exists()
