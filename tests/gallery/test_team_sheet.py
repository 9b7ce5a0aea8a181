"""A team sheet as clubs have it: what is read from it, and what is said when it is wrong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from gallery.io.text_files import ReadingWarning
from gallery.roster import Player
from gallery.roster_file import RosterError
from gallery.team_sheet.reader import read_team_sheet


def players(path: Path, content: str | bytes, coding: str = "utf-8") -> dict[str, Player]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(coding))
    return {player.name: player for player in read_team_sheet(path).players}


def refused(path: Path, content: str | bytes) -> str:
    with pytest.raises(RosterError) as caught:
        players(path, content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def numbers(found: dict[str, Player]) -> dict[str, tuple[str | None, str | None]]:
    return {name: (player.team, player.number) for name, player in found.items()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sheet.csv"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "sheet.xlsx"


def workbook(*pages: tuple[str, list[list[object]]], merged: tuple[str, ...] = ()) -> bytes:
    """Of worksheets by their titles; merged: ranges of the first."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in pages:
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    for place in merged:
        made.worksheets[0].merge_cells(place)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


# ------------------------------------------------------------------ what is read


def test_a_plain_sheet(file: Path) -> None:
    found = players(
        file,
        "name,number,team,role,color\n"
        "Ada Novak,10,red,,red/white\n"
        "Bea Lindt,1,red,goalkeeper,#0F0\n"
        "Cleo Marsh,,,referee,\n",
    )
    assert found["Ada Novak"] == Player(
        "Ada Novak", (), "10", "red", None, color=("#ff0000", "#ffffff")
    )
    assert found["Bea Lindt"] == Player(
        "Bea Lindt", (), "1", "red", "goalkeeper", color=("#00ff00",)
    )
    assert found["Cleo Marsh"] == Player("Cleo Marsh", (), None, None, "referee")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_dialect(file: Path, separator: str, coding: str) -> None:
    rows = ["Red Stars", "", "No.|Player|Pos.", "7|Zoë Novák|GK", '9|"Lindt, Bea (C)"|MF']
    found = players(file, "\n".join(row.replace("|", separator) for row in rows), coding)
    assert numbers(found) == {"Zoë Novák": ("Red Stars", "7"), "Bea Lindt": ("Red Stars", "9")}
    assert [found[name].role for name in found] == ["MF", "goalkeeper"]


def test_latin_letters_are_a_guess_that_is_said(file: Path) -> None:
    with pytest.warns(ReadingWarning, match="Windows-1252"):
        found = players(file, "Nr;Spieler\n7;Jürgen\n", "cp1252")
    assert list(found) == ["Jürgen"]


@pytest.mark.parametrize(
    "heading",
    [
        "No.;Player;Team", "#;Name;Club", "Shirt No;Full name;Squad", "Nr.;Spieler;Mannschaft",
        "Rückennummer;Name;Verein", "N°;Joueur;Équipe", "Dorsal;Jugador;Equipo",
        "Numero;Giocatore;Squadra", "№;NAME;TEAM", "Número;Nombre;Equipo",
        "No / Nr;Player / Spieler;Team (home or away)",
    ],
)  # fmt: skip
def test_headings_of_many_countries(file: Path, heading: str) -> None:
    assert numbers(players(file, f"{heading}\n7;Ada Novak;Red\n")) == {"Ada Novak": ("Red", "7")}


@pytest.mark.parametrize(
    "heading",
    ["Surname;First name;No", "Name;Vorname;Nr", "Nom;Prénom;N°", "Apellidos;Nombre;Dorsal",
     "Cognome;Nome;Maglia", "Last Name;Name;#"],
)  # fmt: skip
def test_names_in_two_columns(file: Path, heading: str) -> None:
    assert numbers(players(file, f"{heading}\nNovak;Ada;7\n")) == {"Ada Novak": (None, "7")}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("7", "7"), ("07", "7"), ("#7", "7"), ("No. 7", "7"), ("7.0", "7"), ("7,0", "7"), ("7.", "7"),
     ("\uff17", "7"),
     ("\u0661\u0660", "10"), ("0", "0"), ("00", "00"),
     ("99", "99"), ("-", None), ("", None)],
)  # fmt: skip
def test_numbers_as_they_are_written(file: Path, written: str, meant: str | None) -> None:
    assert players(file, f"No;Name\n{written};Ada\n")["Ada"].number == meant


def test_a_number_in_front_of_the_name(file: Path) -> None:
    found = players(file, "Player,Position\n7. Ada Novak,GK\n12 Bea Lindt,MF\n")
    assert {name: player.number for name, player in found.items()} == {
        "Ada Novak": "7", "Bea Lindt": "12",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "meant", "role"),
    [("Ada Novak (C)", "Ada Novak", None), ("Ada Novak (GK)", "Ada Novak", "goalkeeper"),
     ("Ada Novak*", "Ada Novak", None), ('"Novak, Ada"', "Ada Novak", None),
     ('"Ada Novak, Jr."', "Ada Novak, Jr.", None)],
)  # fmt: skip
def test_names_with_something_behind_them(file: Path, name: str, meant: str, role: str) -> None:
    (found,) = players(file, f"No,Name\n7,{name}\n").values()
    assert (found.name, found.role) == (meant, role)


def test_teams_side_by_side(file: Path) -> None:
    found = players(
        file,
        "Cup final;;;;;;\nRed;;;;Blue;;\nNr.;Spieler;Pos;;Nr.;Spieler;Pos\n"
        "1;Ada;TW;;1;Cid;TW\n7;Bea;;;9;Dora;\n;Ersatzbank;;;;Ersatzbank;\n12;Eve;TW;;;;\n"
        ";Trainer;;;;;\n;Fay;;;;;\n",
    )
    assert numbers(found) == {
        "Ada": ("Red", "1"), "Bea": ("Red", "7"), "Eve": ("Red", "12"), "Cid": ("Blue", "1"),
        "Dora": ("Blue", "9"),
    }  # fmt: skip
    assert found["Cid"].role == "goalkeeper"


def test_teams_one_below_the_other(file: Path) -> None:
    found = players(file, "Red,\nName,No\nAda,1\nBea,7\n\nBlue,\nName,No\nCid,1\nDora,7\n")
    assert numbers(found) == {
        "Ada": ("Red", "1"), "Bea": ("Red", "7"), "Cid": ("Blue", "1"), "Dora": ("Blue", "7"),
    }  # fmt: skip


def test_teams_as_lines_of_one_list(book: Path) -> None:
    rows: list[list[object]] = [
        ["No", "Name"],
        ["Red", None],
        [7, "Ada"],
        ["Blue", None],
        [7, "Bea"],
    ]
    found = players(book, workbook(("Page", rows), merged=("A2:B2", "A4:B4")))
    assert numbers(found) == {"Ada": ("Red", "7"), "Bea": ("Blue", "7")}


def test_a_merged_line_of_a_list_whose_names_come_first(book: Path) -> None:
    rows: list[list[object]] = [["Name", "No"], ["Red"], ["Ada", 7], ["Blue"], ["Bea", 7]]
    found = players(book, workbook(("Page", rows), merged=("A2:B2", "A4:B4")))
    assert numbers(found) == {"Ada": ("Red", "7"), "Bea": ("Blue", "7")}


def test_merged_cells_are_filled(book: Path, file: Path) -> None:
    rows: list[list[object]] = [["Team", "No", "Name"], ["Red", 7, "Ada"], [None, 9, "Bea"]]
    both = {"Ada": ("Red", "7"), "Bea": ("Red", "9")}
    assert numbers(players(book, workbook(("Page", rows), merged=("A2:A3",)))) == both
    assert numbers(players(file, "Team,No,Name\nRed,7,Ada\n,9,Bea\n")) == both


ADA, BEA = {"Ada Novak": ("Red", "7")}, {"Bea Li": ("Red", "8")}


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        (
            [["No", "Player", None, "Team"], [7, "Ada", "Novak", "Red"],
             [8, "Bea Li", None, "Red"]],
            ["B1:C1", "B3:C3"],
        ),
        ([["No", None, "Name", "Team"], [7, None, "Ada Novak", "Red"], [None, 8, "Bea Li", "Red"]],
         ["A1:B1"]),
        (
            [["No", "Player", None, "Team"], [None, "First", "Last", None],
             [7, "Ada", "Novak", "Red"], [8, "Bea", "Li", "Red"]],
            ["A1:A2", "B1:C1", "D1:D2"],
        ),
        (
            [["No", "Name", "Team"], [7, "Ada Novak", "Red"], [None] * 3, [8, "Bea Li", "Red"],
             [None] * 3, ["Players", None, None]],
            ["A2:A3", "B2:B3", "C2:C3", "A4:A5", "B4:B5", "C4:C5", "A6:C6"],
        ),
    ],
    ids=["name of two columns", "number of two columns", "headings in two rows", "rows of two"],
)  # fmt: skip
def test_what_is_merged_is_one(book: Path, rows: list[list[object]], merged: list[str]) -> None:
    assert numbers(players(book, workbook(("Sheet", rows), merged=tuple(merged)))) == ADA | BEA


def test_a_page_for_each_team(book: Path) -> None:
    pages = [
        (team, [["No", "Name"], [7, name]]) for team, name in (("Red", "Ada"), ("Blue", "Bea"))
    ]
    found = players(book, workbook(*pages, ("Notes", [["nothing here"]])))
    assert numbers(found) == {"Ada": ("Red", "7"), "Bea": ("Blue", "7")}


def test_a_title_over_both_teams_is_no_team(book: Path) -> None:
    rows: list[list[object]] = [["Red v Blue"], ["No", "Name", "No", "Name"], [7, "Ada", 8, "Bea"]]
    found = players(book, workbook(("Page", rows), merged=("A1:D1",)))
    assert numbers(found) == {"Ada": (None, "7"), "Bea": (None, "8")}


def test_the_format_of_a_cell_tells_00_from_0(book: Path) -> None:
    made = openpyxl.Workbook()
    page = made.active
    assert isinstance(page, Worksheet)
    for row in (["No", "Name"], [0, "Ada"], [0, "Bea"], [7.0, "Cid"]):
        page.append(row)
    page["A3"].number_format = "00"
    found = players(book, saved(made))
    assert [found[name].number for name in ("Ada", "Bea", "Cid")] == ["0", "00", "7"]


def test_clubs_are_teams_only_where_there_are_few(file: Path) -> None:
    national = "No,Name,Club\n1,Ada,Ajax\n2,Bea,Benfica\n3,Cid,Celtic\n4,Dora,Derby\n"
    assert {player.team for player in players(file, national).values()} == {None}
    match = "No,Name,Club\n1,Ada,Ajax\n1,Bea,Benfica\n"
    assert {player.team for player in players(file, match).values()} == {"Ajax", "Benfica"}


def test_g_is_the_goalkeeper_of_hockey_and_the_guard_of_basketball(file: Path) -> None:
    assert players(file, "No,Name,Pos\n1,Ada,G\n2,Bea,D\n")["Ada"].role == "goalkeeper"
    assert players(file, "No,Name,Pos\n1,Ada,G\n2,Bea,F\n")["Ada"].role == "G"


def test_one_name_in_two_teams(file: Path) -> None:
    found = players(file, "No,Name,Team\n7,Ada,Red\n9,Ada,Blue\n")
    assert numbers(found) == {"Red Ada": ("Red", "7"), "Blue Ada": ("Blue", "9")}


def test_of_two_columns_of_numbers_the_first_counts_the_rows_and_it_is_told(file: Path) -> None:
    found = players(file, "#,Name,No\n1,Ada,7\n2,Bea,9\n")
    assert numbers(found) == {"Ada": (None, "7"), "Bea": (None, "9")}
    assert read_team_sheet(file).warnings == (f"{file}: columns that are not read: #",)


def test_what_is_not_read_is_told(file: Path) -> None:
    file.write_text("No,Name,Height,Role\n0,Ada,180,\n00,Bea,170,\n,Cid,,coach\n")
    notes = " ".join(read_team_sheet(file).warnings)
    assert "columns that are not read: Height" in notes
    assert "0 (Ada) and 00 (Bea) are taken for two numbers" in notes
    assert "do not play: Cid" in notes


@pytest.mark.parametrize(("team", "told"), [("Wolverine", 1), ("Wolves B", 0), ("Sharks", 0)])
def test_a_team_of_one_that_is_nearly_another_is_asked_about(
    file: Path, team: str, told: int
) -> None:
    rows = "".join(f"{n},Ada {n},Wolverines\n" for n in range(5))
    file.write_text(f"No,Name,Team\n{rows}7,Bea,{team}\n")
    lines = read_team_sheet(file).warnings
    assert len(lines) == told
    assert all("row 7: Bea is the only one of team" in line for line in lines)
    assert all("is Wolverines meant?" in line for line in lines)


def test_a_color_is_merged_downwards_but_not_onto_goalkeepers(file: Path) -> None:
    found = players(file, "Name,Color,Role\nAda,blau,\nBea,,\nCid,,GK\nDora,,referee\n")
    colors = [found[name].color for name in ("Ada", "Bea", "Cid", "Dora")]
    assert colors == [("#0000ff",), ("#0000ff",), (), ()]


# ------------------------------------------------------------------ what is wrong


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; write name, number, team above the columns"),
        ("\n ;;\n", "is empty"),
        ("<!doctype html>\n<table>", "a web page; save it as .xlsx or .csv"),
        ('No,Name\n7,Ada\n9,"Bea\n8,Cid\n', 'row 3: a " without an end; delete it'),
        ("No,Name\n7.5,Ada\n", "'7.5' is no number of a shirt (Ada)"),
        ("No,Name\n7," + "Ada" * 200 + "\n", "AdaAdaA': a name has 300 characters at most"),
        ("7,Ada\n9,Bea\n", "no column of names; write name, number, team"),
        ("No,Nme\n7,Ada\n", "row 1: no column of names; did you mean 'name' by 'Nme'?"),
        ("Nmber,Name\n7,Ada\n", "row 1: heading 'Nmber' is not known; did you mean 'number'?"),
        ("No,Name\n", "lists nobody"),
        ("No,Name\n7,Ada\n7,Bea\n", "row 2 and row 3: Ada and Bea have number 7 and no team"),
        ("No,Name,Team\n7,Ada,red\n07,Bea,red\n", "Ada and Bea both have number 7 in team red"),
        ("No,Name\n7,Ada\n8,ada\n", "row 2 and row 3: ada stands twice"),
        ("No,Name\n100,Ada\n", "row 2: Ada has number 100; shirts have 0 to 99"),
        ("No,Name\nx,Ada\n", "row 2: 'x' is no number of a shirt (Ada)"),
        ("No,Name\n-7,Ada\n", "'-7' is no number"),
        ("No,Name\n7,\n", "row 2: number 7 is on nobody"),
        ("No,Name,Role\n7,Ada,\n,,GK\n", "row 3: a row without a name"),
        ("No,Name,Color\n7,Ada,gren\n", "row 2: 'gren' is no colour that is known; did you mean"),
        ("No,Name,Color\n7,Ada,red/blue/white\n", "has 3 colours"),
        ("Name,Role\nAda,coach\n", "lists nobody who plays"),
        (b"%PDF-1.4", "a PDF; save it as .xlsx or .csv"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel file"),
        (b"PK\x03\x04rest", "cannot be read as an Excel workbook"),
        (b"\x00\xff\x00", "save it as .xlsx or .csv"),
        ("No,Name\n" + "7,Ada\n" * 2001, "more than 2000"),
    ],
)
def test_a_mistake_is_one_clear_line(file: Path, content: str | bytes, message: str) -> None:
    line = refused(file, content)
    assert message in line
    assert str(file) in line


def test_a_row_is_named_by_its_page(book: Path) -> None:
    pages = [("Home", [["No", "Name"], [7, "Ada"]]), ("Away", [["No", "Name"], [8, None]])]
    assert f"{book}, Away, row 2: number 8 is on nobody" in refused(book, workbook(*pages))


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "none.csv", "check the path")):
        with pytest.raises(RosterError, match=message):
            read_team_sheet(path)


def test_a_text_that_is_called_a_workbook_is_read_if_it_can_be(book: Path) -> None:
    assert players(book, "No,Name\n7,Ada\n")["Ada"].number == "7"
    assert "no Excel workbook, though its name says so" in refused(book, "see the attachment\n")


def test_a_quotation_mark_inside_a_cell_is_one(file: Path) -> None:
    found = players(file, 'No,Name,Height\n7,"Bo" Novak,6\'1"\n8,Ada,"5\'9"""\n9,"Bea\nLi",\n')
    assert list(found) == ["Ada", "Bea Li", "Bo Novak"]


def test_a_workbook_that_unpacks_to_anything_is_refused(book: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 100_000_001)
    assert "unpacks to" in refused(book, content.getvalue())
