"""One reader each: rows, tables and ini files as programs and spreadsheets of any country write."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gallery.create import read_boxes, read_names
from gallery.io.ini import IniError, read_section
from gallery.io.mot_rows import RowError, parse_rows
from gallery.io.tables import Dialect, dialect_of, table_rows
from gallery.io.text_files import NoTextError, ReadingWarning, decode
from tests.worlds.gallery import SHIRTS
from tests.worlds.report import Life, write_run
from tracker.corrections.statements import read_file
from tracker.detection.mot_file import read_mot_detections
from tracker.evaluation.identities import read_people
from tracker.evaluation.inputs import Result, read_seqinfo
from tracker.evaluation.readers import read_mot, read_result
from tracker.evaluation.text_files import TextSource
from tracker.output.table import TableError, TrackTable
from tracker.seqinfo import SeqInfo, SeqInfoError, parse_seqinfo

ROWS = "1,1,10.5,20,30,60,0.9,-1,-1,-1\n2,1,11.25,20,30,60,0.8,-1,-1,-1\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def dialects(text: str) -> dict[str, str]:
    comma = text.replace(".", "#").replace(",", ";").replace("#", ",")
    return {
        "commas": text, "semicolons": text.replace(",", ";"), "tabs": text.replace(",", "\t"),
        "blanks": text.replace(",", "   "), "comma and blank": text.replace(",", ", "),
        "decimal commas": comma, "decimal commas and tabs": comma.replace(";", "\t"),
        "decimal commas and blanks": comma.replace(";", " "), "old Mac": text.replace("\n", "\r"),
        "Windows": text.replace("\n", "\r\n"), "a remark": f"# frame,id,...\n{text}",
        "a last comma": text.replace("\n", ",\n"),
    }  # fmt: skip


@pytest.mark.parametrize("how", dialects(""))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_reader_of_rows_reads_every_dialect(tmp_path: Path, how: str, encoding: str) -> None:
    file = tmp_path / "rows.txt"
    file.write_bytes(dialects(ROWS)[how].encode(encoding))
    corners = [[10.5, 20, 40.5, 80], [11.25, 20, 41.25, 80]]
    assert read_mot_detections(file).boxes.tolist() == corners
    assert read_mot_detections(file).scores.tolist() == pytest.approx([0.9, 0.8])
    assert read_boxes(file).boxes.tolist() == corners
    assert read_mot(TextSource(file)).corners.tolist() == corners


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_is_read_in_every_coding_of_unicode(encoding: str) -> None:
    assert decode("1,-1,10 Zoë\n2,-1,11 Ann\n".encode(encoding)).lstrip("\ufeff") == (
        "1,-1,10 Zoë\n2,-1,11 Ann\n"
    )


def test_western_text_is_a_guess_and_said() -> None:
    with pytest.raises(NoTextError):
        decode("Müller".encode("cp1252"))
    with pytest.warns(ReadingWarning, match=r"a\.csv: is not UTF-8, read as Windows-1252"):
        assert decode("id;name\n1;Müller – Núñez\n".encode("cp1252"), "a.csv", western=True) == (
            "id;name\n1;Müller – Núñez\n"
        )
    for other in ("Łukasz".encode("cp1250"), b"\x89PNG\r\n\x1a\n\x00", "Анна".encode("koi8-r")[:1]):
        if other.isascii():
            continue
        with pytest.raises(NoTextError):
            decode(other + b"\xa3", "a.csv", western=True)


def test_rows_say_what_is_wrong_and_where() -> None:
    for text, line in (
        ("1,1,1,1,1,1\n1,1,x,1,1,1\n", 2),
        ("1;1;1;1\n", 1),
        ("\n\na b c d e f\n", 3),
    ):
        with pytest.raises(RowError) as caught:
            parse_rows(text)
        assert caught.value.line == line


def test_rows_quickly_and_slowly_are_the_same() -> None:
    rng = np.random.default_rng(0)
    rows = [",".join(f"{v:.6g}" for v in row) for row in rng.normal(0, 1e3, (300, 9))]
    quick = parse_rows("\n".join(rows))
    slow = parse_rows("\n".join([*rows, "1,1,1,1,1,1"]))
    assert np.array_equal(quick.values, slow.values[:-1])
    assert quick.values.tolist() == [[float(c) for c in row.split(",")] for row in rows]


# ------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("a,b\n1,2.5\n", Dialect()),
        ("a;b\n1;2.5\n", Dialect(";")),
        ("a;b\n1;2,5\n", Dialect(";", ",")),
        ("a\tb\n1\t-2,5\n", Dialect("\t", ",")),
        ('a,b\n1,"2,5"\n', Dialect(",", ",")),
        ('a,b\n1,"Smith, Jo"\n', Dialect()),
        ("sep=;\na;b\n1;2\n", Dialect(";", ".", 1)),
        ('"a, b";c\n1;2\n', Dialect(";")),
        ("a|b\n1|2\n", Dialect("|")),
    ],
)
def test_the_dialect_of_a_table_is_seen(text: str, dialect: Dialect) -> None:
    assert dialect_of(text) == dialect
    assert dialect_of("\ufeff" + text.replace("\n", "\r\n")) == dialect


def test_lines_of_a_table_are_those_of_the_file() -> None:
    rows = list(table_rows("sep=;\nID;Name\n\n3; Ann \n;;\n4;\n"))
    assert rows == [(2, {"id": "id", "name": "name"}) for _ in ()] + [
        (2, {"id": "ID", "name": "Name"}), (4, {"id": "3", "name": "Ann"}),
        (6, {"id": "4", "name": ""}),
    ]  # fmt: skip


LIVES = [
    Life(1, "Müller", [("visible", 6, 0.9), ("occluded", 2, 0.8), ("absent", 2, 0.5)]),
    Life(2, "'=x, y", [("visible", 9, 0.7)], x=100.5),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    write_run(out, LIVES, ["Müller", "'=x, y"], evidence=False)
    return out


def saved(table: Path, separator: str, decimal: str, encoding: str, **more: object) -> bytes:
    """As a spreadsheet saves it again."""
    cells = pd.read_csv(table, keep_default_na=False)
    text = cells.to_csv(index=False, sep=separator, decimal=decimal, lineterminator="\r\n", **more)
    return str(text).encode(encoding)


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [(";", ",", "utf-8-sig"), (";", ".", "utf-8"), ("\t", ",", "utf-16"), ("\t", ".", "utf-8"),
     (",", ",", "utf-8"), (";", ",", "cp1252"), ("|", ".", "utf-16-le"), (",", ".", "utf-16")],
)  # fmt: skip
def test_a_table_saved_again_by_a_spreadsheet_is_read(
    run: Path, tmp_path: Path, separator: str, decimal: str, encoding: str
) -> None:
    frame = TrackTable.read_csv(run / "tracks.csv").rows
    numbers = pd.read_csv(run / "tracks.csv", keep_default_na=True)
    text = numbers.to_csv(index=False, sep=separator, decimal=decimal, lineterminator="\r\n")
    file = tmp_path / "tracks.csv"
    file.write_bytes(str(text).encode(encoding) + (separator * 15 + "\r\n").encode(encoding)[0:0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReadingWarning)
        again = TrackTable.read_csv(file).rows
        result = read_result(Result(TextSource(file)))
    pd.testing.assert_frame_equal(again, frame, check_dtype=False)
    assert result.table is not None
    assert set(result.named.names) == {"Müller", "'=x, y"}


def test_blank_rows_and_a_stated_separator_do_no_harm(run: Path, tmp_path: Path) -> None:
    text = (run / "tracks.csv").read_text(encoding="utf-8").replace(",", ";").replace('"', "")
    text = text.replace("'=x; y", "Bea")  # a name with the separator would want quotes
    file = tmp_path / "tracks.csv"
    file.write_text("sep=;\n" + text + ";" * 15 + "\n", encoding="utf-8")
    assert len(TrackTable.read_csv(file)) == len(TrackTable.read_csv(run / "tracks.csv"))


def test_what_is_no_table_is_still_said(tmp_path: Path) -> None:
    for text in ("frame;x\n1;2\n", "\x00\x01", "frame,time_s\n"):
        (tmp_path / "tracks.csv").write_text(text)
        with pytest.raises(TableError, match=r"tracks\.csv: not a tracks\.csv"):
            TrackTable.read_csv(tmp_path / "tracks.csv")


@pytest.mark.parametrize(
    "text",
    ["id,name\n1,Ann\n2,Zoë\n", "id;name;team\n1;Ann;A\n2;Zoë;B\n", "ID\tName\n1\tAnn\n2\tZoë\n",
     "sep=,\nid,name\n1,Ann\n\n2,Zoë\n", "id,player\n1,Ann\n2,Zoë\n"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_names_are_read_in_every_dialect_by_all(tmp_path: Path, text: str, encoding: str) -> None:
    file = tmp_path / "names.csv"
    file.write_bytes(text.encode(encoding))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReadingWarning)
        names = read_names(file)
        people = read_people(TextSource(file))
    assert {i: n.name for i, n in names.items()} == {1: "Ann", 2: "Zoë"}
    assert people.by_id == names


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_corrections_are_read_in_every_dialect(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "fixes.csv"
    file.write_text("player,is,first,last\nAnn,Bea,3,9\n".replace(",", separator))
    (said,) = read_file(file, list(SHIRTS))
    assert (said.player, said.is_, said.first, said.last) == ("Ann", "Bea", 3, 9)


# --------------------------------------------------------------------------------- ini


@pytest.mark.parametrize(
    "text",
    [
        "[Sequence]\nname=s\nframeRate=25\nseqLength=40\n",
        "[sequence]\nNAME = s\nFRAMERATE = 25\nseqlength: 40\n",
        "name=s\nframeRate=25\nseqLength=40\n",
        "; made by hand\n[SEQUENCE]\nname=s\nframeRate=25 ; fps\nseqLength=40 # frames\n",
        "[Sequence]\nname=s\nframeRate=25.0 fps\nseqLength=40.0\n",
        "[Sequence]\nname=s\nframeRate=50/2\nseqLength=40\nseqLength=40\n",
        "[Sequence]\nname=s\nframeRate=25,0\nseqLength=40\nimWidth=\n",
        "[Sequence]\n\tname=s\n  frameRate=25\n\t\tseqLength=40\n",
        "\n[other]\nx=1\n[Sequence]\nname=s\nframeRate=25\nseqLength=40\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_seqinfo_is_read_by_all_as_people_write_it(
    tmp_path: Path, text: str, encoding: str
) -> None:
    from tracker.video.open import open_source

    (tmp_path / "det").mkdir()
    (tmp_path / "det" / "det.txt").write_text(ROWS)
    (tmp_path / "seqinfo.ini").write_bytes(text.encode(encoding))
    assert read_seqinfo(TextSource(tmp_path / "seqinfo.ini")) == SeqInfo("s", fps=25.0, length=40)
    source = open_source(str(tmp_path))
    assert (source.name, source.fps, source.frame_count) == ("s", 25.0, 40)


def test_seqinfo_may_be_short_or_have_odd_rates() -> None:
    assert parse_seqinfo("[Sequence]\n") == SeqInfo()
    assert parse_seqinfo("[Sequence]\nframeRate=30000/1001\n").fps == pytest.approx(
        29.97, abs=0.001
    )
    assert parse_seqinfo("[Sequence]\nname=a #1\nimDir=img ; here\n") == SeqInfo("a #1", "img")


@pytest.mark.parametrize(
    ("text", "said"),
    [("seqLength=many", "'many', which is no number"), ("seqLength=40.5", "no whole number"),
     ("frameRate=25/0", "no number"), ("seqLength=-3", "no number"), ("imDir=../x", "leads out")],
)  # fmt: skip
def test_seqinfo_names_the_value_that_is_wrong(text: str, said: str) -> None:
    with pytest.raises(SeqInfoError, match=said):
        parse_seqinfo(f"[Sequence]\n{text}\n")


def test_an_ini_without_entries_is_none() -> None:
    for text in ("hello\n", "[Other]\nx=1\n", "[Sequence\n"):
        with pytest.raises(IniError):
            read_section(text)
