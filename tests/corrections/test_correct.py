"""What a user says of who is who is so, the rest follows, and nothing else becomes worse."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.following import Person, World, classifier, play, second_pass, tracker_for
from tests.worlds.gallery import draw_clip, draw_gallery
from tracker import config
from tracker.corrections.in_force import in_force
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import Correction, CorrectionError, parse, read_file
from tracker.errors import TeamsheetError
from tracker.explain.run import ExplainError
from tracker.observation.chunk import StoreError
from tracker.offline.constraints import UserConstraint, apply_constraints
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.correct import CorrectionRequest, correct, corrections
from tracker.runs.name_model import NameModel, reopen_names
from tracker.settings import FollowSettings
from tracker.tracking.traces import Trace, Tracklet
from tracker.types import UNKNOWN, Observation, TrackedFrame, Visibility

PLAYERS = ["Ann", "Bea", "Cat"]


def quiet(*_: object) -> None:
    return None


# ------------------------------------------------------------------- names on drawn worlds


_FOLLOWED: dict[str, tuple[list[TrackedFrame], list[Trace], list[Observation]]] = {}


def passed(world: World, *rulings: UserConstraint, **extra: Any) -> list[TrackedFrame]:
    """The frames after the second pass."""
    if repr(world) not in _FOLLOWED:
        tracker, frames, traces = tracker_for(world), [], []
        seen = [shot.seen for shot in play(world)]
        for one in seen:
            frames.append(tracker.update(one))
            traces.append(tracker.trace)
        _FOLLOWED[repr(world)] = frames, traces, seen
    frames, traces, seen = _FOLLOWED[repr(world)]
    return second_pass(
        frames, traces, seen, world.players, classifier(world.players), FollowSettings(),
        user_constraints=rulings, **extra,
    )  # fmt: skip


def names_on(
    world: World, frames: list[TrackedFrame], first: int, last: int
) -> dict[int, set[int]]:
    """Person to the names on their detections, from one frame to another."""
    found: dict[int, set[int]] = {}
    for shot, frame in list(zip(play(world), frames, strict=True))[first : last + 1]:
        for person, box in zip(shot.who, shot.seen.boxes.astype(np.float64), strict=True):
            row = np.flatnonzero((frame.boxes == box).all(axis=1))
            if len(row):
                found.setdefault(person, set()).add(int(frame.players[row[0]]))
    return found


def track_of(world: World, frames: list[TrackedFrame], person: int, at: int) -> int:
    shot = play(world)[at]
    box = shot.seen.boxes[shot.who.index(person)].astype(np.float64)
    return int(frames[at].track_ids[np.flatnonzero((frames[at].boxes == box).all(axis=1))[0]])


def walk(y: float, look: dict[int, float]) -> Person:
    return Person({0: (200, y), 8: (700, y)}, look=look)


# Two who look a little more like each other than like themselves, and somebody clear.
MIXED = World(
    [walk(150, {0: 1.0, 1: 1.2}), walk(300, {0: 1.2, 1: 1.0}), walk(450, {2: 1.0})],
    seconds=8,
    players=3,
)
END = 199


def test_a_wrong_name_is_corrected_and_the_other_path_gets_the_freed_one() -> None:
    wrong = passed(MIXED)
    assert names_on(MIXED, wrong, 20, END) == {0: {1}, 1: {0}, 2: {2}}
    right = passed(MIXED, UserConstraint(track_of(MIXED, wrong, 0, 50), 0, END, 0))
    assert names_on(MIXED, right, 20, END) == {0: {0}, 1: {1}, 2: {2}}


def test_outside_of_what_was_said_names_are_as_they_were() -> None:
    wrong = passed(MIXED)
    first, second = (track_of(MIXED, wrong, person, 50) for person in (0, 1))
    said = (UserConstraint(first, 80, 120, 0), UserConstraint(second, 80, 120, 0, holds=False))
    done = passed(MIXED, *said)
    assert names_on(MIXED, done, 80, 120) == {0: {0}, 1: {1}, 2: {2}}
    for span in ((20, 79), (121, END)):
        assert names_on(MIXED, done, *span) == names_on(MIXED, wrong, *span)


def test_the_rest_of_a_path_is_held_to_its_name_as_surely_as_before() -> None:
    every = np.arange(10)
    piece = Tracklet(1, every, np.zeros(10, np.int64), np.ones(10, bool), np.inf)
    parts, law = apply_constraints([piece], [UserConstraint(1, 5, 7, 0)], every, 3)
    assert [(p.first, p.last) for p in parts] == [(0, 4), (5, 7), (8, 9)]
    law = law.with_previous(np.array([2]), np.array([0.9]))
    worth, allowed = law.prefer(np.zeros((3, 3)), np.zeros((3, 3), bool))
    assert (worth[[0, 2], 2] > 20).all()
    assert allowed.sum(axis=0).tolist() == [0, 0, 2]
    names, chances = np.array([2, 0, UNKNOWN]), np.full(3, 0.1)
    assert law.confidence(names, chances).tolist() == [0.9, 1.0, 0.1]
    assert law.links(parts) == [(0, 2, 10.0)]  # over what is said, and not to it


def test_what_is_nobody_has_no_name_and_leaves_it_to_others() -> None:
    wrong = passed(MIXED)
    done = passed(MIXED, UserConstraint(track_of(MIXED, wrong, 2, 50), 100, 150, UNKNOWN))
    assert names_on(MIXED, done, 100, 150)[2] == {UNKNOWN}
    assert names_on(MIXED, done, 20, 99)[2] == names_on(MIXED, done, 151, END)[2] == {2}


def test_a_name_that_nothing_speaks_for_stands_when_it_is_said() -> None:
    track = track_of(MIXED, passed(MIXED), 2, 50)
    done = passed(MIXED, UserConstraint(track, 0, END, 1))
    assert names_on(MIXED, done, 20, END)[2] == {1}
    frame = done[100]
    row = np.flatnonzero(frame.track_ids == track)[0]
    assert frame.player_confidence[row] == 1.0


def test_what_was_said_teaches_the_classifier() -> None:
    refitted_log_odds: list[np.ndarray] = []

    def refit(shown: np.ndarray, whose: np.ndarray) -> Any:
        refitted_log_odds.append(shown[whose == 0].argmax(axis=1))
        return classifier(MIXED.players)

    track = track_of(MIXED, passed(MIXED), 2, 50)
    passed(MIXED, UserConstraint(track, 0, END, 0), refit=refit)
    assert len(refitted_log_odds[-1])
    assert (refitted_log_odds[-1] == 2).all()


def test_without_rulings_and_with_one_that_meets_nobody_it_is_the_same() -> None:
    for a, b in zip(passed(MIXED), passed(MIXED, UserConstraint(999, 0, END, 0)), strict=True):
        assert a.players.tolist() == b.players.tolist()
        assert a.player_confidence.tolist() == b.player_confidence.tolist()


CROWD = World(
    [
        Person({0: (100 + 90 * k, 200 + 20 * k), 4: (700 - 90 * k, 230 + 15 * k)}, player=k % 4)
        for k in range(6)
    ],
    seconds=4,
    players=4,
)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 99), st.integers(0, 99),
                          st.integers(-1, 3)), min_size=1, max_size=4))  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_whatever_is_said_stands_and_no_name_stands_twice(said: list[tuple[int, ...]]) -> None:
    kept: list[UserConstraint] = []
    for track, a, b, player in said:
        one = UserConstraint(track, min(a, b), max(a, b), player)
        together = [r for r in kept if r.first <= one.last and one.first <= r.last]
        if not any(r.track == track or r.player == player for r in together):
            kept.append(one)
    for frame in passed(CROWD, *kept):  # a TrackedFrame refuses a name that stands twice
        for r in kept:
            row = (frame.track_ids == r.track) & (frame.visibility == Visibility.VISIBLE)
            if row.any() and r.first <= frame.index <= r.last:
                assert frame.players[row].tolist() == [r.player]


# ------------------------------------------------------------------------ what is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("player Ann is Bea from frame 3 to 9", Correction("Ann", None, "Bea", 3, 9)),
        ("player ann is BEA from 3 to frame 9", Correction("Ann", None, "Bea", 3, 9)),
        ("track 17 is Cat from frame 3", Correction("", 17, "Cat", 3, None)),
        ("track 17 is nobody until 9", Correction("", 17, "", None, 9)),
        ("  Player Ann  is  nobody ", Correction("Ann", None, "")),
        ("track 17 is not Cat from 3 to 9", Correction("", 17, "Cat", 3, 9, negated=True)),
        ("player Ann is NOT ann", Correction("Ann", None, "Ann", negated=True)),
    ],
)
def test_a_sentence_is_understood(text: str, said: Correction) -> None:
    assert parse(text, PLAYERS) == said
    assert parse(said.text, PLAYERS) == said


def test_a_name_that_begins_with_not_is_a_name() -> None:
    names = ["Not Sure", "Sure"]
    assert parse("track 1 is not sure", names) == Correction("", 1, "Not Sure")
    assert parse("track 1 is not not sure", names) == Correction("", 1, "Not Sure", negated=True)


def test_names_may_hold_the_words_of_the_sentence() -> None:
    said = parse("player Who is Bo is Al from frame 1 to 2", ["Who is Bo", "Al"])
    assert said == Correction("Who is Bo", None, "Al", 1, 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Ann is Bea", "is not understood"),
        ("player Ann = Bea", "is not understood"),
        ("player Ann is Bae from frame 1 to 2", "did you mean Bea?"),
        ("player Zoe Xu is Bea", "no player 'Zoe Xu'"),
        ("track x is Bea", "is no number"),
        ("player Ann is Bea from frame 9 to 3", "1 <= A <= B"),
        ("player Ann is Bea from frame 0 to 3", "1 <= A <= B"),
        ("player Ann is Bea from frame 1 from frame 3", "says twice"),
        ("track 1 is not nobody", "say who of the players it is, or is not"),
        ("track 1 is not Bae", "did you mean Bea?"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(text: str, why: str) -> None:
    with pytest.raises(CorrectionError, match=why.replace("?", r"\?")) as caught:
        parse(text, PLAYERS)
    assert "\n" not in str(caught.value)


def test_a_file_holds_a_correction_a_row(tmp_path: Path) -> None:
    file = tmp_path / "fix.csv"
    file.write_text(
        "player,track_id,is,first,last\nAnn,,Bea,3,9\n\n,17,,5,\n", encoding="utf-8-sig"
    )
    assert read_file(file, PLAYERS) == [
        Correction("Ann", None, "Bea", 3, 9),
        Correction("", 17, "", 5, None),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("player,name\nAnn,Bea\n", "line 1: the header"),
        ("player,is,first,last\nAnn,Bea,x,9\n", "line 2: first 'x'"),
        ("player,track_id,is\nAnn,3,Bea\n", "line 2: give a player or a track_id"),
        ("player,is\n", "no correction in it"),
        ("player,is\nAnn,Bob\n", "line 2: no player 'Bob'"),
    ],
)
def test_a_wrong_file_names_the_line(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "fix.csv").write_text(text)
    with pytest.raises(CorrectionError, match=why):
        read_file(tmp_path / "fix.csv", PLAYERS)


def kept(said: str, is_: str, *spans: tuple[int, int, int]) -> StoredCorrection:
    return StoredCorrection(text=said, is_=is_, spans=spans)


def denied(said: str, is_: str, *spans: tuple[int, int, int]) -> StoredCorrection:
    return StoredCorrection(text=said, is_=is_, spans=(), instead=spans)


@pytest.mark.parametrize(
    ("newer", "left"),
    [
        (kept("b", "Cat", (1, 10, 20)), ((1, 1, 9),)),  # one path, two names
        (kept("b", "", (1, 4, 6)), ((1, 1, 3), (1, 7, 10))),
        (kept("b", "Bea", (2, 10, 20)), ((1, 1, 9),)),  # one name, two paths
        (kept("b", "Cat", (1, 1, 3), (1, 8, 30)), ((1, 4, 7),)),
        (denied("b", "Bea", (1, 3, 4)), ((1, 1, 2), (1, 5, 10))),
        (kept("b", "Cat", (1, 1, 10)), ()),
        (denied("b", "Cat", (1, 3, 4)), ((1, 1, 10),)),
        (kept("b", "Bea", (1, 10, 20)), ((1, 1, 10),)),  # said again
        (kept("b", "Cat", (1, 11, 20)), ((1, 1, 10),)),
        (kept("b", "Bea", (2, 11, 20)), ((1, 1, 10),)),
        (kept("b", "Cat", (2, 1, 20)), ((1, 1, 10),)),
    ],
)
def test_what_is_said_later_holds_in_its_frames(
    newer: StoredCorrection, left: tuple[tuple[int, int, int], ...]
) -> None:
    older = kept("a", "Bea", (1, 1, 10))
    holding = in_force([older, newer])
    assert holding.corrections == (older.model_copy(update={"spans": left}), newer)
    lines = [overruled.line([older, newer]) for overruled in holding.overruled]
    assert len(lines) == (left != older.spans)
    assert all('"b" was said later' in line and 'correction 1 "a"' in line for line in lines)


def test_a_name_that_is_given_back_is_denied_no_more() -> None:
    older = denied("a", "Bea", (1, 1, 10))
    newer = kept("b", "Bea", (1, 4, 5))
    assert in_force([older, newer]).corrections[0].instead == ((1, 1, 3), (1, 6, 10))


def test_what_was_said_only_because_of_an_overruled_word_falls_with_it() -> None:
    older = StoredCorrection(text="a", is_="Bea", spans=((1, 1, 10),), instead=((2, 1, 10),))
    newer = kept("b", "Cat", (1, 4, 10))
    assert in_force([older, newer]).corrections[0].instead == ((2, 1, 3),)


# -------------------------------------------------------------------------- whole runs

FRAMES = 25


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip, a gallery in which Ann's and Bea's pictures are in each other's folders, a run."""
    folder = tmp_path_factory.mktemp("world")
    draw_clip(folder / "clip", FRAMES)
    gallery = draw_gallery(folder / "players", 5)
    (gallery / "Ann").rename(gallery / "x")
    (gallery / "Bea").rename(gallery / "Ann")
    (gallery / "x").rename(gallery / "Bea")
    rows = [f"{f},-1,{50 + 150 * k},100,40,100,0.9,-1,-1,-1\n"
            for f in range(1, FRAMES + 1) for k in range(3)]  # fmt: skip
    (folder / "det.txt").write_text("".join(rows))
    request = pipeline.TrackRequest(
        source=str(folder / "clip"), out=folder / "out", gallery=folder / "players",
        settings=config.load(None, ["mode=online"]), detections=folder / "det.txt",
    )  # fmt: skip
    pipeline.track(request, quiet, quiet)
    return folder


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    """A copy of the run."""
    return shutil.copytree(world / "out", tmp_path / "out")


def shown(out: Path, frame: int) -> dict[int, str]:
    """The place of every person, from the left, to the name on it."""
    rows = TrackTable.read_csv(out / "tracks.csv").rows
    here = rows[rows["frame"] == frame]
    return {round((x - 50) / 150): p for x, p in zip(here["x1"], here["player"], strict=True)}


def kept_files(out: Path) -> dict[str, bytes]:
    names = ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt", "run.json")
    return {name: (out / name).read_bytes() for name in names}


WRONG, RIGHT = {0: "Bea", 1: "Ann", 2: "Cat"}, {0: "Ann", 1: "Bea", 2: "Cat"}
SWAP = ("player Ann is Bea", "player Bea is Ann")


def test_a_run_is_named_again_and_keeps_what_was_said(out: Path, world: Path) -> None:
    assert shown(out, 24) == WRONG
    (out / "video.mp4").write_bytes(b"film")
    (out.parent / "fix.csv").write_text("player,is,first,last\nBea,Ann,,\n")
    asked = CorrectionRequest(SWAP[:1], out.parent / "fix.csv")
    (world / "clip").rename(world / "gone")  # no picture is looked at
    try:
        done = correct(out, asked, quiet)
    finally:
        (world / "gone").rename(world / "clip")
    assert shown(out, 24) == RIGHT
    assert done.changed == 2 * FRAMES
    assert [one.text for one in corrections(out)] == list(SWAP)
    assert (out / "video.mp4").read_bytes() == b"film"
    assert any("video.mp4" in note for note in done.notes)
    assert any("online" in note for note in done.notes)
    assert (out / "observations").is_dir()
    assert sorted(f.name for f in out.parent.iterdir()) == ["fix.csv", "out"]


def test_later_corrections_add_and_can_be_taken_back(
    out: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(*about: Any) -> NameModel:
        return replace(reopen_names(*about), refit=None)  # learning takes most of the time

    monkeypatch.setattr("tracker.runs.resolver.reopen_names", hurried)
    correct(out, CorrectionRequest(SWAP), quiet)
    swapped = kept_files(out)
    correct(out, CorrectionRequest(["track 3 is nobody from frame 11 to 20"]), quiet)
    assert shown(out, 15) == {0: "Ann", 1: "Bea", 2: ""}
    assert shown(out, 10) == shown(out, 21) == RIGHT
    assert len(corrections(out)) == 3
    correct(out, CorrectionRequest(undo=[3]), quiet)
    assert all(kept_files(out)[name] == swapped[name] for name in ("tracks.csv", "mot.txt"))
    assert [one.text for one in corrections(out)] == list(SWAP)
    lines: list[str] = []
    request = pipeline.TrackRequest(
        source=str(world / "clip"), out=out, settings=config.load(None, []),
        gallery=world / "players", detections=world / "det.txt", resume=True,
    )  # fmt: skip
    pipeline.track(request, lines.append, quiet)
    assert any("2 corrections of before are applied again" in line for line in lines)
    assert [one.text for one in corrections(out)] == list(SWAP)
    assert shown(out, 24) == RIGHT


@pytest.mark.parametrize(
    ("asked", "error", "why"),
    [
        (CorrectionRequest(), CorrectionError, "nothing to correct"),
        (
            CorrectionRequest(["track 99 is Ann"]),
            CorrectionError,
            "track 99 is not seen in this run",
        ),
        (
            CorrectionRequest(["player Ann is Bea from frame 900"]),
            CorrectionError,
            "between frames 1 and 25",
        ),
        (CorrectionRequest(undo=[1]), CorrectionError, "it has none"),
    ],
)
def test_what_cannot_be_leaves_all_as_it_was(
    asked: CorrectionRequest, error: type[Exception], why: str, out: Path
) -> None:
    before = kept_files(out)
    with pytest.raises(error, match=why) as caught:
        correct(out, asked, quiet)
    assert "\n" not in str(caught.value)
    assert kept_files(out) == before
    assert [f.name for f in out.parent.iterdir()] == ["out"]


def test_of_two_that_contradict_each_other_the_later_holds_and_both_are_shown(out: Path) -> None:
    correct(out, CorrectionRequest(["track 1 is Cat"]), quiet)
    assert shown(out, 15)[0] == "Cat"
    done = correct(out, CorrectionRequest(["track 1 is nobody from frame 11 to 20"]), quiet)
    assert [shown(out, frame)[0] for frame in (10, 11, 20, 21)] == ["Cat", "", "", "Cat"]
    [note] = [note for note in done.notes if "contradicts" in note]
    assert '"track 1 is nobody from frame 11 to 20" was said later' in note
    assert 'frames 11-20 instead of correction 1 "track 1 is Cat"' in note
    assert len(corrections(out)) == 2
    correct(out, CorrectionRequest(undo=[2]), quiet)
    assert {shown(out, frame)[0] for frame in (10, 11, 20, 21)} == {"Cat"}


def test_what_is_said_again_after_another_word_holds_again(out: Path) -> None:
    said = ["track 1 is Cat", "track 1 is nobody", "track 1 is Cat"]
    for sentence in said:
        correct(out, CorrectionRequest([sentence]), quiet)
    assert shown(out, 15)[0] == "Cat"
    assert [one.text for one in corrections(out)] == said[1:]


def test_who_somebody_is_not_is_kept_and_found_again(out: Path, world: Path) -> None:
    [before] = {shown(out, frame)[2] for frame in range(1, FRAMES + 1)}
    assert before == "Cat"
    correct(out, CorrectionRequest(["track 3 is not Cat from frame 11 to 20"]), quiet)
    assert [shown(out, frame)[2] == "Cat" for frame in (10, 11, 20, 21)] == [1, 0, 0, 1]
    request = pipeline.TrackRequest(
        source=str(world / "clip"), out=out, settings=config.load(None, ["follow.confirm_s=0.08"]),
        gallery=world / "players", detections=world / "det.txt", resume=True,
    )  # fmt: skip
    lines: list[str] = []
    pipeline.track(request, lines.append, quiet)
    assert any("1 corrections of before are applied again" in line for line in lines)
    assert [shown(out, frame)[2] == "Cat" for frame in (10, 11, 20, 21)] == [1, 0, 0, 1]
    [one] = corrections(out)
    assert (one.negated, one.found, one.spans) == (True, True, ())
    assert (one.nowhere().negated, one.nowhere().found) == (True, False)


def test_a_run_that_cannot_be_corrected_says_why(out: Path, world: Path, tmp_path: Path) -> None:
    with pytest.raises(ExplainError, match="no run of teamsheet"):
        correct(tmp_path / "nothing", CorrectionRequest(SWAP), quiet)
    (world / "players" / "Dot").mkdir()
    (world / "players" / "Dot" / "1.png").write_bytes(
        next((world / "players" / "Cat").iterdir()).read_bytes()
    )
    try:
        with pytest.raises(StoreError, match="has changed since"):
            correct(out, CorrectionRequest(SWAP), quiet)
    finally:
        (world / "players" / "Dot" / "1.png").unlink()
        (world / "players" / "Dot").rmdir()
    receipt = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps({**receipt, "gallery": None}))
    with pytest.raises(CorrectionError, match="without --gallery"):
        correct(out, CorrectionRequest(SWAP), quiet)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        (
            "follow.confirm_s",
            1e300,
            "setting follow.confirm_s: a number from -1e.06 to 1e.06 .* got 1e.300",
        ),
        ("follow.identity.name_at", 7, "setting follow.identity.name_at: .* 1, got 7"),
        ("detect.tiles", "huge", "setting detect.tiles: 'huge' is not columns x rows"),
        ("follow.motion", 5, "follow.motion: expected a section of settings, got 5"),
        ("follow.confirmed_s", 1, "written by another teamsheet"),
    ],
)
def test_a_setting_that_somebody_altered_is_told_with_its_place(
    key: str, value: object, why: str, out: Path
) -> None:
    record = json.loads((out / "run.json").read_text())
    *sections, last = key.split(".")
    part = record["settings"]
    for section in sections:
        part = part[section]
    part[last] = value
    (out / "run.json").write_text(json.dumps(record))
    with pytest.raises(TeamsheetError, match=f"run.json: {why}"):
        correct(out, CorrectionRequest(["track 1 is nobody"]), quiet)


# ------------------------------------------------------------------- of this very video


def other_table(out: Path, **columns: Any) -> None:
    """tracks.csv with some columns of another making."""
    table = pd.read_csv(out / "tracks.csv")
    table.assign(**columns).to_csv(out / "tracks.csv", index=False)


def scaled(by: float) -> dict[str, Any]:
    return {side: (lambda t, side=side: t[side] * by) for side in ("x1", "y1", "x2", "y2")}


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (scaled(4.0), "75 of its 75 boxes lie outside the picture of 640x360"),
        ({"frame": lambda t: t["frame"] + 500}, "frames 501 to 525, and clip has 25 frames"),
        ({"x1": lambda t: t["x1"] - 3.0}, "its boxes are not those of observations/"),
    ],
    ids=["of a larger picture", "of later frames", "of another match"],
)
def test_a_table_of_another_video_is_refused_and_kept(
    columns: dict[str, Any], why: str, out: Path
) -> None:
    other_table(out, **columns)
    before = kept_files(out)
    with pytest.raises(CorrectionError, match=why) as caught:
        correct(out, CorrectionRequest(SWAP), quiet)
    assert "\n" not in str(caught.value)
    assert "track again by --resume" in str(caught.value)
    assert kept_files(out) == before


def test_a_table_with_a_few_rows_of_a_persons_own_is_taken(out: Path) -> None:
    other_table(out, x1=lambda t: t["x1"].where(t["frame"] > 3, t["x1"] - 3.0))
    correct(out, CorrectionRequest(["track 3 is nobody from frame 11 to 20"]), quiet)
    assert shown(out, 15)[2] == ""


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("track 3 is nobody from frame 11 to 20", ""),
        ("track 3 is nobody from frame 11 to 25", ""),
        ("track 3 is nobody", ""),
        ("track 3 is nobody from frame 11 to 50", "as if made at 50 frames a second, not 25"),
        ("track 3 is nobody from frame 11 to 43", "frames 11 to 43, and clip has 25 frames"),
    ],
)
def test_frames_beyond_the_video_are_asked_about(said: str, doubt: str, out: Path) -> None:
    done = correct(out, CorrectionRequest([said]), quiet)
    asked = [note for note in done.notes if note.startswith("the correction")]
    assert len(asked) == bool(doubt)
    assert all(doubt in note and "right video" in note for note in asked)
    assert shown(out, 15)[2] == ""


def test_frames_of_another_rate_say_so_where_nobody_is_seen_then(out: Path) -> None:
    (out.parent / "fix.csv").write_text("track_id,is,first,last\n3,,1,20\n3,,40,50\n")
    before = kept_files(out)
    with pytest.raises(CorrectionError, match="not seen then") as caught:
        correct(out, CorrectionRequest(file=out.parent / "fix.csv"), quiet)
    assert "as if made at 50 frames a second, not 25" in str(caught.value)
    assert kept_files(out) == before


# ------------------------------------------------------------------- nothing is followed again


SAID: list[list[str]] = [
    list(SWAP[:1]),
    ["track 3 is nobody from frame 11 to 20"],
    ["track 1 is nobody", "player Cat is Ann from frame 5 to 9"],
]


def results(out: Path) -> dict[str, bytes]:
    """All files of names, and of why they stand."""
    found = [*out.glob("*.csv"), *out.glob("*.txt"), *(out / "evidence").iterdir()]
    return {str(file.relative_to(out)): file.read_bytes() for file in found}


@pytest.mark.parametrize("said", SAID)
def test_what_is_kept_gives_what_following_everything_gives(
    said: list[str], out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # follows, and keeps it
    correct(out, CorrectionRequest(["track 3 is nobody from frame 1 to 2"]), quiet)
    whole = tmp_path / "whole"
    shutil.copytree(out, whole)
    (whole / "observations" / "followed.npz").unlink()
    correct(whole, CorrectionRequest(said), quiet)
    monkeypatch.setattr("tracker.runs.resolver.follow", None)
    correct(out, CorrectionRequest(said), quiet)
    assert results(out) == results(whole)
    receipts = [json.loads((place / "run.json").read_text()) for place in (out, whole)]
    for receipt in receipts:
        receipt.pop("seconds")
    assert receipts[0] == receipts[1]
    correct(out, CorrectionRequest(undo=range(1, len(corrections(out)) + 1)), quiet)
    (whole / "observations" / "followed.npz").unlink()
    monkeypatch.undo()
    correct(whole, CorrectionRequest(undo=range(1, len(corrections(whole)) + 1)), quiet)
    assert results(out) == results(whole)


def test_an_offline_run_needs_no_following_for_its_first_correction(
    out: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = pipeline.TrackRequest(
        source=str(world / "clip"), out=out, settings=config.load(None, ["mode=offline"]),
        gallery=world / "players", detections=world / "det.txt", resume=True,
    )  # fmt: skip
    pipeline.track(request, quiet, quiet)
    monkeypatch.setattr("tracker.runs.resolver.follow", None)
    correct(out, CorrectionRequest(SWAP), quiet)
    assert shown(out, 24) == RIGHT


@pytest.mark.parametrize("harm", ["cut", "other", "gone"])
def test_what_is_kept_is_used_only_where_it_is_whole_and_of_this_run(harm: str, out: Path) -> None:
    correct(out, CorrectionRequest(SWAP), quiet)
    right, file = results(out), out / "observations" / "followed.npz"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-2000])
    elif harm == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b'"key": "', b'"key": "0'))
    correct(out, CorrectionRequest(undo=[1, 2]), quiet)
    correct(out, CorrectionRequest(SWAP), quiet)
    assert results(out) == right
    assert file.is_file()
