"""The table and the files: what stands in them, byte for byte; OUT is whole or untouched."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gallery.atomic.write import staged
from tracker.court.track_plays import TrackPlays
from tracker.kits.kits import NO_KIT
from tracker.kits.track_kits import TrackKits
from tracker.output.mot import write_mot
from tracker.output.run_files import OutputError, write_results
from tracker.output.run_folder import check_output
from tracker.output.run_record import RECEIPT, write_run_record
from tracker.output.table import COLUMNS, TableError, TrackTable
from tracker.tracking.row_facts import TrackFacts
from tracker.types import UNKNOWN, Evidence, TrackedFrame, Visibility

ROSTER = ("Ann", "Bo")
SEEN, HIDDEN, AWAY = Visibility.VISIBLE, Visibility.OCCLUDED, Visibility.ABSENT
Row = tuple[int, int, Visibility]
"""Track, player, visibility."""


def frame(index: int, *rows: Row, confirmed: bool = True) -> TrackedFrame:
    """One frame; the box of track 3 in frame 2 is 302, 20, 342, 120."""
    tracks, players, states = (np.array([r[i] for r in rows], np.int64) for i in range(3))
    left = 100.0 * tracks + index + 1
    boxes = np.stack([left, 0 * left + 20, left + 40, 0 * left + 120], axis=1)
    boxes[states == AWAY] = np.nan
    return TrackedFrame(
        index=index,
        time_s=index / 25,
        track_ids=tracks,
        players=players,
        player_confidence=np.full(len(rows), 0.75),
        visibility=states,
        boxes=boxes,
        scores=np.where(states == SEEN, 0.875, np.nan),
        predicted=np.stack([left + 20, 0 * left + 70], axis=1),
        std=np.full((len(rows), 2), 1.5),
        evidence=np.where(players == UNKNOWN, Evidence.NONE, Evidence.ANCHOR).astype(np.int64),
        confirmed=np.full(len(rows), confirmed),
    )


def table_of(*frames: TrackedFrame, players: tuple[str, ...] = ROSTER) -> TrackTable:
    return TrackTable.from_frames(frames, players)


@pytest.fixture
def table() -> TrackTable:
    """Ann is seen, hidden, away; a stranger is seen in frames 1 and 3."""
    return table_of(
        frame(0, (1, 0, SEEN), (2, UNKNOWN, SEEN)),
        frame(1, (1, 0, HIDDEN), (2, UNKNOWN, AWAY)),
        frame(2, (1, 0, AWAY), (2, UNKNOWN, SEEN)),
    )


def mot(table: TrackTable, folder: Path, *, full: bool = False) -> list[str]:
    write_mot(table, folder / "mot.txt", full=full)
    return (folder / "mot.txt").read_text(encoding="ascii").splitlines()


def ids_by_frame(lines: list[str]) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b, *_ in (line.split(",") for line in lines)]


# -------------------------------------------------------------- tracks.csv


def test_a_csv_is_what_the_contract_shows(table: TrackTable, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "tracks.csv")
    assert (tmp_path / "tracks.csv").read_bytes().decode() == (
        "frame,time_s,track_id,player,player_confidence,visibility,x1,y1,x2,y2,confidence,"
        "predicted_x,predicted_y,std_x,std_y,evidence,role,kit,kit_probability,plays\n"
        "1,0.0000,1,Ann,0.7500,visible,101.00,20.00,141.00,120.00,0.8750,121.00,70.00,1.50,1.50,anchor,,,,\n"
        "1,0.0000,2,,0.7500,visible,201.00,20.00,241.00,120.00,0.8750,221.00,70.00,1.50,1.50,,,,,\n"
        "2,0.0400,1,Ann,0.7500,occluded,102.00,20.00,142.00,120.00,,122.00,70.00,1.50,1.50,anchor,,,,\n"
        "2,0.0400,2,,0.7500,absent,,,,,,222.00,70.00,1.50,1.50,,,,,\n"
        "3,0.0800,1,Ann,0.7500,absent,,,,,,123.00,70.00,1.50,1.50,anchor,,,,\n"
        "3,0.0800,2,,0.7500,visible,203.00,20.00,243.00,120.00,0.8750,223.00,70.00,1.50,1.50,,,,,\n"
    )


def test_a_csv_read_and_written_again_has_the_same_bytes(table: TrackTable, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    table.to_csv(first)
    again = TrackTable.read_csv(first)
    again.to_csv(second)
    assert first.read_bytes() == second.read_bytes()
    words = dict.fromkeys(("player", "visibility", "evidence", "role", "kit"), object)
    pd.testing.assert_frame_equal(again.rows, table.rows.astype(words), atol=0.005)


def worn(names: tuple[str, ...]) -> TrackTable:
    """Track 1 wears the first kit; of track 2 it is not known."""
    kits = replace(
        TrackKits.none(), names=names, kit=np.array([NO_KIT, 0, NO_KIT]),
        probability=np.array([0, 0.98765, 0]),
    )  # fmt: skip
    frames = [frame(0, (1, 0, SEEN), (2, UNKNOWN, SEEN))]
    return TrackTable.from_frames(frames, ROSTER, facts=TrackFacts(kits=kits))


@pytest.mark.parametrize("name", ["red", "NA", "=1+1", "white, blue shorts", 'FC "Köln"'])
def test_a_kit_and_its_probability_come_behind_the_other_columns(name: str, tmp_path: Path) -> None:
    worn((name, "white")).to_csv(tmp_path / "a.csv")
    again = TrackTable.read_csv(tmp_path / "a.csv").rows
    assert list(again.columns)[-3:-1] == ["kit", "kit_probability"]
    assert again["kit"].tolist() == [name, ""]
    assert again["kit_probability"].iloc[0] == pytest.approx(0.9877)
    assert np.isnan(again["kit_probability"].iloc[1])


@pytest.mark.parametrize("left_out", [3, 4], ids=["before kits", "before roles"])
def test_a_table_of_before_has_no_kits(left_out: int, table: TrackTable, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    shorter = [",".join(line.split(",")[:-left_out]) for line in lines]
    (tmp_path / "b.csv").write_text("\n".join(shorter) + "\n")
    again = TrackTable.read_csv(tmp_path / "b.csv").rows
    assert set(again["kit"]) == {""}
    assert again["kit_probability"].isna().all()
    assert again["plays"].isna().all()


def with_plays(*odds: float) -> TrackTable:
    """Tracks 1 (Ann), 2 and 3, who play with these probabilities; all stand on the court."""
    p = np.array([np.nan, *odds])
    still = np.zeros(len(p))
    plays = TrackPlays(np.log(p / (1 - p)), still + 1, still, still)
    frames = [frame(0, (1, 0, SEEN), (2, UNKNOWN, SEEN), (3, UNKNOWN, SEEN))]
    return TrackTable.from_frames(frames, ROSTER, facts=TrackFacts(plays=plays))


def test_who_plays_comes_last_and_gives_a_role(tmp_path: Path) -> None:
    with_plays(0.9, 0.98765, 0.25).to_csv(tmp_path / "a.csv")
    again = TrackTable.read_csv(tmp_path / "a.csv").rows
    assert again.columns[-1] == "plays"
    assert again["plays"].tolist() == [0.9, 0.9877, 0.25]
    assert again["role"].tolist() == ["player", "player", "staff"]


def test_who_has_a_name_is_a_player_however_they_stand() -> None:
    table = with_plays(0.25, np.nan, 0.25)
    assert table.rows["role"].tolist() == ["player", "", "staff"]
    assert table.rows["plays"].iloc[0] == pytest.approx(0.25)
    assert table.playing.tolist() == [True, True, False]


@pytest.mark.parametrize(
    "name",
    [
        "NA", "nan", "None", "null", "007", "1e3", "True", "-", "O'Neil, \"Shaq\"", " Ann ",
        "Müller-Łęcki", "王楚钦", "a;b\tc", "#9", "=1+1",
    ],
)  # fmt: skip
def test_any_name_survives_the_round_trip(name: str, tmp_path: Path) -> None:
    table_of(frame(0, (1, 0, SEEN)), players=(name,)).to_csv(tmp_path / "a.csv")
    assert TrackTable.read_csv(tmp_path / "a.csv").rows["player"].tolist() == [name]


def test_a_run_without_anybody_is_a_table_too(tmp_path: Path) -> None:
    for frames in ([], [frame(0)], [frame(0, (1, UNKNOWN, SEEN), confirmed=False)]):
        empty = TrackTable.from_frames(frames, ROSTER)
        empty.to_csv(tmp_path / "a.csv")
        again = TrackTable.read_csv(tmp_path / "a.csv")
        assert len(again) == 0
        assert list(again.rows.columns) == list(COLUMNS)
        assert mot(again, tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no table at all\n",
        "frame,time_s\n1,0\n",
        "\x00\xff",
        '"open\n',
        "a,b\n1,2,3\n1,2,3,4\n",
    ],
)
def test_what_is_no_table_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(TableError) as caught:
        TrackTable.read_csv(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"gone\.csv"):
        TrackTable.read_csv(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("visibility", "hidden", "visibility 'hidden'"),
        ("evidence", "hearsay", "evidence 'hearsay'"),
        ("track_id", 1, "track_id 1 stands twice"),
        ("player", "Ann", "player Ann stands twice"),
    ],
)
def test_a_broken_rule_is_named_with_its_frame(
    table: TrackTable, column: str, value: str | int, named: str
) -> None:
    rows = table.rows.copy()
    rows[column] = rows[column].astype(object)
    rows.loc[1, column] = value
    with pytest.raises(TableError, match=f"frame 1: {named}"):
        TrackTable.of(rows)


def test_rows_stand_in_order_whatever_order_they_came_in(table: TrackTable) -> None:
    frames = [frame(1, (7, 1, SEEN), (2, 0, SEEN)), frame(0, (2, 0, SEEN))]
    rows = table_of(*frames).rows
    assert rows[["frame", "track_id"]].to_numpy().tolist() == [[1, 2], [2, 2], [2, 7]]


# ------------------------------------------------- who is in the files at all


def test_a_path_that_was_never_confirmed_is_left_out() -> None:
    frames = [frame(0, (1, UNKNOWN, SEEN), confirmed=False), frame(1, (2, UNKNOWN, SEEN))]
    assert table_of(*frames).rows["track_id"].tolist() == [2]


def test_a_confirmed_path_has_its_first_frames_too() -> None:
    young = [frame(i, (1, UNKNOWN, SEEN), confirmed=False) for i in range(3)]
    rows = table_of(*young, frame(3, (1, UNKNOWN, SEEN))).rows
    assert rows["frame"].tolist() == [1, 2, 3, 4]


# ---------------------------------------------------------------- MOT files


def test_mot_holds_the_visible_boxes_and_mot_full_the_hidden_ones_too(
    table: TrackTable, tmp_path: Path
) -> None:
    assert mot(table, tmp_path) == [
        "1,1,101.00,20.00,40.00,100.00,0.875,-1,-1,-1",
        "1,2,201.00,20.00,40.00,100.00,0.875,-1,-1,-1",
        "3,2,203.00,20.00,40.00,100.00,0.875,-1,-1,-1",
    ]
    hidden = "2,1,102.00,20.00,40.00,100.00,-1,-1,-1,-1"
    assert set(mot(table, tmp_path, full=True)) == {*mot(table, tmp_path), hidden}


def test_mot_players_holds_those_who_play_under_the_same_ids(tmp_path: Path) -> None:
    table = with_plays(0.25, 0.25, np.nan)  # Ann has a name; nobody knows of the third
    write_mot(table, tmp_path / "players.txt", players=True)
    every = mot(table, tmp_path)
    assert len(every) == 3
    assert (tmp_path / "players.txt").read_text().splitlines() == [every[0], every[2]]


def test_a_run_of_before_has_all_its_people_among_the_players(
    table: TrackTable, tmp_path: Path
) -> None:
    write_mot(table, tmp_path / "players.txt", players=True)
    assert (tmp_path / "players.txt").read_text().splitlines() == mot(table, tmp_path)


def test_a_player_on_two_paths_has_one_id(tmp_path: Path) -> None:
    """They left as track 1 and came back as track 5; track 5's first rows had no name yet."""
    table = table_of(
        frame(0, (1, 0, SEEN)),
        frame(1, (1, 0, AWAY), (5, UNKNOWN, SEEN)),
        frame(2, (5, 0, SEEN)),
    )
    assert ids_by_frame(mot(table, tmp_path)) == [(1, 1), (2, 1), (3, 1)]


def test_two_players_on_one_path_have_two_ids(tmp_path: Path) -> None:
    table = table_of(
        frame(0, (1, 0, SEEN)), frame(1, (1, 1, SEEN)), frame(2, (1, 1, SEEN), (2, 0, SEEN))
    )
    (_, ann), (_, bo), *third = ids_by_frame(mot(table, tmp_path))
    assert ann != bo
    assert sorted(third) == sorted([(3, ann), (3, bo)])


def test_an_unnamed_path_never_takes_the_id_of_who_is_seen_elsewhere(tmp_path: Path) -> None:
    """Track 2 was once Ann, but in frame 2 Ann is track 1."""
    table = table_of(frame(0, (2, 0, SEEN)), frame(1, (1, 0, SEEN), (2, UNKNOWN, SEEN)))
    first, *second = ids_by_frame(mot(table, tmp_path))
    assert len(set(second)) == 2
    assert first[1] in {i for _, i in second}


def test_whatever_was_named_no_id_stands_twice_and_every_player_has_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        frames = []
        for t in range(6):
            tracks = rng.choice(5, rng.integers(1, 5), replace=False) + 1
            names = rng.permutation([0, 1, 2, *[UNKNOWN] * 4])[: len(tracks)]
            states = rng.choice([SEEN, HIDDEN, AWAY], len(tracks), p=[0.6, 0.2, 0.2])
            frames.append(frame(t, *zip(tracks, names, states, strict=True)))
        table = table_of(*frames, players=("Ann", "Bo", "Cy"))
        ids = ids_by_frame(mot(table, tmp_path, full=True))
        assert len(set(ids)) == len(ids)
        assert _ids_of_names(table, tmp_path) <= 1


def test_rows_without_a_name_go_with_the_nearest_one(tmp_path: Path) -> None:
    """A track went over from Ann to Bo: before and after that it is unnamed for a while."""
    names = [0, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 1, 1]
    table = table_of(*(frame(n, (1, name, SEEN)) for n, name in enumerate(names)))
    ids = [id_ for _, id_ in ids_by_frame(mot(table, tmp_path))]
    assert ids == [1, 1, 1, 1, 2, 2, 2, 2]


def test_a_hidden_player_takes_no_id_from_who_is_seen(tmp_path: Path) -> None:
    """Ann is taken for hidden while track 2 shows her, whose name comes late."""
    table = table_of(
        frame(0, (1, 0, SEEN)),
        frame(1, (1, 0, HIDDEN), (2, UNKNOWN, SEEN)),
        frame(2, (2, 0, SEEN)),
    )
    assert ids_by_frame(mot(table, tmp_path)) == [(1, 1), (2, 1), (3, 1)]
    assert ids_by_frame(mot(table, tmp_path, full=True)) == [(1, 1), (2, 1), (2, 3), (3, 1)]


def test_an_id_does_not_come_and_go(tmp_path: Path) -> None:
    """Ann is seen on track 1 now and then, while track 2 waits for her name."""
    ann = [True, False, True, False, True, *[False] * 30]
    rows = [[(2, UNKNOWN, SEEN), *[(1, 0, SEEN)] * there] for there in ann]
    table = table_of(*(frame(n, *r) for n, r in enumerate(rows)), frame(len(ann), (2, 0, SEEN)))
    ids = ids_by_frame(mot(table, tmp_path))
    waiting = [id_ for at, id_ in ids if id_ != 1 or not [*ann, False][at - 1]]
    assert waiting == [3] * 5 + [1] * 31


def _ids_of_names(table: TrackTable, folder: Path) -> int:
    """The most ids that one player has, and the most players that one id has."""
    lines = [line.split(",") for line in mot(table, folder)]
    ids = {(int(f), round(float(x))): int(i) for f, i, x, *_ in lines}
    visible = table.visible.query("player != ''")[["player", "frame", "x1"]].to_numpy()
    pairs = {(player, ids[frame, round(x1)]) for player, frame, x1 in visible.tolist()}
    names, numbers = zip(*pairs, strict=True) if pairs else ((), ())
    return max(0, *(max(map(part.count, part), default=0) for part in (names, numbers)))


# ---------------------------------------------------------------------- OUT


def write_run(folder: Path, table: TrackTable) -> None:
    write_results(table, folder)
    write_run_record({"note": "Zoë"}, folder / RECEIPT)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_table_gives_the_same_bytes(table: TrackTable, tmp_path: Path) -> None:
    for name in ("a", "b"):
        with staged(tmp_path / name) as folder:
            write_run(folder, table)
    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b")
    assert set(first) == {
        "tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt", "run.json",
    }  # fmt: skip
    assert json.loads(first[RECEIPT]) == {"note": "Zoë"}


def test_a_failure_on_the_way_leaves_nothing(table: TrackTable, tmp_path: Path) -> None:
    def fail() -> None:
        with staged(tmp_path / "out") as folder:
            write_run(folder, table)
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_a_failure_on_the_way_leaves_the_old_run_untouched(
    table: TrackTable, tmp_path: Path, stop: type[BaseException]
) -> None:
    out = tmp_path / "out"
    with staged(out) as folder:
        write_run(folder, table)
    before = contents(tmp_path)

    def fail() -> None:
        with staged(out) as folder:
            (folder / "tracks.csv").write_text("half a ta")
            raise stop

    with pytest.raises(stop):
        fail()
    assert contents(tmp_path) == before


def test_a_new_run_replaces_the_old_one_whole(table: TrackTable, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for names in (["old.txt", RECEIPT], ["new.txt"]):
        with staged(out) as folder:
            for name in names:
                (folder / name).write_text(name)
    assert contents(tmp_path) == {"out/new.txt": b"new.txt"}


def test_remains_of_a_killed_run_are_no_obstacle(tmp_path: Path) -> None:
    for _ in range(2):
        with staged(tmp_path / "out") as folder:
            (folder / "a").write_text("a")
        (tmp_path / ".out.partial").mkdir()
        (tmp_path / ".out.old").mkdir()
        (tmp_path / ".out.partial" / "junk").write_text("junk")
    with staged(tmp_path / "out") as folder:
        assert not list(folder.glob("[!.]*"))


def test_the_folder_one_stands_in_is_refused_before_the_work_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        check_output(Path("."), overwrite=False)
    except OutputError:
        return
    with staged(Path(".")) as folder:
        (folder / "a").write_text("a")
    assert contents(tmp_path) == {"a": b"a"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_new_or_empty_folder_may_be_written(tmp_path: Path, overwrite: bool) -> None:
    check_output(tmp_path / "new" / "deep", overwrite)
    check_output(tmp_path, overwrite)


def test_a_former_run_is_replaced_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / RECEIPT).write_text("{}")
    with pytest.raises(OutputError, match="--overwrite"):
        check_output(tmp_path, overwrite=False)
    check_output(tmp_path, overwrite=True)


def test_what_is_no_run_is_never_replaced(tmp_path: Path) -> None:
    photo = tmp_path / "holiday.jpg"
    photo.write_text("sun")
    for out in (tmp_path, photo):
        with pytest.raises(OutputError) as caught:
            check_output(out, overwrite=True)
        assert "-o" in str(caught.value)
    assert photo.read_text() == "sun"


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        check_output(tmp_path / "file" / "out", overwrite=False)


def test_every_frame_record_names_its_broken_rule() -> None:
    good = frame(4, (1, 0, SEEN), (2, 1, SEEN))
    with pytest.raises(ValueError, match=r"frame 5: a track id stands twice"):
        replace(good, track_ids=np.array([1, 1]))
    with pytest.raises(ValueError, match=r"frame 5: a player stands twice"):
        replace(good, players=np.array([0, 0]))


def test_a_file_without_the_later_column_is_read(table: TrackTable, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "new.csv")
    cut = [line.rpartition(",")[0] for line in (tmp_path / "new.csv").read_text().splitlines()]
    (tmp_path / "old.csv").write_text("\n".join(cut) + "\n")
    old = TrackTable.read_csv(tmp_path / "old.csv")
    assert set(old.rows["role"]) == {""}
    old.to_csv(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "new.csv").read_bytes()
    text = (tmp_path / "old.csv").read_text()
    assert set(TrackTable.parse_csv(text.replace(",", ";"), "old").rows["role"]) == {""}


def test_a_role_that_is_none_is_refused(table: TrackTable, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "new.csv")
    text = (tmp_path / "new.csv").read_text()
    (tmp_path / "odd.csv").write_text(text.replace("anchor,,,,\n", "anchor,striker,,,\n", 1))
    with pytest.raises(TableError, match="role 'striker' is none of player, goalkeeper"):
        TrackTable.read_csv(tmp_path / "odd.csv")
