"""`gallery people`: the people of a run as pictures, named in a list, become a gallery."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gallery.add import add_folder
from gallery.annotations.reader import AnnotationError
from gallery.create import EnrollError
from gallery.roster import read_roster
from tests.observation.test_store import meta, seen
from tests.suggest.test_suggest import FPS, table
from tests.worlds.gallery import SHIRTS, draw_clip
from tracker.observation.chunk import Carry
from tracker.observation.store import Recorder
from tracker.output.run_files import OutputError
from tracker.output.table import TrackTable
from tracker.runs import gallery_commands
from tracker.suggest.create import SuggestError, suggest
from tracker.suggest.people import TrackletToName, write_people
from tracker.video.open import open_source

NAMES = dict(zip((50, 200, 350), SHIRTS, strict=True))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Three nameless people over 40 drawn frames, each on a path of its own."""
    out, clip = tmp_path / "first", draw_clip(tmp_path / "clip")
    out.mkdir()
    rows = table({"x": 50}, {"x": 200}, {"x": 350}).assign(confidence=0.9)
    rows = rows.assign(time_s=(rows["frame"] - 1) / FPS)
    TrackTable.of(rows).to_csv(out / "tracks.csv")
    source = {"spec": str(clip), "fingerprint": open_source(str(clip)).fingerprint(), "fps": FPS}
    (out / "run.json").write_text(json.dumps({"source": source, "gallery": None}))
    return out


def edit(run: Path, change: dict[str, object], where: str) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    chosen = rows.query(where).index
    for column, value in change.items():
        rows.loc[chosen, column] = value
    TrackTable.of(rows).to_csv(run / "tracks.csv")


def name(run: Path, names: dict[int, str], separator: str = ",") -> None:
    """As a user fills in names.csv, by the track of each piece."""
    file = run / "people" / "names.csv"
    rows = pd.read_csv(file, keep_default_na=False)
    rows["name"] = [names.get(track, "") for track in rows["track"]]
    rows.to_csv(file, index=False, sep=separator)


def people(run: Path, pieces: int = 40) -> tuple[TrackletToName, ...]:
    return write_people(run, None, pieces, 6, True).tracklets


@pytest.mark.parametrize("separator", [",", ";"])
def test_names_beside_the_numbers_make_a_gallery(run: Path, separator: str) -> None:
    cards = people(run)
    assert sorted(card.stretch.track for card in cards) == [1, 2, 3]
    name(run, {1: "Ann", 2: "_referee"}, separator)
    report = add_folder(run.parent / "players", run / "people")
    roster = read_roster(run.parent / "players")
    assert [player.name for player in roster.players] == ["Ann"]
    assert [who for who, _ in roster.negatives] == ["_referee"]
    nameless = next(str(card.id) for card in cards if card.stretch.track == 3)
    assert any(note.endswith(f"left out: {nameless}") for note in report.notes)
    assert any("new gallery" in note for note in report.notes)


def test_pieces_of_one_player_come_together(run: Path) -> None:
    edit(run, {"track_id": 7}, "track_id == 1 and frame > 20")
    people(run)
    name(run, {1: "Ann", 7: "Ann"})
    add_folder(run.parent / "players", run / "people")
    [player] = read_roster(run.parent / "players").players
    assert len(player.pictures) >= 2


def test_a_path_is_cut_where_somebody_came_near(run: Path) -> None:
    """Behind another a track may go over to them; before and after are two tracklets."""
    assert [card.stretch.track for card in people(run)].count(1) == 1
    edit(run, {"x1": 60.0, "x2": 100.0}, "track_id == 2 and 18 <= frame <= 20")
    first, second = sorted(c.stretch.frames for c in people(run) if c.stretch.track == 1)
    assert first == (1, 17)
    assert second == (21, 40)


def test_a_path_is_cut_also_where_they_met_too_small_to_be_shown(run: Path) -> None:
    meet = "track_id == 2 and 18 <= frame <= 20"
    edit(run, {"x1": 60.0, "x2": 100.0}, meet)
    for track in (1, 2):
        rows = TrackTable.read_csv(run / "tracks.csv").rows
        there = rows[(rows["track_id"] == track) & rows["frame"].between(18, 20)]
        edit(
            run,
            {"y2": float(there["y1"].iloc[0]) + 38},
            f"track_id == {track} and 18 <= frame <= 20",
        )
    assert [card.stretch.track for card in people(run)].count(1) == 2


def test_a_piece_is_as_long_as_it_is_seen_though_not_every_frame_was_looked_at(run: Path) -> None:
    before = {card.stretch.track: card.stretch.seconds for card in people(run)}
    edit(run, {"confidence": np.nan}, "frame % 3 != 1")
    after = {card.stretch.track: card.stretch.seconds for card in people(run)}
    assert after == pytest.approx(before, rel=0.01)


def test_a_name_beside_no_folder_is_said(run: Path) -> None:
    people(run)
    name(run, {1: "Ann"})
    with (run / "people" / "names.csv").open("a") as file:
        file.write("9,Zoe,1,1.0\n")
    notes = add_folder(run.parent / "players", run / "people").notes
    assert any("no folder of that number: 9 (Zoe)" in note for note in notes)


def test_names_that_are_one_folder_on_many_disks_are_refused(run: Path) -> None:
    people(run)
    name(run, {1: "Ada", 2: "ada"})
    with pytest.raises(EnrollError, match="call one otherwise"):
        add_folder(run.parent / "players", run / "people", new=True)


def test_a_path_is_cut_where_nobody_was_seen_for_long(run: Path) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    gone = rows.query("track_id == 1 and 10 <= frame <= 30").index
    TrackTable.of(rows.drop(gone)).to_csv(run / "tracks.csv")
    assert sorted(c.stretch.frames for c in people(run) if c.stretch.track == 1) == [
        (1, 9),
        (31, 40),
    ]


def test_a_path_is_cut_where_a_shot_ends(run: Path) -> None:
    """Who is found in the next shot was found by appearance, and may be somebody else."""
    assert [card.stretch.track for card in people(run)].count(1) == 1
    recorder = Recorder(run / "observations", meta())
    shots = [replace(seen(index, 0), cut=index == 20) for index in range(40)]
    recorder.add(shots, Carry())
    recorder.finish([])
    assert sorted(c.stretch.frames for c in people(run) if c.stretch.track == 1) == [
        (1, 20),
        (21, 40),
    ]


@pytest.mark.parametrize("change", [{"confidence": 0.3}, {"x1": 0.0}])
def test_weak_and_cut_off_boxes_are_nobodys_picture(run: Path, change: dict[str, object]) -> None:
    edit(run, change, "track_id == 1")
    assert sorted(card.stretch.track for card in people(run)) == [2, 3]


def test_the_longest_pieces_are_shown_and_the_rest_is_counted(run: Path) -> None:
    edit(run, {"confidence": 0.1}, "track_id == 2 and frame > 30")
    found = write_people(run, None, 2, 6, False)
    assert sorted(card.stretch.track for card in found.tracklets) == [1, 3]
    assert found.shorter == 1


def test_who_has_a_name_in_the_run_is_proposed(run: Path) -> None:
    edit(run, {"player": "Ann"}, "track_id == 1")
    people(run)
    rows = pd.read_csv(run / "people" / "names.csv", keep_default_na=False)
    assert dict(zip(rows["track"], rows["name"], strict=True)) == {1: "Ann", 2: "", 3: ""}


def test_typed_names_are_not_overwritten_unasked(run: Path) -> None:
    people(run)
    with pytest.raises(OutputError, match="perhaps with names in it"):
        write_people(run, None, 40, 6, False)
    (run / "people" / "names.csv").unlink()
    with pytest.raises(OutputError, match="not written by gallery people"):
        write_people(run, None, 40, 6, True)


def test_two_spellings_of_a_new_player_are_asked_about(run: Path) -> None:
    people(run)
    name(run, {1: "Ada Novak", 2: "Ada Nowak"})
    with pytest.raises(EnrollError, match="one player"):
        add_folder(run.parent / "players", run / "people")
    assert not (run.parent / "players").exists()
    assert len(add_folder(run.parent / "players", run / "people", new=True).added) >= 2


def test_no_name_at_all_is_said(run: Path) -> None:
    people(run)
    with pytest.raises(EnrollError, match="write names beside the ids"):
        add_folder(run.parent / "players", run / "people")


def test_nobody_clear_is_said(run: Path) -> None:
    edit(run, {"confidence": 0.1}, "frame > 0")
    with pytest.raises(SuggestError, match="nobody is seen clearly"):
        people(run)


def test_a_nameless_run_is_sent_from_suggest_to_people(run: Path) -> None:
    with pytest.raises(SuggestError, match="gallery people"):
        suggest(run, None, 24, 6, False)


def test_the_command_that_goes_on_can_be_copied(run: Path) -> None:
    told = gallery_commands.people(run, None, 40, 6, False)
    assert f"gallery add --from {run / 'people'} --gallery players/" in told
    receipt = json.loads((run / "run.json").read_text())
    receipt["gallery"] = {"folder": "our players"}
    (run / "run.json").write_text(json.dumps(receipt))
    assert "--gallery 'our players'" in gallery_commands.people(run, None, 40, 6, True)


def test_the_same_run_gives_the_same_bytes(run: Path) -> None:
    def content() -> dict[str, bytes]:
        files = [f for f in (run / "people").rglob("*") if f.is_file()]
        return {str(f.relative_to(run)): f.read_bytes() for f in files}

    people(run)
    first = content()
    people(run)
    assert content() == first
    assert b'src="data:' in first["people/sheet.html"]


def test_a_box_is_said_by_its_corners_or_by_the_track_that_has_it(
    run: Path, tmp_path: Path
) -> None:
    clip = str(tmp_path / "clip")
    for name, one in {
        "box": gallery_commands.OneBox(clip, 3, "Ann", box="50,100,40,100"),
        "corners": gallery_commands.OneBox(clip, 3, "Ann", xyxy="50,100,90,200"),
        "track": gallery_commands.OneBox(str(run), 3, "Ann", track=1),
        "moved": gallery_commands.OneBox(str(run), 3, "Ann", track=1, moved=clip),
    }.items():
        gallery_commands.add(tmp_path / name, one, None, False, print)
    made = [next((tmp_path / name / "Ann").iterdir()) for name in ("box", "corners", "track")]
    assert len({file.read_bytes() for file in made}) == 1
    with pytest.raises(AnnotationError, match=r"track 1 is not visible in frame 90; it is seen in"):
        gallery_commands.add(
            tmp_path / "g",
            gallery_commands.OneBox(str(run), 90, "Ann", track=1),
            None,
            False,
            print,
        )
    with pytest.raises(AnnotationError, match="track 9 is not visible"):
        gallery_commands.add(
            tmp_path / "g", gallery_commands.OneBox(str(run), 3, "Ann", track=9), None, False, print
        )
