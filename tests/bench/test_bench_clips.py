"""The bench of clips: perfect names are the most there is, nobody is judged by their own fit."""

from __future__ import annotations

import builtins
import json
import operator
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bench_clips
import cv2
import numpy as np
import pytest
from clips.constants import NOT_STATED, constants, listed
from clips.folder import ClipError, open_clip
from clips.judge import COLUMNS, Judge, boxes_seen, judge_of, judged, unnamed
from clips.leave_out import FITTED, Fitted, Sets, choose, leave_out
from clips.provenance import WHERE
from clips.rivals import installed, named_tracks
from clips.thinned import doubled, every_nth, thinned_span

from tests.worlds.evaluation import lanes, mot_lines
from tests.worlds.following import Person, World, classifier, play
from tests.worlds.gallery import SHIRTS, person
from tracker import boxes as bx
from tracker import config
from tracker.evaluation.boxes import Boxes
from tracker.types import Observation

NAMES = "id,name\n1,A\n2,B\n3,C\n"


def judge_for(folder: Path, truth: Boxes, gallery: str, names: str = NAMES) -> Judge:
    """A clip of this truth alone; its gallery holds a player for each letter."""
    (folder / "seq").mkdir(exist_ok=True)
    (folder / "seq" / "clip.mp4").touch()
    (folder / "seq" / "gt.txt").write_text(mot_lines(truth))
    (folder / "seq" / "names.csv").write_text(names)
    clip = open_clip(folder / "seq", folder / "work")
    return judge_of(clip, frozenset(gallery), (1, int(truth.frames.max())), 25.0)


def nameless(boxes: Boxes) -> Boxes:
    """As a detector gives them."""
    blank = np.full(len(boxes), "", object)
    return replace(boxes, names=blank, ids=np.arange(1, len(boxes) + 1))


# perfect names


def test_the_ceiling_is_1_on_true_boxes_of_players_who_are_all_in_the_gallery(
    tmp_path: Path,
) -> None:
    truth = lanes("A" * 10, "B" * 10, "C" * 10)
    order = np.argsort(truth.ids % 3, kind="stable")  # not in the order of the truth
    found = Boxes.of("found", truth.frames[order], np.arange(30), truth.corners[order])
    row = judged(judge_for(tmp_path, truth, "ABC"), truth, found)
    assert set(row) == set(COLUMNS)
    assert row["ceiling"] == row["ceiling_cut"] == row["Name-F1"] == row["HOTA"] == 1


def test_a_stranger_wears_no_name_under_the_ceiling_and_costs_nothing(tmp_path: Path) -> None:
    truth = lanes("A" * 10, "C" * 10)
    judge = judge_for(tmp_path, truth, "A")
    names = judge.names(judge.perfect(nameless(truth)))
    assert names is not None
    assert (names.f1, names.unknown_named_share, names.named) == (1, 0, 10)
    everybody = judged(judge, replace(truth, names=np.full(20, "A", object)), nameless(truth))
    assert everybody["strangers_named"] == 1
    assert everybody["ceiling"] == everybody["ceiling_cut"] == 1
    assert everybody["share_of_ceiling"] == everybody["Name-F1"] == pytest.approx(2 / 3)


def test_the_ceiling_misses_whom_no_box_shows_and_names_one_box_a_person(tmp_path: Path) -> None:
    truth = lanes("A" * 10, "B" * 10)
    found = lanes("A" * 10, "BBBB......")
    twice = Boxes.of(
        "twice", np.tile(found.frames, 2), np.arange(28), np.tile(found.corners, (2, 1))
    )
    judge = judge_for(tmp_path, truth, "AB")
    for boxes in (found, twice):
        row = judged(judge, truth, nameless(boxes))
        assert row["ceiling"] == pytest.approx(2 * 14 / (14 + 20))


def test_the_ceiling_of_cut_paths_lacks_the_rows_that_a_run_loses(tmp_path: Path) -> None:
    truth = lanes("A" * 10, "B" * 10)
    lost = lanes("AAAAABBBBB", "BBB.......")  # and a path that changes hands
    row = judged(judge_for(tmp_path, truth, "AB"), lost, nameless(truth))
    assert row["ceiling"] == 1
    assert row["ceiling_cut"] == pytest.approx(2 * 13 / (13 + 20))
    assert row["Name-F1"] == pytest.approx(2 * 8 / (13 + 20))
    assert row["share_of_cut"] == pytest.approx(8 / 13)


def test_players_who_never_wear_their_name_are_counted(tmp_path: Path) -> None:
    truth = lanes("A" * 10, "B" * 10, "C" * 10)
    judge = judge_for(tmp_path, truth, "ABZ")  # Z is not there, C not in the gallery
    for said, count in ((["A" * 10, "." * 10], 1), (["." * 9 + "A", "........B."], 0)):
        result = lanes(*said)
        names = judge.names(result)
        assert names is not None
        assert unnamed(judge, names) == count
    nobody = nameless(truth)
    assert judged(judge, nobody, nobody)["unnamed"] == 2
    assert judged(judge, nobody, nobody)["Name-F1"] == 0, "no name at all is a score too"


def test_the_ball_is_nobody(tmp_path: Path) -> None:
    truth = lanes("A" * 10, "B" * 10)
    judge = judge_for(tmp_path, truth, "A", "id,name\n1,A\n2,ball\n")
    row = judged(judge, truth, nameless(truth))
    assert (row["Name-F1"], row["ceiling"], row["false_boxes"]) == (1, 1, 0)


# fewer frames, more boxes


def observations(frames: int, pan: float = 3.0) -> list[Observation]:
    people = [Person({0: (200, 300), 4: (600, 300)}, 0), Person({0: (700, 200), 4: (300, 200)}, 1)]
    world = World(people, frames / 25, players=2, pan=(pan * 25, 0))
    return [shot.seen for shot in play(world)]


def test_every_nth_frame_knows_what_the_camera_did_in_between() -> None:
    seen = observations(10)
    turned = np.array([[0.99, -0.02, 3.0], [0.02, 0.99, 0.0]])
    seen = [replace(one, camera=turned, cut=one.index == 5) for one in seen]
    kept = list(every_nth(seen, 3))
    assert [one.index for one in kept] == [0, 1, 2, 3]
    assert [one.time_s for one in kept] == [seen[i].time_s for i in (0, 3, 6, 9)]
    assert [one.cut for one in kept] == [False, False, True, False]
    assert kept[1].camera == pytest.approx(bx.chain(turned, bx.chain(turned, turned)))
    assert (kept[2].boxes == seen[6].boxes).all()


def test_the_truth_is_thinned_as_the_frames_are(tmp_path: Path) -> None:
    truth = lanes("A" * 10, "...BBBBBBB")
    judge_for(tmp_path, truth, "AB")
    clip = open_clip(tmp_path / "seq", tmp_path / "work")
    judge = judge_of(clip, frozenset("AB"), (3, 10), 25.0, every=3)
    assert judge.frames == thinned_span((3, 10), 3) == (2, 4), "of frames 1, 4, 7 and 10"
    assert judge.reference.counted.frames.tolist() == [1, 2, 2, 3, 3, 4, 4]
    assert thinned_span((4, 9), 3) == (2, 3)
    row = judged(judge, lanes("AAAA", ".BBB"), nameless(lanes("AAAA", ".BBB")))
    assert row["Name-F1"] == row["HOTA"] == 1


def test_doubles_lie_on_whom_they_double() -> None:
    one = observations(3)[2]
    (double,) = doubled([one])
    n = len(one.boxes)
    assert (double.boxes[:n] == one.boxes).all()
    assert 0 < np.abs(double.boxes[n:] - one.boxes).max() < 20
    assert (double.scores[n:] < one.scores).all()
    assert (double.embeddings[n:] == one.embeddings).all()


# fitted constants


def test_a_clip_has_no_say_in_what_is_chosen_for_it() -> None:
    constant = Fitted((2.0, 1.0, 3.0), 2.0, "x={}")
    likes = {"a": "x=1", "b": "x=3", "c": "x=3"}

    def score(asked: Sequence[tuple[str, Sets]]) -> list[float]:
        """Every clip likes one value alone."""
        return [0.9 if sets == (likes[clip],) else 0.5 for clip, sets in asked]

    rows = {(r.constant, r.clip): r for r in leave_out(list(likes), {"x": constant}, score)}
    assert rows["x", "a"].value == "3", "though a itself is best with 1"
    assert (rows["x", "a"].shipped, rows["x", "a"].left_out) == (0.5, 0.5)
    assert rows["x", "b"].value == "1", "a likes 1 and c likes 3; the first of equals"
    assert rows["all", "c"].value == "x=1"


def test_equals_stay_as_shipped_and_the_scored_clip_is_never_looked_at() -> None:
    worse = {2.0: {"a": np.nan, "b": 0.5}, 1.0: {"a": np.nan, "b": 0.5}}
    assert choose("a", worse) == 2.0
    with pytest.raises(ClipError, match="more clips"):
        choose("a", {2.0: {"a": 0.5}})


def test_all_constants_left_out_are_set_together() -> None:
    two = {"x": Fitted((2.0, 1.0), 2.0, "x={}"), "y": Fitted((2.0, 1.0), 2.0, "y={}")}
    asked: list[tuple[str, Sets]] = []

    def score(some: Sequence[tuple[str, Sets]]) -> list[float]:
        asked.extend(some)
        return [float(len(sets)) for _, sets in some]

    rows = leave_out(["a", "b"], two, score)
    assert [(r.value, r.left_out) for r in rows if r.constant == "all"] == [("x=1 y=1", 2.0)] * 2
    assert asked.count(("a", ())) == 1, "as shipped is followed once, not once a constant"


@pytest.mark.parametrize("name", FITTED)
def test_what_is_fitted_can_be_set(name: str) -> None:
    fitted = FITTED[name]
    assert fitted.grid[0] == fitted.shipped
    assert fitted.sets(fitted.shipped) == ()
    for value in fitted.grid[1:]:
        assert operator.attrgetter(name)(config.load(None, fitted.sets(value))) == value


def test_where_a_constant_was_set_is_told_of_constants_that_exist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(WHERE) <= set(constants()), "gone from the code; take them out of provenance.py"
    assert set(FITTED) <= set(constants())
    assert constants()["tracker/tracking/separate_bodies.py:BESIDE_S"][0] == "0.15"
    monkeypatch.delitem(WHERE, "tracker/identity/continuity.py:GAP_S")
    told = {row["name"]: row["set"] for row in listed()}
    assert told["tracker/identity/continuity.py:GAP_S"] == NOT_STATED
    assert told["follow.identity.vote_s"] == "by judgement"


# peers


def test_a_peer_that_is_not_installed_is_left_out_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name in ("trackers", "arcsort"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    said: list[str] = []
    assert installed(said.append) == {}
    assert "trackers==2.6.1" in said[0]
    assert "--no-deps arcsort==0.1.1" in said[1]


def test_only_crops_that_were_described_vote_on_a_peers_names() -> None:
    seen = observations(10)
    blank = np.full_like(seen[0].embeddings, np.nan)
    seen = [one if one.index == 3 else replace(one, embeddings=blank) for one in seen]
    run: Any = SimpleNamespace(
        players=["A", "B"],
        names=SimpleNamespace(classifier=SimpleNamespace(log_likelihood=classifier(2))),
    )

    def tracks(some: Sequence[Observation], fps: float) -> Any:
        return [(one.index, np.array([7, 8]), one.boxes) for one in some]

    boxes = named_tracks(tracks, seen, 25.0, run)
    assert boxes.names.tolist() == ["A", "B"] * 10
    never = [replace(one, embeddings=blank) for one in seen]
    assert set(named_tracks(tracks, never, 25.0, run).names) == {""}


# the whole bench


def draw_clip(folder: Path, frames: int = 45) -> Path:
    """Three players walk in a row of their own, the last one in view only at the end: a video, its
    truth, who is who, the truth again as an oracle, and boxes that miss a player."""
    folder.mkdir(parents=True)
    video = cv2.VideoWriter(
        str(folder / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (640, 360)
    )
    rows = []
    for frame in range(1, frames + 1):
        image = np.full((360, 640, 3), (60, 140, 60), np.uint8)
        for k, shirt in enumerate(SHIRTS.values()):
            x = 50 + 200 * k + 2 * frame
            if k < 2 or frame > frames // 2:
                image[100:200, x : x + 40] = person(shirt, 1000 * k)
                rows.append((frame, k + 1, x))
        video.write(image)
    video.release()
    lines = [f"{f},{i},{x},100,40,100,1,-1,-1,-1\n" for f, i, x in sorted(rows, key=lambda r: r[1])]
    found = [f"{f},-1,{x},100,40,100,1,-1,-1,-1\n" for f, i, x in rows]
    (folder / "gt.txt").write_text("".join(lines))
    (folder / "det_oracle.txt").write_text("".join(found))
    weak = [row for row, (f, i, _) in zip(found, rows, strict=True) if i != 2 or f < 30]
    (folder / "det_weak.txt").write_text("".join(weak))
    (folder / "identities.csv").write_text(
        "id,team,number,role,how\n1,RED,7,player,read\n2,BLUE,,player,not readable\n"
        "3,GOLD,9,player,read\n"
    )
    return folder


def test_a_folder_is_read_as_it_lies(tmp_path: Path) -> None:
    clip = open_clip(draw_clip(tmp_path / "walk", 32), tmp_path / "work")
    assert list(clip.detections) == ["truth", "weak"], "an oracle is the truth once more"
    assert clip.names is not None
    assert clip.names.read_text().splitlines()[1:3] == [
        "1,RED 7,7,RED,player",
        "2,BLUE id2,,BLUE,player",
    ]
    assert clip.detections["truth"].read_text().splitlines()[0] == "1,-1,52,100,40,100,1,-1,-1,-1"
    with pytest.raises(ClipError, match=r"no gt\.txt"):
        open_clip(tmp_path, tmp_path / "work")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn clip, observed."""
    folder = tmp_path_factory.mktemp("bench")
    draw_clip(folder / "walk")
    run(folder)
    return folder


def run(folder: Path, *more: str) -> Any:
    out = folder / "scores.json"
    bench_clips.main([
        str(folder / "walk"), "--weights", str(folder), "--encoder", "stripes", "--boxes",
        "truth,weak", "--no-peers", "--jobs", "1", "--from-run", str(folder / "run"), "--json",
        str(out), *more,
    ])  # fmt: skip
    return json.loads(out.read_text())


def test_scores_lie_by_clip_boxes_tracker_and_column(bench: Path) -> None:
    tree = run(bench)
    assert list(tree) == ["walk"]
    assert list(tree["walk"]) == ["truth", "weak"]
    for trackers in tree["walk"].values():
        assert list(trackers) == ["online", "offline"]
        assert all(list(row) == list(COLUMNS) for row in trackers.values())
    true, weak = (tree["walk"][boxes]["online"] for boxes in ("truth", "weak"))
    assert true["ceiling"] == 1
    # behind frame 15: 30 boxes each of two players in the gallery; of one, 16 are missing
    assert weak["ceiling"] == pytest.approx(2 * 44 / (44 + 60))
    assert true["HOTA"] > 0.9
    assert true["unnamed"] == 0
    assert sorted(p.name for p in (bench / "run" / "walk" / "gallery").iterdir() if p.is_dir()) == [
        "BLUE id2",
        "RED 7",
    ]


def test_what_was_observed_is_followed_again_without_a_picture(
    bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run(bench)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a picture was wanted")

    monkeypatch.setattr("tracker.observation.observer.Observer.observe", never)
    monkeypatch.setattr("tracker.observation.observer.Observer.groups", never)
    assert run(bench) == before


def test_options_reach_the_jobs(bench: Path) -> None:
    one = run(bench, "--mode", "offline", "--score", "all", "--every", "2", "--double")
    assert list(one["walk"]["truth"]) == ["offline"]
    assert one["walk"]["truth"]["offline"]["ceiling"] == 1
    unknown = run(bench, "--mode", "online", "--set", "follow.identity.name_at=1")
    assert unknown["walk"]["truth"]["online"]["unnamed"] == 2


def test_without_who_is_who_only_tracks_are_judged(bench: Path, tmp_path: Path) -> None:
    draw_clip(tmp_path / "walk")
    (tmp_path / "walk" / "identities.csv").unlink()
    row = run(tmp_path, "--mode", "online")["walk"]["truth"]["online"]
    assert row["HOTA"] > 0.9
    assert row["Name-F1"] is None
    assert row["ceiling"] is None


def test_a_mistake_is_one_line(bench: Path) -> None:
    with pytest.raises(SystemExit, match="gallery-frames"):
        run(bench, "--gallery-frames", "1:45")


def test_detections_of_no_frame_are_no_boxes() -> None:
    one = observations(1)[0]
    none = replace(one, boxes=one.boxes[:0], scores=one.scores[:0], embeddings=one.embeddings[:0])
    assert len(boxes_seen([none])) == 0
    assert boxes_seen([none, replace(one, index=1)]).frames.tolist() == [2, 2]
