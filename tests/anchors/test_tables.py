"""Tables of anchors: every way to write one, and what cannot be."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.io.spelling import fault_of, plain
from tests.worlds.anchors import VIDEO, WANTED, csv_text, in_words, read
from tests.worlds.hostile import TRACKS
from tracker.anchors.columns import TableFile
from tracker.anchors.file import AnchorFile, AnchorVideo
from tracker.anchors.readers import read_anchors
from tracker.anchors.rows import AnchorError
from tracker.limits import MAX_NAMES
from tracker.text import guarded

HEADER = "frame,player,x1,y1,x2,y2,confidence\n"
ANYWHERE = AnchorVideo("v", 0, 0, 25.0, None)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("x1,y1,x2,y2", "10,20,50,90"), ("xmin,ymin,xmax,ymax", "10,20,50,90"),
        ("x_min,y_min,x_max,y_max", "10,20,50,90"), ("left,top,right,bottom", "10,20,50,90"),
        ("XTL,YTL,XBR,YBR", "10,20,50,90"), ("x,y,w,h", "10,20,40,70"),
        ("x,y,width,height", "10,20,40,70"), ("left,top,width,height", "10,20,40,70"),
        ("bb_left,bb_top,bb_width,bb_height", "10,20,40,70"), ("left,top,w,h", "10,20,40,70"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("frame", "player"), [("frame", "player"), ("Frame_ID", "Name")])
def test_a_box_in_every_spelling(
    header: str, row: str, frame: str, player: str, tmp_path: Path
) -> None:
    rows = read(tmp_path, "a.csv", f"note,{header},{player},{frame}\nx,{row},Ada,3\n")
    assert in_words(rows) == [(3, "Ada", [10, 20, 50, 90])]
    assert np.isnan(rows.confidence).all()


def test_a_point_alone_and_boxes_among_points(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", "frame,player,x,y\n3,Ada,10,20\n")
    assert rows.points.tolist() == [[10, 20]]
    assert np.isnan(rows.boxes).all()
    both = "frame,player,x,y,w,h\n3,Ada,10,20,,\n4,Ada,10,20,40,70\n"
    rows = read(tmp_path, "b.csv", both)
    assert rows.points[0].tolist() == [10, 20]
    assert rows.boxes[1].tolist() == [10, 20, 50, 90]
    assert np.isnan(rows.points[1]).all()
    both = "frame,player,x,y,x1,y1,x2,y2\n3,Ada,10,20,,,,\n4,Ada,,,10,20,50,90\n"
    assert np.isnan(read(tmp_path, "c.csv", both).boxes[:, 0]).tolist() == [True, False]


@pytest.mark.parametrize("cell", ["65.5", "1:05.5", "0:01:05.5", "00:01:05.50"])
def test_a_time_for_a_frame(cell: str, tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", f"time_s,player,x,y\n{cell},Ada,1,2\n", ANYWHERE)
    assert rows.frames.tolist() == [0]
    assert rows.times_s.tolist() == [65.5]


def test_a_frame_counts_before_a_time_and_the_order_is_that_of_frames(tmp_path: Path) -> None:
    text = "time_s,frame,player,x,y\n3.0,,Bea,1,2\nwhenever,2,Ada,1,2\n0.4,,Cat,1,2\n"
    rows = read(tmp_path, "a.csv", text)
    assert rows.frames.tolist() == [2, 0, 0]
    assert rows.times_s[1:].tolist() == [0.4, 3.0]
    assert [rows.names[n] for n in rows.players] == ["Ada", "Cat", "Bea"]


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ","), ("|", ".")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_every_dialect_is_read(
    separator: str, decimal: str, encoding: str, end: str, tmp_path: Path
) -> None:
    text = csv_text(separator, decimal).replace("\n", end)
    assert in_words(read(tmp_path, "a.csv", text.encode(encoding))) == WANTED


def test_what_spreadsheets_add_does_no_harm(tmp_path: Path) -> None:
    text = "sep=;\n" + csv_text(";", ",").replace("\n", ";;\n") + ";" * 8 + "\n"
    assert in_words(read(tmp_path, "a.csv", text)) == WANTED
    short = csv_text() + "3,Cat,1,2,3,4\n"
    assert len(read(tmp_path, "b.csv", short)) == 7
    western = "frame;player;x;y\n1;Núñez;1,5;2\n".encode("cp1252")
    with pytest.warns(match="read as Windows-1252"):
        assert read(tmp_path, "c.csv", western).names == ("Núñez",)


def test_a_blank_before_a_quote_quotes(tmp_path: Path) -> None:
    text = HEADER + '1, "Ann", 1, 2, 3, 4, 1\n1, "Smith, Jo", 1, 2, 3, 4, 1\n'
    assert read(tmp_path, "a.csv", text).names == ("Ann", "Smith, Jo")
    assert read(
        tmp_path, "b.csv", text.splitlines(keepends=True)[0] + '1, "Ann",1,2,3,4,1\n'
    ).names == ("Ann",)


def test_a_formulas_guard_is_taken_off_a_name(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", f"{HEADER}1,{guarded('=Ann')},1,2,3,4,1\n").names == ("=Ann",)


def test_tracks_csv_gives_seen_rows_with_a_name(tmp_path: Path) -> None:
    told = TRACKS.splitlines()[1].replace("1,0.0000,1", "3,0.0800,1").replace("anchor", "told")
    rows = read(tmp_path, "tracks.csv", f"{TRACKS}{told}\n")
    assert in_words(rows) == [(1, "Ann", [10, 20, 40, 60]), (3, "Ann", [10, 20, 40, 60])]
    assert rows.confidence.tolist() == [0.9, 0.9]
    assert rows.human.tolist() == [False, True]
    assert rows.source == "tracks"


@pytest.mark.parametrize("column", ["source", "evidence", "SOURCE"])
def test_a_persons_word_is_known(column: str, tmp_path: Path) -> None:
    text = f"frame,player,x,y,{column}\n1,Ada,1,2,model\n2,Ada,1,2,Human\n3,Ada,1,2,told\n"
    assert read(tmp_path, "a.csv", text).human.tolist() == [False, True, True]


# --------------------------------------------------------------------------- confidences


@pytest.mark.parametrize("column", ["confidence", "score", "probability", "conf"])
def test_confidences_in_percent_are_divided_and_it_is_written_once(
    column: str, tmp_path: Path
) -> None:
    text = f"frame,player,x,y,{column}\n1,A,1,2,95\n2,A,1,2,0.5\n3,A,1,2,88\n4,A,1,2,\n"
    rows = read(tmp_path, "a.csv", text)
    assert rows.confidence[:3].tolist() == pytest.approx([0.95, 0.005, 0.88])
    assert math.isnan(rows.confidence[3])
    assert rows.warnings == (
        "a: its confidences are taken for percent and divided by 100 (up to 95)",
    )
    mixed = f"frame,player,x,y,{column}\n1,A,1,2,95\n2,A,1,2,0.5\n3,A,1,2,0.8\n"
    rows = read(tmp_path, "b.csv", mixed)
    assert rows.confidence.tolist() == [0.95, 0.5, 0.8]
    assert "1 of its confidences" in rows.warnings[0]


def test_a_sign_of_percent_and_a_rounded_one_are_understood(tmp_path: Path) -> None:
    text = "frame,player,x,y,score\n1,A,1,2,95%\n2,A,1,2,80 %\n"
    assert read(tmp_path, "a.csv", text).confidence.tolist() == [0.95, 0.8]
    text = "frame,player,x,y,score\n1,A,1,2,1.0000001\n2,A,1,2,0.9\n"
    rows = read(tmp_path, "b.csv", text)
    assert rows.confidence.tolist() == [1.0, 0.9]
    assert rows.warnings == ()


# ------------------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("0,Ada,1,2,3,4,1", "frames are whole numbers from 1; add 1"),
        ("1.5,Ada,1,2,3,4,1", "frames are whole numbers from 1; if these are seconds"),
        ("99999999,Ada,1,2,3,4,1", "no sequence has more than"),
        ("nan,Ada,1,2,3,4,1", "NaN or infinite"), ("1,Ada,1,2,3,inf,1", "NaN or infinite"),
        ("1,Ada,1,2,3,4,nan", "NaN or infinite"), (",Ada,1,2,3,4,1", "neither a frame nor a time"),
        ("1,Ada,1,2,3,,1", "a box lacks a number"), ("1,Ada,,,,,1", "neither a box nor a point"),
        ("1,Ada,1,2,3e7,4,1", "nothing lies beyond 1000000 pixels"),
        ("1,Ada,3,2,1,4,1", "width and height of a box must be above 0"),
        ("1,Ada,1,2,3,4,-0.1", "a confidence is from 0 to 1, or percent"),
        ("1,Ada,1,2,3,4,101", "a confidence is from 0 to 1, or percent"),
        ("1,Ada,1,2,x,4,1", "'x' is no number"), ("1,Ada,1_0,2,30,4,1", "'1_0' is no number"),
        ("1,A\x07da,1,2,3,4,1", "one line of text without control characters"),
        ("1,A\u202eda,1,2,3,4,1", "one line of text without control characters"),
        (f"1,{'A' * 400},1,2,3,4,1", "a name has 300 characters at most"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_with_its_line(row: str, fault: str, tmp_path: Path) -> None:
    text = f"{HEADER}\n5,Bea,1,2,3,4,1\n,,,,,,\n{row}\n"
    with pytest.raises(AnchorError) as caught:
        read(tmp_path, "a.csv", text, ANYWHERE)
    assert str(caught.value).startswith(f"{tmp_path / 'a.csv'}, line 5: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("frame,x1,y1,x2,y2", "no player"), ("player,x1,y1,x2,y2", "no frame or time"),
        ("frame,player,x1,y1", "no box or point"),
        ("id,cat", "no player, no frame or time, no box"),
    ],
)  # fmt: skip
def test_a_header_without_what_is_needed_is_refused(
    header: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(AnchorError, match="its header has") as caught:
        read(tmp_path, "a.csv", f"{header}\n1,2,3,4,5\n")
    assert fault in str(caught.value)


def test_a_header_alone_and_rows_without_players_name_nobody(tmp_path: Path) -> None:
    for text, why in ((HEADER, ""), (f"{HEADER}1,,1,2,3,4,1\n", " (1 row names no player")):
        with pytest.raises(AnchorError) as caught:
            read(tmp_path, "a.csv", text)
        assert f"no row in it names a player{why}" in str(caught.value)


def test_rows_without_players_among_others_are_counted(tmp_path: Path) -> None:
    text = f"{HEADER}1,,1,2,3,4,1\n1,_ref,1,2,3,4,1\n1,Ada,1,2,3,4,1\n0,,1,2,3,4,1\n"
    rows = read(tmp_path, "a.csv", text)
    assert len(rows) == 1
    assert rows.warnings == (
        "a: 2 rows name no player; left out",
        "a: 1 row names somebody who is no player (a name that begins with _); left out",
    )


def test_of_two_rows_of_a_player_in_a_frame_the_surest_is_kept(tmp_path: Path) -> None:
    text = (
        "frame,player,x,y,score,source\n1,Ada,1,1,.5,\n1,Ada,2,2,.7,\n1,Ada,3,3,.7,\n"
        "1,Bea,4,4,.1,\n2,Ada,5,5,.2,human\n2,Ada,6,6,.9,\n3,Ada,7,7,,\n3,Ada,8,8,0,\n"
    )
    rows = read(tmp_path, "a.csv", text)
    assert rows.points[:, 0].tolist() == [2, 4, 5, 8]
    assert rows.warnings == (
        "a: 4 rows name a player who stands twice in a frame, Ada for one; "
        "the surest row of each is kept",
    )


def test_a_column_of_too_many_names_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"1,player {n},1,2,3,4,1\n" for n in range(MAX_NAMES + 1))
    with pytest.raises(AnchorError, match="different names, more than"):
        read(tmp_path, "a.csv", HEADER + rows)


def test_a_time_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnchorError, match="line 3: 'soon' is no time; write seconds, MM:SS"):
        read(tmp_path, "a.csv", "time_s,player,x,y\n1,Ada,1,2\nsoon,Ada,1,2\n")


# ------------------------------------------------------------------------- round trips

NUMBERS = st.floats(-1e4, 1e4).map(lambda x: round(x, 2))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: not fault_of(name) and name.strip()[0] not in "_'" and name.strip() == name
    and name == plain(name) and not set(name) & set("\x85\x1c\x1d\x1e\u2028\u2029\x0b\x0c")
)  # fmt: skip
ANCHOR = st.tuples(
    st.integers(1, 99), WORDS, NUMBERS, NUMBERS, st.integers(1, 500), st.integers(1, 500),
    st.integers(0, 100),
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(
    rows=st.lists(ANCHOR, min_size=1, max_size=8, unique_by=lambda row: row[:2]),
    separator=st.sampled_from(",;\t"),
    comma=st.booleans(),
)
def test_what_is_written_is_read(
    rows: list[tuple[int, str, float, float, int, int, int]], separator: str, comma: bool
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(["frame", "player", "x", "y", "w", "h", "score"])
    for frame, name, *numbers, share in rows:
        cells = [f"{number:.2f}" for number in (*numbers, share / 100)]
        writer.writerow(
            [frame, guarded(name), *(c.replace(".", ",") if comma else c for c in cells)]
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(out.getvalue().encode())
        found = read_anchors(path, video=ANYWHERE)
    wanted = sorted((r[0], r[1], r[2], r[3], r[2] + r[4], r[3] + r[5], r[6] / 100) for r in rows)
    names = [found.names[n] for n in found.players]
    cells = zip(
        found.frames.tolist(), names, found.boxes.tolist(), found.confidence.tolist(), strict=True
    )
    got = sorted((frame, name, *box, share) for frame, name, box, share in cells)
    assert [row[:2] for row in got] == [row[:2] for row in wanted]
    for mine, theirs in zip(got, wanted, strict=True):
        assert mine[2:] == pytest.approx(theirs[2:], rel=1e-6, abs=2e-3)


def test_columns_at_once_and_row_by_row_are_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = "".join(
        f'{n},"Player, {n % 7}",{x:.3f},{y:.3f},{x + 9:.3f},{y + 9:.3f},\n'
        for n, (x, y) in enumerate(rng.uniform(-9, 900, (500, 2)), 1)
    )
    given = AnchorFile(tmp_path / "a.csv", VIDEO)
    numbers, words = ["frame", "x1", "y1", "x2", "y2", "confidence"], ["player"]
    quick = TableFile(given, (HEADER + rows).encode()).columns(numbers, words)
    slow = TableFile(given, (HEADER + rows + "501,Zoe,1,2,3,4,9%\n").encode()).columns(
        numbers, words
    )
    assert quick.lines is None
    assert slow.lines is not None
    assert slow.lines.tolist() == list(range(2, 503))
    for name in numbers:
        np.testing.assert_array_equal(quick.numbers[name], slow.numbers[name][:-1])
    for columns in (quick, slow):
        codes, texts = columns.words["player"]
        assert [texts[n] for n in codes[:3]] == ["Player, 1", "Player, 2", "Player, 3"]
