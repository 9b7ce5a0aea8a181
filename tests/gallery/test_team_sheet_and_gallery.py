"""A gallery with a team sheet: who is who in both, and what the roster says then."""

from __future__ import annotations

from pathlib import Path

import pytest

from gallery.colors import parse_colors
from gallery.roster import Player, Roster, RosterError, encode_gallery, read_roster
from gallery.shirt_numbers import number_faults
from gallery.team_sheet.merge import read_players, with_sheet
from tests.worlds.bad_inputs import command
from tests.worlds.gallery import draw_plain_gallery
from tracker.identity.roster_rules import RosterRules
from tracker.settings import RosterSettings
from tracker.types import DOUBLE_ZERO, NO_NUMBER

SHEET = Path("sheet.csv")


def pictured(*names: str, number: str | None = None) -> Roster:
    files = (Path("a.png"),)
    return Roster(tuple(Player(name, files, number) for name in names), (("_ref", files),))


def listed(**numbers: str) -> Roster:
    return Roster(tuple(Player(name.replace("_", " "), (), n) for name, n in numbers.items()))


def test_names_are_joined_whatever_accents_case_and_order(tmp_path: Path) -> None:
    roster = with_sheet(pictured("NOVÁK Ada", "Bea"), listed(Ada_Novak="7", Cid="9"), SHEET)
    found = {player.name: (player.number, bool(player.pictures)) for player in roster.players}
    assert found == {"Bea": (None, True), "Cid": ("9", False), "NOVÁK Ada": ("7", True)}
    assert roster.negatives_named == ["_ref"]


def test_of_two_who_are_spelt_nearly_alike_nobody_gets_the_number_of_the_other() -> None:
    both, one = listed(Änn="7", Ann="8"), listed(Ann="7")
    for pictures, sheet, meant in (
        (("Ann",), both, {"Ann": "8", "Änn": "7"}),
        (("Ann", "Änn"), one, {"Ann": "7", "Änn": None}),
        (("ÁNN",), both, {"ÁNN": None, "Ann": "8", "Änn": "7"}),
    ):
        roster = with_sheet(pictured(*pictures), sheet, SHEET)
        assert {player.name: player.number for player in roster.players} == meant


def test_what_only_one_of_them_has_is_told() -> None:
    roster = with_sheet(pictured("Ada Novac", "Bea"), listed(Ada_Novak="7", Bea="9"), SHEET)
    told = "\n".join(roster.warnings)
    assert "1 players of sheet.csv have no pictures: Ada Novak" in told
    assert "in the gallery and not in sheet.csv: Ada Novac" in told
    assert "'Ada Novak' of sheet.csv and 'Ada Novac' of the gallery: write one name alike" in told


def test_the_sheet_is_believed_where_both_say_something() -> None:
    roster = with_sheet(pictured("Ada", number="8"), listed(Ada="7"), SHEET)
    assert roster.players[0].number == "7"
    assert "Ada: number 7 by sheet.csv, 8 by the gallery; the sheet holds" in roster.warnings


def test_of_neither_there_is_no_roster() -> None:
    assert read_players(None, None) is None


def test_a_sheet_changes_the_fingerprint(tmp_path: Path) -> None:
    gallery = draw_plain_gallery(tmp_path / "gallery")
    prints = {read_roster(gallery).fingerprint()}
    for number, text in enumerate(("7,Ann,", "8,Ann,", "7,Ann,red", "7,Ann,\n8,Cid,")):
        sheet = tmp_path / f"{number}.csv"
        sheet.write_text(f"No,Name,Color\n{text}\n")
        roster = read_players(gallery, sheet)
        assert roster is not None
        prints.add(roster.fingerprint())
    assert len(prints) == 5


def test_only_who_has_pictures_is_encoded(tmp_path: Path) -> None:
    class Encoder:
        def encode(self, crops: list) -> object:
            import numpy as np

            return np.ones((len(crops), 2), np.float32)

    sheet = tmp_path / "sheet.csv"
    sheet.write_text("No,Name\n7,Abe\n8,Bea\n")
    roster = read_players(draw_plain_gallery(tmp_path / "gallery"), sheet)
    assert roster is not None
    assert [player.name for player in roster.players] == ["Abe", "Ann", "Bea"]
    _, labels, _ = encode_gallery(roster, Encoder())
    assert set(labels.tolist()) == {1, 2}
    assert not Roster((Player("Abe", ()),)).has_pictures


# ------------------------------------------------------------------ numbers and colours


@pytest.mark.parametrize(
    ("wearers", "fault"),
    [
        ([("Ada", "red", "7"), ("Bea", "red", "07")], "Ada and Bea both have number 7 in team red"),
        ([("Ada", None, "7"), ("Bea", None, "7")], "both have number 7 and no team"),
        ([("Ada", "red", "123")], "Ada: number '123' is on no shirt"),
        ([("Ada", "red", "7"), ("Bea", "red", "#7")], "both have number 7 in team red"),
        ([("Ada", "red", "7/17")], "Ada: number '7/17' is on no shirt (0 to 99) and not used"),
        ([("Ada", "red", "7"), ("Bea", "blue", "7")], ""),
        ([("Ada", "red", "0"), ("Bea", "red", "00")], ""),
        ([("Ada", "red", None), ("Bea", "red", None)], ""),
        ([("Ada", "red", "A"), ("Bea", "red", "A")], ""),
    ],
)
def test_numbers_that_cannot_be_are_told(wearers: list, fault: str) -> None:
    assert fault in "".join(number_faults(wearers))
    assert bool(number_faults(wearers)) == bool(fault)


def test_roster_yaml_is_checked_too(tmp_path: Path) -> None:
    gallery = draw_plain_gallery(tmp_path)
    (gallery / "roster.yaml").write_text(
        "Ann: {number: 7, team: red}\nBea: {number: 7, team: red}\n"
    )
    assert "Ann and Bea both have number 7 in team red" in read_roster(gallery).warnings


def test_00_is_another_number_than_0_and_7_is_written_in_many_ways() -> None:
    written = ["0", "00", "07", "#7", "7.0", "No. 7", "\uff17", "A", "7/17", "107", None]
    none = [None] * len(written)
    rules = RosterRules.of(none, none, written, [(None, None)] * len(written), RosterSettings())
    assert rules is not None
    assert rules.number.tolist() == [0, DOUBLE_ZERO, *[7] * 5, *[NO_NUMBER] * 4]


@pytest.mark.parametrize(
    ("text", "colors"),
    [
        ("red", ("#ff0000",)), ("Rot/Weiß", ("#ff0000", "#ffffff")), ("#1F3A93", ("#1f3a93",)),
        ("#fff", ("#ffffff",)), ("dark blue", ("#00008b",)),
        ("noir et blanc", ("#000000", "#ffffff")),
        ("Azul & Verde", ("#0000ff", "#008000")), ("light-green", ("#90ee90",)), ("", ()),
    ],
)  # fmt: skip
def test_colours_of_many_countries(text: str, colors: tuple[str, ...]) -> None:
    assert parse_colors(text) == colors


@pytest.mark.parametrize("text", ["redd", "#12", "red/white/blue", "7"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"colour"):
        parse_colors(text)


def test_colours_in_roster_yaml(tmp_path: Path) -> None:
    gallery = draw_plain_gallery(tmp_path)
    (gallery / "roster.yaml").write_text("Ann: {color: red}\nBea:\n  color: [blue, '#fff']\n")
    assert [player.color for player in read_roster(gallery).players] == [
        ("#ff0000",), ("#0000ff", "#ffffff"),
    ]  # fmt: skip
    (gallery / "roster.yaml").write_text("Ann:\n  number: 7\n  color: rad\n")
    with pytest.raises(RosterError, match=r"line 3: Ann: color 'rad' .* did you mean 'red'"):
        read_roster(gallery)


# ------------------------------------------------------------------ gallery check


def test_a_sheet_is_checked_as_it_is_read(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("No,Name,Team,Born\n7,Ada,red,1999\n7,Bea,blue,2001\n,Cid,red,\n")
    ended = command(["gallery", "check", str(sheet)])
    assert ended.code == 0, ended.lines
    assert "columns that are not read: Born" in ended.out
    assert "without a number, so that nothing names them: Cid" in ended.out
    assert "worn in two teams, so that the color of the shirt must tell whose it is: 7" in ended.out
    page = command(["gallery", "check", str(sheet), "-o", str(tmp_path / "page.html")])
    assert (page.code, len(page.lines)) == (2, 1)


def test_a_sheet_that_is_not_there_is_no_gallery(tmp_path: Path) -> None:
    ended = command(["gallery", "check", str(tmp_path / "sheet.xlsx")])
    assert ended.code == 2
    assert "team sheet" in ended.lines[0]
    assert "check the path" in ended.lines[0]


def test_a_referee_wears_no_number_of_a_team(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("No,Name,Team,Role\n7,Ada,red,\n7,Ref,,referee\n")
    assert "worn in two teams" not in command(["gallery", "check", str(sheet)]).out
