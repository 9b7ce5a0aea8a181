"""Runs that go by files of named boxes: from the command to the tables, and again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.worlds.anchored import (
    FRAMES,
    PLAYERS,
    Row,
    box,
    draw,
    results,
    right,
    rows_of,
    said,
    told,
    track,
    true_names,
    write,
)  # fmt: skip
from tests.worlds.bad_inputs import command
from tracker import config
from tracker.output.evidence import EvidenceTables
from tracker.runs import pipeline
from tracker.runs.request import AnchorInput, TrackRequest

_EVERY = range(4, FRAMES, 9)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("anchored"))


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return write(tmp_path / "faces.csv", said())


MODES: dict[str, Sequence[str]] = {
    "offline": (), "online": ("--mode", "online"), "lag": ("--lag", "0.4"),
}  # fmt: skip


@pytest.mark.parametrize("how", MODES.values(), ids=MODES)
def test_anchors_alone_name_everybody(
    world: Path, tmp_path: Path, faces: Path, how: Sequence[str]
) -> None:
    ended = track(world, tmp_path / "out", "--anchors", faces, *how)
    assert (ended.code, ended.lines) == (0, [])
    assert right(tmp_path / "out") == 1.0
    assert "anchor:faces" in set(rows_of(tmp_path / "out")["evidence"])


def test_a_row_says_whose_anchor_lies_on_it(world: Path, tmp_path: Path, faces: Path) -> None:
    track(world, tmp_path / "out", "--anchors", faces)
    rows = rows_of(tmp_path / "out")
    named = {(f, p) for f, p, _ in said()}
    by_faces = rows[rows["evidence"] == "anchor:faces"]
    assert set(zip(by_faces["frame"], by_faces["player"], strict=True)) == named
    assert set(rows["evidence"]) == {"anchor:faces", "carried"}


def test_run_json_counts_what_became_of_them(world: Path, tmp_path: Path) -> None:
    rows: list[Row] = said()
    rows.append((30, "Ada 7", (300.0, 10.0, 328.0, 80.0)))  # nobody is detected there
    rows += [(frame, "Bea", box(frame, 1)) for frame in (FRAMES + 1, FRAMES + 2)]
    file = write(tmp_path / "faces.csv", rows)
    track(world, tmp_path / "out", "--anchors", file, "--anchor-accuracy", "95")
    source = told(tmp_path / "out")["sources"][0]
    assert told(tmp_path / "out")["players"] == ["Ada 7", "Bea", "Cid"]
    assert (source["source"], source["file"]) == ("faces", str(file))
    counted = [source[k] for k in ("rows", "on_detection", "made_detection", "on_nobody",
                                   "not_looked_at", "beyond_end")]  # fmt: skip
    assert counted == [len(rows), len(said()), 1, 0, 0, 2]
    assert source["stated_accuracy"] == 0.95
    assert source["learned_accuracy"] == pytest.approx(0.95, abs=0.01)


def test_run_json_has_the_gaps_between_them(world: Path, tmp_path: Path, faces: Path) -> None:
    track(world, tmp_path / "out", "--anchors", faces)
    gaps = json.loads((tmp_path / "out" / "run.json").read_text())["gaps"]
    assert list(gaps["players"]) == list(PLAYERS)
    for player, told_of in gaps["players"].items():
        frames = sorted(frame for frame, name, _ in said() if name == player)
        assert told_of["anchors"] == len(frames)
        inside = [b - a for a, b in pairwise(frames)]
        assert told_of["longest_s"] == pytest.approx(max(inside) / 25, abs=0.01)
        assert (told_of["not_carried"], told_of["names_changed"]) == (0, 0)
        shares = [told_of[state] for state in ("visible", "occluded", "absent")]
        assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert gaps["by_length"]["0-1 s"]["gaps"] == gaps["anchors"] - len(PLAYERS)
    plain = track(world, tmp_path / "plain")
    assert plain.code == 0
    assert "gaps" not in json.loads((tmp_path / "plain" / "run.json").read_text())


def test_in_frames_that_nobody_looked_at_anchors_are_counted(world: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "faces.csv", said(range(1, FRAMES)))
    ended = track(world, tmp_path / "out", "--anchors", file, "--set", "detect.every_n=2")
    assert ended.code == 0
    assert told(tmp_path / "out")["sources"][0]["not_looked_at"] > 100
    assert right(tmp_path / "out") > 0.97
    rows = rows_of(tmp_path / "out")
    between = rows[rows["confidence"].isna()]
    assert not between["evidence"].str.startswith("anchor").any()


def test_the_order_of_rows_does_not_matter(world: Path, tmp_path: Path) -> None:
    rows = said(wrong=range(4, FRAMES, 27))
    rows += [(f, name, box(f, who)) for f in (6, 7, 8) for name in PLAYERS for who in (0, 2)]
    there = write(tmp_path / "faces.csv", rows, 0.9)
    (tmp_path / "other").mkdir()
    back = write(tmp_path / "other" / "faces.csv", rows[::-1], 0.9)
    for out, file in (("there", there), ("back", back)):
        assert track(world, tmp_path / out, "--anchors", file).code == 0
    assert results(tmp_path / "there") == results(tmp_path / "back")


def test_of_two_sources_the_bad_one_is_found(world: Path, tmp_path: Path) -> None:
    good = write(tmp_path / "faces.csv", said(), 0.9)
    guessed = [row for n, frame in enumerate(_EVERY) for row in said([frame], shift=n % 3)]
    bad = write(tmp_path / "guesses.csv", guessed, 0.9)
    ended = track(world, tmp_path / "out", "--anchors", good, "--anchors", bad)
    first, second = (s["learned_accuracy"] for s in told(tmp_path / "out")["sources"])
    assert first > 0.85
    assert second < 0.5
    assert right(tmp_path / "out") == 1.0
    assert [line for line in ended.lines if "guesses.csv: about" in line and "it says 90%" in line]
    assert not [line for line in ended.lines if "faces.csv" in line]


def test_people_are_described_where_there_are_pictures(world: Path, tmp_path: Path) -> None:
    """Anchors of the first second only: the video itself then teaches how they look."""
    file = write(tmp_path / "faces.csv", said(range(1, 26, 2)))
    ended = track(world, tmp_path / "out", "--anchors", file, source="seq")
    receipt = json.loads((tmp_path / "out" / "run.json").read_text())
    assert ended.code == 0
    assert receipt["encoder"]["name"] == "stripes"
    assert receipt["gallery"] is None
    votes = EvidenceTables.read(tmp_path / "out" / "evidence").votes
    assert set(votes["source"]) == {"pictures", "faces"}
    assert right(tmp_path / "out") == 1.0


def test_with_a_gallery_new_players_are_asked_for(world: Path, tmp_path: Path, faces: Path) -> None:
    gallery = ("--gallery", world / "gallery", "--anchors", faces)
    refused = track(world, tmp_path / "out", *gallery, source="seq")
    assert refused.code == 2
    assert len(refused.lines) == 1
    assert "no player 'Cid'" in refused.lines[0]
    assert "--new-players" in refused.lines[0]
    assert not (tmp_path / "out").exists()
    taken = track(world, tmp_path / "out", *gallery, "--new-players", source="seq")
    assert taken.code == 0
    assert right(tmp_path / "out") == 1.0
    receipt = json.loads((tmp_path / "out" / "run.json").read_text())
    assert receipt["gallery"]["players"] == ["Ada 7", "Bea"]
    assert receipt["anchors"]["players"] == ["Ada 7", "Bea", "Cid"]


def test_names_of_a_gallery_are_found_however_they_are_spelled(world: Path, tmp_path: Path) -> None:
    rows = [(f, p.upper().replace(" ", ""), b) for f, p, b in said() if p != "Cid"]
    file = write(tmp_path / "faces.csv", rows)
    gallery = ("--gallery", world / "gallery", "--anchors", file)
    assert track(world, tmp_path / "out", *gallery, source="seq").code == 0
    assert set(rows_of(tmp_path / "out")["player"]) - {""} == {"Ada 7", "Bea"}


# ------------------------------------------------------------------------ again, and again


def test_other_anchors_after_a_finished_run_decode_no_video(
    world: Path, tmp_path: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, described = tmp_path / "plain", tmp_path / "described"
    track(world, plain, source="seq")
    track(world, described, "--encoder", "stripes", source="seq")
    assert set(rows_of(plain)["player"]) == {""}
    track(world, tmp_path / "whole", "--anchors", faces, source="seq")

    def opened(*_: object) -> None:
        raise AssertionError("a video was opened")

    monkeypatch.setattr("tracker.video.open.open_source", opened)
    for out in (plain, described):
        ended = track(world, out, "--anchors", faces, "--resume", source="seq")
        assert ended.code == 0, ended.lines
    assert right(plain) == 1.0
    assert results(described) == results(tmp_path / "whole")


def test_a_changed_file_is_followed_by_again(world: Path, tmp_path: Path, faces: Path) -> None:
    out = tmp_path / "out"
    track(world, out, "--anchors", faces)
    before = results(out)
    swapped = [(f, {"Ada 7": "Cid", "Cid": "Ada 7"}.get(p, p), b) for f, p, b in said()]
    write(faces, swapped)
    assert track(world, out, "--anchors", faces, "--resume").code == 0
    assert results(out) != before
    assert right(out) < 0.5
    write(faces, said())
    assert track(world, out, "--anchors", faces, "--resume").code == 0
    assert results(out) == before


def test_a_stopped_run_goes_on_to_the_same_bytes(
    world: Path, tmp_path: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.observation.metadata.CHUNK_S", 0.8)
    track(world, tmp_path / "whole", "--anchors", faces, source="seq")

    def killed(stage: str, done: int, *_: object) -> None:
        if done == 70:
            raise RuntimeError("killed")

    request = TrackRequest(
        str(world / "seq"), tmp_path / "out", config.load(), detections=world / "det.txt",
        anchors=(AnchorInput(faces),),
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="killed"):
        pipeline.track(request, lambda line: None, killed)
    assert 0 < len(list((tmp_path / "out/observations").glob("chunk-*"))) < 6
    assert track(world, tmp_path / "out", "--anchors", faces, "--resume", source="seq").code == 0
    assert results(tmp_path / "out") == results(tmp_path / "whole")


def test_a_correction_on_top_follows_nothing_again(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Detections that anchors make count too, or rows would be mixed up."""
    rows = [*said(), (30, "Ada 7", (300.0, 10.0, 328.0, 80.0))]
    file, out = write(tmp_path / "faces.csv", rows, 0.9), tmp_path / "out"
    track(world, out, "--anchors", file, source="seq")

    def followed(*_: object, **__: object) -> None:
        raise AssertionError("followed again")

    with monkeypatch.context() as patch:
        patch.setattr("tracker.runs.resolver.follow", followed)
        ended = command(["correct", str(out), "--set", "player Bea is nobody from frame 100"])
    assert ended.code == 0, ended.lines
    after = rows_of(out)
    assert not ((after["player"] == "Bea") & (after["frame"] >= 100)).any()
    assert ((after["player"] == "Bea") & (after["frame"] < 100)).any()
    corrected = results(out), told(out)
    assert track(world, out, "--anchors", file, "--resume", source="seq").code == 0
    assert (results(out), told(out)) == corrected


def test_a_correction_goes_by_the_anchors_of_the_last_run(
    world: Path, tmp_path: Path, faces: Path
) -> None:
    """What an offline run before has left is of other anchors."""
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    other = write(tmp_path / "other.csv", said(range(4, FRAMES, 30)))
    track(world, out, "--anchors", faces)
    track(world, out, "--anchors", other, "--mode", "online", "--resume")
    track(world, fresh, "--anchors", other)
    for place in (out, fresh):
        command(["correct", str(place), "--set", "player Bea is nobody from frame 100"])
    assert results(out) == results(fresh)


def test_a_correction_needs_the_same_anchors(world: Path, tmp_path: Path, faces: Path) -> None:
    out = tmp_path / "out"
    track(world, out, "--anchors", faces)
    write(faces, said(range(4, FRAMES, 20)))
    ended = command(["correct", str(out), "--set", "player Bea is nobody"])
    assert ended.code == 2
    assert "faces.csv has changed" in ended.lines[0]


def test_a_persons_anchors_are_told(world: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "by_hand.csv", said([30, 90]))
    lines = file.read_text().splitlines()
    marked = [f"{line},{'source' if n == 0 else 'human'}" for n, line in enumerate(lines)]
    file.write_text("\n".join(marked) + "\n")
    for mode in ("online", "offline"):
        track(world, tmp_path / mode, "--anchors", file, "--mode", mode)
        rows = rows_of(tmp_path / mode)
        told_here = rows[(rows["frame"].isin([30, 90])) & (rows["evidence"] == "told")]
        assert len(told_here) == 6
        assert list(told_here["player"]) == true_names(told_here)


def test_a_stream_says_whose_anchors_speak(world: Path, tmp_path: Path, faces: Path) -> None:
    ended = track(world, tmp_path / "out", "--anchors", faces, "--lag", "0.2", "--stream")
    frames = [json.loads(line) for line in ended.out.splitlines() if line.startswith("{")]
    spoken = {row["evidence"] for frame in frames for row in frame["tracks"]}
    assert len(frames) == FRAMES
    assert "anchor:faces" in spoken


# ------------------------------------------------------------------------------- asked about


def test_explain_and_report_name_the_source(world: Path, tmp_path: Path, faces: Path) -> None:
    out = tmp_path / "out"
    track(world, out, "--anchors", faces, source="seq")
    ended = command(["explain", str(out), "--frame", "40", "--player", "Bea"])
    assert ended.code == 0, ended.lines
    assert "anchors of faces.csv: 5 votes for Bea" in ended.out
    assert "anchor:faces: an anchor of faces on this very box says the name" in ended.out
    tree = json.loads(
        command(["explain", str(out), "--frame", "40", "--player", "Bea", "--json"]).out
    )
    assert tree["grounds"]["by_anchors"] == [
        {"source": "faces", "file": "faces.csv", "votes": {"Bea": 5}}
    ]
    ended = command(["report", str(out), "-o", str(tmp_path / "match.html")])
    assert ended.code == 0, ended.lines
    page = (tmp_path / "match.html").read_text()
    assert "faces.csv: 38 anchors" in page
    assert "Tracked without a gallery" not in page


def test_what_is_drawn_and_cut_goes_by_them(world: Path, tmp_path: Path, faces: Path) -> None:
    out = tmp_path / "out"
    assert track(world, out, "--anchors", faces, "--render", source="seq").code == 0
    assert (out / "video.mp4").stat().st_size > 0
    ended = command(["gallery", "cut", str(world / "seq"), "--boxes", str(out / "tracks.csv"),
                     "-o", str(tmp_path / "cut")])  # fmt: skip
    assert ended.code == 0, ended.lines
    assert {f.name for f in (tmp_path / "cut").iterdir()} >= set(PLAYERS)


def test_evidence_of_older_runs_is_of_pictures(world: Path, tmp_path: Path, faces: Path) -> None:
    from pyarrow import parquet

    track(world, tmp_path / "out", "--anchors", faces)
    file = tmp_path / "out" / "evidence" / "votes.parquet"
    parquet.write_table(parquet.read_table(file).drop_columns(["source"]), file)
    votes = EvidenceTables.read(file.parent).votes
    assert set(votes["source"]) == {"pictures"}
    ended = command(["explain", str(tmp_path / "out"), "--frame", "40", "--player", "Bea"])
    assert ended.code == 0, ended.lines


def test_anchors_need_no_encoder_where_all_was_observed(
    world: Path, tmp_path: Path, faces: Path
) -> None:
    """People were described by another encoder, which need not be there any more."""
    out = tmp_path / "out"
    track(world, out, "--encoder", "stripes", source="seq")
    meta = out / "observations" / "meta.json"
    tree = json.loads(meta.read_text())
    tree["encoder"] = {"name": "mine.onnx", "fingerprint": "0123456789abcdef"}
    meta.write_text(json.dumps(tree))
    ended = track(world, out, "--anchors", faces, "--resume", source="seq")
    assert ended.code == 0, ended.lines
    assert right(out) == 1.0


def test_a_damaged_section_of_the_receipt_is_one_line(
    world: Path, tmp_path: Path, faces: Path
) -> None:
    out = tmp_path / "out"
    track(world, out, "--anchors", faces)
    receipt = json.loads((out / "run.json").read_text())
    for odd in (5, [1], {"sources": 5, "players": 7}, {"sources": [3]}, {"sources": [{}]}):
        (out / "run.json").write_text(json.dumps({**receipt, "anchors": odd}))
        for words in (["explain", str(out), "--frame", "40", "--player", "Bea"],
                      ["report", str(out), "-o", str(tmp_path / "r.html"), "--overwrite"],
                      ["correct", str(out), "--set", "player Bea is nobody"]):  # fmt: skip
            ended = command(words)
            assert ended.code in (0, 2), (odd, words, ended.lines)
